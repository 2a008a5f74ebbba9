"""KNNFewShot: each call has the demonstrations that are nearest to it."""

from __future__ import annotations

import asyncio
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import DataError, NotConfigured, SavedStateError, UsageError
from nbdspy.models.embedder import Embedder
from nbdspy.modules import ChainOfThought, Module, Predict, freeze
from nbdspy.optimizers import BootstrapFewShot, KNNFewShot, compile
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

from .conftest import Search, asked, learner, numbers, shown

TRAIN, VAL = numbers(*range(0, 300, 10)), numbers(*range(3, 300, 25))
OFF = {"max_bootstrapped_demos": 0}


def by_number(texts: list[str]) -> list[list[float]]:
    """Vectors at an angle that grows with the number in the text."""
    return [[1000.0, float(re.findall(r"number (\d+)", text)[-1])] for text in texts]


def near_sighted() -> FakeLM:
    """Knows the answer where a demonstration is not further away than 5."""
    return learner(lambda number, seen: any(abs(number - n) <= 5 for n in seen))


def made(k: int = 2, **options: Any) -> KNNFewShot:
    return KNNFewShot(k, TRAIN, by_number, **options)


def ask() -> Predict:
    return Predict("question -> answer")


def test_a_program_that_needs_near_examples_gets_better() -> None:
    with context(lm=near_sighted()):
        result = made(metric="exact_match").run(ask(), valset=VAL)
        far = BootstrapFewShot("exact_match", max_labeled_demos=2).run(ask(), trainset=TRAIN, valset=VAL)

    assert (result.base_score, result.score) == (0, 1)
    assert far.score is not None
    assert far.score < 0.5


def test_each_call_shows_its_own_neighbours() -> None:
    with context(lm=(lm := near_sighted())):
        compiled = made(3, **OFF).compile(ask())
        answers = [compiled(question=f"number {n}.").answer for n in (52, 198)]

    assert answers == ["52", "198"]
    assert [sorted(shown(request)) for request in lm.requests] == [[40, 50, 60], [190, 200, 210]]


def test_neighbours_are_bootstrapped_as_one_after_the_other() -> None:
    with context(lm=(lm := near_sighted()), num_threads=8):
        compiled = made(4, metric="exact_match", max_bootstrapped_demos=2, max_labeled_demos=3).compile(ask())
        assert not lm.requests
        compiled(question="number 52.")

    *teaching, last = lm.requests
    assert [asked(request) for request in teaching] == [50, 60, 40, 70]  # none knows itself from the others
    assert len(shown(last)) == 3


def test_a_trace_that_the_metric_accepts_is_shown() -> None:
    with context(lm=learner(lambda number, seen: True)):
        compiled = made(4, metric="exact_match", max_bootstrapped_demos=1, max_labeled_demos=1).compile(Search())
        with context(trace=(steps := [])):
            compiled(question="number 52.")

    assert [predictor for predictor, _, _ in steps] == compiled.predictors()


def test_the_plan_holds_what_is_then_called() -> None:
    optimizer = made(3, metric="exact_match", max_bootstrapped_demos=1)

    with context(lm=(lm := near_sighted())):
        low, high = optimizer.plan(ask(), trainset=TRAIN, valset=VAL).calls
        result = compile(ask(), TRAIN, val=VAL, optimizer=optimizer)

    assert low <= result.calls <= high
    assert result.calls >= len(lm.requests) > 2 * len(VAL)


def test_what_is_loaded_and_set_later_counts(tmp_path: Path) -> None:
    compiled = made(1, **OFF).compile(ask())
    other = ask()
    other.signature = other.signature.with_instructions("Say the number.")
    other.save(tmp_path / "other.json")

    compiled.load(tmp_path / "other.json")
    compiled.set_lm(lm := near_sighted())
    compiled(question="number 52.")
    compiled.set_lm(None)
    compiled.save(tmp_path / "compiled.json")
    other.load(tmp_path / "compiled.json")

    assert "Say the number." in lm.requests[0].messages[0]["content"]
    assert other.signature.instructions == "Say the number."


def test_a_whole_program_with_vectors_has_no_text_form(tmp_path: Path) -> None:
    with pytest.raises(SavedStateError, match="forward"):
        made().compile(ask()).save(tmp_path / "program", save_program=True)


def test_a_copy_looks_for_itself() -> None:
    compiled = made(1, **OFF).compile(ask())
    copied = compiled.deepcopy()
    copied.signature = copied.signature.with_instructions("Say the number.")

    with context(lm=(lm := near_sighted())):
        compiled(question="number 52.")
        copied(question="number 52.")

    first, second = (request.messages[0]["content"] for request in lm.requests)
    assert ("Say the number." in first, "Say the number." in second) == (False, True)


def test_frozen_demonstrations_are_shown_instead() -> None:
    student = ask()
    student.demos = numbers(7)
    freeze(student, "demos")

    with context(lm=(lm := near_sighted())):
        made(2, **OFF).run(student).best(question="number 52.")

    assert shown(lm.requests[-1]) == [7]


def test_it_is_called_as_the_program_was() -> None:
    for student in (ask(), ChainOfThought("question -> answer"), Search()):
        compiled = made(**OFF).compile(student)
        assert list(inspect.signature(compiled).parameters) == ["question"]
        assert [name for name, _ in compiled.named_predictors()] == [name for name, _ in student.named_predictors()]
        with pytest.raises(UsageError, match="Inputs are given by name"):
            compiled("number 52.")


def test_a_program_with_async_flow_answers_both_ways() -> None:
    class Asks(Module):
        def __init__(self) -> None:
            self.ask = ask()

        async def aforward(self, question: str) -> Any:
            return await self.ask.acall(question=question)

    compiled = made(1, **OFF).compile(Asks())
    with context(lm=near_sighted()):
        assert compiled(question="number 52.").answer == "52"
        assert asyncio.run(compiled.acall(question="number 52.")).answer == "52"


def test_inputs_that_the_examples_do_not_have_are_no_hindrance() -> None:
    compiled = made(1, **OFF).compile(Predict("question, hint -> answer"), trainset=_with_hint())

    with context(lm=near_sighted()):
        assert compiled(question="number 52.", hint="none").answer == "52"


def _with_hint() -> list[Example]:
    return [Example(example, hint="?").with_inputs("question") for example in TRAIN]


def test_a_failing_neighbour_is_passed_over_but_no_model_is_not() -> None:
    calls = []

    def answer(request: Any) -> str:
        calls.append(asked(request))
        if len(calls) == 1:
            raise ValueError("down")
        return "[[ ## answer ## ]]\n52\n\n[[ ## completed ## ]]"

    compiled = made(2, max_bootstrapped_demos=1).compile(ask())
    with context(lm=FakeLM(answer)):
        assert compiled(question="number 52.").answer == "52"
    assert calls == [50, 60, 52]
    with pytest.raises(NotConfigured):
        compiled(question="number 52.")


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: made(metrik="exact_match"), UsageError, "Did you mean metric"),
        (lambda: made(max_rounds=-1), UsageError, "cannot use max_rounds = -1"),
        (lambda: made(-1), UsageError, "cannot use k = -1"),
        (lambda: made(0), UsageError, "k cannot be 0"),
        (lambda: KNNFewShot(2, [], Embedder(by_number)), DataError, "The trainset is empty"),
    ],
)
def test_what_cannot_be_used_is_refused_before_any_call(make: Any, error: Any, said: str) -> None:
    with context(lm=(lm := near_sighted())), pytest.raises(error, match=re.escape(said)):
        make().compile(ask())
    assert not lm.requests


def test_the_student_is_left_as_it_was() -> None:
    student = ask()
    student.demos = numbers(7)

    assert made(**OFF).compile(student) is not student
    assert student.demos == numbers(7)
    assert "forward" not in vars(student)


def test_a_field_may_be_called_inputs() -> None:
    train = [Example(inputs=f"number {n}.", answer=str(n)).with_inputs("inputs") for n in range(0, 300, 10)]
    optimizer = KNNFewShot(2, train, by_number, metric="exact_match", **OFF)

    with context(lm=FakeLM(lambda request: chat_text({"answer": "50"}))):
        plan = optimizer.plan(Predict("inputs -> answer"), trainset=train, valset=train[:4])

    assert plan.calls[1] >= 4
