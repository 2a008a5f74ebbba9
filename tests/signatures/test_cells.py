"""Signatures as cells: instruction, inputs, a line `->`, outputs."""

from typing import Literal

import pytest

from nbdspy.errors import SignatureError
from nbdspy.signatures import read_text

INTENT = """Name what the person wants from the assistant.

request: str                                  # one short message
->
intent: Literal["alarm", "timer", "lights"]
"""


def test_a_cell_has_an_instruction_inputs_and_outputs():
    made = read_text(INTENT, name="Intent")

    assert repr(made).startswith("Signature(Intent: request -> intent\n")
    assert made.instructions == "Name what the person wants from the assistant."
    assert made.fields["request"].description == "one short message"
    assert made.fields["intent"].type == Literal["alarm", "timer", "lights"]


def test_an_instruction_keeps_its_paragraphs_and_its_shape():
    made = read_text("Sort the mail.\n\nMind:\n  - spam\n\tand\n\n\nBe quick: it is late.\n\nmail\n->\nfolder")

    assert made.instructions == "Sort the mail.\n\nMind:\n  - spam\n\tand\n\n\nBe quick: it is late."


def test_a_cell_without_an_instruction_gets_one_from_its_fields():
    assert read_text("a\n->\nb").instructions == "Given the fields `a`, produce the fields `b`."


def test_the_indentation_of_the_whole_cell_is_not_part_of_the_instruction():
    made = read_text("""
        Sort the mail.
          - carefully

        mail
        ->
        folder
    """)

    assert made.instructions == "Sort the mail.\n  - carefully"


def test_a_field_line_has_type_default_and_description():
    made = read_text('n: int = -3   # how many\ntags: list[str] = ["#a"]# which\nmood = "#"\n->\nanswer # in #words')

    assert [(field.type, field.default, field.description) for field in made.input_fields.values()] == [
        (int, -3, "how many"),
        (list[str], ["#a"], "which"),
        (str, "#", ""),
    ]
    assert made.fields["answer"].description == "in #words"


def test_several_fields_may_share_a_line():
    made = read_text("a, b: int, # the b\nc\n->\nd, e")

    assert made.signature == "a, b, c -> d, e"
    assert [field.description for field in made.input_fields.values()] == ["", "the b", ""]


def test_a_bracket_goes_on_to_the_next_line():
    made = read_text('mood: Literal[\n    "dry",   # it\'s a comment\n    "warm",\n] = "dry"  # tone\n->\nanswer')

    assert made.fields["mood"].type == Literal["dry", "warm"]
    assert made.fields["mood"].description == "tone"


def test_a_comment_may_have_a_line_for_itself():
    made = read_text("# what goes in\na\n# and more\nb\n->\n# what comes out\nc")

    assert made.signature == "a, b -> c"
    assert not any(field.description for field in made.fields.values())


def test_apostrophes_in_the_instruction_and_in_descriptions_are_text():
    made = read_text("Don't guess [or so.\n\na  # the person's\n->\nb")

    assert made.instructions == "Don't guess [or so."
    assert made.fields["a"].description == "the person's"


def test_a_cell_may_have_one_line():
    assert read_text("question -> answer: bool\n").signature == "question -> answer"


def test_the_last_paragraph_may_hold_the_arrow():
    made = read_text(
        "Answer a->b questions, won't you.\n\nquestion,\ncontext: list[str] -> answer: bool  # yes or no\n"
    )

    assert made.instructions == "Answer a->b questions, won't you."
    assert made.signature == "question, context -> answer"
    assert made.fields["answer"].description == "yes or no"


def test_lines_may_end_as_on_windows():
    made = read_text("Do it.\r\n\r\na: str  # one\r\n->\r\nb\r\n")

    assert made.equals(read_text("Do it.\n\na: str  # one\n->\nb\n"))


@pytest.mark.parametrize("instruction", ["Summarize", "Note: be brief", "Question: what it asks.", "Language: French"])
def test_prose_that_looks_a_little_like_fields_is_prose(instruction):
    assert read_text(f"{instruction}\n\na\n->\nb").instructions == instruction


# mistakes


def test_a_cell_without_an_arrow_is_refused(refused):
    error = refused("Answer.\n\nquestion: str\nanswer: str\n", under="answer: str", line=4)

    assert "no `->` divides inputs from outputs. Write a line `->` between them." in str(error)


@pytest.mark.parametrize("arrow", ["=>", "→", "—>", "-->", "- >", "->>"])
def test_another_arrow_is_named(refused, arrow):
    error = refused(f"Answer.\n\nquestion\n{arrow}\nanswer", under=arrow, line=4)

    assert f"`{arrow}` is not the arrow. Write `->`." in str(error)


def test_the_second_of_two_arrows_is_shown(refused):
    error = refused("a\n->\nb\n  ->\nc", under="->", line=4)

    assert "this is a second `->`" in str(error)


def test_an_arrow_among_the_fields_is_a_second_one(refused):
    refused("a\n->\nb -> c", under="->", line=3)


@pytest.mark.parametrize(
    ("cell", "under", "line", "message"),
    [
        ("Write.\n\n->\njoke", "->", 3, "there is no input before the `->`. Write at least one field"),
        ("->\njoke", "->", 1, "there is no input before the `->`."),
        ("Write.\n->\njoke", "Write.", 1, "this is no input, and no other stands before the `->`. Write one, like"),
        ("Write it.\nWell.\n->\njoke", "Write it.", 1, "Write one, like question: str, below a blank line."),
        ("Write a joke\n->\njoke", "Write a joke", 1, "no other stands before the `->`."),
        ("Write it. -> joke", "Write it.", 1, "no other stands before the `->`."),
        ("topic\n->", "->", 2, "there is no output after the `->`."),
        ("topic\n->\n# later", "->", 2, "there is no output after the `->`."),
    ],
)
def test_an_empty_side_is_refused(refused, cell, under, line, message):
    assert message in str(refused(cell, under=under, line=line))


@pytest.mark.parametrize(
    ("cell", "under", "line", "message"),
    [
        ("Do it.\n\na: str\n\n->\nb", "a: str", 3, "input stands apart from the `->`. Remove the blank line after it."),
        ("Do it.\n\na\nc\n\n->\nb", "c", 4, "Remove the blank line after it, or end it with a full stop if it is"),
        ("Do it.\n\na: int\n\nc\n->\nb", "a: int", 3, "Remove the blank line after it."),
        ("summarize\n\nc\n->\nb", "summarize", 1, "or end it with a full stop if it is the instruction."),
        ("a\n->\n\nb: str\nc", "b: str", 4, "output stands apart from the `->`. Remove the blank line before it."),
        ("a\n->\nb\n\nc: int", "c: int", 5, "output stands apart from the `->`. Remove the blank line before it."),
        ("a -> b\n\nc: int", "c: int", 3, "output stands apart from the `->`. Remove the blank line before it."),
        ("a\n->\nb\n\nBe brief, please.", "Be brief, please.", 5, "outputs. Write the instruction above"),
        ("a -> b\n\nBe brief, please.", "Be brief, please.", 3, "this stands after the outputs."),
    ],
)  # fmt: skip
def test_what_stands_apart_is_refused_with_the_fix(refused, cell, under, line, message):
    assert message in str(refused(cell, under=under, line=line))


@pytest.mark.parametrize("cell", ["Don't guess.\nquestion: str\n->\nanswer", "Don't guess.\nquestion -> answer"])
def test_an_instruction_without_a_blank_line_below_is_named(refused, cell):
    error = refused(cell.replace("Don't guess.", "Don't you guess."), under="Don't you guess.")

    assert "Leave a blank line between the instruction and the inputs." in str(error)


@pytest.mark.parametrize(
    ("field", "under", "message"),
    [
        ("  mood: Mod", "Mod", "no type is called Mod."),
        ("mood: list[str", "[", "this `[` is never closed."),
        ("a", "a", "a is an input twice."),
        ("self", "self", "'self' is reserved."),
        ("2nd: int", "2nd", "'2nd' is not a name."),
        ("my mood: int", "my mood", "Write my_mood"),
        ("for", "for", "'for' is a word of Python."),
        ("mood str", "mood str", "Write mood: str."),
        ("mood: str the tone", "the tone", "and # before a description."),
        ("mood: int = many  # how many", "many", "Write \"many\" for a text."),
    ],
)  # fmt: skip
def test_mistakes_in_a_field_line_are_shown_where_they_stand(refused, field, under, message):
    error = refused(f"Do it.\n\na: str\n{field}\n->\nb", under=under, line=4)

    assert message in str(error)


def test_a_name_on_both_sides_is_refused(refused):
    assert "a is an input and an output." in str(refused("a\n->\nb\na: int", under="a", line=4))


def test_a_tab_does_not_move_the_caret():
    with pytest.raises(SignatureError) as caught:
        read_text("a:\tMod\n->\nb")

    assert caught.value.place.lines() == ["  a: Mod", "     ^^^"]


@pytest.mark.parametrize("marks", ["### {} SOLUTION", "# {} solution", "#{} PROMPT"])
def test_what_graders_put_around_a_part_of_a_cell_is_not_said_to_the_model(marks):
    text = f"{marks.format('BEGIN')}\n{INTENT}{marks.format('END')}\n"

    assert read_text(text, name="Intent").instructions == "Name what the person wants from the assistant."
