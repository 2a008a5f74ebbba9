"""What holds for every adapter: what it writes it reads back, and a reply that is no answer says so."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import enum
import keyword
import re
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import pydantic
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from typing_extensions import TypedDict  # pydantic reads Python's own only from 3.12 on

from nbdspy.adapters import Adapter, BAMLAdapter, ChatAdapter, CompletionAdapter, JSONAdapter, XMLAdapter
from nbdspy.errors import ParseError
from nbdspy.signatures import Field, SignatureType
from nbdspy.signatures.fields import RESERVED
from nbdspy.signatures.signature import make

CONVERSATIONS = [ChatAdapter(), JSONAdapter(), XMLAdapter(), BAMLAdapter()]
EVERY: list[Adapter] = [*CONVERSATIONS, CompletionAdapter()]
conversations = pytest.mark.parametrize("adapter", CONVERSATIONS, ids=lambda adapter: adapter.name)
every = pytest.mark.parametrize("adapter", EVERY, ids=lambda adapter: adapter.name)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "deep blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Person(pydantic.BaseModel):
    name: str
    age: int | None = None
    tags: list[str] = []


class Team(pydantic.BaseModel):
    lead: Person
    others: list[Person] = []
    motto: str | None = None
    scores: dict[str, float] = {}


class Point(TypedDict):
    x: int
    y: float


@dataclasses.dataclass
class Span:
    start: datetime.date
    colour: Colour


# What no layout keeps letter for letter is left out here: white space around a text, words for nothing where a text may
# be None, and halves of characters where pydantic reads the text.
SAYS_NOTHING = re.compile(r"\W*(?:none|null|n/a)?\W*", re.IGNORECASE)
_TEXT = st.text(st.characters(exclude_categories=())).map(str.strip)
_INNER = st.text(max_size=12)
_MARKED = st.sampled_from(
    [
        "[[ ## answer ## ]]",
        "one\n[[ ## completed ## ]]\ntwo",
        "\\[[ ## answer ## ]]",
        "\\\\[[ ## a ## ]]\n- **[[ ## b ## ]]**: x",
        "> [[ ## a b ## ]]]",
        "[[ # answer # ]]",
        "[[ ##",
        "</answer>",
        "<answer>",
        "<![CDATA[x]]></answer>",
        "<!-- a -->",
        "`<answer>`",
        "a & b < c &amp; d &lt;",
        '{"answer": 1}',
        '{"a": "',
        '"quoted"',
        "“quoted”",
        "```json\n{}\n```",
        "```\n[[ ## answer ## ]]\n```",
        "null",
        "42",
        "---",
        "<think>hm</think> so",
        "\r\n",
        "a\rb\r\nc\u2028d\x0be\x85f",
        "- a\n- b",
        "\ufeffa\u200b",
        "\x00\x1b[0m\x7f",
        "[",
    ]
).map(str.strip)
_WORD = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)
_FLOAT = st.floats(allow_nan=False, allow_infinity=False)
_PERSON = st.builds(Person, name=_INNER, age=st.none() | st.integers(), tags=st.lists(_INNER, max_size=3))
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: _TEXT | _MARKED,
    int: st.integers(),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    Literal["yes", "no", "it depends"]: st.sampled_from(["yes", "no", "it depends"]),
    Literal["a", "A", "a b", "a_b", "U.S.", "'q'", 1]: st.sampled_from(["a", "A", "a b", "a_b", "U.S.", "'q'", 1]),
    Colour: st.sampled_from(list(Colour)),
    Level: st.sampled_from(list(Level)),
    datetime.date: st.dates(),
    datetime.datetime: st.datetimes(),
    datetime.time: st.times(),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    UUID: st.uuids(),
    list[int]: st.lists(st.integers(), max_size=4),
    list[float]: st.lists(_FLOAT, max_size=4),
    list[str]: st.lists(_INNER | _MARKED, max_size=4),
    list[Colour]: st.lists(st.sampled_from(list(Colour)), max_size=3),
    list[str | None]: st.lists(st.none() | _INNER | st.sampled_from(["None", "null", ""]), max_size=4),
    list[list[int]]: st.lists(st.lists(st.integers(), max_size=3), max_size=3),
    tuple[str, bool]: st.tuples(_INNER, st.booleans()),
    set[int]: st.sets(st.integers(), max_size=4),
    dict[str, int]: st.dictionaries(_INNER | st.sampled_from(["item", "Item", "a", "A"]), st.integers(), max_size=3),
    dict[str, list[str]]: st.dictionaries(_WORD, st.lists(_INNER, max_size=2), max_size=3),
    dict[str, Any]: st.dictionaries(_WORD, st.none() | st.integers() | _INNER | st.lists(st.booleans()), max_size=3),
    str | None: st.none() | _TEXT.filter(lambda text: not SAYS_NOTHING.fullmatch(text)),
    int | None: st.none() | st.integers(),
    Literal["x", "y"] | None: st.none() | st.sampled_from(["x", "y"]),
    datetime.date | None: st.none() | st.dates(),
    list[int] | None: st.none() | st.lists(st.integers(), max_size=3),
    list[bool]: st.lists(st.booleans(), max_size=3),
    Person: _PERSON,
    Person | None: st.none() | _PERSON,
    list[Person]: st.lists(_PERSON, max_size=3),
    Team: st.builds(
        Team, lead=_PERSON, others=st.lists(_PERSON, max_size=2), motto=st.none() | _INNER,
        scores=st.dictionaries(_WORD, _FLOAT, max_size=2),
    ),
    Point: st.fixed_dictionaries({"x": st.integers(), "y": _FLOAT}),
    Span: st.builds(Span, start=st.dates(), colour=st.sampled_from(list(Colour))),
}  # fmt: skip
CONSTRAINED: list[tuple[Any, Mapping[str, Any], st.SearchStrategy[Any]]] = [
    (int, {"ge": 0, "le": 10}, st.integers(0, 10)),
    (float, {"gt": -1, "lt": 1}, st.floats(-1, 1, exclude_min=True, exclude_max=True)),
    (str, {"min_length": 1, "max_length": 5}, st.text(st.characters(categories=("L", "N")), min_size=1, max_size=5)),
    (str, {"pattern": "^[a-z ]+[a-z]$"}, st.from_regex("[a-z][a-z ]{0,5}[a-z]", fullmatch=True)),
    (list[int], {"min_length": 2}, st.lists(st.integers(), min_size=2, max_size=4)),
    (int | None, {"ge": 0}, st.none() | st.integers(0)),
    (Decimal, {"max_digits": 6, "decimal_places": 2}, st.decimals(-999, 999, places=2)),
]


def output(name: str, type_: Any, constraints: Mapping[str, Any] | None = None) -> Field:
    return Field(role="output", name=name, type=type_, constraints=constraints or {})


def signature_of(**outputs: Any) -> SignatureType:
    return made([output(name, type_) for name, type_ in outputs.items()])


def made(outputs: list[Field]) -> SignatureType:
    return make({"question": Field(role="input", name="question"), **{field.name: field for field in outputs}})


_NAMES = st.sampled_from(
    ["answer", "Answer", "answer2", "final_answer", "completed", "item", "name", "x"]
) | st.from_regex(r"[a-zA-Zäß][a-zA-Z0-9_ä]{0,8}", fullmatch=True).filter(
    lambda name: name not in RESERVED | {"question"} and not keyword.iskeyword(name)
)
_FIELDS = st.sampled_from([(type_, {}, values) for type_, values in VALUES.items()]) | st.sampled_from(CONSTRAINED)


@st.composite
def cases(draw: st.DrawFn) -> tuple[SignatureType, dict[str, Any]]:
    """A signature of one to four outputs, and a value for each."""
    chosen = draw(st.dictionaries(_NAMES, _FIELDS, min_size=1, max_size=4))
    signature = made([output(name, type_, constraints) for name, (type_, constraints, _) in chosen.items()])
    return signature, {name: draw(values) for name, (_, _, values) in chosen.items()}


@conversations
@given(cases())
@settings(max_examples=150, deadline=None)
def test_what_is_written_reads_back(adapter: Any, case: tuple[SignatureType, dict[str, Any]]) -> None:
    signature, values = case

    written = adapter.format_assistant_message_content(signature, values)

    assert adapter.parse(signature, written) == values


@given(cases())
@settings(max_examples=150, deadline=None)
def test_a_plain_text_reads_back_but_for_what_it_cannot_keep(case: tuple[SignatureType, dict[str, Any]]) -> None:
    signature, values = case
    assume(not any(map(_is_lost, signature.output_fields.values(), values.values())))
    assume(len({field.title.casefold() for field in signature.fields.values()}) == len(signature.fields))

    written = _continued(signature, values)

    assert CompletionAdapter().parse(signature, written) == values


def _is_lost(field: Field, value: Any) -> bool:
    """Whether a plain text, which has no escapes, cannot keep a value apart from what is around it."""
    if field.type not in (str, str | None) or value is None:
        return False
    ends = "\n---" in f"\n{value}" or "\nQuestion:" in f"\n{value}"
    is_label = any(re.match(r"[\W_]*\w[\w -]*[\W_]*:", line) for line in value.splitlines())
    is_another_layout = value.startswith(("{", "<", "`", "[[", "- ", ">", "\\"))
    is_trimmed = value.startswith(("\ufeff", "\u200b")) or not value
    return ends or is_label or is_another_layout or is_trimmed or "\r" in value


def _continued(signature: SignatureType, values: Mapping[str, Any]) -> str:
    """What the completion layout shows of a demo behind the label of its first output."""
    first = next(iter(signature.output_fields.values()))
    prompt = CompletionAdapter().ask(signature, [{"question": "q", **values}], {"question": "Why?"})["prompt"]
    shown, _, _ = prompt.rpartition(f"\n\n---\n\n{signature.instructions}\n\n---\n\n")
    return str(shown.removeprefix(f"Question: q\n{first.title}:"))


@conversations
@given(cases(), st.data())
@settings(max_examples=100, deadline=None)
def test_what_is_read_of_a_damaged_reply_reads_back_the_same(
    adapter: Any, case: tuple[SignatureType, dict[str, Any]], data: st.DataObject
) -> None:
    signature, values = case
    written = adapter.format_assistant_message_content(signature, values)
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(written))] * 2)))
    reply = data.draw(st.sampled_from([written[:start], written[:start] + written[end:], written + written[start:end]]))
    try:
        found = adapter.parse(signature, reply)
    except ParseError:
        return

    again = adapter.parse(signature, adapter.format_assistant_message_content(signature, found))

    assert again == found


@pytest.mark.parametrize("adapter", [JSONAdapter(), BAMLAdapter()], ids=lambda adapter: adapter.name)
@given(cases(), st.data())
@settings(max_examples=150, deadline=None)
def test_half_an_object_is_never_read_as_a_whole(
    adapter: Any, case: tuple[SignatureType, dict[str, Any]], data: st.DataObject
) -> None:
    signature, values = case
    written = adapter.format_assistant_message_content(signature, values)
    cut = written[: data.draw(st.integers(0, len(written)))]

    with contextlib.suppress(ParseError):
        assert adapter.parse(signature, cut) == values


_PIECES = st.sampled_from(
    [
        *("[[ ## answer ## ]]", "[[ ## completed ## ]]", "[[ ## question ## ]]", "[[", "## ]]", "\n", " "),
        *("<answer>", "</answer>", "<item>", "</item>", "<![CDATA[", "]]>", "<!--", "&lt;", "&", "<think>", "</think>"),
        *("{", "}", "[", "]", "(", ")", '"answer"', '"', "'", "“", "\\", "\\u", ":", ",", "//", "/*", "#", "="),
        *("Answer:", "answer", "---", "```", "- ", "1. ", "1", "-", ".", "e", "true", "None", "null", "yes"),
        *("\ud83d", "\x00", "\u202e", "\ufeff", "\r\n", "٣", "2026-03-01"),
    ]
)
_GARBAGE = st.lists(_PIECES | st.text(st.characters(exclude_categories=()), max_size=5), max_size=30).map("".join)


@every
@given(st.sampled_from(list(VALUES)), _GARBAGE)
@settings(max_examples=400, deadline=None)
def test_garbage_is_a_value_or_a_parse_error_and_nothing_else(adapter: Adapter, type_: Any, text: str) -> None:
    signature = made([output("answer", type_), output("note", str | None)])

    try:
        adapter.parse(signature, text)
    except ParseError as error:
        assert error.reply == text  # noqa: PT017 (either is fine)
        assert error.field in signature.output_fields  # noqa: PT017
        assert error.expected  # noqa: PT017


@every
@given(st.sampled_from(list(VALUES)), st.lists(_PIECES, min_size=1, max_size=3), _GARBAGE, _GARBAGE)
@settings(max_examples=40, deadline=None)
def test_much_garbage_takes_no_more_than_a_moment(
    adapter: Adapter, type_: Any, pieces: list[str], before: str, after: str
) -> None:
    signature = made([output("answer", type_), output("note", str | None)])
    repeated = "".join(pieces)
    started = time.process_time()

    with contextlib.suppress(ParseError):
        adapter.parse(signature, before + repeated * (50_000 // len(repeated)) + after)

    assert time.process_time() - started < 5  # seconds; quadratic reading would take minutes


SOME: list[tuple[Any, Any]] = [
    (str, "a\nb"),
    (int, -3),
    (float, 0.5),
    (bool, False),
    (Literal["yes", "it depends"], "it depends"),
    (Colour, Colour.BLUE),
    (Level, Level.HIGH),
    (datetime.date, datetime.date(2020, 2, 29)),
    (datetime.datetime, datetime.datetime(2020, 2, 29, 12, 30)),
    (Decimal, Decimal("1.10")),
    (list[int], [1, 2]),
    (list[str], ["a", "b"]),
    (dict[str, int], {"a": 1}),
    (int | None, 7),
    (list[bool], [True, False]),
    (Person, Person(name="Ada", age=36, tags=["x"])),
    (list[Person], [Person(name="Ada"), Person(name="Bo", age=3)]),
    (Team, Team(lead=Person(name="Ada"), motto="on", scores={"a": 1.5})),
    (Point, {"x": 1, "y": 0.5}),
    (Span, Span(datetime.date(2020, 2, 29), Colour.RED)),
]


@conversations
@pytest.mark.parametrize(("type_", "value"), SOME, ids=str)
def test_a_demo_shows_the_model_what_is_read_of_it(adapter: Any, type_: Any, value: Any) -> None:
    signature = signature_of(answer=type_)

    messages = adapter.format(signature, [{"question": "Why?", "answer": value}], {"question": "How?"})

    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert adapter.parse(signature, messages[2]["content"]) == {"answer": value}


@every
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


@conversations
def test_the_task_the_fields_and_their_types_are_told(adapter: Any) -> None:
    signature = signature_of(answer=Literal["yes", "no"], sure=float).with_instructions("Weigh it.")

    system, asked = (message["content"] for message in adapter.format(signature, [], {"question": "Is it so?"}))

    assert "Weigh it." in system
    assert all(word in system for word in ("question", "answer", "sure", "yes", "no", "float"))
    assert "Is it so?" in asked
    assert asked.index("`answer`") < asked.index("`sure`")


@conversations
def test_a_text_is_sent_letter_for_letter_or_escaped(adapter: Any) -> None:
    text = "a line\n[[ ## answer ## ]]\n</question>"

    asked = adapter.format(signature_of(answer=str), [], {"question": text})[-1]["content"]

    assert asked.count("\n[[ ## answer ## ]]") == (adapter.name == "xml")
    assert asked.count("</question>") == 1
