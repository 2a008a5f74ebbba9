"""Users' own model classes: both ways to write them, both ways to call them, and what they may return."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from nbdspy import Evaluate, Example, Predict, configuration, context
from nbdspy.errors import BudgetExceeded, LMUnavailable, UsageError
from nbdspy.models import BaseLM, Budget, Usage, spending
from nbdspy.testing.fake import chat_text


def dictionary(text: str | None, **message: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"role": "assistant", "content": text, **message}, "finish_reason": "stop"}]}


def an_object(text: str) -> Any:
    choice = SimpleNamespace(message=SimpleNamespace(content=text), finish_reason="stop")
    return SimpleNamespace(choices=[choice], usage=SimpleNamespace(prompt_tokens=7, completion_tokens=3), model="mine")


class Sync(BaseLM):
    """Only `forward`; remembers what it was called with, and on which thread."""

    def __init__(self, model: str = "mine", response: Any = None, **settings: Any) -> None:
        super().__init__(model, **settings)
        self.response = dictionary("42") if response is None else response
        self.calls: list[dict[str, Any]] = []
        self.threads: list[int] = []

    def forward(self, prompt: Any = None, messages: Any = None, **settings: Any) -> Any:
        self.calls.append({"prompt": prompt, "messages": messages, **settings})
        self.threads.append(threading.get_ident())
        return self.response


class Async(BaseLM):
    """Only `aforward`."""

    async def aforward(self, prompt: Any = None, messages: Any = None, **settings: Any) -> Any:
        await asyncio.sleep(0)
        return an_object(f"async {messages[-1]['content']}")


class Both(Sync):
    """Says which of the two was called."""

    async def aforward(self, prompt: Any = None, messages: Any = None, **settings: Any) -> Any:
        return dictionary("awaited")


def test_forward_gets_the_messages_and_the_settings_of_the_call() -> None:
    lm = Sync(temperature=0.5, top_p=0.9)

    said = lm("six times seven?", n=1, stop="\n", rollout_id=3, max_tokens=9)

    assert said == ["42"]
    assert lm.calls == [
        {
            "prompt": None, "messages": [{"role": "user", "content": "six times seven?"}], "temperature": 0.5,
            "max_tokens": 9, "stop": ["\n"], "top_p": 0.9,
        }
    ]  # fmt: skip


def test_a_text_model_gets_a_prompt() -> None:
    lm = Sync(model_type="text", response={"choices": [{"text": "42"}]})

    assert lm("6 * 7 =") == ["42"]
    assert lm.calls[0]["prompt"] == "6 * 7 ="
    assert lm.calls[0]["messages"] is None


def test_forward_runs_on_the_callers_thread_and_awaited_on_another() -> None:
    lm = Sync()

    lm("x")
    said = asyncio.run(lm.acall("x"))

    assert said == ["42"]
    assert lm.threads[0] == threading.get_ident()
    assert lm.threads[1] != threading.get_ident()


def test_aforward_answers_both_kinds_of_calls() -> None:
    lm = Async("mine")

    assert lm("x") == ["async x"]
    assert asyncio.run(lm.acall("y")) == ["async y"]


def test_a_synchronous_call_on_the_portal_says_what_to_write() -> None:
    class Nested(BaseLM):
        async def aforward(self, *args: Any, **settings: Any) -> Any:
            return Async("inner")("x")

    with pytest.raises(UsageError, match=r"await lm\.acall"):
        Nested("outer")("x")


def test_a_class_with_both_is_called_by_the_one_that_fits() -> None:
    lm = Both()

    assert lm("x") == ["42"]
    assert asyncio.run(lm.acall("x")) == ["awaited"]


def test_a_class_with_neither_says_what_to_write() -> None:
    class Nothing(BaseLM):
        pass

    with pytest.raises(UsageError, match=r"Nothing defines neither forward nor aforward\. Write def forward\(self"):
        Nothing("mine")


def test_objects_are_read_like_dictionaries() -> None:
    lm = Sync(response=an_object("42"))

    reply = lm.send(lm.request(prompt="x"))

    assert (reply.texts, reply.usage, reply.finish_reasons) == (("42",), Usage(prompt=7, completion=3), ("stop",))
    assert reply.cost is None


def test_what_stands_beside_the_text_is_read() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "search", "arguments": '{"query": "tides"}'}}
    lm = Sync(response=dictionary(None, tool_calls=[call], reasoning_content="It asks for tides."))

    (said,) = lm("When is high tide?")

    assert said == {"text": "", "reasoning_content": "It asks for tides.", "tool_calls": [call]}


def test_tool_calls_of_a_clients_objects_are_read() -> None:
    function = SimpleNamespace(name="search", arguments='{"query": "tides"}')
    message = SimpleNamespace(content=None, tool_calls=[SimpleNamespace(id="1", type="function", function=function)])
    lm = Sync(response=SimpleNamespace(choices=[SimpleNamespace(message=message, finish_reason="tool_calls")]))

    reply = lm.send(lm.request(prompt="When is high tide?"))

    assert reply.extras[0].tool_calls == ({"id": "1", "name": "search", "arguments": {"query": "tides"}},)


@pytest.mark.parametrize(
    "response",
    ["forty-two", ["forty-two"], {}, {"choices": []}, {"choices": ["forty-two"]}, {"choices": [{"text": 42}]}],
)
def test_a_reply_of_another_shape_is_shown(response: Any) -> None:
    with pytest.raises(UsageError, match=r"Sync returned .*, which has not the shape of OpenAI's replies") as caught:
        Sync(response=response)("x")

    assert repr(response)[1:-1] in str(caught.value)
    assert '{"choices": [{"message"' in str(caught.value)


def test_what_forward_raises_arrives_as_it_is() -> None:
    class Broken(BaseLM):
        def forward(self, *args: Any, **settings: Any) -> Any:
            raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        Broken("mine")("x")


def test_a_passing_failure_is_tried_again() -> None:
    class Busy(Sync):
        def forward(self, prompt: Any = None, messages: Any = None, **settings: Any) -> Any:
            response = super().forward(prompt, messages, **settings)
            if len(self.calls) == 1:
                raise LMUnavailable("busy", transient=True)
            return response

    lm = Busy(num_retries=1)

    assert lm("x") == ["42"]
    assert len(lm.calls) == 2


def test_its_calls_are_limited_and_counted() -> None:
    budget = Budget(calls=1)

    with spending(budget):
        Sync()("question")
        with pytest.raises(BudgetExceeded):
            Sync()("question")

    assert budget.spent.calls == 1
    assert budget.spent.unpriced == 1


def test_every_call_of_ones_own_class_is_made_whatever_it_knows_besides_the_request() -> None:
    class Counting(BaseLM):
        said = 0

        def forward(self, *args: Any, **settings: Any) -> Any:
            self.said += 1
            return dictionary(str(self.said))

    lm = Counting("counting")

    said = [lm("x"), lm("x", cache=True), asyncio.run(lm.acall("x")), list(lm.stream("x"))]

    assert said == [["1"], ["2"], ["3"], ["4"]]
    assert lm.cache


def test_equal_calls_of_ones_own_class_on_their_way_do_not_share_a_reply() -> None:
    class Counting(BaseLM):
        said = 0

        async def aforward(self, *args: Any, **settings: Any) -> Any:
            self.said += 1
            answer = dictionary(str(self.said))
            await asyncio.sleep(0)
            return answer

    async def both(lm: BaseLM) -> list[list[Any]]:
        return await asyncio.gather(lm.acall("x"), lm.acall("x"))

    assert asyncio.run(both(Counting("counting"))) == [["1"], ["2"]]


def test_a_copy_has_other_settings_or_other_values() -> None:
    lm = Sync()

    twin, other = lm.copy(temperature=0.5), lm.copy(response=dictionary("43"))

    assert other("x") == ["43"]
    assert twin("x") == ["42"]
    assert twin.calls[-1]["temperature"] == 0.5
    assert lm.temperature is None


def test_it_is_a_model_for_predict_configure_and_evaluate() -> None:
    lm = Sync(response=dictionary(chat_text({"answer": "42"})))
    examples = [Example(question=str(number), answer="42").with_inputs("question") for number in range(4)]
    program = Predict("question -> answer")

    with context(lm=lm):
        assert program(question="six times seven?").answer == "42"
        result = Evaluate(devset=examples, metric=lambda example, prediction: prediction.answer == "42")(program)
        assert asyncio.run(program.acall(question="again")).answer == "42"
    program.set_lm(lm)

    assert result.score == 100
    assert program.get_lm() is lm
    assert program(question="with a model of its own").answer == "42"
    assert configuration.settings.lm is None


def test_its_state_names_its_class() -> None:
    state = Sync(temperature=0.5, top_p=0.9).dump_state()

    assert state["_dspy_lm_class"].endswith(".Sync")
    assert (state["model"], state["temperature"], state["top_p"]) == ("mine", 0.5, 0.9)


def test_a_stream_gives_the_whole_as_one_piece() -> None:
    lm = Both(response=dictionary("four two"))

    async def pieces() -> list[Any]:
        return [piece async for piece in lm.astream(lm.request(prompt="x"))]

    assert list(lm.stream(lm.request(prompt="x"))) == ["four two"]
    assert [getattr(piece, "text", piece) for piece in asyncio.run(pieces())] == ["awaited", "awaited"]


def test_its_calls_are_in_its_history() -> None:
    lm = Sync(response=dictionary("42"))

    lm("six times seven?")

    assert [call.outputs for call in lm.history] == [["42"]]


def test_a_class_may_say_what_it_can_do() -> None:
    class Able(Sync):
        supports_function_calling = True

    assert Able().supports_function_calling
    assert not Sync().supports_function_calling


def test_a_subclass_that_forgets_the_base_is_told() -> None:
    class Forgetful(BaseLM):
        def __init__(self) -> None:
            self.words = "42"

        def forward(self, *args: Any, **settings: Any) -> Any:
            return None

    with pytest.raises(UsageError, match=r"Call super\(\)\.__init__\("):
        Forgetful()("Hello")
    assert not hasattr(Forgetful(), "nothing_of_the_kind")
