"""Programs side by side: order, failures, stragglers, maps in maps, and what is left of an interrupt."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from typing import Any

import pandas as pd
import pytest

import nbdspy
from nbdspy.configuration import context
from nbdspy.data import Example, Prediction
from nbdspy.errors import BudgetExceeded, DataError, NotConfigured, NothingLeft, Stopped, TooManyErrors, UsageError
from nbdspy.models import Budget, spending
from nbdspy.modules import Module, Parallel, Predict
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text


class Waits(Module):
    """Gives its number after so many seconds; fails for a negative one."""

    def forward(self, number: int, seconds: float = 0.0) -> Prediction:
        time.sleep(seconds)
        if number < 0:
            raise ValueError(f"no {number}")
        return Prediction(number=number)


class AwaitsOnly(Module):
    async def forward(self, number: int) -> Prediction:
        await asyncio.sleep(0.01)
        return Prediction(number=number)


def pairs(*numbers: int, seconds: float = 0.0) -> list[Any]:
    return [(Waits(), {"number": number, "seconds": seconds}) for number in numbers]


def numbers(results: Any) -> list[Any]:
    return [result and result.number for result in results]


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_results_stand_in_the_order_of_the_pairs(threads: int) -> None:
    given = [(Waits(), {"number": number, "seconds": (5 - number) / 100}) for number in range(5)]

    assert numbers(Parallel(num_threads=threads)(given)) == [0, 1, 2, 3, 4]
    assert numbers(Parallel().forward(given, num_threads=threads)) == [0, 1, 2, 3, 4]
    assert numbers(asyncio.run(Parallel(num_threads=threads).acall(given))) == [0, 1, 2, 3, 4]


def test_what_takes_long_takes_it_once() -> None:
    started = time.monotonic()

    Parallel(num_threads=8)(pairs(*range(8), seconds=0.2))

    assert time.monotonic() - started < 0.8


@pytest.mark.parametrize(
    "example",
    [
        Example(number=3, label="x").with_inputs("number"),
        Example(number=3, inputs="no method").with_inputs("number"),
        {"number": 3},
        (3,),
    ],
    ids=["example", "example with a field called inputs", "dict", "tuple"],
)
def test_an_example_comes_in_every_form(example: Any) -> None:
    assert numbers(Parallel()([(Waits(), example), (AwaitsOnly(), example)])) == [3, 3]


def test_a_whole_example_is_given_where_asked_for() -> None:
    example = Example(number=3)

    assert Parallel(access_examples=False)([(lambda given: given, example)]) == [example]


def test_no_pairs_give_no_results() -> None:
    assert Parallel()([]) == []
    assert Parallel(return_failed_examples=True)([]) == ([], [], [])


def test_a_failure_is_none_and_is_told() -> None:
    with pytest.warns(UserWarning, match=r"1 of 3 examples failed.*at place 1, said: ValueError: no -1"):
        assert numbers(Parallel()(pairs(0, -1, 2))) == [0, None, 2]
    with pytest.warns(UserWarning, match=r"(?s)Traceback.*raise ValueError"):
        assert numbers(Parallel(provide_traceback=True)(pairs(0, -1, 2))) == [0, None, 2]


def test_the_warning_stands_at_the_users_line() -> None:
    async def awaited() -> Any:
        return await Parallel().acall(pairs(-1))

    with pytest.warns(UserWarning, match="failed") as told:
        Parallel()(pairs(-1))
    with pytest.warns(UserWarning, match="failed") as told_later:
        asyncio.run(awaited())

    assert told[0].filename == told_later[0].filename == __file__


def test_failures_are_given_where_asked_for() -> None:
    for _ in range(2):  # those of one call are not those of the next
        results, failed, errors = Parallel(return_failed_examples=True)(pairs(0, -2, -1))

        assert numbers(results) == [0, None, None]
        assert [example["number"] for example in failed] == [-2, -1]
        assert list(map(str, errors)) == ["no -2", "no -1"]


@pytest.mark.parametrize("threads", [1, 4])
def test_a_failure_too_many_ends_it(threads: int) -> None:
    begun: list[int] = []

    def failing(number: int) -> None:
        begun.append(number)
        time.sleep(0.01)
        raise ValueError(f"no {number}")

    with pytest.raises(
        TooManyErrors, match=r"Stopped after 3 of 3 examples failed; the last said: ValueError"
    ) as caught:
        Parallel(num_threads=threads, max_errors=3)([(failing, (number,)) for number in range(100)])

    assert len(caught.value.failures) == 3
    time.sleep(0.05)
    assert len(begun) < 20


@pytest.mark.parametrize("most", [0, 1])
def test_the_configured_limits_are_the_default(most: int) -> None:
    with context(max_errors=most, num_threads=1), pytest.raises(TooManyErrors, match="Stopped after 1 of 2"):
        Parallel()(pairs(1, -1, -2, 3))


def test_what_no_example_can_help_ends_it_at_once() -> None:
    ask = Predict("question -> answer")
    given = [(ask, {"question": str(number)}) for number in range(50)]

    with context(lm=None), pytest.raises(NotConfigured):
        Parallel()(given)
    lm = FakeLM(lambda request: chat_text({"answer": "a"}))
    with context(lm=lm), spending(Budget(calls=3)), pytest.raises(BudgetExceeded):
        Parallel(num_threads=2)(given)
    assert len(lm.requests) <= 4
    begun: list[int] = []

    def broke(number: int) -> None:
        begun.append(number)
        raise NothingLeft("Pay.")

    with pytest.raises(NothingLeft):
        Parallel(num_threads=1)([(broke, (number,)) for number in range(9)])
    assert begun == [0]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ((Waits(), 3), "Item 1 gives its program 3, an int. Give an Example, a dictionary"),
        ((Waits(), [3]), "Item 1 gives its program"),
        ((3, {"number": 3}), "Item 1 is"),
        (Waits(), "Item 1 is"),
        ((Waits(), Example(number=3)), "does not know which of its values are inputs"),
    ],
)
def test_what_is_no_pair_is_refused_before_anything_runs(item: Any, message: str) -> None:
    ran: list[int] = []

    with pytest.raises(UsageError, match=message):
        Parallel()([(ran.append, (1,)), item])

    assert ran == []


@pytest.mark.parametrize(
    "number", [{"timeout": "x"}, {"timeout": None}, {"timeout": -1}, {"straggler_limit": "3"}, {"max_errors": "x"}]
)
def test_numbers_that_make_no_sense_are_refused(number: dict[str, Any]) -> None:
    ((name, value),) = number.items()
    with pytest.raises(UsageError, match=f"{name} cannot be {value!r}"):
        Parallel(**number)


def test_a_batch_takes_the_rows_of_a_table() -> None:
    table = pd.DataFrame({"number": [1, 2], "seconds": [0.0, 0.0], "label": ["a", "b"]})

    assert numbers(Waits().batch(table)) == [1, 2]
    with pytest.raises(DataError, match=r"The table has no column 'number', which the program needs .*seconds, label"):
        Waits().batch(table.drop(columns="number"))


@pytest.mark.parametrize("given", [{"number": 1}, "1", Example(number=1), 3])
def test_a_single_example_is_no_batch(given: Any) -> None:
    with pytest.raises(UsageError, match=r"The examples are one .*Give a list .*for a single one call the program"):
        Waits().batch(given)


@pytest.mark.parametrize("given", [Waits(), {"number": 1}, pd.DataFrame({"number": [1]}), 3])
def test_what_is_no_list_of_pairs_says_so(given: Any) -> None:
    with pytest.raises(UsageError, match=r"The pairs are .*program\.batch\(examples\)"):
        Parallel()(given, {"number": 1})  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="The pairs are"):
        asyncio.run(Parallel().acall(given))


@pytest.mark.parametrize("threads", [0, -1, True, "4"])
def test_threads_are_counted(threads: Any) -> None:
    with pytest.raises(UsageError, match="num_threads cannot be"):
        Parallel(num_threads=threads)(pairs(1))


@pytest.mark.parametrize("threads", [1, 2])
def test_maps_in_maps_never_wait_for_each_other(threads: int) -> None:
    inner, outer = Parallel(num_threads=threads), Parallel(num_threads=threads)
    deepest = [(Waits(), {"number": number}) for number in range(3)]

    results = outer([(inner, [(inner, deepest) for _ in range(3)]) for _ in range(3)])

    assert [[numbers(part) for part in parts] for parts in results] == [[[0, 1, 2]] * 3] * 3


def test_an_awaited_one_leaves_the_loop_free() -> None:
    async def main() -> int:
        work = asyncio.create_task(Parallel().acall(pairs(1, 2, seconds=0.2)))
        ticks = 0
        while not work.done():
            await asyncio.sleep(0.01)
            ticks += 1
        return ticks

    assert asyncio.run(main()) > 5


def test_a_cancelled_one_begins_no_further_pair() -> None:
    begun: list[int] = []

    def slow(number: int) -> None:
        begun.append(number)
        time.sleep(0.05)

    async def main() -> None:
        work = asyncio.create_task(Parallel(num_threads=2).acall([(slow, (number,)) for number in range(100)]))
        await asyncio.sleep(0.1)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    asyncio.run(main())
    time.sleep(0.2)

    assert len(begun) < 20


class TestStragglers:
    """The first call of an item hangs; a second one answers."""

    def hanging(self, release: threading.Event) -> tuple[FakeLM, list[str]]:
        said: list[str] = []

        def answer(request: Any) -> str:
            question = request.messages[-1]["content"]
            is_first = "hang" in question and "hang" not in "".join(said)
            said.append(question)
            if is_first:
                release.wait(20)
            return chat_text({"answer": "42"})

        return FakeLM(answer, cache=True), said

    @pytest.mark.parametrize("items", [1, 3, 30])
    def test_the_last_ones_are_asked_again_though_an_equal_call_is_out(self, items: int) -> None:
        release = threading.Event()
        lm, said = self.hanging(release)
        given = [(Predict("question -> answer"), {"question": f"{items} {'hang' if number == 0 else number}"})
                 for number in range(items)]  # fmt: skip

        with context(lm=lm):
            results = Parallel(num_threads=4, timeout=0.2)(given)
        release.set()

        assert [result.answer for result in results] == ["42"] * items
        assert len(said) == items + 1

    @pytest.mark.parametrize("options", [{"timeout": 0}, {"timeout": 0.05, "straggler_limit": 0}])
    def test_nothing_is_asked_again_where_that_is_not_wanted(self, options: Any) -> None:
        begun: list[int] = []

        def slow() -> None:
            begun.append(1)
            time.sleep(0.3)

        Parallel(num_threads=4, **options)([(slow, ())])

        assert len(begun) == 1

    def test_more_than_the_last_few_are_waited_for(self) -> None:
        begun: list[int] = []

        def slow(number: int) -> None:
            begun.append(number)
            time.sleep(0.4)

        Parallel(num_threads=8, timeout=0.1, straggler_limit=1)([(slow, (number,)) for number in range(3)])

        assert sorted(begun) == [0, 1, 2]

    def test_a_failure_counts_only_when_both_failed(self) -> None:
        begun: list[int] = []

        def odd() -> str:
            begun.append(1)
            is_first = len(begun) == 1
            time.sleep(0.3)
            if is_first:
                raise ValueError("the first")
            return "the second"

        assert Parallel(num_threads=4, timeout=0.1)([(odd, ())]) == ["the second"]


class Two(Module):
    def __init__(self) -> None:
        self.first = Predict("question -> answer")
        self.second = Predict("answer -> verdict")

    def forward(self, question: str, seconds: float) -> Prediction:
        time.sleep(seconds)
        return self.second(answer=self.first(question=question).answer)  # type: ignore[no-any-return]


def test_a_trace_has_the_steps_of_the_pairs_in_their_order() -> None:
    lm = FakeLM(lambda request: chat_text({"answer": "a", "verdict": "v"}))
    program = Two()

    with context(lm=lm, trace=[]):
        Parallel(num_threads=4)([(program, {"question": str(n), "seconds": (4 - n) / 50}) for n in range(4)])
        trace = nbdspy.settings.trace

    assert [predictor for predictor, _, _ in trace] == [program.first, program.second] * 4
    assert [given["question"] for predictor, given, _ in trace if predictor is program.first] == ["0", "1", "2", "3"]


def test_a_batch_is_the_same_for_one_program() -> None:
    program = Waits()
    examples = [Example(number=number, label="x").with_inputs("number") for number in (0, 1, -2)]

    assert numbers(program.batch(examples[:2], num_threads=2)) == [0, 1]
    assert numbers(program.batch([{"number": 5}])) == [5]
    results, failed, errors = program.batch(examples, return_failed_examples=True)
    assert (numbers(results), failed, str(errors[0])) == ([0, 1, None], examples[2:], "no -2")
    with pytest.raises(TooManyErrors):
        program.batch(examples, max_errors=0)
    with pytest.raises(UsageError, match="does not know which"):
        program.batch([Example(number=1)])


def test_it_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Waits().batch([{"number": 1}, {"number": 2}])

    assert capsys.readouterr() == ("", "")


INTERRUPTED = """
import os, signal, threading, time
from nbdspy import Parallel
from nbdspy.errors import Stopped

signal.signal(signal.SIGINT, signal.default_int_handler)

def work(number):
    if number < 2:
        return number
    if number == 2:
        os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.3)
    return number

try:
    Parallel(num_threads=THREADS, timeout=0.1)([(work, (number,)) for number in range(50)])
except Stopped as stopped:
    print(stopped.message, stopped.result[:2], None in stopped.result)
"""


@pytest.mark.parametrize("threads", [1, 4])
def test_an_interrupt_keeps_what_is_finished(threads: int) -> None:
    code = textwrap.dedent(INTERRUPTED).replace("THREADS", str(threads))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert " of 50 examples are done. [0, 1] True" in done.stdout, done.stderr


def test_stopped_is_an_interrupt() -> None:
    def pressed() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)

    with pytest.raises(KeyboardInterrupt) as caught:
        Parallel(num_threads=1)([(len, ([],)), (pressed, ())])

    assert isinstance(caught.value, Stopped)
    assert caught.value.result == [0, None]


def test_its_repr_has_no_address() -> None:
    assert repr(Parallel()) == "Parallel()"
    assert repr(Parallel(num_threads=2)) == "Parallel(num_threads=2)"
