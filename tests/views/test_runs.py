"""The cards of runs and programs."""

from __future__ import annotations

import re

import pytest

from nbdspy import views
from nbdspy.data import Example
from nbdspy.errors import NotConfigured
from nbdspy.evaluation import EvaluationResult, Row
from nbdspy.models import Budget, Reply
from nbdspy.modules import Predict
from nbdspy.optimizers import BegunRuns, Run, Trial


def test_the_last_run_comes_first_with_its_best_and_what_it_took(runs, read):
    card = views.bundle(runs["runs"])

    assert card["text/plain"].startswith("4 Intent · labeled_few_shot · done · 0 trials · 0 calls")
    tried = r"^1 Intent · random_search · done · \d+ trials · best \d+ % \(\d+ to \d+, n = 25\)"
    assert re.search(tried, card["text/plain"], re.MULTILINE)
    text = read(card["text/html"]).text
    assert re.search(r"run program state best 4 Intent .*labeled_few_shot done 0 tried · 0 calls", text)
    assert re.search(r"\d+ % \(\d+ to \d+\) n = 25 \d+ tried · [\d,]+ calls · no cost · ", text)
    assert "Run 3: The limit" in text
    assert "Run 4:" not in text
    assert "(empty)" not in card["text/plain"]


def test_equal_sessions_show_equal_runs(runs, read):
    card = views.bundle(runs["runs"], volatile=False)

    assert "no cost" not in read(card["text/html"]).text
    assert not re.search(r"\d s\b", card["text/plain"])


def test_a_run_that_failed_says_why_and_shows_what_it_found(read):
    known = BegunRuns()
    run = Run(Predict("question -> answer"), optimizer="random_search", metric=None)
    known.add(run)

    def fail():
        raise NotConfigured("The key expired.")

    with pytest.raises(NotConfigured):
        run.go(fail)

    text = views.bundle(known)["text/plain"]
    assert "· failed ·" in text
    assert text.endswith("NotConfigured: The key expired.")
    assert "nothing was scored" in views.bundle(run)["text/plain"]


def test_one_trial_and_one_call_are_said_as_one():
    known, budget = BegunRuns(), Budget()
    run = Run(Predict("question -> answer"), optimizer="random_search", metric="exact_match", budget=budget)
    budget.admit()
    budget.count(Reply(texts=("42",)))
    result = EvaluationResult(rows=(Row(index=0, example=Example(question="?"), prediction=None, score=1.0),))
    run.trials.append(Trial(number=0, label="as it came", program=run.base, evaluation=result, calls=1))
    known.add(run)

    text = views.bundle(known)["text/plain"]

    assert " · 1 trial · " in text
    assert " · 1 call · " in text


def test_a_run_that_has_not_begun_is_drawn_as_what_it_is():
    run = Run(Predict("question -> answer"), optimizer="random_search", metric=None)

    assert "compiling with random_search" in views.bundle(run)["text/html"]


def test_the_last_version_comes_first_and_those_in_use_are_marked(things, read):
    card = views.bundle(things["programs"])

    assert card["text/plain"].splitlines() == [
        "helper@2 · mipro_v2 · from helper@1 · 86 % exact_match, n = 100, 95 % interval 79 to 92 · now",
        "helper@1 · random_search · from Intent@1 · 84 % exact_match, n = 100, 95 % interval 77 to 90",
        "Intent@1 · as it came · 58 % exact_match, n = 100, 95 % interval 51 to 64 · now",
        "qa · no version kept",
    ]
    assert "helper@2 now mipro_v2 from helper@1 86 % (79 to 92) exact_match, n = 100" in read(card["text/html"]).text


def test_what_changed_in_a_program_is_shown_by_predictor(things, samples, read):
    card = views.bundle(things["program diff"])

    assert "+intent: alarm" in card["text/plain"].splitlines()
    assert "what changed from Intent to helper@2" in read(card["text/html"]).text

    before, after = samples.TwoSteps(), samples.TwoSteps()
    after.answer.signature = after.answer.signature.with_instructions("Answer in one word.")
    text = views.bundle(views.ProgramDiff(before=before, after=after, names=("a", "b")))["text/plain"]
    assert text.startswith("--- a.answer\n+++ b.answer\n")
    assert "+Answer in one word." in text
    assert "query" not in text


def test_equal_programs_are_said_to_be_equal(samples):
    change = views.ProgramDiff(before=samples.TwoSteps(), after=samples.TwoSteps(), names=("a", "b"))

    assert views.bundle(change)["text/plain"] == "Instructions, fields and demonstrations are equal."
