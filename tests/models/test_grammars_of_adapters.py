"""What adapters hold a model to, given to real llama.cpp: every grammar is taken, every choice it makes is read."""

import dataclasses
import datetime
import enum
from collections.abc import Iterator
from typing import Any, Literal

import pydantic
import pytest

from nbdspy.adapters import ChatAdapter, CompletionAdapter
from nbdspy.models import Request
from nbdspy.models.local import LocalLeaf
from nbdspy.signatures import InputField, OutputField, Signature

ODD = ('say "hi"', "back\\slash", "two\nlines", "bell\x07\b\f.", "日本 🙂", "U.S.", "a|b (c)*", "\\n")


class Colour(enum.Enum):
    RED = "red"
    BLUE = 3


class Person(pydantic.BaseModel):
    name: str


@dataclasses.dataclass
class Point:
    x: int


@pytest.fixture(scope="module")
def leaf(tiny_model: str) -> Iterator[LocalLeaf]:
    leaf = LocalLeaf(tiny_model)
    yield leaf
    leaf.close()


def asked(adapter: Any, leaf: LocalLeaf, tokens: int, **outputs: Any) -> tuple[Any, str]:
    """A signature with these outputs, and what the model replied to it."""
    signature = Signature(
        {"question": InputField(), **{name: (type_, OutputField()) for name, type_ in outputs.items()}}
    )
    values = adapter.ask(signature, [], {"question": "Why?"})
    return signature, leaf.send(Request(model="tiny", max_tokens=tokens, temperature=1.0, seed=1, **values)).text


@pytest.mark.parametrize("adapter", [ChatAdapter(), CompletionAdapter()], ids=lambda adapter: adapter.name)
class TestGrammars:
    @pytest.mark.parametrize(
        "type_",
        [
            str, int, float, int | None, list[str], list[Person] | None, dict[str, float], Person, Point, set[int], Any,
            datetime.date,
        ],
        ids=str,
    )  # fmt: skip
    def test_it_is_taken(self, adapter: Any, leaf: LocalLeaf, type_: Any) -> None:
        _, text = asked(adapter, leaf, 12, reasoning=str, answer=type_)

        assert text

    @pytest.mark.parametrize(
        "type_", [Literal["yes", "no"], Literal[ODD], Colour, bool, Literal["a", 2] | None], ids=str
    )
    def test_a_choice_made_at_random_is_read(self, adapter: Any, leaf: LocalLeaf, type_: Any) -> None:
        signature, text = asked(adapter, leaf, 200, first=type_, second=bool)

        assert set(adapter.parse(signature, text)) == {"first", "second"}
