"""Fields, before any signature has them."""

import copy

import pytest

from nbdspy.errors import SignatureError
from nbdspy.signatures import Field, InputField, OutputField
from nbdspy.signatures.fields import MISSING, name_problem


def test_a_default_of_none_is_a_default():
    assert not InputField(default=None).required
    assert InputField().required


def test_a_title_is_the_name_as_people_write_it():
    assert Field(role="input", name="search_query").title == "Search query"


def test_constraints_are_kept_apart_from_the_description():
    field = OutputField("how sure", ge=0, le=1)

    assert field.description == "how sure"
    assert dict(field.constraints) == {"ge": 0, "le": 1}


def test_pydantics_word_for_a_description_is_understood():
    assert InputField(description="the text").description == "the text"


def test_an_unknown_option_is_refused_with_a_suggestion():
    with pytest.raises(SignatureError, match=r"no option 'max_lenght'. Did you mean max_length\?"):
        InputField(max_lenght=3)


def test_an_option_without_effect_warns_and_is_left_out():
    with pytest.warns(UserWarning, match="prefix='Question:' has no effect"):
        field = InputField(prefix="Question:")

    assert not field.constraints


def test_a_deep_copy_is_the_same_field():
    field = OutputField(ge=0)

    assert copy.deepcopy(field) is field
    assert copy.deepcopy(MISSING) is MISSING


def test_fields_can_be_kept_in_sets():
    assert len({InputField(default=[], ge=0), InputField(default=[], ge=0)}) == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("2nd", "not a name"),
        ("my field", "not a name"),
        ("", "not a name"),
        ("class", "a word of Python"),
        ("_private", "underscore"),
        ("demos", "reserved"),
    ],
)
def test_a_bad_name_is_explained(name, words):
    assert words in name_problem(name)


@pytest.mark.parametrize("name", ["question", "naïve", "match", "Answer2"])
def test_a_good_name_has_no_problem(name):
    assert name_problem(name) is None
