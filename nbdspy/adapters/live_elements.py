"""The XML layout while it comes: what stands between the tags of the outputs."""

from __future__ import annotations

import re

from nbdspy.adapters.elements import ENTITY, decoded
from nbdspy.adapters.live import Reader
from nbdspy.adapters.spelling import names_of
from nbdspy.signatures import SignatureType

_TAG = re.compile(r"<\s{0,3}([^\W\d][\w.-]*)(?:\s[^<>]*)?(/?)>")
_MAY_BE_TAG = re.compile(r"<[^<>]{0,200}\Z")
_MAY_BE_ENTITY = re.compile(r"&#?\w{0,8}\Z")
_UNSURE = re.compile(r"[<&]")


class ElementReader(Reader):
    """Looks for the first tag of an output, then for the one that ends it.

    Example:
        >>> from nbdspy.signatures import Signature
        >>> reader = ElementReader(Signature("question -> answer"))
        >>> for piece in ("<ans", "wer>\\n6 &l", "t; 7 </b", "> <", "/answer>"):
        ...     [part.text for part in reader.feed(piece) if part.text]
        []
        ['6']
        [' < 7 </b']
        ['>']
        []
    """

    def __init__(self, signature: SignatureType) -> None:
        super().__init__(signature)
        self._names = names_of(*signature.output_fields)

    def _read(self) -> None:
        while self._rest and (self._read_inside() if self._name is not None else self._read_before()):
            continue

    def _read_before(self) -> bool:
        """Before the tag of an output; the answer is whether there is more to read."""
        start = self._rest.find("<")
        self._rest = self._rest[start:] if start >= 0 else ""
        if tag := _TAG.match(self._rest):
            name = self._names.find(tag[1])
            if name is not None:
                self._open(name)
                self._begun_as = tag[1]
                if tag[2]:
                    self._close()
            self._rest = self._rest[tag.end() :]
        elif not self._rest or _MAY_BE_TAG.match(self._rest):
            return False
        else:
            self._rest = self._rest[1:]
        return True

    def _read_inside(self) -> bool:
        unsure = _UNSURE.search(self._rest)
        place = len(self._rest) if unsure is None else unsure.start()
        self._say(self._rest[:place])
        self._rest = self._rest[place:]
        if not self._rest:
            return False
        return self._meet_entity() if self._rest[0] == "&" else self._meet_tag()

    def _meet_tag(self) -> bool:
        tag, closed, rest = self._rest.partition(">")
        spelled = "".join(tag.split()).casefold()
        end = f"</{self._begun_as}".casefold()
        if closed and spelled == end:
            self._close()
            self._rest = rest
        elif not closed and end.startswith(spelled):
            return False
        else:
            self._say("<")
            self._rest = self._rest[1:]
        return True

    def _meet_entity(self) -> bool:
        assert self._name is not None
        entity = ENTITY.match(self._rest) if self._outputs[self._name].type is str else None
        if entity:
            self._say(decoded(entity[0]))
            self._rest = self._rest[entity.end() :]
        elif _MAY_BE_ENTITY.match(self._rest):
            return False
        else:
            self._say("&")
            self._rest = self._rest[1:]
        return True
