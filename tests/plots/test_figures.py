"""Plots as figures of Matplotlib and Altair: what is drawn is what was measured."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from typing import Any

import pytest
from matplotlib import pyplot
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from nbdspy.data import Example, Prediction
from nbdspy.errors import DataError, UsageError
from nbdspy.evaluation import EvaluationResult, Row, compare, plot_scores
from nbdspy.plots import ComparisonPlot, ConfusionPlot, GroupPlot, GroupScore, Plot, ScorePlot, ScorePoint, palette

HOSTILE = "$\\frac{x$ <b>& \x1b[31m sk-0123456789abcdef0123"


def evaluated(program: str, *answers: tuple[str, str], score: float | None = None) -> EvaluationResult:
    """Examples by what was expected and what was answered."""
    rows = []
    for index, (expected, got) in enumerate(answers):
        example = Example(request=f"request {index}", size=10 * index, intent=expected).with_inputs("request", "size")
        worth = float(expected == got) if score is None else score
        rows.append(Row(index=index, example=example, prediction=Prediction(intent=got), score=worth))
    return EvaluationResult(rows=tuple(rows), program=program, metric="exact_match")


def scores(*values: float, base: float | None = 0.5, parts: tuple[int, ...] = (), label: str = "a trial") -> ScorePlot:
    points = tuple(
        ScorePoint(at=n, score=value, low=value - 0.1, high=value + 0.1, label=label, is_whole=n not in parts)
        for n, value in enumerate(values)
    )
    return ScorePlot(points=points, base=base, metric="exact_match", program="Intent")


@pytest.fixture
def plots() -> list[Plot]:
    """One of each kind, whose texts are hostile."""
    every = GroupScore(label=HOSTILE, score=0.5, low=0.4, high=0.6, n=9)
    return [
        ScorePlot(points=scores(0.5, 0.6, label=HOSTILE).points, base=0.5, metric=HOSTILE, program=HOSTILE, unit="$"),
        GroupPlot(groups=(every, every), total=every, by=HOSTILE, metric=HOSTILE, program=HOSTILE),
        ConfusionPlot(expected=(HOSTILE, "b"), answers=(HOSTILE,), counts=((1,), (0,)), label=HOSTILE, program=HOSTILE),
        ComparisonPlot(
            before=every, after=every, difference=0.1, low=0.05, high=0.2, gained=1, lost=2, unchanged=3, metric=HOSTILE
        ),
    ]


def drawn(plot: Plot) -> Figure:
    figure = plot.to_matplotlib()
    assert isinstance(figure, Figure)
    return figure


def marks(axes: Any) -> list[tuple[float, float]]:
    """The points of a plot that have an interval."""
    bars = [each for each in axes.containers if isinstance(each, ErrorbarContainer)]
    return sorted((float(x), float(y)) for bar in bars for x, y in bar.lines[0].get_xydata())


def _data(chart: dict[str, Any], layer: dict[str, Any]) -> list[dict[str, Any]]:
    """The values that a layer of Altair's draws."""
    data = layer.get("data") or chart["data"]
    found: list[dict[str, Any]] = data["values"]
    return found


def test_the_best_so_far_counts_only_what_was_scored_to_the_end() -> None:
    plot = scores(0.5, 0.9, 0.6, 0.55, parts=(1,))

    assert plot.best is plot.points[2]
    assert plot.running_best == ((0, 0.5), (2, 0.5), (2, 0.6), (3, 0.6))
    assert scores(0.4, 0.5).best is None
    assert scores(0.4, 0.3, base=None).running_best == ((0, 0.4), (1, 0.4))
    assert scores(base=0.5).running_best == ()


def test_matplotlib_shows_each_trial_with_its_interval_the_best_so_far_and_the_line_before() -> None:
    plot = scores(0.5, 0.75, 0.625, parts=(2,))
    (axes,) = drawn(plot).axes
    lines = {line.get_label(): line for line in axes.lines}
    arms = [path for each in axes.containers for path in each.lines[2][0].get_segments()]

    assert marks(axes) == [(0, 50), (1, 75), (2, 62.5)]
    assert sorted((round(low[1]), round(high[1])) for low, high in arms) == [(40, 60), (52, 72), (65, 85)]
    assert lines["best so far"].get_xydata().tolist() == [[0, 50], [1, 50], [1, 75], [2, 75]]
    assert lines["before"].get_ydata() == [50, 50]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("trial", "validation exact_match, percent")
    hollow = {each.get_label(): each.lines[0].get_markerfacecolor() for each in axes.containers}
    assert hollow == {
        "a trial": palette.QUIET, "on a part of the examples": "none", "the best": palette.BETTER
    }  # fmt: skip


@pytest.mark.parametrize("right", [True, False])
def test_a_figure_is_drawn_of_groups_that_are_all_right_or_all_wrong_whatever_their_size(*, right: bool) -> None:
    for size in range(1, 13):
        result = evaluated("Intent", *[("alarm", "alarm" if right else "timer")] * size)

        assert drawn(result.plot()).axes
        assert drawn(compare(result, result).plot()).axes


def test_a_score_that_rounding_put_out_of_its_interval_is_drawn() -> None:
    off = GroupScore(label="alarm", score=0.3 + 1e-16, low=0.2, high=0.3, n=3)
    point = ScorePoint(at=0, score=0.3, low=0.3 + 1e-16, high=0.3 - 1e-16, label="a trial")
    assert off.score > off.high

    assert drawn(GroupPlot(groups=(off,), total=off, by="intent", metric="exact_match", program="Intent")).axes
    assert drawn(ScorePlot(points=(point,), base=None, metric="exact_match", program="Intent")).axes


def test_altair_shows_the_same() -> None:
    plot = scores(0.5, 0.75, 0.625, parts=(2,))
    chart = plot.to_altair().to_dict()
    before, line, trials, *_ = (_data(chart, layer) for layer in chart["layer"])

    assert [row["score"] for row in before] == [50]
    assert [(row["at"], row["score"]) for row in line] == [(0, 50), (1, 50), (1, 75), (2, 75)]
    assert [(row["at"], row["score"], row["kind"]) for row in trials] == [
        (0, 50, "a trial"), (1, 75, "the best"), (2, 62.5, "on a part of the examples"),
    ]  # fmt: skip
    assert [row["score"] for row in trials] == plot.frame["score"].to_list()


def test_an_evaluation_is_drawn_by_what_was_expected_the_lowest_first() -> None:
    result = evaluated("Intent", *[("alarm", "alarm")] * 3, *[("timer", "alarm")] * 2, ("timer", "timer"))
    plot = result.plot()
    (axes,) = drawn(plot).axes

    assert [(group.label, group.n) for group in plot.groups] == [("timer", 3), ("alarm", 3)]
    assert plot.total.score == result.mean
    assert (plot.total.low, plot.total.high) == (result.interval.low, result.interval.high)
    assert [x for x, _ in sorted(marks(axes), key=lambda mark: mark[1])] == pytest.approx([100 / 3, 100, 200 / 3])
    assert [text.get_text() for text in axes.get_yticklabels()] == ["timer (n = 3)", "alarm (n = 3)", "all (n = 6)"]
    assert axes.get_xlabel() == "exact_match, percent, with its 95 % interval"


def test_groups_are_made_by_a_field_or_by_a_function_and_numbers_keep_their_order() -> None:
    result = evaluated("Intent", ("alarm", "alarm"), ("alarm", "timer"), ("timer", "timer"))

    assert [group.label for group in result.plot(by="size").groups] == ["0", "10", "20"]
    halves = result.plot(by=lambda example: example["size"] > 5)
    assert [(group.label, group.score, group.n) for group in halves.groups] == [("True", 0.5, 2), ("False", 1.0, 1)]
    with pytest.raises(DataError, match=r"no field 'sizes' to group by.*\n?.*Did you mean size"):
        result.plot(by="sizes")


def test_scores_that_somebody_grouped_are_drawn_as_an_evaluation_draws_its_own() -> None:
    result = evaluated("Intent", ("alarm", "alarm"), ("alarm", "music"), ("music", "music"))
    plot = result.plot(by="intent")
    grouped = {
        group: [row.score for row in result.rows if row.example["intent"] == group] for group in ("alarm", "music")
    }
    every = [row.score for row in result.rows]

    assert plot_scores(grouped, every=every, by="intent", metric="exact_match", program="Intent") == plot
    assert plot_scores({}, every=every, called="three").total.label == "three"
    with pytest.raises(UsageError, match="The group 'timer' has no score"):
        plot_scores({"timer": []}, every=every)


def test_answers_without_categories_are_one_group() -> None:
    plot = evaluated("Intent", *[(f"text {n}", "text 0") for n in range(4)]).plot()

    assert plot.groups == ()
    assert [row["group"] for row in plot.rows] == ["all"]
    assert re.match(
        "Intent: exact_match, with 95 % intervals\nall  25.0 % ██████████ +[0-9]+ to [0-9]+, n = 4$", repr(plot)
    )


def test_a_score_in_letters_says_how_sure_it_is_and_of_how_many_examples() -> None:
    part = ScorePoint(at=1, score=0.6, low=0.36, high=0.8, label="demos 1", is_whole=False, n=20)
    whole = ScorePoint(at=2, score=0.55, low=0.42, high=0.67, label="", n=60)
    plot = ScorePlot(points=(part, whole), base=None, metric="exact_match", program="tiny", unit="runs")

    title, *said = repr(plot).splitlines()
    assert title == "tiny: exact_match on validation examples, by runs, with 95 % intervals"
    assert [" ".join(line.replace("█", "").split()) for line in said] == [
        "1 60.0 % 36 to 80, n = 20, demos 1", "2 55.0 % 42 to 67, n = 60",
    ]  # fmt: skip


def test_of_many_groups_the_first_are_drawn_and_all_are_in_the_frame() -> None:
    plot = evaluated("Intent", *[("alarm", "alarm")] * 60).plot(by="size")
    (axes,) = drawn(plot).axes

    assert len(marks(axes)) == 41
    assert axes.get_title("left") == "Intent by size, the first 40 of 60"
    assert len(plot.frame) == 61


def test_a_score_beyond_one_is_not_cut_off() -> None:
    plot = evaluated("Intent", *[("alarm", "alarm")] * 4, score=1.5).plot()
    (axes,) = drawn(plot).axes

    assert axes.get_xlim()[1] > 150
    assert plot.to_altair().to_dict()["layer"][0]["encoding"]["x"]["scale"]["domain"][1] > 150


def test_the_confusion_matrix_is_the_counts_with_the_share_of_each_row() -> None:
    result = evaluated(
        "Intent", *[("alarm", "timer")] * 3, ("alarm", "alarm"), *[("timer", "timer")] * 2, ("timer", "?")
    )
    plot = result.plot_confusion()
    figure = drawn(plot)

    assert (plot.expected, plot.answers) == (("alarm", "timer"), ("alarm", "timer", "other"))
    assert plot.counts == ((1, 3, 0), (0, 2, 1))
    assert figure.axes[0].images[0].get_array().tolist() == [[25, 75, 0], pytest.approx([0, 200 / 3, 100 / 3])]
    assert [text.get_text() for text in figure.axes[0].texts] == ["1", "3", "2", "1"]
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("answered", "expected")
    chart = plot.to_altair().to_dict()
    assert [row["count"] for row in _data(chart, chart["layer"][0])] == [1, 3, 0, 0, 2, 1]


def test_a_comparison_shows_both_scores_the_difference_and_what_was_lost_and_gained() -> None:
    before = evaluated("Intent", *[("alarm", "timer")] * 8, *[("alarm", "alarm")] * 2)
    after = evaluated("helper", *[("alarm", "alarm")] * 9, ("alarm", "timer"))
    found = compare(before, after)
    scored, apart, examples = drawn(found.plot()).axes

    assert [round(x) for x, _ in sorted(marks(scored), key=lambda mark: mark[1])] == [20, 90]
    assert [text.get_text() for text in scored.get_yticklabels()] == ["Intent", "helper"]
    assert marks(apart) == [(100 * found.mean, 0)]
    (arms,) = apart.containers[0].lines[2][0].get_segments()
    assert [x for x, _ in arms] == pytest.approx([100 * found.low, 100 * found.high])
    assert "percentage points" in apart.get_xlabel()
    assert [bar.get_width() for bars in examples.containers for bar in bars] == [-1, 8]
    assert examples.get_xlabel() == "lost 1, gained 8, unchanged 1"
    assert "+70.0 points exact_match" in repr(found.plot())
    parts = found.plot().to_altair().to_dict()["vconcat"]
    assert [part["width"] for part in parts] == [460] * 3


def test_two_programs_of_one_name_are_told_apart() -> None:
    same = evaluated("Intent", *[("alarm", "timer")] * 6)

    assert [row["what"] for row in compare(same, same).plot().rows[:2]] == ["Intent", "Intent (2)"]


def test_a_figure_can_be_part_of_another_and_none_stays_open() -> None:
    whole = Figure(figsize=(9, 4))
    left, right = whole.subfigures(1, 2)

    assert scores(0.5, 0.6).to_matplotlib(left) is left
    evaluated("Intent", ("alarm", "alarm")).plot().to_matplotlib(right)
    assert [len(part.axes) for part in (left, right)] == [1, 1]
    drawn(scores(0.5))
    assert pyplot.get_fignums() == []


def test_foreign_texts_are_drawn_as_they_are_and_without_keys(plots: list[Plot]) -> None:
    for plot in plots:
        saved = io.BytesIO()
        drawn(plot).savefig(saved, format="svg", metadata={"Date": None})
        chart = plot.to_altair().to_json()

        assert b"<b>" not in saved.getvalue()
        for text in (chart, repr(plot)):
            assert "\x1b" not in text
            assert "sk-0123456789abcdef0123" not in text


def test_altair_draws_every_kind(plots: list[Plot]) -> None:
    import vl_convert

    for plot in plots:
        assert "<svg" in vl_convert.vegalite_to_svg(plot.to_altair().to_json())


def test_plots_of_nothing_are_still_figures() -> None:
    nothing = EvaluationResult(rows=(), program="Intent", metric="exact_match")

    for plot in (scores(base=None), nothing.plot()):
        assert drawn(plot).axes
        assert plot.to_altair().to_dict()["layer"]


@pytest.mark.parametrize(("name", "way"), [("matplotlib", "to_matplotlib"), ("altair", "to_altair")])
def test_where_the_library_is_absent_the_error_says_how_to_get_it(
    name: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for known in [each for each in sys.modules if each.split(".")[0] == name]:
        monkeypatch.delitem(sys.modules, known)
    monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(UsageError, match=r"needs a package that is not installed") as raised:
        getattr(scores(0.5), way)()

    assert "pip install 'nbdspy[plot]'" in str(raised.value)


def test_a_plot_that_is_only_shown_loads_neither() -> None:
    code = (
        "import sys\nfrom nbdspy import views\nfrom nbdspy.plots import ScorePlot\n"
        "views.bundle(ScorePlot(points=(), base=None, metric='m', program='p'))\n"
        "print([name for name in ('matplotlib', 'altair', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
