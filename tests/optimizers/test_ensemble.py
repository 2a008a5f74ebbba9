"""Ensemble: several programs answer, one answer is made of theirs."""

from __future__ import annotations

import asyncio
import inspect
import re
import threading
from pathlib import Path
from typing import Any

import pytest

import nbdspy
from nbdspy.configuration import context
from nbdspy.errors import NotConfigured, UsageError
from nbdspy.evaluation import evaluate
from nbdspy.modules import Module, Predict, majority
from nbdspy.optimizers import BootstrapRS, Ensemble
from nbdspy.testing import FakeLM

from .conftest import Search, learner, numbers

TRAIN, VAL = numbers(*range(20)), numbers(*range(100, 112))


class Says(Module):
    """Gives the same answer always, or fails."""

    def __init__(self, answer: Any, failure: Exception | None = None) -> None:
        self.answer = answer
        self.failure = failure

    def forward(self, question: str) -> Any:
        if self.failure is not None:
            raise self.failure
        return nbdspy.Prediction(answer=self.answer)


def answers(*given: Any) -> list[Module]:
    return [Says(answer) for answer in given]


def test_the_most_common_answer_counts() -> None:
    program = Ensemble(reduce_fn=majority).compile(answers("a1", "b1", "b1"))

    assert program(question="?").answer == "b1"
    assert asyncio.run(program.acall(question="?")).answer == "b1"


def test_without_a_function_all_answers_are_given_in_order() -> None:
    assert [each.answer for each in Ensemble().compile(answers("c1", "a1", "b1"))(question="?")] == ["c1", "a1", "b1"]


def test_programs_that_are_right_in_turn_are_better_together() -> None:
    def right(*remainders: int) -> Predict:
        return Predict("question -> answer", lm=learner(lambda number, seen: number % 3 in remainders))

    members = [right(0, 1), right(1, 2), right(0, 2)]

    together = evaluate(Ensemble(reduce_fn=majority).compile(members), VAL, metric="exact_match")

    assert [evaluate(member, VAL, metric="exact_match").mean for member in members] == pytest.approx([2 / 3] * 3)
    assert together.mean == 1


def test_the_best_of_a_compile_are_asked() -> None:
    with context(lm=learner()):
        result = BootstrapRS("exact_match", num_candidate_programs=4).run(Search(), trainset=TRAIN, valset=VAL)
        program = Ensemble(reduce_fn=majority).compile(result.top(3))
        assert program(question="number 100.").answer == "100"

    assert len(program.programs) == 3
    assert program.programs[0].dump_state() == result.best.dump_state()


def test_programs_are_asked_side_by_side() -> None:
    meeting = threading.Barrier(3, timeout=20)

    def answer(request: Any) -> str:
        meeting.wait()
        return "[[ ## answer ## ]]\n42\n\n[[ ## completed ## ]]"

    with context(lm=FakeLM(answer), num_threads=3):
        program = Ensemble(reduce_fn=majority).compile([Predict("question -> answer") for _ in range(3)])
        assert program(question="?").answer == "42"


def test_the_trace_holds_the_steps_in_the_order_of_the_programs() -> None:
    program = Ensemble(reduce_fn=majority).compile([Search(), Search()])

    with context(lm=learner(), num_threads=4, trace=(steps := [])):
        program(question="number 1.")

    assert [predictor for predictor, _, _ in steps] == program.predictors()


def test_every_predictor_of_every_program_is_named_saved_and_loaded(tmp_path: Path) -> None:
    program = Ensemble(reduce_fn=majority).compile([Search(), Predict("question -> answer")])
    names = ["programs[0].search", "programs[0].answer", "programs[1]"]
    assert [name for name, _ in program.named_predictors()] == names

    program.programs[1].demos = numbers(7)
    program.save(tmp_path / "ensemble.json")
    fresh = Ensemble(reduce_fn=majority).compile([Search(), Predict("question -> answer")])
    fresh.load(tmp_path / "ensemble.json")
    assert fresh.dump_state() == program.dump_state()

    program.save(tmp_path / "ensemble", save_program=True)
    whole = nbdspy.load(tmp_path / "ensemble", trust=True)
    with context(lm=learner(lambda number, seen: True)):
        assert whole(question="number 5.").answer == "5"
    assert whole.dump_state() == program.dump_state()


def test_the_members_are_copies() -> None:
    member = Predict("question -> answer")

    program = Ensemble().compile([member, member])
    program.programs[0].demos = numbers(7)

    assert member.demos == program.programs[1].demos == []


def test_a_program_that_fails_has_no_vote() -> None:
    program = Ensemble(reduce_fn=majority).compile([Says("", ValueError("broken")), *answers("b1", "b1")])

    with pytest.warns(
        UserWarning, match=r"1 of 3 programs failed and have no vote; the first said: ValueError: broken"
    ):
        assert program(question="?").answer == "b1"


def test_when_all_fail_the_call_fails_like_the_first() -> None:
    failing = [Says("", ValueError("broken")), Says("", KeyError("other"))]

    with pytest.raises(ValueError, match="broken") as caught:
        Ensemble(reduce_fn=majority).compile(failing)(question="?")
    assert caught.value.__notes__ == ["All 2 programs of the ensemble failed; so did the first."]


def test_without_a_model_nobody_votes() -> None:
    program = Ensemble(reduce_fn=majority).compile([Predict("question -> answer"), *answers("b1")])

    with pytest.raises(NotConfigured):
        program(question="?")


def test_a_draw_asks_so_many_programs() -> None:
    program = Ensemble(size=2).compile(answers(*"abcdefgh"))

    drawn = [tuple(each.answer for each in program(question="?")) for _ in range(40)]

    assert {len(set(each)) for each in drawn} == {2}
    assert len(set(drawn)) > 1


def test_a_deterministic_draw_goes_by_what_is_asked() -> None:
    first, second = (Ensemble(size=2, deterministic=True).compile(answers(*"abcdefgh")) for _ in range(2))

    def drawn(program: Module, n: int) -> list[str]:
        return [each.answer for each in program(question=f"number {n}.")]

    assert [drawn(first, n) for n in range(20)] == [drawn(second, n) for n in range(20)]
    assert len({tuple(drawn(first, n)) for n in range(20)}) > 5


def test_it_takes_the_inputs_of_its_programs() -> None:
    for member in (Search(), Predict("question -> answer"), nbdspy.ReAct("question -> answer", tools=[])):
        assert list(inspect.signature(Ensemble().compile([member])).parameters) == ["question"]


@pytest.mark.parametrize(
    ("programs", "size", "said"),
    [
        ([], None, "There is no program to ask."),
        (Predict("question -> answer"), None, "is a Predict, not a list of programs"),
        ("question -> answer", None, "is a str, not a list of programs"),
        ([Predict], None, "Predict is a class, not a program."),
        (answers("a1", "b1"), 3, "size cannot be 3. It is how many of the 2 programs answer a call."),
        (answers("a1", "b1"), 0, "size cannot be 0."),
        (answers("a1", "b1"), True, "size cannot be True."),
    ],
)
def test_what_cannot_vote_is_refused(programs: Any, size: Any, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        Ensemble(size=size).compile(programs)
