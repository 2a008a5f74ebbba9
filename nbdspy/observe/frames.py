"""The pieces of work of a trace as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from nbdspy.data import to_frame
from nbdspy.errors import described
from nbdspy.models import Reply
from nbdspy.models.redaction import redact
from nbdspy.observe.steps import Step, numbered
from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Final = ("parent", "kind", "name", "part", "began", "seconds", "tokens", "cost", "answered_by", "error")


def as_frame(steps: Sequence[Step]) -> pd.DataFrame:
    """A row for each step and all inside, in the order in which they began."""
    whole_import("pandas")
    start = min((step.at for step in steps), default=0.0)
    rows = [{"parent": parent, **_row(step, start)} for _, parent, step in numbered(steps)]
    frame = to_frame(redact(rows)).reindex(columns=list(COLUMNS))
    frame.index.name = "number"
    return frame.astype({"parent": "Int64", "tokens": "Int64", "began": float, "seconds": float, "cost": float})


def _row(step: Step, start: float) -> dict[str, Any]:
    said = {
        "kind": step.kind,
        "name": step.name,
        "part": step.part,
        "began": step.at - start,
        "seconds": step.seconds,
        "error": None if step.error is None else described(step.error),
    }
    if not isinstance(step.outputs, Reply):
        return said
    reply = step.outputs
    if reply.recorded or reply.cached:
        return {**said, "tokens": 0, "cost": 0.0, "answered_by": "cassette" if reply.recorded else "cache"}
    return {**said, "tokens": reply.usage.total, "cost": reply.cost, "answered_by": "model"}
