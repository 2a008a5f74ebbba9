"""`Retrieve`: search as a part of a program."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from nbdspy.configuration import settings
from nbdspy.data import Prediction
from nbdspy.errors import NotConfigured, UsageError
from nbdspy.modules.stepwise import Stepwise
from nbdspy.retrieval.searcher import checked_k, passages_of
from nbdspy.runtime import Do, Steps, Use


class Retrieve(Stepwise):
    """Finds passages that fit a query, in what `configure(rm=...)` has chosen (DSPy paper, section 3.2).

    The search is one of `nbdspy.retrieval`, or any function that takes a query and `k` and returns passages.

    Args:
        k: How many passages, when a call does not say.
        callbacks: Watch the calls of this part; see `nbdspy.BaseCallback`.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.retrieval import BM25
        >>> with context(rm=BM25(["Paris is the capital of France.", "Rome lies on the Tiber."])):
        ...     Retrieve(k=1)("the river in Rome").passages
        ['Rome lies on the Tiber.']
    """

    def __init__(self, k: int = 3, callbacks: Sequence[Any] | None = None) -> None:
        super().__init__(callbacks)
        self.k = checked_k(k)

    def steps(self, query: str, k: int | None = None, **options: Any) -> Steps[Prediction]:
        search = settings.rm
        if search is None:
            raise NotConfigured(
                "No search is chosen to retrieve from.",
                hint="Write nbdspy.configure(rm=nbdspy.BM25(passages)), or give a function.",
            )
        if not isinstance(query, str):
            raise UsageError(f"A query is a text, not {query!r}.", hint='Write retrieve("what to look for").')
        most = self.k if k is None else checked_k(k)
        name = getattr(search, "__name__", type(search).__name__)
        named = {"query": query, "k": most, **options}
        if hasattr(search, "acall"):
            _check_takes(search, name, **named)
            found = yield Use(search, named)
        else:
            _check_takes(search, name, query, k=most, **options)
            found = yield Do(lambda: search(query, k=most, **options))
        return passages_of(found, said_by=name, k=most)

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        """How many passages, as DSPy keeps it."""
        return {"k": self.k}

    def load_state(self, state: Any, *, allow_unsafe_lm_state: bool = False) -> None:
        """Take over how many."""
        self.k = checked_k(state["k"])

    def reset(self) -> None:
        """Nothing is learned here; DSPy's name."""

    def told_as_tool(self) -> tuple[str, str, dict[str, str]]:
        """What a model is told of it where it is a tool: its name, and what it does."""
        return type(self).__name__, "Finds passages that fit a query.", {}

    def __repr__(self) -> str:
        return f"Retrieve(k={self.k})"


def _check_takes(search: Any, name: str, /, *places: Any, **named: Any) -> None:
    if not callable(search):
        raise UsageError(f"rm={search!r} cannot be called.", hint="Give a search, or a function of a query and k.")
    try:
        inspect.signature(search).bind(*places, **named)
    except TypeError as error:
        raise UsageError(
            f"{name} cannot be called with a query and k: {error}.", hint=f"Write def {name}(query, k)."
        ) from error
    except ValueError:  # it does not tell what it takes
        pass
