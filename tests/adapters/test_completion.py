"""The completion layout: one text to go on with, and what is read of the rest."""

from typing import Literal

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdspy.adapters import CompletionAdapter
from nbdspy.errors import ParseError, UsageError
from nbdspy.signatures import InputField, OutputField, Signature

QA = Signature("question -> answer")
STEPS = Signature("question -> reasoning, final_answer: int")


class Person(pydantic.BaseModel):
    name: str


class Intent(Signature):
    """Name what the person wants.

    One word is enough."""

    request: str = InputField(desc="one short message")
    intent: Literal["alarm", "timer"] = OutputField()


@pytest.fixture
def adapter() -> CompletionAdapter:
    return CompletionAdapter()


class TestLayout:
    def test_without_demos_it_is_instruction_format_and_inputs(self, adapter: CompletionAdapter) -> None:
        assert adapter.ask(Intent, [], {"request": "wake me"})["prompt"] == (
            "Name what the person wants.\n\nOne word is enough.\n\n"
            "---\n\n"
            "Follow the following format.\n\n"
            "Request: one short message\nIntent: ${intent}\n\n"
            "---\n\n"
            "Request: wake me\nIntent:"
        )

    def test_demos_stand_between_rules(self, adapter: CompletionAdapter) -> None:
        demos = [
            {"question": "Is ice cold?", "reasoning": "It is frozen.", "final_answer": 1},
            {"question": "Is fire?", "reasoning": "It burns.", "final_answer": 0},
        ]

        assert adapter.ask(STEPS, demos, {"question": "Why?"})["prompt"] == (
            "Question: Is ice cold?\nReasoning: It is frozen.\nFinal answer: 1\n\n"
            "---\n\n"
            "Question: Is fire?\nReasoning: It burns.\nFinal answer: 0\n\n"
            "---\n\n"
            "Given the fields `question`, produce the fields `reasoning`, `final_answer`.\n\n"
            "---\n\n"
            "Follow the following format.\n\n"
            "Question: ${question}\nReasoning: ${reasoning}\nFinal answer: ${final_answer}\n\n"
            "---\n\n"
            "Question: Why?\nReasoning:"
        )

    def test_a_field_that_a_demo_lacks_has_no_line_and_the_demo_comes_first(self, adapter: CompletionAdapter) -> None:
        demos = [{"question": "whole", "reasoning": "r", "final_answer": 1}, {"question": "half", "final_answer": 2}]

        prompt = adapter.ask(STEPS, demos, {"question": "Why?"})["prompt"]

        assert prompt.startswith("Question: half\nFinal answer: 2\n\n---\n\nQuestion: whole\n")

    def test_demos_without_outputs_leave_no_trace(self, adapter: CompletionAdapter) -> None:
        with_demo = adapter.ask(QA, [{"question": "alone"}], {"question": "Why?"})

        assert with_demo == adapter.ask(QA, [], {"question": "Why?"})

    def test_an_output_with_fields_of_its_own_shows_its_schema(self, adapter: CompletionAdapter) -> None:
        prompt = adapter.ask(Signature("text -> person: Person"), [], {"text": "x"})["prompt"]

        assert "\nPerson: ${person} (JSON of this schema: {" in prompt

    def test_a_model_stops_where_the_value_ends(self, adapter: CompletionAdapter) -> None:
        assert adapter.ask(QA, [], {"question": "Why?"})["stop"] == ("\n---", "\n\n", "\nQuestion:")

    def test_a_model_that_goes_on_with_the_next_case_is_not_heard(self, adapter: CompletionAdapter) -> None:
        assert adapter.parse(QA, " Paris\nQuestion: What is the capital of Spain?\nAnswer: Madrid") == {
            "answer": "Paris"
        }

    def test_it_stops_at_every_input_as_far_as_servers_take_stop_words(self, adapter: CompletionAdapter) -> None:
        two, four = Signature("context, question -> answer"), Signature("a, b, c, d -> answer")

        assert adapter.ask(two, [], {})["stop"] == ("\n---", "\n\n", "\nContext:", "\nQuestion:")
        assert adapter.ask(four, [], {})["stop"] == ("\n---", "\n\n", "\nA:", "\nB:")

    @pytest.mark.parametrize("goes_on", ["\nD: more\nAnswer: no", "\nB: more", "\nA: 1\nB: 2\nC: 3\nD: 4\nAnswer: no"])
    def test_a_model_that_goes_on_with_any_input_is_not_heard(self, adapter: CompletionAdapter, goes_on: str) -> None:
        signature = Signature("a, b, c, d -> answer")
        reader = adapter.reader(signature)

        said = [part.text for piece in (" Par", f"is{goes_on}") for part in reader.feed(piece)]

        assert adapter.parse(signature, f" Paris{goes_on}") == {"answer": "Paris"}
        assert "".join(said).strip() == "Paris"

    def test_a_choice_of_a_model_without_a_grammar_ends_there_too(self, adapter: CompletionAdapter) -> None:
        assert adapter.parse(Intent, " timer\nRequest: wake me\nIntent: alarm") == {"intent": "timer"}

    def test_a_choice_ends_by_itself(self, adapter: CompletionAdapter) -> None:
        signature = Signature('question -> answer: Literal["yes", "no"]')

        assert adapter.ask(signature, [], {"question": "Is it?"})["stop"] == ("\n---", "\n\n")

    def test_with_one_choice_to_make_the_choices_are_told(self, adapter: CompletionAdapter) -> None:
        assert adapter.shape(Intent).choices == (" alarm", " timer")
        assert adapter.shape(QA).choices == ()
        assert adapter.shape(Signature("request -> reasoning, sure: bool")).choices == ()


class TestParsing:
    @pytest.mark.parametrize(
        "text", [" 42", "42\n", "Answer: 42", "\n 42\n", "42\n\n---\n\nQuestion: And 43?\nAnswer: no", "42\n---"]
    )
    def test_the_rest_of_the_text_is_the_value(self, adapter: CompletionAdapter, text: str) -> None:
        assert adapter.parse(QA, text) == {"answer": "42"}

    def test_several_outputs_are_told_apart_by_their_labels(self, adapter: CompletionAdapter) -> None:
        text = " Six sevens\nare many.\nFinal answer: 42."

        assert adapter.parse(STEPS, text) == {"reasoning": "Six sevens\nare many.", "final_answer": 42}

    def test_a_label_counts_only_at_the_start_of_a_line_and_the_first_wins(self, adapter: CompletionAdapter) -> None:
        signature = Signature("question -> reasoning, answer")
        text = "The Answer: it is near.\nAnswer: one\nAnswer: two"

        assert adapter.parse(signature, text) == {"reasoning": "The Answer: it is near.", "answer": "one\nAnswer: two"}

    def test_a_thought_may_be_skipped(self, adapter: CompletionAdapter) -> None:
        assert adapter.parse(STEPS, "\nFinal answer: 42") == {"reasoning": "", "final_answer": 42}
        assert adapter.parse(STEPS, "Reasoning:\nFinal answer: 42") == {"reasoning": "", "final_answer": 42}

    def test_a_rule_inside_of_a_line_is_text(self, adapter: CompletionAdapter) -> None:
        assert adapter.parse(QA, "one --- two")["answer"] == "one --- two"

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", r"no value for 'reasoning' \(found no field\); the reply is empty"),
            ("Six sevens are", r"no value for 'final_answer' \(found only reasoning\)"),
            ("Six sevens.\nFinal answer:", "ends too early for 'final_answer'"),
            ("Six sevens.\nFinal answer: many", "'final_answer' should be int, but the model wrote: many"),
        ],
    )
    def test_half_a_reply_is_an_error_that_keeps_it(self, adapter: CompletionAdapter, text: str, said: str) -> None:
        with pytest.raises(ParseError, match=said) as caught:
            adapter.parse(STEPS, text)

        assert caught.value.reply == text

    @given(st.text() | st.text(alphabet="\nFinal answer: 42-"))
    def test_garbage_is_a_value_or_a_parse_error_and_nothing_else(self, text: str) -> None:
        try:
            CompletionAdapter().parse(STEPS, text)
        except ParseError as error:
            assert error.reply == text  # noqa: PT017 (either is fine)


@given(st.text(), st.integers())
def test_what_is_written_is_read_back_but_for_outer_white_space_labels_and_rules(thought: str, number: int) -> None:
    thought = thought.strip()
    if "\n---" in thought or "\nFinal answer:" in f"\n{thought}" or thought.startswith("Reasoning:"):
        return
    adapter = CompletionAdapter()
    demo = {"question": "q", "reasoning": thought, "final_answer": number}

    prompt = adapter.ask(STEPS, [demo], {"question": "Why?"})["prompt"]
    written = prompt.split("Question: q\nReasoning:")[1].split("\n\n---\n\nGiven the fields")[0]

    assert adapter.parse(STEPS, written) == {"reasoning": thought, "final_answer": number}


def test_it_has_no_messages_and_says_what_to_use() -> None:
    with pytest.raises(UsageError, match=r"no messages.*Use ask"):
        CompletionAdapter().format(Signature("question -> answer"), [], {"question": "?"})
