"""A wheel and an sdist as a release builds them: they work where there is no Node, and tell nothing of the machine.

All of it needs a package index: for what builds them, and for what they depend on.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.lacking import lacking
from tests.test_bundle import load

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parents[1]
LOADS = """\
from IPython.core.interactiveshell import InteractiveShell

import nbdspy

print(nbdspy.__file__)
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "nbdspy")
print("magics", sorted({"lm", "compile"} & set(shell.magics_manager.magics["line"])))
"""
IN_LAB = """
from jupyterlab.labextensions import main

main(["list"])
"""
LACKS = """
import ast
import importlib.util
import json
from pathlib import Path

names = set()
for path in Path(nbdspy.__file__).parent.rglob("*.py"):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.partition(".")[0])
print(json.dumps(sorted(name for name in names if importlib.util.find_spec(name) is None)))
"""
FOR_MAKING = {"extension", "lite", "docs", "test"}  # extras of whoever works on nbdspy
ELSEWHERE = {"pyodide", "msvcrt"}  # the first comes with the browser's Python, the second with that of Windows


class Clean:
    """An environment with nothing in it, and no Node on its path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "clean"
        self.home = folder
        subprocess.run([sys.executable, "-m", "venv", str(self.folder)], check=True)
        self.python = self.folder / "bin" / "python"
        (self.packages,) = (self.folder / "lib").glob("python*/site-packages")
        names = ("PYTHONPATH", "VIRTUAL_ENV", "JUPYTER_PATH")
        self.variables = {name: value for name, value in os.environ.items() if name not in names}
        self.variables["PATH"] = str(self.python.parent)
        assert shutil.which("node", path=self.variables["PATH"]) is None

    def install(self, package: Path, *options: str) -> None:
        command = [self.python, "-m", "pip", "install", "--quiet", *options, package]
        subprocess.run(command, check=True, env=self.variables, cwd=self.home)

    def run(self, program: str) -> str:
        """What a program says, with a home of its own."""
        own = {"HOME": str(self.home), "JUPYTER_DATA_DIR": str(self.home / "data")}
        command = [self.python, "-c", program]
        ran = subprocess.run(command, env=self.variables | own, cwd=self.home, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def index() -> None:
    """Skip where no package index answers."""
    options = ["--quiet", "--dry-run", "--ignore-installed", "--no-deps", "--retries", "5", "--timeout", "20"]
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "hatchling"], capture_output=True, text=True
    )
    if asked.returncode != 0:
        lacking("No package index answers, which what builds a wheel and what it depends on come from.")


@pytest.fixture(scope="module")
def built(index: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
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
    clean = Clean(tmp_path)
    (clean.packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))  # what it depends on
    clean.install(built[kind], "--no-deps", "--ignore-installed")

    said = clean.run(LOADS + IN_LAB)

    assert str(clean.packages) in said.splitlines()[0]
    assert "magics ['compile', 'lm']" in said
    (line,) = (line for line in said.splitlines() if "nbdspy v" in line)
    assert "enabled" in line
    assert "OK" in line
    assert str(clean.folder / "share" / "jupyter" / "labextensions") in said


def test_it_depends_on_all_that_it_imports(built: dict[str, Path], tmp_path: Path) -> None:
    clean = Clean(tmp_path)
    clean.install(built["wheel"])

    said = clean.run(LOADS + LACKS).splitlines()

    assert str(clean.packages) in said[0]
    assert "magics ['compile', 'lm']" in said
    lacking = set(json.loads(said[-1])) - ELSEWHERE
    provided = {name: {_plain(each) for each in by} for name, by in packages_distributions().items()}
    assert {name for name in lacking if not provided.get(name, set()) & _of_extras()} == set()


def _of_extras() -> set[str]:
    """The packages of the extras that a user may choose."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    chosen = (each for name, each in project["optional-dependencies"].items() if name not in FOR_MAKING)
    return {_plain(requirement) for requirements in chosen for requirement in requirements}


def _plain(requirement: str) -> str:
    """The name of a package as all write it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()
