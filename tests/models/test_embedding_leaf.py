"""Embedding models of providers, against a local server."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from nbdspy import Embedder
from nbdspy.errors import KeyRefused, LMError, LMRefused, NotConfigured
from nbdspy.models import Budget, spending
from nbdspy.testing.faults import Behaviour, Exchange, FaultServer, fail

pytestmark = pytest.mark.usefixtures("loop")

KEY = "sk-test-0123456789abcdef"


def vectors(exchange: Exchange) -> None:
    """Embed as OpenAI's API does, the last text first."""
    rows = [
        {"object": "embedding", "index": number, "embedding": [float(len(text)), 0.5]}
        for number, text in enumerate(exchange.body["input"])
    ]
    usage = {"prompt_tokens": 5, "total_tokens": 5}
    body = {"object": "list", "data": rows[::-1], "model": exchange.body["model"], "usage": usage}
    exchange.reply(200, json.dumps(body))


def embedder(server: FaultServer, **options: Any) -> Embedder:
    return Embedder("openai/test-embedding", api_base=server.url, **{"api_key": KEY, "timeout": 0.7, **options})


def test_a_provider_embeds_and_its_rows_are_put_in_order() -> None:
    with FaultServer(vectors) as server:
        rows = embedder(server, dimensions=2)(["one", "three"])

    assert rows.tolist() == [[3.0, 0.5], [5.0, 0.5]]
    assert server.keys == [KEY]
    (body,) = server.requests
    assert (body["model"], body["input"], body["dimensions"]) == ("test-embedding", ["one", "three"], 2)


def test_a_provider_embeds_for_a_task(loop: asyncio.AbstractEventLoop) -> None:
    with FaultServer(vectors) as server:
        vector = loop.run_until_complete(embedder(server).acall("of a task"))

    assert vector.tolist() == [9.0, 0.5]


def test_tokens_and_price_are_counted() -> None:
    budget = Budget()

    with FaultServer(vectors) as server, spending(budget):
        Embedder("openai/text-embedding-3-small", api_base=server.url, api_key=KEY, caching=False)("priced")

    assert budget.spent.usage.prompt == 5
    assert budget.spent.cost == pytest.approx(5 * 0.02e-6)


@pytest.mark.parametrize(
    ("behaviour", "error", "said"),
    [
        (fail(401, "Incorrect API key"), KeyRefused, "does not accept the key"),
        (fail(400, "too many texts"), LMRefused, "refused the request: too many texts"),
        (lambda exchange: exchange.reply(200, '{"data": []}'), LMError, "openai/test-embedding"),
    ],
)
def test_errors_of_a_provider_are_ours(behaviour: Behaviour, error: type[LMError], said: str) -> None:
    with FaultServer(behaviour) as server, pytest.raises(error, match=said):
        embedder(server, num_retries=0)("a")


def test_a_passing_failure_is_tried_again() -> None:
    with FaultServer(fail(429, Retry_After="0"), vectors) as server:
        assert embedder(server)("again").tolist() == [5.0, 0.5]


def test_a_key_is_asked_for_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.endswith("_API_KEY")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(NotConfigured, match="OPENAI_API_KEY is not set"):
        Embedder("openai/text-embedding-3-small")("anything")


def test_a_key_is_never_shown() -> None:
    embed = Embedder("openai/test-embedding", api_key=KEY)

    assert KEY not in repr(embed) + repr(embed.leaf)
    assert embed.options == {}
