"""The few-shot optimizers make a program better whose best demonstrations are known."""

from __future__ import annotations

from nbdspy.configuration import context
from nbdspy.modules import Predict
from nbdspy.optimizers import BootstrapFewShot, LabeledFewShot, Result
from nbdspy.testing import FakeLM

from .conftest import Search, learner, numbers

VAL = numbers(*range(100, 112))


def scores(result: Result) -> tuple[float | None, float | None]:
    return result.base_score, result.score


def ask(lm: FakeLM | None = None) -> Predict:
    return Predict("question -> answer", lm=lm)


def test_labelled_examples_alone() -> None:
    for student in (ask(), Search()):
        with context(lm=learner()):
            assert scores(LabeledFewShot(k=6, metric="exact_match").run(
                student, trainset=numbers(*range(20)), valset=VAL)) == (0, 1)  # fmt: skip


def test_the_programs_own_successes() -> None:
    half = learner(lambda number, seen: number % 2 == 0 or number % 3 in {n % 3 for n in seen})
    optimizer = BootstrapFewShot("exact_match", max_bootstrapped_demos=6, max_labeled_demos=0)

    for student in (ask(), Search()):
        with context(lm=half):
            result = optimizer.run(student, trainset=numbers(*range(20)), valset=VAL)
        assert scores(result) == (0.5, 1)
        assert {demo.answer for demo in result.best.predictors()[-1].demos} == {"0", "2", "4", "6", "8", "10"}


def test_the_successes_of_a_better_teacher() -> None:
    always = learner(lambda number, seen: True)
    optimizer = BootstrapFewShot("exact_match", max_bootstrapped_demos=3, max_labeled_demos=0)

    with context(lm=learner()):
        alone = optimizer.run(ask(), trainset=numbers(*range(20))).best
        taught = optimizer.run(ask(), trainset=numbers(*range(20)), valset=VAL, teacher=ask(always))

    assert alone.demos == []
    assert scores(taught) == (0, 1)
    assert taught.best.lm is None


def test_a_compiled_program_as_the_teacher_of_the_next() -> None:
    """Bootstrap twice, as in the DSPy paper: the second learns from harder examples than the first could solve."""
    climbing = learner(lambda number, seen: number <= max(seen, default=0) + 10)
    optimizer = BootstrapFewShot("exact_match", max_bootstrapped_demos=2, max_labeled_demos=0)
    trainset, valset = numbers(*range(60, 0, -3)), numbers(*range(1, 61, 4))

    with context(lm=climbing):
        once = optimizer.run(ask(), trainset=trainset, valset=valset)
        twice = optimizer.run(ask(), trainset=trainset, valset=valset, teacher=once.best)

    assert [once.base_score, once.score, twice.score] == [3 / 15, 5 / 15, 7 / 15]
    assert shown_by(once) == ["9", "6"]
    assert shown_by(twice) == ["18", "15"]


def shown_by(result: Result) -> list[str]:
    return [demo.answer for demo in result.best.predictors()[0].demos]
