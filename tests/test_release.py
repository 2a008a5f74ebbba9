"""A wheel and an sdist as a release builds them: they work where there is no Node, and tell nothing of the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.test_bundle import load

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parents[1]
CHECK = """\
from IPython.core.interactiveshell import InteractiveShell
from jupyterlab.labextensions import main

import nbdspy

print(nbdspy.__file__)
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "nbdspy")
print("magics", sorted({"lm", "compile"} & set(shell.magics_manager.magics["line"])))
main(["list"])
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A wheel and an sdist of what stands here, without anything that git ignores."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("This is no checkout of git.")
    checkout = tmp_path_factory.mktemp("release") / "checkout"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, checkout / name)
    made = subprocess.run([sys.executable, "-m", "build"], cwd=checkout, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout[-3000:] + made.stderr[-3000:]
    (wheel,) = (checkout / "dist").glob("*.whl")
    (sdist,) = (checkout / "dist").glob("*.tar.gz")
    return {"wheel": wheel, "sdist": sdist}


@pytest.fixture(scope="module")
def opened(built: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of both."""
    folder = tmp_path_factory.mktemp("opened")
    with zipfile.ZipFile(built["wheel"]) as wheel:
        wheel.extractall(folder / "wheel")
    with tarfile.open(built["sdist"]) as sdist:
        sdist.extractall(folder / "sdist", filter="data")
    (inside,) = (folder / "sdist").iterdir()
    return {"wheel": folder / "wheel", "sdist": inside}


def test_both_carry_what_pages_run(opened: dict[str, Path]) -> None:
    (data,) = opened["wheel"].glob("*.data/data/share/jupyter/labextensions/nbdspy")
    assert {"package.json", "install.json", "schemas", "static"} <= {path.name for path in data.iterdir()}
    bundle = load(opened["sdist"] / "labextension")
    assert [part.is_current() for part in bundle.PARTS] == [True, True]  # so that nothing asks for a Node


def test_neither_names_a_registry_or_a_place_of_the_machine(built: dict[str, Path], opened: dict[str, Path]) -> None:
    registries = ["//registry.", "//files."]  # as the addresses of packages begin in lock files
    places = [str(ROOT), str(built["wheel"].parents[1]), sys.prefix]
    home = str(Path.home())
    words = [each.encode() for each in (*registries, *places, *([f"{home}/"] if len(home) > 1 else []))]

    found = [
        f"{path}: {word.decode()}"
        for folder in opened.values() for path in folder.rglob("*")
        if path.is_file() and path.name != Path(__file__).name
        for word in words if word in path.read_bytes()
    ]  # fmt: skip

    assert found == []


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_it_installs_and_works_without_node(kind: str, built: dict[str, Path], tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "clean")], check=True)
    python = tmp_path / "clean" / "bin" / "python"
    (packages,) = (tmp_path / "clean" / "lib").glob("python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))  # what it depends on
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV", "JUPYTER_PATH")
    } | {"PATH": str(python.parent), "HOME": str(tmp_path), "JUPYTER_DATA_DIR": str(tmp_path / "data")}  # fmt: skip
    assert shutil.which("node", path=environment["PATH"]) is None
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--ignore-installed", built[kind]]
    subprocess.run(install, check=True, env=environment, cwd=tmp_path)

    ran = subprocess.run([python, "-c", CHECK], env=environment, cwd=tmp_path, capture_output=True, text=True)

    said = ran.stdout + ran.stderr
    assert ran.returncode == 0, said
    assert str(packages) in said.splitlines()[0]
    assert "magics ['compile', 'lm']" in said
    (line,) = (line for line in said.splitlines() if "nbdspy v" in line)
    assert "enabled" in line
    assert "OK" in line
    assert str(tmp_path / "clean" / "share" / "jupyter" / "labextensions") in said
