"""A JSON object while it comes: the values of its keys, texts as they are meant and the rest as it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from nbdspy.adapters.live import Reader
from nbdspy.adapters.spelling import names_of
from nbdspy.signatures import SignatureType

_KEY = re.compile(r'[\s,]*("(?:[^"\\]|\\.)*+")\s*:\s*(?=\S)')
_MAY_BE_KEY = re.compile(r'[\s,]*(?:"(?:[^"\\]|\\.)*+(?:\\|"\s*(?::\s*)?)?)?\Z')
_PLAIN = re.compile(r'[^"\\]+')
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^u])")
_HALF = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}(?:\\?|\\u[0-9a-fA-F]{0,3})\Z")  # of a letter that takes two
_SIGN = re.compile(r'["{}\[\],\\]')
_LONGEST_ESCAPE = 6


class ObjectReader(Reader):
    """Goes through one object; what is no JSON ends it, and is read with the whole reply.

    Example:
        >>> from nbdspy.signatures import Signature
        >>> reader = ObjectReader(Signature("question -> answer, tags: list[str]"))
        >>> for piece in ('{"answer": "Say \\\\', '"hi\\\\"", "tags": ["a', '", "b"]}'):
        ...     [part.text for part in reader.feed(piece) if part.text]
        ['Say']
        [' "hi"', '["a']
        ['", "b"]']
    """

    def __init__(self, signature: SignatureType) -> None:
        super().__init__(signature)
        self._names = names_of(*signature.output_fields)
        self._step: Callable[[], bool] = self._before
        self._depth = 0
        self._in_text = False

    def _read(self) -> None:
        while self._rest and self._step():
            continue

    def _before(self) -> bool:
        _, begun, self._rest = self._rest.partition("{")
        self._step = self._key if begun else self._before
        return bool(begun)

    def _key(self) -> bool:
        if key := _KEY.match(self._rest):
            self._rest = self._rest[key.end() :]
            self._open(self._names.find(_decoded(key[1])))
            self._step, self._depth, self._in_text = self._raw, 0, False
            if self._rest.startswith('"'):
                self._rest, self._step = self._rest[1:], self._text
            return True
        if not _MAY_BE_KEY.match(self._rest):  # the object's end, or something that is no JSON
            self._end()
        return False

    def _text(self) -> bool:
        """Inside of a value that is a text."""
        if plain := _PLAIN.match(self._rest):
            self._say(plain[0])
            self._rest = self._rest[plain.end() :]
        elif self._rest.startswith('"'):
            self._close()
            self._rest, self._step = self._rest[1:], self._key
        elif _HALF.match(self._rest):
            return False
        elif escape := _ESCAPE.match(self._rest):
            self._say(_decoded(f'"{escape[0]}"'))
            self._rest = self._rest[escape.end() :]
        elif len(self._rest) < _LONGEST_ESCAPE:
            return False
        else:
            self._end()
        return True

    def _raw(self) -> bool:
        """Inside of a value of another kind, which goes on to the comma or the bracket behind it."""
        place = 0
        while sign := _SIGN.search(self._rest, place):
            place = sign.end()
            if self._in_text:
                if sign[0] == "\\":
                    if place == len(self._rest):
                        self._say(self._rest[:-1])
                        self._rest = "\\"
                        return False
                    place += 1
                elif sign[0] == '"':
                    self._in_text = False
            elif sign[0] == '"':
                self._in_text = True
            elif sign[0] in "{[":
                self._depth += 1
            elif self._depth and sign[0] in "}]":
                self._depth -= 1
            elif not self._depth and sign[0] in "},":
                self._say(self._rest[: sign.start()])
                self._close()
                self._rest, self._step = self._rest[sign.start() :], self._key
                return True
        self._say(self._rest)
        self._rest = ""
        return False


def _decoded(text: str) -> str:
    """What a JSON text means; one that is none means itself."""
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        return text[1:-1]
