"""The lessons' checks can fail: with a wrong solution each one does, and helps."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from nbdspy.cli import headless

FOLDER = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
OPTIONS = {"a", "b", "c", "d"}
NO_OPTION = "e"
NEARLY = {
    "Review": (
        'Review = Signature("review -> stars: int")',
        'Review = Signature("review -> stars: Literal[1, 2, 3]")',
        'Review = Signature("review -> stars: Literal[0, 1, 2, 3, 4, 5]")',
        "Review = Signature(\"review -> stars: Literal['1', '2', '3', '4', '5']\")",
    ),
    "Order": (
        """
class Order(BaseModel):
    thing: str
    count: int = Field(ge=0)
""",
        """
class Order(BaseModel):  # more than one
    thing: str
    count: int = Field(gt=1)
""",
        """
class Order(BaseModel):  # half a lemon
    thing: str
    count: float = Field(ge=1)
""",
        """
class Order(BaseModel):  # anything
    thing: object
    count: int = Field(ge=1)
""",
    ),
    "likely": (
        """
def likely(inputs, prediction):  # without a least height
    return 1.0 if prediction.metres <= 4810 else 0.0
""",
        """
def likely(inputs, prediction):  # the ends are left out
    return 1.0 if 200 < prediction.metres < 4810 else 0.0
""",
    ),
    "to_label": (
        """
def to_label(voted, known, n):  # those with the most agreement
    return voted[~voted["name"].isin(known)].sort_values("agreement", ascending=False, kind="stable").head(n)
""",
        """
def to_label(voted, known, n):  # equal ones in no order
    return voted[~voted["name"].isin(known)].sort_values("agreement").head(n)
""",
    ),
    "to_ask_again": (
        """
def to_ask_again(answered):  # those without a request, too
    return answered[answered["error"].notna()][["request"]]
""",
        """
def to_ask_again(answered):  # one kind of error
    return answered[answered["error"].str.contains("TimedOut", na=False)][["request"]]
""",
    ),
    "Told": (
        """
class Told(Module):
    def __init__(self):
        self.topic, self.name = Predict("request -> topic"), Predict(Intent)

    def forward(self, request):
        self.topic(request=request)
        return self.name(request=request)
""",
        """
class Told(Module):  # says a topic that nobody found
    def __init__(self):
        self.topic = Predict("request -> topic")
        self.name = Predict(Intent.prepend("topic", nbdspy.InputField()))

    def forward(self, request):
        self.topic(request=request)
        return self.name(request=request, topic="home")
""",
    ),
    "agreement": (
        """
def agreement(prediction):  # with the first, not with the most
    given = prediction.completions.intent
    return given.count(given[0]) / len(given)
""",
    ),
    "brief": (
        """
def brief(example, prediction, trace=None):  # four words, whatever is right
    return len(prediction.answer.split()) <= 4 and says(example, prediction)
""",
        """
def brief(example, prediction, trace=None):  # letters
    return len(prediction.answer) <= 2 * len(example.answer) and says(example, prediction)
""",
    ),
    "needed": ("needed = 100",),
    "leaks": (
        """
def leaks(train, test):  # written in the same way
    return [text for text in test["request"] if text in set(train["request"])]
""",
    ),
    "mixed": (
        """
def mixed(question, k):  # one by words, all the rest by meaning
    taken = [*by_words(question, k=k).passages[:1], *by_meaning(question, k=k).passages]
    return list(dict.fromkeys(taken))[:k]
""",
    ),
    "Deep": (
        """
class Deep(nbdspy.Module):
    def forward(self, question):
        return nbdspy.Prediction(passages=by_words(question, k=1).passages)
""",
        """
class Deep(nbdspy.Module):  # reads the first passage again and again
    def forward(self, question):
        passages = by_words(Hops.topic(question=question).name, k=1).passages
        for _ in range(2):
            query = Hops.look(question=question, passage=passages[0]).name
            passages = passages + by_words(query, k=1).passages
        said = Hops.answer(passage=passages[0], question=question)
        return nbdspy.Prediction(passages=passages, answer=said.answer)
""",
    ),
    "corrected": (
        """
def corrected(values, own, overall):
    return 0.5 + mean(values) - mean(own)
""",
    ),
    "estimate": ("def estimate(right, n, total):\n    return 0, total",),
    "is_same": (
        """
def is_same(one, other, requests):  # one of them
    return any(nbdspy.prompt(one, request=each) == nbdspy.prompt(other, request=each) for each in requests)
""",
        """
def is_same(one, other, requests):  # another one
    return nbdspy.prompt(one, request="too hot") == nbdspy.prompt(other, request="too hot")
""",
        """
def is_same(one, other, requests):
    return one.dump_state() == other.dump_state()
""",
    ),
}
"""Wrong solutions that work, where nothing at all would end the check before its first assertion, and near misses."""
ALSO = {
    "Review": (
        'Review = Signature("review -> stars: Literal[5, 4, 3, 2, 1]", "How many stars does the review give?")',
        """
class Review(Signature):
    review: str = InputField()
    stars: int = OutputField(ge=1, le=5, desc="how good the film was")
""",
    ),
    "Told": (
        """
class Told(Module):
    def __init__(self):
        topic = nbdspy.Signature("request -> topic: Literal['other', 'home', 'time']", "Say what it is about.")
        self.topic = Predict(topic)
        self.name = Predict(Intent.prepend("topic", nbdspy.InputField(desc="what it is about")))

    def forward(self, request):
        return self.name(request=request, topic=self.topic(request=request).topic)
""",
        """%%module Told
topic = Predict("request -> topic: Literal['time', 'home', 'other']")
name = Predict(Intent.prepend("topic", nbdspy.InputField()))

def forward(request):
    return name(topic=topic(request=request).topic, request=request)
""",
    ),
    "needed": ("needed = 0.25 * (1.96 / 0.03) ** 2",),
    "leaks": (
        """
def leaks(train, test):
    plain = lambda requests: requests.str.lower().str.findall(r"\\w+").str.join(" ")
    return test["request"][plain(test["request"]).isin(plain(train["request"]))]
""",
    ),
    "Deep": (
        """%%module Deep
topic, look, answer = Hops.topic, Hops.look, Hops.answer

def forward(question):
    passages = by_words(topic(question=question).name, k=1).passages
    for _ in range(2):
        query = look(question=question, passage=passages[-1]).name
        passages += [each for each in by_words(query, k=4).passages if each not in passages][:1]
    return Prediction(passages=passages, answer=answer(passage=passages[-1], question=question).answer)
""",
    ),
    "estimate": (
        """
def estimate(right, n, total):
    import numpy

    share = Interval.of_mean([1] * right + [0] * (n - right))
    return numpy.int64(share.low * total), numpy.int64(share.high * total)
""",
    ),
    "to_ask_again": (
        """
def to_ask_again(answered):
    left = answered[answered["error"].notna() & answered["request"].notna()]
    return left[["request"]].reset_index(drop=True)
""",
    ),
}
"""Other right solutions, as somebody may well write them."""


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
            return NEARLY[name][0]
        case ast.FunctionDef(name=name):
            return f"def {name}(*_, **__):\n    return None"
        case ast.ClassDef(name=name):
            return f"class {name}:\n    pass"
        case ast.Assign(targets=[ast.Name(id="right_ones")], value=value):
            return f"right_ones = set({sorted(OPTIONS - ast.literal_eval(value) | {NO_OPTION})})"
        case ast.Assign(targets=[ast.Name(id=name)]):
            return f"{name} = None"
    return ""


def tried(book: NotebookNode, solutions: Mapping[str, tuple[str, ...]]) -> dict[str, list[NotebookNode]]:
    """Puts further solutions, each with its check, behind the checks of a lesson; the new checks by what they check."""
    found: dict[str, list[NotebookNode]] = {}
    names: list[str] = []
    for cell in list(book.cells):
        if "solution" in cell.metadata.get("tags", ()):
            names = [name for name in solutions if re.search(rf"^(def|class) {name}\b|^{name} = ", cell.source, re.M)]
        if cell.source.startswith("%%check"):
            for name in names:
                checks = [cell.copy() for _ in solutions[name]]
                pairs = zip(map(new_code_cell, solutions[name]), checks, strict=True)
                at = next(place for place, each in enumerate(book.cells) if each is cell) + 1
                book.cells[at:at] = [each for pair in pairs for each in pair]
                found[name] = checks
            names = []
    return found


def run(book: NotebookNode, name: str, home: Path) -> None:
    """The cells of a lesson, from its cassette, past errors."""
    environment = {"NBDSPY_CASSETTE": f"replay:{FOLDER / name}.jsonl", "NBDSPY_MODE": "static",
                   "NBDSPY_HOME": str(home), "NBDSPY_CACHE_DIR": str(home)}  # fmt: skip
    headless.run(book, folder=FOLDER, environment=environment, past_errors=True)


def has_failed(check: NotebookNode) -> bool:
    return any(each.get("ename") == "CheckFailed" for each in check.outputs)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", LESSONS)
def test_each_check_of_a_lesson_fails_for_a_wrong_solution_and_helps(name: str, tmp_path: Path) -> None:
    book = headless.read(FOLDER / f"{name}.ipynb")
    tried(book, NEARLY)
    for cell in book.cells:
        if "solution" in cell.metadata.get("tags", ()):
            cell.source = wrong(cell.source)

    run(book, name, tmp_path)

    checks = [cell for cell in book.cells if cell.source.startswith("%%check")]
    failed = [cell for cell in checks if has_failed(cell)]
    assert len(checks) > 1
    assert [cell.source.splitlines()[0] for cell in checks if cell not in failed] == []
    for cell in checks:
        said = "".join(each["data"]["text/plain"] for each in cell.outputs if "data" in each)
        assert "assertions failed" in said or "assertion failed" in said, said
        assert "Hint: " in said or "#" not in cell.source, said
        if "right_ones" in cell.source:  # each option has an assertion, and so has what is no option
            assert f"failed, {len(OPTIONS) + 1} of {len(OPTIONS) + 1} assertions failed" in said, said


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("name", "solutions"),
    [
        ("05_signatures_and_types", ["Review"]),
        ("06_modules_and_composition", ["Told"]),
        ("07_honest_measurement", ["needed", "leaks"]),
        ("08_retrieval_and_hops", ["Deep"]),
        ("10_dataframe_story", ["estimate"]),
        ("11_to_production", ["to_ask_again"]),
    ],
)
def test_other_right_solutions_pass(name: str, solutions: list[str], tmp_path: Path) -> None:
    book = headless.read(FOLDER / f"{name}.ipynb")
    checks = tried(book, ALSO)
    assert sorted(checks) == sorted(solutions)

    run(book, name, tmp_path)

    assert [each.outputs for every in checks.values() for each in every if has_failed(each)] == []
    assert all("passed" in str(each.outputs) for every in checks.values() for each in every)
