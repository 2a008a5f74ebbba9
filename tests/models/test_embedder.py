"""Embedder: vectors of functions, through the gate."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nbdspy import Embedder, events
from nbdspy.errors import BudgetExceeded, LMError, UsageError
from nbdspy.models import Budget, Replied, spending, use_cassette
from nbdspy.testing import FakeLM


class Lengths:
    """A function that remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.given: list[dict[str, Any]] = []

    def __call__(self, texts: list[str], **options: Any) -> list[list[float]]:
        self.batches.append(texts)
        self.given.append(options)
        return [[len(text), 0.1] for text in texts]


def test_a_list_becomes_rows_and_a_text_one_vector() -> None:
    embed = Embedder(Lengths())

    rows, vector = embed(["one", "three"]), embed("three")

    assert rows.dtype == vector.dtype == np.float32
    assert rows.tolist() == [[3.0, np.float32(0.1)], [5.0, np.float32(0.1)]]
    assert vector.tolist() == rows[1].tolist()
    assert rows.flags.writeable


def test_no_texts_are_no_rows() -> None:
    assert Embedder(Lengths())([]).shape == (0, 0)


def test_batches_are_as_large_as_was_said() -> None:
    function = Lengths()
    embed = Embedder(function, batch_size=2)

    embed(["a", "b", "c"])
    embed(["d", "e", "f"], batch_size=3)

    assert function.batches == [["a", "b"], ["c"], ["d", "e", "f"]]


def test_options_are_for_all_calls_or_for_one() -> None:
    function = Lengths()

    Embedder(function, normalize=True)("a", dimensions=2)

    assert function.given == [{"normalize": True, "dimensions": 2}]


def test_an_equal_batch_is_asked_for_once_unless_told_otherwise() -> None:
    function = Lengths()
    embed = Embedder(function)

    for caching in (None, None, False):
        embed(["a"], caching=caching)
    Embedder(function, caching=False)(["a"])

    assert len(function.batches) == 3


def test_two_functions_are_not_taken_for_each_other() -> None:
    first, second = Embedder(lambda texts: [[1.0]] * len(texts)), Embedder(lambda texts: [[2.0]] * len(texts))

    assert (first("a").tolist(), second("a").tolist()) == ([1.0], [2.0])


def test_an_awaited_function_runs_on_another_thread_and_an_async_one_on_the_loop() -> None:
    threads: list[int] = []

    def blocking(texts: list[str]) -> Any:
        threads.append(threading.get_ident())
        return np.ones((len(texts), 3))

    async def awaited(texts: list[str]) -> Any:
        await asyncio.sleep(0)
        threads.append(threading.get_ident())
        return np.ones((len(texts), 3))

    async def embed_all() -> list[Any]:
        return [await Embedder(function).acall("a") for function in (blocking, awaited)]

    assert [vector.shape for vector in asyncio.run(embed_all())] == [(3,), (3,)]
    assert Embedder(awaited)(["a", "b"]).shape == (2, 3)
    assert [thread == threading.get_ident() for thread in threads] == [False, True, False]


@pytest.mark.parametrize("said", [[[1.0]], [1.0, 2.0], [[1.0], [1.0, 2.0]], "vectors", None, np.zeros((3, 2))])
def test_what_is_no_row_for_each_text_is_shown(said: Any) -> None:
    with pytest.raises(LMError, match=r"for 2 texts\. A list of texts becomes as many vectors"):
        Embedder(lambda texts: said)(["a", "b"])


@pytest.mark.parametrize(
    ("model", "said"), [("ada", "No embedding model is called 'ada'"), ("smollm2", "No embedding"), (3, "made of 3")]
)
def test_a_model_that_is_none_is_refused(model: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Embedder(model)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(UsageError, match="Only texts can be embedded, not 3"):
        Embedder(Lengths())(["a", 3])  # type: ignore[list-item]
    with pytest.raises(UsageError, match="batch_size cannot be 0"):
        Embedder(Lengths(), batch_size=0)


def test_batches_are_limited_counted_and_told() -> None:
    budget, heard = Budget(calls=2), []
    embed = Embedder(Lengths(), batch_size=1)

    with spending(budget), events.listening(heard.append), pytest.raises(BudgetExceeded):
        embed(["a", "b", "c"])

    replied = [event for event in heard if isinstance(event, Replied)]
    assert [event.request.options["input"] for event in replied] == [["a"], ["b"]]
    assert {event.request.endpoint for event in replied} == {"embeddings"}
    assert budget.spent.calls == 2


def test_vectors_are_recorded_and_replayed(tmp_path: Path) -> None:
    with use_cassette("record", tmp_path / "file.jsonl"):
        recorded = Embedder(Lengths(), caching=False)(["a", "bb"])
    function = Lengths()

    with use_cassette("replay", tmp_path / "file.jsonl"):
        replayed = Embedder(function, caching=False)(["a", "bb"])

    assert replayed.tolist() == recorded.tolist()
    assert function.batches == []


def test_a_number_is_no_text() -> None:
    with pytest.raises(UsageError, match="Only texts can be embedded, not 5"):
        Embedder(lambda texts: [[1.0] for _ in texts])(5)  # type: ignore[arg-type]


def test_the_size_of_a_batch_may_be_given_by_place() -> None:
    sizes: list[int] = []

    def embed(texts: list[str]) -> list[list[float]]:
        sizes.append(len(texts))
        return [[1.0] for _ in texts]

    assert Embedder(embed, 2, False)(["a", "b", "c"], 1).shape == (3, 1)
    assert sizes == [1, 1, 1]


def test_a_cassette_tells_its_vectors_from_its_replies(tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl"
    with use_cassette("record", path) as cassette, spending(Budget()) as budget:
        Embedder(Lengths(), batch_size=1, caching=False)(["a", "b"])
        FakeLM("42")("six times seven?")
    assert cassette is not None

    assert cassette.told() == "1 reply and 2 batches of vectors"
    assert repr(cassette) == f"Cassette({str(path)!r}, 1 reply and 2 batches of vectors, recording)"
    assert (budget.spent.calls, budget.spent.vectors) == (3, 2)
