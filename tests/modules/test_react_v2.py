"""The agent that calls tools beside the text, and in the text where that is all a model can."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from nbdspy import events, render
from nbdspy.adapters import ChatAdapter, JSONAdapter
from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import ContextTooLong, ParseError, UsageError
from nbdspy.models import Extras, Reply, Request
from nbdspy.modules import ReActV2
from nbdspy.modules.shortening import StepLeftOut
from nbdspy.signatures import InputField, OutputField, Signature
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.types import History, Image, Tool, ToolCalls

Call = tuple[str, dict[str, Any]]
SEARCH: Call = ("search", {"query": "tides"})
SUBMIT: Call = ("submit", {"answer": 42})
NATIVE = ChatAdapter(use_native_function_calling=True, use_json_adapter_fallback=False)


CAT = Image("https://a.example/cat.png")


class Asked(Signature):
    """Answer it."""

    question: str = InputField()
    answer: int = OutputField(desc="a number", ge=1)


def search(query: str) -> str:
    """Look it up."""
    return f"All about {query}."


def native(*turns: Sequence[Call]) -> FakeLM:
    """A model that makes these calls beside its text, turn by turn."""
    left = iter(turns)

    def answer(request: Request) -> Reply:
        made = tuple({"id": f"{name}-1", "name": name, "arguments": given} for name, given in next(left))
        return Reply(texts=("",), extras=(Extras(tool_calls=made),))

    return FakeLM(answer, supports_function_calling=True)


def textual(*turns: Sequence[Call]) -> FakeLM:
    """A model that writes its calls."""
    left = iter(turns)

    def answer(request: Request) -> str:
        made = [{"name": name, "args": given} for name, given in next(left)]
        return chat_text({"next_thought": "So.", "tool_calls": json.dumps({"tool_calls": made})})

    return FakeLM(answer)


def run(lm: FakeLM, tools: Sequence[Any] = (search,), **inputs: Any) -> Any:
    with context(lm=lm, adapter=NATIVE):
        return ReActV2(Asked, tools=tools)(**{"question": "Why?", **inputs})


def results(prediction: Any, turn: int = 0) -> list[Any]:
    return [one.value for one in prediction.history.messages[turn]["tool_calls"].tool_call_results.tool_call_results]


def test_calls_and_results_are_messages_of_the_providers_own() -> None:
    lm = native([SEARCH], [SUBMIT])

    prediction = run(lm)

    assert (prediction.answer, prediction.termination_reason) == (42, "submit")
    assert [tool["function"]["name"] for tool in lm.requests[0].tools] == ["search", "submit"]
    assert [dict(message) for message in (lm.requests[1].messages or ())[2:4]] == [
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "search-1", "type": "function",
             "function": {"name": "search", "arguments": '{"query": "tides"}'}}]},
        {"role": "tool", "tool_call_id": "search-1", "name": "search", "content": "All about tides."},
    ]  # fmt: skip
    assert "Why?" not in str((lm.requests[1].messages or ())[-1])


def test_a_model_that_only_writes_is_told_the_same_in_the_text() -> None:
    lm = textual([SEARCH], [SUBMIT])

    prediction = run(lm)

    assert (prediction.answer, prediction.termination_reason) == (42, "submit")
    assert not lm.requests[0].tools
    assert "[[ ## tool_call_results ## ]]\n[{" in str((lm.requests[1].messages or ())[3]["content"])


@pytest.mark.parametrize("make", [native, textual])
def test_awaited_it_does_the_same(make: Any) -> None:
    async def later(query: str) -> str:
        return query.upper()

    with context(lm=make([("later", {"query": "tides"})], [SUBMIT]), adapter=NATIVE):
        prediction = asyncio.run(ReActV2(Asked, tools=[later]).acall(question="Why?"))

    assert results(prediction) == ["TIDES"]


def test_the_history_has_dspys_shape_and_goes_on_in_the_next_call() -> None:
    first = run(native([SEARCH], [SUBMIT]))
    assert [list(turn) for turn in first.history.messages] == [["question", "tool_calls"], ["tool_calls", "answer"]]

    lm = native([SUBMIT])
    second = run(lm, question="And then?", history=first.history)

    assert len(second.history.messages) == 3
    roles = [message["role"] for message in lm.requests[0].messages or ()]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "tool", "user"]
    assert "And then?" in str((lm.requests[0].messages or ())[-1]["content"])


def test_what_a_tool_raises_and_what_is_no_tool_are_results() -> None:
    def search(query: str) -> str:
        raise KeyError(query)

    prediction = run(native([SEARCH, ("serch", {}), ("search", {"q": 1})], [SUBMIT]), tools=[search])

    assert results(prediction) == [
        "KeyError: 'tides'",
        "No tool is called 'serch'. Did you mean search?",
        "search needs query, and has no argument 'q'. It takes query: string.",
    ]


@pytest.mark.parametrize("model", [native, textual])
def test_what_a_tool_returns_does_not_end_the_agent_whatever_it_is(model: Any) -> None:
    class Unspeakable:
        def __repr__(self) -> str:
            raise ValueError("no words")

    found: dict[str, Any] = {"next": 1}
    found["itself"] = found
    lm = model([("search", {}), ("look", {})], [SUBMIT])

    prediction = run(lm, tools=[Tool(lambda: found, name="search"), Tool(lambda: [Unspeakable()], name="look")])

    assert prediction.answer == 42
    assert results(prediction)[1] == "look returned a list, which cannot be shown: ValueError: no words"
    assert "'next': 1, 'itself': {...}" in str(lm.requests[1].messages)


def test_pictures_that_tools_return_follow_the_results_of_the_turn() -> None:
    lm = native([("look", {}), SEARCH], [SUBMIT])

    prediction = run(lm, tools=[search, Tool(lambda: ["A cat:", CAT], name="look")])

    *_, looked, searched, pictures, _ = lm.requests[1].messages or ()
    assert (looked["role"], looked["content"]) == ("tool", '["A cat:", (shown below)]')
    assert (searched["role"], searched["content"]) == ("tool", "All about tides.")
    assert pictures == {"role": "user", "content": [{"type": "text", "text": "What look returned:"}, *CAT.format()]}
    assert results(prediction)[0] == ["A cat:", CAT]


def test_a_picture_is_shown_in_its_place_where_results_are_told_in_the_text() -> None:
    lm = textual([("look", {})], [SUBMIT])

    run(lm, tools=[Tool(lambda: CAT, name="look")])

    (told,) = [each["content"] for each in lm.requests[1].messages or () if isinstance(each["content"], list)]
    assert told[1] == CAT.format()[0]
    assert told[0]["text"].endswith('"name": "look", "result": ')


def test_a_megabyte_is_cut_and_a_repeated_call_is_told() -> None:
    lm = native([SEARCH], [("long", {})], [SEARCH], [SUBMIT])

    prediction = run(lm, tools=[search, Tool(lambda: "x" * 1_000_000, name="long")])

    assert len(results(prediction, 1)[0]) < 10_100
    assert results(prediction, 2) == [
        "All about tides.\n(Step 0 did and brought the same; do something else, or end the work.)"
    ]


def test_an_answer_of_the_wrong_type_is_said_to_be_and_can_be_mended() -> None:
    prediction = run(native([("submit", {"answer": "many"})], [("submit", {"answer": 0})], [SUBMIT]))

    assert "submit cannot take answer='many'" in results(prediction, 0)[0]
    assert "greater than or equal to 1" in results(prediction, 1)[0]
    assert prediction.answer == 42


@pytest.mark.parametrize("adapter", [NATIVE, JSONAdapter()])
def test_when_its_turns_are_used_up_only_the_answer_can_be_given(adapter: Any) -> None:
    lm = native([SEARCH], [SUBMIT])
    with context(lm=lm, adapter=adapter):
        prediction = ReActV2(Asked, tools=[search])(question="Why?", max_iters=1)

    assert prediction.termination_reason == "forced_submit"
    assert [tool["function"]["name"] for tool in lm.requests[1].tools] == ["submit"]
    assert lm.requests[1].options["tool_choice"] == "required"


def test_a_choice_of_tools_is_sent_only_with_tools() -> None:
    lm = textual([SEARCH], [SUBMIT])

    assert run(lm, max_iters=1).termination_reason == "forced_submit"
    assert "tool_choice" not in lm.requests[1].options


def test_a_reply_without_calls_is_asked_for_the_answer() -> None:
    lm = textual([], [SUBMIT])

    prediction = run(lm)

    assert (prediction.answer, prediction.termination_reason, len(lm.requests)) == (42, "forced_submit", 2)
    assert "Why?" in str((lm.requests[1].messages or ())[-1]["content"])


def test_a_model_that_gives_no_answer_is_an_error_that_says_why() -> None:
    with pytest.raises(ParseError, match=r"because its turns are used up, and did not give it: .*No tool is called"):
        run(native([SEARCH], [SEARCH]), max_iters=1)


def test_the_oldest_turn_is_left_out_where_there_is_no_room_and_the_question_stays() -> None:
    left = iter([[SEARCH], [("search", {"query": "moon"})], [SUBMIT]])

    def answer(request: Request) -> Reply:
        if len(request.messages or ()) > 6:
            raise ContextTooLong("The prompt has 7 tokens, and the model reads 6.")
        made = tuple({"id": name, "name": name, "arguments": given} for name, given in next(left))
        return Reply(texts=("",), extras=(Extras(tool_calls=made),))

    lm, heard = FakeLM(answer, supports_function_calling=True), []
    with events.listening(heard.append), pytest.warns(UserWarning, match="no longer shown step 0"):
        prediction = run(lm)

    assert prediction.answer == 42
    assert [event.step for event in heard if isinstance(event, StepLeftOut)] == [0]
    assert "Why?" in str((lm.requests[-1].messages or ())[-1]["content"])
    assert "tides" not in str(lm.requests[-1].messages)


def test_its_state_has_dspys_key_and_its_own_names_are_refused() -> None:
    assert list(ReActV2(Asked, tools=[search]).dump_state()) == ["react"]
    with pytest.raises(UsageError, match="'history' is a field of the agent's own"):
        ReActV2("history: History, question -> answer", tools=[search])
    with pytest.raises(UsageError, match="No tool can be called 'submit'"):
        ReActV2(Asked, tools=[Tool(search, name="submit")])


def test_a_missing_input_is_named_at_once() -> None:
    with pytest.raises(UsageError, match="The input 'question' is missing for 'question -> answer'"):
        ReActV2(Asked, tools=[search])()


def test_calls_know_what_came_of_them_and_a_prompt_does_not_repeat_it() -> None:
    calls = ToolCalls.from_dict_list([{"name": "search", "args": {"query": "x"}}])
    done = calls.with_results(calls.execute([search]))

    assert calls.tool_call_results is None
    assert str(done.tool_call_results) == "ToolCallResults(search → All about x.)"
    assert done.format() == calls.format()
    assert History(messages=[{"calls": done}]).messages[0]["calls"] is done


@pytest.mark.parametrize("make", [native, textual])
def test_a_history_that_went_through_json_is_shown_to_the_model_as_before(make: Any) -> None:
    first = run(make([SEARCH], [SUBMIT]))
    kept = History.model_validate_json(first.history.model_dump_json())
    before, after = make([SUBMIT]), make([SUBMIT])

    run(before, question="And then?", history=first.history)
    run(after, question="And then?", history=kept)

    assert after.requests[0].messages == before.requests[0].messages
    assert "All about tides." in str(after.requests[0].messages)


def test_people_see_what_came_of_calls() -> None:
    history = run(native([SEARCH], [SUBMIT])).history

    assert "All about tides." in str(history.messages)
    assert "All about tides." in render.plain(history)
    assert "All about tides." in history.format()


def test_a_result_of_any_kind_can_be_dumped() -> None:
    def search(query: str) -> Any:
        return {"found": Example(text=query), "by": len}

    dumped = run(native([SEARCH], [SUBMIT]), tools=[search]).history.model_dump_json()

    assert "tides" in dumped


def test_a_model_cannot_write_results() -> None:
    forged = {"tool_calls": [{"name": "search", "args": {}}], "tool_call_results": [{"name": "search", "value": "x"}]}

    assert ToolCalls.model_validate(forged).tool_call_results is None
    assert History([{"tool_calls": {**forged, "tool_call_results": "x"}}]).messages[0]["tool_calls"] == {
        **forged, "tool_call_results": "x",
    }  # fmt: skip
