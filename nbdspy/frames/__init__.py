"""Programs on DataFrames: `df.nbdspy.predict(program)`, and the same as a function."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nbdspy.frames.accessor import attach, detach

if TYPE_CHECKING:
    from nbdspy.frames.predicting import predict as predict
    from nbdspy.frames.showing import RowPredicted as RowPredicted

__all__ = ["RowPredicted", "attach", "detach", "predict"]


def __getattr__(name: str) -> Any:
    if name in __all__:  # loads programs with it, for which `%load_ext nbdspy` must not wait
        return getattr(import_module("nbdspy.frames.predicting"), name)
    raise AttributeError(f"nbdspy.frames has no {name!r}; it has: {', '.join(__all__)}.", name=name)
