"""Multi-hop question answering over 4,937 pages of Wikipedia against its one-hop neighbour: a real run, replayed."""

from __future__ import annotations

import pytest

import nbdspy
from nbdspy.configuration import context

from .multi_hop import CASSETTE, DATA, MODEL, QUESTIONS, measured

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the data sets are not on this machine")


@pytest.mark.filterwarnings("ignore:The reply was cut off")
def test_one_hop_and_two_on_a_hundred_questions() -> None:
    """A model of 135 million parameters asks for no better passages and knows few answers; the counts are its own."""
    with nbdspy.use_cassette("replay", CASSETTE), context(lm=nbdspy.LM(MODEL)):
        results = measured()

    found = {name: round(sum(row.score for row in result.rows)) for name, result in results.items()}
    assert {result.n for result in results.values()} == {QUESTIONS}
    assert found == {
        "OneHop, answer_exact_match": 2,
        "OneHop, gold_titles_found": 57,
        "MultiHop, answer_exact_match": 6,
        "MultiHop, gold_titles_found": 51,
    }
