"""A model file opened in this process: one slot, and one queue that serves what begins alike together."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from nbdspy.errors import ContextTooLong, LMError, LMUnavailable, RequestRefused
from nbdspy.models.choosing import Tokenizer, choosing
from nbdspy.runtime import start, whole

PATIENCE = 2.0  # seconds a request may be passed over for one whose beginning the model has just read
BATCH = 128  # prompt tokens read between two looks at whether to stop
SPINS = 1000  # turns that a computing thread waits awake for the others before it sleeps
PREFIX_MEMORY = 512  # MiB for beginnings that were read before and may come back
SURELY_FITS = 2_000_000_000  # bytes of a model that any GPU has room for
Heard = Callable[[dict[str, Any]], bool]  # one piece of a streamed answer; True when enough was heard


@dataclass(eq=False, slots=True)
class Job:
    """One question in the queue.

    `body` is the request that llama.cpp gets. `text` is what the model will read, as far as it says which requests
    begin alike. `hear` is called with each piece on the engine's thread. `choices` are all that it may answer, if
    these are few.
    """

    body: dict[str, Any]
    text: str
    hear: Heard
    choices: tuple[str, ...] = ()
    chat: bool = False
    timeout: float | None = None
    stopped: bool = False
    seconds: float = 0.0
    queued: float = field(default_factory=time.monotonic)
    done: Future[None] = field(default_factory=Future)

    def stop(self) -> None:
        """Ask the model to end this job; returns at once."""
        self.stopped = True


class Engine:
    """An opened model and the thread that asks it.

    Args:
        path: The GGUF file.
        threads: How many cores it computes on.
        context: How many tokens prompt and reply may have together.

    Raises:
        LMUnavailable: When xllamacpp is missing or cannot open the file.
    """

    def __init__(self, path: Path, threads: int, context: int) -> None:
        self.name = path.name
        self.closing = False
        self._server, tokenize, self._private = _open(path, threads, context)
        self._choosing = lru_cache(maxsize=256)(lambda choices: choosing(choices, tokenize))
        self._changed = threading.Condition()
        self._waiting: list[Job] = []
        self._running: Job | None = None
        self._last = ""
        self._thread = start(self._work, f"model-{path.stem}")

    def submit(self, job: Job) -> bool:
        """Put a job in the queue, which sets `job.done` in the end; False when this engine is being closed."""
        with self._changed:
            if not self.closing:
                self._waiting.append(job)
                self._changed.notify()
            return not self.closing

    def close(self) -> None:
        """Free the memory; what is in the queue has a moment to be answered, and is stopped then."""
        with self._changed:
            self.closing = True
            self._changed.notify()
        if threading.current_thread() is self._thread:  # let go of by a garbage collection that happened there
            return
        self._thread.join(timeout=PATIENCE)
        with self._changed:
            for job in [*self._waiting, self._running]:
                if job is not None:
                    job.stop()
        self._thread.join(timeout=PATIENCE)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            if not job.done.set_running_or_notify_cancel():
                continue
            try:
                self._answer(job)
            except BaseException as error:  # llama.cpp's, or a listener's of `hear`: it belongs to whoever waits
                job.done.set_exception(error)
            else:
                job.done.set_result(None)
        del self._server  # there is no way to close it but to let go of it
        self._private.cleanup()

    def _next(self) -> Job | None:
        with self._changed:
            self._running = None
            while not self._waiting:
                if self.closing:
                    return None
                self._changed.wait()
            job = choose(self._waiting, self._last, now=time.monotonic())
            self._waiting.remove(job)
            self._running = job
            return job

    def _answer(self, job: Job) -> None:
        failures: list[BaseException] = []
        started = time.monotonic()

        def hear(piece: dict[str, Any]) -> bool:
            # llama.cpp stops on True; it would lose an exception, so those are carried out by hand
            try:
                self._check(job, started)
                if "error" in piece:
                    raise _error(piece["error"])
                return job.hear(piece)
            except BaseException as error:
                failures.append(error)
                return True

        ask = self._server.handle_chat_completions if job.chat else self._server.handle_completions
        self._check(job, started)
        self._last = job.text
        body = {**job.body, "stream": True, "cache_prompt": True, "return_progress": True}
        if job.choices:
            # Stopping from outside comes one token late, a fifth of a short request; a limit comes in time.
            chosen = self._choosing(job.choices)
            body.update(grammar=chosen.grammar, max_tokens=chosen.tokens)
        try:
            ask(body, hear)
        except (RuntimeError, ValueError) as error:  # what llama.cpp throws instead of answering
            raise _error({"code": 400, "message": str(error)}) from error
        if failures:
            raise failures[0]
        job.seconds = time.monotonic() - started

    def _check(self, job: Job, started: float) -> None:
        if job.stopped:
            raise LMUnavailable(f"{self.name} was stopped before it had answered.")
        if job.timeout is not None and time.monotonic() - started > job.timeout:
            raise LMUnavailable(
                f"{self.name} gave no whole answer within {job.timeout:g} s.",
                hint="Shorten inputs or demos, ask for fewer tokens (max_tokens), or give it more time (timeout).",
            )


_lock = threading.RLock()  # a garbage collection may give back an engine while this thread borrows one
_engines: dict[tuple[Path, int, int], tuple[Engine, int]] = {}  # with how many have borrowed it


def borrow(path: Path, *, threads: int, context: int) -> Engine:
    """An engine for this file, the one that is open already if there is one; to be given back."""
    key = (path.resolve(), threads, context)
    with _lock:
        engine, users = _engines.get(key, (None, 0))
        if engine is None or engine.closing:
            engine, users = Engine(*key), 0
        _engines[key] = (engine, users + 1)
        return engine


def give_back(engine: Engine) -> None:
    """Say that a borrowed engine is no longer needed; the last one to do so closes it."""
    with _lock:
        key, users = next((key, users) for key, (other, users) in _engines.items() if other is engine)
        if users > 1:
            _engines[key] = (engine, users - 1)
            return
        del _engines[key]
    engine.close()


def choose(waiting: list[Job], last: str, *, now: float) -> Job:
    """The job to do next: the one that shares the longest beginning with `last`, unless the first has waited long."""
    oldest = waiting[0]
    if now - oldest.queued > PATIENCE or len(waiting) == 1:
        return oldest
    return max(waiting, key=lambda job: shared(job.text, last))  # of equals the first, which waits longest


def shared(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _xllamacpp() -> ModuleType:
    """The package, told how long its threads may spin while they wait for each other.

    OpenMP's own limit is so high that on a busy machine (two kernels on two cores) a thread burns the time which the
    one it waits for needs: a request took ten seconds there instead of a fifth of one. On an idle machine the lower
    limit costs nothing that can be measured. OpenMP reads the variable when the package loads it, so it goes again.
    """
    name = "GOMP_SPINCOUNT"
    ours = name not in os.environ and "xllamacpp" not in sys.modules
    if ours:
        os.environ[name] = str(SPINS)
    try:
        import xllamacpp
    except ImportError as error:
        raise LMUnavailable(
            "Models on this machine need xllamacpp, which is not installed.", hint="Run pip install 'nbdspy[local]'."
        ) from error
    finally:
        if ours:
            del os.environ[name]
    return xllamacpp  # type: ignore[no-any-return]


def _open(
    path: Path, threads: int, context: int, *, sockets: bool = os.name == "posix"
) -> tuple[Any, Tokenizer, tempfile.TemporaryDirectory[str]]:
    xllamacpp = whole(_xllamacpp)()
    options = xllamacpp.CommonParams()
    options.verbosity = -1
    options.model.path = str(path)
    options.n_parallel = 1
    options.n_ctx = context
    options.n_batch = BATCH
    options.cpuparams.n_threads = options.cpuparams_batch.n_threads = threads
    options.cache_ram_mib = PREFIX_MEMORY
    options.fit_params = path.stat().st_size > SURELY_FITS  # it opens the file twice to see what a GPU can hold
    options.warmup = False
    options.n_threads_http = 1
    options.ui = False
    options.endpoint_slots = False
    options.endpoint_metrics = True
    key = secrets.token_hex(32)
    options.api_keys = [key]
    # xllamacpp always opens an HTTP server. It gets a socket file in a folder that only this user can enter, so that
    # nobody else can reach it; where there are no such sockets the random key keeps strangers out.
    private = tempfile.TemporaryDirectory(prefix="nbdspy-")
    address = Path(private.name) / "door.sock"
    if sockets:
        options.hostnames = [str(address)]
    try:
        server = xllamacpp.Server(options)
    except RuntimeError as error:
        private.cleanup()
        raise LMUnavailable(
            f"{path} could not be opened as a model.",
            hint="Check that it is a whole GGUF file, and that there is memory for it.",
        ) from error
    server.handle_metrics()  # answered by its loop: letting go of a server whose loop has not begun would wait for ever
    return server, Tokenizer(address if sockets else server.listening_address, key), private


def _error(error: Mapping[str, Any]) -> LMError:
    """llama.cpp's error dictionary as one of ours."""
    if error.get("type") == "exceed_context_size_error":
        return ContextTooLong(
            f"The prompt has {error.get('n_prompt_tokens'):,} tokens, and the model reads {error.get('n_ctx'):,}.",
            hint="Shorten the inputs, show fewer demos, or open the model with a larger context_length.",
        )
    message = f"The model refused the request: {str(error.get('message', error)).rstrip('.')}."
    return RequestRefused(message) if 400 <= error.get("code", 500) < 500 else LMUnavailable(message)
