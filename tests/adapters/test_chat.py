"""The chat layout: what is sent, and what is read of a reply."""

import copy
import time
from typing import Any, Literal

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdspy.adapters import ChatAdapter
from nbdspy.adapters.conversation import NOT_SUPPLIED
from nbdspy.adapters.markers import COMPLETED, MARKER, UNFINISHED
from nbdspy.data import Example
from nbdspy.errors import ParseError, SignatureError
from nbdspy.signatures import Field, InputField, OutputField, Signature
from nbdspy.signatures.signature import make

QA = Signature("question -> answer")
FULL = {"question": "Is ice cold?", "answer": "yes"}


class Person(pydantic.BaseModel):
    name: str


class Judge(Signature):
    """Decide whether the claim follows."""

    claim: str = InputField()
    context: list[str] = InputField(desc="what is known")
    verdict: Literal["yes", "no"] = OutputField()
    sure: float = OutputField(desc="how sure", ge=0, le=1)


@pytest.fixture
def adapter() -> ChatAdapter:
    return ChatAdapter()


def reply(**values: str) -> str:
    return "\n\n".join([*(f"[[ ## {name} ## ]]\n{text}" for name, text in values.items()), COMPLETED])


class TestLayout:
    def test_the_system_message_says_fields_structure_and_task(self, adapter: ChatAdapter) -> None:
        system = adapter.format(Judge, [], {"claim": "It is cold.", "context": []})[0]

        assert system == {
            "role": "system",
            "content": "You are given these input fields:\n"
            "1. `claim` (str)\n"
            "2. `context` (list[str]): what is known\n\n"
            "You write these output fields:\n"
            "1. `verdict` (one of: yes, no)\n"
            "2. `sure` (float; ge 0; le 1): how sure\n\n"
            "Every message has this structure, with the values in the places of the braces:\n\n"
            "[[ ## claim ## ]]\n{claim}\n\n"
            "[[ ## context ## ]]\n{context}\n\n"
            "[[ ## verdict ## ]]\n{verdict}\n\n"
            "[[ ## sure ## ]]\n{sure}\n\n"
            "[[ ## completed ## ]]\n\n"
            "Your task:\nDecide whether the claim follows.",
        }

    def test_the_last_message_holds_the_inputs_in_order_and_asks_for_the_outputs(self, adapter: ChatAdapter) -> None:
        last = adapter.format(Judge, [], {"context": ["Ice is cold."], "claim": "It is cold."})[-1]

        assert last == {
            "role": "user",
            "content": "[[ ## claim ## ]]\nIt is cold.\n\n"
            '[[ ## context ## ]]\n["Ice is cold."]\n\n'
            "Answer with the fields `verdict` (one of: yes, no), then `sure` (float), each under its marker, "
            "then `[[ ## completed ## ]]`.",
        }

    def test_an_output_with_fields_of_its_own_shows_its_schema(self, adapter: ChatAdapter) -> None:
        signature = Signature("text -> people: list[Person]")

        system = adapter.format(signature, [], {"text": "x"})[0]["content"]

        assert "1. `people` (list[Person]) (JSON of this schema: {" in system
        assert '"required": ["name"]' in system

    def test_texts_stay_letter_for_letter(self, adapter: ChatAdapter) -> None:
        last = adapter.format(QA, [], {"question": "  {brace} \\n \u202e\n\n<b>"})[-1]["content"]

        assert last.startswith("[[ ## question ## ]]\n  {brace} \\n \u202e\n\n<b>\n\nAnswer")

    def test_a_request_is_messages_and_a_shape(self, adapter: ChatAdapter) -> None:
        values = adapter.ask(QA, [], {"question": "Why?"})

        assert set(values) == {"messages", "shape"}
        assert values["messages"] == adapter.format(QA, [], {"question": "Why?"})

    def test_a_type_that_no_reply_can_be_read_as_is_refused_before_a_call(self, adapter: ChatAdapter) -> None:
        class Nothing:
            pass

        signature = Signature("question -> answer: Nothing", custom_types={"Nothing": Nothing})

        with pytest.raises(SignatureError, match="Nothing"):
            adapter.ask(signature, [], {"question": "Why?"})


class TestDemos:
    def roles(self, messages: Any) -> list[str]:
        return [message["role"] for message in messages]

    def test_a_demo_is_a_question_and_an_answer(self, adapter: ChatAdapter) -> None:
        messages = adapter.format(QA, [FULL], {"question": "Why?"})

        assert self.roles(messages) == ["system", "user", "assistant", "user"]
        assert messages[1]["content"] == "[[ ## question ## ]]\nIs ice cold?"
        assert messages[2]["content"] == "[[ ## answer ## ]]\nyes\n\n[[ ## completed ## ]]\n"

    def test_examples_and_dictionaries_read_the_same(self, adapter: ChatAdapter) -> None:
        inputs = {"question": "Why?"}

        assert adapter.format(QA, [Example(FULL)], inputs) == adapter.format(QA, [FULL], inputs)

    def test_incomplete_demos_come_first_and_are_marked(self, adapter: ChatAdapter) -> None:
        incomplete = {"claim": "Half.", "verdict": "no"}
        complete = {"claim": "Whole.", "context": ["c"], "verdict": "yes", "sure": 1.0}

        messages = adapter.format(Judge, [complete, incomplete], {"claim": "x", "context": []})

        assert messages[1]["content"] == (
            "This is an example of the task, though some fields are not supplied.\n\n[[ ## claim ## ]]\nHalf."
        )
        assert messages[2]["content"] == (
            f"[[ ## verdict ## ]]\nno\n\n[[ ## sure ## ]]\n{NOT_SUPPLIED}\n\n[[ ## completed ## ]]\n"
        )
        assert messages[3]["content"].startswith("[[ ## claim ## ]]\nWhole.")
        assert "[[ ## sure ## ]]\n1.0" in messages[4]["content"]

    def test_demos_of_a_kind_keep_their_order(self, adapter: ChatAdapter) -> None:
        demos = [{"question": str(number), "answer": "a"} for number in range(5)]

        messages = adapter.format(QA, demos, {"question": "Why?"})

        assert [message["content"][-1] for message in messages[1:-1:2]] == list("01234")

    @pytest.mark.parametrize(
        "demo", [{"question": "alone"}, {"answer": "alone"}, {}, {"question": None, "answer": "x"}]
    )
    def test_a_demo_without_an_input_and_an_output_is_left_out(
        self, adapter: ChatAdapter, demo: dict[str, Any]
    ) -> None:
        messages = adapter.format(QA, [demo], {"question": "Why?"})

        assert self.roles(messages) == ["system", "user"]

    def test_what_is_no_field_stays_out(self, adapter: ChatAdapter) -> None:
        messages = adapter.format(QA, [{**FULL, "augmented": True}], {"question": "Why?"})

        assert "augmented" not in str(messages)

    def test_what_it_wrote_reads_back(self, adapter: ChatAdapter) -> None:
        demo = {"claim": "c", "context": ["a\nb"], "verdict": "yes", "sure": 0.5}

        answer = adapter.format(Judge, [demo], {"claim": "x", "context": []})[2]["content"]

        assert adapter.parse(Judge, answer) == {"verdict": "yes", "sure": 0.5}


class TestParsing:
    def test_values_are_typed_and_in_the_signatures_order(self, adapter: ChatAdapter) -> None:
        values = adapter.parse(Judge, reply(sure="0.5.", verdict="Yes"))

        assert list(values.items()) == [("verdict", "yes"), ("sure", 0.5)]

    @pytest.mark.parametrize(
        "text",
        [
            "Surely! Here it is:\n\n[[ ## answer ## ]]\n42\n\n[[ ## completed ## ]]\nAnything else?",
            "[[ ## answer ## ]] 42",
            "  [[ ## answer ## ]]\n\n42\n",
            "[[ ## answer ## ]]\n42\n[[ ## answer ## ]]\n42",
            "[[ ## question ## ]]\nWhy?\n[[ ## answer ## ]]\n42\n[[ ## other ## ]]\n43",
            "\r\n[[ ## answer ## ]]\r\n42\r\n\r\n[[ ## completed ## ]]\r\n",
        ],
    )
    def test_a_value_goes_from_its_first_marker_to_the_next(self, adapter: ChatAdapter, text: str) -> None:
        assert adapter.parse(QA, text) == {"answer": "42"}

    def test_a_marker_counts_only_at_the_start_of_a_line(self, adapter: ChatAdapter) -> None:
        text = "[[ ## answer ## ]]\nUse [[ ## answer ## ]] and\nthen [[ ## completed ## ]]."

        assert adapter.parse(QA, text)["answer"] == "Use [[ ## answer ## ]] and\nthen [[ ## completed ## ]]."

    def test_a_value_begins_on_the_line_of_its_marker(self, adapter: ChatAdapter) -> None:
        assert adapter.parse(QA, "[[ ## answer ## ]] forty\ntwo")["answer"] == "forty\ntwo"

    def test_an_empty_value_of_a_text_is_a_value(self, adapter: ChatAdapter) -> None:
        assert adapter.parse(QA, "[[ ## answer ## ]]\n\n[[ ## completed ## ]]") == {"answer": ""}

    @pytest.mark.parametrize("cut", ["[[ ##", "[[ ## comp", "  [[ ## completed ##", "[[ ## completed ## ]"])
    def test_a_marker_that_is_cut_off_is_no_part_of_the_value(self, adapter: ChatAdapter, cut: str) -> None:
        assert adapter.parse(QA, f"[[ ## answer ## ]]\n42 [[ ##\n\n{cut}") == {"answer": "42 [[ ##"}

    def test_what_is_missing_takes_its_default_or_none(self, adapter: ChatAdapter) -> None:
        class Loose(Signature):
            """Say what you can."""

            question: str = InputField()
            answer: str = OutputField()
            tags: list[str] = OutputField(default=["plain"])
            note: str | None = OutputField()
            score: int | str | None = OutputField()

        values = adapter.parse(Loose, reply(answer="42"))
        values["tags"].append("changed")

        assert values == {"answer": "42", "tags": ["plain", "changed"], "note": None, "score": None}
        assert adapter.parse(Loose, reply(answer="42"))["tags"] == ["plain"]

    def test_a_list_of_nones_may_not_be_missing(self, adapter: ChatAdapter) -> None:
        with pytest.raises(ParseError, match="no value for 'answers'"):
            adapter.parse(Signature("question -> answers: list[None]"), reply())


class TestWhatCannotBeParsed:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", r"no value for 'verdict' \(found no field\); the reply is empty"),
            (" \n ", "the reply is empty"),
            ("I would say yes.", r"\(found no field\); the reply is: I would say yes\."),
            ("[[ ## verdict ## ]]\nyes\n\n[[ ## su", r"ends too early for 'sure' \(found only verdict\)"),
            ("[[ ## verdict ## ]]\nmaybe\n[[ ## sure ## ]]\n1", "'verdict' should be one of: yes, no, but .* maybe"),
            (
                "[[ ## verdict ## ]]\nyes\n[[ ## sure ## ]]\n7",
                "'sure' should be float, at most 1.0, but the model wrote: 7",
            ),
            ("[[ ## verdict ## ]]\nyes\n[[ ## verdict ## ]]\nno", "two values for 'verdict', and nothing tells which"),
            ("word " * 1000, r"word… \(4,999 characters\)"),
        ],
    )
    def test_the_error_says_which_field_and_keeps_the_reply(self, adapter: ChatAdapter, text: str, said: str) -> None:
        with pytest.raises(ParseError, match=said) as caught:
            adapter.parse(Judge, text)

        assert caught.value.reply == text
        assert caught.value.field in ("verdict", "sure")
        assert caught.value.expected is not None
        assert len(str(caught.value)) < 400

    def test_lines_without_end_are_read_in_a_moment(self, adapter: ChatAdapter) -> None:
        started = time.perf_counter()

        adapter.parse(QA, "[[ ## answer ## ]]\n42" + "\n" * 100_000 + " " * 100_000)

        assert time.perf_counter() - started < 20  # seconds; quadratic reading would take minutes

    @given(st.text() | st.text(alphabet="[]# answer\n"))
    def test_garbage_is_a_value_or_a_parse_error_and_nothing_else(self, text: str) -> None:
        try:
            ChatAdapter().parse(QA, text)
        except ParseError as error:
            assert error.reply == text  # noqa: PT017 (either is fine)


@given(st.text(), st.text())
def test_texts_written_are_read_back_but_for_outer_white_space_and_markers(first: str, second: str) -> None:
    signature = Signature("question -> reasoning, answer")
    if any(MARKER.search(text) or UNFINISHED.search(text) for text in (first, second)):
        return
    adapter = ChatAdapter()

    said = adapter.format(signature, [{"question": "q", "reasoning": first, "answer": second}], {"question": "x"})[2]

    assert adapter.parse(signature, said["content"]) == {"reasoning": first.strip(), "answer": second.strip()}


class TestPurity:
    def test_formatting_changes_nothing_it_is_given(self, adapter: ChatAdapter) -> None:
        demos = [Example(FULL), {"question": "half", "answer": None}, dict(FULL)]
        inputs = {"question": ["a", "b"]}
        before = copy.deepcopy((demos, inputs))

        adapter.ask(QA, demos, inputs)

        assert (demos, inputs) == before

    def test_what_a_caller_does_to_the_messages_stays_with_the_caller(self, adapter: ChatAdapter) -> None:
        first = adapter.format(QA, [FULL], {"question": "Why?"})
        before = copy.deepcopy(first)
        for message in first:
            message["content"] += "!"
        first.clear()

        assert adapter.format(QA, [FULL], {"question": "Why?"}) == before


def test_an_input_that_is_none_by_default_is_not_shown_and_one_that_may_be_none_is() -> None:
    fields = {
        "note": Field(role="input", name="note", type=str | None, default=None),
        "place": Field(role="input", name="place", type=str | None),
        "answer": Field(role="output", name="answer"),
    }

    content = str(ChatAdapter().format(make(fields), [], {"note": None, "place": None})[-1]["content"])

    assert content.startswith("[[ ## place ## ]]\nNone\n\n")
