"""Pairs of texts, and what is marked between them: the one truth that Python and the explorer's page are held to.

`python -m tests.views.wording_cases` writes down what Python marks now.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, Final

from nbdspy.views.wording import compared

PLACE: Final = Path(__file__).with_name("wording_cases.json")
PAIRS: Final = [
    ("", ""),
    ("", "Name the intent."),
    ("Name the intent.", ""),
    ("the same", "the same"),
    ("Name the intent.", "Name the one intent."),
    ("Name what the person wants from the assistant.", "Name the one device the person wants changed, now."),
    ("one two three four five six", "one 2 three four five 6"),
    ("one two three four five six seven", "one 2 three four five six 7"),
    ("Answer in one word.", "Answer in two words.\n\nThink first."),
    ("a \n b", "a b"),
    ("odd\n", "even\n"),
    ("one of: alarm, timer, weather", "one of: alarm, timer, weather\nThink first."),
    ("keep\n\nthese words", "keep these\nwords"),
    ("word ", "word"),
    (" ", "  "),
    ("  indented", "    indented"),
    ("to be or not to be", "not to be or to be"),
    ("a b a b a", "b a b a b a b"),
    ("ein schöner Tag 😀 heute", "ein schöner Tag 😐 heute"),
    ('{"room": "kitchen", "on": true}', '{"room": "hall", "on": true, "level": 3}'),
    ("x = 1\ny = 2\nprint(x)\n", "x = 1\ny = 3\nz = 4\nprint(x)\n"),
]


def cases() -> list[dict[str, Any]]:
    """Each case: two texts, and the pieces of their comparison."""
    found: list[dict[str, Any]] = json.loads(PLACE.read_text(encoding="utf-8"))
    return found


def case(before: str, after: str) -> dict[str, Any]:
    """What Python marks."""
    return {"before": before, "after": after, "pieces": [list(piece) for piece in compared(before, after)]}


def _tangled(rng: random.Random) -> tuple[str, str]:
    """Two texts of few words, which stand in many places."""
    one, other = ("".join(rng.choices(["a ", "b ", "c ", "d\n"], k=rng.randint(4, 24))) for _ in range(2))
    return one, other


if __name__ == "__main__":
    rng = random.Random(0)
    said = [case(*pair) for pair in [*PAIRS, *(_tangled(rng) for _ in range(40))]]
    PLACE.write_text("[\n" + ",\n".join(json.dumps(each, ensure_ascii=False) for each in said) + "\n]\n", "utf-8")
