"""`ColBERTv2`: search on a server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nbdspy import render
from nbdspy.data import Example
from nbdspy.errors import SearchFailed, UsageError
from nbdspy.models.redaction import conceal_address, redact, shown_cause
from nbdspy.retrieval.searcher import checked_k
from nbdspy.runtime import in_thread

TIMEOUT = 10.0  # seconds
TRIES = 4
PAUSE = 0.5  # seconds before the second try; doubled with each
_MAY_PASS = (429, 500, 502, 503, 504)
_HINT = "Is the server running, and is this its address?"


class ColBERTv2:
    """A client of a server that searches by ColBERTv2 (Santhanam et al. 2021), as DSPy's own is.

    Args:
        url: The server's address.
        port: Its port, when the address does not say.
        post_requests: Send queries as JSON by POST; else by GET.

    Raises:
        UsageError: When the address is none.

    Example:
        >>> ColBERTv2("http://127.0.0.1", port=8893)
        ColBERTv2('http://127.0.0.1:8893')
    """

    def __init__(
        self, url: str = "http://0.0.0.0", port: str | int | None = None, post_requests: bool = False
    ) -> None:  # fmt: skip
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise UsageError(
                f"{redact(repr(url))} is not the address of a server.", hint="It looks like http://127.0.0.1:8893."
            )
        self.url = f"{url}:{port}" if port else url
        conceal_address(self.url)
        self.post_requests = post_requests

    def __call__(self, query: str, k: int = 10, simplify: bool = False) -> list[Any]:
        """Search.

        Args:
            query: What to look for.
            k: How many passages.
            simplify: Give their texts only.

        Returns:
            The passages, the best first: each an `Example` with `long_text` and what else the server says of it, such
            as `pid`, `rank` and `score`.

        Raises:
            SearchFailed: When the server cannot be reached, or does not answer with passages.
        """
        rows = self._rows(self._answer(query, checked_k(k)))[:k]
        return [row.long_text for row in rows] if simplify else rows

    async def acall(self, query: str, k: int = 10, simplify: bool = False) -> list[Any]:
        """The same, awaited."""
        return await in_thread(lambda: self(query, k, simplify))

    def told_as_tool(self) -> tuple[str, str, dict[str, str]]:
        """What a model is told of it where it is a tool: its name, and what it does."""
        return type(self).__name__, "Finds passages that fit a query.", {}

    def __repr__(self) -> str:
        return f"ColBERTv2({self._shown_url!r})"

    @property
    def _shown_url(self) -> str:
        return str(redact(self.url))

    def _answer(self, query: str, k: int) -> bytes:
        import urllib3

        # A status that may pass is returned in the end, not raised, so that the message can show what was said.
        retries = urllib3.Retry(
            TRIES - 1, backoff_factor=PAUSE, status_forcelist=_MAY_PASS, allowed_methods=None, raise_on_status=False
        )  # fmt: skip
        asked: dict[str, Any] = {"query": query, "k": k}
        try:
            if self.post_requests:
                answer = urllib3.request("POST", self.url, json=asked, retries=retries, timeout=TIMEOUT)
            else:
                answer = urllib3.request("GET", self.url, fields=asked, retries=retries, timeout=TIMEOUT)
        except urllib3.exceptions.HTTPError as error:
            said = f"The search server {self._shown_url} gave no answer: {redact(str(error))}."
            raise SearchFailed(said, hint=_HINT) from shown_cause(error)
        if answer.status != 200:
            said = f"The search server {self._shown_url} said {answer.status}: {_shown(answer.data)}."
            raise SearchFailed(said, hint=_HINT)
        return answer.data

    def _rows(self, body: bytes) -> list[Example]:
        try:
            found = json.loads(body)["topk"]
            rows = [{**row, "long_text": row.get("long_text", row.get("text"))} for row in found]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise self._rubbish(body) from error
        if not all(isinstance(row, Mapping) and isinstance(row["long_text"], str) for row in rows):
            raise self._rubbish(body)
        return [Example(**row) for row in rows]

    def _rubbish(self, body: bytes) -> SearchFailed:
        return SearchFailed(
            f"The search server {self._shown_url} answered with no passages: {_shown(body)}.",
            hint='It should say {"topk": [{"text": …, "score": …}]}.',
        )


def _shown(body: bytes) -> str:
    return render.short(redact(body.decode("utf-8", "replace")), 200) or "nothing"
