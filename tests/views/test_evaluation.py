"""The card of an evaluation."""

from __future__ import annotations

import pytest

from nbdspy import histories, views
from nbdspy.configuration import context
from nbdspy.data import Example, Prediction
from nbdspy.datasets import requests
from nbdspy.errors import UsageError
from nbdspy.evaluation import EvaluationResult, Row, evaluate
from nbdspy.models import Spent
from nbdspy.modules import Predict
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text


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
    assert "most confused: alarm ↔ timer (5)" in html(result(rows), read)


def test_free_texts_are_not_called_confused(read):
    assert "confus" not in html(result([row(n, f"answer {n}", "answer 0") for n in range(9)]), read).lower()


def test_rows_stand_in_groups_and_what_needs_a_look_comes_first(read):
    rows = [row(n, "alarm", "timer") for n in range(30)] + [row(30, "alarm", "", error="ParseError: no value")]
    rows += [row(31, "music", "music")]
    page = read(views.bundle(result(rows))["text/html"])
    assert page.text.index("Failed 1 ") < page.text.index("Wrong 20 of 30 shown") < page.text.index("Right 1 ")
    assert "! 30 request 30 alarm ParseError: no value" in page.text
    assert "✓ 31 request 31 music music" in page.text
    assert "12 more" in page.text
    assert (
        "<summary" in views.bundle(result(rows))["text/html"].partition("request 8")[0].rpartition("<table")[0][-400:]
    )


def test_where_the_metric_failed_the_answer_stands_before_what_it_said(read):
    example = Example(request="request 0", intent="alarm").with_inputs("request")
    failed = Row(index=0, example=example, prediction=Prediction(intent="timer"), score=0.0, error="The metric raised")
    assert "! 0 request 0 alarm timer · The metric raised" in html(result([failed]), read)


def test_rows_are_numbered_as_in_the_frame(read):
    found = result([row(0, "alarm", "alarm"), row(1, "alarm", "timer")])
    assert "✗ 1 request 1" in html(found, read)
    assert found.frame.loc[1, "request"] == "request 1"


def test_of_partial_scores_the_lowest_come_first(read):
    text = html(result([row(n, "alarm", "timer", score=(4 - n) / 10) for n in range(4)]), read)
    assert "Wrong 4 · lowest score first" in text
    assert text.index("request 3") < text.index("request 0")


def test_a_perfect_score_shows_what_was_right_behind_a_click(read):
    page = views.bundle(result([row(n, "alarm", "alarm") for n in range(5)]))["text/html"]
    assert "Right 5" in read(page).text
    assert "Wrong" not in read(page).text
    assert "<details open" not in page


def asked(reply, count=4, more=""):
    data = [{"question": f"Question {number}?{more}", "answer": "42"} for number in range(count)]
    with context(lm=FakeLM(reply)):
        return evaluate(Predict("question -> answer: int"), data)


def test_a_row_holds_the_prompts_and_replies_that_made_it(read):
    found = asked(lambda request: "none" if "Question 2?" in str(request.messages) else chat_text({"answer": "41"}))
    text = html(found, read)
    assert "! 2 Question 2? 42 ParseError" in text
    after = text.partition("! 2 Question 2?")[2].partition("Wrong")[0]
    assert "1 call" in after or "2 calls" in after
    assert "[[ ## question ## ]] Question 2?" in after
    assert "reply none" in after
    assert "reply [[ ## answer ## ]] 41" in text.partition("Wrong 3")[2]


def test_prompts_that_do_not_fit_are_left_to_python(read):
    found = asked(lambda request: chat_text({"answer": "41"}), count=60, more=" Think." * 300)
    page = views.bundle(found)["text/html"]
    assert 2 < read(page).text.count("1 call ") < 8
    assert len(page.encode()) < 60_000


def test_calls_that_are_kept_no_longer_are_absent(read):
    found = asked(lambda request: chat_text({"answer": "41"}))
    histories.forget()
    assert "1 call " not in html(found, read)


def test_the_confusion_matrix_counts_every_pair(read):
    rows = [row(n, "alarm", "timer") for n in range(3)] + [row(3 + n, "timer", "timer") for n in range(4)]
    rows += [row(7, "timer", "snooze"), row(8, "alarm", "", error="ParseError: no value")]
    found = result(rows)
    assert "expected alarm timer other (failed) alarm · 3 · 1 timer · 4 1 ·" in html(found, read)
    assert found.confusion().loc["alarm"].to_dict() == {"alarm": 0, "timer": 3, "snooze": 0, "(failed)": 1}
    assert found.confusion("intent").to_numpy().sum() == 9


def test_of_many_categories_the_most_frequent_mistakes_are_listed(read):
    rows = [row(n, f"topic {n % 20:02}", f"topic {(n + (n % 20 == 7)) % 20:02}") for n in range(100)]
    assert "Most frequent mistakes intent · 1 expected got times topic 07 topic 08 5" in html(result(rows), read)


def test_a_label_that_is_not_there_has_no_matrix():
    with pytest.raises(UsageError, match="No label 'intention'"):
        result([row(0, "alarm", "timer")]).confusion("intention")


def test_ten_thousand_rows_stay_small_and_what_is_cut_is_said(read):
    words = "could you please " * 9
    rows = [row(n, f"{n % 30} <{words}>", f"{n % 7} <{words}>") for n in range(10_000)]
    page = views.bundle(result(rows))["text/html"]
    assert len(page.encode()) < 120_000
    assert "Wrong 20 of " in read(page).text


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


def test_the_card_of_350_rows_of_eight_categories_is_under_50_kilobytes(samples, read):
    with context(lm=samples.household(), max_errors=100):
        found = evaluate(samples.Intent, data=requests()[2])
    page = views.bundle(found)["text/html"]
    assert found.n == 350
    text = read(page).text
    assert text.count("call system You are given") == 1
    assert text.count("call system the same as in row") >= 5
    assert "Confusion matrix" in page
    assert len(page.encode()) < 50_000
