"""Whole programs as folders: what is written, what is refused, and that nothing runs before it is trusted."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import functools
import json
import logging
import os
import re
import sqlite3
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pydantic
import pytest

import nbdspy
from nbdspy import render
from nbdspy.configuration import context, settings
from nbdspy.data import Example
from nbdspy.errors import SavedStateError
from nbdspy.models import LM
from nbdspy.modules import ChainOfThought, Module, Predict, module, prompt
from nbdspy.modules.folder import load
from nbdspy.modules.stepwise import Stepwise
from nbdspy.runtime import Run, Steps
from nbdspy.signatures import InputField, OutputField, Signature
from nbdspy.testing import DummyLM
from nbdspy.types import Tool

WORDS = ["a", "the"]
LIMITS = {"short": (1, 2.5), 3: {None, True}, "odd": float("inf")}
PATTERN = re.compile(r"\s+|\\", re.IGNORECASE)
Kind = Literal["letter", "song"]
logger = logging.getLogger(__name__)
shout = lambda text: text.upper()  # noqa: E731


class Person(pydantic.BaseModel):
    name: str
    born: datetime.date = datetime.date(1815, 12, 10)


class Mood(enum.Enum):
    GOOD = "good"
    BAD = "bad"


@dataclasses.dataclass(frozen=True)
class Size:
    width: int
    unit: str = "m"

    def text(self) -> str:
        return f"{self.width} {self.unit}"


class Pair(NamedTuple):
    left: int
    right: int


class Judge(Signature):
    """Judge it, "quoted" and with a \\ in it."""

    answer: str = InputField()
    who: list[Person] = InputField(desc="whom")
    mood: Mood | None = OutputField()
    kind: Kind = OutputField()


def clean(text: str) -> str:
    logger.debug("cleaning")
    return PATTERN.sub(" ", " ".join(word for word in text.split() if word not in WORDS))


@functools.lru_cache
def length(text: str) -> int:
    return len(clean(text))


summarize = Predict("text -> summary")
summarize.demos = [Example(text="long", summary="short").with_inputs("text")]


class Base(Module):
    def twice(self, text: str) -> str:
        return text * 2


class Memory:
    """Anything of the user's own that has values."""

    def __init__(self) -> None:
        self.seen: list[str] = ["x"]


class Ask(Base):
    """Asks in several ways."""

    def __init__(self, k: int = 3) -> None:
        self.k = k
        self.gen = ChainOfThought("context: list[str], question -> answer")
        self.hops = [Predict(Judge), ChainOfThought(Judge)]
        self.again = self.hops[0]
        self.by = {"x": Predict("a -> b", temperature=0.5), 7: (Predict("c -> d: int"),)}
        self.values = [
            Mood.GOOD, Person(name="Ada"), Size(3), Pair(1, 2), decimal.Decimal("1.50"), Path("a") / "b", {"s"},
            b"\x00", datetime.datetime(2026, 1, 2, 3), frozenset([1]), Example(q="?").with_inputs("q"), Kind, Person,
            re.compile("x"), list[Person] | None, Callable[[int], Any],
        ]  # fmt: skip
        self.memory = Memory()
        self.clean = clean
        self.part = functools.partial(clean, text="a b")
        self.tool = Tool(length, name="length", desc="how long")

    def forward(self, question: str) -> Any:
        question = shout(self.clean(question))
        summarize(text=question)
        context = [self.twice(str(length(question))), render.plain(LIMITS["short"]), Size(self.k).text()]
        return self.gen(context=context, question=question)


def saved(program: Module, folder: Path) -> Path:
    path = folder / "program"
    program.save(path, save_program=True)
    return path


def loaded(program: Module, folder: Path) -> Any:
    return load(saved(program, folder), trust=True)


def answers() -> DummyLM:
    return DummyLM([{"summary": "s"}, {"reasoning": "r", "answer": "42"}])


def test_a_program_comes_back_with_all_that_it_uses(tmp_path: Path) -> None:
    before = Ask(5)
    before.gen.predict.demos = [Example(context=["c"], question="q", reasoning="r", answer="a")]
    before.gen.predict.signature = before.gen.predict.signature.with_instructions("Be brief.")
    before.hops[1].predict.lm = LM("openai/gpt-4o-mini", temperature=0.3)

    after = loaded(before, tmp_path)

    assert type(after) is not Ask
    assert repr(after) == repr(before)
    assert after.dump_state() == before.dump_state()
    assert after.again is after.hops[0]
    assert (after.k, after.by["x"].config, after.memory.seen) == (5, {"temperature": 0.5}, ["x"])
    assert [str(value) for value in after.values[1:11]] == [str(value) for value in before.values[1:11]]
    assert after.values[0].value == "good"
    assert (after.part(), after.tool(text="abc")) == ("b", 3)
    with context(lm=answers()) as _:
        prediction = after(question="The  who\\is")
    assert prediction.answer == "42"


Pieces = Generator[str, None, None]


class Stepping(Stepwise):
    def __init__(self) -> None:
        self.ask = Predict("question -> answer")

    def steps(self, question: str) -> Steps[Any]:
        for piece in self.pieces(question):
            question = piece
        return (yield Run(self.ask, {"question": question}))

    def pieces(self, text: str) -> Pieces:
        yield from text.split()


def test_types_that_have_no_home_of_their_own_are_written_or_imported(tmp_path: Path) -> None:
    after = loaded(Stepping(), tmp_path)

    text = (tmp_path / "program" / "program.py").read_text("utf-8")
    assert "from nbdspy.runtime import Steps\n" in text
    assert "Pieces = Generator[str, None, None]\n" in text
    with context(lm=DummyLM([{"answer": "42"}])):
        assert after(question="a b").answer == "42"


def test_it_sends_what_it_sent_before(tmp_path: Path) -> None:
    before, ours, theirs = Ask(5), answers(), answers()
    after = loaded(before, tmp_path)

    with context(lm=ours):
        before(question="a  b")
    with context(lm=theirs):
        after(question="a  b")

    assert len(ours.requests) == 2
    assert [request.messages for request in theirs.requests] == [request.messages for request in ours.requests]
    assert str(prompt(after, question="?")) == str(prompt(before, question="?"))


def test_what_is_loaded_is_saved_as_the_same_text(tmp_path: Path) -> None:
    first = saved(Ask(5), tmp_path)
    program = load(first, trust=True)

    program.save(tmp_path / "again", save_program=True)

    for name in ("program.py", "program.json"):
        assert (tmp_path / "again" / name).read_bytes() == (first / name).read_bytes()


def test_the_folder_is_two_files_that_people_can_read(tmp_path: Path) -> None:
    path = saved(Ask(5), tmp_path)

    text = (path / "program.py").read_text("utf-8")
    assert sorted(item.name for item in path.iterdir()) == ["program.json", "program.py"]
    assert '    """Asks in several ways."""\n' in text
    assert "def clean(text: str) -> str:\n    logger.debug(" in text
    assert "@functools.lru_cache\ndef length" in text
    assert "WORDS = ['a', 'the']\n" in text
    assert "shout = lambda text: text.upper()" in text
    assert "class Mood(enum.Enum):\n    GOOD" in text
    assert str(tmp_path) not in text
    assert __file__ not in text


def test_the_state_is_a_file_that_the_usual_loading_reads(tmp_path: Path) -> None:
    before, after = Ask(), Ask()
    before.gen.predict.demos = [Example(question="q", answer="a")]

    after.load(saved(before, tmp_path) / "program.json")

    assert after.gen.predict.demos == before.gen.predict.demos


@pytest.mark.parametrize(
    "program",
    [Predict("question -> answer"), Predict(Judge), ChainOfThought(Judge), Predict("a -> b", n=2)],
    ids=["Predict", "a signature of one's own", "ChainOfThought", "settings"],
)
def test_a_bare_predictor_is_a_program(tmp_path: Path, program: Any) -> None:
    after = loaded(program, tmp_path)

    assert repr(after) == repr(program)
    assert [predictor.config for predictor in after.predictors()] == [each.config for each in program.predictors()]


CELL = r'''
"""Answers with care."""
import re

draft = ChainOfThought("question -> answer")   # first
check = Predict("question, answer -> verdict: bool")


def forward(question):
    # a comment that stays
    text = re.sub(r"\s+", ' ', tidy(question))
    answer = draft(question=text).answer
    return check(question=text, answer=answer)
'''


def test_a_module_from_a_cell_keeps_its_text(tmp_path: Path) -> None:
    before = module(CELL, name="Careful", scope={"tidy": clean, "__name__": "__main__"})

    after = loaded(before, tmp_path)

    assert type(after).__source__ == CELL
    with context(lm=DummyLM([{"reasoning": "r", "answer": "42"}, {"verdict": "True"}])):
        assert after(question="a  b").verdict is True


@dataclasses.dataclass
class Row:
    """A class without a function of its own."""

    number: int


class Deep(Module):
    def __init__(self, **values: Any) -> None:
        self.ask = Predict("question -> answer")
        vars(self).update(values)

    def forward(self, question: str) -> Any:
        return self.ask(question=question)


def undefined_name() -> Any:
    return nothing_of_this_name  # type: ignore[name-defined]  # noqa: F821


def own_file() -> str:
    return __file__


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            lambda: sqlite3.connect(":memory:"),
            r"program.value is <sqlite3.Connection.*Connection of sqlite3 has no text",
        ),
        (lambda: [1, {"db": (object(),)}], r"program.value\[1\]\['db'\]\[0\] is <object"),
        (lambda: [lambda text: text], r"program.value\[0\] cannot be saved: it is a lambda.*Write it as `def`"),
        (lambda: "".join, r"program.value is <built-in method join.*has no text form"),
        (lambda: Deep().forward, r"program.value is <bound method.*has no text form"),
        (lambda: eval("lambda: 1"), r"it is a lambda, whose source cannot be told"),
        (lambda: undefined_name, r"undefined_name uses 'nothing_of_this_name', which is not defined"),
        (lambda: own_file, r"own_file uses __file__"),
        (lambda: DummyLM([]), r"program.value is DummyLM\('dummy'\), which lives in this process only"),
        (lambda: exchange_of_a_test(), r"The module 'a_file_of_mine' is a file of yours.*from a_file_of_mine import"),
    ],
)
def test_what_has_no_text_form_is_refused_by_name(tmp_path: Path, value: Callable[[], Any], message: str) -> None:
    program = Deep(value=value())

    with pytest.raises(SavedStateError, match=re.compile(message, re.DOTALL)):
        program.save(tmp_path / "program", save_program=True)

    assert not list(tmp_path.iterdir())


def exchange_of_a_test() -> Any:
    """A module that is no package's."""
    made = type(os)("a_file_of_mine")
    made.__file__ = "a_file_of_mine.py"
    return made


@pytest.mark.parametrize("value", [os, Row(1), settings, Row, len, json.dumps, nbdspy.exact_match, Predict, Ask])
def test_what_can_be_named_or_made_again_is_kept(tmp_path: Path, value: Any) -> None:
    after = loaded(Deep(value=value), tmp_path).value

    assert after is value or getattr(after, "__qualname__", repr(after)) == getattr(value, "__qualname__", repr(value))


def test_a_signature_whose_defaults_have_no_text_form_is_refused(tmp_path: Path) -> None:
    class Odd(Signature):
        question: str = InputField()
        mood: Mood = OutputField(default=Mood.GOOD)

    with pytest.raises(SavedStateError, match=r"The signature Odd in program.* has no text form"):
        Predict(Odd).save(tmp_path / "program", save_program=True)


def test_a_key_in_the_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SavedStateError, match=r"Line \d+ of the program's source holds a key: .*\[redacted\]"):
        Deep(key="sk-abcdef0123456789abcdef").save(tmp_path / "program", save_program=True)

    assert not list(tmp_path.iterdir())


def test_two_things_of_one_name_are_refused(tmp_path: Path) -> None:
    def clean(text: str) -> str:
        return text

    with pytest.raises(SavedStateError, match=r"Two things are called 'clean': .*Rename one"):
        Deep(ask_too=Ask(), value=clean).save(tmp_path / "program", save_program=True)


def test_a_circle_of_parts_is_refused(tmp_path: Path) -> None:
    program = Deep()
    program.whole = program

    with pytest.raises(SavedStateError, match=r"program.whole refers back to what it is a part of"):
        program.save(tmp_path / "program", save_program=True)


def test_a_method_put_on_a_class_afterwards_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Deep, "forward", lambda self, question: None)

    with pytest.raises(SavedStateError, match=r"Deep.forward is not the one that the class was written with"):
        Deep().save(tmp_path / "program", save_program=True)


def test_a_class_made_in_a_function_takes_along_what_it_sees_there(tmp_path: Path) -> None:
    greeting = "hello "

    class Greeter(Module):
        def __init__(self) -> None:
            self.ask = Predict("text -> answer")

        def forward(self, text: str) -> Any:
            return self.ask(text=greeting + text)

    model = DummyLM([{"answer": "42"}])
    with context(lm=model):
        loaded(Greeter(), tmp_path)(text="you")

    assert model.requests[0].messages is not None
    assert "hello you" in str(model.requests[0].messages[-1]["content"])


def test_a_type_that_only_a_signatures_text_names_is_taken_along(tmp_path: Path) -> None:
    class Late(Module):
        def forward(self, text: str) -> Any:
            return Predict("text, WORDS: list[str] = [] -> mood: Mood")(text=text)

    with context(lm=DummyLM([{"mood": "good"}])):
        assert loaded(Late(), tmp_path)(text="x").mood.value == "good"
    assert "WORDS =" not in (tmp_path / "program" / "program.py").read_text("utf-8")


def test_nothing_runs_before_it_is_trusted_and_the_source_is_shown(tmp_path: Path) -> None:
    path = saved(Deep(note="\u202ebackwards"), tmp_path)
    ran = tmp_path / "ran"
    source = (path / "program.py").read_text("utf-8") + f"\nopen({str(ran)!r}, 'w').close()  # \x1b[2J\n"
    change(path, source=source)

    with pytest.raises(SavedStateError) as refused:
        nbdspy.load(path)

    first, _, shown = str(refused.value).partition("\n\n")
    assert first.endswith(f"when it is loaded. If you trust it: nbdspy.load({str(path)!r}, trust=True).")
    assert "class Deep(Module):" in shown
    assert "\x1b" not in shown
    assert not ran.exists()
    nbdspy.load(path, trust=True)
    assert ran.exists()


def test_a_long_source_is_shown_as_far_as_people_read_and_said_where_it_is(tmp_path: Path) -> None:
    path = saved(Deep(), tmp_path)
    source = (path / "program.py").read_text("utf-8") + "\n" * 500
    change(path, source=source)

    with pytest.raises(SavedStateError) as refused:
        nbdspy.load(path)

    lines = str(refused.value).splitlines()
    assert len(lines) == 2 + 60 + 1
    more = len(source.splitlines()) - 60
    assert lines[-1] == f"… ({more} more lines; read them all in {str(path / 'program.py')!r})"


def change(path: Path, *, source: str | None = None, **ours: Any) -> None:
    """Change a saved program as its owner may: with the sums that belong to it."""
    state = json.loads((path / "program.json").read_text("utf-8"))
    if source is not None:
        (path / "program.py").write_text(source, encoding="utf-8")
        ours["source_sha256"] = nbdspy.modules.folder._sha256(source.encode())
    state["metadata"]["nbdspy"].update(ours)
    (path / "program.json").write_text(json.dumps(state))


def demos_changed(path: Path) -> None:
    state = json.loads((path / "program.json").read_text("utf-8"))
    state["ask"]["demos"] = [{"question": "a", "answer": "b"}]
    (path / "program.json").write_text(json.dumps(state))


def unmarked(path: Path) -> None:
    Deep().save(path / "program.json")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: (path / "program.py").unlink(), "has no program.py; it is no saved program, or not a whole one"),
        (lambda path: (path / "program.json").unlink(), "has no program.json"),
        (lambda path: (path / "program.py").write_text("import os"), "program.py .* is not the text that was saved"),
        (lambda path: (path / "program.json").write_text("{"), "is not JSON"),
        (demos_changed, "The state in .* is not the one that was saved"),
        (unmarked, "does not say that nbdspy saved it with its source"),
        (lambda path: change(path, format=2, version="9.9"), "is of format 2, saved by nbdspy 9.9; this is .*format 1"),
        (lambda path: change(path, source="1 / 0\n"), "line 1 of program.py failed: ZeroDivisionError"),
        (lambda path: change(path, source="x = (\n"), "program.py failed: SyntaxError"),
        (lambda path: change(path, source="import no_such_package\n"), "No module named .*Install what it imports"),
        (lambda path: change(path, source="x = 1\n"), "makes no __program__"),
    ],
)
def test_a_damaged_folder_says_what_is_wrong(tmp_path: Path, damage: Callable[[Path], Any], message: str) -> None:
    path = saved(Deep(), tmp_path)
    damage(path)

    with pytest.raises(SavedStateError, match=message):
        load(path, trust=True)


def test_a_changed_source_is_taken_with_the_sum_that_the_error_tells(tmp_path: Path) -> None:
    path = saved(Deep(limit=1), tmp_path)
    source = (path / "program.py").read_text("utf-8").replace("limit=1", "limit=2")
    (path / "program.py").write_text(source, encoding="utf-8")

    with pytest.raises(SavedStateError) as refused:
        load(path, trust=True)
    found = re.search(r'"source_sha256": "(\w+)"', str(refused.value))
    assert found is not None
    change(path, source_sha256=found[1])

    assert load(path, trust=True).limit == 2  # type: ignore[attr-defined]


def test_folders_of_another_make_say_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "program.pkl").write_bytes(b"\x80")
    (tmp_path / "state.json").write_text("{}")

    with pytest.raises(SavedStateError, match=r"holds a pickle, as DSPy saves whole programs; none is read"):
        load(tmp_path / "theirs", trust=True)
    with pytest.raises(SavedStateError, match=r"There is no folder .* read by program.load\(file\)"):
        load(tmp_path / "state.json")
    with pytest.raises(SavedStateError, match=r"There is no folder"):
        load(tmp_path / "nowhere")
    with pytest.raises(SavedStateError, match=r"allow_pickle=True is refused"):
        load(tmp_path / "theirs", allow_pickle=True)
    with pytest.raises(SavedStateError, match=r"holds no pickle: its program is source text\. .*trust=True\)"):
        load(saved(Deep(), tmp_path), allow_pickle=True)


def test_a_program_is_replaced_and_other_files_are_not(tmp_path: Path) -> None:
    path = saved(Deep(number=1), tmp_path)
    Deep(number=2).save(path, save_program=True)
    assert load(path, trust=True).number == 2  # type: ignore[attr-defined]
    assert [item.name for item in tmp_path.iterdir()] == ["program"]

    (path / "notes.txt").write_text("mine")
    with pytest.raises(SavedStateError, match=r"is there already, and is no saved program or holds other files"):
        Deep().save(path, save_program=True)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(SavedStateError, match=r"is there already"):
        Deep().save(tmp_path / "file", save_program=True)
    with pytest.raises(SavedStateError, match=r"There is no folder .*nowhere"):
        Deep().save(tmp_path / "nowhere" / "program", save_program=True)


def test_a_save_that_fails_leaves_the_old_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(Deep(number=1), tmp_path)
    rename = os.rename

    def full(source: Any, target: Any) -> None:
        if str(source).endswith(".part"):
            raise OSError("No space left on device")
        rename(source, target)

    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(OSError, match="No space left"):
        Deep(number=2).save(path, save_program=True)
    monkeypatch.undo()

    assert load(path, trust=True).number == 1  # type: ignore[attr-defined]
    assert [item.name for item in tmp_path.iterdir()] == ["program"]
