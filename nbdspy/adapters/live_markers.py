"""The chat layout while it comes: fields under `[[ ## name ## ]]` markers, at the beginnings of lines."""

from __future__ import annotations

from nbdspy.adapters.live import Reader
from nbdspy.adapters.markers import COMPLETED, END, ESCAPED_MARKER, MARKER, MAY_BE_MARKER
from nbdspy.adapters.spelling import names_of
from nbdspy.signatures import SignatureType


class MarkerReader(Reader):
    """Looks at the beginning of each line whether it is a marker.

    Example:
        >>> from nbdspy.signatures import Signature
        >>> reader = MarkerReader(Signature("question -> answer"))
        >>> for piece in ("[[ ## ans", "wer ## ]]\\nForty", "\\n[[ ", "two\\n\\n[[ ## comp", "leted ## ]]"):
        ...     [(part.text, part.ends) for part in reader.feed(piece)]
        []
        [('Forty', False)]
        []
        [('\\n[[ two', False)]
        [('', True)]
    """

    def __init__(self, signature: SignatureType) -> None:
        super().__init__(signature)
        self._names = names_of(*signature.output_fields, END)
        self._inputs = names_of(*signature.input_fields)
        self._begins_line = True

    def _read(self) -> None:
        while self._rest:
            if not self._begins_line:
                self._say_line()
                continue
            marker = MARKER.match(self._rest)
            if marker and (marker.end() < len(self._rest) or marker[0] == COMPLETED):
                self._rest, self._begins_line = self._rest[marker.end() :], False
                self._meet(marker[1])
            elif MAY_BE_MARKER.match(self._rest):
                return
            else:
                if ESCAPED_MARKER.match(self._rest):
                    self._rest = self._rest[1:]
                self._begins_line = False

    def _say_line(self) -> None:
        line, end, self._rest = self._rest.partition("\n")
        self._say(line + end)
        self._begins_line = bool(end)

    def _meet(self, spelled: str) -> None:
        name = self._names.find(spelled)
        if name is None and self._found and self._inputs.find(spelled):
            self._end()  # the next case
        elif name == END and name not in self._outputs:
            self._end()
        else:
            self._open(name)
