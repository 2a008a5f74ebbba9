"""Two texts compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdspy.views.cut import Allowance
from nbdspy.views.wording import compared, shown
from tests.views.wording_cases import case, cases

texts = st.text(alphabet="ab .\n", max_size=60)


@given(texts, texts)
def test_both_texts_can_be_read_from_their_comparison(before, after):
    pieces = compared(before, after)

    assert "".join(text for kind, text in pieces if kind != "new") == before
    assert "".join(text for kind, text in pieces if kind != "gone") == after


def test_a_few_equal_words_between_changes_do_not_chop_a_phrase():
    pieces = compared(
        "Name what the person wants from the assistant.", "Name the one device the person wants changed, now."
    )
    assert [kind for kind, _ in pieces] == ["same", "gone", "new"]


def test_texts_too_long_to_compare_are_shown_one_after_the_other():
    before, after = "a " * 3_000, "b " * 3_000
    assert compared(before, after) == [("gone", before), ("new", after)]


def test_a_comparison_says_how_much_of_it_is_not_shown():
    wording = shown([("same", "abcd"), ("new", "efgh")], Allowance(6))
    assert wording.pieces == [("same", "abcd"), ("new", "ef …")]
    assert wording.note == "2 more characters not shown"


@pytest.mark.parametrize("known", cases(), ids=lambda known: repr(known["before"])[:40])
def test_python_marks_what_the_cases_say(known):
    assert case(known["before"], known["after"]) == known
