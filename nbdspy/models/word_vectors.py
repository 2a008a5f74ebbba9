"""An embedding model in this process: no key, no server, no download beside its package."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nbdspy.errors import LMUnavailable
from nbdspy.models.embedding_leaf import FunctionLeaf

NAME = "wordllama"


class WordLlamaLeaf(FunctionLeaf):
    """Averages the vectors of a text's tokens, taken from a large model's: 256 numbers, thousands of texts a second.

    The vectors come inside of the package wordllama (16 MB, MIT licence). It knows words, not their order.

    Raises:
        LMUnavailable: When the package is not installed.
    """

    durable = True  # the same vectors in every process, and so on disk

    def __init__(self) -> None:
        super().__init__(_embed)
        self.model = NAME
        self.fingerprint = None  # the model's name says it all
        _model()
        self.scope = f"{NAME} {version(NAME)}"


def _embed(texts: list[str]) -> Any:
    vectors: Any = _model().embed(texts)
    return vectors


@cache
def _model() -> Any:
    try:
        with _log_left_alone():
            import wordllama
    except ImportError as error:
        raise LMUnavailable(
            f"The package {NAME} is not installed, which the embedder {NAME!r} is in.",
            hint="Run %pip install 'nbdspy[retrieval]'.",
        ) from error
    # Told where its own files are: where it looks by itself, it does not find them and goes to the network.
    inside = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=inside, disable_download=True)


@contextmanager
def _log_left_alone() -> Iterator[None]:
    """The package makes every library of the process log all that it does: undone, the user's own settings stay."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers
