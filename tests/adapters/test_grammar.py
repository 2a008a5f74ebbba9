"""Grammars: well formed for llama.cpp, wide enough for what is written, narrow enough to be read."""

import dataclasses
import datetime
import enum
import re
from typing import Annotated, Any, Literal

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdspy.adapters import ChatAdapter, CompletionAdapter
from nbdspy.adapters.grammar import grammar, json_rule, quoted, value_rule
from nbdspy.adapters.values import write_value
from nbdspy.signatures import Field, InputField, OutputField, Signature
from nbdspy.types import Code

ADAPTERS = [ChatAdapter(), CompletionAdapter()]
ODD = [
    'say "hi"',
    "back\\slash",
    "two\nlines",
    "tab\t",
    "bell\x07\b\f",
    "日本 🙂",
    "U.S.",
    "[[ ## ]]",
    "a|b (c)*",
    "\\n",
]


class Colour(enum.Enum):
    RED = "red"
    BLUE = 3


class Person(pydantic.BaseModel):
    name: str
    tags: list[str] = []


@dataclasses.dataclass
class Point:
    x: int
    y: float


class Tree(pydantic.BaseModel):
    label: str
    branches: list["Tree"] = []


class Renamed(pydantic.BaseModel):
    kind: str = pydantic.Field(alias="class")


VALUES: list[tuple[Any, list[Any]]] = [
    (str, ["one line"]),
    (int, [0, -7, 10**20]),
    (float, [0.5, -3.25, 2]),
    (bool, [True, False]),
    (Literal["a", "b", 3], ["a", 3]),
    (Literal[tuple(ODD)], ODD),  # type: ignore[valid-type]
    (Colour, list(Colour)),
    (int | None, [None, 3]),
    (Literal["a"] | None, [None, "a"]),
    (Annotated[int, "note"], [3]),
    (list[str], [[], ["a", 'b "c" \\ \n', "日本 🙂"]]),
    (list[Person] | None, [None, [Person(name="Ada", tags=["x"])]]),
    (dict[str, float], [{}, {"a": -1.5e-7}]),
    (tuple[int, ...], [(1, 2)]),
    (set[int], [{1}]),
    (Person, [Person(name="Ada", tags=["x", "y"])]),
    (Point, [Point(1, 2.0)]),
    (datetime.date, [datetime.date(2026, 3, 1)]),
    (Any, ["anything"]),
    (type(None), [None]),
    (list[Literal["a", "b"]], [[], ["b", "a"]]),
    (tuple[int, str], [(1, "one")]),
    (dict[str, list[int | None]], [{"a": [1, None], "b": []}]),
    (Tree, [Tree(label="root", branches=[Tree(label="leaf")])]),
    (Renamed, [Renamed(**{"class": "mammal"})]),
]
TYPES = [type_ for type_, _ in VALUES]


def field(type_: Any) -> Field:
    return Field(role="output", name="answer", type=type_)


def signature(**outputs: Any) -> Any:
    return Signature({"question": InputField(), **{name: (type_, OutputField()) for name, type_ in outputs.items()}})


@pytest.mark.parametrize(("type_", "values"), VALUES, ids=str)
def test_a_value_as_it_is_written_is_within_its_grammar(type_: Any, values: list[Any]) -> None:
    whole = grammar(value_rule(field(type_)))

    for value in values:
        assert accepts(whole, write_value(value, field(type_)))


@pytest.mark.parametrize(
    ("type_", "texts"),
    [
        (str, ["", "two\nlines"]),
        (int, ["", "four", "1.5", "--1", "1 ", "007"]),
        (float, ["", "1.", ".5", "one", "00.5"]),
        (type(None), ["null", ""]),
        (bool, ["true", "yes", "", "TrueFalse"]),
        (Literal["a", "b"], ["c", "ab", "A", ""]),
        (Colour, ["RED", "4"]),
        (int | None, ["none", "a", ""]),
        (list[str], ['"a"', "{}", "[1,]", "['a']", '["a"', "[1] and more"]),
        (dict[str, int], ["[]", "{a: 1}", '{"a" 1}', "{1: 1}"]),
        (
            Person,
            ["Ada", '["Ada"]', "{}", '{"name": "Ada"}', '{"name": 3, "tags": []}', '{"name": "Ada", "tags": [3]}'],
        ),
        (Point, ['{"x": 1.5, "y": 2}', '{"y": 2, "x": 1}']),
        (list[Literal["a", "b"]], ['["c"]', '[["a"]]', '["a" "b"]']),
        (tuple[int, str], ["[1]", '["a", 1]', '[1, "a", 2]']),
        (list[list[int]], ["[1]", "[[1.5]]"]),
        (Tree, ['{"label": 3, "branches": []}', '{"branches": []}']),
    ],
    ids=str,
)
def test_another_text_is_not(type_: Any, texts: list[str]) -> None:
    whole = grammar(value_rule(field(type_)))

    for text in texts:
        assert not accepts(whole, text)


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        (bool, ["true", "false"], ["True"]),
        (Literal["a", 3], ['"a"', "3"], ["a", '"3"']),
        (Colour, ['"red"', "3"], ['"RED"']),
        (str | None, ["null", '"x"'], ["None", "x"]),
        (Any, ["[1, {}]", '"x"'], ["x"]),
        (Code, ['"print()"'], ["print()"]),
    ],
    ids=str,
)
def test_within_json_words_are_written_as_json(type_: Any, good: list[str], bad: list[str]) -> None:
    whole = grammar(json_rule(field(type_)))

    assert all(accepts(whole, text) for text in good)
    assert not any(accepts(whole, text) for text in bad)


@given(st.text())
def test_every_text_can_be_a_literal(text: str) -> None:
    assert accepts(grammar(quoted(text)), text)
    assert "\n" not in quoted(text)


def test_json_is_only_described_where_it_is_needed() -> None:
    assert "json ::=" in grammar(value_rule(field(list[int])))
    assert "json ::=" in grammar(value_rule(field(dict[str, Any] | None)))
    assert "json ::=" not in grammar(value_rule(field(Literal["a", "b"])))


class TestReplies:
    @pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
    @pytest.mark.parametrize(("type_", "values"), VALUES, ids=str)
    def test_the_grammar_of_a_whole_reply_holds_what_parses_to_the_values(self, adapter, type_, values) -> None:
        made = signature(reasoning=str, answer=type_)
        shape = adapter.shape(made)

        for value in values:
            text = reply(adapter, "It is so.", write_value(value, field(type_)))
            assert accepts(shape.grammar, text)
            if type_ is not Any and "[[ ##" not in text.split("## answer ## ]]")[-1].split("\n[[ ## completed")[0]:
                assert adapter.parse(made, text)["answer"] == value

    def test_a_completion_begins_with_one_space_and_ends_with_the_line(self) -> None:
        shape = CompletionAdapter().shape(signature(answer=int))

        assert accepts(shape.grammar, " 42\n")
        assert not accepts(shape.grammar, "42\n")
        assert not accepts(shape.grammar, " 42")

    def test_a_completion_that_is_one_choice_ends_with_it(self) -> None:
        shape = CompletionAdapter().shape(signature(answer=Literal["yes", "no"]))

        assert accepts(shape.grammar, " yes")
        assert not accepts(shape.grammar, " yes\n")
        assert shape.choices == (" yes", " no")

    def test_the_last_text_of_a_completion_may_be_a_paragraph(self) -> None:
        shape = CompletionAdapter().shape(signature(title=str, body=str))

        assert accepts(shape.grammar, " One\nBody: two\nthree\n")
        assert not accepts(shape.grammar, " One\nBody: two\n\nthree\n")
        assert not accepts(shape.grammar, " One\ntwo\nBody: three\n")

    def test_a_chat_reply_has_every_marker_in_order(self) -> None:
        shape = ChatAdapter().shape(signature(title=str, count=int))
        good = "[[ ## title ## ]]\nOne [1] of\n\n`x[0]`.\n[[ ## count ## ]]\n3\n[[ ## completed ## ]]"

        assert accepts(shape.grammar, good)
        assert accepts(shape.grammar, good.replace("\n[[", "\n\n[["))
        assert not accepts(shape.grammar, good.replace("title", "tilte"))
        assert not accepts(shape.grammar, good.replace("\n[[ ## completed ## ]]", ""))
        assert not accepts(shape.grammar, good.replace("3", "three"))


@pytest.mark.parametrize("broken", ['root ::= "a', r'root ::= "\d"', "root ::= [a", "root ::= missing", "root ::= {a}"])
def test_the_reader_of_these_tests_is_strict(broken: str) -> None:
    with pytest.raises((ValueError, re.error)):
        pattern(broken)


def reply(adapter: Any, reasoning: str, answer: str) -> str:
    if adapter.name == "completion":
        return f" {reasoning}\nAnswer: {answer}\n"
    return f"[[ ## reasoning ## ]]\n{reasoning}\n[[ ## answer ## ]]\n{answer}\n[[ ## completed ## ]]"


# A small reader of GBNF, as strict as llama.cpp's: grammars to regular expressions, to try texts against.

DEPTH = 4  # how deep rules may call themselves
TOKEN = re.compile(
    r"\s*(?:(?P<name>[a-zA-Z][\w-]*)(?P<defines>\s*::=)?"
    r'|"(?P<text>(?:[^"\\\n]|\\.)*)"'
    r"|\[(?P<set>(?:[^\]\\\n]|\\.)*)\]"
    r"|(?P<sign>[()|*+?]))"
)
ESCAPE = re.compile(r'\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[tnr\\"\[\]])')


def pattern(grammar: str) -> re.Pattern[str]:
    """The regular expression of a grammar.

    Raises:
        ValueError: When it is no GBNF: an unknown escape, a rule that is not defined, a stray sign.
    """
    rules: dict[str, list[tuple[str, str]]] = {}
    position = 0
    grammar = grammar.rstrip()
    while position < len(grammar):
        found = TOKEN.match(grammar, position)
        if found is None:
            raise ValueError(f"no GBNF: {grammar[position : position + 40]!r}")
        position = found.end()
        if found["defines"]:
            rules[found["name"]] = current = []
        else:
            kind = str(found.lastgroup)
            current.append((kind, found[kind]))
    return re.compile(_rule("root", rules, DEPTH), re.DOTALL)


def accepts(grammar: str, text: str) -> bool:
    """Whether the grammar describes the whole text."""
    return pattern(grammar).fullmatch(text) is not None


def _rule(name: str, rules: dict[str, list[tuple[str, str]]], depth: int) -> str:
    if depth < 0:
        return "(?!)"
    parts = []
    for kind, part in rules[name] if name in rules else _missing(name):
        match kind:
            case "name":
                parts.append(f"(?:{_rule(part, rules, depth - (part == 'json'))})")
            case "text":
                parts.append(f"(?:{re.escape(_plain(part))})")
            case "set":
                negated = part.startswith("^")
                inside = re.sub(r"[\[&~|]", r"\\\g<0>", _plain(part.removeprefix("^"), "\\\\"))
                parts.append(f"[{'^' if negated else ''}{inside}]")
            case _:
                parts.append(part)
    return "".join(parts)


def _plain(text: str, backslash: str = "\\") -> str:
    """The text that escapes stand for."""
    if left := re.search(r"\\", ESCAPE.sub("", text)):
        raise ValueError(f"an escape that GBNF has not: {text[left.start() : left.start() + 5]!r} in {text!r}")

    def letter(escape: re.Match[str]) -> str:
        said = escape[0][1:]
        if said[0] in "xuU":
            return chr(int(said[1:], 16))
        return {"t": "\t", "n": "\n", "r": "\r", "\\": backslash}.get(said, said)

    return ESCAPE.sub(letter, text)


def _missing(name: str) -> list[tuple[str, str]]:
    raise ValueError(f"the rule {name!r} is not defined")
