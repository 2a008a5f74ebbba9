"""Search over the pages that the questions of HotPotQA are about."""

import os
from pathlib import Path

import numpy as np
import pytest

from nbdspy import BM25, Retrieve, context
from nbdspy.datasets import hotpotqa_passages, hotpotqa_small

DATA = Path(os.environ.get("NBDSPY_DATA", Path(__file__).parents[3] / "shared" / "data")) / "hotpotqa"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="HotPotQA is not on this machine")


@pytest.fixture(scope="module")
def passages() -> list[str]:
    table = hotpotqa_passages(folder=DATA)
    return (table["title"] + " | " + table["text"]).tolist()


@pytest.fixture(scope="module")
def questions() -> list[tuple[str, set[str]]]:
    """Questions, and the titles of the pages that answer them."""
    table = hotpotqa_small(folder=DATA)[2].head(200)
    return [(row.question, set(row.gold_titles)) for row in table.itertuples()]


def test_words_find_the_pages_of_most_questions(passages: list[str], questions: list[tuple[str, set[str]]]) -> None:
    search = BM25(passages, k=10)
    found = search.search_many([question for question, _ in questions])

    titles = [{passage.split(" | ")[0] for passage in one.passages} for one in found]
    any_found = np.mean([bool(gold & got) for (_, gold), got in zip(questions, titles, strict=True)])
    share = np.mean([len(gold & got) / len(gold) for (_, gold), got in zip(questions, titles, strict=True)])
    assert any_found >= 0.9
    assert share >= 0.65
    assert all(one.scores == sorted(one.scores, reverse=True) for one in found)


def test_an_index_that_was_kept_finds_the_same(
    passages: list[str], questions: list[tuple[str, set[str]]], tmp_path: Path
) -> None:
    search = BM25(passages, k=5)
    search.save(tmp_path / "index")
    kept = BM25.from_saved(tmp_path / "index", mmap=True)

    for question, _ in questions[:20]:
        with context(rm=kept):
            assert Retrieve(k=5)(question).passages == search(question).passages
