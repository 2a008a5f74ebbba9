"""The colours of cards, which pages with our extension know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nbdspy.plots import palette

ROOT = Path(__file__).parents[2]
WORDS = {name for name in vars(palette) if name.isupper()} - {"LINE", "WASH"}
STYLE = ROOT / "labextension" / "style" / "cards.css"


def contrast(one: str, other: str) -> float:
    """Of two colours, to 1, as WCAG counts it."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    brighter, darker = sorted((light(one), light(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("name", sorted(WORDS))
def test_a_page_that_knows_its_theme_gives_words_a_colour_of_it(name: str) -> None:
    colour = getattr(palette, name)

    assert f"[style*='color:{colour}']" in STYLE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(WORDS))
def test_large_words_can_be_read_on_white_and_on_near_black(name: str) -> None:
    colour = getattr(palette, name)

    assert min(contrast(colour, "#ffffff"), contrast(colour, "#111111")) >= 3


def test_no_card_has_a_border_or_a_ground_that_would_be_taken_for_a_word() -> None:
    templates = (ROOT / "nbdspy" / "views" / "templates").glob("*.html")
    taken = [each.name for each in templates if re.search("(?:border|background)-color:", each.read_text("utf-8"))]

    assert taken == []
