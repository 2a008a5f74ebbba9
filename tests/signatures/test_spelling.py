"""Signatures back to text, and again to signatures."""

import enum
from collections.abc import Callable
from typing import Annotated, Any, List, Literal, Optional  # noqa: UP035 (what users write)

import hypothesis
import pydantic
import pytest
from hypothesis import strategies as st

from nbdspy.signatures import Field, InputField, OutputField, Signature, make, read_text, spell_type, to_text
from nbdspy.signatures.fields import MISSING, name_problem
from nbdspy.types import Code, Image


class Mood(enum.Enum):
    DRY = "dry"


class Person(pydantic.BaseModel):
    name: str


SCOPE = {"Mood": Mood, "Person": Person}


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (str, "str"),
        (None, "None"),
        (list[str], "list[str]"),
        (List[str], "List[str]"),  # noqa: UP006
        (dict[str, list[int]], "dict[str, list[int]]"),
        (tuple[int, ...], "tuple[int, ...]"),
        (tuple[()], "tuple[()]"),
        (Optional[int], "int | None"),  # noqa: UP045
        (int | None, "int | None"),
        (Any, "Any"),
        (Literal["a", "it's", 'say "so"', -1, None], """Literal["a", "it's", 'say "so"', -1, None]"""),
        (Literal[Mood.DRY], "Literal[Mood.DRY]"),
        (list[Person], "list[Person]"),
        (Code["java"], 'Code["java"]'),
        (dict[str, Image | None], "dict[str, Image | None]"),
        (Annotated[int, "positive"], 'Annotated[int, "positive"]'),
    ],
)
def test_types_are_spelt_as_people_write_them(type_, text):
    assert spell_type(type_) == text
    assert read_text(f"a: {text} -> b", scope=SCOPE).fields["a"].type == (type_ or type(None))


def test_the_type_of_a_function_is_spelt_as_it_is_written():
    assert spell_type(Callable[[int, list[Person]], Any]) == "Callable[[int, list[Person]], Any]"


def test_a_signature_is_spelt_as_a_cell():
    made = read_text("Do it.\n\na # first\nlonger: int = 3 # second\n->\nb: Mood", scope=SCOPE)

    assert to_text(made) == (
        "Do it.\n\na: str           # first\nlonger: int = 3  # second\n->\nb: Mood"
    )  # fmt: skip


def test_what_a_cell_cannot_hold_is_spelt_as_a_class():
    class Judge(Signature):
        """Decide."""

        claim: str = InputField(desc="two\nlines")
        sure: float = OutputField(default=0.5, ge=0, le=1)

    assert to_text(Judge) == (
        "class Judge(Signature):\n"
        '    """Decide."""\n'
        "\n"
        '    claim: str = InputField(desc="two\\nlines")\n'
        "    sure: float = OutputField(default=0.5, ge=0, le=1)"
    )


@pytest.mark.parametrize(
    "instruction",
    [
        "summarize",
        "a: int",
        "Do:\n->\nit",
        "x\n\n  indented",
        "  - a\n  - b",
        "Do:\n  - a\n \n  - b",
        'End with "',
        'Three """ quotes',
        "back\\slash",
        "a\rb",
        "a\tb",
        "class X(Signature):\n  pass",
        "Use InputField() here.",
    ],
)
def test_every_instruction_comes_back(instruction):
    made = Signature("a -> b").with_instructions(instruction)

    assert read_text(to_text(made)).equals(made)


simple_types = st.sampled_from([str, int, float, bool, object, Any, Mood, Person, Literal["a", "b c", 'd"e']])
all_types = st.recursive(
    simple_types,
    lambda inner: st.one_of(
        inner.map(lambda item: list[item]),
        st.tuples(inner, inner).map(lambda pair: dict[pair]),
        st.tuples(inner, inner).map(lambda pair: tuple[pair]),
        inner.map(lambda item: Optional[item]),  # noqa: UP045
    ),
    max_leaves=4,
)
names = st.from_regex(r"[a-zé][a-z0-9_é]{0,8}", fullmatch=True).filter(lambda name: not name_problem(name))
prose = st.text(st.characters(exclude_categories=["C"]), max_size=40)
literals = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=4,
)


@st.composite
def fields(draw, role):
    type_ = draw(all_types)
    judged = type_ in (str, int, float, bool) or "Literal" in str(type_)  # their defaults must fit
    default = MISSING if judged else draw(st.one_of(st.just(MISSING), literals))
    constraints = draw(st.sampled_from([{}, {}, {"max_length": 3}]))
    return Field(role=role, type=type_, description=draw(prose), default=default, constraints=constraints)


@st.composite
def signatures(draw):
    chosen = draw(st.lists(names, min_size=2, max_size=5, unique=True))
    count = draw(st.integers(1, len(chosen) - 1))
    made = {}
    for number, name in enumerate(chosen):
        field = draw(fields("input" if number < count else "output"))
        made[name] = field
    paragraphs = draw(st.lists(st.lists(prose, max_size=3).map("\n".join), max_size=3))
    base = Signature({name: (field.type, field) for name, field in made.items()})
    return base.with_instructions("\n\n".join(paragraphs))


@hypothesis.given(signatures())
@hypothesis.settings(max_examples=100, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
def test_every_signature_reads_back_as_itself(made):
    again = read_text(to_text(made), scope=SCOPE)

    assert again.instructions == made.instructions
    assert list(again.fields.values()) == list(made.fields.values())
    assert make(again.fields, again.instructions).equals(made)
