"""Numbers in words."""

from __future__ import annotations

import pytest

from nbdspy import render
from nbdspy.evaluation import Interval
from nbdspy.models import Spent, Usage
from nbdspy.views import figures, tally


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0004, "under 0.01 s"), (0.094, "0.09 s"), (2.41, "2.4 s"), (9.96, "10 s"), (59.6, "1 min 0 s"),
     (161, "2 min 41 s"), (3900, "1 h 5 min")],
)  # fmt: skip
def test_times_are_said_as_people_say_them(seconds, text):
    assert figures.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.1 ms"), (0.0004, "0.4 ms"), (0.0099, "9.9 ms"), (0.01, "10 ms"), (0.68, "680 ms"), (0.9999, "1.0 s"),
     (161, "2 min 41 s")],
)  # fmt: skip
def test_times_in_a_column_are_short(seconds, text):
    assert figures.lapse(seconds) == text


@pytest.mark.parametrize(("number", "text"), [(231, "231"), (9_999, "9,999"), (391_904, "392 k"), (1_722_000, "1.7 M")])
def test_large_numbers_drop_the_digits_that_say_nothing(number, text):
    assert figures.thousands(number) == text


@pytest.mark.parametrize(("usd", "text"), [(0, "$0.00"), (1.5, "$1.50"), (0.0042, "$0.004"), (1e-6, "under $0.0001")])
def test_small_sums_of_money_are_not_rounded_to_nothing(usd, text):
    assert render.money(usd) == text


def test_percent_has_no_decimals_and_an_interval_names_its_ends():
    assert figures.percent(0.8437) == "84 %"
    assert figures.between(Interval(0.796, 0.8811)) == "80 to 88"


@pytest.mark.parametrize(("difference", "text"), [(0.264, "+26"), (-0.04, "−4"), (0.001, "±0"), (-0.001, "±0")])
def test_a_difference_carries_its_sign(difference, text):
    assert figures.points(difference) == text


def test_one_thing_is_not_many():
    assert figures.count(1, "reply", "replies") == "1 reply"
    assert figures.count(1904, "call") == "1,904 calls"
    assert figures.span((7, 7), "calls") == "7 calls"


def test_a_bill_names_time_calls_tokens_and_money():
    spent = Spent(calls=1904, cached=212, cost=0.1234, usage=Usage(prompt=390_000, completion=1_904))
    assert tally.facts(spent, 161.0) == ["2 min 41 s", "1,904 calls, 212 from cache", "392 k tokens", "$0.12"]


def test_a_bill_of_equal_runs_is_equal():
    fresh = Spent(calls=10, cost=0.1, usage=Usage(prompt=100))
    again = Spent(calls=2, cached=8, cost=0.02, usage=Usage(prompt=20))
    assert tally.facts(fresh, 1.0, volatile=False) == tally.facts(again, 9.0, volatile=False) == ["10 calls"]


def test_a_replay_shows_no_time_by_itself():
    assert tally.facts(Spent(recorded=40), 3.0) == ["recorded", "40 replies"]
    apart = ["recorded", "39 replies", "4 batches of vectors"]
    assert tally.facts(Spent(recorded=40, cached=3, vectors=4), 3.0) == apart
    assert tally.facts(Spent(calls=2, recorded=40), volatile=False) == ["42 calls", "40 recorded"]


@pytest.mark.parametrize(
    ("spent", "text"),
    [
        (Spent(calls=3), "no cost"),
        (Spent(calls=3, unpriced=3), "price unknown"),
        (Spent(calls=3, unpriced=1, cost=0.5), "$0.50 and 1 call of unknown price"),
    ],
)
def test_an_unknown_price_is_never_zero(spent, text):
    assert tally.cost(spent) == text
