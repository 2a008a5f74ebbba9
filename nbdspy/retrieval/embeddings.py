"""`Embeddings`: search by meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from nbdspy.errors import DataError, UsageError
from nbdspy.models.embedder import Embedder
from nbdspy.retrieval.folder import Folder, whole_folder
from nbdspy.retrieval.searcher import Searcher
from nbdspy.runtime import Do, Steps, Use

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

BRUTE_FORCE = 20_000  # passages, up to which looking at each is as fast (as the peer)
_KIND = "Embeddings"
_VECTORS, _GRAPH = "vectors.npy", "graph.usearch"
_AT_ONCE = 1 << 24  # nearnesses that are held at a time: 64 MB


class Embeddings(Searcher):
    """Finds the passages whose vectors are nearest to the query's.

    Up to `brute_force_threshold` passages every vector is looked at, and the nearest are exactly that; above, a graph
    of the library usearch is walked, which finds nearly all of them in a fraction of the time.

    Args:
        corpus: Texts, mappings with `title` and `text`, or a DataFrame; see `Corpus`.
        embedder: An `Embedder`, or a function from a list of texts to their vectors.
        k: How many passages to find.
        callbacks: None; searches are watched as spans of the event stream.
        cache: Answer a query again from the reply cache.
        brute_force_threshold: See above.
        normalize: Compare directions only (cosine); False compares by inner product.
        column: Where a row of the corpus has its text.

    Raises:
        DataError: When the corpus holds something that is no passage.
        LMError: When the embedder does not give a vector for each passage.

    Example:
        >>> def embed(texts):
        ...     return [[text.count("e"), text.count("o")] for text in texts]
        >>> Embeddings(["eel", "otto"], embed, k=1)("eee").passages
        ['eel']
    """

    tells_scores: ClassVar[bool] = False

    def __init__(
        self, corpus: Any, embedder: Embedder | Callable[..., Any], k: int = 5, callbacks: Sequence[Any] | None = None,
        cache: bool = False, brute_force_threshold: int = BRUTE_FORCE, normalize: bool = True, *,
        column: str | None = None,
    ) -> None:  # fmt: skip
        if callbacks:
            raise UsageError("A search takes no callbacks.", hint="Write configure(callbacks=[…]), which hears of it.")
        super().__init__(corpus, k, column=column)
        self.embedder = embedder if isinstance(embedder, Embedder) else Embedder(embedder)
        self.cache = cache
        self.brute_force_threshold = brute_force_threshold
        self.normalize = normalize
        self._vectors = self._directed(self.embedder(self.corpus[:], caching=cache))
        self._graph = _graph_of(self._vectors) if len(self.corpus) > brute_force_threshold else None

    def find(self, queries: Sequence[str], k: int) -> Steps[list[list[tuple[int, float]]]]:
        """The places of the nearest passages, and how near they are."""
        vectors = yield Use(self.embedder, {"inputs": list(queries), "caching": self.cache})
        asked = self._directed(vectors)
        if asked.shape[1:] != self._vectors.shape[1:]:
            raise DataError(
                f"The embedder gives vectors of length {asked.shape[1]}; the passages' have {self._vectors.shape[1]}.",
                hint="Search with the embedder that the index was made with.",
            )
        return (yield Do(lambda: self._nearest(asked, k)))  # type: ignore[no-any-return]

    def save(self, path: str | PathLike[str]) -> None:
        """Write vectors and passages to a folder, as arrays and JSON; a folder that is there is replaced whole."""
        import numpy as np

        told = {
            "kind": _KIND, "k": self.k, "cache": self.cache, "normalize": self.normalize,
            "brute_force_threshold": self.brute_force_threshold, "digest": self.corpus.digest,
        }  # fmt: skip
        with whole_folder(path) as folder:
            folder.write(self.corpus, told)
            np.save(folder.path / _VECTORS, self._vectors, allow_pickle=False)
            if self._graph is not None:
                self._graph.save(str(folder.path / _GRAPH))

    @classmethod
    def from_saved(
        cls, path: str | PathLike[str], embedder: Embedder | Callable[..., Any], *, mmap: bool = False
    ) -> Self:
        """Read what `save` wrote; nothing is embedded again.

        Args:
            path: The folder.
            embedder: What the passages were embedded with.
            mmap: Leave the vectors on disk and read of them what a search needs.

        Raises:
            DataError: When the folder holds no such index, or its passages are not those it was made of.
        """
        made = cls.__new__(cls)
        made._read(Folder.at(path), embedder, mmap=mmap)
        return made

    def load(self, path: str | PathLike[str], embedder: Embedder | Callable[..., Any], *, mmap: bool = False) -> Self:
        """Become what `save` wrote; on an error nothing is changed."""
        self.__dict__.update(self.from_saved(path, embedder, mmap=mmap).__dict__)
        return self

    def _read(self, folder: Folder, embedder: Embedder | Callable[..., Any], *, mmap: bool) -> None:
        import numpy as np

        corpus, told = folder.read(_KIND, cache=bool, normalize=bool, brute_force_threshold=int)
        super().__init__(corpus, told["k"])
        self.embedder = embedder if isinstance(embedder, Embedder) else Embedder(embedder)
        self.cache, self.normalize = told["cache"], told["normalize"]
        self.brute_force_threshold = told["brute_force_threshold"]
        graph = folder.path / _GRAPH
        with folder.reading():
            self._vectors = np.load(folder.path / _VECTORS, mmap_mode="r" if mmap else None, allow_pickle=False)
            self._graph = _graph_at(graph, mmap=mmap) if len(corpus) > self.brute_force_threshold else None
        made_of = f"{self._vectors.dtype} vectors of the shape {self._vectors.shape}"
        if self._vectors.ndim != 2 or len(self._vectors) != len(corpus) or self._vectors.dtype != np.float32:
            raise folder.damaged(f"it has {made_of} for {len(corpus):,} passages")
        if self._graph is not None and (len(self._graph), self._graph.ndim) != self._vectors.shape:
            raise folder.damaged(f"its graph is of {len(self._graph):,} vectors, and it has {made_of}")

    def _nearest(self, asked: Vectors, k: int) -> list[list[tuple[int, float]]]:
        if self._graph is not None:
            return [self._walked(self._graph, row, k) for row in asked]
        rows = max(1, _AT_ONCE // len(self._vectors))
        return [found for at in range(0, len(asked), rows) for found in self._exact(asked[at : at + rows], k)]

    def _walked(self, graph: Any, asked: Vectors, k: int) -> list[tuple[int, float]]:
        """By the graph; where that does not reach as many, as among passages that are all alike, by looking at each."""
        matches = graph.search(asked, k)
        if len(matches) < k:
            return self._exact(asked[None], k)[0]
        return [(int(key), 1.0 - float(far)) for key, far in zip(matches.keys, matches.distances, strict=True)]

    def _exact(self, asked: Vectors, k: int) -> list[list[tuple[int, float]]]:
        import numpy as np

        if len(asked) == 1:  # on this thread: those of the matrix library would take longer to wake on a busy machine
            near = np.einsum("qd,kd->qk", asked, self._vectors)
        else:
            near = asked @ self._vectors.T
        if k < near.shape[1]:
            best = np.argpartition(near, -k, axis=1)[:, -k:]
        else:
            best = np.broadcast_to(np.arange(near.shape[1]), near.shape)
        values = np.take_along_axis(near, best, axis=1)
        order = np.lexsort((best, -values), axis=1)  # the nearest first; among equals the first of the corpus
        places, scores = np.take_along_axis(best, order, axis=1), np.take_along_axis(values, order, axis=1)
        return [list(zip(*row, strict=True)) for row in zip(places.tolist(), scores.tolist(), strict=True)]

    def _directed(self, vectors: Any) -> Vectors:
        """The vectors, of length 1 where only directions count; those without a direction stay 0."""
        import numpy as np

        table = np.asarray(vectors, dtype=np.float32)
        if not np.isfinite(table).all():
            row = int(np.flatnonzero(~np.isfinite(table).all(axis=1))[0])
            raise DataError(
                f"The embedder gave a vector that is not of numbers for text {row}.", hint="Look at that text."
            )
        if not self.normalize or not table.size:
            return table
        lengths = np.linalg.norm(table, axis=1, keepdims=True)
        return cast("Vectors", table / np.where(lengths > 0, lengths, 1))


class EmbeddingsWithScores(Embeddings):
    """The same, and each passage's nearness in `scores`.

    Example:
        >>> EmbeddingsWithScores(["eel"], lambda texts: [[1.0, 0.0] for _ in texts], k=1)("eee").scores
        [1.0]
    """

    tells_scores: ClassVar[bool] = True


def _graph_of(vectors: Vectors) -> Any:
    import numpy as np
    from usearch.index import Index

    graph = Index(ndim=vectors.shape[1], metric="ip", dtype="f32")
    graph.add(np.arange(len(vectors), dtype=np.uint64), vectors)
    return graph


def _graph_at(path: Path, *, mmap: bool) -> Any:
    from usearch.index import Index

    graph = Index.restore(str(path), view=mmap)
    if graph is None:  # as the library says that there is no file
        raise FileNotFoundError(f"there is no {path.name}")
    return graph
