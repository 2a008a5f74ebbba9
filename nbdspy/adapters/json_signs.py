"""The signs of JSON in the spellings that models give them, and what tells that a text ends at one of them."""

from __future__ import annotations

import re
from typing import Any

# Every sign that opens a text, and those that end it then.
CLOSING = {'"': '"', "'": "'", "`": "`", "“": "”", "”": "”", "„": "“”", "‘": "’", "«": "»", "»": "«", "「": "」"}
STOPS = {quote: re.compile(rf"[\\{closing}]") for quote, closing in CLOSING.items()}
QUOTES = "".join(CLOSING)
_BLANK = r"[\s\ufeff\u200b]"
# What nobody is to read: blanks and remarks.
_REMARK = r"//|/\*|#(?=[^\S\n]|[A-Za-z])"
SKIPPED = re.compile(rf"(?:{_BLANK}+|//[^\n]*|#(?=[^\S\n]|[A-Za-z])[^\n]*)+")
# A key with its colon: in quotes, without, with a quote too many or too few, or without the colon.
_QUOTED_KEY = "|".join(rf"{opening}(?:[^\\\n{end}]|\\.){{0,500}}[{end}]" for opening, end in CLOSING.items())
_COLON = rf"{_BLANK}*(?:::?|=>?)"
_BARE_KEY = rf"[{QUOTES}]{{0,2}}[\w$][\w$.-]*(?: [\w$.-]+)?[{QUOTES}]{{0,2}}"  # with a quote too many or too few
_WITHOUT_COLON = rf"[\"'“](\w+)[\"'”]{_BLANK}+(?=[{QUOTES}\[{{\d])"
_KEY = rf"(?:(?:{_QUOTED_KEY}|{_BARE_KEY}){_COLON}|{_WITHOUT_COLON.replace('(', '(?:', 1)})"
KEYED = re.compile(rf"(?:(?P<quoted>{_QUOTED_KEY})|(?P<bare>{_BARE_KEY})){_COLON}|{_WITHOUT_COLON}")
HALF_KEY = re.compile(rf"[{QUOTES}]?[\w $.-]*[{QUOTES}]?\s*\Z")
# What tells that a quote ends a text here, and not one inside of it: what may follow a member, or an item.
_AT_END = rf"{_BLANK}*(?:[}}\])]|\Z|{_REMARK})"
_COMMA = rf"{_BLANK}*[,;][,;\s]*"
AFTER_MEMBER = re.compile(
    rf"{_AT_END}|{_COMMA}(?:{_KEY}|[}}\])]|\Z|{_REMARK})|{_BLANK}+(?:{_QUOTED_KEY}){_COLON}|{_BLANK}*\n{_BLANK}*{_KEY}"
)
# More members or items, where nothing should be left; a member without its object.
MORE = re.compile(rf"[\s}}\])]*,{_BLANK}*(?:(?P<item>[{{\[])|(?:{_QUOTED_KEY}){_COLON})")
MEMBER = re.compile(rf"[\"'“]\w+[\"'”]{_COLON}")
AFTER_ITEM = re.compile(
    rf"{_AT_END}|{_COMMA}(?:[{QUOTES}\[{{(}}\])]|\Z|{_REMARK}|-?\d|(?:true|false|null|None|True|False)\b)"
    rf"|{_BLANK}+[{QUOTES}]"
)
# What may stand between two values; what a value without quotes may hold; two texts side by side.
SEPARATED = re.compile(rf"{_AT_END}|{_BLANK}*[,;{{\[]|{_BLANK}+[{QUOTES}]|{_BLANK}*\n")
COMMA_BEFORE = re.compile(r",\s*\Z")
BARE_MEMBER = re.compile(r'[^,;\n{}\[\]"]+')
BARE_ITEM = re.compile(r'[^,;\n{}\[\]()"]+')
BEHIND = re.compile(r"\s(?://|#\s).*")
UNCLEAR = re.compile(rf"\s*[,+]\s*[{QUOTES}]")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
WORDS: dict[str, Any] = {
    "true": True, "false": False, "null": None, "none": None, "undefined": None,
    "nan": float("nan"), "infinity": float("inf"), "-infinity": float("-inf"),
}  # fmt: skip
# Escapes of JSON and of Python, pairs of halves of a character as one.
ESCAPE = re.compile(
    r"\\(?:u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u(?P<code>[0-9a-fA-F]{4})|x(?P<byte>[0-9a-fA-F]{2})|(?P<sign>.))",
    re.DOTALL,
)
_SIGNS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "\n": "", "/": "/", "\\": "\\"}
_SIGNS |= {quote: quote for quote in QUOTES}


def unescaped(text: str) -> str:
    """The text with its escapes as what they stand for."""
    return ESCAPE.sub(spelled, text) if "\\" in text else text


def spelled(escape: re.Match[str]) -> str:
    """What an escape stands for; one that nobody knows stays as it is."""
    if escape["high"]:
        return bytes.fromhex(escape["high"] + escape["low"]).decode("utf-16-be")
    if code := escape["code"] or escape["byte"]:
        return chr(int(code, 16))
    return _SIGNS.get(escape["sign"], escape[0])
