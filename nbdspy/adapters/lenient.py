"""JSON as models write it, read from left to right; what could mean two things, or lacks its end, is not guessed at.

Libraries that mend JSON close what was cut off and drop what does not fit, so that half a value passes for a whole one.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from nbdspy.adapters.json_signs import (
    AFTER_ITEM,
    AFTER_MEMBER,
    BARE_ITEM,
    BARE_MEMBER,
    BEHIND,
    CLOSING,
    COMMA_BEFORE,
    ESCAPE,
    HALF_KEY,
    KEYED,
    MEMBER,
    MORE,
    NUMBER,
    QUOTES,
    SEPARATED,
    SKIPPED,
    STOPS,
    UNCLEAR,
    WORDS,
    spelled,
    unescaped,
)

DEEPEST = 100
CUT: Final = object()
"""In the place of a value that the end of the text cuts off."""


class Fraction(float):
    """A number with a point or a power that knows how it was spelled, as a Decimal and a text need it: 4.10."""

    __slots__ = ("spelling",)

    spelling: str

    def __new__(cls, spelling: str) -> Fraction:
        made = super().__new__(cls, spelling)
        made.spelling = spelling
        return made

    def __str__(self) -> str:
        return self.spelling


class NotJSON(ValueError):
    """Text that is nothing like JSON, or could be read in two ways."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value and where it stands; whether it lacks its end, and the key of the member that then lacks its own."""

    value: Any
    start: int
    end: int
    is_json: bool = True
    is_open: bool = False
    unfinished: str | None = None


def find(text: str, start: int = 0) -> Found:
    """The object, the list or the text in quotes that starts at a place.

    Remarks, commas too many or too few, quotes of other kinds or none, quotes and line ends inside of texts, Python's
    words, tuples and sets are read.

    Raises:
        NotJSON: When nothing of the kind starts there.
    """
    try:
        value, end = _DECODER.raw_decode(text, start)
    except NotJSON:
        raise
    except (ValueError, RecursionError):
        return _Reader(text, start).whole()
    return Found(value, start, end)


def load(text: str) -> Any:
    """The value that a whole text spells; it may lack brackets at its end, but nothing else.

    Raises:
        NotJSON: When it spells none, half of one, or something else beside it.
    """
    text = text.strip("\ufeff\u200b \t\r\n")
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        pass
    if MEMBER.match(text):
        text = f"{{{text.removesuffix('}')}\n}}"
    if not text.startswith(("{", "[", "(")):
        raise NotJSON("no bracket")
    found = _Reader(f"{text}\n", 0).whole()  # with which a number is known to end
    is_doubtful = found.is_open and ends_in_object(found.value)
    if text[found.end :].strip(")]} \t\r\n") or holds_cut(found.value) or is_doubtful:
        raise NotJSON("not whole")
    return found.value


def goes_on(text: str, end: int) -> Literal["item", "member"] | None:
    """What follows behind a value as if a bracket had ended it too early."""
    more = MORE.match(text, end)
    return None if more is None else "item" if more["item"] else "member"


def ends_in_object(value: Any) -> bool:
    """Whether the last thing inside is an object, so that it is this one whose bracket may be missing."""
    last = [*value.values()] if isinstance(value, dict) else value
    while isinstance(last, list) and last and not isinstance(last[-1], dict):
        last = last[-1]
    return isinstance(last, list) and bool(last)


def holds_cut(value: Any) -> bool:
    """Whether a value, or one inside of it, is cut off."""
    if isinstance(value, dict):
        return any(map(holds_cut, value.values()))
    return any(map(holds_cut, value)) if isinstance(value, list) else value is CUT


def _agreeing(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a key that stands there twice must say the same."""
    made = dict(pairs)
    if len(made) < len(pairs) and any(made[key] != value for key, value in pairs):
        raise NotJSON("two values for one key")
    return made


_DECODER = json.JSONDecoder(object_pairs_hook=_agreeing, parse_float=Fraction)


class _Reader:
    """Reads one value; `at` is how far it has got."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.at = start
        self.depth = 0
        self.is_open = False
        self.unfinished: str | None = None

    def whole(self) -> Found:
        first = self._next
        if not first or (first not in "{[(" and first not in CLOSING):
            raise NotJSON("no bracket")
        start = self.at
        value = self._value(AFTER_ITEM)
        return Found(value, start, self.at, False, self.is_open, self.unfinished)

    @property
    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _value(self, after: re.Pattern[str]) -> Any:
        self._skip()
        first = self._next
        if not first:
            return self._cut()
        if first in "{[(":
            self.depth += 1
            if self.depth > DEEPEST:
                raise NotJSON("too deep")
            value = self._object() if first == "{" else self._list("]" if first == "[" else ")")
            self.depth -= 1
            return value
        return self._quoted(after) if first in CLOSING else self._bare(after)

    def _object(self) -> Any:
        start = self.at
        self.at += 1
        pairs: list[tuple[str, Any]] = []
        while not self._closed("}"):
            if self._next == "{" and self.at == start + 1:  # one too many
                self.at += 1
                continue
            keyed = KEYED.match(self.text, self.at)
            if keyed is None:
                if HALF_KEY.match(self.text, self.at):
                    self._cut()
                    break
                if pairs:
                    raise NotJSON("no key")
                self.at = start  # no object, but a set of Python's, or an object in braces too many
                return self._list("}")
            self.at = keyed.end()
            quoted, bare, name = keyed.groups()
            key = unescaped(quoted[1:-1]) if quoted else name or bare.strip(QUOTES)
            pairs.append((key, self._value(AFTER_MEMBER)))
            if self.is_open:
                if self.depth == 1:
                    self.unfinished = key
                break
            self._expect_end()
        return _agreeing(pairs)

    def _list(self, closing: str) -> list[Any]:
        self.at += 1
        items: list[Any] = []
        while not self._closed(closing):
            items.append(self._value(AFTER_ITEM))
            if self.is_open:
                break
            self._expect_end()
        return items

    def _closed(self, closing: str) -> bool:
        """Whether a container ends here: with its bracket, with that of the one around it, or with the text."""
        self._skip(",;")
        mark = self._next
        if mark == closing:
            self.at += 1
        elif not mark:
            self.is_open = True
        elif mark not in ")]}":
            return False
        elif self.depth == 1:
            raise NotJSON("another bracket")
        return True

    def _quoted(self, after: re.Pattern[str]) -> Any:
        opened = self._next
        if self.text.startswith(opened * 3, self.at) and (end := self.text.find(opened * 3, self.at + 3)) >= 0:
            text, self.at = self.text[self.at + 3 : end], end + 3
            return unescaped(text)
        stops = STOPS[opened]
        start = place = self.at + 1
        pieces: list[str] = []
        quotes = 0  # inside of the text, not escaped
        while stop := stops.search(self.text, place):
            pieces.append(self.text[place : stop.start()])
            place = stop.end()
            if stop[0] == "\\":
                escape = ESCAPE.match(self.text, stop.start())
                if escape is None:
                    break
                pieces.append(spelled(escape))
                place = escape.end()
            elif after.match(self.text, place):
                self.at = place
                return _paired("".join(pieces), opened, quotes)
            elif after is AFTER_MEMBER and not quotes and self._is_next_key(stop.start()):
                self.at = self.text.rindex(",", start, stop.start())
                text = "".join(pieces).rstrip().removesuffix(",")
                if text.rstrip().endswith(("}", "]")):
                    raise NotJSON("a text that ends somewhere before")
                return text
            elif place - 1 > start and UNCLEAR.match(self.text, place):
                raise NotJSON("a text or two")
            else:
                pieces.append(stop[0])
                quotes += not (opened == "'" and _is_apostrophe(self.text, stop.start()))
        return self._cut()

    def _is_next_key(self, place: int) -> bool:
        """Whether the quote here opens the next key, so that the text before it lacks its own."""
        return COMMA_BEFORE.search(self.text, max(place - 40, 0), place) is not None and bool(
            KEYED.match(self.text, place)
        )

    def _bare(self, after: re.Pattern[str]) -> Any:
        """A number, a word, or a text without quotes."""
        pattern = BARE_ITEM if after is AFTER_ITEM else BARE_MEMBER
        start = self.at
        while found := pattern.match(self.text, self.at):
            self.at = found.end()
            if after is AFTER_ITEM or self._next != "," or after.match(self.text, self.at):
                break
            self.at += 1  # a comma inside of a number or a text
        raw = self.text[start : self.at]
        if self._next in QUOTES and self._next and after.match(self.text, self.at + 1):  # it lacks the other one
            self.at += 1
            return unescaped(raw.strip())
        if self._next and self._next in QUOTES and raw.rstrip().endswith(","):  # half a key follows
            self.at = start + raw.rindex(",")
            raw = self.text[start : self.at]
        text = BEHIND.sub("", raw).strip()
        if not text or text.startswith(("...", "…")):
            raise NotJSON("no value")
        if not self._next and raw == raw.rstrip():
            return self._cut()
        self.at -= len(raw) - len(raw.rstrip())
        if text.casefold() in WORDS:
            return WORDS[text.casefold()]
        number = NUMBER.fullmatch(text)
        if number is None:
            return text
        return Fraction(text) if number[1] or number[2] else int(text)

    def _expect_end(self) -> None:
        if not SEPARATED.match(self.text, self.at):
            raise NotJSON("two values without a comma")

    def _skip(self, marks: str = "") -> None:
        while True:
            if skipped := SKIPPED.match(self.text, self.at):
                self.at = skipped.end()
            elif self.text.startswith("/*", self.at):
                end = self.text.find("*/", self.at)
                self.at = len(self.text) if end < 0 else end + 2
            elif self._next and self._next in marks:
                self.at += 1
            else:
                return

    def _cut(self) -> Any:
        self.is_open = True
        self.at = len(self.text)
        return CUT


def _paired(text: str, opened: str, quotes: int) -> str:
    """A text with quotes inside that nobody escaped; an odd one belongs to the ends, or nowhere."""
    if quotes % 2 == 0:
        return text
    closing = CLOSING[opened]
    if text[:1] in closing:
        return text[1:]
    if text[-1:] in closing:
        return text[:-1]
    raise NotJSON("a quote without another")


def _is_apostrophe(text: str, place: int) -> bool:
    return text[place - 1 : place].isalpha() and (text[place + 1 : place + 2].isalpha() or text[place - 1] == "s")
