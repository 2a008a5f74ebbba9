"""The table of DSPy's names: what it says is true of nbdspy, and of DSPy."""

from __future__ import annotations

import importlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

import nbdspy
from nbdspy.compat import alias
from nbdspy.compat.names import HOMES, LATER, LEFT_OUT, MODULES, home_of, names_of

NAMES = sorted({name for path in MODULES for name in names_of(path)})


@pytest.mark.parametrize("name", [name for name in NAMES if name not in LATER])
def test_every_name_of_the_table_is_there(name: str) -> None:
    paths = [path for path in MODULES if name in names_of(path)]

    found = [getattr(alias(path), name) for path in paths]

    assert found
    assert all(value is found[0] for value in found)


def test_what_has_arrived_is_not_said_to_come_later() -> None:
    arrived = {name for name in LATER if _is_there(*home_of(name))}

    assert arrived == set(), f"delete from LATER: {' '.join(sorted(arrived))}"


def _is_there(room: str, called: str) -> bool:
    try:
        return hasattr(importlib.import_module(room), called)
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("name", sorted(LATER))
def test_what_comes_later_says_so(name: str) -> None:
    path = next(path for path in MODULES if name in names_of(path))

    with pytest.raises(AttributeError, match=f"{name} is not in nbdspy .* yet; it comes later"):
        getattr(alias(path), name)


@pytest.mark.parametrize("name", sorted(LEFT_OUT))
def test_what_is_left_out_says_why_and_what_to_use(name: str) -> None:
    with pytest.raises(AttributeError, match=rf"dspy.{name} is left out: .+\. Use .+\.$"):
        getattr(alias("dspy"), name)


def test_a_name_is_in_one_list_only() -> None:
    assert not LATER & LEFT_OUT.keys()
    assert not LEFT_OUT.keys() & set(NAMES)
    assert not LEFT_OUT.keys() & set(nbdspy.__all__)
    assert set(NAMES) >= LATER
    assert set(NAMES) >= HOMES.keys()


@pytest.mark.parametrize("path", MODULES)
def test_every_module_stands_in_its_parent(path: str) -> None:
    parent, _, name = path.rpartition(".")

    assert not parent or name in names_of(parent) or getattr(alias(parent), name) is alias(path)
    assert parent == "" or parent in MODULES


def test_nbdspys_own_names_are_there_as_well() -> None:
    assert alias("dspy").compile is nbdspy.compile
    assert "compile" in dir(alias("dspy"))
    assert "teleprompt" in dir(alias("dspy"))


def test_a_misspelt_name_gets_a_suggestion() -> None:
    with pytest.raises(AttributeError, match=r"has no 'BootstrapFewShott'.* Did you mean BootstrapFewShot\?"):
        alias("dspy.teleprompt").BootstrapFewShott
    assert not hasattr(alias("dspy"), "no_such_name")


LOOK = """
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
found = {}
for path in json.loads(sys.argv[1]):
    module = importlib.import_module(path)
    found[path] = [name for name in dir(module) if not name.startswith("_")]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def theirs(peer: str) -> dict[str, Any]:
    done = subprocess.run(
        [peer, "-c", LOOK, json.dumps(list(MODULES))], capture_output=True, text=True, check=True, timeout=240
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("path", MODULES)
def test_dspy_has_what_the_table_tells_of_it(theirs: dict[str, Any], path: str) -> None:
    assert set(names_of(path)) - set(theirs[path]) - {"cache"} == set()


@pytest.mark.slow
@pytest.mark.parametrize("path", ["dspy", *(path for path in MODULES if path.count(".") == 1 and "dsp." not in path)])
def test_no_name_that_dspy_shows_is_forgotten(theirs: dict[str, Any], path: str) -> None:
    """Of its packages every name is answered for; modules, and what Python lends them, are not names."""
    inside = {known.rpartition(".")[2] for known in MODULES}
    shown = {name for name in theirs[path] if name not in inside}
    if path != "dspy":
        shown = {name for name in shown if name[0].isupper()} - {"Any", "Cache", "DISK_CACHE_DIR", "DISK_CACHE_LIMIT"}

    assert shown - set(names_of(path)) - LEFT_OUT.keys() == set()


def test_the_readme_says_what_is_left_out() -> None:
    readme = (Path(nbdspy.__file__).parents[1] / "README.md").read_text("utf-8")
    if "| left out |" not in readme:
        pytest.skip("the package is installed without its README")
    table = readme[readme.index("| left out |") : readme.index("## Development")]
    told = {left_out.why for name, left_out in LEFT_OUT.items() if f"`{name}`" in table}

    assert {name for name, left_out in LEFT_OUT.items() if left_out.why not in told} == set()
