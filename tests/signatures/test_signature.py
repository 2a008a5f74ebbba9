"""The call that makes signatures, and the operations that every signature has."""

import copy

import pydantic
import pytest

import nbdspy.signatures as room
from nbdspy.errors import SignatureError
from nbdspy.signatures import InputField, OutputField, Signature, ensure_signature, make, whole


class Judge(Signature):
    """Decide whether the claim follows."""

    context: list[str] = InputField(desc="facts")
    claim: str = InputField()
    verdict: bool = OutputField(desc="true when it follows")


class Photo(pydantic.BaseModel):
    url: str


# made by a call


def test_a_string_makes_a_signature():
    made = Signature("question, context: list[str] -> answer: bool")

    assert {name: field.type for name, field in made.fields.items()} == {
        "question": str,
        "context": list[str],
        "answer": bool,
    }
    assert list(made.input_fields) == ["question", "context"]
    assert made.instructions == "Given the fields `question`, `context`, produce the fields `answer`."


def test_instructions_come_second():
    assert Signature("question -> answer", "Be brief.").instructions == "Be brief."


def test_types_are_found_where_the_call_stands():
    class Local(pydantic.BaseModel):
        name: str

    made = Signature("photo: Photo -> local: list[Local]")

    assert made.fields["photo"].type is Photo
    assert made.fields["local"].type == list[Local]


def test_types_are_found_through_nbdspys_own_frames():
    namespace = {"__name__": "nbdspy.modules.made_up", "Signature": Signature}
    exec("def predict(spec): return Signature(spec)", namespace)

    assert namespace["predict"]("photo: Photo -> caption").fields["photo"].type is Photo


def test_custom_types_come_before_those_in_sight():
    assert Signature("photo: Photo -> caption", custom_types={"Photo": bytes}).fields["photo"].type is bytes


def test_a_dictionary_makes_a_signature():
    made = Signature({"question": (str, InputField()), "scores": (list[float], OutputField(desc="0 to 1"))}, "Rate it.")

    assert made.fields["scores"].type == list[float]
    assert made.fields["scores"].name == "scores"
    assert made.fields["scores"].description == "0 to 1"
    assert made.instructions == "Rate it."


def test_a_dictionary_may_leave_out_the_types():
    assert Signature({"question": InputField(), "answer": OutputField()}).signature == "question -> answer"


def test_a_dictionary_of_anything_else_is_refused():
    with pytest.raises(SignatureError, match=r"'question' is declared by .*str"):
        Signature({"question": str, "answer": OutputField()})


@pytest.mark.parametrize("fields", [{}, {"question": InputField()}, {"answer": OutputField()}])
def test_a_signature_without_a_side_is_refused(fields):
    with pytest.raises(SignatureError, match=r"has no (input|output) field"):
        Signature(fields)


def test_a_reserved_name_is_refused_in_every_form():
    with pytest.raises(SignatureError, match="'demos' is reserved"):
        Signature({"demos": InputField(), "answer": OutputField()})
    with pytest.raises(SignatureError, match="'demos' is reserved"):
        Judge.append("demos", InputField())


def test_calling_a_signature_like_a_program_says_what_to_write():
    with pytest.raises(SignatureError, match=r"Predict\(Judge\)\(context=…, claim=…\)"):
        Judge(context=["a"], claim="b")
    with pytest.raises(SignatureError, match=r"Predict\(Signature\)\(question=…\)"):
        Signature(question="why?")


# operations


def test_every_operation_leaves_the_signature_as_it_was():
    before = dict(Judge.fields), Judge.instructions

    Judge.append("reason", OutputField())
    Judge.with_instructions("Other.")
    Judge.with_updated_fields("claim", desc="new")
    Judge.delete("context")

    assert (dict(Judge.fields), Judge.instructions) == before


def test_append_adds_after_the_last_of_its_side():
    assert Judge.append("tone", InputField(), str).signature == "context, claim, tone -> verdict"
    assert Judge.append("sure", OutputField(), float).signature == "context, claim -> verdict, sure"
    assert Judge.append("sure", OutputField(), float).fields["sure"].type is float


def test_prepend_adds_before_the_first_of_its_side():
    assert Judge.prepend("reasoning", OutputField()).signature == "context, claim -> reasoning, verdict"


@pytest.mark.parametrize(
    ("index", "order"),
    [
        (0, "tone, context, claim"),
        (1, "context, tone, claim"),
        (2, "context, claim, tone"),
        (-2, "context, tone, claim"),
    ],
)
def test_insert_counts_among_the_fields_of_its_side(index, order):
    assert Judge.insert(index, "tone", InputField()).signature == f"{order} -> verdict"


@pytest.mark.parametrize("index", [3, -4])
def test_insert_refuses_a_place_that_does_not_exist(index):
    with pytest.raises(SignatureError, match=f"no place {index} among 2 input fields of Judge"):
        Judge.insert(index, "tone", InputField())


def test_inserting_a_name_again_replaces_and_moves_the_field():
    moved = Judge.prepend("claim", InputField(desc="new"))

    assert moved.signature == "claim, context -> verdict"
    assert moved.fields["claim"].description == "new"


def test_a_name_cannot_be_on_both_sides():
    with pytest.raises(SignatureError, match="'claim' on its other side"):
        Judge.append("claim", OutputField())


def test_delete_removes_a_field_and_suggests_a_misspelt_one():
    assert Judge.delete("context").signature == "claim -> verdict"
    with pytest.raises(SignatureError, match=r"has no field 'clam'; it has: .* Did you mean claim\?"):
        Judge.delete("clam")


def test_the_last_field_of_a_side_is_deleted_and_another_takes_its_place():
    empty = Judge.delete("verdict")

    assert empty.signature == "context, claim -> "
    assert empty.append("grade", OutputField(), int).signature == "context, claim -> grade"
    assert Signature("q -> a").delete("q").prepend("z", InputField()).equals(Signature("z -> a"))
    with pytest.raises(SignatureError, match=r"Judge has no output field\. Declare at least one\."):
        whole(empty)


def test_with_updated_fields_changes_one_field():
    changed = Judge.with_updated_fields("verdict", float, desc="how sure", default=0.5, ge=0, le=1)

    field = changed.fields["verdict"]
    assert (field.type, field.description, field.default) == (float, "how sure", 0.5)
    assert dict(field.constraints) == {"ge": 0, "le": 1}
    assert list(changed.fields) == list(Judge.fields)
    with pytest.raises(SignatureError, match="no option 'maximum'"):
        Judge.with_updated_fields("verdict", maximum=1)


def test_names_survive_operations():
    assert Judge.delete("context").with_instructions("Other.").__name__ == "Judge"


def test_an_instruction_that_nobody_wrote_follows_the_fields():
    grown = Signature("question -> answer").append("context", InputField())

    assert grown.instructions == "Given the fields `question`, `context`, produce the fields `answer`."
    assert Judge.delete("context").instructions == "Decide whether the claim follows."
    assert Judge.with_instructions("  ").instructions.startswith("Given the fields `context`, `claim`")


def test_equals_compares_instruction_fields_and_their_order():
    again = make(Judge.fields, Judge.instructions, name="Other")

    assert Judge.equals(again)
    assert not Judge.equals(Judge.with_instructions("Other."))
    assert not Judge.equals(Judge.with_updated_fields("claim", desc="other"))
    assert not Signature("a, b -> c").equals(Signature("b, a -> c"))
    assert not Judge.equals("claim -> verdict")


# manners


def test_a_signature_cannot_be_changed_in_place():
    with pytest.raises(SignatureError, match=r"instructions of Judge cannot be set. Use with_instructions"):
        Judge.instructions = "Other."
    with pytest.raises(SignatureError, match="do not change"):
        Judge.__doc__ = "Other."
    with pytest.raises(SignatureError, match="do not change"):
        del Judge._fields
    with pytest.raises(TypeError):
        Judge.fields["new"] = InputField()


def test_a_deep_copy_is_the_same_signature():
    assert copy.deepcopy({"signature": Judge})["signature"] is Judge


def test_the_repr_is_short_and_the_same_on_every_run():
    rated = Signature(
        {"text": InputField(), "stars": (int, OutputField("of the whole", ge=1, default=3))}, "Rate " * 99
    )

    assert repr(Signature) == "<class 'nbdspy.Signature'>"
    assert str(rated) == repr(rated)
    assert repr(rated).splitlines() == [
        "Signature(text -> stars",
        f"    {'Rate ' * 36}Ra… (494 characters)",
        "    input text: str",
        "    output stars: int (ge=1) = 3  # of the whole",
        ")",
    ]


def test_messages_call_a_signature_by_the_name_that_it_was_given():
    for named, name in ((Judge, "Judge"), (Signature("question -> answer"), "'question -> answer'")):
        with pytest.raises(SignatureError, match=f"^{name} has no field 'nothing'"):
            named.delete("nothing")


def test_help_shows_the_instruction():
    assert Signature("question -> answer", "Be brief.").__doc__ == "Be brief."
    assert Judge.__doc__ == "Decide whether the claim follows."


def test_everything_public_has_a_docstring():
    assert all(getattr(room, name).__doc__ for name in room.__all__)


class TestAsCodeForDSPyUsesIt:
    def test_instructions_grow_by_a_paragraph(self) -> None:
        grown = Signature("q -> a", "Base.").append_instructions("More.")

        assert grown.instructions == "Base.\n\nMore."
        assert grown.equals(Signature("q -> a", "Base.\n\nMore."))

    def test_a_state_travels(self) -> None:
        saved = Signature({"q": InputField(desc="a question"), "searchQuery2": OutputField()}, "Base.").dump_state()

        assert saved == {
            "instructions": "Base.",
            "fields": [
                {"prefix": "Q:", "description": "a question"},
                {"prefix": "Search Query 2:", "description": "${searchQuery2}"},
            ],
        }
        again = Signature("q -> searchQuery2: int").load_state(saved)
        assert again.dump_state() == saved
        assert again.output_fields["searchQuery2"].type is int
        with pytest.raises(SignatureError, match="has 3 fields, the state 2"):
            Signature("q, r -> a").load_state(saved)

    def test_a_short_form_gets_its_instructions(self) -> None:
        assert ensure_signature("q -> a", "Do it.").instructions == "Do it."
        with pytest.raises(SignatureError, match="has instructions of its own"):
            ensure_signature(Signature("q -> a"), "Do it.")

    def test_fields_read_as_pydantics(self) -> None:
        field = Signature({"q": InputField(), "a": (int, OutputField(desc="a number"))}).model_fields["a"]

        assert (field.annotation, field.is_required(), field.desc) == (int, True, "a number")
        assert field.json_schema_extra == {"__dspy_field_type": "output", "prefix": "A:", "desc": "a number"}


def test_an_instruction_may_hold_half_a_character_which_no_docstring_can() -> None:
    halved = Judge.with_instructions("half \ud83d of it")

    assert halved.instructions == "half \ud83d of it"
    assert halved.__doc__ == "half \\ud83d of it"
