"""Search as a part of a program."""

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nbdspy import BM25, ChainOfThought, Module, Prediction, Retrieve, configure, context
from nbdspy.errors import DataError, NotConfigured, SavedStateError, SettingsError, UsageError
from nbdspy.testing import DummyLM

CITIES = ["Paris is the capital of France.", "Rome lies on the Tiber.", "Cairo lies on the Nile."]


class Rag(Module):
    def __init__(self, k: int = 2) -> None:
        self.retrieve = Retrieve(k=k)
        self.answer = ChainOfThought("context: list[str], question -> answer")

    def forward(self, question: str) -> Prediction:
        found = self.retrieve(question)
        answered = self.answer(context=found.passages, question=question)
        return Prediction(context=found.passages, answer=answered.answer)


def test_a_program_reads_what_it_found() -> None:
    lm = DummyLM([{"reasoning": "It says so.", "answer": "the Tiber"}] * 2)

    with context(lm=lm, rm=BM25(CITIES)):
        program = Rag()
        answered = program(question="On which river does Rome lie?")
        awaited = asyncio.run(program.acall(question="On which river does Rome lie?"))

    assert answered == awaited == Prediction(context=[CITIES[1]], answer="the Tiber")
    assert "Rome lies on the Tiber." in lm.history[0]["messages"][-1]["content"]


def test_a_query_is_given_by_place_or_name_and_a_call_says_how_many() -> None:
    def search(query: str, k: int) -> list[str]:
        return [f"{query} {number}" for number in range(k)]

    with context(rm=search):
        assert Retrieve()("a").passages == ["a 0", "a 1", "a 2"]
        assert Retrieve(k=1)(query="a", k=2).passages == ["a 0", "a 1"]
        assert Retrieve(k=np.int64(1))("a").passages == ["a 0"]
        assert asyncio.run(Retrieve(k=1).acall("a")).passages == ["a 0"]


def test_a_search_may_be_async_and_take_more() -> None:
    async def search(query: str, k: int, language: str) -> list[str]:
        await asyncio.sleep(0)
        return [f"{query} {language}"] * k

    with context(rm=search):
        assert Retrieve(k=1)("a", language="fr").passages == ["a fr"]
        assert asyncio.run(Retrieve(k=1).acall("a", language="fr")).passages == ["a fr"]


def test_what_a_search_raises_comes_through() -> None:
    def search(query: str, k: int) -> list[str]:
        raise ConnectionError("the index is down")

    with context(rm=search), pytest.raises(ConnectionError, match="the index is down"):
        Retrieve()("a")


@pytest.mark.parametrize("found", ["text", None, [1]])
def test_rubbish_is_said_to_be_the_searchs(found: Any) -> None:
    def my_search(query: str, k: int) -> Any:
        return found

    with context(rm=my_search), pytest.raises(DataError, match="my_search found"):
        Retrieve()("a")


def test_without_a_search_it_says_how_to_choose_one() -> None:
    with pytest.raises(NotConfigured, match=r"configure\(rm="):
        Retrieve()("a")


def test_a_function_that_takes_no_k_is_told_so() -> None:
    def search(query: str) -> list[str]:
        return []

    with context(rm=search), pytest.raises(UsageError, match="cannot be called with a query and k"):
        Retrieve()("a")


def test_what_cannot_be_called_is_no_search() -> None:
    with pytest.raises(SettingsError, match="rm cannot be"):
        configure(rm=["a passage"])


@pytest.mark.parametrize("query", [None, 7, ["a"]])
def test_a_query_is_a_text(query: Any) -> None:
    with context(rm=BM25(CITIES)), pytest.raises(UsageError, match="A query is a text"):
        Retrieve()(query)


def test_how_many_is_saved_and_loaded(tmp_path: Path) -> None:
    Rag(k=7).save(tmp_path / "rag.json")
    other = Rag()

    other.load(tmp_path / "rag.json")

    assert other.retrieve.k == 7
    state = json.loads((tmp_path / "rag.json").read_text())
    assert list(state) == ["retrieve", "answer.predict", "metadata"]
    assert state["retrieve"] == {"k": 7}


@pytest.mark.parametrize("damaged", [{"k": 0}, {"k": "3"}, {}, None, 3])
def test_a_damaged_state_changes_nothing(damaged: Any) -> None:
    program = Rag()
    state = program.dump_state() | {"retrieve": damaged}

    with pytest.raises(SavedStateError, match="search 'retrieve'"):
        program.load_state(state)

    assert program.retrieve.k == 2


def test_a_file_without_it_leaves_it_as_it_is() -> None:
    program = Rag(k=5)
    state = program.dump_state()
    del state["retrieve"]

    program.load_state(state)

    assert program.retrieve.k == 5
