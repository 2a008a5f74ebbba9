"""The class form of signatures, as people write it in files and in notebook cells."""

import __future__

import enum
import textwrap
from decimal import Decimal
from typing import Annotated, Any, List, Literal, Optional  # noqa: UP035 (what users write)

import pydantic
import pytest

from nbdspy.errors import SignatureError
from nbdspy.signatures import InputField, OutputField, Signature


class Mood(enum.Enum):
    DRY = "dry"
    WARM = "warm"


class Base(Signature):
    """Answer the question."""

    question: str = InputField()
    answer: str = OutputField(desc="in one word")


def run_cell(source: str, **names: Any) -> dict[str, Any]:
    """Run a cell as a notebook does after `from __future__ import annotations`."""
    namespace = {"__name__": "__main__", "Signature": Signature, "InputField": InputField, "OutputField": OutputField}
    flags = __future__.annotations.compiler_flag
    exec(compile(textwrap.dedent(source), "<cell>", "exec", flags=flags), namespace | names, result := {})
    return result


def test_every_kind_of_type_may_be_written():
    class Kinds(Signature):
        plain = InputField()
        mood: Mood = InputField()
        price: Decimal | None = InputField(default=None)
        tags: List[str] = InputField()  # noqa: UP006
        note: Optional[str] = InputField()  # noqa: UP045
        choice: Literal["a", 1, True, None] = OutputField()
        sure: Annotated[float, pydantic.Field(ge=0)] = OutputField()

    types = {name: field.type for name, field in Kinds.fields.items()}
    assert types["plain"] is str
    assert types["mood"] is Mood
    assert types["price"] == Decimal | None
    assert types["tags"] == List[str]  # noqa: UP006
    assert types["note"] == str | None
    assert types["choice"] == Literal["a", 1, True, None]
    assert types["sure"].__metadata__[0].metadata[0].ge == 0


def test_inputs_come_first_whatever_the_order_of_the_class():
    class Mixed(Signature):
        answer: str = OutputField()
        question: str = InputField()

    assert list(Mixed.fields) == ["question", "answer"]


def test_a_docstring_is_cleaned_of_its_indentation():
    class Long(Signature):
        """Answer.

        Take care:
          - of this
        """

        question: str = InputField()
        answer: str = OutputField()

    assert Long.instructions == "Answer.\n\nTake care:\n  - of this"


# types as text


def test_types_as_text_are_looked_up_where_the_class_stands():
    class Local(pydantic.BaseModel):
        name: str

    class Quoted(Signature):
        person: "Local" = InputField()
        friends: "list[Local]" = OutputField()
        mood: list["Mood"] = OutputField()

    assert Quoted.fields["person"].type is Local
    assert Quoted.fields["friends"].type == list[Local]
    assert Quoted.fields["mood"].type == list[Mood]


def test_a_cell_with_postponed_annotations_reads_its_own_names():
    cell = run_cell(
        """
        class Person:
            pass

        class Find(Signature):
            text: str = InputField()
            person: Person | None = OutputField()
            mood: Mood = OutputField()
        """,
        Mood=Mood,
    )

    assert cell["Find"].fields["person"].type == cell["Person"] | None
    assert cell["Find"].fields["mood"].type is Mood


def test_a_function_with_postponed_annotations_reads_its_locals():
    cell = run_cell(
        """
        def build():
            class Person:
                pass
            class Find(Signature):
                text: str = InputField()
                person: list[Person] = OutputField()
            return Find, Person
        """
    )

    find, person = cell["build"]()

    assert find.fields["person"].type == list[person]


def test_a_base_whose_types_are_out_of_sight_can_be_extended():
    cell = run_cell(
        """
        def build():
            class Person: pass
            class Find(Signature):
                text: str = InputField()
                person: Person = OutputField()
            return Find
        """
    )
    find = cell["build"]()

    class More(find):
        reason: "str" = OutputField()

    assert More.signature == "text -> person, reason"


def test_an_unknown_type_as_text_is_refused_with_a_suggestion():
    with pytest.raises(SignatureError, match=r"Bad: no type is called Mod. Did you mean Mood\?"):

        class Bad(Signature):
            mood: "Mod" = InputField()  # noqa: F821
            answer: str = OutputField()


def test_text_that_is_no_type_is_refused():
    with pytest.raises(SignatureError, match="Bad: a type cannot be read"):

        class Bad(Signature):
            mood: "one of dry, warm" = InputField()  # noqa: F722
            answer: str = OutputField()


# mistakes


@pytest.mark.parametrize("value", ["", " = 'dry'"])
def test_an_annotation_without_a_field_is_refused(value):
    with pytest.raises(SignatureError, match=r"Bad.question is neither an input nor an output"):
        run_cell(f"class Bad(Signature):\n    question: str{value}\n    answer: str = OutputField()")


def test_a_class_without_outputs_is_refused():
    with pytest.raises(SignatureError, match="Bad has no output field"):

        class Bad(Signature):
            question: str = InputField()


# inheritance


def test_a_subclass_adds_its_fields_after_those_of_its_base():
    class Longer(Base):
        context: str = InputField()
        reason: str = OutputField()

    assert Longer.signature == "question, context -> answer, reason"


def test_a_subclass_without_a_docstring_keeps_the_instruction():
    class Longer(Base):
        reason: str = OutputField()

    class Longest(Longer):
        """Think."""

    assert Longer.instructions == "Answer the question."
    assert Longest.instructions == "Think."


def test_a_default_instruction_is_not_inherited():
    class Longer(Signature("question -> answer")):
        context: str = InputField()

    assert Longer.instructions == "Given the fields `question`, `context`, produce the fields `answer`."


def test_a_base_without_fields_gives_its_instruction():
    class Polite(Signature):
        """Be polite."""

    class Ask(Polite):
        question: str = InputField()
        answer: str = OutputField()

    assert Ask.instructions == "Be polite."
    assert repr(Polite) == "<class 'nbdspy.Polite'>"


def test_a_field_declared_again_keeps_its_place():
    class Other(Base):
        reason: str = OutputField()
        answer: int = OutputField(desc="a number")

    assert Other.signature == "question -> answer, reason"
    assert Other.fields["answer"].type is int
    assert Other.fields["answer"].description == "a number"


def test_a_field_declared_again_without_a_type_keeps_its_type():
    class Numbered(Base):
        answer: int = OutputField()

    class Described(Numbered):
        answer = OutputField(desc="a number")

    assert Described.fields["answer"].type is int
    assert Described.fields["answer"].description == "a number"


def test_a_field_may_change_sides_in_a_subclass():
    class Check(Base):
        answer: str = InputField()
        right: bool = OutputField()

    assert Check.signature == "question, answer -> right"


def test_of_two_bases_the_first_wins():
    class Left(Signature):
        """Left."""

        question: str = InputField(desc="left")
        answer: str = OutputField()

    class Right(Signature):
        """Right."""

        context: str = InputField()
        question: str = InputField(desc="right")
        reason: str = OutputField()

    class Both(Left, Right):
        pass

    assert Both.instructions == "Left."
    assert Both.fields["question"].description == "left"
    assert set(Both.fields) == {"context", "question", "answer", "reason"}


def test_methods_and_plain_attributes_of_a_class_stay():
    class Named(Base):
        language = "English"

        @classmethod
        def label(cls) -> str:
            return cls.language.lower()

    assert Named.label() == "english"
