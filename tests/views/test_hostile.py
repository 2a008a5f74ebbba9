"""Foreign text in every field of every view: it stays text, and keys are gone from it."""

from __future__ import annotations

import base64
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest

from nbdspy import render, views
from nbdspy.data import Example
from nbdspy.models import redaction
from tests.views import hostile

MIMETYPES = re.compile(r"text/(plain|html)|application/vnd\.nbdspy\.[\w.]+\+json")
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class Tags(HTMLParser):
    """Every start of a tag with its attributes, as a browser would read them."""

    def __init__(self, html):
        super().__init__()
        self.found = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.add((tag, tuple(attrs)))


@pytest.fixture(scope="session")
def views_of(samples, things):
    return cache(hostile.every_view(samples, things))


@pytest.fixture(scope="session")
def drawn(views_of):
    """The bundles of every view with a text in each field, drawn once for each text."""
    known = {}

    def draw(text):
        if text not in known:
            known[text] = {name: hostile.bundle(thing) for name, thing in views_of(text).items()}
        return known[text]

    return draw


def test_every_view_there_is_has_a_hostile_one(views_of):
    made = views_of("text").values()

    untried = [kind.__name__ for kind in hostile.kinds() if not any(isinstance(thing, kind) for thing in made)]

    assert untried == [], "add one of them to samples.Hostile.everything, or a record of it to the samples"


def test_every_template_there_is_has_drawn_a_hostile_text(views_of, monkeypatch):
    drawn = set()
    given = jinja2.Environment.get_template

    def noted(environment, name, *others, **more):
        drawn.add(name)
        return given(environment, name, *others, **more)

    monkeypatch.setattr(jinja2.Environment, "get_template", noted)
    for thing in views_of("a text that no other test draws").values():
        views.with_notes(hostile.bundle(thing), ["text"])
    there = {path.name for path in (Path(views.__file__).parent / "templates").iterdir()}
    there -= {"macros.html", "record.html", "lost.html"}  # pieces of others, a frame around a card, a line of ours

    assert there - drawn == set(), "add what it draws to samples.Hostile.everything"


@pytest.mark.parametrize("name", hostile.payloads())
def test_no_tag_and_no_attribute_of_a_text_gets_among_the_buttons(name, views_of):
    text = hostile.payloads()[name]
    shapes = [
        {(tag, tuple(name for name, _ in attributes)) for tag, attributes in Tags(hostile.controls(thing)).found}
        for said in (text, "x")
        for thing in [views_of(said)["compile under way"]]
    ]

    assert ("textarea", ("rows", "aria-label", "style")) in shapes[0]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("name", hostile.payloads())
def test_no_tag_and_no_attribute_of_a_text_gets_into_a_view(name, drawn, read):
    text = hostile.payloads()[name]
    harmless = drawn(re.sub(r"\S", "x", render.visible(text)))

    for view, bundle in drawn(text).items():
        strange = Tags(bundle["text/html"]).found - Tags(harmless[view]["text/html"]).found
        assert not {each for each in strange if each[0] != "img"}, view
        assert all(re.fullmatch(r"data:image/svg\+xml;base64,[\w+/=]+", dict(each[1])["src"]) for each in strange), view
        read(bundle["text/html"])
        assert all(map(MIMETYPES.fullmatch, bundle)), view
        assert not any(UNSEEN.search(part) for part in hostile.parts(bundle).values()), view


@pytest.mark.parametrize("form", hostile.KEYS)
@pytest.mark.parametrize("words", ["{}", "it said {} and no more", "Authorization: Bearer {}", "https://me:{}@host/v1"])
def test_no_planted_key_is_in_any_view(form, words, views_of, monkeypatch):
    key = hostile.KEYS[form]
    monkeypatch.setenv("SOME_SERVICE_API_KEY", hostile.KEYS["of the environment"])
    monkeypatch.setattr(redaction, "_concealed", set())
    redaction.conceal_headers({"x-api-key": hostile.KEYS["of a header"]})
    redaction.conceal_address(f"https://me:{hostile.KEYS['of an address']}@host/v1")

    for name, thing in views_of(words.format(key)).items():
        for kind, part in {**hostile.parts(hostile.bundle(thing)), "controls": hostile.controls(thing)}.items():
            assert key[:24] not in part + images(part), f"{name}, {kind}"


@pytest.mark.parametrize("before", [30, 45, 60, 75, 145, 380])
def test_a_cut_leaves_no_half_of_a_key(before, views_of):
    text = "w " * (before // 2) + hostile.KEYS["looks like one"]

    for name, thing in views_of(text).items():
        for kind, part in {**hostile.parts(hostile.bundle(thing)), "controls": hostile.controls(thing)}.items():
            assert "sk-proj-Zm9v" not in part, f"{name}, {kind}"


def images(html):
    """What the images of a page say."""
    return "".join(base64.b64decode(each).decode() for each in re.findall(r"base64,([\w+/=]+)", html))


def test_the_text_of_a_note_is_as_safe_as_a_card(read):
    note = f"\x1b[31m<script>{hostile.KEYS['looks like one']}</script>"

    bundle = views.with_notes(views.bundle([Example(a=1)]), [note])

    assert read(bundle["text/html"]).text.endswith("\\x1b[31m<script>[redacted]</script>")
    assert bundle["text/plain"].endswith("\\x1b[31m<script>[redacted]</script>")
