"""A model file in this process as a leaf: requests in llama.cpp's terms, and its pieces as replies."""

from __future__ import annotations

import asyncio
import contextvars
import os
import queue
import sys
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from pathlib import Path
from typing import Any

from nbdspy import events
from nbdspy.errors import UsageError, did_you_mean, warn_caller
from nbdspy.models.abilities import Abilities
from nbdspy.models.download_line import DownloadLine
from nbdspy.models.downloads import Progress
from nbdspy.models.engine import Engine, Job, borrow, give_back
from nbdspy.models.gate import Token
from nbdspy.models.messages import Reply, Request, Usage
from nbdspy.models.tallies import check_time
from nbdspy.models.weights import fetch, find
from nbdspy.runtime import check_stopped, start

MAX_TOKENS = 512  # of a reply, when the request does not say
CONTEXT = 8192  # tokens of prompt and reply together: more than most need, and little enough for a small machine
THREADS = 2  # cores; more than two help little at these sizes, and the notebook wants some too
TAKEN = frozenset(
    {"top_k", "top_p", "min_p", "typical_p", "top_n_sigma", "dynatemp_range", "dynatemp_exponent", "repeat_penalty",
     "repeat_last_n", "presence_penalty", "frequency_penalty", "dry_multiplier", "dry_base", "dry_allowed_length",
     "dry_penalty_last_n", "dry_sequence_breakers", "xtc_probability", "xtc_threshold", "mirostat", "mirostat_tau",
     "mirostat_eta", "samplers", "min_keep", "n_probs", "n_keep", "ignore_eos", "logit_bias", "grammar", "json_schema",
     "chat_template_kwargs", "t_max_predict_ms"}
)  # fmt: skip
"""What llama.cpp's server takes of a request besides what every request has."""
_INSTEAD: Mapping[str, str] = {
    "tools": "Give them to nbdspy.ReAct, which tells of them in words.",
    "response_format": "Name the types of the outputs in a signature: replies are held to them.",
    "logprobs": "Leave it out; no reply of a model here tells them.",
    "top_logprobs": "Leave it out; no reply of a model here tells them.",
}
Pieces = queue.SimpleQueue[str | None]  # of a stream, None at its end
Put = Callable[[str | None], None]  # hands on such a piece
POLL = 0.1  # seconds between two chances to be interrupted


class LocalLeaf:
    """llama.cpp in this process; the file is fetched and opened at the first request, and shared between leaves.

    Args:
        model: A known name, a path that ends in `.gguf`, or `hf:owner/repository/file.gguf`.
        timeout: Seconds the model may take for one reply, counted from when it begins on it.
        threads: Cores it computes on.
        context_length: Tokens that prompt and reply may have together.
        num_retries: Taken so that settings can be shared with remote models; there is nothing to retry here.
        **access: Keys and addresses, which are refused: nothing leaves this machine.

    Raises:
        UsageError: When an option makes no sense for a model on this machine.
    """

    attempts = 1
    constrains = True
    free = True
    durable = True
    abilities = Abilities(at_once=1, longest=MAX_TOKENS)  # a reply's form is its grammar's

    def __init__(
        self, model: str, *, timeout: float | None = 120.0, threads: int | None = None,
        context_length: int = CONTEXT, num_retries: int = 0, **access: Any,
    ) -> None:  # fmt: skip
        if refused := [option for option, value in access.items() if value]:
            raise UsageError(f"{model} runs on this machine and takes no {refused[0]}.", hint="Leave it out.")
        known = find(model)
        self.model = model
        self.prefers = known.prefers if known else "completion"
        self.timeout = timeout
        self.threads = threads or min(THREADS, _cores())
        self.context_length = context_length
        self.progress: Progress | None = None  # draws a download; a line on the terminal when nobody sets it
        self._idle: set[str] = set()  # what was asked in vain, and told
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._release: weakref.finalize[Any, LocalLeaf] | None = None

    @property
    def scope(self) -> str:
        """The file: its pinned checksum, or its size and date, as another one may take its place."""
        known = find(self.model)
        if known is not None and known.sha256 is not None:
            return known.sha256
        try:
            found = (known.path if known else Path(self.model)).expanduser().stat()
        except OSError:  # not fetched yet
            return ""
        return f"{found.st_size} {found.st_mtime_ns}"

    def load(self) -> None:
        """Fetch the file if it is not here, and open it."""
        self._opened()

    def close(self) -> None:
        """Let go of the model; its memory is freed when no other leaf uses it."""
        with self._lock:
            release, self._engine, self._release = self._release, None, None
        if release is not None:
            release()

    def send(self, request: Request) -> Reply:
        """Answer on this thread; an interrupt stops the model, too."""
        answers = self._answers(request)
        try:
            self._submit(answers)
            for answer in answers:
                _wait(answer.job)
        finally:
            _stop(answers)
        return _reply(answers)

    async def asend(self, request: Request) -> Reply:
        """Answer on the running loop, which goes on with its other work; cancelling the task stops the model."""
        if self._engine is None:
            await asyncio.wrap_future(self._loading())
        answers = self._answers(request)
        try:
            self._submit(answers)
            for answer in answers:
                await asyncio.wrap_future(answer.job.done)
        finally:
            _stop(answers)
        return _reply(answers)

    def stream(self, request: Request) -> Generator[str, None, Reply]:
        """Yield the pieces of the first completion as they come; closing the generator stops the model."""
        pieces: Pieces = queue.SimpleQueue()
        answers = self._answers(request, pieces.put)
        answers[0].job.done.add_done_callback(lambda _: pieces.put(None))
        try:
            self._submit(answers)
            while (piece := _take(pieces)) is not None:
                yield piece
            for answer in answers:
                _wait(answer.job)
        finally:
            _stop(answers)
        return _reply(answers)

    async def astream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        """Give the pieces of the first completion as they come, and then the whole reply."""
        if self._engine is None:
            await asyncio.wrap_future(self._loading())
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[str | None] = asyncio.Queue()

        def put(piece: str | None) -> None:
            with suppress(RuntimeError):  # the loop was closed, and nobody listens
                loop.call_soon_threadsafe(pieces.put_nowait, piece)

        answers = self._answers(request, put)
        answers[0].job.done.add_done_callback(lambda _: put(None))
        try:
            self._submit(answers)
            while (piece := await pieces.get()) is not None:
                yield piece
            for answer in answers:
                await asyncio.wrap_future(answer.job.done)
        finally:
            _stop(answers)
        yield _reply(answers)

    def _answers(self, request: Request, put: Put | None = None) -> list[_Answer]:
        self._warn_of_idle(request)
        return [
            _Answer(request, number, timeout=self.timeout, put=None if number else put) for number in range(request.n)
        ]

    def _warn_of_idle(self, request: Request) -> None:
        """Tell, once for each, what is asked that has no effect on a model here."""
        known = {"tools": request.tools, "response_format": request.response_format}
        asked = {name for name, value in known.items() if value} | (request.options.keys() - TAKEN)
        for name in sorted(asked - self._idle):
            self._idle.add(name)
            instead = _INSTEAD.get(name, did_you_mean(name, TAKEN) or "Leave it out.")
            warn_caller(f"{self.model} runs on this machine, where {name} has no effect. {instead}")

    def _submit(self, answers: Sequence[_Answer]) -> None:
        for answer in answers:
            while not self._opened().submit(answer.job):  # closed by another thread in this very moment
                continue

    def _opened(self) -> Engine:
        with self._lock:
            if self._engine is None or self._engine.closing:
                path = fetch(self.model, progress=self.progress or self._at_a_terminal())
                engine = borrow(path, threads=self.threads, context=self.context_length)
                self._engine, self._release = engine, weakref.finalize(self, give_back, engine)
            return self._engine

    def _at_a_terminal(self) -> Progress | None:
        return DownloadLine(self.model, sys.stderr) if sys.stderr and sys.stderr.isatty() else None

    def _loading(self) -> Future[None]:
        """The model being loaded on a thread of its own, where it holds up no loop."""
        loaded: Future[None] = Future()

        def load() -> None:
            try:
                self.load()
            except BaseException as error:
                loaded.set_exception(error)
            else:
                loaded.set_result(None)

        start(load, "load")
        return loaded


class _Answer:
    """One completion as it grows, and the job that grows it."""

    def __init__(self, request: Request, number: int, *, timeout: float | None, put: Put | None) -> None:
        self.text = ""
        self.finish = ""
        self.usage = Usage()
        self._request = request
        self.tokens = 0
        self._choices = request.shape.choices if request.shape else ()
        self._put = put
        self._context = contextvars.copy_context()  # so that tokens are said inside the caller's span
        self.job = Job(
            body=_body(request, number),
            text=_beginning(request),
            hear=self._hear,
            choices=self._choices,
            chat=request.prompt is None,
            timeout=timeout,
        )

    def _hear(self, piece: dict[str, Any]) -> bool:
        progress = piece.get("prompt_progress")
        if progress and not self.usage.prompt:
            self.usage = Usage(prompt=progress["total"], cached=progress["cache"])
        for choice in piece.get("choices", ()):
            text = choice["delta"].get("content") if "delta" in choice else choice.get("text")
            if text:
                self.tokens += 1
                self._say(text)
                if self._choices and (rest := decided(self.text, self._choices)) is not None:
                    self._say(rest)
                    self.finish = "stop"
                    return True
            self.finish = choice.get("finish_reason") or self.finish
        if timings := piece.get("timings"):
            self.tokens = timings["predicted_n"]
        return False

    def _say(self, text: str) -> None:
        self.text += text
        if not text:
            return
        if self._put is not None:
            self._put(text)  # the gate tells listeners what is streamed through it
        elif events.heard(Token):
            self._context.run(lambda: events.emit(Token(request=self._request, text=text)))


def decided(text: str, choices: Iterable[str]) -> str | None:
    """What is left to say once `text` can only become one of the choices; None while it is open.

    A grammar may let the model begin with white space that is not part of the choice.
    """
    for said in (text, text.lstrip()):
        possible = {choice for choice in choices if choice.startswith(said)}
        if len(possible) == 1:
            return possible.pop()[len(said) :]
        if possible:
            return None
    return None


def _body(request: Request, number: int) -> dict[str, Any]:
    """A request in llama.cpp's terms; the number tells completions of one request apart."""
    seed = request.seed
    if seed is None and request.rollout_id is not None:
        seed = int(request.key()[:7], 16)  # the same rollout again gives the same sample
    body: dict[str, Any] = {
        **request.options,
        "max_tokens": MAX_TOKENS if request.max_tokens is None else request.max_tokens,
        "temperature": request.temperature or 0.0,
    }
    if request.prompt is None:
        body["messages"] = [dict(message) for message in request.messages or ()]
    else:
        body["prompt"] = request.prompt
    if seed is not None:
        body["seed"] = seed + number
    if request.stop:
        body["stop"] = list(request.stop)
    if request.shape is not None:
        body["grammar"] = request.shape.grammar
    return body


def _beginning(request: Request) -> str:
    """What tells the queue which requests begin alike."""
    if request.prompt is not None:
        return request.prompt
    return "\n".join(f"{message['role']}: {message.get('content')}" for message in request.messages or ())


def _reply(answers: Sequence[_Answer]) -> Reply:
    first = answers[0]
    return Reply(
        texts=tuple(answer.text for answer in answers),
        usage=Usage(
            prompt=first.usage.prompt,
            completion=sum(answer.tokens for answer in answers),
            cached=first.usage.cached,
        ),
        cost=0.0,
        finish_reasons=tuple(answer.finish for answer in answers),
        seconds=sum(answer.job.seconds for answer in answers),
    )


def _stop(answers: Sequence[_Answer]) -> None:
    for answer in answers:
        answer.job.stop()


def _wait(job: Job) -> None:
    """Wait for a job in steps short enough for Ctrl-C on every system."""
    while True:
        try:
            return job.done.result(timeout=POLL)
        except NotYet:
            if job.done.done():  # it ended as the step did, or this is its own
                return job.done.result()
            check_stopped()
            check_time()


def _take(pieces: Pieces) -> str | None:
    while True:
        try:
            return pieces.get(timeout=POLL)
        except queue.Empty:
            check_stopped()


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
