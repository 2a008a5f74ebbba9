"""`SubQueries`: the calls of a model that code in a sandbox may make."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from nbdspy.configuration import settings
from nbdspy.errors import LMUnavailable, RequestRefused, UsageError
from nbdspy.models import BaseLM
from nbdspy.runtime import map_threads

if TYPE_CHECKING:
    from nbdspy.types import Tool

QUERIES = ("llm_query", "llm_query_batched")
_PASSING = (LMUnavailable, RequestRefused)  # of one query of many; whatever else would meet them all


class SubQueries:
    """A model for code, which may be asked so many times; every call passes the gate.

    Args:
        lm: The model.
        limit: The most calls.
    """

    def __init__(self, lm: BaseLM, limit: int) -> None:
        self._lm = lm
        self._limit = limit
        self._lock = threading.Lock()
        self._is_closed = False
        self.count = 0

    def tools(self) -> dict[str, Tool]:
        """The two functions as tools, by name."""
        from nbdspy.types import Tool

        return {name: Tool(getattr(self, name)) for name in QUERIES}

    def close(self) -> None:
        """Send no further prompt, also of a batch that is under way."""
        self._is_closed = True

    def llm_query(self, prompt: str) -> str:
        """Ask a language model, which sees this prompt and nothing else."""
        self._reserve(1)
        return self._asked(prompt)

    def llm_query_batched(self, prompts: list[str]) -> list[str]:
        """Ask a language model several prompts side by side; much faster than one after another."""
        self._reserve(len(prompts))
        answers = [""] * len(prompts)
        for done in map_threads(self._asked, prompts, threads=settings.num_threads, halted=lambda: self._is_closed):
            if done.error is not None and not isinstance(done.error, _PASSING):
                raise done.error
            answers[done.index] = f"[ERROR] {done.error}" if done.result is None else done.result
        return answers

    def _reserve(self, number: int) -> None:
        """Count the calls before they are made; all of them, or none.

        Raises:
            UsageError: When they are too many, in words for the model whose code asks.
        """
        with self._lock:
            left = self._limit - self.count
            if number > left:
                raise UsageError(
                    f"{number} more {'queries' if number != 1 else 'query'} of a language model cannot be made: "
                    f"{self.count} of {self._limit} are spent.",
                    hint=f"Make at most {left}." if left else "Go on in Python, with what the answers said.",
                )
            self.count += number

    def _asked(self, prompt: str) -> str:
        if not prompt.strip():
            raise UsageError("A language model cannot be asked nothing; the prompt is empty.")
        return self._lm.send(self._lm.request(messages=[{"role": "user", "content": prompt}])).text
