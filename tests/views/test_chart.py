"""The chart of trials."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from nbdspy.plots import ScorePlot, ScorePoint
from nbdspy.views import chart, palette

SVG = "{http://www.w3.org/2000/svg}"


def plot(*scores, base, unit="calls", parts=()):
    """Trials with these scores; `parts` are the places of those that were scored on some of the examples."""
    points = tuple(
        ScorePoint(at=100 * (n + 1), score=score, low=score - 0.1, high=score + 0.1, label="", is_whole=n not in parts)
        for n, score in enumerate(scores)
    )
    return ScorePlot(points=points, base=base, metric="exact_match", program="Intent", unit=unit)


def drawn(picture):
    return ElementTree.fromstring(picture.svg)


def texts(picture):
    return [item.text for item in drawn(picture).iter(f"{SVG}text")]


def circles(picture):
    """Each point of the chart with the colour of its group."""
    return [(group.get("fill"), circle) for group in drawn(picture).iter(f"{SVG}g") for circle in group if
            circle.tag == f"{SVG}circle"]  # fmt: skip


def test_every_trial_is_a_point_and_only_the_best_is_green():
    picture = chart.trials(plot(0.58, 0.61, 0.84, 0.7, base=0.58))
    found = circles(picture)
    assert len(found) == 4
    assert [colour for colour, _ in found].count(palette.BETTER) == 1
    assert "84" in texts(picture)


def test_nothing_is_green_when_nothing_is_better_than_what_went_in():
    assert palette.BETTER not in chart.trials(plot(0.58, 0.5, 0.58, base=0.58)).svg


def test_of_a_part_of_the_examples_a_point_is_hollow_and_never_the_best():
    picture = chart.trials(plot(0.6, 0.9, 0.7, base=0.58, parts=(1,)))
    hollow = [circle for _, circle in circles(picture) if circle.get("fill") == "none"]
    assert len(hollow) == 1
    assert "70" in texts(picture)
    assert "90" not in texts(picture)
    assert "the best 70 percent" in picture.alt


def test_the_base_line_is_drawn_and_named():
    assert "before, 58" in texts(chart.trials(plot(0.9, base=0.58)))
    assert not any("before" in text for text in texts(chart.trials(plot(0.9, base=None))))


def test_the_axes_hold_every_point_with_its_interval():
    picture = chart.trials(plot(0.02, 0.5, 0.99, base=0.02))
    assert "100" in texts(picture)
    assert "120" not in texts(picture)
    for _, circle in circles(picture):
        assert chart.TOP <= float(circle.get("cy")) <= chart.BOTTOM
        assert chart.LEFT <= float(circle.get("cx").rstrip("%")) <= chart.RIGHT


def test_the_axis_counts_calls_or_what_it_is_told():
    assert "0 calls" in texts(chart.trials(plot(0.5, 0.6, base=0.5)))
    assert "0 trials" in texts(chart.trials(plot(0.5, 0.6, base=0.5, unit="trials")))


def test_the_axis_reaches_to_the_planned_end():
    assert "2,000" in texts(chart.trials(plot(0.5, base=0.5), end=1_900))


def test_it_has_no_view_box_so_that_texts_keep_their_size():
    root = drawn(chart.trials(plot(0.5, base=0.5)))
    assert root.get("viewBox") is None
    assert root.get("width") == "100%"


def test_the_sentence_tells_what_the_chart_tells():
    alt = chart.trials(plot(0.58, 0.84, base=0.58)).alt
    assert alt == "Scores of 2 candidates, the best 84 percent; before, 58 percent."


def test_a_thousand_trials_stay_small():
    scores = [0.4 + (number * 37 % 50) / 100 for number in range(1_000)]
    picture = chart.trials(plot(*scores, base=0.4))
    assert len(picture.source) < 28_000
    assert palette.BETTER in picture.svg


def test_a_chart_without_points_or_base_is_still_whole():
    picture = chart.trials(plot(base=None))
    assert drawn(picture) is not None
    assert not re.search("nan|inf", picture.svg)


def test_a_stretch_that_took_no_time_can_be_seen_and_stays_inside():
    picture = chart.stretch(1.0, 1.0, colour="#123456", alt="from 100% to 100% of the time")
    assert '<rect x="99.0%" y="3" width="1.0%"' in picture.svg
    assert picture.alt == "from 100% to 100% of the time"
