"""A text to a program's inputs."""

from __future__ import annotations

import inspect
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdspy.errors import UsageError
from nbdspy.modules import ChainOfThought, Module, Predict
from nbdspy.modules.inputs import read_inputs
from nbdspy.signatures import Field
from nbdspy.signatures.signature import make


def sign(*, answer: Any = str, **inputs: Any) -> Any:
    fields = {name: Field(role="input", name=name, type=type_) for name, type_ in inputs.items()}
    return make({**fields, "answer": Field(role="output", name="answer", type=answer)})


ONE = sign(request=str)
TWO = sign(question=str, context=str)


@given(st.text(alphabet=st.characters(exclude_characters="{}\\", exclude_categories=["Cs", "Cc"]), min_size=1))
def test_with_one_input_the_whole_text_is_its_value(text: str) -> None:
    assert read_inputs(ONE, text, scope={}) == {"request": text.rstrip()}


def test_one_input_is_not_split_at_its_name() -> None:
    assert read_inputs(ONE, "request: wake me\nat seven\n", scope={}) == {"request": "request: wake me\nat seven"}


def test_several_inputs_open_with_their_names() -> None:
    text = "question: Who?\ncontext: Ada wrote it.\n\n  indented: kept {as: it is}\nother: text too\n"

    assert read_inputs(TWO, text, scope={}) == {
        "question": "Who?",
        "context": "Ada wrote it.\n\n  indented: kept {as: it is}\nother: text too",
    }


def test_a_text_may_start_on_the_line_after_its_name() -> None:
    assert read_inputs(TWO, "context:\nlong\ntext\nquestion: Who?", scope={})["context"] == "long\ntext"


def test_values_have_their_fields_types() -> None:
    signature = sign(words=list[str], limit=int, tone=Literal["dry", "warm"], strict=bool)

    inputs = read_inputs(signature, 'words: ["a", "b"]\nlimit: 3\ntone: Warm\nstrict: no', scope={})

    assert inputs == {"words": ["a", "b"], "limit": 3, "tone": "warm", "strict": False}


def test_an_inputs_default_may_be_left_out() -> None:
    signature = make({**TWO.fields, "limit": Field(role="input", name="limit", type=int, default=3)})

    assert "limit" not in read_inputs(signature, "question: a\ncontext: b", scope={})


def test_programs_of_the_users_own_take_the_parameters_of_forward() -> None:
    class Ask(Module):
        def forward(self, question, limit=3):  # type: ignore[no-untyped-def]
            return None

    assert read_inputs(Ask(), "question: Who?", scope={}) == {"question": "Who?"}


def test_programs_that_pass_their_inputs_on_take_those_of_their_predictor() -> None:
    assert read_inputs(ChainOfThought(TWO), "question: a\ncontext: b", scope={}) == {"question": "a", "context": "b"}


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("Who?\nquestion: a\ncontext: b", "This line belongs to no input. Begin with `question:`.", 1),
        ("\nquestio: a", "Did you mean question?", 2),
        ("question: a\ncontext: b\nquestion: c", "'question' is given twice.", 3),
    ],
)
def test_a_misplaced_line_is_pointed_at(text: str, message: str, line: int) -> None:
    with pytest.raises(UsageError) as caught:
        read_inputs(TWO, text, scope={})

    assert message in str(caught.value)
    assert caught.value.place is not None
    assert caught.value.place.line == line


def test_a_missing_input_is_named() -> None:
    with pytest.raises(UsageError, match="The input 'context' is missing"):
        read_inputs(TWO, "question: a", scope={})


def test_a_value_of_another_type_is_pointed_at() -> None:
    with pytest.raises(UsageError, match="The input 'limit' should be int") as caught:
        read_inputs(sign(question=str, limit=int), "question: a\nlimit: many", scope={})

    assert caught.value.place is not None
    assert (caught.value.place.line, caught.value.place.text) == (2, "many")


def test_references_are_replaced_once() -> None:
    scope = {"name": "{{secret}}", "secret": "no", "rows": [{"who": "Ada"}]}

    inputs = read_inputs(ONE, r"{{name}} and {{rows[0]['who']}}, {single}, \{{literal}}", scope=scope)

    assert inputs == {"request": "{{secret}} and Ada, {single}, {{literal}}"}


def test_a_reference_cannot_open_a_field() -> None:
    inputs = read_inputs(TWO, "question: {{text}}\ncontext: b", scope={"text": "a\ncontext: smuggled"})

    assert inputs == {"question": "a\ncontext: smuggled", "context": "b"}


def test_a_reference_alone_hands_the_value_over() -> None:
    passages = ["one", "two"]

    inputs = read_inputs(sign(question=str, passages=list[str]), "question: a\npassages: {{passages}}", scope=locals())

    assert inputs["passages"] is passages


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("{{nme}}", "There is no variable 'nme'. Did you mean name?"),
        ("{{name.upper()}}", "Only a name, its attributes and constant indices"),
        ("{{name + 'x'}}", "Only a name, its attributes and constant indices"),
        ("{{name[9]}}", "It has no [9]"),
        ("{{name.first}}", "It has no 'first'"),
        ("{{}}", "Only a name, its attributes and constant indices"),
    ],
)
def test_a_reference_that_stands_for_nothing_is_pointed_at(reference: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_inputs(ONE, f"first line\nand {reference} here", scope={"name": "Ada"})

    _, shown, caret = caught.value.lines()
    assert message in caret
    assert shown[caret.index("^") :][: caret.count("^")] == reference


def test_a_negative_index_counts_from_the_end() -> None:
    assert read_inputs(ONE, "{{rows[-1]}}!", scope={"rows": ["a", "z"]}) == {"request": "z!"}


def test_python_knows_what_a_program_takes() -> None:
    class Lookup(Module):
        def forward(self, query: str, limit: int = 3) -> str:
            return query * limit

    assert str(inspect.signature(Lookup())) == "(*, query: str, limit: int = 3)"
    assert str(inspect.signature(Predict("question, n: int -> answer"))) == "(*, question: str, n: int)"
    assert "signature" in inspect.signature(Predict).parameters  # of the class it is what makes one
