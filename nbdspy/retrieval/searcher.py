"""`Searcher`: what every search has in common, and what any function's answer is read as."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar, Self

from nbdspy import events, render
from nbdspy.counts import checked_count
from nbdspy.data import Prediction
from nbdspy.errors import DataError, UsageError
from nbdspy.retrieval.corpus import Corpus
from nbdspy.runtime import Do, Steps, adrive, drive

K = 5
_TEXTS = ("long_text", "text", "passage", "content")  # where a passage's text is, as clients name it


class Searcher(ABC):
    """Finds the passages of a corpus that fit a query best.

    A subclass says in `find` how. A search gives a `Prediction` with `passages` (texts), `indices` (their places in
    the corpus) and, where the subclass tells them, `scores`; the best first, and fewer than `k` where there are fewer.

    Args:
        corpus: Passages; see `Corpus`.
        k: How many to find, when a search does not say.
        column: Where a row of the corpus has its text.
    """

    tells_scores: ClassVar[bool] = True

    def __init__(self, corpus: Any, k: int = K, *, column: str | None = None) -> None:
        self.corpus = Corpus(corpus, column=column)
        self.k = checked_k(k)

    @abstractmethod
    def find(self, queries: Sequence[str], k: int) -> Steps[list[list[tuple[int, float]]]]:
        """The places and scores of what fits each query best, the best first; at most `k`, which is at least 1."""

    def __call__(self, query: str, k: int | None = None) -> Prediction:
        """Search on this thread.

        Args:
            query: What to look for.
            k: How many passages; by default the searcher's own.

        Raises:
            UsageError: When the query is no text, or `k` no number of passages.
        """
        return self.search_many([query], k)[0]

    async def acall(self, query: str, k: int | None = None) -> Prediction:
        """Search without blocking the running loop."""
        return (await adrive(self._searched([query], k)))[0]

    forward = __call__
    aforward = acall

    def search_many(self, queries: Sequence[str], k: int | None = None) -> list[Prediction]:
        """Search for several queries at once, which is faster than one after another."""
        return drive(self._searched(queries, k))

    def told_as_tool(self) -> tuple[str, str, dict[str, str]]:
        """What a model is told of it where it is a tool: its name, and what it does."""
        return type(self).__name__, "Finds passages that fit a query.", {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.corpus):,} passages, k={self.k})"

    def __deepcopy__(self, memo: Any) -> Self:
        return self  # copies of a program, of which a compile makes many, search the same index

    def _searched(self, queries: Sequence[str], k: int | None) -> Steps[list[Prediction]]:
        if isinstance(queries, str):
            raise UsageError(f"{render.short(repr(queries), 60)} is one query.", hint="Give a list of them.")
        for query in queries:
            if not isinstance(query, str):
                raise UsageError(f"A query is a text, not {render.short(repr(query), 60)}.", hint="Give one text.")
        most = min(self.k if k is None else checked_k(k), len(self.corpus))
        if not most or not queries:
            return [self._found([]) for _ in queries]
        with events.span("retrieval", type(self).__name__, instance=self, inputs={"queries": queries, "k": most}) as on:
            found = on.outputs = [self._found(each) for each in (yield from self.find(queries, most))]
        return found

    def _found(self, places: list[tuple[int, float]]) -> Prediction:
        indices = [index for index, _ in places]
        scores = {"scores": [score for _, score in places]} if self.tells_scores else {}
        return Prediction(passages=[self.corpus[index] for index in indices], indices=indices, **scores)


class Reckons(Searcher):
    """A searcher that only reckons: it asks nobody, so that an awaited search does its work on a thread."""

    def find(self, queries: Sequence[str], k: int) -> Steps[list[list[tuple[int, float]]]]:
        return (yield Do(lambda: self.reckon(queries, k)))  # type: ignore[no-any-return]

    @abstractmethod
    def reckon(self, queries: Sequence[str], k: int) -> list[list[tuple[int, float]]]:
        """The same as `find`, at once."""


def checked_k(k: Any) -> int:
    """A number of passages.

    Raises:
        UsageError: When it is none.
    """
    return checked_count("k", k, unit="passages")


def passages_of(found: Any, *, said_by: str, k: int | None = None) -> Prediction:
    """What a search gave, whoever made it, as a prediction with `passages`.

    Args:
        found: A prediction with passages; or a list of texts, of mappings or of objects with `long_text` or `text`.
        said_by: The name of the function, for messages.
        k: How many are wanted; more are left out.

    Raises:
        DataError: When it is nothing of this.

    Example:
        >>> passages_of([{"long_text": "Paris is a city.", "score": 2.0}], said_by="search").passages
        ['Paris is a city.']
    """
    if isinstance(found, Prediction) and "passages" in found:
        if not isinstance(found.passages, list | tuple) or not all(isinstance(text, str) for text in found.passages):
            raise _not_passages(found.passages, said_by)
        return found if k is None else _first(found, k)
    if isinstance(found, str | bytes | Mapping) or not isinstance(found, Iterable):
        raise _not_passages(found, said_by)
    rows = list(islice(found, k))
    texts = [_text_of(row) for row in rows]
    if any(text is None for text in texts):
        raise _not_passages(rows[texts.index(None)], said_by)
    scores = [_of(row, "score") for row in rows]
    told = {"scores": scores} if rows and all(isinstance(score, int | float) for score in scores) else {}
    return Prediction(passages=texts, **told)


def _first(found: Prediction, k: int) -> Prediction:
    return Prediction(**{name: value[:k] if isinstance(value, list) else value for name, value in found.items()})


def _text_of(row: Any) -> str | None:
    if isinstance(row, str):
        return row
    texts = (_of(row, name) for name in _TEXTS)
    return next((text for text in texts if isinstance(text, str)), None)


def _of(row: Any, name: str) -> Any:
    return row.get(name) if isinstance(row, Mapping) else getattr(row, name, None)


def _not_passages(found: Any, said_by: str) -> DataError:
    return DataError(
        f"{said_by} found {render.short(repr(found), 80)}, which is no passage.",
        hint="A search returns a list of texts, or of things with `long_text` or `text`.",
    )
