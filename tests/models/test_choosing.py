"""Holding a model to a few texts: which tokens it may write, and how many of them decide."""

from __future__ import annotations

import pytest

from nbdspy.models.choosing import Choosing, Piece, choosing

NUMBERS = {" alarm": 1, " al": 2, "ert": 3, " book": 4, "mark": 5, " light": 6, " l": 7, "ighting": 8}


def cut(*pieces: str) -> tuple[Piece, ...]:
    return tuple((NUMBERS[piece], piece.encode()) for piece in pieces)


SPELLED = {
    " alarm": cut(" alarm"),
    " alert": cut(" al", "ert"),
    " book": cut(" book"),
    " bookmark": cut(" book", "mark"),
    " light": cut(" light"),
    " lighting": cut(" l", "ighting"),
}


def test_the_grammar_lists_each_choice_in_the_models_own_tokens() -> None:
    chosen = choosing([" alarm", " alert"], SPELLED.__getitem__)

    assert chosen.grammar == "root ::= <[1]> | <[2]> <[3]>\n"


@pytest.mark.parametrize(
    ("choices", "tokens"),
    [
        ([" alarm", " book"], 1),
        ([" alarm", " alert"], 2),  # after " al" it could still become " alarm"
        ([" book", " bookmark"], 2),  # " book" and then its end, or "mark"
        ([" light", " lighting"], 2),  # other tokens, but " l" begins both
        ([" book"], 1),
    ],
)
def test_as_many_tokens_are_asked_for_as_decide_in_every_case(choices: list[str], tokens: int) -> None:
    assert choosing(choices, SPELLED.__getitem__).tokens == tokens


def test_white_space_that_a_vocabulary_adds_in_front_decides_nothing() -> None:
    spelled = {"yes": ((1, b" y"), (2, b"es")), "yet": ((1, b" y"), (3, b"et"))}

    assert choosing(list(spelled), spelled.__getitem__) == Choosing("root ::= <[1]> <[2]> | <[1]> <[3]>\n", 2)


def test_where_a_token_is_half_a_letter_the_grammar_goes_by_letters() -> None:
    spelled = {"\u00e9": ((1, b"\xc3"), (2, b"\xa9")), "yes": ((3, b"yes"),)}

    assert choosing(list(spelled), spelled.__getitem__) == Choosing('root ::= "\u00e9" | "yes"\n', 4)
