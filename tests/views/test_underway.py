"""The card of a compile that goes on."""

from __future__ import annotations

import html

import pytest

from nbdspy.data import Example, Prediction
from nbdspy.evaluation import Row
from nbdspy.models import Budget, Reply, Spent, Usage
from nbdspy.modules import Predict, freeze
from nbdspy.optimizers import Result, Run, TraceNote
from nbdspy.views.compilation import top
from nbdspy.views.drawing import Card
from nbdspy.views.tally import left
from nbdspy.views.underway import Draft, Phase, Underway, drafts_of, facts, phases_of

BASE = Predict("request -> intent")
NASTY = "</textarea><script>alert(1)</script>\x1b[31m"


def result(**values):
    return Result(
        best=BASE, base=BASE, program="Intent", optimizer="miprov2", metric="exact_match", seed=0,
        **{"seconds": 72.0, "spent": Spent(calls=870, cached=12, cost=0.0), **values},
    )  # fmt: skip


def drawn(underway, **values):
    return top(result(**values), underway, volatile=True)


def run_of(*notes):
    run = Run(BASE, optimizer="miprov2", metric=None)
    run.note(notes)
    return run


def test_the_header_says_what_is_spent_of_how_much_and_what_is_left():
    now = Underway(phase="search", calls=1900, left=118.0)
    said = facts(Spent(calls=870, cached=12, cost=0.0), 72.0, now, volatile=True)
    assert said == [
        "search", "1 min 12 s, at most about 2 min left", "870 of at most 1,900 calls, 12 from cache", "no cost",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "said"), [(1.0, "5 s"), (31.0, "30 s"), (64.0, "1 min"), (3700.0, "1 h 2 min"), (7200.0, "2 h 0 min")]
)
def test_what_is_left_is_not_said_more_exactly_than_it_is_known(seconds, said):
    found = facts(Spent(calls=1), 2.0, Underway(phase="search", left=seconds), volatile=True)
    assert found[1] == f"2.0 s, at most about {said} left"


def test_the_header_says_what_is_left_of_the_nearest_limit():
    now = Underway(phase="search", limit="$0.58 of $1.00 left")
    assert facts(Spent(calls=3, cost=0.42), 72.0, now, volatile=True)[-1] == "$0.58 of $1.00 left"
    assert "left" not in " ".join(facts(Spent(calls=3, cost=0.42), 72.0, now, volatile=False))
    assert "left" not in " ".join(facts(Spent(recorded=3), 72.0, now, volatile=True))


@pytest.mark.parametrize(
    ("limits", "cost", "said"),
    [
        ({}, 0.4, ""),
        ({"usd": 1.0}, 0.42, "$0.58 of $1.00 left"),
        ({"usd": 1.0}, 1.3, "$0.00 of $1.00 left"),
        ({"usd": 1.0, "calls": 10}, None, "limit of $1.00, price unknown"),
        ({"calls": 1_200}, 0.0, "1,199 of 1,200 calls left"),
        ({"tokens": 5_000, "usd": 9.0}, 0.1, "1,700 of 5,000 tokens left"),
        ({"seconds": 600.0}, 0.0, "10 min of 10 min left"),
        ({"seconds": 0.0}, 0.0, "0 s of 0 s left"),
    ],
)
def test_what_is_left_is_that_of_the_limit_which_stops_the_run_first(limits, cost, said):
    budget = Budget(**limits)
    if limits.get("seconds") != 0.0:
        budget.admit()
    budget.count(Reply(texts=("x",), cost=cost, usage=Usage(prompt=3_000, completion=300)))
    assert left(budget) == said


def test_nothing_that_a_clock_says_stands_in_a_replay_or_where_runs_must_look_equal():
    now = Underway(phase="search", calls=1900, left=100.0)
    assert facts(Spent(recorded=9), 72.0, now, volatile=True) == ["search", "recorded", "9 replies"]
    assert facts(Spent(calls=9), 72.0, now, volatile=False) == ["search", "9 calls"]


def test_phases_are_told_apart_without_colours(read):
    phases = [
        Phase(name="bootstrap", state="done", note="43 traces"), Phase(name="search", state="now"),
        Phase(name="held out", state="ahead"),
    ]  # fmt: skip
    page = drawn(Underway(phase="search", phases=phases, text="16 programs", counted="8 of 16 programs"))["progress"]
    assert read(page).text == "✓ bootstrap 43 traces · ● search · ○ held out 16 programs 8 of 16 programs"


@pytest.mark.parametrize(
    ("planned", "entered", "shown"),
    [
        ("base bootstrap look propose search", "bootstrap", "● bootstrap ○ propose ○ search"),
        ("base bootstrap search", "bootstrap propose", "✓ bootstrap ● propose ○ search"),
        ("base bootstrap look propose search", "bootstrap search", "✓ bootstrap ● search"),
        ("propose search held", "propose search propose", "● propose ○ search ○ held"),
        ("base bootstrap search", "bootstrap search search", "✓ bootstrap ● search"),
    ],
)
def test_phases_are_those_that_were_entered_then_those_that_are_planned(planned, entered, shown):
    found = phases_of(run_of(), planned.split(), entered.split())
    assert " ".join(f"{phase.sign} {phase.name}" for phase in found) == shown


def test_a_phase_says_what_came_of_it():
    notes = [TraceNote(index=n, kept=n < 2, why="") for n in range(5)]
    (bootstrap, _) = phases_of(run_of(*notes), ["bootstrap", "search"], ["bootstrap"])
    assert bootstrap.note == "2 traces"


def test_the_last_example_is_shown_with_its_answer(read):
    example = Example(request="put something calm on", intent="music").with_inputs("request")
    row = Row(index=0, example=example, prediction=Prediction(intent="lights"), score=0.0)
    page = drawn(Underway(phase="search", last=row))["progress"]
    assert "last “put something calm on” → lights ✗" in read(page).text


@pytest.mark.parametrize("before", range(46, 54))
def test_a_key_where_the_last_example_is_cut_is_not_half_shown(before):
    text = f"{'x' * before} sk-0123456789abcdef0123"
    example = Example(request=text, intent="music").with_inputs("request")
    row = Row(index=0, example=example, prediction=Prediction(intent=text), score=0.0)
    assert "sk-0" not in drawn(Underway(phase="search", last=row))["progress"]


def test_a_form_for_each_predictor_begins_with_its_instruction():
    drafts = [Draft(predictor=name, text=f"Do {name}.") for name in ("query", "answer")]
    controls = drawn(Underway(phase="search", buttons=[("stop", "Stop")], drafts=drafts, compared=50))["controls"]
    assert controls.count("<textarea") == 2
    assert 'data-do="try query"' in controls
    assert 'aria-label="instruction for answer"' in controls
    assert "the same 50 examples" in controls
    assert "\nDo answer.</textarea>" in controls


def test_forms_are_for_instructions_that_may_be_changed_and_not_without_end():
    assert [draft.predictor for draft in drafts_of(BASE)] == ["self"]
    assert drafts_of(freeze(Predict("request -> intent"), "instructions")) == []
    drafts = [Draft(predictor=f"p{n}", text="") for n in range(11)]
    controls = drawn(Underway(phase="search", buttons=[("stop", "Stop")], drafts=drafts))["controls"]
    assert controls.count("<textarea") == 8
    assert "3 more predictors" in controls


def test_what_is_typed_and_answered_is_text_and_nothing_else():
    example = Example(request=NASTY, intent="x").with_inputs("request")
    row = Row(index=0, example=example, prediction=Prediction(intent=NASTY), score=1.0)
    now = Underway(
        phase=NASTY, text=NASTY, counted=NASTY, last=row, said=NASTY, doubts=[NASTY], buttons=[("stop", NASTY)],
        phases=[Phase(name=NASTY, state="now", note=NASTY)], drafts=[Draft(predictor=NASTY, text=NASTY)],
    )  # fmt: skip
    for piece in drawn(now).values():
        assert "<script" not in piece
        assert "\x1b" not in piece
        assert piece.count("</textarea>") == piece.count("<textarea")
    assert html.escape("<script>") in drawn(now)["controls"]


def test_no_page_without_a_kernel_has_buttons_or_forms(read):
    drafts = [Draft(predictor="self", text="x")]
    pieces = drawn(Underway(phase="search", buttons=[("stop", "Stop")], drafts=drafts, said="Yours scored 9 %."))
    card = Card(fragments=pieces, text="")
    assert "<textarea" not in card.html()
    assert "<button" not in card.html()
    read(card.html())
