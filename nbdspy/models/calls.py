"""Calls as people read them: each with what DSPy's history says of it, and the last ones as text."""

from __future__ import annotations

import datetime
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TextIO, overload

from nbdspy import events, histories, render
from nbdspy.errors import UsageError, nearest
from nbdspy.models.messages import Message, Reply, Request
from nbdspy.models.openai_reply import outputs_of
from nbdspy.models.redaction import redact, redact_settings
from nbdspy.models.usage import tokens

_PROCESS = uuid.uuid4()
_KEYS = (
    "model", "model_type", "prompt", "messages", "kwargs", "outputs", "usage", "cost", "cached", "seconds",
    "timestamp", "uuid",
)  # fmt: skip
_NO_SETTING = ("model", "prompt", "messages", "shape", "options")


class Asking:
    """One call of a model as a `with` block: those who listen hear of it, and the history keeps it once answered."""

    __slots__ = ("_lm", "_request", "_span", "_streamed")

    def __init__(self, lm: Any, request: Request, *, streamed: bool = False) -> None:
        self._lm = lm
        self._request = request
        self._streamed = streamed
        self._span: events.Span | None = None

    def __enter__(self) -> Self:
        if events.heard("lm"):
            self._span = events.span(
                "lm", self._lm.model, instance=self._lm, inputs=self._request, current=not self._streamed
            ).__enter__()
        return self

    def answered(self, reply: Reply) -> Reply:
        """The same reply, kept."""
        if self._span is not None:
            self._span.outputs = reply
        histories.remember(self._lm, self._request, reply, size_of(self._request, reply))
        return reply

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._span is not None:
            self._span.__exit__(kind, error, traceback)


def as_arguments(inputs: Any) -> dict[str, Any]:
    """What a piece of work was given, as DSPy's callbacks name it; of a request its prompt and settings."""
    if isinstance(inputs, Request):
        kwargs = {
            name: value for name, value in inputs.as_dict().items() if name not in ("model", "prompt", "messages")
        }
        return {"prompt": inputs.prompt, "messages": inputs.messages, "kwargs": kwargs}
    return dict(inputs or {})


def as_outputs(outputs: Any) -> Any:
    """What a piece of work returned; of a reply its completions."""
    return outputs_of(outputs) if isinstance(outputs, Reply) else outputs


def size_of(request: Request, reply: Reply) -> int:
    """About the bytes of what was said, images and files with it."""
    size = len(request.prompt or "")
    for message in request.messages or ():
        content = message.get("content")
        size += len(content) if type(content) is str else _letters(content)
    for text in reply.texts:
        size += len(text)
    return size


def _letters(value: Any) -> int:
    """The texts in content parts, at any depth."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(map(_letters, value.values()))
    return sum(map(_letters, value)) if isinstance(value, list | tuple) else 0


class Call(Mapping[str, Any]):
    """A call that was answered; reads by attribute or, as DSPy's users do, by key. Keys of providers are blacked out.

    What our own cache answered has no usage and cost nothing.

    Example:
        >>> from nbdspy.testing import FakeLM
        >>> lm = FakeLM(lambda request: "42")
        >>> lm("What is six times seven?")
        ['42']
        >>> call = lm.history[-1]
        >>> call.outputs, call["messages"][0]["content"]
        (['42'], 'What is six times seven?')
    """

    __slots__ = ("_kept",)

    def __init__(self, kept: histories.Kept) -> None:
        self._kept = kept

    @property
    def model(self) -> str:
        """The model's name."""
        return str(self._request.model)

    @property
    def model_type(self) -> str:
        """`"text"` for a plain completion, else `"chat"`."""
        return "chat" if self._request.prompt is None else "text"

    @property
    def prompt(self) -> str | None:
        """What a plain completion was asked to go on with."""
        prompt: str | None = redact(self._request.prompt)
        return prompt

    @property
    def messages(self) -> list[Message] | None:
        """What a chat was asked."""
        messages: list[Message] | None = redact(self._request.messages)
        return messages

    @property
    def kwargs(self) -> dict[str, Any]:
        """The settings that were sent along."""
        request = self._request
        values = {name: value for name, value in request.as_dict().items() if name not in _NO_SETTING}
        if request.n == 1:
            values.pop("n", None)
        kwargs: dict[str, Any] = {**redact(values), **redact_settings(request.options)}
        return kwargs

    @property
    def outputs(self) -> list[Any]:
        """The completions: texts, or dictionaries where there is more than a text."""
        outputs: list[Any] = redact(outputs_of(self._reply))
        return outputs

    @property
    def usage(self) -> dict[str, Any]:
        """The tokens, under the names of OpenAI's API."""
        return {} if self.cached else tokens(self._reply.usage)

    @property
    def cost(self) -> float | None:
        """US dollars; None when the price is unknown."""
        return 0.0 if self.cached else self._reply.cost

    @property
    def cached(self) -> bool:
        """Whether our own reply cache answered."""
        return bool(self._reply.cached)

    @property
    def seconds(self) -> float:
        """The model's own time."""
        return float(self._reply.seconds)

    @property
    def timestamp(self) -> str:
        """When it was answered, in local time."""
        return datetime.datetime.fromtimestamp(self._kept.at).isoformat()

    @property
    def uuid(self) -> str:
        """A name that no other call has."""
        return str(uuid.uuid5(_PROCESS, str(self._kept.number)))

    @property
    def _request(self) -> Request:
        request: Request = self._kept.request
        return request

    @property
    def _reply(self) -> Reply:
        reply: Reply = self._kept.reply
        return reply

    def __getitem__(self, name: str) -> Any:
        if name not in _KEYS:
            near = "outputs" if name == "response" else nearest(str(name), _KEYS)
            raise KeyError(f"A call has no {name!r}. " + (f"Use {near!r}." if near else f"It has: {', '.join(_KEYS)}."))
        return getattr(self, name)

    def __iter__(self) -> Iterator[str]:
        return iter(_KEYS)

    def __len__(self) -> int:
        return len(_KEYS)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Call) and self._kept.number == other._kept.number

    def __hash__(self) -> int:
        return hash(self._kept.number)

    def __repr__(self) -> str:
        return f"Call({self.model!r}, {self.timestamp})"

    def __str__(self) -> str:
        return "\n\n".join(self._paragraphs())

    def _paragraphs(self) -> Iterator[str]:
        facts = [self.timestamp[:19].replace("T", " "), self.model]
        if self.cached:
            facts.append("from the cache")
        else:
            usage = self._reply.usage
            facts += [f"{usage.prompt:,} + {usage.completion:,} tokens"] if usage.total else []
            facts += [render.money(self.cost)] if self.cost else []
            facts += [f"{self.seconds:.1f} s"]
        yield f"--- {' · '.join(facts)} ---"
        if self.prompt is not None:
            yield f"[prompt]\n{self.prompt}"
        for message in self.messages or ():
            yield f"[{message['role']}]\n{_content(message)}"
        outputs = self.outputs
        for number, output in enumerate(outputs, 1):
            heading = "reply" if len(outputs) == 1 else f"reply {number} of {len(outputs)}"
            yield f"[{heading}]\n{output if isinstance(output, str) else _fields(output)}"


class Calls(Sequence[Call]):
    """The calls that are kept of a model or a program, the oldest first; of all when it is nobody's."""

    __slots__ = ("_owner",)

    def __init__(self, owner: Any = None) -> None:
        self._owner = owner

    def clear(self) -> None:
        """Keep them no longer, for nobody."""
        histories.forget(self._owner)

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> list[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | list[Call]:
        calls = histories.recall(self._owner)
        return [Call(kept) for kept in calls[index]] if isinstance(index, slice) else Call(calls[index])

    def __iter__(self) -> Iterator[Call]:
        return map(Call, histories.recall(self._owner))

    def __len__(self) -> int:
        return len(histories.recall(self._owner))

    def __repr__(self) -> str:
        return f"Calls({len(self)} kept)"


class OwnHistory:
    """The attribute `history`; a program that has a part of that name keeps its part."""

    def __get__(self, owner: Any, kind: type | None = None) -> Any:
        return self if owner is None else Calls(owner)


class ModelHistory(OwnHistory):
    """The attribute `history` of a model; `lm.history = []` clears it, as DSPy's users do."""

    def __set__(self, owner: Any, calls: Sequence[Any]) -> None:
        if calls:
            raise UsageError("A history cannot be assigned, only cleared.", hint="Write lm.history.clear().")
        Calls(owner).clear()


def show(calls: Calls, n: int = 1, file: TextIO | None = None) -> None:
    """Print the last `n` calls, the oldest first.

    Raises:
        UsageError: When `n` is no whole number.
    """
    if not isinstance(n, int):
        raise UsageError(f"n cannot be {render.short(repr(n))}.", hint="Give how many calls to show: n=3.")
    last = calls[-n:] if n > 0 else []
    text = "\n\n\n".join(map(str, last)) if last else "No calls are kept."
    print(render.visible(text), file=sys.stdout if file is None else file)


def _content(message: Message) -> str:
    """A message's text; of what is no text, such as an image, its kind and size."""
    content = message.get("content")
    calls = "".join(f"\n(calls {call})" for call in message.get("tool_calls") or ())
    if content is None or isinstance(content, str):
        return (content or "") + calls
    return "\n".join(map(_part, content)) + calls


def _part(part: Mapping[str, Any]) -> str:
    kind = str(part.get("type"))
    if kind == "text":
        return str(part.get("text"))
    said = str(part.get(kind))
    return f"({kind}: {said})" if len(said) <= 200 else f"({kind}: {said[:80]}… {len(said):,} characters)"


def _fields(output: Mapping[str, Any]) -> str:
    return "\n".join([str(output["text"]), *(f"({name}: {value})" for name, value in output.items() if name != "text")])
