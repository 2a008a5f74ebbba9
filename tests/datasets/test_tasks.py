"""What holds for every data set."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

import nbdspy
from nbdspy import datasets
from nbdspy.data import Example, Prediction, to_examples
from nbdspy.datasets import TASKS, Task, catalog
from nbdspy.errors import DataError
from nbdspy.evaluation import metric_named
from nbdspy.evaluation.verdicts import score_of

FOLDERS = {
    "gsm8k": "gsm8k",
    "clinc150": "clinc150",
    "hotpotqa_small": "hotpotqa",
    "scone": "scone",
    "iris": "iris",
    "iris_typo": "iris",
    "heart_disease": "heart_disease",
    "date_understanding": "bbh",
    "navigate": "bbh",
    "object_counting": "bbh",
    "sports_understanding": "bbh",
    "word_sorting": "bbh",
}
"""The tasks whose files may lie on this machine, with their folders."""
HERE = [TASKS[name] for name in FOLDERS]
each = pytest.mark.parametrize("splits", HERE, ids=lambda task: task.name, indirect=True)


@pytest.fixture
def splits(request: pytest.FixtureRequest, local: Callable[[str], Path]) -> tuple[Task, list]:
    """A task and its three tables; skips the test when its data are not on this machine."""
    task: Task = request.param
    return task, list(task.load(folder=local(FOLDERS[task.name])))


def ideal(task: Task, example: Example) -> Prediction:
    """What a perfect program would say."""
    return Prediction({name: example[name] for name in nbdspy.signature(task.signature).output_fields})


@each
def test_the_splits_have_their_sizes(splits: tuple[Task, list[pd.DataFrame]]) -> None:
    task, tables = splits

    assert tuple(map(len, tables)) == task.sizes
    for table in tables:
        assert list(table.columns) == list(tables[0].columns)
        assert list(table.index) == list(range(len(table)))
        assert not table.isna().any(axis=None)


@each
def test_nothing_is_in_two_splits(splits: tuple[Task, list[pd.DataFrame]]) -> None:
    task, tables = splits
    inputs = list(nbdspy.signature(task.signature).input_fields)
    seen = [set(table[inputs].itertuples(index=False, name=None)) for table in tables]

    for one, other in combinations(seen, 2):
        assert not one & other


@each
def test_the_same_splits_come_every_time(splits: tuple[Task, list[pd.DataFrame]], local: Callable[[str], Path]) -> None:
    task, tables = splits

    for table, again in zip(tables, task.load(folder=local(FOLDERS[task.name])), strict=True):
        pd.testing.assert_frame_equal(table, again)


@each
def test_the_metric_accepts_every_right_answer_and_no_other(splits: tuple[Task, list[pd.DataFrame]]) -> None:
    task, tables = splits
    metric = metric_named(task.metric)
    inputs = list(nbdspy.signature(task.signature).input_fields)
    examples = [example for table in tables for example in to_examples(table, inputs=inputs)]

    assert all(score_of(metric, example, ideal(task, example)) == 1 for example in examples)
    wrong = Prediction(dict.fromkeys(nbdspy.signature(task.signature).output_fields, "something else"))
    assert all(score_of(metric, example, wrong) == 0 for example in examples)


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_a_task_names_a_metric_that_exists_and_a_signature_that_can_be_read(task: Task) -> None:
    signature = nbdspy.signature(task.signature)

    assert metric_named(task.metric)
    assert signature.input_fields
    assert signature.output_fields


@pytest.mark.parametrize("name", ["gsm8k", "hotpotqa", "hotpotqa_small", "math", "hover", "scone", "heart_disease"])
def test_a_folder_without_the_data_says_what_belongs_there(name: str, tmp_path: object) -> None:
    with pytest.raises(DataError, match=r"There is no file '.*'\. (Leave the folder out|Put .* into a folder)"):
        TASKS[name].load(folder=tmp_path)


def test_only_the_signature_of_iris_typo_has_the_typo() -> None:
    assert "versicolour" in TASKS["iris_typo"].signature
    assert TASKS["iris_typo"].signature.replace("versicolour", "versicolor") == TASKS["iris"].signature


def test_the_catalog_lists_every_task() -> None:
    table = catalog()

    assert list(table.index) == list(TASKS)
    assert table.loc["gsm8k", ["metric", "train", "val", "test"]].tolist() == ["gsm8k_metric", 200, 300, 1319]
    assert (table["licence"] != "").all()


def test_every_loader_of_a_task_is_public() -> None:
    loaders = {getattr(task.load, "func", task.load).__name__ for task in TASKS.values()}

    assert loaders <= set(datasets.__all__)
