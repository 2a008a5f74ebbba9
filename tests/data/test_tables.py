"""DataFrames in and out, and every table that is none."""

import datetime
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from nbdspy import render
from nbdspy.data import Example, to_examples, to_frame
from nbdspy.errors import DataError


class TestFrames:
    def test_a_row_is_an_example_and_a_column_a_value(self) -> None:
        frame = pd.DataFrame({"question": ["6 * 7", "1 + 1"], "answer": ["42", "2"]}, index=["x", "y"])

        first, second = to_examples(frame, inputs=["question"])

        assert first.toDict() == {"question": "6 * 7", "answer": "42"}
        assert second.inputs().toDict() == {"question": "1 + 1"}
        assert second.labels().toDict() == {"answer": "2"}

    def test_cells_are_plain_python_values(self) -> None:
        frame = pd.DataFrame(
            {
                "count": [1, 2],
                "share": [0.5, 1.5],
                "good": [True, False],
                "kind": pd.Categorical(["a", "b"]),
                "mixed": pd.Series([np.int64(3), np.float32(0.5)], dtype=object),
                "tags": pd.Series([["x", "y"], np.array([1, 2])], dtype=object),
                "nullable": pd.array([1, None], dtype="Int64"),
            }
        )

        first, second = to_examples(frame, inputs=["count"])

        assert [type(value) for value in first.values()] == [int, float, bool, str, int, list, int]
        assert [type(value) for value in second.values()] == [int, float, bool, str, float, list, type(None)]
        assert second.tags == [1, 2]

    def test_what_is_missing_is_none(self) -> None:
        frame = pd.DataFrame(
            {
                "number": [1.5, np.nan],
                "text": pd.Series(["a", None]),
                "when": [pd.Timestamp("2026-03-01"), pd.NaT],
                "any": pd.Series([1, pd.NA], dtype=object),
            }
        )

        first, second = to_examples(frame, inputs=["number"])

        assert second.toDict() == {"number": None, "text": None, "when": None, "any": None}
        assert isinstance(first.when, datetime.datetime)

    def test_columns_may_be_numbers_or_named_like_methods(self) -> None:
        frame = pd.DataFrame({0: ["a"], "items": ["b"], "with_inputs": ["c"]})

        (example,) = to_examples(frame, inputs=["0", "items"])

        assert vars(example) == {"0": "a", "items": "b", "with_inputs": "c"}
        assert vars(Example.inputs(example)) == {"0": "a", "items": "b"}

    def test_a_missing_column_is_named_with_the_nearest(self) -> None:
        frame = pd.DataFrame({"qestion": ["a"], "answer": ["b"]})

        with pytest.raises(
            DataError,
            match=r"train has no column 'question', which the program needs as input; it has: qestion, answer\. "
            r"Did you mean qestion\?",
        ):
            to_examples(frame, inputs=["question"], called="train")

    def test_a_missing_column_without_a_near_one_can_be_renamed(self) -> None:
        with pytest.raises(DataError, match="Rename the column to the field's name"):
            to_examples(pd.DataFrame({0: ["a"]}), inputs=["question"])

    def test_a_column_that_is_there_twice_is_refused(self) -> None:
        frame = pd.DataFrame([["a", "b"]], columns=["question", "question"])

        with pytest.raises(DataError, match=r"data has more than one column 'question'\. Rename or drop one"):
            to_examples(frame, inputs=["question"])

    def test_the_frame_is_not_changed(self) -> None:
        frame = pd.DataFrame({"a": [1, 2], "b": [0.5, np.nan]})
        before = frame.copy()

        to_examples(frame, inputs=["a"])[0]["a"] = 5

        pd.testing.assert_frame_equal(frame, before)


class TestLists:
    def test_dictionaries_and_examples_may_be_mixed(self) -> None:
        rows = [{"question": "a"}, Example(question="b", answer="c")]

        first, second = to_examples(rows, inputs=["question"])

        assert first.inputs().toDict() == {"question": "a"}
        assert second.labels().toDict() == {"answer": "c"}
        assert rows[0] == {"question": "a"}

    def test_what_an_example_says_of_its_inputs_stays(self) -> None:
        example = Example(question="a", context="b", answer="c").with_inputs("question", "context")

        assert to_examples([example], inputs=["question"]) == [example]
        assert list(to_examples([example], inputs=["question"])[0].inputs()) == ["question", "context"]

    def test_any_iterable_of_rows_is_read_once(self) -> None:
        rows = ({"question": str(number)} for number in range(3))

        assert [example.question for example in to_examples(rows, inputs=["question"])] == ["0", "1", "2"]

    def test_a_row_that_lacks_an_input_is_named(self) -> None:
        with pytest.raises(DataError, match=r"data has in row 1 no value 'question', .* it has: answer"):
            to_examples([{"question": "a"}, {"answer": "b"}], inputs=["question"])
        with pytest.raises(DataError, match="it has: nothing"):
            to_examples([{}], inputs=["question"])


class TestWhatIsNoTable:
    @pytest.mark.parametrize("data", [[], pd.DataFrame(), pd.DataFrame({"question": []}), iter(())])
    def test_no_rows_are_refused(self, data) -> None:
        with pytest.raises(DataError, match=r"test is empty\. Give at least one row"):
            to_examples(data, inputs=["question"], called="test")

    @pytest.mark.parametrize("data", ["a file.csv", b"bytes", {"question": ["a"]}, Example(question="a"), 3, None])
    def test_another_kind_of_thing_is_named(self, data) -> None:
        with pytest.raises(DataError, match=f"data is {render.kind(data)}, not a table. Give a DataFrame"):
            to_examples(data, inputs=["question"])

    @pytest.mark.parametrize("data", [["a", "b"], [("a", "b")], [None], pd.Series(["a"])])
    def test_a_list_of_other_things_shows_one(self, data) -> None:
        with pytest.raises(DataError, match=r"data holds a (str|tuple|NoneType): .*Give a DataFrame"):
            to_examples(data, inputs=["question"])


class TestToFrame:
    def test_a_row_per_example_and_a_column_per_value(self) -> None:
        frame = to_frame([Example(a=1, tags=["x"]), {"a": 2, "b": "y"}])

        assert list(frame.columns) == ["a", "tags", "b"]
        assert frame.loc[0, "tags"] == ["x"]
        assert pd.isna(frame.loc[0, "b"])

    def test_there_and_back_again(self) -> None:
        examples = [
            Example(question="a", items=["x", "y"], count=1, when=pd.Timestamp("2026-03-01"), note=None),
            Example(question="b", items=[], count=2, when=None, note="n"),
        ]

        again = to_examples(to_frame(examples), inputs=["question"])

        assert [vars(example) for example in again] == [vars(example) for example in examples]

    def test_no_examples_make_an_empty_frame(self) -> None:
        assert to_frame([]).empty


def test_lists_need_no_pandas() -> None:
    code = (
        "import sys; from nbdspy.data import to_examples; to_examples([{'a': 1}], inputs=['a']);"
        "print('pandas' in sys.modules)"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said.strip() == "False"


def test_a_column_with_half_a_character_holds_pythons_own_texts() -> None:
    frame = to_frame([{"text": "half \ud83d", "n": 1}, {"text": "whole", "n": 2}])

    assert frame["text"].to_list() == ["half \ud83d", "whole"]
    assert frame["n"].dtype == "int64"
