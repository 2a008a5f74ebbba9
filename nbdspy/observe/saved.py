"""A trace as a file: a line or a row for each piece of work."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from nbdspy.errors import UsageError, described
from nbdspy.models import Reply
from nbdspy.models.redaction import redact
from nbdspy.observe.contents import plain
from nbdspy.observe.steps import Step, numbered
from nbdspy.render import writable
from nbdspy.runtime import whole_import

ENDINGS: Final = (".jsonl", ".parquet")


def save_steps(steps: Sequence[Step], path: str | os.PathLike[str], *, contents: bool = True) -> Path:
    """Write pieces of work and all inside of them to a file, in the order in which they began; no key is in it.

    Each has its `number` from 0, that of its `parent`, `kind`, `name`, `seconds`, `error`, `inputs` and `outputs`; of a
    call of a model also `prompt_tokens`, `completion_tokens`, `cost` and whether it was `cached` or `recorded`, which
    took nothing, else None. In Parquet inputs and outputs are JSON.

    Args:
        steps: The outermost pieces of work.
        path: Of a `.jsonl` or a `.parquet` file, which is replaced.
        contents: Whether to write inputs, outputs and what errors say; without it only what kind of error it was.

    Returns:
        The path.

    Raises:
        UsageError: When the ending is another one, or Parquet needs another package.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(
            f"{str(path)!r} is no kind of file for a trace.", hint=f"Let its name end in {' or '.join(ENDINGS)}."
        )
    rows = redact([_row(step, number, parent, contents=contents) for number, parent, step in numbered(steps)])
    partial = path.with_name(f".{path.name}.{os.getpid()}.part{ending}")
    if ending == ".jsonl":
        partial.write_bytes("".join(f"{_json(row)}\n" for row in rows).encode())
    else:
        _write_parquet(rows, partial, called=path)
    os.replace(partial, path)  # whole or not at all
    return path


def _row(step: Step, number: int, parent: int | None, *, contents: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "number": number,
        "parent": parent,
        "kind": step.kind,
        "name": step.name,
        "seconds": step.seconds,
        "prompt_tokens": None,
        "completion_tokens": None,
        "cost": None,
        "cached": None,
        "recorded": None,
        "error": None if step.error is None else described(step.error) if contents else type(step.error).__name__,
    }
    if isinstance(step.outputs, Reply):
        reply = step.outputs
        row |= {"prompt_tokens": 0, "completion_tokens": 0, "cost": 0.0}
        row |= {"cached": reply.cached, "recorded": reply.recorded}
        if not (reply.cached or reply.recorded):
            usage = reply.usage
            row |= {"prompt_tokens": usage.prompt, "completion_tokens": usage.completion, "cost": reply.cost}
    if contents:
        row |= {"inputs": plain(step.inputs), "outputs": plain(step.outputs)}
    return row


def _json(value: Any) -> str:
    line: str = writable(json.dumps(value, ensure_ascii=False))
    return line


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of cells: inputs and outputs as JSON."""
    return {name: _json(cell) if name in ("inputs", "outputs") else writable(cell) for name, cell in row.items()}


def _write_parquet(rows: Sequence[Mapping[str, Any]], path: Path, *, called: Path) -> None:
    whole_import("pandas")
    import pandas as pd

    frame = pd.DataFrame(map(_flat, rows), columns=list(rows[0]) if rows else ["number"])
    types: dict[str, Any] = {
        "parent": "Int64",
        "prompt_tokens": "Int64",
        "completion_tokens": "Int64",
        "seconds": float,
        "cost": float,
    }
    types |= {"cached": "boolean", "recorded": "boolean"}
    frame = frame.astype({name: kind for name, kind in types.items() if name in frame})
    try:
        frame.to_parquet(path, index=False)
    except ImportError as error:
        raise UsageError(
            f"{str(called)!r} cannot be written: Parquet needs another package.", hint="Run: pip install pyarrow"
        ) from error
