"""HotPotQA, whole and small."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nbdspy.data import Prediction, to_examples
from nbdspy.datasets import HotPotQA, hotpotqa_passages, hotpotqa_small
from nbdspy.datasets.classes import hotpotqa_parts
from nbdspy.datasets.hotpotqa import questions, splits
from nbdspy.errors import UsageError
from nbdspy.evaluation import gold_titles_found

EVERYTHING = {"id", "question", "answer", "type", "gold_titles"}


def official(path: Path, prefix: str, count: int) -> pd.DataFrame:
    """A file of the official shape, with a hard question in each two."""
    records: list[dict[str, Any]] = [
        {
            "_id": f"{prefix}{number}",
            "question": f"{prefix} {number}?",
            "answer": "yes",
            "type": "bridge",
            "level": "hard" if number % 2 else "easy",
            "supporting_facts": [["A", 0], ["B", 1], ["A", 2]],
            "context": [["A", ["One.", "Two."]]],
        }
        for number in range(count)
    ]
    path.write_text(json.dumps(records))
    return questions(path)


def test_an_official_file_becomes_a_table_of_questions(tmp_path: Path) -> None:
    table = official(tmp_path / "a.json", "train", 3)

    assert list(table.columns) == ["id", "question", "answer", "type", "level", "gold_titles"]
    assert table["gold_titles"].tolist() == [["A", "B"]] * 3


def test_train_and_val_are_hard_and_test_is_official(tmp_path: Path) -> None:
    train, dev = official(tmp_path / "a.json", "train", 20), official(tmp_path / "b.json", "dev", 8)
    dev.loc[0, "question"] = train.loc[1, "question"]

    drawn, val, test = splits(train, dev, sizes=(4, 6, 7))

    assert (len(drawn), len(val), len(test)) == (4, 6, 7)
    assert set(drawn["level"]) == set(val["level"]) == {"hard"}
    assert not set(drawn["question"]) & set(val["question"])
    assert test["question"].str.startswith("dev").all()


def test_the_pages_of_the_small_copy_hold_what_every_question_needs(local: Callable[[str], Path]) -> None:
    passages = hotpotqa_passages(folder=local("hotpotqa"))
    everything = Prediction(context=(passages["title"] + " | " + passages["text"]).tolist())

    assert len(passages) == 5918
    assert passages["title"].is_unique
    for table in hotpotqa_small(folder=local("hotpotqa")):
        for example in to_examples(table.head(20), inputs=["question"]):
            assert gold_titles_found(example, everything)


@pytest.mark.parametrize(
    ("details", "train", "dev"),
    [
        ("dev_titles", {"question", "answer"}, {"question", "answer", "gold_titles"}),
        (False, {"question", "answer"}, {"question", "answer"}),
        (
            True,
            {"id", "question", "answer", "type", "gold_titles"},
            {"id", "question", "answer", "type", "gold_titles"},
        ),
    ],
)
def test_the_class_divides_the_hard_questions_three_to_one(
    tmp_path: Path, details: bool | str, train: set[str], dev: set[str]
) -> None:
    hard, others = official(tmp_path / "a.json", "train", 8), official(tmp_path / "b.json", "dev", 3)

    parts = hotpotqa_parts(hard, others, keep_details=details)

    assert [len(part) for part in parts] == [6, 2, 3]
    assert [set(part[0]) for part in parts] == [train, dev, EVERYTHING]
    asked = [row["question"] for part in parts for row in part]
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize(
    ("settings", "said"), [({"only_hard_examples": False}, "hard questions only"), ({"keep_details": "all"}, "'all'")]
)
def test_what_the_class_cannot_do_is_told_before_anything_is_fetched(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        HotPotQA(**settings)
