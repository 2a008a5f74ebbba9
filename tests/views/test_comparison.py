"""The card of a comparison."""

from __future__ import annotations

import pytest

from nbdspy import views
from nbdspy.data import Example, Prediction
from nbdspy.evaluation import EvaluationResult, Row, compare


def evaluated(program, right, count=60, words=""):
    rows = []
    for number in range(count):
        example = Example(request=f"request {number}{words}", intent="alarm").with_inputs("request")
        answer = Prediction(intent="alarm" if right(number) else "timer")
        rows.append(Row(index=number, example=example, prediction=answer, score=float(right(number))))
    return EvaluationResult(rows=tuple(rows), program=program, metric="exact_match")


@pytest.fixture
def found():
    return compare(evaluated("Intent", lambda number: number < 20), evaluated("helper", lambda number: number > 3))


def test_the_gain_comes_first_with_both_programs(found, read):
    text = read(views.bundle(found, volatile=False)["text/html"]).text
    assert text.startswith("helper against Intent · 60 examples exact_match, n = 60 33 % → 93 % +60 points (95 %")
    assert "40 examples gained, 4 lost, 16 unchanged" in text
    assert "Intent 33 % (23 to 46) 20 40 0" in text


def test_what_was_lost_is_open_and_what_was_gained_follows(found, read):
    html = views.bundle(found)["text/html"]
    text = read(html).text
    assert "Examples lost 4 request expected before now request 0 alarm alarm timer" in text
    assert "Examples gained 40, first 12 shown request expected before now request 20 alarm timer alarm" in text
    assert html.count("<details open") == 1


def test_equal_programs_have_no_tables_of_examples(read):
    same = evaluated("Intent", lambda number: number < 20)
    text = read(views.bundle(compare(same, same))["text/html"]).text
    assert "this may be chance" in text
    assert "Examples lost" not in text


def test_the_text_is_short_and_the_same_each_time(found):
    text = views.bundle(found, volatile=False)["text/plain"]
    assert text.startswith("helper against Intent: +60 points exact_match (")
    assert text.endswith("40 gained, 4 lost, 16 unchanged")


def test_ten_thousand_examples_stay_small():
    words = " <and so on>" * 40
    before = evaluated("Intent", lambda number: number % 2, 10_000, words)
    after = evaluated("helper", lambda number: number % 3, 10_000, words)
    assert len(views.bundle(compare(before, after))["text/html"]) < 50_000
