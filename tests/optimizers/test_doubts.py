"""What is warned of, in one line each."""

from __future__ import annotations

from typing import Any

import pytest

from nbdspy.configuration import context
from nbdspy.data import Prediction
from nbdspy.errors import CompileWarning
from nbdspy.modules import Module, Predict
from nbdspy.optimizers import COPRO, BootstrapFewShot, LabeledFewShot, MIPROv2, compile
from nbdspy.optimizers.coordinate_ascent import nothing_proposed
from nbdspy.testing import FakeLM
from nbdspy.views import bundle

from .conftest import asked, learner, numbers

TRAIN, VAL = numbers(*range(20)), numbers(*range(100, 112))


def ask() -> Predict:
    return Predict("question -> answer")


def warned(lm: FakeLM, metric: Any = "exact_match", trainset: Any = TRAIN) -> tuple[str, ...]:
    with context(lm=lm):
        return LabeledFewShot(k=3, metric=metric).run(ask(), trainset=trainset, valset=VAL).warnings


def test_a_gain_within_noise() -> None:
    lucky = learner(lambda number, seen: number == 100 and bool(seen))

    (said,) = warned(lucky)

    assert said.startswith("The gain on the validation examples may be chance: +8.3 points, and the 95 % interval of -")
    assert said.endswith(" holds 0.")


def test_a_sure_gain_is_not_doubted() -> None:
    assert warned(learner()) == ()


@pytest.mark.parametrize(("score", "shown"), [(0, "0"), (1, "1"), (0.5, "0.5")])
def test_a_metric_that_tells_nothing_apart(score: float, shown: str) -> None:
    def flat(example: Any, prediction: Any, trace: Any = None) -> float:
        return score

    (said,) = warned(learner(), metric=flat)

    assert said.startswith(f"flat gave every answer of every trial the same score, {shown}, so nothing could be chosen")


def test_examples_that_failed() -> None:
    def picky(example: Any, prediction: Any, trace: Any = None) -> bool:
        if int(example.answer) % 5 == 0:
            raise ValueError(f"no {example.answer}")
        return bool(example.answer == prediction.answer)

    said = warned(learner(), metric=picky)

    assert said[0].startswith("3 of 12 validation examples failed in the program that went in, and count 0; the first")
    assert " said: " in said[0]
    assert "no 1" in said[0]
    assert said[0][-1] == "." != said[0][-2]
    assert sum("failed" in text for text in said) == 1


def test_an_example_that_failed_in_the_best_only() -> None:
    inner = learner()

    def answer(request: Any) -> Any:
        if asked(request) == 105 and len(request.messages) > 2:
            return "nothing that can be read"
        return inner.send(request)

    (said,) = warned(FakeLM(answer))

    assert said.startswith("1 of 12 validation examples failed in the best program, and counts 0; it said: ParseError")


def test_a_trainset_that_is_too_small() -> None:
    assert warned(learner(), trainset=TRAIN[:9])[0].startswith("There are only 9 training examples, too few")
    assert warned(learner(), trainset=TRAIN[:1])[0].startswith("There is only 1 training example, too few")
    assert not any("too few" in text for text in warned(learner(), trainset=TRAIN[:10]))


def test_a_run_that_is_stopped_by_its_limit_is_doubted_too() -> None:
    lucky = learner(lambda number, seen: number == 100 and bool(seen))
    optimizer = BootstrapFewShot("exact_match", max_bootstrapped_demos=0)

    with context(lm=lucky), pytest.warns(CompileWarning):
        result = compile(ask(), TRAIN, val=VAL, optimizer=optimizer, max_calls=24)

    assert any("may be chance" in text for text in result.warnings)


def test_they_are_heard_and_a_card_says_each_once() -> None:
    lucky = learner(lambda number, seen: number == 100 and bool(seen))

    with context(lm=lucky), pytest.warns(CompileWarning, match="may be chance"):
        result = compile(ask(), TRAIN, val=VAL, optimizer=LabeledFewShot(k=3), metric="exact_match")

    html = bundle(result)["text/html"]
    assert html.count("may be chance") == 1
    assert "this may be chance" in html
    assert "may be chance: +8.3 points" in bundle(result)["text/plain"]


@pytest.mark.parametrize(
    "optimizer", [LabeledFewShot(k=3, metric="exact_match"), COPRO(metric="exact_match", breadth=2, depth=1)]
)
def test_they_are_heard_at_the_line_that_compiles(optimizer: Any) -> None:
    with context(lm=learner()), pytest.warns(CompileWarning) as heard:
        optimizer.compile(ask(), trainset=TRAIN[:3], valset=TRAIN[:3])

    assert {warning.filename for warning in heard} == {__file__}


def test_what_ends_with_a_full_stop_gets_no_second() -> None:
    assert (
        nothing_proposed("try another model.") == "No proposal was of use; of the last it is said: try another model."
    )
    assert nothing_proposed("it is empty").endswith("said: it is empty.")


def test_of_few_examples_it_is_said_how_many_were_set_apart() -> None:
    with context(lm=learner()):
        result = MIPROv2("exact_match", auto=None, num_candidates=2, num_trials=1, minibatch=False).run(
            "question -> answer", trainset=numbers(*range(20))
        )

    assert result.warnings[0].startswith("There are only 4 training examples beside the 16 of 20 that were set apart")


def test_a_program_without_predictors_is_said_to_have_nothing_to_optimise() -> None:
    class Fixed(Module):
        def forward(self, question: str) -> Prediction:
            return Prediction(answer="1")

    result = BootstrapFewShot("exact_match").run(Fixed(), trainset=numbers(*range(20)))

    assert "Fixed has no predictor: bootstrap_few_shot can change nothing." in result.warnings
