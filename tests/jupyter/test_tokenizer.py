"""Splitting a magic's line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdspy.errors import UsageError
from nbdspy.jupyter.tokenizer import read_words


def texts(line: str) -> list[str]:
    return [word.text for word in read_words(line, magic="%evaluate").words]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  qa   --data  test ", ["qa", "--data", "test"]),
        ('--metric "exact match"', ["--metric", "exact match"]),
        ("--data {df[df.x > 3]} qa", ["--data", "{df[df.x > 3]}", "qa"]),
        ('--data {df[df.name == "a } b"]}', ["--data", '{df[df.name == "a } b"]}']),
        ("--metric {lambda a, b: (a, b)}", ["--metric", "{lambda a, b: (a, b)}"]),
        ('request="it is freezing in here"   # what it will send', ['request="it is freezing in here"']),
        ("don't stop", ["don't", "stop"]),
        (r'"say \"hi\""', ['say "hi"']),
        ("smollm2        # no key, no server", ["smollm2"]),
        ("a#b", ["a#b"]),
    ],
)
def test_words_stay_whole(line: str, words: list[str]) -> None:
    assert texts(line) == words


def test_a_word_knows_its_column() -> None:
    words = read_words("qa --data  test", magic="%evaluate").words

    assert [word.column for word in words] == [0, 3, 11]


def test_a_semicolon_at_the_end_asks_for_quiet() -> None:
    assert read_words("qa --data test;", magic="%evaluate").quiet
    assert read_words("qa ;", magic="%evaluate").words[-1].text == "qa"
    assert not read_words('qa "a;"', magic="%evaluate").quiet


@pytest.mark.parametrize(("line", "letter"), [("qa --data {df[0", "["), ('x "abc', '"'), ("request=(", "(")])
def test_what_is_never_closed_is_pointed_at(line: str, letter: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_words(line, magic="%evaluate")

    place = caught.value.place
    assert place is not None
    assert place.text[place.column - 1] == letter
    assert letter in caught.value.message


@given(st.lists(st.from_regex(r"[a-zA-Z0-9_.:/-]+", fullmatch=True)))
def test_plain_words_come_back_as_they_were(words: list[str]) -> None:
    assert texts("  ".join(words)) == words


@given(st.text(alphabet=st.characters(exclude_characters="\\", exclude_categories=["Cs"]), min_size=1))
def test_any_quoted_text_is_one_word(text: str) -> None:
    quoted = '"' + text.replace('"', '\\"') + '"'

    assert texts(quoted) == [text]
