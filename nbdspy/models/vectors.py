"""Vectors as texts, so that they pass the gate, the caches and cassettes like every other reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nbdspy.errors import LMError
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


def _not_vectors(vectors: Any, count: int, said_by: str) -> LMError:
    shape = getattr(vectors, "shape", None)
    found = short(repr(vectors), 120) if shape is None else f"an array of the shape {shape}"
    return LMError(
        f"{said_by} gave {found} for {count} text{'s' * (count != 1)}.",
        hint="A list of texts becomes as many vectors, all of one length.",
    )
