"""Examples: like an object, like a dictionary, safe to copy, hash and pickle."""

import copy
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nbdspy
from nbdspy.data import Example, Prediction
from nbdspy.errors import DataError, UsageError


class Case(Example):
    """A user's own kind of example."""


@pytest.fixture
def example() -> Example:
    return Example(question="What is six times seven?", answer="42").with_inputs("question")


class TestReading:
    def test_values_are_attributes_and_items(self, example: Example) -> None:
        assert example.answer == example["answer"] == example.get("answer") == "42"
        assert list(example) == list(example.keys()) == ["question", "answer"]
        assert list(example.values()) == ["What is six times seven?", "42"]
        assert list(example.items())[1] == ("answer", "42")
        assert len(example) == 2

    def test_a_missing_value_says_what_there_is(self, example: Example) -> None:
        with pytest.raises(AttributeError, match="Example has no value 'anwser'; it has: question, answer"):
            example.anwser
        with pytest.raises(AttributeError, match="it has: none"):
            Example().answer
        with pytest.raises(KeyError):
            example["anwser"]
        assert example.get("anwser") is None
        assert example.get("anwser", 3) == 3
        assert not hasattr(example, "anwser")

    def test_in_del_and_assignment(self, example: Example) -> None:
        example["score"] = 1
        example.note = "fine"
        del example["answer"]

        assert "score" in example
        assert "answer" not in example
        assert 3 not in example
        assert example.toDict() == {"question": "What is six times seven?", "score": 1, "note": "fine"}

    def test_a_dictionary_can_be_made_of_it_and_calls_can_take_it(self, example: Example) -> None:
        assert dict(example) == {**example} == example.toDict()

    def test_the_repr_is_short_and_plain(self, example: Example) -> None:
        assert repr(example) == "Example(question='What is six times seven?', answer='42')"
        assert len(repr(Example(text="word " * 1000))) < 90
        assert repr(Case(a=1)) == "Case(a=1)"


class TestMaking:
    def test_it_starts_from_an_example_or_a_mapping(self, example: Example) -> None:
        made = Example(example, answer="43", unit="none")

        assert made.toDict() == {"question": "What is six times seven?", "answer": "43", "unit": "none"}
        assert made.inputs().toDict() == {"question": "What is six times seven?"}
        assert Example({"a": 1}).a == 1

    @pytest.mark.parametrize("base", ["text", 3, [("a", 1)]])
    def test_it_starts_from_nothing_else(self, base) -> None:
        with pytest.raises(DataError, match=r"is an? \w+, not named values. Write Example\("):
            Example(base)

    def test_a_base_is_not_changed(self, example: Example) -> None:
        made = Example(example)
        made.answer = "43"

        assert example.answer == "42"

    @pytest.mark.parametrize("name", ["base", "items", "keys", "values", "get", "copy", "inputs", "labels", "toDict"])
    def test_a_field_may_be_named_like_a_method_or_a_parameter_and_wins(self, name: str) -> None:
        made = Example(**{name: ["milk"], "other": 1})

        assert getattr(made, name) == made[name] == ["milk"]
        assert vars(made) == {name: ["milk"], "other": 1}
        assert list(made) == [name, "other"]
        assert getattr(copy.copy(made), name) == ["milk"]
        assert vars(Example.inputs(Example.with_inputs(made, name))) == {name: ["milk"]}


class TestInputs:
    def test_inputs_and_labels_are_two_halves(self, example: Example) -> None:
        assert example.inputs().toDict() == {"question": "What is six times seven?"}
        assert example.labels().toDict() == {"answer": "42"}
        assert example.inputs().inputs() == example.inputs()

    def test_with_inputs_leaves_the_original_as_it_was(self) -> None:
        plain = Example(question="why", answer="42")
        plain.with_inputs("question")

        with pytest.raises(
            UsageError, match=r"does not know which of its values are inputs. Write example.with_inputs"
        ):
            plain.inputs()
        assert plain.labels() == plain

    def test_copies_know_the_inputs(self, example: Example) -> None:
        for twin in (example.copy(), example.without("answer"), copy.copy(example), copy.deepcopy(example)):
            assert twin.inputs() == example.inputs()


class TestCopies:
    def test_copy_replaces_and_without_leaves_out(self, example: Example) -> None:
        assert example.copy(answer="43").answer == "43"
        assert example.without("answer", "unknown").toDict() == {"question": "What is six times seven?"}
        assert example.answer == "42"

    def test_a_shallow_copy_shares_values_and_a_deep_one_does_not(self) -> None:
        example = Case(context=["one"]).with_inputs("context")
        shallow, deep = copy.copy(example), copy.deepcopy(example)
        example.context.append("two")

        assert shallow.context == ["one", "two"]
        assert deep.context == ["one"]
        assert type(shallow) is type(deep) is Case

    def test_it_survives_pickle_with_its_inputs(self, example: Example) -> None:
        again = pickle.loads(pickle.dumps(example))

        assert again == example
        assert again.inputs() == example.inputs()

    @pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
    def test_a_prediction_keeps_its_completions(self, again) -> None:
        prediction = Prediction.from_completions([{"answer": "42"}, {"answer": "43"}])

        assert again(prediction).completions.answer == ["42", "43"]
        assert type(again(prediction)) is Prediction

    def test_an_example_of_itself_can_be_copied_deeply(self) -> None:
        example = Example(name="loop")
        example.me = example

        assert copy.deepcopy(example).me.me.name == "loop"


values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-3, 3) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=5,
)


class TestEquality:
    def test_equal_values_make_equal_examples_whatever_the_order_or_kind(self) -> None:
        assert Example(a=1, b=[2]) == Example(b=[2], a=1)
        assert Example(a=1) == Prediction(a=1)
        assert Example(a=1) != Example(a=2)
        assert Example(a=1) != {"a": 1}

    @pytest.mark.parametrize(
        ("one", "other"),
        [(1, 1.0), (1, True), (0.0, -0.0), ([1], [1.0]), ({"a": 1}, {"a": True}), ({1}, frozenset({1}))],
    )
    def test_equal_examples_have_equal_hashes(self, one, other) -> None:
        assert Example(a=one) == Example(a=other)
        assert hash(Example(a=one)) == hash(Example(a=other))

    @given(values, values)
    def test_hashes_agree_with_equality(self, one, other) -> None:
        if Example(a=one) == Example(a=other):
            assert hash(Example(a=one)) == hash(Example(a=other))
        assert hash(Example(a=one)) == hash(copy.deepcopy(Example(a=one)))

    def test_many_examples_with_values_that_cannot_be_hashed_are_told_apart(self) -> None:
        hashes = {hash(Example(context=[f"text {number}"])) for number in range(1000)}

        assert len(hashes) > 900

    def test_anything_can_be_hashed(self) -> None:
        class Odd:
            __hash__ = None  # type: ignore[assignment]

        assert hash(Example(a=Odd())) == hash(Example(a=Odd()))
        assert {Example(a=[{"b": {1, 2}}])} == {Example(a=[{"b": {2, 1}}])}


def test_its_keys_are_all_that_there_are() -> None:
    assert list(Example(a=1, b=2).with_inputs("a").keys(include_dspy=True)) == ["a", "b"]


def test_it_says_which_of_its_values_are_inputs() -> None:
    assert Example(a=1, b=2).with_inputs("a").input_names() == {"a"}
    assert Example(a=1, b=2).with_inputs().input_names() == frozenset()
    assert Example(a=1, b=2).input_names() is None


def test_a_value_may_be_called_as_what_says_so() -> None:
    example = Example(input_names="theirs", b=2).with_inputs("input_names")

    assert example.input_names == "theirs"
    assert Example.input_names(example) == {"input_names"}


def test_other_rooms_ask_by_the_public_name() -> None:
    package = Path(nbdspy.__file__).parent
    private = [
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "._input_names" in path.read_text(encoding="utf-8") and path.parent != package / "data"
    ]

    assert private == []
