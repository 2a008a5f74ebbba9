"""`df.nbdspy`: what every DataFrame can do once `attach` was called."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from nbdspy import errors

if TYPE_CHECKING:
    import pandas as pd

NAME: Final = "nbdspy"


class FrameAccessor:
    """A DataFrame as nbdspy sees it: rows to run a program on.

    Example:
        >>> import pandas as pd
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import DummyLM
        >>> attach()
        >>> frame = pd.DataFrame({"question": ["The capital of Spain?", "The capital of Belgium?"]})
        >>> with context(lm=DummyLM({"Spain": {"answer": "Madrid"}, "Belgium": {"answer": "Brussels"}})):
        ...     frame.nbdspy.predict("question -> answer").answer.tolist()
        ['Madrid', 'Brussels']
        >>> detach()
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def predict(
        self, program: Any, *, num_threads: int | None = None, max_errors: int | None = None,
        prefix: str = "predicted_", resume: bool = True, store: Any = None,
    ) -> pd.DataFrame:  # fmt: skip
        """The table with what a program answers to each row; see `nbdspy.frames.predict`."""
        from nbdspy.frames.predicting import predict

        return predict(
            program, self._frame, num_threads=num_threads, max_errors=max_errors, prefix=prefix, resume=resume,
            store=store,
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"<{len(self._frame):,} rows; .predict(program) runs a program on each>"


def attach() -> None:
    """Give every DataFrame its `.nbdspy`, now or as soon as pandas is imported; twice is once.

    `%load_ext nbdspy` does it in a notebook. pandas itself is not imported.
    """
    if "pandas" in sys.modules and hasattr(sys.modules["pandas"], "DataFrame"):
        _register(sys.modules["pandas"])
    elif _arrival not in sys.meta_path:
        sys.meta_path.insert(0, _arrival)


def detach() -> None:
    """Take it away again."""
    if _arrival in sys.meta_path:
        sys.meta_path.remove(_arrival)
    frame = getattr(sys.modules.get("pandas"), "DataFrame", None)
    if frame is not None and frame.__dict__.get(NAME) is not None and frame.nbdspy is FrameAccessor:
        delattr(frame, NAME)
        frame._accessors.discard(NAME)


def _register(pandas: ModuleType) -> None:
    present = getattr(pandas.DataFrame, NAME, None)
    if present is None:
        pandas.api.extensions.register_dataframe_accessor(NAME)(FrameAccessor)
    elif present is not FrameAccessor:
        errors.warn_caller(
            f"DataFrames have a .{NAME} of somebody else's, which stays; nbdspy.frames.predict(program, df) does the "
            "same as ours."
        )


class _Arrival:
    """Has pandas found by whoever finds it, and has the accessor registered when it is there."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:  # fmt: skip
        """Where pandas is; of everything else others know."""
        if name != "pandas":
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        spec = next(filter(None, (finder.find_spec(name, path, target) for finder in others)), None)
        loader = None if spec is None else spec.loader
        if loader is None or not hasattr(loader, "exec_module"):
            return spec
        load = loader.exec_module

        def load_and_register(module: ModuleType) -> None:
            load(module)
            if self in sys.meta_path:
                sys.meta_path.remove(self)
                _register(module)

        loader.exec_module = load_and_register  # type: ignore[method-assign]  # of this one loader
        return spec


_arrival: Final = _Arrival()
