"""otter-grader for real: an assignment is made, answered, and graded, as `otter assign` and `otter run` do it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from . import assignment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]

MODULE_TEST = 'assert Careful(request="wake me").intent == "alarm"  # use Intent\n'
MARKS = {"begin": "# BEGIN SOLUTION", "end": "# END SOLUTION"}


def question(name: str, solution: str, *tests: str) -> list[Any]:
    return [
        assignment.raw(f"# BEGIN QUESTION\nname: {name}\npoints: {len(tests)}"),
        assignment.raw("# BEGIN SOLUTION"),
        assignment.code(solution),
        assignment.raw("# END SOLUTION"),
        assignment.raw("# BEGIN TESTS"),
        *map(assignment.code, tests),
        assignment.raw("# END TESTS"),
        assignment.raw("# END QUESTION"),
    ]


def test_of(text: str) -> str:
    """A test of otter's is plain Python, whose comments it drops; so the check is a text."""
    return f'_ = nbdspy.check("""\n{text}""", "Exercise 1")'


test_of.__test__ = False  # type: ignore[attr-defined]


def made(folder: Path, otter: Path, run: Callable[..., str]) -> Path:
    """What `otter assign` makes of the assignment; it has run the tests on the solutions."""
    config = "# ASSIGNMENT CONFIG\ninit_cell: true\nexport_cell: false\ncheck_all_cell: false\ngenerate: true\n"
    config += "tests:\n  files: true\n"
    assignment.write(
        folder / "lab.ipynb",
        [
            assignment.raw(config),
            assignment.code(assignment.SETUP),
            *question(
                "intent",
                assignment.SIGNATURE.format(**MARKS),
                test_of(assignment.ASSERTIONS),
                "# HIDDEN\n" + test_of(assignment.HIDDEN),
            ),
            *question("careful", assignment.MODULE.format(**MARKS), test_of(MODULE_TEST)),
        ],
    )
    run(otter, "assign", "lab.ipynb", "dist", "--no-pdfs", folder=folder)
    return folder / "dist"


def test_an_assignment_is_made_answered_and_graded_with_its_magics(
    tool: Callable[[str, str], Path], run: Callable[..., str], tmp_path: Path
) -> None:
    otter = tool("otter-grader", "otter")
    dist = made(tmp_path / "lab", otter, run)
    handed_out = dist / "student" / "lab.ipynb"
    released = assignment.sources(handed_out)
    assert any(source.startswith("%%signature Intent") for source in released)
    assert any(source.startswith("%%module Careful") for source in released)
    assert not any("Name the device" in source for source in released)

    answers = {"%%signature Intent": assignment.WRITTEN.replace("the device", "what"),
               "%%module Careful": assignment.MODULE.format(begin="", end="")}  # fmt: skip
    assignment.answered(handed_out, answers)
    (zipped,) = (dist / "autograder").glob("*.zip")
    (tmp_path / "graded").mkdir()
    run(otter, "run", "-a", zipped, "-o", "graded", handed_out, folder=tmp_path)

    graded = json.loads((tmp_path / "graded" / "results.json").read_text())
    given = {test["name"]: test.get("score") for test in graded["tests"]}
    assert (given["intent"], given["careful"]) == (1.0, 1.0)
    (told,) = [test["output"] for test in graded["tests"] if test["name"] == "intent"]
    assert "'music' == 'lights'" in told
    assert "Hint: Say in the instruction that it is about a device." in told
