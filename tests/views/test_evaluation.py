"""The card of an evaluation."""

from __future__ import annotations

import pytest

from nbdspy import views
from nbdspy.data import Example, Prediction
from nbdspy.evaluation import EvaluationResult, Row
from nbdspy.models import Spent
from nbdspy.views.evaluation import most_confused


def row(index, expected, got, *, score=None, error=None):
    example = Example(request=f"request {index}", intent=expected).with_inputs("request")
    prediction = None if error else Prediction(intent=got)
    return Row(
        index=index,
        example=example,
        prediction=prediction,
        score=float(expected == got) if score is None else score,
        error=error,
    )


def result(rows, **values):
    return EvaluationResult(rows=tuple(rows), program="Intent", metric="exact_match", **values)


def html(result, read, **how):
    return read(views.bundle(result, **how)["text/html"]).text


def test_the_score_comes_first_with_its_interval_and_n(read):
    rows = [row(n, "alarm", "alarm") for n in range(84)] + [row(84 + n, "alarm", "timer") for n in range(16)]
    text = html(result(rows), read)
    assert text.index("84 %") < text.index("95 % interval, n = 100") < text.index("84 right · 16 wrong · 0 failed")


def test_the_most_confused_pair_counts_both_directions(read):
    rows = [row(n, "alarm", "timer") for n in range(3)] + [row(3 + n, "timer", "alarm") for n in range(2)]
    rows += [row(5 + n, "music", "music") for n in range(4)] + [row(9, "music", "alarm")]
    assert most_confused(result(rows)) == ("alarm", "timer", 5)
    assert "most confused: alarm ↔ timer (5)" in html(result(rows), read)


def test_free_texts_are_not_called_confused():
    assert most_confused(result([row(n, f"answer {n}", "answer 0") for n in range(9)])) is None


def test_failures_are_among_the_rows_shown_and_say_why(read):
    rows = [row(n, "alarm", "timer") for n in range(30)] + [row(30, "alarm", "", error="ParseError: no value")]
    text = html(result(rows), read)
    assert "8 of 31 shown" in text
    assert "request 30 alarm ParseError: no value" in text


def test_a_perfect_score_has_no_table(read):
    assert "Wrong and failed" not in html(result([row(n, "alarm", "alarm") for n in range(5)]), read)


def test_partial_scores_get_a_column(read):
    text = html(result([row(n, "alarm", "alarm clock", score=0.5) for n in range(3)]), read)
    assert "got score" in text
    assert "alarm clock 50" in text


def test_what_was_left_out_is_said(read):
    text = html(result([row(0, "alarm", "alarm")], planned=350), read)
    assert "Stopped early: 349 examples not scored." in text


def test_an_evaluation_of_nothing_still_draws(read):
    assert "n = 0" in html(result([]), read)


def test_every_row_is_reachable_and_the_card_says_how(read):
    assert "every row is in the result's frame" in html(result([row(0, "alarm", "timer")]), read)


def test_equal_runs_leave_equal_cards():
    rows = [row(n, "alarm", "timer") for n in range(3)]
    first = result(rows, seconds=1.0, spent=Spent(calls=3, cost=0.1))
    second = result(rows, seconds=9.0, spent=Spent(cached=3))
    assert views.bundle(first, volatile=False) == views.bundle(second, volatile=False)
    assert views.bundle(first) != views.bundle(second)


@pytest.mark.parametrize("seconds", [1.0, 9.0])
def test_a_replay_is_the_same_however_long_it_took(seconds, read):
    text = html(result([row(0, "alarm", "alarm")], seconds=seconds, spent=Spent(recorded=1)), read)
    assert "1 example · recorded · 1 reply" in text
    assert "9.0 s" not in text


def test_the_text_is_short_and_holds_the_answer():
    rows = [row(0, "alarm", "alarm"), row(1, "alarm", "timer")]
    text = views.bundle(result(rows, spent=Spent(calls=2), seconds=1.5))["text/plain"]
    assert text.splitlines() == [repr(result(rows)), "1 right, 1 wrong, 0 failed", "1.5 s · 2 calls · no cost"]
