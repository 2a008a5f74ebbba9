"""The lessons' checks can fail: with a wrong solution each one does, and helps."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from nbdspy.cli import headless

FOLDER = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
OPTIONS = {"a", "b", "c", "d"}
NO_OPTION = "e"
NEARLY = {
    "Review": 'Review = Signature("review -> stars: int")',
    "Told": """
class Told(Module):
    def __init__(self):
        self.topic, self.name = Predict("request -> topic"), Predict(Intent)

    def forward(self, request):
        self.topic(request=request)
        return self.name(request=request)
""",
    "needed": "needed = 100",
    "Deep": """
class Deep(nbdspy.Module):
    def forward(self, question):
        return nbdspy.Prediction(passages=by_words(question, k=1).passages)
""",
    "estimate": "def estimate(right, n, total):\n    return 0, total",
}
"""Wrong solutions that work, where nothing at all would end the check before its first assertion."""


def wrong(solution: str) -> str:
    """The same names with another content: functions that give nothing, all options that are not right and one more.

    What has a magic is left out whole.
    """
    if "%" in solution.replace(" % ", ""):
        return ""
    return "\n".join(filter(None, map(_wrong, ast.parse(solution).body)))


def _wrong(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]) if (
            name in NEARLY
        ):
            return NEARLY[name]
        case ast.FunctionDef(name=name):
            return f"def {name}(*_, **__):\n    return None"
        case ast.ClassDef(name=name):
            return f"class {name}:\n    pass"
        case ast.Assign(targets=[ast.Name(id="right_ones")], value=value):
            return f"right_ones = set({sorted(OPTIONS - ast.literal_eval(value) | {NO_OPTION})})"
        case ast.Assign(targets=[ast.Name(id=name)]):
            return f"{name} = None"
    return ""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", LESSONS)
def test_each_check_of_a_lesson_fails_for_a_wrong_solution_and_helps(name: str, tmp_path: Path) -> None:
    book = headless.read(FOLDER / f"{name}.ipynb")
    for cell in book.cells:
        if "solution" in cell.metadata.get("tags", ()):
            cell.source = wrong(cell.source)
    environment = {"NBDSPY_CASSETTE": f"replay:{FOLDER / name}.jsonl", "NBDSPY_MODE": "static",
                   "NBDSPY_HOME": str(tmp_path), "NBDSPY_CACHE_DIR": str(tmp_path)}  # fmt: skip

    headless.run(book, folder=FOLDER, environment=environment, past_errors=True)

    checks = [cell for cell in book.cells if cell.source.startswith("%%check")]
    failed = [cell for cell in checks if any(each.get("ename") == "CheckFailed" for each in cell.outputs)]
    assert len(checks) > 1
    assert [cell.source.splitlines()[0] for cell in checks if cell not in failed] == []
    for cell in checks:
        said = "".join(each["data"]["text/plain"] for each in cell.outputs if "data" in each)
        assert "assertions failed" in said or "assertion failed" in said, said
        assert "Hint: " in said or "#" not in cell.source, said
        if "right_ones" in cell.source:  # each option has an assertion, and so has what is no option
            assert f"failed, {len(OPTIONS) + 1} of {len(OPTIONS) + 1} assertions failed" in said, said
