"""Code, with and without fences, and reasoning, which is a text."""

import copy
import json
import pickle

import pydantic
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import nbdspy
from nbdspy.adapters.values import accepts, read_value, write_value
from nbdspy.errors import UsageError
from nbdspy.signatures import Field, spell_type
from nbdspy.testing import DummyLM, FakeLM
from nbdspy.types import Code, Reasoning

JAVA = Field(role="output", name="code", type=Code["java"])


class TestReading:
    @pytest.mark.parametrize(
        ("wrote", "code"),
        [
            ("```java\nreturn 1;\n```", "return 1;"),
            ("Here:\n\n```java\nreturn 1;\n```\n\nIt returns 1.", "return 1;"),
            ("```\nreturn 1;\n```", "return 1;"),
            ("```java\nreturn 1;", "return 1;"),
            ("```java\nreturn 1;```", "return 1;"),
            ("````md\n```\nx\n```\n````", "```\nx\n```"),
            ("```a\n1\n```\n```b\n2\n```", "1"),
            ("return 1;", "return 1;"),
            ("`return 1;`", "return 1;"),
            ("[1, 2]", "[1, 2]"),
            ('"text"', '"text"'),
            ("42", "42"),
            ("None", "None"),
            ("  if x:\n    y", "if x:\n    y"),
            ("```\n  if x:\n    y\n```", "  if x:\n    y"),
            ("", ""),
        ],
    )
    def test_what_stands_around_the_code_is_taken_off(self, wrote: str, code: str) -> None:
        value = read_value(wrote, JAVA)

        assert (type(value), value.code) == (Code["java"], code)

    @given(st.text())
    @example("```")
    @example("a ``` b\n````\n")
    @example("x\n\n")
    def test_what_was_written_reads_back(self, text: str) -> None:
        code = (
            Code["java"](code=text) if not text.strip().startswith("```") else Code["java"].model_construct(code=text)
        )

        assert read_value(write_value(code, JAVA), JAVA).code == text

    def test_inside_of_a_list_code_is_a_text(self) -> None:
        codes = Field(role="output", name="codes", type=list[Code])

        assert read_value('["x = 1", {"code": "y"}, "```\\nz\\n```"]', codes) == [
            Code(code=text) for text in ["x = 1", "y", "z"]
        ]
        assert write_value([Code(code="x = 1")], codes) == '["x = 1"]'

    def test_a_model_is_told_of_fence_and_language(self) -> None:
        asked = []
        lm = FakeLM(lambda request: asked.append(request) or "[[ ## code ## ]]\n```java\nreturn 1;\n```")

        with nbdspy.context(lm=lm):
            prediction = nbdspy.Predict('task -> code: Code["java"]')(task="Return 1.")

        assert prediction.code.code == str(prediction.code) == "return 1;"
        assert "```java on a line before it" in asked[0].messages[0]["content"]


class TestLanguages:
    def test_equal_languages_are_the_same_type(self) -> None:
        assert Code["java"] is Code["java"] is not Code["c"]
        assert Code["python"] is Code
        assert (Code["java"].language, Code.language) == ("java", "python")
        assert issubclass(Code["java"], Code)

    @pytest.mark.parametrize("language", [1, "", " ", int, ("a", "b")])
    def test_a_language_is_a_name(self, language: object) -> None:
        with pytest.raises(UsageError, match="name of a language"):
            Code[language]

    def test_in_a_signatures_text(self) -> None:
        signature = nbdspy.signature('task -> code: Code["c++"], more: list[Code]')

        assert signature.fields["code"].type is Code["c++"]
        assert spell_type(signature.fields["code"].type) == 'Code["c++"]'
        assert spell_type(signature.fields["more"].type) == "list[Code]"

    def test_copies_and_pickles_keep_the_type(self) -> None:
        code = Code["java"](code="x")

        assert copy.deepcopy(code) == pickle.loads(pickle.dumps(code)) == code


class TestReasoning:
    def test_it_is_a_text(self) -> None:
        thought = Reasoning("Six {sevens}.")

        assert isinstance(thought, str)
        assert thought.content == "Six {sevens}."
        assert type(thought.content) is str
        assert thought + "!" == "Six {sevens}.!"
        assert (len(thought), thought[:3], "sevens" in thought, json.dumps(thought)) == (
            13,
            "Six",
            True,
            '"Six {sevens}."',
        )
        assert repr(thought) == "'Six {sevens}.'"
        assert Reasoning(content="x") == "x"
        assert type(copy.deepcopy(thought)) is type(pickle.loads(pickle.dumps(thought))) is Reasoning

    def test_it_is_read_from_text_as_it_stands(self) -> None:
        field = Field(role="output", name="why", type=Reasoning)

        for text in ("Because.", '{"content": 1}', "[1]", '"quoted"', "```\nx\n```"):
            value = read_value(text, field)
            assert (type(value), value) == (Reasoning, text)
        assert write_value(Reasoning("a {b}"), field) == "a {b}"
        assert pydantic.TypeAdapter(Reasoning).validate_python({"content": "x"}) == "x"
        assert pydantic.TypeAdapter(Reasoning).json_schema() == {"type": "string"}

    def test_a_model_without_thoughts_of_its_own_writes_them(self) -> None:
        with nbdspy.context(lm=DummyLM([{"why": "Six sevens.", "answer": "42"}])):
            prediction = nbdspy.Predict("question -> why: Reasoning, answer: int")(question="6 * 7")

        assert (type(prediction.why), prediction.why) == (Reasoning, "Six sevens.")

    def test_a_plain_text_will_do_for_an_input(self) -> None:
        assert accepts("text", Field(role="input", name="why", type=Reasoning))
        assert accepts("x = 1", JAVA)
        assert not accepts(3, JAVA)
