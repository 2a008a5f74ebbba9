"""Values to short, safe text; the same on every run: no address, no time."""

from __future__ import annotations

import dataclasses
import enum
import html
import json
import re
import reprlib
from collections.abc import Callable, Mapping, Set
from functools import partial
from typing import Any

# Control characters, marks that turn the direction of text around, and halves of characters, which no file can hold.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
MOST_ITEMS, MOST_LETTERS = 50, 1_000  # of a part of a value, in a repr that is then cut


def plain(value: Any) -> str:
    """A value as text for people: strings as they are, the rest close to JSON; what cannot be seen is escaped."""
    return visible(written(value))


def said(value: object) -> str:
    """A value in its own words, without an address."""
    return _ADDRESS.sub("", str(value))


def written(value: Any, otherwise: Callable[[Any], Any] = said) -> str:
    """A value as text, letter for letter: strings as they are, everything else close to JSON.

    Args:
        value: Any value.
        otherwise: What stands for a value that JSON has no form for, or what it raises.

    Example:
        >>> written({"colours": {"red"}, "size": None})
        '{"colours": ["red"], "size": null}'
    """
    value = simple(value, otherwise)
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    inner = partial(simple, otherwise=otherwise)
    try:
        return json.dumps(value, ensure_ascii=False, default=inner)
    except TypeError:  # keys that JSON has not, such as dates
        return json.dumps(_keyed(value), ensure_ascii=False, default=lambda part: _keyed(inner(part)))
    except (ValueError, RecursionError):  # a value that holds itself
        return said(otherwise(value))


def visible(text: str) -> str:
    """Text whose unseen characters are written out: a control character as `\\x07`.

    Example:
        >>> print(visible("ring\a"))
        ring\\x07
    """
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def writable(value: Any) -> Any:
    r"""A value whose texts a file or a wire can hold, however deep.

    Half a surrogate pair, which a model may well say, is written out; in JSON that is its escape.

    Example:
        >>> print(writable({"note": "half \ud83d"})["note"])
        half \ud83d
    """
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case Mapping():
            return {writable(key): writable(part) for key, part in value.items()}
        case list() | tuple():
            return type(value)(map(writable, value))
    return value


def short(value: Any, limit: int = 80) -> str:
    """One line of at most `limit` characters; what was cut is said, where there is room to say it."""
    text = " ".join(plain(value).split())
    if len(text) <= limit:
        return text
    left_out = f"… ({len(text):,} characters)"
    if len(left_out) >= limit:
        left_out = "…"
    return text[: limit - len(left_out)].rstrip() + left_out


def count(number: int, one: str, many: str | None = None) -> str:
    """A number of things: `"1,904 calls"`, `"1 call"`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def ends(text: str, limit: int, between: str = "… ({left_out:,} characters left out) …") -> str:
    """The beginning and the end of a text that is longer than the limit, which does not count what is said between.

    Args:
        text: Any text.
        limit: How many characters of it are kept.
        between: The line in place of the others; `left_out` and `length` are numbers of characters.

    Example:
        >>> ends("abcdefghij", 4)
        'ab\\n… (6 characters left out) …\\nij'
    """
    if len(text) <= limit:
        return text
    before, after = text[: limit - limit // 2], text[len(text) - limit // 2 :]
    return f"{before}\n{between.format(left_out=len(text) - limit, length=len(text))}\n{after}"


def decimals(before: float, after: float, *, most: int = 2) -> int:
    """How many decimals two shares need as percentages, so that their shown difference is that of what is shown.

    Example:
        >>> decimals(0.43, 0.51), decimals(150 / 350, 180 / 350)
        (0, 2)
    """
    for digits in range(most):
        shown = round(100 * after, digits) - round(100 * before, digits)
        if round(shown - round(100 * (after - before), digits), digits) == 0:
            return digits
    return most


def money(usd: float) -> str:
    """US dollars, to the cent or to the first digit that is not zero."""
    if usd == 0 or usd >= 0.01:
        return f"${usd:,.2f}"
    return "under $0.0001" if usd < 0.0001 else f"${usd:.1g}"


def size(count: int) -> str:
    """A number of bytes, with one decimal where there is one digit.

    Example:
        >>> size(8), size(12_345), size(3_400_000), size(98_000_000)
        ('8 B', '12 kB', '3.4 MB', '98 MB')
    """
    if count < 1000:
        return f"{count} B"
    worth, unit = next((pair for pair in ((1e9, "GB"), (1e6, "MB")) if count >= pair[0]), (1e3, "kB"))
    number = count / worth
    return f"{number:,.0f} {unit}" if number >= 9.95 or round(number, 1) == int(number) else f"{number:.1f} {unit}"


def escape(text: str) -> str:
    """Text that is safe inside HTML and inside its attributes."""
    return html.escape(text, quote=True)


def kind(value: object) -> str:
    """What a value is, with its article.

    Example:
        >>> kind("42"), kind(42)
        ('a str', 'an int')
    """
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def fields(name: str, values: Mapping[str, Any], limit: int = 60) -> str:
    """The plain repr of an object with named values: each by its own repr, cut where that is long.

    Example:
        >>> fields("Example", {"question": "What is six times seven?", "answer": 42, "sure": None})
        "Example(question='What is six times seven?', answer=42, sure=None)"
    """
    return f"{name}({', '.join(f'{key}={quoted(value, limit)}' for key, value in values.items())})"


def quoted(value: Any, limit: int) -> str:
    """A value by its own repr, without an address, in one line of at most `limit` characters.

    Example:
        >>> quoted("42", 60), quoted([4, 2], 60)
        ("'42'", '[4, 2]')
    """
    if isinstance(value, str) and not isinstance(value, enum.Enum):
        return repr(short(value, limit))
    return short(_ADDRESS.sub("", _REPR.repr(value)), limit)


def _bounded() -> reprlib.Repr:
    """Reprs whose cost does not grow with the value, sets in one order, and no error of a `__repr__`."""
    bounded = reprlib.Repr()
    bounded.maxlevel = 5
    bounded.maxtuple = bounded.maxlist = bounded.maxdict = bounded.maxset = bounded.maxfrozenset = MOST_ITEMS
    bounded.maxstring = bounded.maxlong = bounded.maxother = MOST_LETTERS
    return bounded


def simple(value: Any, otherwise: Callable[[Any], Any] = said) -> Any:
    """The value in types that JSON has, one level deep; what has no such form becomes its text."""
    if isinstance(value, enum.Enum):
        return value.value
    if value is None or isinstance(value, str | int | float | list | tuple | dict):
        return value
    if callable(spelled := getattr(type(value), "toDict", None)):  # an Example, whatever its values are called
        return spelled(value)
    if callable(spelled := getattr(value, "isoformat", None)):  # a date or a time
        return spelled()
    if isinstance(value, Set):
        return sorted(value, key=str)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, type):
        return value.__name__
    if callable(spelled := getattr(value, "as_plain", None)):  # a `Type`, which knows better than its fields
        return spelled()
    if dataclasses.is_dataclass(value):
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    if callable(dump := getattr(value, "model_dump", None)):  # a pydantic model
        return dump(mode="json", by_alias=True)  # the names that a schema tells, and that are read
    if callable(listed := getattr(value, "tolist", None)):  # an array or a number of numpy's
        return listed()
    return otherwise(value)


def _keyed(value: Any) -> Any:
    """The value with texts as keys, at every depth."""
    if isinstance(value, dict):
        return {written(key): _keyed(part) for key, part in value.items()}
    return [_keyed(part) for part in value] if isinstance(value, list | tuple) else value


_REPR = _bounded()
