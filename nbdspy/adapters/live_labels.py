"""The completion layout while it comes: the first output at once, the others behind their labels."""

from __future__ import annotations

from nbdspy.adapters.labels import BEFORE, LABEL
from nbdspy.adapters.live import Reader
from nbdspy.adapters.spelling import folded, names_of
from nbdspy.signatures import SignatureType


class LabelReader(Reader):
    """Looks at the beginning of each line whether it is the label of an output, or the next case.

    Args:
        signature: Whose outputs are looked for.
        rule: The line between two cases.

    Example:
        >>> from nbdspy.signatures import Signature
        >>> reader = LabelReader(Signature("question -> reasoning, answer"), rule="---")
        >>> for piece in (" Six sevens", ".\\nAns", "wer:", " 42\\n-", "-- Question"):
        ...     [part.text for part in reader.feed(piece) if part.text]
        ['Six sevens']
        ['.']
        []
        ['42']
        []
    """

    def __init__(self, signature: SignatureType, *, rule: str) -> None:
        super().__init__(signature)
        self._first = next(iter(signature.output_fields), None)
        self._names = names_of(*signature.output_fields)
        self._ends = (rule, *(f"{field.title}:" for field in signature.input_fields.values()))
        self._begin = [*(f"{folded(name)}:" for name in signature.output_fields), *map(folded, self._ends)]
        self._begins_line = self._is_first = True
        self._open(self._first)

    def _read(self) -> None:
        while self._rest and not self._is_over:
            if not self._begins_line:
                line, end, self._rest = self._rest.partition("\n")
                self._say(line + end)
                self._begins_line = bool(end)
                continue
            if "\n" not in self._rest and self._may_be_label():
                return
            self._begin_line()

    def _begin_line(self) -> None:
        label = LABEL.match(self._rest)
        name = self._names.find(label[1]) if label else None
        self._begins_line = False
        if not self._is_first and self._rest.startswith(self._ends):
            self._end()
        elif label and name is not None and (name not in self._found or (self._is_first and name == self._first)):
            self._rest = self._rest[label.end() :]
            if name not in self._found:
                self._open(name)
        self._is_first = False

    def _may_be_label(self) -> bool:
        """Whether the line may become one with what follows; one that just has become may yet be emphasised."""
        begun = BEFORE.sub("", self._rest)
        if LABEL.fullmatch(self._rest):
            return True
        stem = folded(begun)
        return any(each.startswith(stem) for each in self._begin)
