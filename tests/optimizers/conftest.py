"""A task with a model that learns it from demonstrations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.models.redaction import redact
from nbdspy.modules import Module, Predict
from nbdspy.store import Store
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

KEY = "Say the number again."
NUMBER = re.compile(r"number (\d+)\.")


def numbers(*which: int) -> list[Example]:
    """Examples whose right answer is the number in the question."""
    return [Example(question=f"number {n}.", answer=str(n)).with_inputs("question") for n in which]


def asked(request: Any) -> int:
    """The number that a request asks for."""
    return int(NUMBER.findall(request.messages[-1]["content"])[-1])


def shown(request: Any) -> list[int]:
    """The numbers of its demonstrations."""
    return [int(n) for message in request.messages[:-1] for n in NUMBER.findall(message["content"])]


def fields_asked(request: Any) -> list[str]:
    """The output fields that a request in the chat layout asks for."""
    return re.findall(r"`(\w+)`", request.messages[-1]["content"].rpartition("Answer with the field")[2])


def learner(right: Callable[[int, list[int]], bool] | None = None) -> FakeLM:
    """Answers right when a demonstration has the same remainder by three, or as `right(asked, shown)` says.

    What it proposes is another instruction for each sample, and each teaches it to be right.
    """
    knows = right or (lambda number, seen: number % 3 in {n % 3 for n in seen})

    def answer(request: Any) -> str:
        fields = fields_asked(request)
        if not {"query", "answer"} & set(fields):
            return chat_text({name: f"{KEY} Take way {request.rollout_id} of {name}." for name in fields})
        if right is None and KEY in request.messages[0]["content"]:
            return chat_text({"query": f"number {asked(request)}.", "answer": asked(request)})
        number = asked(request)
        return chat_text({"query": f"number {number}.", "answer": number if knows(number, shown(request)) else "no"})

    return FakeLM(answer)


class Search(Module):
    """Two predictors; the labels belong to the second."""

    def __init__(self) -> None:
        self.search = Predict("question -> query")
        self.answer = Predict("question, query -> answer")

    def forward(self, question: str) -> Any:
        return self.answer(question=question, query=self.search(question=question).query)


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """Once in a file and once on a real server."""
    store = Store(database, redact=redact)
    yield store
    store.close()


@pytest.fixture
def memory() -> Iterator[Store]:
    """For what is the same in every database."""
    store = Store("sqlite://", redact=redact)
    yield store
    store.close()


@pytest.fixture
def lm() -> Iterator[FakeLM]:
    model = learner()
    with context(lm=model, num_threads=1):
        yield model
