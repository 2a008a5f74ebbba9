"""`DataLoader`: examples from files, tables and the hub."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nbdspy import Predict, context, evaluate
from nbdspy.data import Example
from nbdspy.datasets import DataLoader
from nbdspy.datasets.loader import examples_of
from nbdspy.errors import DataError, UsageError
from nbdspy.testing import DummyLM

ROWS = [{"question": "6 * 7", "answer": "42", "by": "Ann"}, {"question": "6 * 8", "answer": None, "by": "Bob"}]
needs_hub = pytest.mark.skipif(importlib.util.find_spec("datasets") is None, reason="datasets is not installed")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    pd.DataFrame(ROWS).to_csv(tmp_path / "sums.csv", index=False)
    pd.DataFrame(ROWS).to_json(tmp_path / "sums.json", orient="records")
    pd.DataFrame(ROWS).to_json(tmp_path / "sums.jsonl", orient="records", lines=True)
    return tmp_path


def loaded(path: Path, **options: Any) -> list[list[Example]]:
    loader = DataLoader()
    return [
        loader.from_csv(str(path / "sums.csv"), **options),
        loader.from_json(path / "sums.json", **options),
        loader.from_json(path / "sums.jsonl", **options),
        loader.from_pandas(pd.DataFrame(ROWS), **options),
    ]


def test_every_way_gives_the_same_examples(path: Path) -> None:
    for examples in loaded(path, fields=("question", "by"), input_keys=("question",)):
        assert [dict(example) for example in examples] == [{"question": r["question"], "by": r["by"]} for r in ROWS]
        assert all(list(example.inputs()) == ["question"] for example in examples)


def test_an_empty_cell_is_none_and_all_fields_are_kept(path: Path) -> None:
    for examples in loaded(path):
        assert list(examples[1]) == ["question", "answer", "by"]
        assert examples[1].answer is None


def test_one_name_may_be_given_as_a_text(path: Path) -> None:
    for examples in loaded(path, fields="question", input_keys="question"):
        assert list(examples[0].inputs()) == ["question"]


def test_without_input_keys_the_program_decides() -> None:
    examples = DataLoader().from_pandas(pd.DataFrame(ROWS[:1]))
    with context(lm=DummyLM([{"answer": "42"}])):
        assert evaluate(Predict("question -> answer"), data=examples).score == 100


@pytest.mark.parametrize("option", ["fields", "input_keys"])
def test_an_unknown_column_gets_a_suggestion(path: Path, option: str) -> None:
    with pytest.raises(DataError, match=r"has no column 'quesiton'; it has: .*Did you mean question\?"):
        loaded(path, **{option: ("quesiton",)})


def test_an_input_must_be_among_the_fields() -> None:
    with pytest.raises(DataError, match=r"has no column 'by'; it has: question"):
        DataLoader().from_pandas(pd.DataFrame(ROWS), fields=["question"], input_keys=["by"])


@pytest.mark.parametrize(("table", "said"), [(pd.DataFrame(), "df is empty"), ("text", "df is a str, not a table")])
def test_what_is_no_table_is_told(table: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        DataLoader().from_pandas(table)


def test_a_missing_file_is_told(path: Path) -> None:
    with pytest.raises(DataError, match=r"Did you mean sums.csv\?"):
        DataLoader().from_csv(path / "sum.csv")


def test_rows_and_splits_of_the_hub_become_examples() -> None:
    splits = {"train": ROWS, "test": iter(ROWS[:1])}

    examples = examples_of(splits, fields=("question",), input_keys=("question",), called="'sums'")

    assert isinstance(examples, Mapping)
    assert {split: len(part) for split, part in examples.items()} == {"train": 2, "test": 1}
    assert examples["train"][0] == Example(question="6 * 7")
    with pytest.raises(DataError, match=r"'sums', train, has no column 'b'; it has: question, answer, by"):
        examples_of({"train": ROWS}, fields=("b",), called="'sums'")


@pytest.mark.skipif(importlib.util.find_spec("datasets") is not None, reason="datasets is installed")
def test_without_the_package_of_the_hub_it_says_what_to_install() -> None:
    with pytest.raises(DataError, match="Run: pip install datasets"):
        DataLoader().from_huggingface("gsm8k", "main")


@needs_hub
def test_a_data_set_is_loaded_by_the_package_of_the_hub(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"data_files": str(path / "sums.csv"), "cache_dir": str(path / "cache"), "input_keys": ("question",)}

    splits = DataLoader().from_huggingface("csv", **options)
    train = DataLoader().from_huggingface("csv", split="train", fields=("question",), **options)
    halves = DataLoader().from_huggingface("csv", split=["train[:1]", "train[1:]"], **options)

    assert list(splits) == ["train"]
    assert train == [Example(question="6 * 7"), Example(question="6 * 8")]
    assert {name: len(part) for name, part in halves.items()} == {"train[:1]": 1, "train[1:]": 1}  # type: ignore[union-attr]


@needs_hub
def test_what_the_hub_does_not_have_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be loaded from the hub"):
        DataLoader().from_huggingface(str(tmp_path / "nothing"))


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    loader, numbers = DataLoader(), list(range(100))

    assert loader.sample(numbers, 5) == loader.sample(numbers, 5)
    assert loader.sample(numbers, 5) != loader.sample(numbers, 5, seed=1)
    assert len(set(loader.sample(numbers, 100))) == 100
    with pytest.raises(UsageError, match="101 examples cannot be drawn from 100"):
        loader.sample(numbers, 101)


@pytest.mark.parametrize(
    ("sizes", "counts"),
    [
        ({}, (75, 25)),
        ({"train_size": 0.5}, (50, 50)),
        ({"train_size": 10}, (10, 90)),
        ({"train_size": 10, "test_size": 20}, (10, 20)),
        ({"train_size": 0.5, "test_size": 0.25}, (50, 25)),
        ({"train_size": 100}, (100, 0)),
    ],
)
def test_parts_share_nothing(sizes: dict[str, Any], counts: tuple[int, int]) -> None:
    numbers = list(range(100))

    parts = DataLoader().train_test_split(numbers, **sizes)

    assert (len(parts["train"]), len(parts["test"])) == counts
    assert not set(parts["train"]) & set(parts["test"])
    assert parts == DataLoader().train_test_split(numbers, **sizes, random_state=0)
    assert parts != DataLoader().train_test_split(numbers, **sizes, random_state=1)
    assert numbers == list(range(100))


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({"train_size": 1.5}, "train_size is 1.5"),
        ({"train_size": -1}, "train_size is -1"),
        ({"train_size": True}, "train_size is True"),
        ({"train_size": "half"}, "train_size is 'half'"),
        ({"train_size": 60, "test_size": 50}, "60 to train and 50 to test are more than the 100"),
        ({"train_size": 101}, "101 to train and 0 to test are more than the 100"),
    ],
)
def test_sizes_that_cannot_be_are_told(sizes: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        DataLoader().train_test_split(list(range(100)), **sizes)


def test_what_is_no_list_of_examples_is_told() -> None:
    with pytest.raises(UsageError, match="dataset is a str, not a list"):
        DataLoader().sample("text", 1)
