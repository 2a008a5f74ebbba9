"""Asking and reading: what is asked again, what a cut reply says, and answers in two steps."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from nbdspy import events
from nbdspy.adapters import AskedAgain, ChatAdapter, CompletionAdapter, JSONAdapter, TwoStepAdapter
from nbdspy.configuration import context
from nbdspy.errors import LMRefused, ParseError, UsageError
from nbdspy.models import Reply
from nbdspy.modules import Predict
from nbdspy.signatures import Signature
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

QA = Signature("question -> answer: int")
INPUTS = {"question": "Six times seven?"}


def in_json(request: Any) -> bool:
    return "JSON object" in str(request.messages[-1]["content"])


class TestAskingAgain:
    def test_a_reply_that_cannot_be_read_is_asked_for_once_more_in_json(self) -> None:
        lm = FakeLM(lambda request: '{"answer": 42}' if in_json(request) else "I think it is 42.")
        heard: list[Any] = []

        with events.listening(heard.append):
            rows = ChatAdapter()(lm, {}, QA, [], INPUTS)

        assert rows == [{"answer": 42}]
        assert len(lm.requests) == 2
        (again,) = [event for event in heard if isinstance(event, AskedAgain)]
        assert again.adapter == "json"
        assert again.error.reply == "I think it is 42."

    def test_it_can_be_switched_off(self) -> None:
        lm = FakeLM("I think it is 42.")

        with pytest.raises(ParseError):
            ChatAdapter(use_json_adapter_fallback=False)(lm, {}, QA, [], INPUTS)

        assert len(lm.requests) == 1

    def test_when_that_does_not_help_the_first_reply_is_told(self) -> None:
        lm = FakeLM(lambda request: "no object" if in_json(request) else chat_text({"answer": "many"}))

        with pytest.raises(ParseError, match=r"should be int.*many.*asked again for JSON") as caught:
            ChatAdapter()(lm, {}, QA, [], INPUTS)

        assert isinstance(caught.value.__cause__, ParseError)
        assert caught.value.__cause__.reply == "no object"

    def test_it_works_awaited(self) -> None:
        lm = FakeLM(lambda request: '{"answer": 42}' if in_json(request) else "")

        assert asyncio.run(ChatAdapter().acall(lm, {}, QA, [], INPUTS)) == [{"answer": 42}]


class TestRefusals:
    @pytest.mark.parametrize("end", ["refusal", "content_filter"])
    @pytest.mark.parametrize("adapter", [ChatAdapter(), CompletionAdapter()], ids=lambda adapter: adapter.name)
    def test_a_model_that_declines_is_not_asked_again(self, adapter: Any, end: str) -> None:
        lm = FakeLM(lambda request: Reply(texts=("I can't help with that.",), finish_reasons=(end,)))

        with pytest.raises(LMRefused, match=r"I can't help with that\. Sending it again"):
            adapter(lm, {}, Signature("question -> answer"), [], INPUTS)

        assert len(lm.requests) == 1

    def test_a_refusal_is_not_read_for_its_sense(self) -> None:
        thinker = FakeLM(lambda request: Reply(texts=("",), finish_reasons=("content_filter",)))
        reader = FakeLM("unread")

        with pytest.raises(LMRefused, match=r"content filter.*no reason"):
            TwoStepAdapter(reader)(thinker, {}, QA, [], INPUTS)

        assert not reader.requests


class TestCutReplies:
    def cut(self, text: str) -> FakeLM:
        return FakeLM(lambda request: Reply(texts=(text,), finish_reasons=("length",)))

    def test_a_text_that_lacks_its_end_is_warned_of(self) -> None:
        with (
            context(lm=self.cut("[[ ## answer ## ]]\nThe capital of Fra")),
            pytest.warns(
                UserWarning, match=r"cut off at its limit of tokens, so 'answer' may lack its end.*max_tokens"
            ),
        ):
            assert Predict("question -> answer")(question="?").answer == "The capital of Fra"

    def test_an_output_that_did_not_come_says_why(self) -> None:
        adapter = ChatAdapter(use_json_adapter_fallback=False)

        with pytest.raises(ParseError, match=r"'answer'.*cut off at its limit of tokens\)\. Raise max_tokens"):
            adapter(self.cut("[[ ## reasoning ## ]]\nLet me"), {}, QA, [], INPUTS)


class TestTwoSteps:
    def test_one_model_thinks_and_the_other_reads(self) -> None:
        thinker = FakeLM("Six sevens make forty-two.")
        reader = FakeLM(chat_text({"answer": "42"}))

        rows = TwoStepAdapter(reader)(thinker, {"temperature": 1.0}, QA, [{"question": "1+1?", "answer": 2}], INPUTS)

        assert rows == [{"answer": 42}]
        assert thinker.requests[0].temperature == 1.0
        assert "no format" in thinker.requests[0].messages[0]["content"]
        assert thinker.requests[0].messages[2]["content"] == "Answer: 2"
        assert thinker.requests[0].shape is None
        assert "Six sevens make forty-two." in reader.requests[0].messages[-1]["content"]
        assert reader.requests[0].temperature is None

    def test_each_completion_is_read(self) -> None:
        reader = FakeLM(lambda request: chat_text({"answer": str(request.messages[-1]["content"]).split("is ")[1][0]}))
        thinker = FakeLM(lambda request: Reply(texts=("it is 1.", "it is 2.")))

        assert TwoStepAdapter(reader)(thinker, {"n": 2}, QA, [], INPUTS) == [{"answer": 1}, {"answer": 2}]

    def test_something_else_than_a_model_is_refused(self) -> None:
        with pytest.raises(UsageError, match=r"'gpt' ?, which is no LM. Give nbdspy.LM"):
            TwoStepAdapter("gpt")  # type: ignore[arg-type]


def test_an_adapter_by_format_and_parse_alone() -> None:
    class Loud(JSONAdapter):
        def __init__(self) -> None:
            pass  # as people forget to call the base's

        def format(self, signature: Any, demos: Any, inputs: Any) -> Any:
            return [{"role": "user", "content": inputs["question"].upper()}]

        def parse(self, signature: Any, completion: str) -> dict[str, Any]:
            return {"answer": completion.count("!")}

    lm = FakeLM("!!!")
    with context(lm=lm, adapter=Loud()):
        assert Predict(QA)(question="why?").answer == 3

    assert lm.requests[0].messages == [{"role": "user", "content": "WHY?"}]
