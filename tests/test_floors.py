"""Imports go down: every room stands on a floor and knows only the floors below."""

import ast
from pathlib import Path

import pytest

import nbdspy

PACKAGE = Path(nbdspy.__file__).parent
FLOORS = {
    "errors": 0, "render": 0,
    "events": 1, "histories": 1, "runtime": 1, "data": 1,
    "models": 2,
    "types": 3,
    "signatures": 4,
    "adapters": 5,
    "configuration": 6,
    "modules": 7,
    "observe": 8, "evaluation": 8,
    "optimizers": 9,
    "testing": 10, "datasets": 10, "views": 10, "compat": 10,
    "jupyter": 11, "cli": 11,
}  # fmt: skip
ONLY_IN_JUPYTER = {"IPython", "ipywidgets", "anywidget", "traitlets"}
MAKES_THREADS = {"threading.Thread", "asyncio.run", "asyncio.new_event_loop", "ThreadPoolExecutor"}
FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> list[str]:
    """The modules that a file imports while it runs, with full names."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    only_typing = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if id(node) in only_typing:
            continue
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_knows_only_the_floors_below(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return
    for name in imported(path):
        if not name.startswith("nbdspy."):
            continue
        other = name.split(".")[1]
        if other == room or other not in FLOORS:
            continue
        assert FLOORS[other] < FLOORS[room], f"{room} (floor {FLOORS[room]}) imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_jupyter_imports_ipython(path: Path) -> None:
    if room_of(path) not in ("jupyter", "cli"):
        assert not {name.split(".")[0] for name in imported(path)} & ONLY_IN_JUPYTER


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_runtime_makes_threads_and_loops(path: Path) -> None:
    if room_of(path) != "runtime":
        calls = {
            ast.unparse(node.func)
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Call)
        }
        assert not calls & MAKES_THREADS


def test_every_room_has_a_floor() -> None:
    rooms = {room_of(path) for path in FILES} - {"__init__", "__main__"}

    assert rooms <= set(FLOORS)
