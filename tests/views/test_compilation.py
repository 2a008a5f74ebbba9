"""The card of a compile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nbdspy import views
from nbdspy.data import Example, Prediction
from nbdspy.evaluation import EvaluationResult, Row
from nbdspy.models import Spent
from nbdspy.modules import Predict
from nbdspy.optimizers import HeldOut, Result, TraceNote, Trial
from nbdspy.optimizers.results import Counts
from nbdspy.views.compilation import card
from nbdspy.views.drawing import fragments
from nbdspy.views.underway import Underway

BASE = Predict("request -> intent")


def scored(*right, first=0):
    """An evaluation whose rows are right or wrong as told."""
    rows = []
    for number, is_right in enumerate(right):
        example = Example(request=f"request {first + number}", intent="alarm").with_inputs("request")
        answer = Prediction(intent="alarm" if is_right else "timer")
        rows.append(Row(index=number, example=example, prediction=answer, score=float(is_right)))
    return EvaluationResult(rows=tuple(rows), program="Intent", metric="exact_match")


def better(instruction=None, demos=()):
    program = BASE.deepcopy()
    program.demos = list(demos)
    if instruction:
        program.signature = program.signature.with_instructions(instruction)
    return program


def result(*evaluations, best=None, programs=None, **values):
    """A result whose trials are these evaluations; the last trial's program is the best unless told otherwise."""
    programs = programs or [BASE, *(better() for _ in evaluations[1:])]
    trials = tuple(
        Trial(
            number=number, label=f"candidate {number}", program=program, evaluation=evaluation, calls=10 * number + 10
        )
        for number, (program, evaluation) in enumerate(zip(programs, evaluations, strict=False))
    )
    return Result(
        best=programs[-1] if best is None else best, base=BASE, program="Intent", optimizer="random_search",
        metric="exact_match", seed=0, tried=trials, **values,
    )  # fmt: skip


def text_of(result, read, **how):
    return read(views.bundle(result, **how)["text/html"]).text


LOW, HIGH = scored(*[1] * 8, *[0] * 12), scored(*[1] * 16, *[0] * 4)


def test_held_out_scores_come_first(read):
    text = text_of(result(LOW, HIGH, held_out=HeldOut(before=LOW, after=HIGH)), read)
    assert "held-out exact_match, n = 20 40 % → 80 % +40 points (95 % interval" in text
    assert "flatters: 80 there, 80 held out" in text


def test_validation_scores_say_that_selection_flatters(read):
    text = text_of(result(LOW, HIGH), read)
    assert "validation exact_match, n = 20 40 % → 80 %" in text
    assert "Chosen as the best of 2 by these examples, which flatters" in text


def test_a_gain_that_may_be_chance_says_so(read):
    text = text_of(result(scored(1, 0, 0, 1), scored(1, 1, 0, 1)), read)
    assert "The interval holds zero: this may be chance." in text


def test_a_loss_on_held_out_examples_is_told_as_it_is(read):
    bundle = views.bundle(result(LOW, HIGH, held_out=HeldOut(before=HIGH, after=LOW)))
    assert "80 % → 40 % −40 points" in read(bundle["text/html"]).text
    assert "color:#d6453d" in bundle["text/html"]


def test_a_run_that_ended_before_a_score_says_whose_program_it_is(read):
    assert "Not scored: it ended before. The program is the one that went in." in text_of(
        result(best=BASE, programs=[BASE], stopped="Interrupted."), read
    )


def test_rounded_numbers_add_up_on_show(read):
    before, after = scored(*[1] * 3, *[0] * 4), scored(*[1] * 4, *[0] * 3)  # 42.9 % and 57.1 %: 14.3 points
    found = result(before, after)

    assert "43 % → 57 % +14 points" in text_of(found, read)

    before, after = scored(*[1] * 12, *[0] * 16), scored(*[1] * 13, *[0] * 15)  # 42.9 % and 46.4 %: 3.6 points
    found = result(before, after)
    assert "42.86 % → 46.43 % +3.57 points" in text_of(found, read)
    assert "42.86 % -> 46.43 % exact_match (+3.57 points" in repr(found)


def test_nothing_better_is_said_instead_of_a_gain_of_zero(read):
    found = result(HIGH, LOW, best=BASE)
    said = "80 % 58 to 92, 95 % interval Nothing better was found; the program is as it went in."
    assert said in text_of(found, read)
    assert "→" not in text_of(found, read)
    assert views.bundle(found, volatile=False)["text/plain"].splitlines() == [
        "random_search(Intent): nothing better than the program that went in, "
        "80 % exact_match (58 to 92, 95 % interval, validation, n = 20, chosen by it)",
        "2 trials",
    ]


def test_the_text_says_what_it_took_and_what_was_kept():
    kept, dropped = (TraceNote(index=n, kept=n < 1, why="scored 1" if n < 1 else "scored 0") for n in range(2))
    found = result(LOW, HIGH, notes=(kept, dropped), spent=Spent(calls=40), seconds=161.0)

    last = views.bundle(found)["text/plain"].splitlines()[-1]

    assert last == "2 min 41 s · 40 calls · no cost · 2 trials · traces: 1 kept, 1 dropped"


def test_an_instruction_shows_its_change_word_by_word():
    found = result(LOW, HIGH, programs=[BASE, better("Name the intent.")])
    html = views.bundle(found)["text/html"]
    assert "<del" in html
    assert "Name the intent.</ins>" in html


def test_demonstrations_say_where_they_are_from(read):
    demos = [Example(request=f"r{n}", intent="alarm", **({"augmented": True} if n < 4 else {})) for n in range(9)]
    text = text_of(result(LOW, HIGH, programs=[BASE, better(demos=demos)]), read)
    assert "9 demonstrations added · 4 bootstrapped · 5 labelled" in text
    assert "r0 alarm bootstrapped" in text
    assert "3 more demonstrations not shown" in text


def test_the_best_trials_are_listed_and_the_first_is_always_among_them(read):
    found = result(LOW, *[HIGH] * 20)
    text = text_of(found, read)
    assert "21 tried, 6 shown" in text
    assert "0 candidate 0 40" in text


def test_examples_lost_show_both_answers(read):
    text = text_of(result(scored(1, 0, 0, 0), scored(0, 1, 1, 1)), read)
    assert "Examples lost 1" in text
    assert "request 0 alarm alarm timer" in text


def test_no_trace_kept_is_never_a_mystery(read):
    notes = tuple(TraceNote(index=n, kept=False, why=f"failed: ParseError: reply {n}") for n in range(9))
    html = views.bundle(result(LOW, HIGH, notes=notes))["text/html"]
    text = read(html).text
    assert "Why these demonstrations 0 kept, 9 dropped" in text
    assert "dropped 9 failed: ParseError: reply 0, and the like train 0, 1, 2, 3, 4, 5 …" in text


def test_kept_and_dropped_traces_are_counted_by_reason(read):
    notes = (
        *(TraceNote(index=n, kept=True, why="scored 1", score=1.0) for n in range(3)),
        TraceNote(index=3, kept=False, why="scored 0", score=0.0),
    )
    text = text_of(result(LOW, HIGH, notes=notes), read)
    assert "kept 3 scored 1 train 0, 1, 2 dropped 1 scored 0 train 3" in text


def test_a_chart_needs_three_trials(read):
    assert len(read(views.bundle(result(LOW, HIGH))["text/html"]).images) == 2  # the bars in the table
    images = read(views.bundle(result(LOW, HIGH, HIGH))["text/html"]).images
    assert "Scores of 3 candidates, the best 80 percent; before, 40 percent." in [image["alt"] for image in images]


def test_a_compile_that_compared_nothing_says_so(read):
    text = text_of(result(programs=[BASE, better(demos=[Example(request="r", intent="alarm")])]), read)
    assert "Not scored: nothing was compared." in text
    assert "1 demonstration added" in text


def test_why_it_stopped_and_what_to_know_are_said(read):
    text = text_of(result(LOW, HIGH, stopped="The limit of 500 calls is reached.", warnings=("val overlaps.",)), read)
    assert "stopped early" in text
    assert "! Stopped early: The limit of 500 calls is reached." in text
    assert "! val overlaps." in text


@pytest.mark.parametrize("volatile", [True, False])
def test_a_limit_of_calls_and_the_number_of_calls_do_not_contradict_each_other(read, volatile):
    stopped = "The limit of 120 calls is reached. Raise max_calls (--max-calls) and resume (--resume)."
    found = result(LOW, HIGH, stopped=stopped, spent=Spent(calls=120, cached=15))

    assert f"Stopped early: {stopped} Not counted: 15 replies from the cache." in text_of(
        found, read, volatile=volatile
    )
    assert "Not counted: 15 replies from the cache." in views.bundle(found, volatile=volatile)["text/plain"]
    assert "Not counted" not in text_of(result(LOW, HIGH, stopped=stopped), read)
    cut = text_of(result(LOW, HIGH, stopped=stopped, unscored=80), read)
    assert "Not scored: 80 examples of trials that had begun." in cut


def test_the_footer_says_what_it_ran_with(read):
    found = result(LOW, HIGH, lm="smollm2", adapter="completion", counts=Counts(train=150, val=20, test=0))
    assert "smollm2 · completion · train 150, val 20 · seed 0" in text_of(found, read)


def test_equal_runs_leave_equal_cards():
    one, other = result(LOW, HIGH, HIGH, seconds=3.0), result(LOW, HIGH, HIGH, seconds=9.0)
    one = replace(one, spent=Spent(calls=60, cost=0.1))
    other = replace(
        other, spent=Spent(calls=20, cached=40), tried=tuple(replace(trial, calls=20) for trial in other.tried)
    )
    assert views.bundle(one, volatile=False) == views.bundle(other, volatile=False)


def test_a_replay_shows_no_time(read):
    text = text_of(result(LOW, HIGH, HIGH, seconds=3.3, spent=Spent(recorded=60)), read)
    assert "done · recorded · 60 replies" in text
    assert "3.3 s" not in text


def test_a_run_under_way_shows_what_is_known_and_leaves_out_the_rest():
    early = card(result(programs=[BASE]), volatile=True, underway=Underway(phase="bootstrap"))
    later = card(result(LOW, HIGH), volatile=True, underway=Underway(phase="search", text="5 programs", calls=100))
    assert list(early.fragments) == ["header", "progress", "footer"]
    assert list(later.fragments) == ["header", "progress", "gain", "chart", "trials", "footer"]
    assert "<progress" not in early.fragments["progress"]
    assert "<progress" in later.fragments["progress"]


def test_a_block_that_draws_nothing_is_no_fragment():
    assert list(fragments("difference.html", title="Prompt", parts=[], note="", equal="")) == ["header", "parts"]
    assert "lost" not in card(result(LOW, HIGH), volatile=True).fragments
