"""Imports go down: every room stands on a floor and knows only the floors below."""

import ast
import re
from pathlib import Path

import pytest

import nbdspy

PACKAGE = Path(nbdspy.__file__).parent
ROOT = Path(__file__).parents[1]
FLOORS = {
    "errors": 0, "render": 0, "absent": 0,
    "counts": 1, "events": 1, "histories": 1, "runtime": 1, "data": 1,
    "models": 2, "store": 2,
    "checks": 3, "plots": 3, "types": 3,
    "signatures": 4, "tools": 4,
    "adapters": 5, "retrieval": 5, "sandbox": 5,
    "configuration": 6,
    "modules": 7,
    "observe": 8, "evaluation": 8, "streaming": 8,
    "frames": 9, "optimizers": 9, "forms": 9,
    "testing": 10, "datasets": 10, "views": 10, "compat": 10,
    "jupyter": 11, "cli": 11, "pytest_plugin": 11,
}  # fmt: skip
ONLY_IN_JUPYTER = {"IPython", "ipywidgets", "anywidget", "traitlets"}
READ_THE_CONFIGURATION = {
    "modules", "evaluation", "frames", "optimizers", "jupyter",
    "observe",  # for `callbacks`
}  # fmt: skip
SPEAK_HTTP = {"models", "retrieval", "datasets", "types", "tools"}  # types for files that a user names
HTTP = {"httpx", "aiohttp", "requests", "urllib3", "urllib.request", "http.client", "websockets", "socket"}
MAKES_THREADS = {
    "threading.Thread", "threading.Timer", "_thread", "concurrent.futures.ThreadPoolExecutor",
    "concurrent.futures.ProcessPoolExecutor", "concurrent.futures.thread", "multiprocessing", "asyncio.run",
    "asyncio.Runner", "asyncio.new_event_loop", "asyncio.to_thread",
}  # fmt: skip
FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def used(code: str) -> set[str]:
    """The full names of what a file imports and uses while it runs; a public name of ours by the room it lives in."""
    tree = ast.parse(code)
    only_typing = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    names: dict[str, str] = {}  # what a name in the file stands for
    found: set[str] = set()
    nodes = [node for node in ast.walk(tree) if id(node) not in only_typing]
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
            for alias in node.names:
                first = alias.name.split(".")[0]
                names[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "write imports in full"
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "whole_import"):
            found |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    for node in nodes:
        if isinstance(node, ast.Attribute):
            first, *rest = ast.unparse(node).split(".")
            if first in names:
                found.add(".".join([names[first], *rest]))
    return {_at_home(name) for name in found}


def _at_home(name: str) -> str:
    """`nbdspy.compile` is `nbdspy.optimizers.compile`."""
    package, _, rest = name.partition(".")
    public = rest.split(".")[0]
    return f"{nbdspy._PLACES[public]}.{rest}" if package == "nbdspy" and public in nbdspy._PLACES else name


def climbs(room: str, code: str) -> list[str]:
    """What a room must not know: rooms that do not stand below it."""
    others = {name: name.split(".")[1] for name in used(code) if name.startswith("nbdspy.")}
    return [name for name, other in others.items() if other != room and FLOORS.get(other, 0) >= FLOORS[room]]


def under(names: set[str], roots: set[str]) -> set[str]:
    """Those of the names that are one of the roots or inside of one."""
    return {name for name in names if any(name == root or name.startswith(f"{root}.") for root in roots)}


def breaches(room: str, code: str) -> set[str]:
    """What a room uses that only others may."""
    names = used(code)
    found = set(climbs(room, code))
    if room not in ("jupyter", "cli"):
        found |= under(names, ONLY_IN_JUPYTER)
    if room != "runtime":
        found |= under(names, MAKES_THREADS)
    if room not in SPEAK_HTTP:
        found |= under(names, HTTP)
    if room not in READ_THE_CONFIGURATION | {"configuration"}:
        found |= under(names, {"nbdspy.configuration"})
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_knows_only_the_floors_below_and_does_only_what_it_may(path: Path) -> None:
    if room_of(path) != "__init__":
        assert breaches(room_of(path), path.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("room", "code"),
    [
        ("models", "from nbdspy import compile"),
        ("models", "from nbdspy.optimizers import compile"),
        ("models", "import nbdspy\nnbdspy.Predict('a -> b')"),
        ("models", "import nbdspy.optimizers.run"),
        ("models", "def late():\n    from nbdspy.modules import Predict"),
        ("evaluation", "from nbdspy import observe"),
        ("models", "from threading import Thread\nThread()"),
        ("models", "import threading as t\nt.Thread()"),
        ("models", "from concurrent.futures import ThreadPoolExecutor as Pool"),
        ("models", "import asyncio\nmake = asyncio.new_event_loop"),
        ("jupyter", "from multiprocessing.pool import Pool"),
        ("modules", "import urllib.request"),
        ("modules", "from urllib import request"),
        ("signatures", "from importlib import import_module\nimport_module('httpx')"),
        ("views", "from nbdspy.configuration import settings"),
        ("cli", "from nbdspy import settings"),
        ("datasets", "import nbdspy\nnbdspy.configure(lm=None)"),
        ("optimizers", "from IPython import get_ipython"),
    ],
)
def test_a_breach_is_found_however_it_is_spelt(room: str, code: str) -> None:
    assert breaches(room, code)


@pytest.mark.parametrize(
    ("room", "code"),
    [
        ("models", "import threading\nlock = threading.Lock()"),
        ("optimizers", "from nbdspy.configuration import settings"),
        ("models", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from nbdspy.modules import Predict"),
        ("models", "from concurrent.futures import Future\nfrom urllib.parse import quote\nimport httpx"),
    ],
)
def test_what_a_room_may_do_is_let_pass(room: str, code: str) -> None:
    assert breaches(room, code) == set()


def test_every_room_has_a_floor() -> None:
    rooms = {room_of(path) for path in FILES} - {"__init__", "__main__"}

    assert rooms <= set(FLOORS)


@pytest.mark.skipif(not (ROOT / "CONTRIBUTING.md").exists(), reason="it is no part of an installed package")
def test_whoever_contributes_is_told_every_floor() -> None:
    told = re.findall(r"^\| (\d+) \| (`.*) \|$", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert {room: int(floor) for floor, rooms in told for room in re.findall(r"`(\w+)/?`", rooms)} == FLOORS
