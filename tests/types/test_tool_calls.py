"""Calls that a model asks for, and what came of them."""

import asyncio
from typing import Any

import pydantic
import pytest

import nbdspy
from nbdspy.errors import BudgetExceeded, ParseError, UsageError
from nbdspy.models.messages import Extras, Reply
from nbdspy.testing import DummyLM
from nbdspy.types import Tool, ToolCall, ToolCallResults, ToolCalls

ran: list[str] = []


def add(a: int, b: int = 1) -> int:
    return a + b


def fails() -> None:
    raise KeyError("lost")


def wipe() -> None:
    ran.append("wipe")


async def later(a: int) -> int:
    return a


ADD = {"name": "add", "args": {"a": 1}}


class TestReading:
    @pytest.mark.parametrize(
        "given",
        [
            ADD,
            [ADD],
            {"tool_calls": [ADD]},
            {"tool_calls": ADD and [{"name": "add", "arguments": '{"a": 1}'}]},
            {"type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}},
            [{"function": {"name": "add", "arguments": {"a": 1}}}],
            {"type": "tool_use", "name": "add", "input": {"a": 1}},
            {"functionCall": {"name": "add", "args": {"a": 1}}},
            '{"tool_calls": [{"name": "add", "args": {"a": 1}}]}',
            '[{"name": "add", "parameters": {"a": 1}}]',
            {"tool_calls": '[{"name": "add", "args": {"a": 1}}]'},
        ],
    )
    def test_the_shapes_of_every_provider(self, given: Any) -> None:
        assert ToolCalls.model_validate(given) == ToolCalls(tool_calls=[ToolCall(name="add", args={"a": 1})])

    def test_an_id_is_kept(self) -> None:
        extras = Extras(tool_calls=({"id": "call-1", "name": "add", "arguments": {"a": 1}},))

        (call,) = ToolCalls.from_extras(extras.tool_calls).tool_calls

        assert (call.id, call.name, call.args) == ("call-1", "add", {"a": 1})

    @pytest.mark.parametrize("none", [[], {}, "[]", '{"tool_calls": []}', {"tool_calls": None}])
    def test_no_calls_are_fine(self, none: Any) -> None:
        assert ToolCalls.model_validate(none).tool_calls == []

    @pytest.mark.parametrize(
        "without", [{"name": "now"}, {"name": "now", "arguments": ""}, {"name": "now", "args": {}}]
    )
    def test_a_call_may_have_no_arguments(self, without: Any) -> None:
        assert ToolCalls.from_dict_list([without]).tool_calls[0].args == {}

    @pytest.mark.parametrize(
        "bad", ["add(1)", 3, None, {"args": {}}, [{"name": 3}], [{"name": "add", "arguments": '{"a": '}], [[ADD]]]
    )
    def test_what_is_no_call_is_refused(self, bad: Any) -> None:
        with pytest.raises(pydantic.ValidationError):
            ToolCalls.model_validate(bad)

    def test_deep_nesting_ends_in_an_error(self) -> None:
        with pytest.raises(pydantic.ValidationError):
            ToolCalls.model_validate("[" * 100_000)

    def test_it_reads_what_it_writes(self) -> None:
        calls = ToolCalls.from_dict_list([ADD, {"id": "2", "name": "add", "args": {"a": "ü"}}])

        assert ToolCalls.model_validate(calls.format()) == calls
        assert ToolCalls.model_validate_json(calls.model_dump_json()) == calls
        assert ToolCalls.from_dict_list([ADD]).format() == '{"tool_calls": [{"name": "add", "args": {"a": 1}}]}'

    def test_of_a_model_that_calls_in_text(self) -> None:
        with nbdspy.context(lm=DummyLM([{"calls": '```json\n[{"name": "add", "args": {"a": 1}}]\n```'}])):
            prediction = nbdspy.Predict("tools: list[Tool], task -> calls: ToolCalls")(tools=[Tool(add)], task="Add.")

        assert prediction.calls == ToolCalls.from_dict_list([ADD])
        with nbdspy.context(lm=DummyLM([{"calls": "I would add."}])), pytest.raises(ParseError, match="calls"):
            nbdspy.Predict("tools: list[Tool], task -> calls: ToolCalls")(tools=[Tool(add)], task="Add.")


class TestExecuting:
    @pytest.mark.parametrize("functions", [[add], [Tool(add)], {"add": add}, (add,)])
    def test_with_the_functions_given(self, functions: Any) -> None:
        call = ToolCall(name="add", args={"a": "1"})

        assert call.execute(functions=functions) == 2
        assert asyncio.run(call.aexecute(functions)) == 2

    def test_nothing_else_is_ever_called(self) -> None:
        calls = ToolCalls.from_dict_list([{"name": "wipe"}, {"name": "eval", "args": {"source": "1"}}])

        with pytest.raises(UsageError, match=r"No tool is called 'wipe'\. There are: add\."):
            calls.tool_calls[0].execute([add])
        with pytest.raises(UsageError, match="There are: none"):
            calls.tool_calls[0].execute([])
        results = calls.execute([add])

        assert [result.is_error for result in results.tool_call_results] == [True, True]
        assert ran == []

    def test_a_misspelt_name_is_suggested(self) -> None:
        with pytest.raises(UsageError, match="Did you mean add"):
            ToolCall(name="addd").execute([add])

    def test_a_call_that_fails_has_its_error_as_its_result(self) -> None:
        calls = ToolCalls.from_dict_list(
            [ADD, {"name": "fails"}, {"name": "add", "args": {"a": "x"}}, {"name": "later", "args": {"a": 4}}]
        )
        functions = [add, fails, later]

        results = calls.execute(functions).tool_call_results

        assert [result.value for result in results[::3]] == [2, 4]
        assert [result.is_error for result in results] == [False, True, True, False]
        assert results[1].value == "KeyError: 'lost'"
        assert "add cannot take a='x'" in results[2].value
        assert asyncio.run(calls.aexecute(functions)).tool_call_results == results

    def test_an_error_whose_own_words_fail_is_a_result_by_its_kind(self) -> None:
        class Broken(Exception):
            def __str__(self) -> str:
                raise ValueError("no words")

        def breaks() -> None:
            raise Broken

        (result,) = ToolCalls.from_dict_list([{"name": "breaks"}]).execute([breaks]).tool_call_results

        assert (result.value, result.is_error) == ("Broken", True)

    def test_what_every_call_would_meet_is_no_result(self) -> None:
        def spent() -> None:
            raise BudgetExceeded("That was all.")

        calls = ToolCalls.from_dict_list([{"name": "spent"}, ADD])

        with pytest.raises(BudgetExceeded):
            calls.execute([spent, add])
        with pytest.raises(BudgetExceeded):
            asyncio.run(calls.aexecute([spent, add]))

    def test_an_interrupt_is_no_result(self) -> None:
        def interrupted() -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            ToolCalls.from_dict_list([{"name": "interrupted"}]).execute([interrupted])


class TestResults:
    def test_values_are_put_to_their_calls(self) -> None:
        calls = ToolCalls.from_dict_list([{"id": "1", **ADD}, ADD])

        results = ToolCallResults.from_tool_calls_and_values(calls, [2, "lost"], [False, True])

        assert results.tool_call_results[0].call_id == "1"
        assert results.format() == '[{"id": "1", "name": "add", "result": 2}, {"name": "add", "error": "lost"}]'
        assert repr(results) == "ToolCallResults(add → 2, add failed: lost)"
        assert ToolCallResults.model_validate_json(results.model_dump_json()) == results

    def test_there_is_one_for_each_call(self) -> None:
        with pytest.raises(UsageError, match="1 calls have 2 values"):
            ToolCallResults.from_tool_calls_and_values(ToolCalls.from_dict_list([ADD]), [1, 2])


def test_native_calls_are_read_from_beside_the_text() -> None:
    extras = Extras(tool_calls=({"id": "1", "name": "add", "arguments": {"a": 1}},))
    lm = nbdspy.testing.FakeLM(lambda request: Reply(texts=("",), extras=(extras,)), supports_function_calling=True)

    with nbdspy.context(lm=lm, adapter=nbdspy.JSONAdapter()):
        prediction = nbdspy.Predict("tools: list[Tool], task -> calls: ToolCalls")(tools=[Tool(add)], task="Add.")

    assert prediction.calls.execute([add]).tool_call_results[0].value == 2


def test_a_call_without_functions_says_to_pass_them() -> None:
    with pytest.raises(UsageError, match=r"Say what may be called: call\.execute\(\[search\]\)"):
        ToolCalls.from_dict_list([{"name": "search", "args": {}}]).tool_calls[0].execute()
