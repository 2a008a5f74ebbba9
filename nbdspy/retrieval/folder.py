"""An index on disk: a folder with passages, what the index is made of, and arrays; written whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbdspy.errors import DataError
from nbdspy.retrieval.corpus import Corpus

_PASSAGES, _TOLD = "passages.jsonl", "index.json"


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of an index."""

    path: Path

    @classmethod
    def at(cls, path: str | os.PathLike[str]) -> Folder:
        """The folder at a path, which may begin with `~`."""
        return cls(Path(path).expanduser())

    def write(self, corpus: Corpus, told: Mapping[str, Any]) -> None:
        """Write the passages, and what must be known to search them."""
        corpus.write(self.path / _PASSAGES)
        (self.path / _TOLD).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")

    def read(self, kind: str, **types: type) -> tuple[Corpus, dict[str, Any]]:
        """The passages, and what is told of an index of this kind.

        Args:
            kind: Whose index it must be.
            **types: What must be told besides, and of which type.

        Raises:
            DataError: When there is none, or the passages are others than it was made of.
        """
        try:
            told = json.loads((self.path / _TOLD).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(
                f"There is no index in {str(self.path)!r}: {error}.", hint="Make one, and save it."
            ) from error
        if not isinstance(told, dict) or told.get("kind") != kind:
            found = told.get("kind") if isinstance(told, dict) else told
            raise DataError(
                f"{str(self.path)!r} holds an index of {found!r}, not {kind}.", hint=f"Write {found}.from_saved(…)."
            )
        for name, type_ in {"digest": str, "k": int, **types}.items():
            if not isinstance(told.get(name), type_):
                raise self.damaged(f"{_TOLD} has no {name!r}")
        corpus = Corpus.read(self.path / _PASSAGES)
        if corpus.digest != told["digest"]:
            raise DataError(
                f"The passages in {str(self.path)!r} are not those that the index was made of.",
                hint="Make the index again.",
            )
        return corpus, told

    @contextmanager
    def reading(self) -> Iterator[None]:
        """What goes wrong while the arrays are read is said to be the folder's fault."""
        try:
            yield
        except (OSError, ValueError, KeyError, EOFError, RuntimeError) as error:
            raise self.damaged(str(error)) from error

    def damaged(self, why: str) -> DataError:
        """The error for an index that cannot be read."""
        return DataError(f"The index in {str(self.path)!r} cannot be read: {why}.", hint="Make the index again.")


@contextmanager
def whole_folder(path: str | os.PathLike[str]) -> Iterator[Folder]:
    """A folder to fill, put in its place at the end of the block; what stood there before goes only then.

    Raises:
        DataError: When something else stands there, which is left alone.
    """
    place = Path(path).expanduser().absolute()
    if place.exists() and not (place / _TOLD).exists() and (place.is_file() or any(place.iterdir())):
        raise DataError(f"{str(place)!r} is there and holds no index.", hint="Save to another folder.")
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    try:
        made = beside / "new"
        made.mkdir()
        yield Folder(made)
        older = beside / "old"
        if place.exists():
            place.rename(older)
        try:
            made.rename(place)
        except OSError:
            if older.exists():
                older.rename(place)
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
