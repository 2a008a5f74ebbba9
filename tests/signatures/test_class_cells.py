"""Signatures that a cell holds as Python: read, never run."""

from typing import Literal

import pytest

from nbdspy.signatures import read_text

WHOLE = '''class Judge(nbdspy.Signature):
    """Decide whether the claim follows.

    Take care.
    """

    claim: str = nbdspy.InputField()
    context: list[str] = InputField("facts", default=[])
    plain = InputField()
    verdict: Literal[
        "yes",
        "no",
    ] = OutputField(
        desc="in "
        "one word",
    )
    sure: float = OutputField(ge=0, le=1)
'''


def test_a_whole_class_is_read():
    made = read_text(WHOLE, name="Judge")

    assert made.signature == "claim, context, plain -> verdict, sure"
    assert made.instructions == "Decide whether the claim follows.\n\nTake care."
    assert made.fields["context"].description == "facts"
    assert made.fields["context"].default == []
    assert made.fields["plain"].type is str
    assert made.fields["verdict"].type == Literal["yes", "no"]
    assert made.fields["verdict"].description == "in one word"
    assert dict(made.fields["sure"].constraints) == {"ge": 0, "le": 1}


@pytest.mark.parametrize("indent", ["", "    "])
@pytest.mark.parametrize(
    "above",
    [
        "Decide [it].\n\nDon't guess.\n\n",
        '"""Decide [it].\n\nDon\'t guess."""\n',
        "'''Decide [it].\n\nDon't guess.'''\n\n",
    ],
)
def test_the_body_of_a_class_is_read(above, indent):
    if indent and not above.startswith("Decide"):
        above = indent + above
    made = read_text(f"{above}{indent}claim: str = InputField()\n\n{indent}verdict: bool = OutputField()\n")

    assert made.signature == "claim -> verdict"
    assert made.instructions == "Decide [it].\n\nDon't guess."


def test_a_body_without_an_instruction_gets_one():
    assert read_text("a = InputField()\nb = OutputField()").instructions.startswith("Given the fields `a`")


@pytest.mark.parametrize(
    ("line", "under", "message"),
    [
        ("mood: Mod = InputField()", "Mod", "no type is called Mod."),
        ("claim: str = InputField()", "claim", "claim is an input twice."),
        ("demos = InputField()", "demos", "'demos' is reserved."),
        ("mood: str", "mood: str", "mood is neither an input nor an output."),
        ("mood: str = 'dry'", "mood: str = 'dry'", "mood is neither an input nor an output."),
        ("mood = Field()", "Field()", "a field is declared by InputField(…) or OutputField(…)."),
        ("mood = InputField(des='x')", "des", "a field has no option 'des'. Did you mean desc?"),
        ("mood = InputField('x', 'y')", "'y'", "only the description stands without a name."),
        ("mood = InputField(**options)", "**options", "options are written out here"),
        ("mood = InputField(desc=words)", "words", "words is not a value of Python's own."),
        ("mood = InputField(default=open('x'))", "open('x')", "is not a value of Python's own."),
        ("print('hello')", "print('hello')", "only a docstring and fields stand in a signature."),
        ("def method(self): pass", "def method(self): pass", "only a docstring and fields stand in a signature."),
        ("mood = InputField(", "(", "this is not Python: '(' was never closed."),
    ],
)
@pytest.mark.parametrize("head", ["Do it.\n", "class Judge(Signature):"])
def test_mistakes_are_shown_where_they_stand(refused, line, under, message, head):
    indent = "    " if head.startswith("class") else ""
    cell = f"{head}\n{indent}claim: str = InputField()\n{indent}verdict: bool = OutputField()\n{indent}{line}"

    error = refused(cell, under=under, line=cell.count("\n") + 1)

    assert message in str(error)


def test_a_side_without_fields_is_refused(refused):
    refused("class Judge(Signature):\n    claim: str = InputField()", under="claim", line=2)
    refused('class Judge(Signature):\n    """Nothing."""', under="class Judge(Signature):")


def test_another_base_is_refused(refused):
    error = refused("class Judge(Base):\n    a = InputField()", under="class Judge(Base):")

    assert "Run it in a cell of Python" in str(error)


def test_code_beside_the_class_is_refused(refused):
    refused("import os\nclass Judge(Signature):\n    a = InputField()", under="import os")


def test_a_second_class_is_refused(refused):
    one, other = (f"class {name}(Signature):\n    a = InputField()\n    b = OutputField()" for name in "AB")

    error = refused(f"{one}\n{other}", under="class B(Signature):", line=4)

    assert "only one class stands in a signature." in str(error)


def test_prose_right_above_the_fields_is_refused(refused):
    error = refused("Decide it now.\na = InputField()\nb = OutputField()", under="it now.")

    assert "Leave a blank line" in str(error)
