"""A program on many examples."""

from __future__ import annotations

import json
import operator
import re
import signal
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nbdspy import events, histories
from nbdspy.configuration import context
from nbdspy.data import Example, Prediction
from nbdspy.errors import BudgetExceeded, DataError, NotConfigured, NothingLeft, Stopped, TooManyErrors, UsageError
from nbdspy.evaluation import Evaluate, EvaluationResult, ExampleScored, compare, evaluate, exact_match
from nbdspy.models import Budget, spending
from nbdspy.modules import Module, Predict, syncify
from nbdspy.testing import DummyLM, FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.types import Tool


def numbers(n: int) -> list[Example]:
    """Examples whose right answer is the number in the question."""
    return [Example(question=f"number {i}.", answer=str(i)).with_inputs("question") for i in range(n)]


def number_of(request: Any) -> int:
    """The number that a request asks for."""
    return int(str(request.messages[-1]["content"]).split("number ")[1].split(".")[0])


def echo(wrong: Callable[[int], bool] = lambda number: False) -> FakeLM:
    """Answers every number with itself, or with "no" where it is told to be wrong."""
    return FakeLM(lambda request: chat_text({"answer": "no" if wrong(number_of(request)) else number_of(request)}))


def failing(when: Callable[[int], bool]) -> FakeLM:
    def answer(request: Any) -> str:
        number = number_of(request)
        if when(number):
            raise RuntimeError(f"I cannot do {number}")
        return chat_text({"answer": number})

    return FakeLM(answer)


ASK = Predict("question -> answer")


def scored(lm: FakeLM, n: int = 10, **settings: Any) -> EvaluationResult:
    with context(lm=lm):
        return Evaluate(devset=numbers(n), **{"metric": "exact_match", **settings})(ASK)


def test_the_score_is_a_percentage_and_the_mean_is_not() -> None:
    result = scored(echo(lambda number: number % 3 == 0), 7)

    assert (result.mean, result.score) == (pytest.approx(4 / 7), 57.14)
    assert (result.n, result.planned, result.right, result.wrong, result.failed) == (7, 7, 4, 3, 0)


def test_the_result_reads_like_the_peers() -> None:
    devset = numbers(2)

    with context(lm=echo(lambda number: number == 1)):
        result = Evaluate(devset=devset, metric=exact_match)(ASK)

    assert result.score == 50.0
    assert result.results == [
        (devset[0], Prediction(answer="0"), 1.0),
        (devset[1], Prediction(answer="no"), 0.0),
    ]


@pytest.mark.parametrize("threads", [1, 8])
def test_rows_are_in_the_order_of_the_examples(threads: int) -> None:
    turn = threading.Barrier(4, timeout=20) if threads == 8 else None

    def late_ones_first(request: Any) -> str:
        number = number_of(request)
        if turn is not None and number < 4:
            for _ in range(4 - number):
                threading.Event().wait(0.002)
            turn.wait()
        return chat_text({"answer": number})

    result = scored(FakeLM(late_ones_first), 30, num_threads=threads)

    assert [row.index for row in result.rows] == list(range(30))
    assert [row.prediction.answer for row in result.rows if row.prediction] == [str(n) for n in range(30)]


def test_one_and_eight_threads_find_the_same() -> None:
    one, eight = (scored(echo(lambda number: number % 3 == 0), 40, num_threads=threads) for threads in (1, 8))

    assert one.results == eight.results
    assert repr(one) == repr(eight)


def test_every_example_is_asked_once_and_bookkept_once() -> None:
    for n in (50, 500):
        lm, looked, told = echo(), [], []

        def metric(example: Example, prediction: Prediction, seen: list[int] = looked) -> bool:
            seen.append(1)
            return True

        with events.listening(lambda event, heard=told: heard.append(event)):
            result = scored(lm, n, metric=metric)

        assert (len(lm.requests), len(looked), result.n) == (n, n, n)
        assert sum(isinstance(event, ExampleScored) for event in told) == n


def test_progress_is_told_in_order_by_the_thread_that_collects() -> None:
    told: list[tuple[int, int, int]] = []
    threads = set()

    def hear(event: Any) -> None:
        if isinstance(event, ExampleScored):
            told.append((event.done, event.total, event.row.index))
            threads.add(threading.current_thread())

    with events.listening(hear):
        scored(echo(), 20, num_threads=4)

    assert [done for done, _, _ in told] == list(range(1, 21))
    assert {total for _, total, _ in told} == {20}
    assert {index for _, _, index in told} == set(range(20))
    assert threads == {threading.main_thread()}


def test_a_failed_example_counts_as_the_failure_score_and_says_why() -> None:
    lm = failing(lambda number: number == 2)

    result = scored(lm, 4)
    lenient = scored(lm, 4, failure_score=0.5)

    assert (result.mean, lenient.mean) == (0.75, 0.875)
    assert (result.right, result.wrong, result.failed) == (3, 0, 1)
    assert result.rows[2].prediction is None
    assert result.rows[2].error == "RuntimeError: I cannot do 2"
    assert result.summary.endswith("n = 4, 1 failed)")
    assert repr(result) == f"{result.summary}\nThe first failure said: RuntimeError: I cannot do 2"


@pytest.mark.parametrize("threads", [1, 4])
def test_it_gives_up_after_too_many_failures_and_calls_no_more(threads: int) -> None:
    given_up = threading.Event()

    def answer(request: Any) -> str:
        if number_of(request) >= 20:
            given_up.wait(60)
        raise RuntimeError("I cannot.")

    lm = FakeLM(answer)

    with pytest.raises(TooManyErrors) as caught:
        scored(lm, 1000, max_errors=3, num_threads=threads)

    given_up.set()
    for thread in [thread for thread in threading.enumerate() if thread.name.startswith("nbdspy-map")]:
        thread.join(60)
    assert caught.value.message == "Stopped after 4 of 4 examples failed; the last said: RuntimeError: I cannot."
    assert caught.value.hint == "Run the program on one example to see where."
    assert len(caught.value.failures) == 4
    assert len(lm.requests) <= 20 + threads


def test_as_many_failures_as_allowed_are_let_pass() -> None:
    assert scored(failing(lambda number: number < 3), 10, max_errors=3).failed == 3


def test_the_configured_limit_is_the_default() -> None:
    with context(max_errors=1), pytest.raises(TooManyErrors, match="Stopped after 2 of"):
        scored(failing(lambda number: True), 10)


@pytest.mark.parametrize(
    ("verdict", "shown", "hint"),
    [
        (None, "None", "Does it lack a `return`?"),
        (float("nan"), "nan", "Return a bool, or a number from 0 to 1."),
        (float("inf"), "inf", "Return a bool"),
        ("good", "'good'", "Return a bool"),
        ("1", "'1'", "Return a bool"),
        ([1], "[1]", "Return a bool"),
    ],
)
def test_a_metric_that_returns_no_number_ends_it_at_once(verdict: Any, shown: str, hint: str) -> None:
    def odd(example: Example, prediction: Prediction) -> Any:
        return verdict

    with pytest.raises(UsageError) as caught:
        scored(echo(), 5, metric=odd)

    assert caught.value.message.startswith(f"The metric odd returned {shown} for Example(question='number ")
    assert caught.value.hint is not None
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize("verdict", [True, 1, 0.25, Prediction(score=0.25, feedback="hm")])
def test_a_metric_may_return_anything_that_is_a_number(verdict: Any) -> None:
    assert scored(echo(), 2, metric=lambda example, prediction, trace=None: verdict).mean == float(verdict)


def test_a_metric_that_raises_fails_its_example_and_is_named() -> None:
    def picky(example: Example, prediction: Prediction) -> bool:
        return {"0": True}[prediction.answer]

    result = scored(echo(), 3, metric=picky)

    assert result.rows[0].score == 1
    assert re.fullmatch(
        r"The metric picky raised KeyError: '1' \(line \d+: return \{\"0\": True\}\[prediction\.answer\]\)",
        str(result.rows[1].error),
    )
    with pytest.raises(TooManyErrors, match="The metric picky raised KeyError: '2'") as caught:
        scored(echo(), 3, metric=picky, max_errors=1, num_threads=1)
    assert isinstance(caught.value.__cause__.__cause__, KeyError)  # type: ignore[union-attr]


def test_what_the_program_had_answered_is_kept_where_the_metric_raised() -> None:
    def picky(example: Example, prediction: Prediction) -> bool:
        return {"0": True}[prediction.answer]

    result = scored(echo(), 3, metric=picky)

    assert [row.prediction and row.prediction.answer for row in result.rows] == ["0", "1", "2"]
    assert list(result.frame["answer"]) == ["0", "1", "2"]
    assert (result.failed, result.right, result.score) == (2, 1, 33.33)
    assert [len(row.calls) for row in result.rows] == [1, 1, 1]


@pytest.mark.parametrize(("examples", "said"), [(40, "Stopped after 11 of 11 examples"), (3, "Every example failed")])
def test_a_metric_that_always_raises_is_to_be_mended_and_shown_where(examples: int, said: str) -> None:
    def divides(example: Example, prediction: Prediction) -> float:
        return 1 / 0

    with pytest.raises(TooManyErrors, match=said) as caught:
        scored(echo(), examples, metric=divides, num_threads=1)

    assert "The metric divides raised ZeroDivisionError: division by zero (line " in caught.value.message
    assert "return 1 / 0)" in caught.value.message
    assert caught.value.hint == "Mend the metric."
    assert isinstance(caught.value.__cause__.__cause__, ZeroDivisionError)  # type: ignore[union-attr]


def test_a_metric_of_no_python_source_is_named_without_a_line() -> None:
    with pytest.raises(TooManyErrors, match="The metric concat raised TypeError") as caught:
        scored(echo(), 2, metric=operator.concat)

    assert "(line" not in caught.value.message
    assert caught.value.hint == "Mend the metric."


@pytest.mark.parametrize(
    ("fails", "hint"),
    [
        (lambda number: True, "Run the program on one example to see where."),
        (lambda number: number % 2 == 0, "Raise the limit with nbdspy.configure(max_errors=…)."),
    ],
)
def test_a_limit_is_advised_only_where_a_higher_one_helps(fails: Any, hint: str) -> None:
    class Broken(Module):
        def forward(self, question: str) -> Prediction:
            number = int(question.split()[1].rstrip("."))
            if fails(number):
                raise RuntimeError("no")
            return Prediction(answer=str(number))

    with pytest.raises(TooManyErrors) as caught:
        Evaluate(devset=numbers(40), num_threads=1)(Broken())

    assert caught.value.hint == hint
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_mistakes_of_the_caller_are_raised_at_once_and_not_counted() -> None:
    lm = echo()

    with context(lm=lm), pytest.raises(UsageError, match="'context' is missing"):
        Evaluate(devset=numbers(50), metric="exact_match", num_threads=1)(Predict("question, context -> answer"))
    assert not lm.requests

    with context(lm=None), pytest.raises(NotConfigured):
        Evaluate(devset=numbers(5), metric="exact_match")(ASK)


def test_a_call_that_no_tool_takes_counts_and_an_empty_account_does_not() -> None:
    same = Tool(lambda number: number, name="same", arg_types={"number": int})

    class Calls(Module):
        def forward(self, question: str) -> Prediction:
            if question == "number 2.":
                raise NothingLeft("Pay.")
            return Prediction(answer=same(number="many" if question == "number 1." else 0))

    assert Evaluate(devset=numbers(2), metric="exact_match")(Calls()).failed == 1
    with pytest.raises(NothingLeft):
        Evaluate(devset=numbers(3), metric="exact_match")(Calls())


def test_a_label_that_is_missing_is_raised_at_once() -> None:
    devset = [example.without("answer") for example in numbers(5)]

    with context(lm=echo()), pytest.raises(DataError, match="No label to compare"):
        Evaluate(devset=devset, metric="exact_match")(ASK)


def test_a_budget_that_is_reached_is_raised_not_counted() -> None:
    lm = echo()

    with spending(Budget(calls=3)), pytest.raises(BudgetExceeded):
        scored(lm, 50)

    assert len(lm.requests) == 3


def test_after_a_limit_is_reached_no_more_examples_are_tried_and_how_many_is_said() -> None:
    tried, is_shown = [], threading.Event()

    class Counted(Module):
        def forward(self, question: str) -> Prediction:
            tried.append(question)
            return ASK(question=question)  # type: ignore[no-any-return]

    def waits(_: events.Event) -> None:
        """Whoever shows the rows is slower than those who find out that there is no more to spend."""
        is_shown.wait(0.3)
        is_shown.set()

    with (
        spending(Budget(calls=3)),
        events.listening(waits),
        context(lm=echo()),
        pytest.raises(BudgetExceeded) as caught,
    ):
        Evaluate(devset=numbers(200), metric="exact_match", num_threads=4)(Counted())

    assert len(tried) <= 3 + 4
    assert caught.value.lines()[-1] == "3 of 200 examples were scored, 197 were not."


def test_what_it_spent_is_its_own() -> None:
    with spending(Budget()) as all_of_it:
        first, second = scored(echo(), 3), scored(echo(), 4)

    assert (first.spent.calls, second.spent.calls, all_of_it.spent.calls) == (3, 4, 7)


@pytest.mark.parametrize("data", [[], pd.DataFrame({"question": []})])
def test_no_examples_are_refused(data: Any) -> None:
    with pytest.raises(DataError, match="is empty"):
        Evaluate(devset=data)(ASK)
    with pytest.raises(DataError, match="data is empty"):
        evaluate(ASK, data=data)


def test_a_table_is_evaluated_on_by_its_columns() -> None:
    table = pd.DataFrame({"question": ["number 0.", "number 1."], "answer": [0, 7]})

    with context(lm=echo()):
        by_function, by_class = evaluate("question -> answer", data=table), Evaluate(devset=table)(ASK)

    assert by_function.mean == by_class.mean == 0.5
    assert by_function.rows[0].example.inputs() == Example(question="number 0.")


def test_a_table_without_an_inputs_column_is_refused() -> None:
    with pytest.raises(DataError, match=r"has no column 'question'.*Did you mean qestion\?"):
        evaluate(ASK, data=pd.DataFrame({"qestion": ["x"]}))


def test_examples_that_know_their_inputs_are_taken_as_they_are() -> None:
    class Reads(Module):
        def __init__(self) -> None:
            self.answer = Predict("question -> answer")

        def forward(self, **inputs: Any) -> Any:
            return self.answer(question=inputs["text"])

    devset = [Example(text="number 1.", answer="1").with_inputs("text")]

    with context(lm=echo()):
        assert Evaluate(devset=devset)(Reads()).mean == 1


def test_inputs_may_be_called_like_methods() -> None:
    devset = [Example(keys="number 1.", inputs="x", answer="1").with_inputs("keys", "inputs")]

    with context(lm=echo()):
        result = Evaluate(devset=devset)(Predict("keys, inputs -> answer"))

    assert result.mean == 1
    assert list(result.frame.columns) == ["keys", "inputs", "expected_answer", "answer", "score", "error"]


def test_the_frame_has_inputs_labels_outputs_and_scores() -> None:
    frame = scored(failing(lambda number: number == 0), 3).frame

    assert list(frame.columns) == ["question", "expected_answer", "answer", "score", "error"]
    assert list(frame["score"]) == [0.0, 1.0, 1.0]
    assert frame["error"][0] == "RuntimeError: I cannot do 0"
    assert frame["error"][1] is None or pd.isna(frame["error"][1])


def test_a_program_that_returns_no_prediction_works_with_a_metric_of_its_own() -> None:
    class Says(Module):
        def forward(self, question: str) -> Any:
            return question.upper()

    result = Evaluate(devset=numbers(1), metric=lambda example, text: text == "NUMBER 0.")(Says())

    assert result.mean == 1
    assert result.frame["prediction"][0] == "NUMBER 0."


def interrupt(request: Any) -> None:
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


@pytest.mark.parametrize("threads", [1, 4])
def test_an_interrupt_keeps_what_is_scored(threads: int) -> None:
    def answer(request: Any) -> str:
        threading.Event().wait(0.01)
        if number_of(request) == 30:
            interrupt(request)
        return chat_text({"answer": number_of(request)})

    lm = FakeLM(answer)

    with pytest.raises(Stopped) as caught:
        scored(lm, 5000, num_threads=threads)

    result = caught.value.result
    assert 20 < result.n < 5000
    assert result.planned == 5000
    assert caught.value.message == f"{result.n} of 5000 examples are scored."
    assert result.score == 100.0
    assert f"n = {result.n} of 5000" in repr(result)
    assert len(lm.requests) <= result.n + threads


def test_a_halted_evaluation_holds_what_is_scored() -> None:
    lm = echo()

    with context(lm=lm):
        result = Evaluate(devset=numbers(50), num_threads=1)(ASK, halted=lambda: len(lm.requests) >= 5)

    assert (result.n, result.planned) == (5, 50)


def test_comparing_pairs_the_examples() -> None:
    before, after = scored(echo(lambda number: number < 6)), scored(echo(lambda number: number in (0, 9)))

    found = compare(before, after)

    assert (found.gained, found.lost, found.unchanged) == (5, 1, 4)
    assert found.mean == pytest.approx(after.mean - before.mean)


@pytest.mark.parametrize(("n", "m"), [(3, 4), (0, 0)])
def test_evaluations_of_different_examples_are_not_compared(n: int, m: int) -> None:
    results = [EvaluationResult(rows=scored(echo(), 5).rows[:size], program="p", metric="m") for size in (n, m)]

    with pytest.raises(DataError, match=rf"not of the same examples \({n} and {m}\)"):
        compare(*results)


def test_the_mapping_over_examples_can_be_replaced() -> None:
    from nbdspy.runtime import map_threads

    seen = []

    def mapper(function: Any, items: Any, **settings: Any) -> Any:
        seen.append(settings["threads"])
        return map_threads(function, items, threads=1)

    assert scored(echo(), 3, mapper=mapper, num_threads=5).mean == 1
    assert seen == [5]


def test_the_result_says_what_it_ran_with() -> None:
    with context(lm=DummyLM([{"answer": "x"}])):
        result = Evaluate(devset=numbers(1))(ASK)

    assert (result.lm, result.adapter, result.program, result.metric) == (
        "dummy",
        "chat",
        "question -> answer",
        "exact_match",
    )
    assert repr(result) == "question -> answer: 0 % exact_match (0 to 79, 95 % interval, n = 1)"


@pytest.mark.parametrize("score", [85, -1, 1.01])
def test_a_score_that_is_not_from_0_to_1_is_refused(score: float) -> None:
    def stars(example: Example, prediction: Prediction) -> float:
        return score

    with pytest.raises(UsageError, match=rf"The metric stars returned {score}\. Scores are 0 to 1: divide by"):
        scored(echo(), 3, metric=stars)


def test_a_mean_that_is_a_hair_over_1_counts_as_1() -> None:
    assert scored(echo(), 3, metric=lambda example, prediction: 1 + 1e-15).mean == 1


def test_a_gap_among_the_labels_stops_at_once_and_says_so() -> None:
    table = pd.DataFrame({"question": ["number 1.", "number 2."], "answer": [1, None]})

    with context(lm=echo()), pytest.raises(DataError, match="no value for the label 'answer'"):
        evaluate(ASK, data=table)
    with context(lm=echo()):
        assert evaluate(ASK, data=table.dropna()).score == 100  # pandas made 1.0 of it


def test_a_row_without_an_input_is_named() -> None:
    table = pd.DataFrame({"question": ["a", None], "answer": ["a", "b"]})

    with pytest.raises(DataError, match="has no value for 'question' in row 1"), context(lm=echo()):
        evaluate(Predict("question -> answer"), data=table)


def test_what_dspys_programs_give_it_is_taken() -> None:
    scorer = Evaluate(
        devset=numbers(2), metric=exact_match, num_threads=1, display_progress=True, display_table=5,
        provide_traceback=True, max_errors=3,
    )  # fmt: skip

    with context(lm=echo()):
        assert scorer(Predict("question -> answer"), display_progress=False, callback_metadata={"run": 1}).n == 2


def test_a_call_may_have_another_metric_other_examples_and_other_threads() -> None:
    scorer = Evaluate(devset=numbers(2), metric=exact_match)

    with context(lm=echo()):
        result = scorer(Predict("question -> answer"), metric=lambda *_: 0.5, devset=numbers(3), num_threads=1)

    assert (result.n, result.score) == (3, 50.0)


def test_the_rows_are_written_to_files(tmp_path: Path) -> None:
    scorer = Evaluate(devset=numbers(2), save_as_csv=str(tmp_path / "rows.csv"))

    with context(lm=echo(wrong=lambda number: number == 1)):
        result = scorer(Predict("question -> answer"), save_as_json=str(tmp_path / "rows.json"))

    assert pd.read_csv(tmp_path / "rows.csv").score.tolist() == [1, 0]
    assert pd.read_json(tmp_path / "rows.json").columns.tolist() == result.frame.columns.tolist()


def test_data_may_be_given_by_place() -> None:
    with context(lm=FakeLM(lambda request: chat_text({"answer": "42"}))):
        assert evaluate("question -> answer", [{"question": "6 * 7", "answer": "42"}]).mean == 1


def test_only_evaluations_are_compared() -> None:
    with context(lm=FakeLM(lambda request: chat_text({"answer": "42"}))):
        scored = evaluate("question -> answer", [{"question": "6 * 7", "answer": "42"}])

    with pytest.raises(UsageError, match="3 is an int, not the result of an evaluation"):
        compare(scored, 3)  # type: ignore[arg-type]


@pytest.mark.parametrize(("metric", "message"), [
    ("f1", "The example has no 'answer' to compare with; it has: question, other, label."),
    ("gold_titles_found", "gold_titles"),
    ("exact_match", "No label to compare"),
])  # fmt: skip
def test_a_metric_that_lacks_its_columns_is_refused_before_any_call(metric: str, message: str) -> None:
    rows = [{"question": "6 * 7", "other": "x", "label": "42"}]

    with context(lm=(lm := FakeLM(lambda request: chat_text({"said": "42"})))), pytest.raises(DataError, match=message):
        evaluate("question -> said", rows, metric=metric)

    assert lm.requests == []


async def awaited(example: Any, prediction: Any, trace: Any = None) -> bool:
    return bool(example.answer == prediction.answer)


class Awaited:
    async def __call__(self, example: Any, prediction: Any, trace: Any = None) -> bool:
        return await awaited(example, prediction)


@pytest.mark.parametrize(
    ("metric", "name"), [(awaited, "awaited"), (Awaited(), "Awaited"), (partial(awaited), "awaited")]
)
def test_an_async_metric_is_refused_before_any_call(metric: Any, name: str) -> None:
    with context(lm=(lm := echo())):
        with pytest.raises(UsageError, match=f"The metric {name} is async.* Give nbdspy.syncify"):
            evaluate(ASK, numbers(2), metric=metric)
        assert lm.requests == []
        assert evaluate(ASK, numbers(2), metric=syncify(awaited)).mean == 1


class TestAsDSPyHasIt:
    def test_a_result_is_made_of_triples(self) -> None:
        example, prediction = Example(a=1), Prediction(b=2)
        result = EvaluationResult(score=50.0, results=[(example, prediction, 1.0), (example, None, False)])

        assert (result.score, result.n, result.right) == (50.0, 2, 1)
        assert result.results == [(example, prediction, 1.0), (example, None, 0.0)]
        with pytest.raises(UsageError, match=r"said to be 90\.0, but that of the 2 results is 50\.0"):
            EvaluationResult(score=90.0, results=result.results)

    def test_outputs_are_asked_for_in_vain(self) -> None:
        with pytest.raises(UsageError, match=r"Read result\.results"):
            Evaluate(devset=[Example(a=1)], return_outputs=True)  # type: ignore[arg-type]


def test_a_comparison_says_which_examples_were_gained_and_lost() -> None:
    before, after = scored(echo(lambda number: number < 6)), scored(echo(lambda number: number in (0, 9)))

    found = compare(before, after)

    lost = found.examples.query("change == 'lost'")
    assert len(lost) == found.lost == 1
    assert list(lost[["score_before", "score_after", "failed"]].iloc[0]) == [1.0, 0.0, ""]
    assert found.pairs[0] == (before.rows[0], after.rows[0])
    assert re.search(r"against .*: \+40 points exact_match \(.*, n = 10\): 5 gained, 1 lost, 4 unchanged", repr(found))


@pytest.mark.parametrize("threads", [1, 4])
def test_a_row_knows_its_calls_also_where_it_failed(threads: int) -> None:
    lm = FakeLM(lambda request: "no" if "7" in str(request.messages[-1]) else chat_text({"answer": "1"}))

    with context(lm=lm):
        result = Evaluate(devset=numbers(8), num_threads=threads)(ASK)

    kept = {call.number: call for call in histories.recall()}
    for row in result.rows:
        assert row.calls
        assert all(row.example.question in str(kept[number].request.messages[-1]) for number in row.calls)


@pytest.mark.parametrize("threads", [1, 8])
def test_an_example_that_is_there_twice_knows_its_calls_in_each_row(threads: int) -> None:
    (example,) = numbers(1)

    with context(lm=echo()):
        result = Evaluate(devset=[example] * 10, metric="exact_match", num_threads=threads)(ASK)

    assert [len(row.calls) for row in result.rows] == [1] * 10
    assert len({row.calls for row in result.rows}) == 10


def test_a_row_knows_the_calls_of_an_evaluation_inside_of_it() -> None:
    class Judged(Module):
        def forward(self, question: str) -> Any:
            Evaluate(devset=numbers(3), metric="exact_match", num_threads=1)(ASK)
            return ASK(question=question)

    with context(lm=echo()):
        result = Evaluate(devset=numbers(2), metric="exact_match", num_threads=1)(Judged())

    assert [len(row.calls) for row in result.rows] == [4, 4]


def test_half_a_character_is_written_to_files(tmp_path: Path) -> None:
    data = [{"question": "half \ud83d", "answer": "42"}]
    with context(lm=FakeLM(lambda request: chat_text({"answer": "half \ud83d"}))):
        Evaluate(
            devset=data,
            metric="exact_match",
            save_as_json=str(tmp_path / "rows.json"),
            save_as_csv=str(tmp_path / "rows.csv"),
        )(Predict("question -> answer"))

    assert json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))[0]["answer"] == "half \\ud83d"
    assert "half \\ud83d" in (tmp_path / "rows.csv").read_text(encoding="utf-8")


def test_a_row_is_shown_without_its_time() -> None:
    result = scored(echo(), 1)

    assert repr(result.rows[0]) == "Row(index=0, question='number 0.', expected_answer='0', answer='0', score=1.0)"
