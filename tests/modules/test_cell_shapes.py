"""Cells of every shape: helpers, classes, decorators, constants, programs in programs, whole classes; and saved."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path
from typing import Any

import pytest

from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import UsageError
from nbdspy.modules import Module, Predict, module
from nbdspy.modules.describing import code_of_program
from nbdspy.modules.folder import load
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

ASK = 'answer = Predict("question -> answer")\n'
SHAPES = {
    "helper functions": """
answer = Predict("question -> answer")

def forward(question):
    return loud(clean(question), mark="!")

def clean(text):
    return text.strip()

def loud(text, *, mark):
    return answer(question=text).answer + mark
""",
    "decorators": """
import functools

def marked(mark):
    def around(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            return function(*args, **kwargs) + mark
        return inner
    return around

answer = Predict("question -> answer")

@marked(mark="!")
def forward(question):
    return answer(question=question).answer
""",
    "constants": """
MARK = "!"
limit: int = 99
answer, unused = Predict("question -> answer"), [MARK]
answer.config = {"temperature": 0.5}

def forward(question, mark=MARK, *, most=limit):
    return (answer(question=question).answer + mark)[:most]
""",
    "methods of other kinds": """
answer = Predict("question -> answer")

@property
def mark(self):
    return bang(self) + twice("")

@staticmethod
def twice(text):
    return text * 2

@classmethod
def bang(cls, program):
    return "!" if isinstance(program, cls) else "?"

def forward(question):
    return answer(question=question).answer + mark
""",
    "several classes": """
import dataclasses
from enum import Enum

def clean(text):
    return text.strip()

class Mark(Enum):
    BANG = "!"

@dataclasses.dataclass
class Said:
    text: str
    mark: Mark = Mark.BANG

    def written(self):
        return clean(self.text) + self.mark.value

class Ask(Signature):
    question: str = InputField()
    answer: str = OutputField()

answer = Predict(Ask)

def forward(question):
    return Said(answer(question=clean(question)).answer).written()
""",
    "a program inside": """
class Inner(Module):
    def __init__(self, mark="!"):
        self.mark = mark
        self.ask = Predict("question -> answer")

    def forward(self, question):
        return self.ask(question=question).answer + self.mark

inner = Inner()

def forward(question):
    return inner(question=question)
""",
    "the body of a class": '''
"""Asks."""
mark = "!"

def __init__(self, times=1):
    super().__init__()
    self.answer = Predict("question -> answer")
    self.marks = mark * times

async def forward(self, question):
    return (await self.answer.acall(question=question)).answer + self.marks
''',
    "a whole class": """
import re
from nbdspy import Module as Base

MARK: str = "!"

def clean(text):
    return re.sub(" +", " ", text)

class Hop(Base):
    def __init__(self):
        self.ask = Predict("question -> answer")

    async def forward(self, question):
        return (await self.ask.acall(question=clean(question))).answer

class Shape(Module):
    def __init__(self):
        super().__init__()
        self.hop = Hop()

    def forward(self, question):
        return self.hop(question=question) + MARK
""",
    "classes of which the last is meant": """
from __future__ import annotations

class Base(Module):
    def __init__(self) -> None:
        self.answer = Predict("question -> answer")

class Asking(Base):
    def forward(self, question: str) -> str:
        return self.answer(question=question).answer + "!"

class Word(str):
    pass
""",
    "an async forward": """
answer = Predict("question -> answer")

async def ask(question):
    return (await answer.acall(question=question)).answer

async def forward(question):
    return [each async for each in every(question)][0]

async def every(question):
    yield await ask(question) + "!"
""",
    "an aforward": """
answer = Predict("question -> answer")

async def aforward(question):
    return (await answer.acall(question=question)).answer + "!"
""",
}
shapes = pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES.keys())


def made(text: str) -> Any:
    return module(text, name="Shape", scope={"__name__": "__main__"})


def lm() -> Any:
    return context(lm=FakeLM(lambda request: chat_text({"answer": "42"})))


@shapes
def test_it_runs_both_ways(text: str) -> None:
    program = made(text)

    with lm():
        assert program(question="Why?") == "42!"
        assert asyncio.run(program.acall(question="Why?")) == "42!"


@shapes
def test_its_source_is_kept_and_its_predictor_is_found(text: str) -> None:
    program = made(text)

    assert type(program).__source__ == text
    assert code_of_program(program).startswith(text.rstrip())
    assert len(program.predictors()) == 1


@shapes
def test_a_copy_has_parts_of_its_own(text: str) -> None:
    program = made(text)
    twin = program.deepcopy()
    twin.predictors()[0].demos = [Example(question="q", answer="DEMO")]

    with lm(), context(trace=[]):
        assert twin(question="Why?") == "42!"
    assert program.predictors()[0].demos == []


@shapes
def test_it_is_saved_whole_and_loaded(text: str, tmp_path: Path) -> None:
    program = made(text)
    program.predictors()[0].demos = [Example(question="q", answer="a")]

    program.save(tmp_path / "saved", save_program=True)
    again = load(tmp_path / "saved", trust=True)

    assert repr(again) == repr(program)
    assert again.dump_state() == program.dump_state()
    assert type(again).__source__ == text  # type: ignore[attr-defined]
    with lm():
        assert again(question="Why?") == "42!"
    again.save(tmp_path / "again", save_program=True)
    assert (tmp_path / "again" / "program.py").read_text() == (tmp_path / "saved" / "program.py").read_text()


def test_classes_stand_beside_the_program_and_its_parts_do_not() -> None:
    scope: dict[str, Any] = {"__name__": "__main__"}

    program: Any = module(SHAPES["a program inside"], name="Shape", scope=scope)

    assert type(program.inner) is scope["Inner"]
    assert sorted(scope.keys() - {"__builtins__"}) == ["Inner", "__name__"]


def test_what_a_cell_of_classes_binds_is_the_namespaces_but_the_program_is_not() -> None:
    scope: dict[str, Any] = {"__name__": "__main__"}

    program = module(SHAPES["a whole class"], name="Shape", scope=scope)

    assert sorted(scope.keys() - {"__builtins__"}) == ["Base", "Hop", "MARK", "__name__", "clean", "re"]
    assert type(program).__qualname__ == "Shape"


def test_a_part_of_a_cells_class_is_saved_by_itself(tmp_path: Path) -> None:
    class_of_a_cell = type(made(SHAPES["a program inside"]).inner)

    class_of_a_cell().save(tmp_path / "inner", save_program=True)

    with lm():
        assert load(tmp_path / "inner", trust=True)(question="Why?") == "42!"


def test_a_class_that_was_redefined_is_not_mixed_up_with_the_cells(tmp_path: Path) -> None:
    scope: dict[str, Any] = {"__name__": "__main__"}
    program: Any = module(SHAPES["a program inside"], name="Shape", scope=scope)
    other: Any = module(SHAPES["a program inside"] + "# again", name="Shape", scope=scope)
    program.other = other.inner

    with pytest.raises(Exception, match="Two things are called 'Inner'"):
        program.save(tmp_path / "saved", save_program=True)


def test_a_demo_can_be_given_in_the_cell() -> None:
    program = made(ASK + "answer.demos = [Example(question='q', answer='a')]\ndef forward(): return answer")

    assert program().demos == [Example(question="q", answer="a")]


def test_a_user_writes_the_same_class_without_the_magic() -> None:
    class Shape(Module):
        def __init__(self) -> None:
            self.answer = Predict("question -> answer")

        def forward(self, question: str) -> Any:
            return self.answer(question=question)

    assert inspect.signature(type(made(ASK + "def forward(question): return answer")).forward).parameters.keys() == (
        inspect.signature(Shape.forward).parameters.keys()
    )


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        (
            ASK + "def __init__(self, k): self.k = k\ndef forward(): return 1",
            "Shape is made without arguments here.*missing a required argument: 'k'.*Give them defaults",
            2, 1,
        ),
        (
            "class Shape(Module):\n    def __init__(self, k): self.k = k\n    def forward(self): return 1",
            "Shape is made without arguments here", 2, 5,
        ),
        (ASK + "def __init__(): pass\ndef forward(): return 1", "An `__init__` needs `self`", 2, 1),
        ("class Shape: pass\ndef forward(): return 1", "is what the program is called", 1, 1),
        ("class Shape(Module):\n    x = 1\nreturn 3", "'return' outside function", 3, 1),
        ("def forward(question): return 1\nawait forward('x')", "outside", 2, 1),
        ("class A(Module):\n  def forward(self) return 1", "Python cannot read this", 2, 21),
    ],
)  # fmt: skip
def test_what_cannot_be_says_where(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(UsageError, match=f"(?s){message}") as caught:
        made(text)

    place = caught.value.place
    assert place is not None
    assert (place.line, place.column, place.text) == (line, column, text.splitlines()[line - 1])


@pytest.mark.parametrize("text", ["class Shape:\n    def forward(self): return 1", "x = 1", "def other(): pass", ""])
def test_a_cell_without_a_program_says_what_to_add(text: str) -> None:
    with pytest.raises(UsageError, match=r"Shape has no forward\. Add `def forward"):
        made(text)
