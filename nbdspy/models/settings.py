"""What people write as settings of a model or a call, as the values of a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from numbers import Integral, Real
from typing import Any, Literal

from nbdspy.errors import UsageError
from nbdspy.models.messages import Message
from nbdspy.models.redaction import redact_settings

ModelType = Literal["chat", "text", "responses"]

_NUMBERS: Mapping[str, tuple[Any, int, str]] = {
    "temperature": (Real, 0, "a number, at least 0"),
    "max_tokens": (Integral, 1, "a whole number, at least 1"),
    "n": (Integral, 1, "a whole number, at least 1"),
}


def with_options(values: dict[str, Any], others: Set[str], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The values with those that no request knows as options."""
    if "cache" in others:
        raise UsageError("cache is set on a model, not in a request.", hint="Use lm.copy(cache=False).")
    given = without_stream({name: values.pop(name) for name in sorted(others)})
    options = {name: value for name, value in {**defaults, **given}.items() if value is not None}
    return {**values, "options": options}


def without_stream(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values without DSPy's switch for streams, which only says here that a call gives its reply whole.

    Raises:
        UsageError: When it asks for a stream.
    """
    if values.get("stream"):
        raise UsageError(
            f"stream={values['stream']!r} does nothing here: a call gives its reply whole.",
            hint="Write `for piece in lm.stream('Hello')`, or nbdspy.streamify(program).",
        )
    return {name: value for name, value in values.items() if name != "stream"}


def requested(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as a request has them: one stop text is a list of one, a pydantic model its JSON schema."""
    values = dict(values)
    stop: Any = values.get("stop")
    form: Any = values.get("response_format")
    if "stop" in values:
        values["stop"] = (stop,) if isinstance(stop, str) else tuple(stop or ())
    if hasattr(form, "model_json_schema"):
        schema = {"name": form.__name__, "schema": form.model_json_schema()}
        values["response_format"] = {"type": "json_schema", "json_schema": schema}
    return values


def check_numbers(values: Mapping[str, Any]) -> None:
    """Refuse a number of a request that is none, before a provider does in its own words."""
    if _NUMBERS.keys().isdisjoint(values):
        return
    for name, (kind, least, hint) in _NUMBERS.items():
        value = values.get(name)
        if value is not None and not (isinstance(value, kind) and not isinstance(value, bool) and value >= least):
            raise UsageError(f"{name} cannot be {value!r}.", hint=f"Give {hint}.")


def for_endpoint(model_type: ModelType, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values for a model that is not asked by chat: one prompt, or messages to the responses endpoint."""
    values = dict(values)
    messages, prompt = values.pop("messages", None), values.pop("prompt", None)
    if model_type == "text":
        return {**values, "prompt": _one_prompt(messages) if prompt is None else prompt}
    messages = [{"role": "user", "content": prompt}] if messages is None else messages
    return {**values, "messages": messages, "endpoint": "responses"}


def _one_prompt(messages: Sequence[Message]) -> str:
    """What the messages say, one after another."""
    said: list[str] = []
    for message in messages:
        content = message.get("content") or ""
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        for part in parts:
            if part.get("type") != "text":
                raise UsageError(
                    f"A text model takes no content of the type {part.get('type')!r}.", hint="Use model_type='chat'."
                )
            said.append(part["text"])
    return "\n\n".join(said)


class Settings(Mapping[str, Any]):
    """Settings to read, whose repr shows no key.

    Example:
        >>> Settings({"top_p": 0.9, "extra_body": {"api_key": "anything"}})
        {'top_p': 0.9, 'extra_body': {'api_key': '[redacted]'}}
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings

    def __getitem__(self, name: str) -> Any:
        return self._settings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)

    def __or__(self, others: Mapping[str, Any]) -> dict[str, Any]:
        return {**self, **others}

    def copy(self) -> dict[str, Any]:
        """The same in a dictionary, to change."""
        return dict(self)

    def __repr__(self) -> str:
        return repr(redact_settings(self._settings))
