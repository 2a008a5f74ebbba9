"""`%config NbDspy`, `NBDSPY_*` and `[tool.nbdspy]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbdspy import configuration
from nbdspy.errors import SettingsError
from nbdspy.jupyter import load, unload
from nbdspy.jupyter.preferences import NbDspy
from nbdspy.testing import FakeLM

if TYPE_CHECKING:
    from pathlib import Path

    from tests.jupyter.conftest import Shell


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pyproject.toml of the working directory, to be written."""
    monkeypatch.chdir(tmp_path)
    for name in ("BUDGET_USD", "MAX_CALLS", "THREADS", "MODE"):
        monkeypatch.delenv(f"NBDSPY_{name}", raising=False)
    return tmp_path / "pyproject.toml"


def preferences(shell: Shell) -> NbDspy:
    (found,) = [one for one in shell.configurables if isinstance(one, NbDspy)]
    return found


def test_the_notebook_wins_over_the_environment_and_that_over_the_file(
    project: Path, bare_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write_text("[tool.nbdspy]\nbudget_usd = 3\nthreads = 3\nmax_calls = 3\n")
    monkeypatch.setenv("NBDSPY_BUDGET_USD", "2.5")
    monkeypatch.setenv("NBDSPY_THREADS", "2")
    load(bare_shell)
    try:
        bare_shell.run("%config NbDspy.budget_usd = 1")
        found = preferences(bare_shell)

        assert [found.preferred(name) for name in ("budget_usd", "threads", "max_calls", "mode")] == [1, 2, 3, None]
    finally:
        unload(bare_shell)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("thread = 3", "Did you mean threads?"),
        ('api_base = "http://elsewhere"', "There are: budget_usd"),
        ('threads = "3"', "Write a whole number above 0."),
        ("threads = true", "Write a whole number above 0."),
        ("budget_usd = 0", "Write a number above 0."),
        ('mode = "loud"', "Write static, lines or live."),
        ("threads =", "cannot be read"),
    ],
)
def test_a_wrong_file_says_what_to_write_and_leaves_the_shell_alone(
    line: str, said: str, project: Path, bare_shell: Shell
) -> None:
    project.write_text(f"[tool.nbdspy]\n{line}\n")
    configurables = list(bare_shell.configurables)

    with pytest.raises(SettingsError, match="pyproject") as caught:
        load(bare_shell)

    assert said in str(caught.value)
    assert bare_shell.configurables == configurables


@pytest.mark.parametrize(("name", "value"), [("THREADS", "many"), ("MAX_CALLS", "1.5"), ("BUDGET_USD", "nan")])
def test_a_wrong_variable_is_told_by_its_name(
    name: str, value: str, project: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"NBDSPY_{name}", value)

    with pytest.raises(SettingsError, match=f"NBDSPY_{name} is '{value}'.*above 0"):
        preferences(shell).preferred(name.lower())


def test_a_limit_of_calls_holds_for_a_compile_that_names_none(project: Path, shell: Shell) -> None:
    configuration.configure(lm=FakeLM(lambda request: "[[ ## answer ## ]]\neven"), num_threads=1)
    shell.run("%signature Parity number -> answer;")
    shell.run("train = [{'number': str(n), 'answer': 'even'} for n in range(8)]")
    shell.run("%config NbDspy.max_calls = 3")
    compile = "%compile Parity --data train --val {train[:4]}"

    assert shell.run(compile).calls == 3
    assert shell.run(f"{compile} --max-calls 5").calls == 5


def test_static_mode_can_be_chosen_in_the_notebook(project: Path, shell: Shell) -> None:
    configuration.configure(lm=FakeLM(lambda request: "[[ ## answer ## ]]\neven"), num_threads=1)
    shell.run("%signature Parity number -> answer;")
    shell.run("%config NbDspy.mode = 'static'")

    shell.places.clear()

    shell.run("%evaluate Parity --data {[{'number': '2', 'answer': 'even'}]}")

    assert not shell.places
    assert len(shell.shown) == 1


def test_help_lists_every_preference(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run("%config NbDspy")

    told = capsys.readouterr().out
    assert all(f"NbDspy.{name}=" in told for name in ("budget_usd", "max_calls", "threads", "mode"))


def test_a_value_that_cannot_be_meant_is_not_taken(shell: Shell, caplog: pytest.LogCaptureFixture) -> None:
    shell.run("%config NbDspy.threads = 0")

    assert "a whole number above 0" in caplog.text
    assert preferences(shell).threads is None


def test_unloading_takes_the_preferences_away(bare_shell: Shell) -> None:
    before = list(bare_shell.configurables)
    load(bare_shell)

    unload(bare_shell)

    assert bare_shell.configurables == before
