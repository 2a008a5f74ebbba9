"""LM: which of its settings reach a request, which are refused, and what it says of itself."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import re
import subprocess
import sys
import warnings
from typing import Any

import pytest
from pydantic import BaseModel

from nbdspy.errors import LMError, UsageError
from nbdspy.models import LM, BaseLM, Extras, Reply
from nbdspy.models.embedder import Embedder
from nbdspy.models.model_list import abilities_of
from nbdspy.testing import FakeLM
from nbdspy.testing.faults import FaultServer, answer, fail

CALL = {"id": "1", "name": "search", "arguments": {"query": "tides"}}
SYSTEM = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hello"}]


def test_settings_that_a_request_knows_are_its_own_and_others_its_options() -> None:
    request = FakeLM(lambda request: "42", seed=0, top_p=0.5).request(prompt="six times seven?")

    assert request.seed == 0
    assert request.options == {"top_p": 0.5}


def test_the_kind_is_named_second_and_without_a_name() -> None:
    lm = LM("openai/gpt-3.5-turbo-instruct", "text", temperature=0.5)

    assert (lm.model_type, lm.temperature) == ("text", 0.5)


@pytest.mark.parametrize("place", ["model", "call"])
def test_every_setting_is_for_all_calls_or_for_one(place: str) -> None:
    tool = {"type": "function", "function": {"name": "search"}}
    settings: dict[str, Any] = {
        "n": 2, "logprobs": True, "tools": [tool], "stop": "\n", "seed": 3, "rollout_id": 4,
        "response_format": {"type": "json_object"},
    }  # fmt: skip
    lm = FakeLM("42", **(settings if place == "model" else {}))

    said = lm("six times seven?", **(settings if place == "call" else {}))

    (request,) = lm.requests
    assert said == ["42", "42"]
    assert request.as_dict() == {
        "model": "fake", "messages": [{"role": "user", "content": "six times seven?"}], "n": 2, "tools": [tool],
        "stop": ("\n",), "seed": 3, "rollout_id": 4, "response_format": {"type": "json_object"},
        "options": {"logprobs": True},
    }  # fmt: skip


def test_a_call_unsets_what_the_model_sets() -> None:
    lm = FakeLM("42", temperature=0.5, top_p=0.5)

    lm("hello", temperature=None, top_p=None)

    assert lm.requests[0].temperature is None
    assert lm.requests[0].options == {}


def test_a_pydantic_model_as_response_format_becomes_its_schema() -> None:
    class Answer(BaseModel):
        number: int

    request = FakeLM("42", response_format=Answer).request(prompt="six times seven?")

    assert request.response_format == {
        "type": "json_schema",
        "json_schema": {"name": "Answer", "schema": Answer.model_json_schema()},
    }
    json.dumps(request.as_dict())


def test_messages_are_taken_by_name() -> None:
    lm = FakeLM("42")

    assert lm(messages=SYSTEM) == ["42"]
    assert lm.requests[0].messages == SYSTEM


@pytest.mark.parametrize("given", [{}, {"prompt": "x", "messages": SYSTEM}])
def test_a_model_is_asked_with_one_of_the_two(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="a text or with messages"):
        FakeLM("42")(**given)


def test_what_a_completion_holds_beside_its_text_comes_in_dictionaries() -> None:
    extras = (Extras(tool_calls=(CALL,), reasoning="It asks for tides.", logprobs={"content": []}), Extras())
    lm = FakeLM(lambda request: Reply(texts=("", "no"), extras=extras))

    first, second = lm("When is high tide?", n=2)

    assert first == {
        "text": "",
        "reasoning_content": "It asks for tides.",
        "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "search", "arguments": '{"query": "tides"}'}}
        ],
        "logprobs": {"content": []},
    }
    assert second == {"text": "no"}


def test_one_call_may_go_without_the_cache() -> None:
    lm = FakeLM("42", model="one-without-cache", cache=True)

    for _ in range(2):
        lm("hello", cache=False)
    for _ in range(2):
        lm("hello")

    assert len(lm.requests) == 3


def test_a_stream_is_asked_for_by_another_call() -> None:
    lm = FakeLM("42")

    for ask in (lambda: lm("hi", stream=True), lambda: FakeLM("42", stream=True), lambda: lm.copy(stream=True)):
        with pytest.raises(UsageError, match=r"stream=True does nothing here.*for piece in lm\.stream\('Hello'\)"):
            ask()
    assert lm("hi", stream=False) == ["42"]
    assert [dict(request.options) for request in lm.requests] == [{}]


def test_cache_in_a_request_is_refused() -> None:
    with pytest.raises(UsageError, match=r"copy\(cache=False\)"):
        FakeLM("42").request(prompt="x", cache=False)


def test_a_copy_with_a_rollout_of_its_own_gives_a_fresh_sample() -> None:
    answers = iter(["one", "two"])
    lm = FakeLM(lambda request: next(answers), model="of-this-test", cache=True)

    assert lm("draw") == lm("draw") == ["one"]
    assert lm.copy(rollout_id=1, temperature=1.0)("draw") == ["two"]


def test_a_copy_keeps_what_was_not_changed_and_shares_the_model() -> None:
    lm = FakeLM("42", temperature=0.5, top_p=0.5, supports_reasoning=True)

    twin = lm.copy(temperature=None, seed=1)

    assert twin.leaf is lm.leaf
    assert type(twin) is FakeLM
    assert {name: value for name, value in twin.kwargs.items() if value is not None} == {"top_p": 0.5, "seed": 1}
    assert twin.supports_reasoning
    assert lm.temperature == 0.5


def test_a_copy_that_goes_another_way_has_a_leaf_of_its_own() -> None:
    lm = LM("openai/test", api_base="http://127.0.0.1:1/v1", api_key="sk-of-this-test", timeout=3)

    elsewhere = lm.copy(api_base="http://127.0.0.1:2/v1")
    other = lm.copy(model="openai/other")

    assert elsewhere.leaf is not lm.leaf
    assert (elsewhere.leaf.scope, lm.leaf.scope) == ("http://127.0.0.1:2/v1", "http://127.0.0.1:1/v1")
    assert (other.model, other.leaf.model, other.leaf.scope) == ("openai/other", "openai/other", lm.leaf.scope)


def test_base_url_is_another_name_of_the_address() -> None:
    lm = LM("openai/test", base_url="http://127.0.0.1:1/v1")

    assert lm.leaf.scope == "http://127.0.0.1:1/v1"
    assert lm.request(prompt="x").options == {}


def test_the_settings_can_be_read_replaced_and_not_be_changed_behind_the_back() -> None:
    lm = FakeLM("42", temperature=0.5)

    with pytest.raises(TypeError):
        lm.kwargs["temperature"] = 0.7  # type: ignore[index]
    lm.kwargs = {**lm.kwargs, "temperature": 0.7, "stop": ["\n"]}

    assert lm.temperature == 0.7
    assert lm.request(prompt="x").stop == ("\n",)


def test_a_key_under_any_name_stays_out_of_requests() -> None:
    lm = FakeLM(lambda request: "42", azure_ad_token="secret-words", timeout=3)

    assert lm.request(prompt="x").options == {}
    assert "secret-words" not in repr(lm)


def test_what_is_streamed_to_a_task_is_in_the_history() -> None:
    lm = FakeLM(lambda request: "two words")

    async def read() -> None:
        async for _ in lm.astream(lm.request(prompt="x")):
            pass

    asyncio.run(read())

    assert [call.outputs for call in lm.history] == [["two words"]]


def test_a_text_model_is_sent_one_prompt() -> None:
    lm = FakeLM("42", model_type="text")

    lm("Hello")
    lm(messages=SYSTEM)

    assert [request.prompt for request in lm.requests] == ["Hello", "Be short.\n\nHello"]
    assert not any(request.messages for request in lm.requests)
    assert lm.prefers == "completion"


def test_a_text_model_says_what_it_cannot_take() -> None:
    picture = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]

    with pytest.raises(UsageError, match=r"no content of the type 'image_url'"):
        FakeLM("42", model_type="text")(messages=picture)


def test_the_responses_endpoint_is_named_in_the_request() -> None:
    lm = FakeLM("42", model_type="responses")

    lm("Hello")

    assert lm.requests[0].endpoint == "responses"
    assert lm.requests[0].messages == [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize(
    ("settings", "developer"),
    [({"model_type": "responses"}, True), ({"supports_reasoning": True}, True), ({"model": "openai/o4-mini"}, True)],
)
def test_what_the_system_says_is_said_by_the_developer(settings: dict[str, Any], developer: bool) -> None:
    lm = FakeLM("42", use_developer_role=True, **settings)

    lm(messages=SYSTEM)

    assert [message["role"] for message in lm.requests[0].messages or ()] == ["developer", "user"]
    assert SYSTEM[0]["role"] == "system"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"model": "openai/"}, "names a provider and no model"),
        ({"model": "nobody"}, "No model is called 'nobody'"),
        ({"model_type": "chad"}, "model_type cannot be 'chad'. Did you mean chat?"),
        ({"engine": "htp"}, "There is no engine 'htp'. Did you mean http?"),
        ({"provider": object()}, "provider does nothing here: the provider stands in the model's name"),
        ({"finetuning_model": "x"}, "finetuning_model does nothing here"),
        ({"launch_kwargs": {"port": 1}}, "launch_kwargs does nothing here"),
        ({"train_kwargs": {"epochs": 1}}, "train_kwargs does nothing here"),
        ({"async_engine": object()}, "async_engine does nothing here"),
        ({"use_developer_role": True}, "use_developer_role does nothing for openai/gpt-4.1-mini"),
        ({"prompt_cache": True}, "prompt_cache does nothing for openai/gpt-4.1-mini"),
        ({"model": "smollm2", "model_type": "responses"}, "smollm2 runs on this machine"),
        ({"model": "smollm2", "engine": "litellm"}, "smollm2 runs on this machine"),
        ({"model": "openai/gpt-5-mini", "temperature": 0.0}, "takes no temperature but 1; it was given 0.0"),
        ({"model": "openai/o3", "max_tokens": 1000}, "max_tokens=1000 may leave no answer. Set max_tokens to 16000"),
        ({"model": "openai/o3", "max_completion_tokens": 1000}, "max_tokens=1000 may leave no answer"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        LM(**{"model": "openai/gpt-4.1-mini", **settings})


def test_what_a_dspy_file_says_of_training_is_taken_when_it_is_nothing() -> None:
    lm = LM("openai/gpt-4.1-mini", finetuning_model=None, launch_kwargs={}, train_kwargs={}, provider=None)

    assert lm.request(prompt="x").options == {}


def test_a_model_that_thinks_first_is_given_its_limit_by_another_name() -> None:
    with FaultServer(answer("42")) as server:
        lm = LM(
            "openai/gpt-5-mini", temperature=1.0, max_completion_tokens=20_000, api_base=server.url,
            api_key="sk-of-this-test", cache=False,
        )  # fmt: skip
        lm("six times seven?")

    assert lm.max_tokens == 20_000
    assert server.requests[0]["max_completion_tokens"] == 20_000
    assert "max_tokens" not in server.requests[0]


def test_a_model_that_thinks_first_keeps_its_temperature_for_several_completions() -> None:
    lm = LM("openai/gpt-5-mini")

    assert lm.request(prompt="x", n=3).temperature == 1
    with pytest.raises(UsageError, match="no temperature but 1"):
        lm.request(prompt="x", temperature=0.7)


def test_chat_models_and_files_of_such_names_have_no_such_rules() -> None:
    for model in ("openai/gpt-5-chat-latest", "models/o1.gguf", "openai/gpt-4o"):
        assert LM(model, temperature=0.5, max_tokens=10).request(prompt="x").max_tokens == 10


def test_claude_is_asked_to_keep_the_beginning_of_prompts() -> None:
    lm = LM("anthropic/claude-sonnet-4-5", prompt_cache=True)

    assert "cache_control_injection_points" in lm.request(prompt="x").options
    assert lm.copy(prompt_cache=False).request(prompt="x").options == {}


def test_a_rollout_at_temperature_0_is_warned_of_once() -> None:
    lm = FakeLM("42", temperature=0, rollout_id=1)

    with pytest.warns(UserWarning, match="rollout_id has no effect at temperature 0"):
        lm("Hello")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lm("Hello")
        FakeLM("42", temperature=1.0, rollout_id=1)("Hello")


def test_abilities_are_those_of_the_list_of_models() -> None:
    lm = LM("openai/gpt-4o-mini")

    assert (lm.supports_function_calling, lm.supports_response_schema, lm.supports_reasoning) == (True, True, False)
    assert {"temperature", "tools", "response_format"} <= lm.supported_params
    assert LM("openai/gpt-5-mini").supports_reasoning
    assert "reasoning_effort" in LM("openai/gpt-5-mini").supported_params


def test_a_model_is_not_taken_for_one_of_another_provider() -> None:
    assert abilities_of("anthropic/claude-sonnet-4-5").function_calling
    assert not abilities_of("nobody/gpt-4o-mini").function_calling


def test_models_of_ones_own_can_do_nothing_special_unless_their_user_says_so() -> None:
    plain = LM("openai/my-llama", api_base="http://127.0.0.1:1/v1")
    told = LM("openai/my-llama", supports_function_calling=True, supported_params=["temperature"])

    assert not plain.supports_function_calling
    assert "tools" not in plain.supported_params
    assert told.supports_function_calling
    assert told.supported_params == {"temperature", "tools", "tool_choice"}
    assert told.copy(seed=1).supports_function_calling
    assert told.request(prompt="x").options == {}
    assert not FakeLM("42").supports_response_schema
    assert not LM("smollm2").supports_function_calling


def test_abilities_are_read_without_loading_litellm() -> None:
    script = (
        "import sys, nbdspy\n"
        "assert nbdspy.LM('openai/gpt-4o-mini').supports_function_calling\n"
        "print('litellm' in sys.modules)"
    )

    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout

    assert said.strip() == "False"


def test_the_state_has_the_peers_layout_and_no_key() -> None:
    lm = LM(
        "openai/gpt-4o-mini", temperature=0.3, n=2, api_key="sk-of-this-test", api_base="http://x",
        supports_reasoning=True, token="sk-0123456789abcdef0123",
    )  # fmt: skip

    state = lm.dump_state()

    assert state == {
        "_dspy_lm_class": "dspy.clients.lm.LM", "model": "openai/gpt-4o-mini", "model_type": "chat", "cache": True,
        "num_retries": 3, "temperature": 0.3, "max_tokens": None, "n": 2, "token": "[redacted]",
        "finetuning_model": None, "launch_kwargs": {}, "train_kwargs": {},
    }  # fmt: skip
    assert "sk-" not in json.dumps(state)


def test_the_state_of_a_thinking_model_has_its_limit_as_max_tokens() -> None:
    state = LM("openai/o3", max_tokens=20_000, use_developer_role=True).dump_state()

    assert state["max_tokens"] == 20_000
    assert state["use_developer_role"] is True
    assert "max_completion_tokens" not in state


def test_a_state_makes_the_same_model_again() -> None:
    lm = LM("openai/gpt-4o-mini", "responses", temperature=0.3, n=2, cache=False, num_retries=1)
    state = {name: value for name, value in lm.dump_state().items() if not name.startswith("_")}

    assert LM(**state).dump_state() == lm.dump_state()


@pytest.mark.parametrize("make", [LM, Embedder])
@pytest.mark.parametrize("address", ["", " ", 5])
def test_an_empty_address_does_not_stand_for_the_providers_own(make: Any, address: Any) -> None:
    with pytest.raises(UsageError, match=rf"api_base cannot be {address!r}.*Check the variable"):
        make("openai/one-of-my-own", api_base=address)


def test_a_subclass_whose_forward_would_never_be_called_is_refused() -> None:
    with pytest.raises(UsageError, match=r"Logged\.forward would never be called.*Subclass nbdspy\.BaseLM"):

        class Logged(LM):
            def forward(self, *args: Any, **settings: Any) -> Any:
                return None


def test_a_subclass_whose_call_no_program_would_make_is_refused() -> None:
    with pytest.raises(UsageError, match=r"Logged\.__call__ would never be called.*Subclass nbdspy\.BaseLM"):

        class Logged(LM):
            def __call__(self, *args: Any, **settings: Any) -> Any:
                return None


def test_an_lm_is_a_base_lm() -> None:
    assert isinstance(FakeLM("42"), BaseLM)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"max_tokens": "100"}, r"max_tokens cannot be '100'\. Give a whole number"),
        ({"temperature": "hot"}, r"temperature cannot be 'hot'\. Give a number"),
        ({"n": 0}, r"n cannot be 0\. Give a whole number, at least 1"),
    ],
)
def test_a_number_that_is_none_is_refused_for_all_calls_and_for_one(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        LM("openai/one-of-my-own", **settings)
    with pytest.raises(UsageError, match=said):
        FakeLM("42")("Hello", **settings)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"prompt": 5}, r"a text, not 5\."),
        ({"messages": "hello"}, r"messages cannot be 'hello'\. Write messages="),
        ({"messages": ["hello"]}, "messages cannot be"),
        ({}, "a text or with messages"),
    ],
)
def test_what_is_neither_text_nor_messages_is_refused_however_it_is_asked(asked: dict[str, Any], said: str) -> None:
    lm = FakeLM("42")

    with pytest.raises(UsageError, match=said):
        lm(**asked)
    with pytest.raises(UsageError, match=said):
        list(lm.stream(**asked))


def test_a_stream_takes_a_text_messages_or_a_request() -> None:
    async def awaited() -> Any:
        return [piece async for piece in lm.astream("Hello", temperature=0.5)][:-1]

    lm = FakeLM("42")
    hello = [{"role": "user", "content": "Hello"}]

    ways = [
        lm.stream("Hello"),
        lm.stream(prompt="Hello"),
        lm.stream(messages=hello),
        lm.stream(lm.request(messages=hello)),
    ]
    assert {"".join(way) for way in ways} == {"".join(asyncio.run(awaited()))} == {"42"}
    assert {str(request.messages) for request in lm.requests} == {str(hello)}
    assert lm.requests[-1].temperature == 0.5


def test_a_warning_of_a_request_points_at_the_callers_line() -> None:
    with pytest.warns(UserWarning, match="rollout_id") as warned:
        FakeLM("42", temperature=0, rollout_id=1)("Hello")

    assert warned[0].filename == __file__


class TestAsDSPyHasIt:
    def test_the_first_settings_may_be_given_by_place(self) -> None:
        lm = LM("openai/gpt-4o-mini", "chat", 0.3, 100, False)

        assert (lm.temperature, lm.max_tokens, lm.cache) == (0.3, 100, False)

    def test_a_state_becomes_a_model_again(self) -> None:
        lm = LM("openai/gpt-4o-mini", temperature=0.3, top_p=0.5)

        assert LM.load_state(lm.dump_state()).dump_state() == lm.dump_state()
        with pytest.raises(UsageError, match=r"state is of a evil\.LM, and a state does not say what code to run"):
            LM.load_state({**lm.dump_state(), "_dspy_lm_class": "evil.LM"})

    def test_a_misspelt_setting_is_told(self) -> None:
        with pytest.warns(UserWarning, match=r"temprature is sent to the model as it is\. Did you mean temperature\?"):
            lm = LM("openai/gpt-4o-mini", temprature=1)

        assert lm.kwargs["temprature"] == 1
        LM("openai/gpt-4o-mini", top_k=5, min_p=0.1, my_own=True)  # no warning, or this would fail

    @pytest.mark.parametrize("name", ["launch", "kill", "finetune", "reinforce"])
    def test_what_no_model_here_does_says_what_to_use(self, name: str) -> None:
        lm = LM("openai/gpt-4o-mini")

        with pytest.raises(AttributeError, match=rf"LM\.{name} is left out: an LM .*\. \w+"):
            getattr(lm, name)
        assert not hasattr(lm, name)

    def test_it_can_be_closed_where_others_are_awaited(self) -> None:
        asyncio.run(LM("openai/gpt-4o-mini").aclose())


@pytest.mark.parametrize(
    ("given", "kept"), [(True, True), (False, False), ({"mode": "auto"}, True), ({"mode": "off"}, False)]
)
def test_keeping_the_beginning_of_prompts_is_said_and_saved_as_dspy_does(given: Any, kept: bool) -> None:
    lm = LM("anthropic/claude-sonnet-4-5", prompt_cache=given)

    assert ("cache_control_injection_points" in lm.request(prompt="x").options) is kept
    assert lm.dump_state()["prompt_cache"] == {"mode": "auto" if kept else "off"}
    assert "prompt_cache" not in LM("anthropic/claude-sonnet-4-5").dump_state()


@pytest.mark.parametrize("given", ["on", {"mode": "always"}, 3])
def test_what_prompt_cache_cannot_be_is_shown(given: Any) -> None:
    with pytest.raises(UsageError, match="prompt_cache cannot be"):
        LM("anthropic/claude-sonnet-4-5", prompt_cache=given)


@pytest.mark.parametrize("name", ["headers", "default_headers", "extra_headers"])
def test_headers_are_sent_as_headers_and_shown_nowhere(name: str) -> None:
    with FaultServer(answer("42")) as server:
        lm = LM("openai/tiny", api_base=server.url, api_key="none", cache=False, **{name: {"X-Team": "secret-a1b2"}})
        lm("Hello")

    assert server.headers[0]["X-Team"] == "secret-a1b2"
    assert "secret-a1b2" not in json.dumps(server.requests)
    assert "secret-a1b2" not in repr(lm) + str(lm.history[-1]) + json.dumps(lm.dump_state())


def test_a_key_among_the_settings_is_not_shown() -> None:
    lm = LM("openai/tiny", api_key="none", extra_body={"api_key": "short-key-12"})

    assert "short-key-12" not in repr(lm)


def test_headers_under_several_names_are_sent_together_and_a_copy_has_its_own() -> None:
    with FaultServer(answer("42")) as server:
        lm = LM("openai/tiny", api_base=server.url, api_key="none", cache=False, headers={"X-A": "1"},
                default_headers={"X-B": "2"}, extra_headers={"X-C": "3"})  # fmt: skip
        lm("Hello")
        lm.copy(headers={"X-A": "4"})("Hello")

    assert [server.headers[0].get(name) for name in ("X-A", "X-B", "X-C")] == ["1", "2", "3"]
    assert [server.headers[1].get(name) for name in ("X-A", "X-B", "X-C")] == ["4", None, None]


@pytest.mark.parametrize("given", [
    {"headers": {"Authorization": "Bearer a"}}, {"extra_headers": {"X-A": "a"}}, {"default_headers": {"X-A": "a"}},
    {"api_key": "a"}, {"options": {"api_key": "a"}},
])  # fmt: skip
def test_a_key_is_no_part_of_one_request(given: dict[str, Any]) -> None:
    with FaultServer(answer("42")) as server:
        lm = LM("openai/tiny", api_base=server.url, api_key="none", cache=False)
        with pytest.raises(UsageError, match=r"belongs to the way to the model, not to one request\. Write lm\.copy"):
            lm("Hello", **given)

    assert server.requests == []


def test_a_key_in_a_header_is_concealed_where_the_server_repeats_it() -> None:
    with FaultServer(fail(400, "no such team: hidden-token")) as server:
        lm = LM("openai/tiny", api_base=server.url, api_key="none", cache=False, num_retries=0,
                headers={"Authorization": "Bearer hidden-token"})  # fmt: skip
        with pytest.raises(LMError, match=r"no such team: \[redacted\]"):
            lm("Hello")


def test_credentials_belong_to_the_way() -> None:
    lm = LM("vertex_ai/gemini-2.5-flash", vertex_credentials={"private_key": "short-pk-12"})

    assert "short-pk-12" not in repr(lm) + repr(lm.kwargs) + json.dumps(lm.dump_state())
    assert "vertex_credentials" not in lm.request(messages=[]).options


def test_settings_show_no_key_and_are_read_like_a_dictionary() -> None:
    settings = LM("openai/tiny", api_key="none", top_p=0.5, extra_body={"api_key": "short-key-12"}).kwargs

    assert "short-key-12" not in f"{settings!r} {settings}"
    assert settings["extra_body"] == {"api_key": "short-key-12"}
    assert settings | {"top_p": 1} == {**settings.copy(), "top_p": 1}


def test_no_pickle_holds_a_key_and_copies_are_made_as_ever() -> None:
    lm = LM("openai/tiny", api_key="short-key-12", extra_body={"a": 1})

    with pytest.raises(UsageError, match="LM objects are not pickled: their keys would stand in the pickle"):
        pickle.dumps(lm)

    for twin in (copy.copy(lm), copy.deepcopy(lm)):
        assert (type(twin), twin.model, twin.kwargs) == (LM, lm.model, lm.kwargs)
    assert copy.copy(lm).leaf is lm.leaf
    assert copy.deepcopy(lm).options["extra_body"] is not lm.options["extra_body"]
