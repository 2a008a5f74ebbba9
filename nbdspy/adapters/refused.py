"""The errors of replies that cannot be read: what is missing, cut off, or said in two ways."""

from __future__ import annotations

from collections.abc import Iterable

from nbdspy import render
from nbdspy.adapters.wording import describe_type
from nbdspy.errors import ParseError
from nbdspy.models.redaction import redact
from nbdspy.signatures import Field

ANOTHER_WAY = "Show it a demo, or try another adapter or model."


def missing(field: Field, reply: str, found: Iterable[str], *, is_cut: bool = False) -> ParseError:
    """A reply that holds nothing for a field, because it ends too early if that can be seen."""
    names = ", ".join(found)
    has = f"found only {names}" if names else "found no field"
    shown = f"the reply is: {render.short(redact(reply), 200)}" if reply.strip() else "the reply is empty"
    what = "ends too early for" if is_cut else "has no value for"
    hint = "Raise max_tokens, or show it a demo." if is_cut else ANOTHER_WAY
    return _error(f"The reply {what} {field.name!r} ({has}); {shown}", field, reply, hint)


def unclear(field: Field, reply: str) -> ParseError:
    """A reply that gives a field two values."""
    shown = f"the reply is: {render.short(redact(reply), 200)}"
    return _error(
        f"The reply has two values for {field.name!r}, and nothing tells which one counts; {shown}", field, reply
    )


def _error(message: str, field: Field, reply: str, hint: str = ANOTHER_WAY) -> ParseError:
    expected = describe_type(field.type)
    return ParseError(message, reply=reply, field=field.name, expected=expected, hint=hint)
