"""JSON as models write it, read from left to right; what could mean two things, or lacks its end, is not guessed at.

Libraries that mend JSON close what was cut off and drop what does not fit, so that half a value passes for a whole one.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

DEEPEST = 100
CUT: Final = object()
"""In the place of a value that the end of the text cuts off."""

_CLOSING = {'"': '"', "'": "'", "`": "`", "“": "”", "”": "”", "„": "“”", "‘": "’", "«": "»", "»": "«", "「": "」"}
_STOPS = {quote: re.compile(rf"[\\{closing}]") for quote, closing in _CLOSING.items()}
_QUOTES = "".join(_CLOSING)
_BLANK = r"[\s\ufeff\u200b]"
_REMARK = r"//|/\*|#(?=[^\S\n]|[A-Za-z])"
_SKIPPED = re.compile(rf"(?:{_BLANK}+|//[^\n]*|#(?=[^\S\n]|[A-Za-z])[^\n]*)+")
_QUOTED_KEY = "|".join(rf"{opening}(?:[^\\\n{end}]|\\.){{0,500}}[{end}]" for opening, end in _CLOSING.items())
_COLON = rf"{_BLANK}*(?::|=>?)"
_KEY = rf"(?:{_QUOTED_KEY}|[\w$][\w$.-]*(?: [\w$.-]+)?){_COLON}"
_KEYED = re.compile(rf"({_QUOTED_KEY}|[\w$][\w$.-]*(?: [\w$.-]+)?){_COLON}")
_HALF_KEY = re.compile(rf"[{_QUOTES}]?[\w $.-]*[{_QUOTES}]?\s*\Z")
_AT_END = rf"{_BLANK}*(?:[}}\])]|\Z|{_REMARK})"
_COMMA = rf"{_BLANK}*[,;][,;\s]*"
# What tells that a quote ends a text here, and not one inside of it: what may follow a member, or an item.
_AFTER_MEMBER = re.compile(
    rf"{_AT_END}|{_COMMA}(?:{_KEY}|[}}\])]|\Z|{_REMARK})|{_BLANK}+(?:{_QUOTED_KEY}){_COLON}|{_BLANK}*\n{_BLANK}*{_KEY}"
)
_AFTER_ITEM = re.compile(
    rf"{_AT_END}|{_COMMA}(?:[{_QUOTES}\[{{(}}\])]|\Z|{_REMARK}|-?\d|(?:true|false|null|None|True|False)\b)"
    rf"|{_BLANK}+[{_QUOTES}]"
)
_SEPARATED = re.compile(rf"{_AT_END}|{_BLANK}*[,;{{\[]|{_BLANK}+[{_QUOTES}]|{_BLANK}*\n")
_BARE_MEMBER = re.compile(r'[^,;\n{}\[\]"]+')
_BARE_ITEM = re.compile(r'[^,;\n{}\[\]()"]+')
_BEHIND = re.compile(r"\s(?://|#\s).*")
_UNCLEAR = re.compile(rf"\s*[,+]\s*[{_QUOTES}]")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {
    "true": True, "false": False, "null": None, "none": None, "undefined": None,
    "nan": float("nan"), "infinity": float("inf"), "-infinity": float("-inf"),
}  # fmt: skip
_ESCAPE = re.compile(
    r"\\(?:u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u(?P<code>[0-9a-fA-F]{4})|x(?P<byte>[0-9a-fA-F]{2})|(?P<sign>.))",
    re.DOTALL,
)
_SIGNS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "\n": "", "/": "/", "\\": "\\"}
_SIGNS |= {quote: quote for quote in _QUOTES}


class NotJSON(ValueError):
    """Text that is nothing like JSON, or could be read in two ways."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value and where it ends; whether it lacks its own end, and the key of the member that then lacks its own."""

    value: Any
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
    return Found(value, end)


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
    if not text.startswith(("{", "[", "(")):
        raise NotJSON("no bracket")
    found = _Reader(text, 0).whole()
    if found.end < len(text) or holds_cut(found.value):
        raise NotJSON("not whole")
    return found.value


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


_DECODER = json.JSONDecoder(object_pairs_hook=_agreeing)


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
        if not first or (first not in "{[(" and first not in _CLOSING):
            raise NotJSON("no bracket")
        value = self._value(_AFTER_ITEM)
        return Found(value, self.at, False, self.is_open, self.unfinished)

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
        return self._quoted(after) if first in _CLOSING else self._bare(after)

    def _object(self) -> Any:
        start = self.at
        self.at += 1
        pairs: list[tuple[str, Any]] = []
        while not self._closed("}"):
            keyed = _KEYED.match(self.text, self.at)
            if keyed is None:
                if _HALF_KEY.match(self.text, self.at):
                    self._cut()
                    break
                if pairs:
                    raise NotJSON("no key")
                self.at = start  # no object, but a set of Python's, or an object in braces too many
                return self._list("}")
            self.at = keyed.end()
            key = keyed[1] if keyed[1][0] not in _CLOSING else _unescaped(keyed[1][1:-1])
            pairs.append((key, self._value(_AFTER_MEMBER)))
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
            items.append(self._value(_AFTER_ITEM))
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
            return _unescaped(text)
        stops = _STOPS[opened]
        place = self.at + 1
        pieces: list[str] = []
        while stop := stops.search(self.text, place):
            pieces.append(self.text[place : stop.start()])
            place = stop.end()
            if stop[0] == "\\":
                escape = _ESCAPE.match(self.text, stop.start())
                if escape is None:
                    break
                pieces.append(_spelled(escape))
                place = escape.end()
            elif after.match(self.text, place):
                self.at = place
                return "".join(pieces)
            elif _UNCLEAR.match(self.text, place):
                raise NotJSON("a text or two")
            else:
                pieces.append(stop[0])
        return self._cut()

    def _bare(self, after: re.Pattern[str]) -> Any:
        """A number, a word, or a text without quotes."""
        pattern = _BARE_ITEM if after is _AFTER_ITEM else _BARE_MEMBER
        start = self.at
        while found := pattern.match(self.text, self.at):
            self.at = found.end()
            if after is _AFTER_ITEM or self._next != "," or after.match(self.text, self.at):
                break
            self.at += 1  # a comma inside of a number or a text
        raw = self.text[start : self.at]
        text = _BEHIND.sub("", raw).strip()
        if not text or text.startswith(("...", "…")):
            raise NotJSON("no value")
        if not self._next and raw == raw.rstrip():
            return self._cut()
        self.at -= len(raw) - len(raw.rstrip())
        if text.casefold() in _WORDS:
            return _WORDS[text.casefold()]
        number = _NUMBER.fullmatch(text)
        if number is None:
            return text
        return float(text) if number[1] or number[2] else int(text)

    def _expect_end(self) -> None:
        if not _SEPARATED.match(self.text, self.at):
            raise NotJSON("two values without a comma")

    def _skip(self, marks: str = "") -> None:
        while True:
            if skipped := _SKIPPED.match(self.text, self.at):
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


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_spelled, text) if "\\" in text else text


def _spelled(escape: re.Match[str]) -> str:
    """What an escape stands for; one that nobody knows stays as it is."""
    if escape["high"]:
        return bytes.fromhex(escape["high"] + escape["low"]).decode("utf-16-be")
    if code := escape["code"] or escape["byte"]:
        return chr(int(code, 16))
    return _SIGNS.get(escape["sign"], escape[0])
