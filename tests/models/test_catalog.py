"""Which leaf answers for a name, and by which engine."""

from __future__ import annotations

import pytest

from nbdspy.errors import UsageError
from nbdspy.models import LM
from nbdspy.models.catalog import Engine, open_leaf
from nbdspy.models.http import HttpLeaf
from nbdspy.models.local import LocalLeaf
from nbdspy.models.remote import RemoteLeaf


@pytest.mark.parametrize(
    ("model", "engine", "leaf"),
    [
        ("smollm2", "auto", LocalLeaf),
        ("openai/gpt-5-mini", "auto", HttpLeaf),
        ("hosted_vllm/org/model", "auto", HttpLeaf),
        ("lm_studio/model", "auto", HttpLeaf),
        ("anthropic/claude-sonnet-4-5", "auto", RemoteLeaf),
        ("ollama_chat/llama3.2", "auto", RemoteLeaf),
        ("openai/gpt-5-mini", "litellm", RemoteLeaf),
        ("anthropic/claude-sonnet-4-5", "http", HttpLeaf),
        ("qwen3", "http", HttpLeaf),
    ],
)
def test_a_name_and_an_engine_say_who_answers(model: str, engine: Engine, leaf: type) -> None:
    assert type(open_leaf(model, engine=engine)) is leaf
    assert type(LM(model, engine=engine).leaf) is leaf


def test_what_the_lean_lane_does_not_know_goes_to_litellm() -> None:
    assert type(open_leaf("openai/gpt-5-mini", api_version="2025-01-01")) is RemoteLeaf
    assert type(open_leaf("openai/gpt-5-mini", api_version=None, api_base="http://x/v1")) is HttpLeaf
    with pytest.raises(UsageError, match=r"'http' does not know what to do with api_version\. Leave it out"):
        open_leaf("openai/gpt-5-mini", engine="http", api_version="2025-01-01")


def test_an_engine_that_does_not_exist_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match=r"There is no engine 'litelm'\. Did you mean litellm\?"):
        LM("openai/gpt-5-mini", engine="litelm")


@pytest.mark.parametrize("name", ["smolm2", "openai/", "gpt-5-mini"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"No model is called '{name}'"):
        open_leaf(name)


@pytest.mark.parametrize(("name", "meant"), [("opnai/x", "openai/x"), ("antropic/claude", "anthropic/claude")])
def test_a_misspelt_provider_is_noticed_without_litellm(name: str, meant: str) -> None:
    with pytest.raises(UsageError, match=rf"Did you mean {meant}\?"):
        open_leaf(name)

    assert open_leaf(name, engine="litellm").model == name


@pytest.mark.parametrize("name", ["anthropic/claude", "my_own/model", "openrouter/a/b", "litellm_proxy/x"])
def test_other_providers_are_left_to_litellm(name: str) -> None:
    assert open_leaf(name).model == name
