"""`Corpus`: passages as texts, wherever they came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbdspy import render
from nbdspy.data import Example
from nbdspy.errors import DataError

BETWEEN = " | "  # a passage's title and its text, as DSPy's examples write them and metrics read them
_TEXTS = ("text", "passage", "long_text", "content", "body")


class Corpus(Sequence[str]):
    """Passages in their order, each a text; `"title | text"` where there is a title.

    Args:
        passages: Texts; or mappings or Examples with `text` and perhaps `title`; or a DataFrame with such columns; or
            one of its columns. What can be read only once, such as a generator, is read once.
        column: The column, or key, that holds the text, when it is called something else.

    Raises:
        DataError: When something in it is no passage; says where.

    Example:
        >>> list(Corpus([{"title": "Paris", "text": "The capital of France."}, "Lyon is a city."]))
        ['Paris | The capital of France.', 'Lyon is a city.']
    """

    def __init__(self, passages: Any, *, column: str | None = None) -> None:
        self._texts: list[str] = passages._texts if isinstance(passages, Corpus) else list(_read(passages, column))

    def __len__(self) -> int:
        return len(self._texts)

    def __getitem__(self, index: Any) -> Any:
        return self._texts[index]

    def __repr__(self) -> str:
        return f"Corpus({len(self):,} passages)"

    @property
    def digest(self) -> str:
        """The sha256 of all passages: tells whether an index was made of these."""
        told = hashlib.sha256()
        for text in self._texts:
            told.update(f"{len(text)}:{text}".encode("utf-8", "surrogatepass"))
        return told.hexdigest()

    def write(self, path: Path) -> None:
        """Write the passages, a line of JSON each."""
        path.write_text("".join(f"{json.dumps(text)}\n" for text in self._texts), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Corpus:
        """Read what `write` wrote.

        Raises:
            DataError: When the file holds something else.
        """
        try:
            return cls([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()])
        except (OSError, ValueError) as error:
            raise DataError(f"{path.name!r} holds no passages: {error}.", hint="Make the index again.") from error


def _read(passages: Any, column: str | None) -> Iterable[str]:
    if isinstance(passages, str | bytes | Mapping) or not (hasattr(passages, "columns") or _is_iterable(passages)):
        raise DataError(
            f"{render.short(repr(passages))} is no list of passages.", hint="Give a list of texts, or a DataFrame."
        )
    rows = passages.to_dict("records") if hasattr(passages, "columns") else passages
    return (_text(number, row, column) for number, row in enumerate(rows))


def _is_iterable(value: Any) -> bool:
    return isinstance(value, Iterable)


def _text(number: int, row: Any, column: str | None) -> str:
    if isinstance(row, str):
        return str(row)  # numpy's texts, too
    row = row.toDict() if isinstance(row, Example) else row
    if not isinstance(row, Mapping):
        raise DataError(
            f"Passage {number} is {render.short(repr(row), 60)}, not a text.",
            hint="Give texts, or leave those out that have none.",
        )
    name = column or next((name for name in _TEXTS if name in row), None)
    if name is None or not isinstance(row.get(name), str):
        keys = ", ".join(map(str, row))
        what = f"no text in {name!r}" if name else f"none of {', '.join(_TEXTS)}"
        raise DataError(f"Passage {number} has {what}; it has {keys}.", hint="Write column='the one with the text'.")
    title = row.get("title")
    return f"{title}{BETWEEN}{row[name]}" if isinstance(title, str) and title and name != "title" else str(row[name])
