"""The cards of the workbench itself."""

from __future__ import annotations

import re

from nbdspy import views
from nbdspy.checks import Checked
from nbdspy.models import Spent


def test_without_a_model_the_next_step_is_shown(read):
    bundle = views.bundle(views.Status(model=None, spent=Spent()))
    assert "none chosen %lm smollm2 is one on this machine" in read(bundle["text/html"]).text
    assert bundle["text/plain"].startswith("no model chosen; %lm smollm2")


def test_a_checkup_shows_what_is_wrong_first_with_its_next_step(samples, read):
    bundle = views.bundle(samples.workbench()["doctor"])
    text = read(bundle["text/html"]).text
    assert "1 of 3 needs attention ✗ not xllamacpp not installed pip install 'nbdspy[local]' ✓ ok Python" in text
    assert "not xllamacpp: not installed\n    pip install 'nbdspy[local]'" in bundle["text/plain"]


def test_all_is_well_is_said_in_words(read):
    checkup = views.Checkup((views.Check(name="Python", is_well=True, found="3.13", next_step="never shown"),))
    text = read(views.bundle(checkup)["text/html"]).text
    assert "all is well" in text
    assert "never shown" not in text


def test_help_starts_with_an_example(samples, read):
    text = read(views.bundle(samples.workbench()["help"])["text/html"]).text
    assert text.index("%compile Intent --data train") < text.index("Options")


def test_the_status_of_equal_sessions_is_equal():
    one = views.Status(model="smollm2", spent=Spent(calls=5, cost=0.1))
    other = views.Status(model="smollm2", spent=Spent(calls=1, cached=4))
    assert views.bundle(one, volatile=False) == views.bundle(other, volatile=False)


def test_a_check_shows_why_before_what_held(samples, read):
    made = samples.workbench()
    text = read(views.bundle(made["check"])["text/html"]).text
    assert "0 of 2 points" in text
    assert text.index("✗ line 5 assert answers[0] == \"alarm\" 'timer' == 'alarm'") < text.index("Hint To be woken")
    assert text.index("failed 2 of 3 times") < text.index("Only three were asked") < text.index("Held 1")
    assert "✓ passed" in read(views.bundle(made["check that passed"])["text/html"]).text
    assert "What comes after it was not asked." in read(views.bundle(made["check that ended"])["text/html"]).text


def test_a_check_of_recorded_replies_says_so():
    one = Checked(name="Exercise", assertions=(), spent=Spent(recorded=3))
    for volatile in (True, False):
        html = views.bundle(one, volatile=volatile)["text/html"]
        assert "recorded · 3 replies" in re.sub(r"<[^>]+>", "", html)
