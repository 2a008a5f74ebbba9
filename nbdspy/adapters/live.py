"""Outputs in a reply that is still coming: their texts as far as they are certain, and nothing of the layout."""

from __future__ import annotations

from typing import Final, NamedTuple

from nbdspy.signatures import SignatureType

_THOUGHT: Final = "<think>"
_THOUGHT_END: Final = "</think>"
_BLANK: Final = " \t\r\n\ufeff\u200b"


class Part(NamedTuple):
    """A piece of an output's text; `ends` says that the layout has closed the output behind it."""

    name: str
    text: str
    ends: bool = False


class Reader:
    """Takes in a reply piece by piece and gives the outputs' texts; what may yet turn out to be layout is held back.

    White space around a value is left out, and what a model thought aloud before its answer. A layout says in `_read`
    what `_rest` means: it opens outputs, says their text and closes them, and leaves there what it cannot tell yet.
    What is held back to the end, or not found here, is still found in the whole reply, read with more patience.

    Args:
        signature: Whose outputs are looked for.
    """

    def __init__(self, signature: SignatureType) -> None:
        self._outputs = signature.output_fields
        self._rest = ""
        self._name: str | None = None
        self._is_over = False
        self._found: set[str] = set()
        self._parts: list[Part] = []
        self._spaces = ""
        self._has_begun = False
        self._may_think = "think" not in self._outputs

    def feed(self, text: str) -> list[Part]:
        """What is certain by now."""
        self._rest += text
        if self._is_over or (self._may_think and not self._has_thought()):
            return []
        self._read()
        parts, self._parts = self._parts, []
        return parts

    def _read(self) -> None:
        """Read of the rest what can be told."""
        raise NotImplementedError

    def _open(self, name: str | None) -> None:
        """An output begins, and the one before has ended; one that was found before, or none of these, is skipped."""
        self._close()
        if name is not None and name in self._outputs and name not in self._found:
            self._found.add(name)
            self._name, self._spaces, self._has_begun = name, "", False

    def _say(self, text: str) -> None:
        """Text of the output that is open."""
        if self._name is None:
            return
        if not self._has_begun:
            text = text.lstrip()
        kept = text.rstrip()
        if kept:
            self._add(self._name, self._spaces + kept)
            self._has_begun, self._spaces = True, text[len(kept) :]
        elif self._has_begun:
            self._spaces += text

    def _close(self) -> None:
        if self._name is not None:
            self._add(self._name, "", ends=True)
        self._name = None

    def _add(self, name: str, text: str, *, ends: bool = False) -> None:
        if self._parts and self._parts[-1].name == name:
            text = self._parts.pop().text + text
        self._parts.append(Part(name, text, ends))

    def _end(self) -> None:
        """The reply is over, whatever still comes."""
        self._close()
        self._is_over, self._rest = True, ""

    def _has_thought(self) -> bool:
        """Whether the answer has begun, and only it is left in the rest."""
        begun = self._rest.lstrip(_BLANK)
        if begun.startswith(_THOUGHT):
            _, end, after = begun.partition(_THOUGHT_END)
            self._rest = after if end else begun
            self._may_think = not end
        elif not _THOUGHT.startswith(begun):
            self._rest, self._may_think = self._rest.lstrip("\ufeff\u200b"), False
        return not self._may_think
