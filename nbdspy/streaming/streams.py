"""`streamify`: a program that is read while it runs."""

from __future__ import annotations

import contextvars
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from nbdspy import events
from nbdspy.modules.bridges import asyncify, check_callable
from nbdspy.streaming.bridge import AwaitedStream, Give, agiven_by, given_by
from nbdspy.streaming.hearing import Hearing
from nbdspy.streaming.listener import StreamListener, listeners_of
from nbdspy.streaming.statuses import Statuses, StatusMessageProvider


def streamify(
    program: Any, status_message_provider: StatusMessageProvider | None = None,
    stream_listeners: Sequence[StreamListener] | None = None, include_final_prediction_in_output_stream: bool = True,
    is_async_program: bool = False, async_streaming: bool = True,
) -> Callable[..., Any]:  # fmt: skip
    """A function that calls a program and gives what its models say while they say it, and then its result.

    With listeners the stream holds `StreamResponse`s of the outputs they want, without them every piece of every reply
    as a `TextChunk`; `StatusMessage`s between them. A reply that the cache or a cassette holds comes in one piece, so
    that one reads it all the same (DSPy gives only the final prediction there). Leaving the stream, cancelling its task
    or interrupting its cell stops the program and closes the connection to the model.

    Args:
        program: A module, or any function.
        status_message_provider: Finds the words for what is being done; by default for tools only.
        stream_listeners: The outputs that are wanted.
        include_final_prediction_in_output_stream: Whether the result comes last; it does in any case when no listener
            heard a thing.
        is_async_program: Taken for DSPy's sake: a module is awaited by its `acall`, a function by what it is.
        async_streaming: Whether the function returns an async generator, to be read by `async for`, or a plain one.

    Raises:
        UsageError: When the program cannot be called; when a listener's output is not there, or in several predictors.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.modules import Predict
        >>> from nbdspy.testing import DummyLM
        >>> ask = Predict("question -> answer")
        >>> stream = streamify(ask, stream_listeners=[StreamListener("answer")], async_streaming=False)
        >>> with context(lm=DummyLM([{"answer": "forty two"}])):
        ...     for value in stream(question="What is six times seven?"):
        ...         print(getattr(value, "chunk", value))
        forty
         two
        <BLANKLINE>
        Prediction(answer='forty two')
    """
    check_callable(program)
    targets = listeners_of(program, stream_listeners or ())
    provider = status_message_provider or StatusMessageProvider()

    @contextmanager
    def heard(give: Give) -> Iterator[Hearing]:
        hearing = Hearing(program, targets, give)
        with events.listening_here(Statuses(provider, give)), hearing.heard():
            yield hearing
        hearing.warn_of_strangers()

    def last(hearing: Hearing, result: Any) -> list[Any]:
        return [result] if include_final_prediction_in_output_stream or not targets or not hearing.has_heard else []

    def work(args: Sequence[Any], inputs: dict[str, Any], give: Give) -> list[Any]:
        with heard(give) as hearing:
            return last(hearing, program(*args, **inputs))

    async def awork(args: Sequence[Any], inputs: dict[str, Any], give: Give) -> list[Any]:
        with heard(give) as hearing:
            return last(hearing, await asyncify(program)(*args, **inputs))

    def stream(*args: Any, **inputs: Any) -> Generator[Any, None, None]:
        context = contextvars.copy_context()

        def given() -> Generator[Any, None, None]:
            yield from (yield from given_by(partial(work, args, inputs), context))

        return given()

    def astream(*args: Any, **inputs: Any) -> AsyncGenerator[Any, None]:
        return AwaitedStream(agiven_by(partial(awork, args, inputs), contextvars.copy_context(), last=list))

    return astream if async_streaming else stream
