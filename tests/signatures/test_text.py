"""Signatures of one line, and what holds for every text."""

import hypothesis
import pytest
from hypothesis import strategies as st

from nbdspy.errors import SignatureError
from nbdspy.signatures import read_text
from nbdspy.signatures.fields import MISSING

SCRAPS = [
    *(
        "a",
        "b",
        "é",
        "str",
        "list",
        "Literal",
        "None",
        "1",
        "-1",
        "class X(Signature):",
        "InputField(",
        "OutputField()",
    ),
    *(
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        "'",
        '"',
        ":",
        "=",
        ",",
        "->",
        "#",
        "|",
        "\\",
        ".",
        "\n",
        "\n\n",
        " ",
        "    ",
        "\t",
    ),
]
"""What texts of signatures are made of, in any order."""


def test_one_line_has_inputs_an_arrow_and_outputs():
    made = read_text("question, context: list[str] = [] -> answer: bool, why", name="QA")

    assert made.__name__ == "QA"
    assert made.signature == "question, context -> answer, why"
    assert [field.type for field in made.fields.values()] == [str, list[str], bool, str]
    assert made.fields["context"].default == []
    assert made.fields["question"].default is MISSING


def test_brackets_and_quotes_hide_what_they_hold():
    made = read_text("""a: dict[str, int] = {"x, y": 1}, b: Literal["->", ","] = "->", c = ':=#' -> d""")

    assert list(made.fields) == ["a", "b", "c", "d"]
    assert made.fields["a"].default == {"x, y": 1}
    assert made.fields["b"].default == "->"
    assert made.fields["c"].default == ":=#"


def test_spaces_mean_nothing():
    assert read_text("  a:int,b  :  str=  'x'->c ").equals(read_text("a: int, b: str = 'x' -> c"))


def test_a_comma_may_close_a_side():
    assert read_text("a, -> b,").signature == "a -> b"


def test_one_line_may_be_wrapped():
    made = read_text("""
        question: str,   # what people ask
        context: list[str]
        -> answer: str,  # in one word
           why
    """)

    assert made.signature == "question, context -> answer, why"
    assert made.fields["question"].description == "what people ask"
    assert made.fields["answer"].description == "in one word"
    assert made.instructions.startswith("Given the fields")


def test_letters_that_python_takes_as_the_same_are_the_same():
    assert list(read_text("cafe\u0301 -> answer").input_fields) == ["caf\u00e9"]


@pytest.mark.parametrize(
    ("text", "under", "message"),
    [
        ("question answer", "question answer", "no `->` divides inputs from outputs. Write question -> answer"),
        ("question => answer", "=>", "`=>` is not the arrow. Write `->`."),
        ("question → answer", "→", "`→` is not the arrow."),
        ("question —> answer", "—>", "`—>` is not the arrow."),
        ("question --> answer", "-->", "`-->` is not the arrow."),
        ("question ==> answer", "==>", "`==>` is not the arrow."),
        ("a -> b -> c", "->", "this is a second `->`."),
        ("-> answer", "->", "there is no input before the `->`."),
        ("question ->", "->", "there is no output after the `->`. Write at least one field, like answer: str."),
        ("a, a -> b", "a", "a is an input twice."),
        ("a -> b: int, b", "b", "b is an output twice."),
        ("a -> a", "a", "a is an input and an output."),
        ("a, lm -> b", "lm", "'lm' is reserved. Choose another, like my_lm."),
        ("a, _b -> c", "_b", "'_b' starts with an underscore. Write b."),
        ("2nd -> b", "2nd", "'2nd' is not a name."),
        ("a, b-c -> d", "b-c", "'b-c' is not a name."),
        ("my field -> b", "my field", "Write my_field, or a comma between two fields."),
        ("a, class: str -> b", "class", "'class' is a word of Python. Choose another, like my_class."),
        ("a: lsit[str] -> b", "lsit", "no type is called lsit. Did you mean list?"),
        ("a: list[str -> b", "[", "this `[` is never closed. Add the `]`."),
        ("a: list[str) -> b", ")", "`)` cannot close `[`. Write `]` first."),
        ("a: str] -> b", "]", "this `]` closes nothing."),
        ("a = 'x -> b", "'", "this quote is never closed."),
        ("a: int = five -> b", "five", 'five is not a value of Python\'s own. Write "five" for a text.'),
        ("a: list = [print()] -> b", "[print()]", "is not a value of Python's own."),
        ("a = {[]: 1} -> b", "{[]: 1}", "is not a value of Python's own."),
        ("a: int = -> b", " ", "a value is missing after the `=`."),
        ("a: int = 'five' -> b", "'five'", "'five' is not an int."),
        ("a: int = True -> b", "True", "True is not an int."),
        ("a: str = None -> b", "None", "write str | None for a value that may be missing."),
        ("a: Literal['x', 'y'] = 'z' -> b", "'z'", "'z' is not one of 'x', 'y'."),
        ("a: -> b", " ", "a type is missing here. Write str, for example."),
        ("request str -> b", "request str", "a colon is missing between request and str. Write request: str."),
        ("request list[str] -> b", "request list[str]", "Write request: list[str]."),
        ("a: str b: int -> c", "b", "a comma is missing before b."),
        ("a: str = 'x' b: int -> c", "b", "a comma is missing before b."),
        ("a b: int -> c", "a b", "Write a_b, or a comma between two fields."),
        ("a,, b -> c", ",", "a name is missing before this comma."),
    ],
)
def test_mistakes_in_one_line_are_shown_where_they_stand(refused, text, under, message):
    error = refused(text, under=under)

    assert message in str(error)


@pytest.mark.parametrize(
    ("text", "column"), [("a -> b -> c", 8), ("a, a -> b", 4), ("a -> a", 6), ("a -> b: int, b", 14), ("a,, b -> c", 3)]
)
def test_of_two_equal_words_the_second_is_shown(text, column):
    with pytest.raises(SignatureError) as caught:
        read_text(text)

    assert caught.value.place.column == column


def test_an_error_is_three_lines():
    with pytest.raises(SignatureError) as caught:
        read_text('request -> intent: Litteral["alarm"]', name="Intent")

    assert caught.value.lines() == [
        "SignatureError in Intent, line 1, column 20",
        '  request -> intent: Litteral["alarm"]',
        "                     ^^^^^^^^ no type is called Litteral. Did you mean Literal?",
    ]


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_an_empty_text_is_refused(text):
    with pytest.raises(SignatureError, match="the signature is empty"):
        read_text(text)


@hypothesis.given(st.lists(st.sampled_from(SCRAPS)).map("".join))
@hypothesis.settings(max_examples=300, deadline=None)
@hypothesis.example("class X(Signature):\n  a = InputField(\x00)")
@hypothesis.example("a: \x00 -> b")
@hypothesis.example("\f->\f")
@hypothesis.example("'''\nInputField()")
def test_every_text_is_a_signature_or_an_error_with_a_place(text):
    try:
        made = read_text(text)
    except SignatureError as caught:
        error = caught
    else:
        assert made.input_fields
        assert made.output_fields
        return

    assert error.place.column - 1 <= len(error.place.text)
