"""What went wrong at a provider, as one of our errors; the same words for every way there."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

from nbdspy.errors import (
    ContextTooLong,
    KeyRefused,
    LMError,
    LMRefused,
    LMUnavailable,
    NoSuchModel,
    NothingLeft,
    RateLimited,
    RequestRefused,
    ServerFailed,
    TimedOut,
    Unreachable,
)
from nbdspy.models.redaction import redact
from nbdspy.models.told import read_json
from nbdspy.render import short

_TOO_LONG_CODES = {"context_length_exceeded", "exceed_context_size_error"}
_TOO_LONG = re.compile(
    r"maximum context length|context (?:window|length|size)|exceed_context_size|prompt is too long|too many tokens",
    re.IGNORECASE,
)
_NOT_DONE = re.compile(
    r"\bnot (?:yet )?(?:supported|implemented)|\bunsupported|does(?: not|n't) support", re.IGNORECASE
)
_BROKEN_OFF = re.compile(r"IncompleteRead|Connection broken|payload is not completed")
_HUNG_UP = re.compile(r"RemoteDisconnected|Server disconnected")
_TAG = re.compile(r"<[^<>]*>")
_REFUSALS: Mapping[int, type[LMRefused]] = {402: NothingLeft, 403: KeyRefused, 404: NoSuchModel}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a provider answered instead of a reply.

    `said` are its own words, `code` its names for the mistake, `retry_after` the seconds that it asks to wait for;
    `asked` and `fits` are the tokens of a prompt that does not fit and those that would, where it told them.
    The status is `guessed` where no server told it.
    """

    status: int
    said: str
    code: str = ""
    retry_after: float | None = None
    asked: int | None = None
    fits: int | None = None
    guessed: bool = False


def failure(model: str, refusal: Refusal) -> LMError:
    """The error for a refusal, with what is known of it."""
    error = _failure(model, refusal)
    error.model = model
    error.status = refusal.status
    error.provider_code = refusal.code or None
    error.retry_after = refusal.retry_after
    return error


def _failure(model: str, refusal: Refusal) -> LMError:
    status, said = refusal.status, short(redact(refusal.said), 200) or "it gave no reason."
    if is_too_long(refusal):
        return too_long(model, said, refusal)
    who = model if refusal.guessed else f"{model} answered {status} and"
    if status == 401:
        return KeyRefused(f"{who} does not accept the key: {said}", hint="Check the key and its account.")
    if status == 429 and refusal.retry_after is None and "quota" in f"{refusal.code} {said}":
        return NothingLeft(f"The account has nothing left for {model}: {said}", hint="Check its billing page.")
    if status == 429:
        return RateLimited(
            f"{who} asks to wait: {said}",
            hint=f"Use fewer threads, or try again {_when(refusal.retry_after, 'later')}.",
            retry_after=refusal.retry_after,
        )
    if status == 501 or (status == 500 and _NOT_DONE.search(refusal.said)):
        return RequestRefused(
            f"{who} does not do that: {said}", hint="Sending it again will not help; leave out what it does not take."
        )
    if status >= 500 or status == 408:
        kind = TimedOut if status == 408 else ServerFailed
        return unavailable(who, said, kind=kind, retry_after=refusal.retry_after)
    hint = "Sending it again will not help; change it."
    if status == 404:
        is_named = model.rpartition("/")[2].casefold() in refusal.said.casefold()
        hint = "Check the model's name." if is_named else "Check `api_base`, if you set one, and the model's name."
    return _REFUSALS.get(status, RequestRefused)(f"{who} refused the request: {said}", hint=hint)


def is_too_long(refusal: Refusal) -> bool:
    """Whether a prompt did not fit."""
    if not _TOO_LONG_CODES.isdisjoint(refusal.code.split()):
        return True
    return refusal.status in (400, 413, 422, 500) and _TOO_LONG.search(refusal.said) is not None


def too_long(model: str, said: str, refusal: Refusal | None = None) -> ContextTooLong:
    """The error for a prompt that did not fit, with the numbers when they were told."""
    if refusal is not None and refusal.asked and refusal.fits:
        said = f"it has {refusal.asked:,} tokens, and the model reads {refusal.fits:,}."
    return ContextTooLong(f"The prompt is too long for {model}: {said}", hint="Use fewer or shorter demos.")


def unavailable(
    model: str, said: str, *, transient: bool = True, kind: type[LMUnavailable] = Unreachable,
    retry_after: float | None = None,
) -> LMUnavailable:  # fmt: skip
    """The error for a server that is down, overloaded or broke off."""
    if _BROKEN_OFF.search(said):
        said = "it hung up in the middle of its answer"
    elif _HUNG_UP.search(said):
        said = "it hung up without an answer"
    return kind(
        f"{model} is not available: {short(redact(said), 200)}",
        hint=f"Try again{_when(retry_after, '', ' ')}; check `api_base`, if you set one.",
        transient=transient,
        retry_after=retry_after,
    )


def silent(model: str, timeout: float) -> LMUnavailable:
    """The error for a server that says nothing for too long."""
    return TimedOut(f"{model} did not answer within {timeout:g} s.", hint="Try again, or set a longer `timeout`.")


def no_completion(model: str) -> LMUnavailable:
    """The error for an answer that is a success by its status, and no reply: a login page, or half of something."""
    return LMUnavailable(
        f"{model} sent something that is not a completion.", hint="Check `api_base`, if you set one.", transient=True
    )


def refusal_in(status: int, body: bytes, headers: Mapping[str, str]) -> Refusal:
    """Read an answer that is no success, however the server words it."""
    try:
        answer = read_json(body)
    except ValueError:
        answer = _TAG.sub(" ", body.decode(errors="replace"))
    return refusal_of(status, answer, retry_after=seconds_to_wait(headers))


def refusal_of(status: int, answer: Any, *, retry_after: float | None = None) -> Refusal:
    """Read an error that is JSON already.

    Known are OpenAI's `{"error": {"message": …}}`, and servers that leave out the inner or the outer object, or say
    `detail` as FastAPI does.
    """
    inner = answer.get("error") or answer if isinstance(answer, Mapping) else answer
    if not isinstance(inner, Mapping):
        words = " ".join(str(inner).split())
        return Refusal(status=status, said=words, retry_after=retry_after, guessed=status == 200)
    code = " ".join(str(name) for name in (inner.get("code"), inner.get("type")) if name is not None)
    return Refusal(
        status=_status_in(code) if status == 200 else status,
        said=str(inner.get("message") or inner.get("detail") or json.dumps(dict(inner))),
        code=code,
        retry_after=retry_after,
        asked=_number(inner.get("n_prompt_tokens")),
        fits=_number(inner.get("n_ctx")),
        guessed=status == 200,
    )


def seconds_to_wait(headers: Mapping[str, str]) -> float | None:
    """How long a provider asks to wait: told in milliseconds, in seconds or as the date when it is over."""
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        try:
            told = float(headers.get(name, "")) * unit
        except ValueError:  # not told, or not as a number
            continue
        if isfinite(told):
            return max(0.0, told)
    try:
        return max(0.0, parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _when(seconds: float | None, otherwise: str, before: str = "") -> str:
    return otherwise if seconds is None else f"{before}in {seconds:,.0f} s"


def _status_in(code: str) -> int:
    """The status that an error should have had which came with a success, as errors within streams do."""
    if found := re.search(r"\b[45]\d\d\b", code):
        return int(found[0])
    if "rate_limit" in code:
        return 429
    return 400 if "invalid" in code else 500


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) else None
