"""GSM8K from a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nbdspy.data import Prediction
from nbdspy.datasets import GSM8K, gsm8k, gsm8k_metric


def test_answers_are_plain_numbers_and_reasonings_are_kept_apart(local: Callable[[str], Path]) -> None:
    for table in gsm8k(folder=local("gsm8k")):
        assert table["answer"].str.fullmatch(r"-?\d+").all()
        assert not table["gold_reasoning"].str.contains("####").any()
        assert table["gold_reasoning"].str.len().min() > 10


def test_the_class_gives_the_same_as_examples(local: Callable[[str], Path]) -> None:
    data = GSM8K(folder=local("gsm8k"))

    assert (len(data.train), len(data.dev), len(data.test)) == (200, 300, 1319)
    example = data.train[0]
    assert list(example.inputs()) == ["question"]
    assert gsm8k_metric(example, Prediction(answer=f"It is ${int(example.answer):,}."))
