"""What goes beside the text: tools, their calls, reasoning; and what models that cannot do so are told instead."""

from __future__ import annotations

from typing import Any

import pytest

from nbdspy.adapters import Able, ChatAdapter, CompletionAdapter, JSONAdapter
from nbdspy.adapters.native import TEXT_ONLY, able
from nbdspy.configuration import context
from nbdspy.errors import ParseError, UsageError
from nbdspy.models import Extras, Reply
from nbdspy.modules import Predict
from nbdspy.signatures import InputField, OutputField, Signature
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.types import History, Reasoning, Tool, ToolCalls, Type


def search(query: str) -> str:
    """Look it up."""
    return query


class Agent(Signature):
    """Use the tools."""

    question: str = InputField()
    tools: list[Tool] = InputField()
    calls: ToolCalls = OutputField()


class Talking(Signature):
    """Say why, and call if need be."""

    question: str = InputField()
    tools: list[Tool] = InputField()
    comment: str = OutputField()
    calls: ToolCalls = OutputField()


CALL = {"id": "1", "name": "search", "arguments": {"query": "tides"}}
NATIVE = ChatAdapter(use_native_function_calling=True)


def able_lm(answer: Any, **abilities: bool) -> FakeLM:
    return FakeLM(answer, **abilities)


def called(text: str = "", *calls: dict[str, Any]) -> Reply:
    return Reply(texts=(text,), extras=(Extras(tool_calls=calls or (CALL,)),))


def test_tools_go_beside_the_text_and_calls_come_from_there() -> None:
    lm = able_lm(lambda request: called(), supports_function_calling=True)

    with context(lm=lm, adapter=NATIVE):
        prediction = Predict(Agent)(question="When is high tide?", tools=[Tool(search)])

    (request,) = lm.requests
    assert [tool["function"]["name"] for tool in request.tools] == ["search"]
    assert request.shape is None
    assert "`tools`" not in str(request.messages)
    assert "search" not in str(request.messages)
    assert prediction.calls.tool_calls[0].args == {"query": "tides"}


def test_a_model_that_cannot_is_told_the_tools_in_the_text() -> None:
    reply = chat_text({"calls": '{"tool_calls": [{"name": "search", "args": {"query": "tides"}}]}'})
    lm = FakeLM(lambda request: reply)

    with context(lm=lm, adapter=NATIVE):
        prediction = Predict(Agent)(question="When is high tide?", tools=[Tool(search)])

    (request,) = lm.requests
    assert not request.tools
    assert "Look it up." in str(request.messages[-1]["content"])
    assert prediction.calls.tool_calls[0].name == "search"


def test_the_chat_layout_calls_natively_only_when_told_and_the_json_layout_by_itself() -> None:
    lm = able_lm("", supports_function_calling=True)

    asked = {adapter: adapter.request(lm, Agent, [], {"question": "q", "tools": [Tool(search)]})
             for adapter in (ChatAdapter(), JSONAdapter())}  # fmt: skip

    assert ["tools" in values for values in asked.values()] == [False, True]


def test_a_text_beside_the_calls_fills_the_other_outputs() -> None:
    with context(lm=able_lm(lambda request: called(chat_text({"comment": "I look."})), supports_function_calling=True)):
        prediction = NATIVE(able_lm(lambda request: called(chat_text({"comment": "I look."})),
                                    supports_function_calling=True),
                            {}, Talking, [], {"question": "q", "tools": [Tool(search)]})  # fmt: skip

    assert prediction[0]["comment"] == "I look."
    assert prediction[0]["calls"].tool_calls[0].name == "search"


def test_a_text_beside_the_calls_that_keeps_to_no_layout_is_the_only_outputs() -> None:
    lm = able_lm(lambda request: called("I look it up."), supports_function_calling=True)
    adapter = ChatAdapter(use_native_function_calling=True, use_json_adapter_fallback=False)

    (row,) = adapter(lm, {}, Talking, [], {"question": "q", "tools": [Tool(search)]})

    assert row["comment"] == "I look it up."
    with pytest.raises(ParseError):
        adapter(lm, {}, Talking.append("sure", OutputField(), bool), [], {"question": "q", "tools": [Tool(search)]})


def test_calls_without_a_text_leave_the_other_outputs_empty() -> None:
    lm = able_lm(lambda request: called(), supports_function_calling=True)

    (row,) = NATIVE(lm, {}, Talking, [], {"question": "q", "tools": [Tool(search)]})

    assert row["comment"] is None
    assert row["calls"].tool_calls


def test_neither_a_text_nor_a_call_is_an_error_that_says_so() -> None:
    lm = able_lm(lambda request: Reply(texts=("",)), supports_function_calling=True)
    adapter = ChatAdapter(use_native_function_calling=True, use_json_adapter_fallback=False)

    with pytest.raises(ParseError, match="neither a text nor a call"):
        adapter(lm, {}, Agent, [], {"question": "q", "tools": [Tool(search)]})


def test_reasoning_comes_from_beside_the_text_where_the_model_tells_it() -> None:
    signature = Signature({"question": (str, InputField()), "why": (Reasoning, OutputField()),
                           "answer": (str, OutputField())})  # fmt: skip
    told = Reply(texts=(chat_text({"answer": "42"}),), extras=(Extras(reasoning="Six sevens."),))
    lm = able_lm(lambda request: told, supports_reasoning=True)

    (row,) = ChatAdapter()(lm, {}, signature, [], {"question": "q"})

    assert (str(row["why"]), row["answer"]) == ("Six sevens.", "42")
    assert lm.requests[0].options["reasoning_effort"] == "low"
    assert "`why`" not in str(lm.requests[0].messages)


def test_reasoning_is_an_output_like_others_for_models_that_do_not() -> None:
    signature = Signature({"question": (str, InputField()), "why": (Reasoning, OutputField()),
                           "answer": (str, OutputField())})  # fmt: skip

    (row,) = ChatAdapter()(
        FakeLM(chat_text({"why": "Six sevens.", "answer": "42"})), {}, signature, [], {"question": "q"}
    )

    assert (str(row["why"]), row["answer"]) == ("Six sevens.", "42")


def test_a_model_without_abilities_is_text_only() -> None:
    assert able(FakeLM("")) is TEXT_ONLY
    assert able(None) is TEXT_ONLY
    assert able(able_lm("", supports_response_schema=True)) == Able(schema=True)


class Sketch(Type):
    url: str

    def format(self) -> Any:
        return [{"type": "image_url", "image_url": {"url": self.url}}]


class Look(Signature):
    """Describe them."""

    first: Sketch = InputField()
    others: list[Sketch] = InputField()
    answer: str = OutputField()


def test_parts_stand_in_the_places_of_their_fields() -> None:
    inputs = {"first": Sketch(url="a"), "others": [Sketch(url="b"), Sketch(url="c")]}

    content = ChatAdapter().format(Look, [], inputs)[-1]["content"]

    kinds = [part["text"] if part["type"] == "text" else part["image_url"]["url"] for part in content]
    assert kinds == [
        "[[ ## first ## ]]\n", "a", "\n\n[[ ## others ## ]]\n[", "b", ", ", "c",
        "]\n\nAnswer with the fields `answer`, each under its marker, then `[[ ## completed ## ]]`.",
    ]  # fmt: skip


def test_an_image_that_is_given_to_a_text_is_sent_as_an_image() -> None:
    signature = Signature("photo, question -> answer")

    content = ChatAdapter().format(signature, [], {"photo": Sketch(url="a"), "question": "What is it?"})[-1]["content"]

    assert {"type": "image_url", "image_url": {"url": "a"}} in content


def test_a_layout_of_one_plain_text_refuses_parts() -> None:
    with pytest.raises(UsageError, match=r"'first' holds image_url, which the completion layout cannot show"):
        CompletionAdapter().ask(Look, [], {"first": Sketch(url="a"), "others": []})


def test_demos_hold_parts_too() -> None:
    demo = {"first": Sketch(url="d"), "others": [], "answer": "a boat"}

    messages = ChatAdapter().format(Look, [demo], {"first": Sketch(url="a"), "others": []})

    assert {"type": "image_url", "image_url": {"url": "d"}} in messages[1]["content"]
    assert "a boat" in messages[2]["content"]


class Chatting(Signature):
    """Go on talking."""

    history: History = InputField()
    question: str = InputField()
    answer: str = OutputField()


@pytest.mark.parametrize("adapter", [ChatAdapter(), JSONAdapter()])
def test_a_history_becomes_turns_before_the_question(adapter: ChatAdapter) -> None:
    history = History(messages=[{"question": "Capital of France?", "answer": "Paris"}])
    demo = {"question": "1 + 1?", "answer": "2"}

    messages = adapter.format(Chatting, [demo], {"history": history, "question": "And of Spain?"})

    assert [message["role"] for message in messages] == ["system", *["user", "assistant"] * 2, "user"]
    assert "1 + 1?" in messages[1]["content"]
    assert "not supplied" not in messages[1]["content"]
    assert "Paris" in messages[4]["content"]
    assert "And of Spain?" in messages[5]["content"]
    assert not any("history" in message["content"] for message in messages)


@pytest.mark.parametrize("adapter", [ChatAdapter(), JSONAdapter()])
def test_a_history_that_may_be_missing_becomes_turns_too_and_none_leaves_no_trace(adapter: ChatAdapter) -> None:
    optional = Signature({"history": (History | None, InputField()), "question": InputField(), "answer": OutputField()})
    history = History(messages=[{"question": "Capital of France?", "answer": "Paris"}])

    with_turns = adapter.format(optional, [], {"history": history, "question": "And of Spain?"})
    without = adapter.format(optional, [], {"history": None, "question": "And of Spain?"})

    assert [message["role"] for message in with_turns] == ["system", "user", "assistant", "user"]
    assert without == [with_turns[0], with_turns[-1]]
    assert not any("history" in message["content"] for message in with_turns)


def test_no_history_is_no_turn() -> None:
    assert len(ChatAdapter().format(Chatting, [], {"history": None, "question": "q"})) == 2


def test_several_calls_at_once_can_be_forbidden() -> None:
    lm = able_lm(lambda request: called(), supports_function_calling=True)

    for adapter in (JSONAdapter(parallel_tool_calls=False), ChatAdapter(None, True, parallel_tool_calls=False), NATIVE):
        with context(lm=lm, adapter=adapter):
            Predict(Agent)(question="When is high tide?", tools=[Tool(search)])

    asked = [request.options.get("parallel_tool_calls") for request in lm.requests]
    assert asked == [False, False, None]


def test_reasoning_can_be_asked_for_in_the_text() -> None:
    signature = Signature({"question": InputField(), "why": (Reasoning, OutputField()), "answer": OutputField()})
    lm = able_lm(chat_text({"why": "It is known.", "answer": "42"}), supports_reasoning=True)

    with context(lm=lm, adapter=ChatAdapter(native_response_types=[])):
        prediction = Predict(signature)(question="?")

    assert str(prediction.why) == "It is known."
    assert "reasoning_effort" not in lm.requests[0].options


@pytest.mark.parametrize("adapter", [NATIVE, JSONAdapter()])
def test_where_tools_may_be_called_no_schema_and_no_grammar_forbids_it(adapter: ChatAdapter) -> None:
    lm = able_lm(lambda request: called("{}"), supports_function_calling=True, supports_response_schema=True)
    lm.leaf.constrains = True

    asked = adapter.request(lm, Talking, [], {"question": "When is high tide?", "tools": [Tool(search)]})

    assert asked["tools"]
    assert not asked.keys() & {"shape", "response_format"}
