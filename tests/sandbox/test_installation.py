"""Getting ready on a machine that lacks something."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from nbdspy.cli import main
from nbdspy.errors import SandboxError, UsageError
from nbdspy.sandbox import PythonInterpreter, installation

LESSON = Path(__file__).parents[2] / "notebooks" / "04_agents_and_tools.ipynb"


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for what is fetched."""
    monkeypatch.setenv("NBDSPY_SANDBOX", str(tmp_path / "fetched"))
    return tmp_path / "fetched"


def script(path: Path, text: str) -> str:
    """A program in place of Deno."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_deno_that_is_missing_says_how_to_get_it(elsewhere: Path) -> None:
    box = PythonInterpreter(deno_command=["/nowhere/deno"])

    with pytest.raises(SandboxError, match=r"cannot be started.*Install nbdspy\[sandbox\]"):
        box("1")


def test_a_deno_that_is_too_old_is_named(elsewhere: Path, tmp_path: Path) -> None:
    old = script(tmp_path / "deno", 'echo "deno 1.46.3 (stable)"')

    with pytest.raises(SandboxError, match=r"needs Deno 2\.5 or newer; this is 1\.46\.3\. Install"):
        PythonInterpreter(deno_command=[old])("1")


def test_a_program_that_is_no_deno(elsewhere: Path, tmp_path: Path) -> None:
    other = script(tmp_path / "deno", "echo hello")

    with pytest.raises(SandboxError, match="does not say which Deno it is"):
        PythonInterpreter(deno_command=[other])("1")


def test_without_a_network_it_says_what_is_missing(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://127.0.0.1:9/")

    with pytest.raises(SandboxError, match=r"Pyodide.* could not be fetched: .*needs a network") as caught:
        PythonInterpreter()("1")

    assert "http" not in str(caught.value)
    assert not installation.find().is_fetched


def test_a_deno_that_dies_while_it_starts_says_why(tmp_path: Path) -> None:
    real = installation.find().deno[0]
    broken = script(tmp_path / "deno", f'[ "$1" = run ] && echo "out of luck" && exit 3\nexec {real} "$@"')

    with pytest.raises(SandboxError, match=r"did not start: out of luck\. Delete "):
        PythonInterpreter(deno_command=[broken])("1")


@pytest.mark.parametrize("command", ["deno", [5], ["deno", "run", "--allow-all"]])
def test_a_command_that_is_none(command: list[str]) -> None:
    with pytest.raises(UsageError, match="deno_command is"):
        PythonInterpreter(deno_command=command)("1")


def test_the_lock_names_what_is_fetched_and_no_place() -> None:
    text = (installation.HERE / "pyodide.lock").read_text(encoding="utf-8")
    scripts = [(installation.HERE / name).read_text(encoding="utf-8") for name in ("worker.js", "snapshot.js")]

    assert json.loads(text)["npm"][f"pyodide@{installation.PYODIDE}"]["integrity"].startswith("sha512-")
    assert "://" not in text
    assert all(f'"npm:pyodide@{installation.PYODIDE}"' in code for code in scripts)


def test_the_command_says_what_is_missing_and_prints_the_folder_of_what_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://127.0.0.1:9/")
    installation.find().make_ready()

    assert main(["sandbox", "fetch"]) == 0
    assert capsys.readouterr().out == f"{installation.folder()}\n"

    monkeypatch.setenv("NBDSPY_SANDBOX", str(tmp_path))
    assert main(["sandbox", "fetch"]) == 2
    assert "needs a network: `nbdspy sandbox fetch` gets it." in capsys.readouterr().err


@pytest.mark.slow
def test_what_the_command_fetched_is_all_that_a_lesson_needs(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["sandbox", "fetch"]) == 0
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://127.0.0.1:9/")

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval", LESSON],
        capture_output=True,
        text=True,
    )

    assert ran.returncode == 0, ran.stdout[-3_000:]


@pytest.mark.slow
def test_a_first_start_fetches_and_a_second_needs_no_network(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PythonInterpreter() as box:
        assert box("6 * 7") == 42
    assert installation.find().is_fetched
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://127.0.0.1:9/")

    with PythonInterpreter() as box:
        assert box("6 * 7") == 42
    assert [path.name for path in elsewhere.glob("making-*")] == []
