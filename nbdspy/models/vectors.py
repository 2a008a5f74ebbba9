"""Vectors as texts, so that they pass the gate, the caches and cassettes like every other reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nbdspy.errors import LMError
from nbdspy.render import count as counted
from nbdspy.render import short

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

LAYOUT = "<f4"  # single precision, the same on every machine; as hexadecimal digits nothing in it looks like a key


def written(vectors: Any, *, count: int, said_by: str) -> tuple[str, ...]:
    """One text per vector.

    Raises:
        LMError: When these are not `count` vectors of one length.
    """
    import numpy as np

    try:
        table = np.asarray(vectors, dtype=LAYOUT)
    except (TypeError, ValueError) as error:
        raise _not_vectors(vectors, count, said_by) from error
    if table.ndim != 2 or len(table) != count:
        raise _not_vectors(vectors, count, said_by)
    return tuple(row.tobytes().hex() for row in table)


def read(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """The vectors, a row for each text.

    Example:
        >>> read(written([[0.5, 1.0], [0.0, 2.0]], count=2, said_by="mine")).tolist()
        [[0.5, 1.0], [0.0, 2.0]]
    """
    import numpy as np

    table = np.frombuffer(bytes.fromhex("".join(texts)), dtype=LAYOUT)
    return table.reshape(len(texts), -1).astype(np.float32) if texts else np.zeros((0, 0), np.float32)


def told_apart(answers: int, vectors: int) -> list[str]:
    """How many answers are a model's words, and how many a batch of vectors, in words.

    Example:
        >>> told_apart(900, 300), told_apart(1, 0), told_apart(2, 2)
        (['600 replies', '300 batches of vectors'], ['1 reply'], ['2 batches of vectors'])
    """
    said = [counted(answers - vectors, "reply", "replies")] if answers > vectors or not vectors else []
    return said + ([counted(vectors, "batch of vectors", "batches of vectors")] if vectors else [])


def _not_vectors(vectors: Any, count: int, said_by: str) -> LMError:
    shape = getattr(vectors, "shape", None)
    found = short(repr(vectors), 120) if shape is None else f"an array of the shape {shape}"
    return LMError(
        f"{said_by} gave {found} for {counted(count, 'text')}.",
        hint="A list of texts becomes as many vectors, all of one length.",
    )
