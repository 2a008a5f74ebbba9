"""95 % intervals against values from the books."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdspy.evaluation import Difference, Interval

RIGHT_OR_WRONG = st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=40)
SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (263, 350, 0.7036, 0.7938)],
)
def test_right_or_wrong_has_wilsons_interval(right: int, n: int, low: float, high: float) -> None:
    interval = Interval.of_mean([1.0] * right + [0.0] * (n - right))

    assert (interval.low, interval.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_other_scores_have_students_interval() -> None:
    interval = Interval.of_mean([0.2, 0.4, 0.6])  # mean 0.4, s = 0.2, t(2) = 4.3027: 0.4 ± 0.4968

    assert interval.low == 0
    assert interval.high == pytest.approx(0.8968, abs=1e-4)
    assert Interval.of_mean([0.4, 0.5, 0.6]).low == pytest.approx(0.5 - 4.3027 * 0.1 / 3**0.5, abs=1e-4)


def test_half_its_width_is_what_stands_after_the_sign() -> None:
    assert Interval(0.4, 0.9).half == pytest.approx(0.25)


@given(SCORES | RIGHT_OR_WRONG)
def test_an_interval_holds_the_mean_and_stays_between_0_and_1(scores: list[float]) -> None:
    interval = Interval.of_mean(scores)
    mean = sum(scores) / len(scores)

    assert -1e-9 <= interval.low <= mean + 1e-9
    assert mean - 1e-9 <= interval.high <= 1 + 1e-9


@pytest.mark.parametrize("score", [0.0, 0.5, 1.0])
def test_equal_scores_of_a_few_examples_do_not_claim_certainty(score: float) -> None:
    few, many = Interval.of_mean([score] * 5), Interval.of_mean([score] * 500)

    assert few.high - few.low > 0.3
    assert many.high - many.low < 0.02


def test_a_paired_difference_has_students_interval_of_the_changes() -> None:
    before, after = (
        [0, 0, 1, 1, 0, 1, 0, 0, 1, 0],
        [1, 1, 1, 0, 1, 1, 1, 0, 1, 1],
    )  # mean 0.4, s = 0.6992, t(9) = 2.2622

    found = Difference.of_pairs(before, after)

    assert (found.mean, found.n) == (pytest.approx(0.4), 10)
    assert (found.gained, found.lost, found.unchanged) == (5, 1, 4)
    assert found.low == pytest.approx(0.4 - 0.5002, abs=1e-3)
    assert found.high == pytest.approx(0.4 + 0.5002, abs=1e-3)
    assert not found.sure


def test_pairing_makes_a_small_steady_gain_sure() -> None:
    before = [0.1 * number for number in range(10)]
    after = [score + 0.05 + 0.001 * (number % 2) for number, score in enumerate(before)]

    found = Difference.of_pairs(before, after)

    assert found.sure
    assert 0.05 < found.low < found.mean < found.high < 0.052


def test_no_change_on_a_few_examples_is_not_sure_to_be_none() -> None:
    few, many = Difference.of_pairs([1, 0] * 3, [1, 0] * 3), Difference.of_pairs([1, 0] * 300, [1, 0] * 300)

    assert (few.mean, few.unchanged, few.sure) == (0, 6, False)
    assert few.low < -0.3 < 0.3 < few.high
    assert -0.01 < many.low < 0 < many.high < 0.01


def test_the_same_gain_everywhere_is_sure() -> None:
    found = Difference.of_pairs([0.0] * 20, [1.0] * 20)

    assert found.sure
    assert found.low == pytest.approx(1 - 0.1611, abs=1e-4)  # Wilson's limit for 0 of 20


def test_evaluations_of_different_length_have_no_pairs() -> None:
    with pytest.raises(ValueError, match="zip"):
        Difference.of_pairs([1.0], [1.0, 0.0])


def test_scores_between_0_and_1_are_never_further_apart_than_1() -> None:
    few = Difference.of_pairs([0.0] * 6, [1.0] * 6)
    wide = Difference.of_pairs([0.0] * 6, [9.0] * 6)

    assert (few.mean, few.high) == (1.0, 1.0)
    assert 0 < few.low < 1
    assert wide.high > 9


@pytest.mark.parametrize("changed", [[1.0], [1.0, 1.0], [0.5, 0.51], [1.0] * 5, [-1.0], [-1.0] * 5])
def test_fewer_than_six_pairs_are_never_sure(changed: list[float]) -> None:
    found = Difference.of_pairs([0.0] * len(changed), changed)

    assert not found.sure
    assert found.low <= 0 <= found.high
    assert found.low <= found.mean <= found.high
    assert Difference.of_pairs([0.0] * 6, [changed[0]] * 6).sure
