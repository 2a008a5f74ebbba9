"""Errors as servers word them, and how long they ask to wait."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from nbdspy.errors import (
    ContextTooLong,
    LMUnavailable,
    NbdspyError,
    NothingLeft,
    RateLimited,
    RequestRefused,
    ServerFailed,
)
from nbdspy.models.failures import failure, refusal_in, refusal_of, seconds_to_wait


def soon(**ago: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(**ago), usegmt=True)


def read(status: int, body: Any, **headers: str) -> NbdspyError:
    text = body if isinstance(body, str) else json.dumps(body)
    return failure(
        "openai/test", refusal_in(status, text.encode(), {k.replace("_", "-"): v for k, v in headers.items()})
    )


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "no such thing", "type": "invalid_request_error"}},
        {"error": "no such thing"},
        {"object": "error", "message": "no such thing", "code": 400},
        {"detail": "no such thing"},
        '"no such thing"',
        "no such thing",
        "<html><body><h1>no such\nthing</h1></body></html>",
    ],
    ids=["openai", "ollama", "vllm", "fastapi", "json text", "text", "page"],
)
def test_the_words_of_every_server_are_found(body: Any) -> None:
    error = read(400, body)

    assert type(error) is RequestRefused
    assert error.message == "openai/test answered 400 and refused the request: no such thing"


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "accept the key"), (404, "refused"), (429, "asks to wait"), (503, "is not available"), (500, "not avail")],
)
def test_the_status_is_told(status: int, said: str) -> None:
    assert re.match(
        rf"openai/test answered {status} and .*{said}.*: no such thing\.", str(read(status, "no such thing"))
    )


def test_a_status_that_no_server_told_is_not() -> None:
    assert failure("openai/test", refusal_of(200, {"error": "no"})).message == "openai/test refused the request: no"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (501, "This server does not support tools."),
        (501, ""),
        (500, "logprobs are not supported"),
        (500, "grammar is not yet implemented"),
        (500, "Unsupported parameter: n"),
    ],
)
def test_what_a_server_does_not_do_is_not_asked_again(status: int, said: str) -> None:
    error = read(status, {"error": {"message": said}} if said else "")

    assert type(error) is RequestRefused
    assert f"openai/test answered {status} and does not do that: {said}" in error.message
    assert "leave out" in str(error)


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("The model `test` does not exist", "Check the model's name."),
        ("404 page not found", "Check `api_base`, if you set one, and the model's name."),
    ],
)
def test_an_address_that_is_not_found_may_be_wrong_in_two_ways(said: str, hint: str) -> None:
    assert read(404, {"error": {"message": said}}).hint == hint


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"error": null}', "\x00\xff"])
def test_an_error_without_words_is_still_one(body: str) -> None:
    assert type(read(500, body)) is ServerFailed


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": {"message": "too big", "code": "context_length_exceeded"}}),
        (400, {"error": {"message": "This model's maximum context length is 8192 tokens."}}),
        (413, {"error": "prompt is too long: 9000 tokens > 8192 maximum"}),
        (500, {"error": {"message": "the request exceeds the available context size, try increasing it"}}),
    ],
)
def test_a_prompt_that_does_not_fit_is_known_by_code_or_words(status: int, body: Any) -> None:
    assert type(read(status, body)) is ContextTooLong


def test_the_numbers_of_a_prompt_that_does_not_fit_are_told() -> None:
    said = {
        "code": 400,
        "message": "too long",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": 9000,
        "n_ctx": 8192,
    }

    assert "it has 9,000 tokens, and the model reads 8,192." in str(read(400, {"error": said}))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": soon(days=1)}, pytest.approx(86_400, abs=3_600)),  # the suite may have run for a while
        ({"retry-after": soon(hours=-1)}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_time_to_wait_is_told_in_three_ways(headers: dict[str, str], seconds: Any) -> None:
    assert seconds_to_wait(headers) == seconds


def test_a_quota_that_fills_again_is_a_limit_and_one_that_does_not_is_refused() -> None:
    said = {"error": {"message": "You exceeded your current quota"}}

    assert type(read(429, said, retry_after="5")) is RateLimited
    assert type(read(429, said)) is NothingLeft


def test_a_timeout_that_the_server_tells_may_pass() -> None:
    error = read(408, "slow upload")

    assert isinstance(error, LMUnavailable)
    assert error.transient
