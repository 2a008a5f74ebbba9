"""A program on each row of a DataFrame."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pydantic
import pytest

from nbdspy import events
from nbdspy.configuration import context
from nbdspy.data import Prediction
from nbdspy.errors import BudgetExceeded, DataError, NotConfigured, Stopped, TooManyErrors, UsageError
from nbdspy.frames import RowPredicted, predict
from nbdspy.frames.kept import KeptRows
from nbdspy.frames.showing import lines
from nbdspy.models import LM, Budget, spending
from nbdspy.models.redaction import redact
from nbdspy.modules import ChainOfThought, Module, Predict
from nbdspy.signatures import Field, InputField, OutputField, Signature
from nbdspy.store import Store
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.testing.faults import Exchange, FaultServer, answer, fail

SECRET = "sk-0123456789abcdef0123"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "store.sqlite", redact=redact)
    yield store
    store.close()


def numbers(n: int, **columns: Any) -> pd.DataFrame:
    """A table whose questions are the numbers from 0."""
    return pd.DataFrame({"question": [f"number {i}." for i in range(n)], **columns}, index=range(100, 100 + n))


class Counting:
    """A server that answers each number with itself and knows which it was asked; refuses those that it is told to."""

    def __init__(self) -> None:
        self.failing: Callable[[int], bool] = lambda number: False
        self.asked: list[int] = []
        self.server = FaultServer(self.answer)
        self.lm: LM

    def answer(self, exchange: Exchange) -> None:
        number = int(str(exchange.body["messages"][-1]["content"]).split("number ")[1].split(".")[0])
        self.asked.append(number)
        fails = self.failing(number)
        behave = fail(400, f"I cannot do {number}") if fails else answer(chat_text({"answer": number}))
        behave(exchange)

    def model(self, name: str = "openai/counting") -> LM:
        """A model that asks the server; what a program depends on of it is its name and the server's address."""
        return LM(name, api_base=self.server.url, api_key="none", cache=False, num_retries=0)


@pytest.fixture
def counting() -> Iterator[Counting]:
    counting = Counting()
    with counting.server:
        counting.lm = counting.model()
        yield counting


ASK = "question -> answer: int"


def test_each_row_has_its_answer_and_the_table_is_otherwise_as_it_was(counting: Counting, store: Store) -> None:
    table = numbers(5, note=list("edcba"))[::-1]
    before = table.copy()

    with context(lm=counting.lm, num_threads=4):
        found = predict(ASK, table, store=store)

    assert list(found.columns) == ["question", "note", "answer", "error"]
    assert found.index.tolist() == [104, 103, 102, 101, 100]
    assert found.answer.tolist() == [4, 3, 2, 1, 0]
    assert found.answer.dtype == "int64"
    assert found.error.tolist() == [None] * 5
    pd.testing.assert_frame_equal(found[["question", "note"]], before)
    pd.testing.assert_frame_equal(table, before)


def test_an_index_may_hold_a_label_twice_and_have_levels(counting: Counting, store: Store) -> None:
    twice = numbers(3).set_axis([7, 7, 7])
    levels = numbers(3).set_axis(pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)]))

    with context(lm=counting.lm):
        assert predict(ASK, twice, store=store).answer.tolist() == [0, 1, 2]
        assert predict(ASK, levels, store=store).loc[("b", 1), "answer"] == 2


def test_a_name_that_is_taken_gets_a_prefix(counting: Counting, store: Store) -> None:
    labelled = numbers(2, answer=[5, 6], error=["none", "none"])

    with context(lm=counting.lm):
        found = predict(ASK, labelled, store=store)
        again = predict(ASK, found, store=store, prefix="second_")

    assert found.columns.tolist() == ["question", "answer", "error", "predicted_answer", "predicted_error"]
    assert found.answer.tolist() == [5, 6]
    assert found.predicted_answer.tolist() == [0, 1]
    assert again.columns.tolist()[-2:] == ["second_answer", "second_error"]


def test_a_row_that_fails_says_why_and_whole_numbers_stay_whole(counting: Counting, store: Store) -> None:
    counting.failing = lambda number: number == 1

    with context(lm=counting.lm):
        found = predict(ASK, numbers(3), store=store)

    assert found.answer.tolist() == [0, None, 2]
    assert [type(value) for value in found.answer] == [int, type(None), int]
    assert found.error[[100, 102]].tolist() == [None, None]
    assert "I cannot do 1" in found.error[101]


def test_one_row_too_many_is_one(counting: Counting, store: Store) -> None:
    counting.failing = lambda number: True

    with (
        context(lm=counting.lm, num_threads=1),
        pytest.raises(TooManyErrors, match="Stopped after 1 row failed; 0 of 3"),
    ):
        predict(ASK, numbers(3), max_errors=0, store=store)


def test_an_error_shows_no_key(store: Store) -> None:
    def refuse(request: Any) -> str:
        raise RuntimeError(f"wrong key {SECRET}")

    with context(lm=FakeLM(refuse)):
        found = predict(ASK, numbers(1), store=store)

    assert found.error.tolist() == ["RuntimeError: wrong key [redacted]"]


@pytest.mark.parametrize("program", [ASK, ChainOfThought(ASK)])
def test_a_gap_in_an_input_fails_its_row_without_a_call(program: Any, store: Store) -> None:
    table = numbers(3)
    table.loc[101, "question"] = None
    asked: list[Any] = []

    def answer(request: Any) -> str:
        asked.append(request)
        return chat_text({"reasoning": "So.", "answer": 1})

    with context(lm=FakeLM(answer)):
        found = predict(program, table, store=store, max_errors=0)

    assert found.error.tolist() == [None, "The row has no value for 'question'.", None]
    assert len(asked) == 2


def test_a_missing_column_is_told_before_anything_is_spent(counting: Counting, store: Store) -> None:
    with context(lm=counting.lm), pytest.raises(DataError, match="has no column 'question'") as error:
        predict(ASK, numbers(2).rename(columns={"question": "questions"}), store=store)

    assert "questions" in str(error.value)
    assert counting.asked == []


@pytest.mark.parametrize(
    ("data", "said"), [([{"question": "Why?"}], "not a DataFrame"), (numbers(0), "is empty"), ("text", "a str")]
)
def test_what_is_no_table_is_told(data: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        predict(ASK, data)


@pytest.mark.parametrize("given", [{"num_threads": 0}, {"max_errors": -1}])
def test_a_number_that_makes_no_sense_is_told(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        predict(ASK, numbers(1), store=False, **given)


def test_an_input_with_a_default_may_have_a_column(store: Store) -> None:
    class Told(Module):
        def forward(self, question: str, style: str = "plain") -> Any:
            return Prediction(said=f"{question} {style}")

    assert predict(Told(), numbers(1), store=store).said.tolist() == ["number 0. plain"]
    assert predict(Told(), numbers(1, style=["loud"]), store=store).said.tolist() == ["number 0. loud"]


def test_the_same_call_goes_on_after_too_many_errors(counting: Counting, store: Store) -> None:
    counting.failing = lambda number: number in (2, 4)

    with context(lm=counting.lm, num_threads=1):
        with pytest.raises(TooManyErrors, match="2 rows failed; 3 of 6 rows have their answer") as error:
            predict(ASK, numbers(6), max_errors=1, store=store)
        counting.failing = lambda number: False
        first, counting.asked = counting.asked, []
        found = predict(ASK, numbers(6), max_errors=1, store=store)

    assert "The same call goes on from there" in str(error.value.hint)
    assert [place for place, _ in error.value.failures] == [2, 4]
    assert error.value.result.answer.tolist() == [0, 1, None, 3, None, None]
    assert first == [0, 1, 2, 3, 4]
    assert counting.asked == [2, 4, 5]
    assert found.answer.tolist() == [0, 1, 2, 3, 4, 5]


def test_rows_that_failed_are_asked_again_and_no_others(counting: Counting, store: Store) -> None:
    counting.failing = lambda number: number == 1

    with context(lm=counting.lm, num_threads=1):
        predict(ASK, numbers(3), store=store)
        counting.failing, counting.asked = lambda number: False, []
        found = predict(ASK, numbers(3, other=[1, 2, 3]).set_axis([9, 8, 7]), store=store)

    assert counting.asked == [1]
    assert found.answer.tolist() == [0, 1, 2]


def test_a_table_that_is_done_is_forgotten(counting: Counting, store: Store, tmp_path: Path) -> None:
    with context(lm=counting.lm, num_threads=1):
        predict(ASK, numbers(2), store=store)
        predict(ASK, numbers(2), store=store)

    assert counting.asked == [0, 1, 0, 1]
    store.close()
    assert b"number 0" not in (tmp_path / "store.sqlite").read_bytes()


@pytest.mark.parametrize("change", ["rows", "instruction", "model", "resume=False", "store=False"])
def test_what_is_not_the_same_work_begins_anew(counting: Counting, change: str, store: Store) -> None:
    counting.failing = lambda number: number == 1
    program, table = Predict(ASK), numbers(2)
    given: dict[str, Any] = {"store": store}
    with context(lm=counting.lm, num_threads=1):
        predict(program, table, store=store)
    counting.asked, model = [], counting.lm
    match change:
        case "rows":
            table = numbers(3)
        case "instruction":
            program.signature = program.signature.with_instructions("Count.")
        case "model":
            model = counting.model("openai/another")
        case "resume=False":
            given["resume"] = False
        case "store=False":
            given["store"] = False

    with context(lm=model, num_threads=1):
        predict(program, table, **given)

    assert counting.asked[:2] == [0, 1]


class Place(pydantic.BaseModel):
    """A value that JSON does not tell the type of."""

    name: str
    size: int


class Find(Signature):
    """Find it."""

    question: str = InputField()
    place: Place = OutputField()
    kind: Literal["town", "village"] = OutputField()
    near: list[str] = OutputField()


def test_values_come_back_with_their_types(store: Store) -> None:
    said = chat_text({"place": json.dumps({"name": "Ghent", "size": 3}), "kind": "town", "near": '["Bruges"]'})
    program = Predict(Find)
    with FaultServer(answer(said), fail(400), answer(said)) as server:
        model = LM("openai/sights", api_base=server.url, api_key="none", cache=False)
        with context(lm=model, num_threads=1):
            first = predict(program, numbers(2), store=store)
            found = predict(program, numbers(2), store=store)

    assert len(server.requests) == 3
    assert first.place[100] == found.place[100] == found.place[101] == Place(name="Ghent", size=3)
    assert found.kind.tolist() == ["town", "town"]
    assert found.near.tolist() == [["Bruges"], ["Bruges"]]


def test_a_value_whose_fields_are_read_by_other_names_is_kept(store: Store) -> None:
    class Guest(pydantic.BaseModel):
        full_name: str = pydantic.Field(alias="name")

    kept = KeptRows(store, "guests", {"guest": Field(role="output", name="guest", type=Guest)})

    kept.keep(3, {"guest": Guest(name="Ada")})

    assert kept.found() == {3: {"guest": Guest(name="Ada")}}


def test_an_answer_that_holds_a_key_is_not_kept(store: Store, tmp_path: Path) -> None:
    said = answer(chat_text({"answer": SECRET}))
    with FaultServer(said, fail(400), said) as server:
        model = LM("openai/secrets", api_base=server.url, api_key="none", cache=False)
        with context(lm=model, num_threads=1):
            predict("question -> answer", numbers(2), store=store)
            found = predict("question -> answer", numbers(2), store=store)

    assert found.answer.tolist() == [SECRET, SECRET]
    assert len(server.requests) == 4
    store.close()
    assert SECRET.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


class Pressed(Module):
    """Asks, but is interrupted at the number that the environment names."""

    def __init__(self) -> None:
        self.ask = Predict(ASK)

    def forward(self, question: str) -> Any:
        if os.environ.get("PRESSED_AT") == question:
            raise KeyboardInterrupt
        return self.ask(question=question)


def test_interrupted_it_holds_the_table_so_far_and_goes_on(
    counting: Counting, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRESSED_AT", "number 2.")
    with context(lm=counting.lm, num_threads=1):
        with pytest.raises(Stopped, match="2 of 4 rows have their answer") as stopped:
            predict(Pressed(), numbers(4), store=store)
        monkeypatch.delenv("PRESSED_AT")
        found = predict(Pressed(), numbers(4), store=store)

    assert stopped.value.result.answer.tolist() == [0, 1, None, None]
    assert counting.asked == [0, 1, 2, 3]
    assert found.answer.tolist() == [0, 1, 2, 3]


KILLED = """
import os, signal, sys
import pandas as pd
import nbdspy

class Ask(nbdspy.Module):
    def forward(self, question):
        return nbdspy.Prediction(answer=ANSWER(question))

def ANSWER(question):
    print(question, flush=True)
    if question == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)
    return question.upper()

nbdspy.frames.attach()
frame = pd.DataFrame({"question": list("abcd")})
print(frame.nbdspy.predict(Ask(), num_threads=1, store=sys.argv[2]).answer.tolist())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_killed_process_loses_no_answer(tmp_path: Path) -> None:
    def ran(killed_at: str) -> str:
        command = [sys.executable, "-c", KILLED, killed_at, str(tmp_path / "store.sqlite")]
        return subprocess.run(command, text=True, capture_output=True, timeout=120).stdout

    assert ran("c").split() == ["a", "b", "c"]
    assert ran("never").splitlines() == ["c", "d", "['A', 'B', 'C', 'D']"]


def test_what_every_call_would_meet_ends_it_and_keeps_what_there_is(counting: Counting, store: Store) -> None:
    with context(lm=counting.lm, num_threads=1):
        with spending(Budget(calls=2)), pytest.raises(BudgetExceeded) as stopped:
            predict(ASK, numbers(4), store=store)
        predict(ASK, numbers(4), store=store)
    with context(lm=None), pytest.raises(NotConfigured):
        predict(ASK, numbers(4), store=store)

    assert counting.asked == [0, 1, 2, 3]
    assert stopped.value.__notes__ == ["2 of 4 rows have their answer. The same call goes on from there."]
    assert stopped.value.result["answer"].notna().tolist() == [True, True, False, False]


def test_progress_is_told_row_by_row_on_the_callers_thread(counting: Counting, store: Store) -> None:
    heard: list[tuple[RowPredicted, int]] = []

    def hear(event: events.Event) -> None:
        if isinstance(event, RowPredicted):
            heard.append((event, threading.get_ident()))

    counting.failing = lambda number: number == 3

    with context(lm=counting.lm, num_threads=4), events.listening(hear):
        predict(ASK, numbers(8), store=store)

    assert [event.done for event, _ in heard] == list(range(1, 9))
    assert {event.total for event, _ in heard} == {8}
    assert heard[-1][0].failed == 1
    assert {thread for _, thread in heard} == {threading.get_ident()}


def test_lines_come_every_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    seconds = iter([0.0, 3.0, 11.0, 11.0, 20.0])

    with lines("Ask", clock=lambda: next(seconds)):
        for done in range(1, 4):
            events.emit(RowPredicted(index=0, done=done, total=1_000, failed=done - 1))

    assert written.getvalue() == "Ask · 2 of 1,000 rows, 1 failed\n"


def test_nothing_is_left_in_the_folder_where_nothing_is_kept(
    counting: Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBDSPY_HOME", str(tmp_path / "home"))

    with context(lm=counting.lm):
        predict(ASK, numbers(2), store=False)

    assert os.listdir(tmp_path) == []
