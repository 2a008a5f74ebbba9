"""`BM25`: search by words."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from functools import cache
from os import PathLike
from typing import Any, Self

from nbdspy.errors import UsageError
from nbdspy.retrieval.folder import Folder, whole_folder
from nbdspy.retrieval.searcher import K, Reckons

_WORDS = r"(?u)\b\w+\b"  # one-letter words too: they are names, grades and keys
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"  # letters of Chinese and Japanese
_LETTERS = rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+"  # each of these for itself, and words of the others
_MANY = 0.1  # share of such letters in a corpus, from which on its words are these
_KIND = "BM25"


class BM25(Reckons):
    """Finds the passages that share rare words with the query (Robertson et al. 1994), by the library bm25s.

    Passages that share no word with the query are not found, so there may be fewer than `k`, or none. In a corpus that
    is, at least by a tenth, in Chinese or Japanese, which put no spaces between words, each letter of these is a word.

    Args:
        corpus: Texts, mappings with `title` and `text`, or a DataFrame; see `Corpus`.
        k: How many passages to find.
        column: Where a row of the corpus has its text.
        k1: How soon a word said again counts no more.
        b: How much a long passage counts less.
        stopwords: Words that do not count: a list, or `"english"`; None counts all.

    Raises:
        DataError: When the corpus holds something that is no passage.
        UsageError: When there are no stop words of that language.

    Example:
        >>> search = BM25(["Paris is the capital of France.", "Rome lies on the Tiber."], k=1)
        >>> search("Which river does Rome lie on?").passages
        ['Rome lies on the Tiber.']
        >>> search("quantum physics").passages
        []
    """

    def __init__(
        self, corpus: Any, k: int = K, *, column: str | None = None, k1: float = 1.5, b: float = 0.75,
        stopwords: Sequence[str] | str | None = "english",
    ) -> None:  # fmt: skip
        super().__init__(corpus, k, column=column)
        self._stopwords = stopwords if stopwords is None or isinstance(stopwords, str) else list(stopwords)
        self._by_letter = _share_unspaced(self.corpus[:]) >= _MANY
        self._index = self._made(k1, b)

    def reckon(self, queries: Sequence[str], k: int) -> list[list[tuple[int, float]]]:
        """The places and scores of the best passages of each query."""
        if self._index is None:
            return [[] for _ in queries]
        found = []
        for query in queries:
            words = [word for word in self._words([query])[0] if word in self._index.vocab_dict]
            found.append(_best(self._index.get_scores(words), k) if words else [])
        return found

    def save(self, path: str | PathLike[str]) -> None:
        """Write the index and its passages to a folder, as arrays and JSON; an older index there is replaced whole."""
        with whole_folder(path) as folder:
            told = {
                "kind": _KIND, "k": self.k, "stopwords": self._stopwords, "has_words": self._index is not None,
                "by_letter": self._by_letter, "digest": self.corpus.digest,
            }  # fmt: skip
            folder.write(self.corpus, told)
            if self._index is not None:
                self._index.save(str(folder.path / "index"), show_progress=False)

    @classmethod
    def from_saved(cls, path: str | PathLike[str], *, mmap: bool = False) -> Self:
        """Read what `save` wrote.

        Args:
            path: The folder.
            mmap: Leave the index on disk and read of it what a search needs.

        Raises:
            DataError: When the folder holds no such index, or its passages are not those it was made of.
        """
        folder = Folder.at(path)
        corpus, told = folder.read(_KIND, has_words=bool)
        made = cls.__new__(cls)
        super(BM25, made).__init__(corpus, told["k"])
        made._stopwords = told.get("stopwords")
        if not isinstance(made._stopwords, str | list | None):
            raise folder.damaged(f"its stop words are {made._stopwords!r}")
        made._by_letter = bool(told.get("by_letter"))
        made._index = None
        if told["has_words"]:
            with folder.reading():
                made._index = _library().BM25.load(str(folder.path / "index"), mmap=mmap, show_progress=False)
            if made._index.scores["num_docs"] != len(corpus):
                raise folder.damaged(
                    f"its words are of {made._index.scores['num_docs']:,} passages, not {len(corpus):,}"
                )
        return made

    def _made(self, k1: float, b: float) -> Any:
        """The library's index; None where there is no word to find."""
        words = self._words(self.corpus[:])
        if not any(words):
            return None
        index = _library().BM25(k1=k1, b=b, backend="numpy")
        index.index(words, show_progress=False)
        return index

    def _words(self, texts: Sequence[str]) -> list[list[str]]:
        stopwords = [] if self._stopwords is None else self._stopwords
        try:
            words: list[list[str]] = _library().tokenize(
                list(texts),
                token_pattern=_LETTERS if self._by_letter else _WORDS,
                stopwords=stopwords,
                return_ids=False,
                show_progress=False,
            )
        except ValueError as error:
            raise UsageError(f"There are no stop words {stopwords!r}: {error}", hint="Give a list of words.") from error
        return words


def _best(scores: Any, k: int) -> list[tuple[int, float]]:
    """The places of the `k` highest scores above 0, with these; among equals the first of the corpus."""
    import numpy as np

    places = np.flatnonzero(scores > 0)
    if len(places) > k:
        edge = np.partition(scores[places], -k)[-k]
        places = places[scores[places] >= edge]
    best = places[np.lexsort((places, -scores[places]))[:k]]
    return list(zip(best.tolist(), scores[best].tolist(), strict=True))


def _share_unspaced(texts: Sequence[str]) -> float:
    """How much of the texts is written in letters of languages without spaces."""
    count = sum(len(run) for text in texts if not text.isascii() for run in re.findall(f"[{_UNSPACED}]+", text))
    return count / max(1, sum(map(len, texts)))


@cache
def _library() -> Any:
    """bm25s, which brings a progress bar that warns in notebooks without widgets; it is never shown here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import bm25s
    return bm25s
