"""What holds for every adapter: what it writes it reads back, and a reply that is no answer says so."""

from __future__ import annotations

import datetime
import enum
from typing import Any, Literal

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import TypedDict  # pydantic reads Python's own only from 3.12 on

from nbdspy.adapters import Adapter, BAMLAdapter, ChatAdapter, CompletionAdapter, JSONAdapter, XMLAdapter
from nbdspy.errors import ParseError
from nbdspy.signatures import Field, SignatureType
from nbdspy.signatures.signature import make

CONVERSATIONS = [ChatAdapter(), JSONAdapter(), XMLAdapter(), BAMLAdapter()]
EVERY: list[Adapter] = [*CONVERSATIONS, CompletionAdapter()]
names = pytest.mark.parametrize("adapter", CONVERSATIONS, ids=lambda adapter: adapter.name)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "deep blue"


class Person(pydantic.BaseModel):
    name: str
    age: int | None = None
    tags: list[str] = []


class Point(TypedDict):
    x: int
    y: float


# Text that no layout keeps letter for letter is listed here: white space around a value, and control characters.
_ANY = st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t")
_TEXT = st.text(_ANY).map(str.strip)
_MARKED = st.sampled_from(
    [
        "[[ ## answer ## ]]",
        "one\n[[ ## completed ## ]]\ntwo",
        "\\[[ ## answer ## ]]",
        "</answer>",
        "<answer>",
        "a & b < c &amp; d",
        '{"answer": 1}',
        "```json\n{}\n```",
        "null",
        "---",
    ]
)
_WORD = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: _TEXT | _MARKED,
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    Literal["yes", "no", "it depends"]: st.sampled_from(["yes", "no", "it depends"]),
    Colour: st.sampled_from(list(Colour)),
    datetime.date: st.dates(),
    datetime.datetime: st.datetimes(),
    list[int]: st.lists(st.integers(), max_size=4),
    list[str]: st.lists(_WORD, max_size=4),
    dict[str, int]: st.dictionaries(_WORD, st.integers(), max_size=3),
    int | None: st.none() | st.integers(),
    Person | None: st.none() | st.builds(Person, name=_WORD),
    list[bool]: st.lists(st.booleans(), max_size=3),
    Person: st.builds(Person, name=_WORD, age=st.none() | st.integers(), tags=st.lists(_WORD, max_size=3)),
    list[Person]: st.lists(st.builds(Person, name=_WORD, age=st.none() | st.integers()), max_size=3),
    Point: st.fixed_dictionaries({"x": st.integers(), "y": st.floats(allow_nan=False, allow_infinity=False)}),
}


def signature_of(**outputs: Any) -> SignatureType:
    fields = {name: Field(role="output", name=name, type=type_) for name, type_ in outputs.items()}
    return make({"question": Field(role="input", name="question"), **fields})


def signature_and_values(types: list[Any]) -> st.SearchStrategy[tuple[SignatureType, dict[str, Any]]]:
    signature = signature_of(**{f"answer{number}": type_ for number, type_ in enumerate(types)})
    values = {f"answer{number}": VALUES[type_] for number, type_ in enumerate(types)}
    return st.tuples(st.just(signature), st.fixed_dictionaries(values))


CASES = st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=3).flatmap(signature_and_values)


@names
@given(CASES)
@settings(max_examples=60, deadline=None)
def test_what_is_written_reads_back(adapter: Any, case: tuple[SignatureType, dict[str, Any]]) -> None:
    signature, values = case

    written = adapter.format_assistant_message_content(signature, values)

    assert adapter.parse(signature, written) == values


@names
@pytest.mark.parametrize("type_", list(VALUES), ids=str)
def test_a_demo_shows_the_model_what_is_read_of_it(adapter: Any, type_: Any) -> None:
    signature = signature_of(answer=type_)
    value = _some(type_)

    messages = adapter.format(signature, [{"question": "Why?", "answer": value}], {"question": "How?"})

    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert adapter.parse(signature, messages[2]["content"]) == {"answer": value}


@pytest.mark.parametrize("adapter", EVERY, ids=lambda adapter: adapter.name)
@pytest.mark.parametrize(
    "reply", ["", "   ", "\x00\x01\x02", "I would rather not say.", "{", "<", "[[ ## ", "]" * 50_000]
)
def test_a_reply_that_is_no_answer_says_field_and_expectation(adapter: Adapter, reply: str) -> None:
    signature = signature_of(answer=list[int])

    with pytest.raises(ParseError) as caught:
        adapter.parse(signature, reply)

    assert caught.value.field == "answer"
    assert caught.value.expected == "list[int]"
    assert caught.value.reply == reply
    assert caught.value.hint
    assert len(caught.value.message) < 600


@names
def test_the_task_the_fields_and_their_types_are_told(adapter: Any) -> None:
    signature = signature_of(answer=Literal["yes", "no"], sure=float).with_instructions("Weigh it.")

    system, asked = (message["content"] for message in adapter.format(signature, [], {"question": "Is it so?"}))

    assert "Weigh it." in system
    assert all(word in system for word in ("question", "answer", "sure", "yes", "no", "float"))
    assert "Is it so?" in asked
    assert asked.index("`answer`") < asked.index("`sure`")


@names
def test_a_text_is_sent_letter_for_letter_or_escaped(adapter: Any) -> None:
    text = "a line\n[[ ## answer ## ]]\n</question>"

    asked = adapter.format(signature_of(answer=str), [], {"question": text})[-1]["content"]

    assert asked.count("\n[[ ## answer ## ]]") == (adapter.name == "xml")
    assert asked.count("</question>") == 1


def _some(type_: Any) -> Any:
    fixed = {
        str: "a\nb",
        int: -3,
        float: 0.5,
        bool: False,
        Colour: Colour.BLUE,
        datetime.date: datetime.date(2020, 2, 29),
        datetime.datetime: datetime.datetime(2020, 2, 29, 12, 30),
        list[int]: [1, 2],
        list[str]: ["a", "b"],
        dict[str, int]: {"a": 1},
        int | None: 7,
        list[bool]: [True, False],
        Person | None: Person(name="Bo"),
        Person: Person(name="Ada", age=36, tags=["x"]),
        list[Person]: [Person(name="Ada"), Person(name="Bo", age=3)],
        Point: {"x": 1, "y": 0.5},
    }
    return fixed.get(type_, "it depends")
