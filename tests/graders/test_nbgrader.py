"""nbgrader for real: an assignment is generated, released, fetched, submitted, collected and autograded."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from . import assignment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]

MARKS = {"begin": "### BEGIN SOLUTION", "end": "### END SOLUTION"}
VISIBLE = f'%%check "Exercise 1" --points 2\n{assignment.ASSERTIONS}'
TESTS = f"{VISIBLE}### BEGIN HIDDEN TESTS\n{assignment.HIDDEN}### END HIDDEN TESTS"
MODULE_TEST = '%%check "Exercise 2" --points 1\nassert Careful(request="wake me").intent == "alarm"  # use Intent'


def grading(name: str, **what: Any) -> dict[str, Any]:
    known = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    return {"nbgrader": {**known, "grade_id": name, **what}}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with one assignment, and the exchange through which it is handed out."""
    for place in ("exchange", "cache"):
        (tmp_path / place).mkdir()
    (tmp_path / "exchange").chmod(0o777)
    (tmp_path / "jupyter").mkdir()
    (tmp_path / "jupyter" / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        "c.CourseDirectory.course_id = 'nlp'\n"
        f"c.Exchange.root = {str(tmp_path / 'exchange')!r}\n"
        f"c.Exchange.cache = {str(tmp_path / 'cache')!r}\n"
    )
    folder = tmp_path / "course"
    assignment.write(
        folder / "source" / "ps1" / "ps1.ipynb",
        [
            assignment.code(assignment.SETUP, **grading("setup", locked=True)),
            assignment.code(assignment.SIGNATURE.format(**MARKS), **grading("intent", solution=True)),
            assignment.code(TESTS, **grading("intent_test", grade=True, locked=True, points=2)),
            assignment.code(assignment.MODULE.format(**MARKS), **grading("careful", solution=True)),
            assignment.code(MODULE_TEST, **grading("careful_test", grade=True, locked=True, points=1)),
        ],
    )
    return folder


def scores(course: Path) -> dict[str, float]:
    """What each graded cell was given."""
    with sqlite3.connect(course / "gradebook.db") as database:
        rows = database.execute(
            "SELECT base_cell.name, grade.auto_score FROM grade JOIN base_cell ON grade.cell_id = base_cell.id"
        )
        found = dict(rows.fetchall())
    database.close()
    return found


def test_an_assignment_is_released_submitted_and_graded_with_its_magics(
    course: Path, tool: Callable[[str, str], Path], run: Callable[..., str], tmp_path: Path
) -> None:
    nbgrader = tool("nbgrader", "nbgrader")
    student = tmp_path / "student"
    student.mkdir()

    run(nbgrader, "generate_assignment", "ps1", folder=course)
    released = assignment.sources(course / "release" / "ps1" / "ps1.ipynb")
    assert released[1].splitlines() == ["%%signature Intent", "# YOUR CODE HERE", "raise NotImplementedError()"]
    assert released[2].strip() == VISIBLE.strip()
    assert released[3].startswith("%%module Careful\n# YOUR CODE HERE")

    run(nbgrader, "release_assignment", "ps1", folder=course)
    run(nbgrader, "fetch_assignment", "ps1", folder=student)
    handed_out = student / "ps1" / "ps1.ipynb"
    answers = {"%%signature Intent": assignment.WRITTEN.replace("the device", "what"),  # which the hidden test minds
               "%%module Careful": assignment.MODULE.format(begin="", end="")}  # fmt: skip
    assignment.answered(handed_out, answers)
    run(nbgrader, "submit", "ps1", folder=student)
    run(nbgrader, "collect", "ps1", folder=course)
    run(nbgrader, "autograde", "ps1", folder=course)

    assert scores(course) == {"intent_test": 0, "careful_test": 1}
    (graded,) = (course / "autograded").glob("*/ps1/ps1.ipynb")
    assert assignment.sources(graded)[2] == TESTS
    shown = assignment.said(graded)
    assert "Hint: Say in the instruction that it is about a device." in shown
    assert "CheckFailed: Exercise 1: failed, 1 of 3 assertions failed, 0 of 2 points" in shown

    run(nbgrader, "generate_feedback", "ps1", folder=course)
    (page,) = (course / "feedback").glob("*/ps1/ps1.html")
    assert "Say in the instruction that it is about a device." in page.read_text()


def test_the_teachers_own_solution_gets_all_points(
    course: Path, tool: Callable[[str, str], Path], run: Callable[..., str]
) -> None:
    nbgrader = tool("nbgrader", "nbgrader")
    submitted = course / "submitted" / "teacher" / "ps1"
    submitted.mkdir(parents=True)
    os.link(course / "source" / "ps1" / "ps1.ipynb", submitted / "ps1.ipynb")

    run(nbgrader, "generate_assignment", "ps1", folder=course)
    run(nbgrader, "autograde", "ps1", folder=course)

    assert scores(course) == {"intent_test": 2, "careful_test": 1}


def test_lessons_are_handed_out_without_solutions_as_the_page_for_teachers_says(
    tmp_path: Path, tool: Callable[[str, str], Path]
) -> None:
    root = Path(__file__).parents[2]
    page = (root / "docs" / "teachers.md").read_text(encoding="utf-8")
    (command,) = (each for each in page.split("```") if "ClearSolutions" in each)
    words = [word for word in command.split() if word not in ("\\", "jupyter", "nbconvert", "01_first_program.ipynb")]
    lessons = sorted((root / "notebooks").glob("*.ipynb"))

    nbconvert = tool("nbgrader", "jupyter-nbconvert")
    subprocess.run([nbconvert, *words, *lessons], cwd=tmp_path, check=True, capture_output=True)

    for lesson in lessons:
        before, after = (nbformat.read(path, as_version=4) for path in (lesson, tmp_path / "students" / lesson.name))
        for old, new in zip(before.cells, after.cells, strict=True):
            if "solution" in old.metadata.get("tags", ()):
                head, _, _ = old.source.partition("### BEGIN SOLUTION")
                assert new.source == f"{head}# YOUR CODE HERE\nraise NotImplementedError()"
            else:
                assert new.source == old.source
            assert not new.get("outputs")
