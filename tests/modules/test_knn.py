"""The nearest examples."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbdspy.data import Example
from nbdspy.errors import DataError, LMError, UsageError
from nbdspy.models import use_cassette
from nbdspy.models.embedder import Embedder
from nbdspy.modules import KNN

WORDS = ("cat", "dog", "car")
TRAINSET = [
    Example(text=text, note="n", label=text[0]).with_inputs("text", "note")
    for text in ("a cat", "a dog", "a car", "cat dog")
]


def counts(texts: Sequence[str]) -> list[list[float]]:
    """How often each word is said."""
    return [[float(text.count(word)) for word in WORDS] for text in texts]


def test_the_nearest_come_first_and_equals_in_order() -> None:
    nearest = KNN(4, TRAINSET, Embedder(counts))

    assert [example.text for example in nearest(text="dog cat cat")] == ["cat dog", "a cat", "a dog", "a car"]
    assert [example.text for example in nearest(text="bird")] == [example.text for example in TRAINSET]
    assert nearest(text="cat")[0] is TRAINSET[0]


def test_it_gives_k_or_all() -> None:
    assert len(KNN(2, TRAINSET, counts)(text="cat")) == 2
    assert len(KNN(99, TRAINSET, counts)(text="cat")) == 4
    assert KNN(1, TRAINSET[:1], counts)(text="car") == TRAINSET[:1]


def test_a_long_text_is_not_near_to_everything() -> None:
    trainset = [Example(text=text).with_inputs("text") for text in ("dog dog dog dog cat", "cat")]

    assert KNN(1, trainset, counts)(text="cat")[0].text == "cat"


def test_inputs_are_told_in_the_examples_order_without_labels() -> None:
    seen: list[str] = []

    def remembered(texts: Sequence[str]) -> list[list[float]]:
        seen.extend(texts)
        return counts(texts)

    KNN(1, TRAINSET[:1], Embedder(remembered, caching=False))(note=["x", "ü"], text="cat")

    assert seen == ["text: a cat | note: n", 'text: cat | note: ["x", "ü"]']


def test_it_can_be_awaited_with_an_async_embedder() -> None:
    async def awaited(texts: Sequence[str]) -> list[list[float]]:
        return counts(texts)

    nearest = KNN(1, TRAINSET, awaited)

    assert asyncio.run(nearest.acall(text="car")) == nearest(text="car") == [TRAINSET[2]]


def test_its_vectors_pass_the_gate(tmp_path: Any) -> None:
    embedded: list[str] = []

    def remembered(texts: Sequence[str]) -> list[list[float]]:
        embedded.extend(texts)
        return counts(texts)

    first, second = (Embedder(remembered, caching=False) for _ in range(2))
    with use_cassette("record", tmp_path / "x.jsonl"):
        KNN(1, TRAINSET, first)(text="car")
    embedded.clear()
    with use_cassette("replay", tmp_path / "x.jsonl"):
        assert KNN(1, TRAINSET, second)(text="car") == [TRAINSET[2]]

    assert embedded == []


@pytest.mark.parametrize("k", [0, -1, True, 1.5])
def test_k_is_a_count(k: Any) -> None:
    with pytest.raises(UsageError, match="k cannot be"):
        KNN(k, TRAINSET, counts)


def test_k_may_be_a_number_of_numpys() -> None:
    assert len(KNN(np.int64(2), TRAINSET, counts)(text="car")) == 2


def test_an_empty_set_says_so_at_once() -> None:
    with pytest.raises(DataError, match=r"trainset is empty\. Give at least one"):
        KNN(1, [], counts)


def test_examples_must_know_their_inputs() -> None:
    with pytest.raises(UsageError, match="does not know which of its values are inputs"):
        KNN(1, [Example(text="cat")], counts)


def test_a_table_does_not_tell_its_inputs() -> None:
    with pytest.raises(
        DataError, match=r"does not say what of it are inputs.*to_examples\(trainset, inputs=\['text'\]"
    ):
        KNN(1, pd.DataFrame({"text": ["cat"], "label": ["c"]}), counts)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"trainset holds a dict, {'text': 'cat'}\. Give examples"):
        KNN(1, [{"text": "cat"}], counts)  # type: ignore[list-item]


def test_what_is_no_vector_says_so() -> None:
    with pytest.raises(LMError, match="for 4 texts"):
        KNN(1, TRAINSET, lambda texts: [[1.0]])


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"txt": "cat"}, r"The examples have no input 'txt'; they have: text, note\. Did you mean text\?"),
        ({}, r"There is nothing to be near to\. Write knn\(text=…\)"),
    ],
)
def test_inputs_that_no_example_has_say_so(inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        KNN(1, TRAINSET, counts)(**inputs)
