"""DSPy's errors: code raises, reads and catches them, and each is caught by the branch that is meant."""

from __future__ import annotations

import pickle
from collections.abc import Mapping

import pytest

import nbdspy
from nbdspy.compat import alias
from nbdspy.models.failures import Refusal, failure, silent, unavailable
from nbdspy.testing import DummyLM

dspy = alias("dspy")

BRANCHES = (
    "ContextWindowExceededError", "LMUnsupportedModelError", "LMAuthError", "LMBillingError", "LMRateLimitError",
    "LMServerError", "LMTimeoutError", "LMInvalidRequestError", "LMTransportError", "LMNotConfiguredError",
    "LMUnsupportedFeatureError", "LMUnexpectedError",
)  # fmt: skip
PARENTS: Mapping[str, str] = {
    "LMError": "DSPyError", "LMTransportError": "LMError", "LMConfigurationError": "LMError",
    "LMNotConfiguredError": "LMConfigurationError", "LMProviderError": "LMError", "LMAuthError": "LMProviderError",
    "LMBillingError": "LMProviderError", "LMRateLimitError": "LMProviderError", "LMServerError": "LMProviderError",
    "LMTimeoutError": "LMProviderError", "LMInvalidRequestError": "LMProviderError",
    "ContextWindowExceededError": "LMInvalidRequestError", "LMUnsupportedModelError": "LMInvalidRequestError",
    "LMUnsupportedFeatureError": "LMError", "LMUnexpectedError": "LMError", "AdapterParseError": "DSPyError",
}  # fmt: skip


def caught_by(error: Exception) -> list[str]:
    """All narrow branches that would take an error."""
    return [name for name in BRANCHES if isinstance(error, getattr(dspy, name))]


@pytest.mark.parametrize(
    ("status", "code", "branches"),
    [
        (400, "", ["LMInvalidRequestError"]),
        (400, "context_length_exceeded", ["ContextWindowExceededError", "LMInvalidRequestError"]),
        (401, "", ["LMAuthError"]),
        (402, "", ["LMBillingError"]),
        (403, "", ["LMAuthError"]),
        (404, "", ["LMUnsupportedModelError", "LMInvalidRequestError"]),
        (408, "", ["LMTimeoutError"]),
        (429, "", ["LMRateLimitError"]),
        (429, "insufficient_quota", ["LMBillingError"]),
        (500, "", ["LMServerError"]),
        (503, "", ["LMServerError"]),
    ],
)
def test_an_answer_of_a_provider_is_caught_by_its_branch_alone(status: int, code: str, branches: list[str]) -> None:
    error = failure("openai/test", Refusal(status=status, said="no", code=code))

    assert caught_by(error) == branches
    assert isinstance(error, dspy.LMProviderError)
    assert (error.status, error.model, error.provider_code) == (status, "openai/test", code or None)
    assert dspy.is_retryable_lm_error(error) is (status in (408, 500, 503) or branches == ["LMRateLimitError"])


def test_what_no_provider_said_is_caught_by_its_branch_alone() -> None:
    with pytest.raises(dspy.LMConfigurationError) as caught:
        nbdspy.Predict("question -> answer")(question="?")

    assert caught_by(caught.value) == ["LMNotConfiguredError"]
    assert caught_by(silent("m", 1)) == ["LMTimeoutError"]
    assert caught_by(unavailable("m", "no route")) == ["LMTransportError"]
    assert not isinstance(unavailable("m", "no route"), dspy.LMProviderError)


@pytest.mark.parametrize("name", PARENTS)
def test_each_stands_under_its_parent_and_can_be_raised(name: str) -> None:
    assert issubclass(getattr(dspy, name), getattr(dspy, PARENTS[name]))
    if name.startswith("LM"):
        error = getattr(dspy, name)("slow", model="m", provider="p", status=429, request_id="r", retry_after=3.0)
        assert (error.message, error.model, error.provider, error.status) == ("slow", "m", "p", 429)
        assert (error.request_id, error.retry_after) == ("r", 3.0)
        assert error.code or name == "LMError"


def test_a_prompt_too_long_is_raised_by_keyword() -> None:
    error = dspy.ContextWindowExceededError(model="m", message="9000 tokens")

    assert (error.model, error.message) == ("m", "9000 tokens")
    assert "too long" in str(dspy.ContextWindowExceededError(model="m"))


def test_an_unsupported_feature_is_named() -> None:
    assert dspy.LMUnsupportedFeatureError("no", feature="finetuning").features == ["finetuning"]


def test_a_reply_that_cannot_be_read_says_who_read_what() -> None:
    signature = nbdspy.Signature("question -> answer: int, reason: str")
    reply = "[[ ## answer ## ]]\n42"

    with pytest.raises(dspy.AdapterParseError) as caught:
        nbdspy.ChatAdapter().parse(signature, reply)

    error = caught.value
    assert (error.adapter_name, error.signature, error.lm_response) == ("ChatAdapter", signature, reply)
    assert error.parsed_result == {"answer": 42}
    assert pickle.loads(pickle.dumps(error)).parsed_result == {"answer": 42}


def test_it_can_be_raised_as_dspys_code_does() -> None:
    signature = nbdspy.Signature("question -> answer")

    error = dspy.AdapterParseError(adapter_name="Mine", signature=signature, lm_response="foo", parsed_result={})
    said = dspy.AdapterParseError(adapter_name="Mine", signature=signature, lm_response="foo", message="bad")

    assert str(error) == "Mine cannot read answer out of the reply: foo"
    assert (str(said), said.lm_response, said.adapter_name) == ("bad", "foo", "Mine")


def test_a_programs_error_is_the_same() -> None:
    with nbdspy.context(lm=DummyLM([{"nothing": "?"}] * 2)), pytest.raises(dspy.AdapterParseError) as caught:
        nbdspy.Predict("question -> answer")(question="?")

    assert caught.value.adapter_name == "ChatAdapter"
