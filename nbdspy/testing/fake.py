"""Models without a model: `FakeLM` answers by a function, `DummyLM` as DSPy's users know it."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from nbdspy import render
from nbdspy.adapters.conversation import ConversationAdapter
from nbdspy.errors import UsageError
from nbdspy.models.abilities import PLAIN
from nbdspy.models.lm import LM
from nbdspy.models.messages import Extras, Reply, Request
from nbdspy.signatures import Field, make

NO_MORE = "No more responses"
THOUGHTS = "Some reasoning"


class FakeLeaf:
    """A leaf that answers by calling a function with the request."""

    attempts = 1
    constrains = False
    free = True
    durable = False  # the function may be another one in the next process
    scope = ""
    abilities = PLAIN

    def __init__(self, answer: Callable[[Request], str | Reply], *, model: str = "fake", prefers: str = "chat") -> None:
        self.answer = answer
        self.model = model
        self.prefers = prefers

    def send(self, request: Request) -> Reply:
        said = self.answer(request)
        if isinstance(said, Reply):
            return said
        if not isinstance(said, str):
            raise UsageError(
                f"The function that answers for {self.model} returned {render.short(repr(said))}.",
                hint="Does it lack a `return`?" if said is None else "Return a text, or a whole Reply.",
            )
        return Reply(texts=(said,) * request.n, cost=0.0)

    async def asend(self, request: Request) -> Reply:
        return self.send(request)

    def stream(self, request: Request) -> Generator[str, None, Reply]:
        reply = self.send(request)
        yield from _pieces(reply.text)
        return reply

    async def astream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        reply = await self.asend(request)
        for piece in _pieces(reply.text):
            yield piece
        yield reply

    def load(self) -> None:
        """There is nothing to load."""

    def close(self) -> None:
        """There is nothing to give back."""


def _pieces(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)


class FakeLM(LM):
    """A model that answers by a function; every request it got is in `requests`.

    Args:
        answer: Called with each request; returns the text, or a whole Reply, or raises. A text is the answer to all.
        model: Its name.
        prefers: The adapter that is the default for it.
        cache: Off by default, so that every call reaches the function.

    Example:
        >>> lm = FakeLM(lambda request: "42")
        >>> lm("What is six times seven?"), len(lm.requests)
        (['42'], 1)
    """

    def __init__(
        self, answer: str | Callable[[Request], str | Reply], *, model: str = "fake", prefers: str = "chat",
        cache: bool = False, **settings: Any,
    ) -> None:  # fmt: skip
        self.requests: list[Request] = []

        def remembered(request: Request) -> str | Reply:
            self.requests.append(request)
            return answer if isinstance(answer, str) else answer(request)

        super().__init__(model, leaf=FakeLeaf(remembered, model=model, prefers=prefers), cache=cache, **settings)


class DummyLM(FakeLM):
    """A model that gives prepared field values, in the chat layout.

    Args:
        answers: A list is used up, one for each completion, and then says "No more responses"; a dictionary answers
            with the value of the first key that stands in the last message.
        follow_examples: Answer as the demo does whose input is the one asked about, where the prompt holds one.
        reasoning: Say that it has thought, beside the text, as models do that think first.
        adapter: In whose layout it answers; by default in the chat layout.

    Example:
        >>> lm = DummyLM([{"answer": "42"}])
        >>> print(lm("What is six times seven?")[0])
        [[ ## answer ## ]]
        42
        <BLANKLINE>
        [[ ## completed ## ]]
    """

    def __init__(
        self, answers: Sequence[Mapping[str, Any]] | Mapping[str, Mapping[str, Any]], follow_examples: bool = False,
        reasoning: bool = False, adapter: ConversationAdapter | None = None,
    ) -> None:  # fmt: skip
        self.answers = answers
        self.follow_examples = follow_examples
        self.reasoning = reasoning
        self.adapter = adapter
        texts = {id(values): _text(values, adapter) for values in _each(answers)}
        left = iter([] if isinstance(answers, Mapping) else [texts[id(values)] for values in answers])

        def said(request: Request) -> str:
            asked = request.prompt or str((request.messages or [{}])[-1].get("content"))
            if follow_examples and (shown := _shown(request)) is not None:
                return shown
            if isinstance(answers, Mapping):
                return next((texts[id(values)] for key, values in answers.items() if key in asked), NO_MORE)
            return next(left, _text({"answer": NO_MORE}, adapter))

        def answer(request: Request) -> Reply:
            thoughts = (Extras(reasoning=THOUGHTS),) * request.n if reasoning else ()
            return Reply(texts=tuple(said(request) for _ in range(request.n)), extras=thoughts, cost=0.0)

        super().__init__(answer, model="dummy")

    def get_convo(self, index: int) -> tuple[Any, Any]:
        """The messages of a call and what it gave."""
        call = self.history[index]
        return call["messages"], call["outputs"]


def _each(answers: Sequence[Mapping[str, Any]] | Mapping[str, Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    return answers.values() if isinstance(answers, Mapping) else answers


def _text(values: Mapping[str, Any], adapter: ConversationAdapter | None) -> str:
    if adapter is None:
        return chat_text(values)
    fields = {name: Field(role="output", name=name) for name in values}
    return adapter.format_assistant_message_content(make(fields, is_whole=False), values)


def _shown(request: Request) -> str | None:
    """What the last demo answers that has the input which is asked about, which stands first in the last message."""
    *earlier, last = request.messages or [{}]
    asked = str(last.get("content")).split("\n\n")[0]
    pairs = [(str(one.get("content")), two) for one, two in pairwise(earlier) if two.get("role") == "assistant"]
    return next((str(answer["content"]) for question, answer in reversed(pairs) if asked in question), None)


def chat_text(values: Mapping[str, Any]) -> str:
    """Field values as a reply in the chat layout."""
    return "\n\n".join([*(f"[[ ## {name} ## ]]\n{value}" for name, value in values.items()), "[[ ## completed ## ]]"])


def wanted(request: Request) -> list[str]:
    """The output fields that a request in the chat layout asks for, in their order."""
    last = str((request.messages or [{}])[-1].get("content"))
    return re.findall(r"`(\w+)`", last.rpartition("\n\nAnswer with the field")[2])
