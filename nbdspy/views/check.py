"""The card of a check: the verdict, then each assertion that failed with what it saw and its hint."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from nbdspy.checks import Assertion, Checked
from nbdspy.views import safe, tally
from nbdspy.views.drawing import Card, fragments

MOST_FAILURES = 10
MOST_HELD = 40
MOST_LINES = 30
SOURCE = 1_000  # characters


def card(checked: Checked, *, volatile: bool) -> Card:
    """What failed is open, what held is behind a click."""
    failures = checked.failures
    held = [one for one in checked.assertions if one.is_reached and not one.is_failed]
    unreached = [one for one in checked.assertions if not one.is_reached and not one.is_failed]
    drawn = fragments(
        "check.html",
        checked=checked,
        facts=[*([checked.score] if checked.score else []), *tally.facts(checked.spent, volatile=volatile)],
        failures=[_failure(one) for one in failures[:MOST_FAILURES]],
        hidden=len(failures) - MOST_FAILURES,
        held=[_line(one) for one in held[:MOST_HELD]],
        unreached=[_line(one) for one in unreached[:MOST_HELD]],
        counts=(len(held), len(unreached)),
        ended=safe.short(checked.ending, SOURCE),
    )
    return Card(fragments=drawn, text="\n".join(_text(checked)))


def _text(checked: Checked) -> Iterator[str]:
    """A bounded number of lines: a notebook keeps them beside the card."""
    lines = list(checked.lines())
    yield from islice(lines, MOST_LINES)
    if len(lines) > MOST_LINES:
        yield f"… and {len(lines) - MOST_LINES:,} more lines"
    yield from (f"! {note}" for note in checked.notes)


def _line(assertion: Assertion) -> tuple[str, str]:
    return str(assertion.line), safe.short(assertion.source, SOURCE)


def _failure(assertion: Assertion) -> dict[str, object]:
    return {
        "line": assertion.line,
        "source": safe.short(assertion.source, SOURCE),
        "times": assertion.times,
        "said": [text for text in (assertion.missed, assertion.compared, assertion.error, assertion.message) if text],
        "seen": [(one.source, one.value) for one in assertion.seen],
        "hint": assertion.hint,
    }
