"""The cards of what people do by hand."""

from __future__ import annotations

import re

import pytest

from nbdspy import use_cassette, views
from nbdspy.configuration import context
from nbdspy.forms import Labels, Playground
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.views import labels as label_cards
from nbdspy.views import playground as playground_cards

KEY = "sk-abcdefghijklmnopqrstuvwxyz0123456789"


def test_labels_say_how_many_and_show_what_was_corrected(samples, read):
    shown = views.bundle(samples.forms()["labels"])

    page = read(shown["text/html"])
    assert "test labels of intent" in page.text
    assert "6 of 80 4 accepted · 2 corrected · 1 skipped" in page.text
    assert re.search(r"3 I can't see what I'm chopping lights alarm", page.text)
    assert shown["text/plain"].splitlines()[0] == (
        "Labels(test: 6 of 80 labelled · 2 corrected · 1 skipped; request -> intent)"
    )


def test_many_labels_are_cut_and_the_cut_is_said(read):
    labels = Labels([{"text": f"row {n} {'x' * 500}", "label": "a"} for n in range(900)], "text -> label")
    for n in range(900):
        labels.correct(label="b") if n % 2 else labels.accept()

    html = views.bundle(labels)["text/html"]

    assert "Corrected last 40 of 450" in read(html).text
    assert len(html.encode()) < 100_000


@pytest.mark.parametrize(("rows", "opened"), [(12, 1), (13, 0)])
def test_what_was_corrected_stands_open_while_it_is_short(rows, opened):
    labels = Labels([{"text": f"row {n}", "label": "a"} for n in range(rows)], "text -> label")
    for _ in range(rows):
        labels.correct(label="b")

    html = views.bundle(labels)["text/html"]

    assert html.count("<details open") == opened


def test_the_row_says_where_one_is_and_what_the_program_is_told(samples, read):
    labels = samples.forms()["labels"]

    page = read(label_cards.row_card(labels).html())

    assert "test 8 of 80" in page.text
    assert labels.current.inputs["request"] in page.text
    labels.go(79)
    labels.skip()
    assert "Every row has been gone through" in read(label_cards.row_card(labels).html()).text


def test_a_playground_shows_the_last_answers_and_every_try(samples, read):
    shown = views.bundle(samples.forms()["playground"])

    page = read(shown["text/html"])
    assert "Intent beside helper playground · 2 tries · 1 kept" in page.text
    assert "it is freezing in here Intent intent heating helper" in page.text
    assert "Every try 2 request Intent helper kept 1 could you wake me" in page.text
    assert "Kept as examples 1" in page.text


def test_answers_stand_side_by_side_each_with_its_prompt(samples, read):
    trial = samples.forms()["playground"].trials[-1]

    page = read(playground_cards.answers(trial, volatile=False))

    assert page.text.count("exactly as sent") == 2


@pytest.mark.parametrize("limit", [3, 400])
def test_many_tries_stay_small(limit, read):
    playground = Playground("question -> answer")
    with context(lm=FakeLM(lambda request: chat_text({"answer": "a" * 3_000}))):
        for n in range(limit):
            playground.run(question=f"{n} " + "q" * 3_000)
            playground.keep()

    html = views.bundle(playground)["text/html"]

    assert f"{limit} tries" in read(html).text
    assert "3,000 characters, the first 2,000 shown" in read(html).text
    assert len(html.encode()) < 50_000


def test_no_key_is_shown_wherever_it_was_typed(read):
    labels = Labels([{"text": KEY, "label": KEY}, {"text": f"a {KEY}", "label": "b"}], "text -> label", called="rows")
    labels.accept()
    labels.correct(label=f"{KEY} 2")
    playground = Playground("text -> label")
    with context(lm=FakeLM(lambda request: chat_text({"label": KEY}))):
        playground.run(text=KEY)
        playground.keep()
    labels.back()

    shown = [views.bundle(labels), views.bundle(playground), label_cards.row_card(labels).bundle()]

    assert not any("abcdefghijklmnop" in text for bundle in shown for text in bundle.values())


def test_proposals_and_tries_that_a_cassette_answered_are_said_to_be_recorded(tmp_path, read):
    cards = []
    for mode in ("record", "replay"):
        with (
            context(lm=FakeLM(lambda request: chat_text({"label": "a"}))),
            use_cassette(mode, tmp_path / "asked.jsonl"),
        ):
            labels, playground = Labels([{"text": "one"}], "text -> label"), Playground("text -> label")
            labels.accept()
            playground.run(text="two")
        cards.append([read(views.bundle(each)["text/html"]).text for each in (labels, playground)])

    (asked, tried), (replayed, retried) = cards
    assert "recorded" not in asked + tried
    assert "labels of label · recorded" in replayed
    assert "1 try · 0 kept · recorded" in retried
