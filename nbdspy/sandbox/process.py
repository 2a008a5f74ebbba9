"""A Deno of our own: what is sent to it, what it says, and how it ends."""

from __future__ import annotations

import io
import json
import os
import queue
import secrets
import subprocess
import sys
import time
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from typing import IO, Any, Final

from nbdspy.runtime import check_stopped, start

TICK: Final = 0.05  # seconds between two looks at the clock and at the memory
_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0


class Ended(Exception):
    """The process is no more; the text are its last words, after a colon, or nothing."""


class Process:
    """A process that reads lines and says lines, each of its own marked with a secret that only it and we know.

    It has no terminal, no signal of the notebook's reaches it, and it ends when its standard input does: with us,
    however we end.

    Args:
        command: The command line.
        environment: All that it sees of one.
        longest: The bytes that one of its lines may have.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], *, longest: int) -> None:
        self.secret = secrets.token_hex(16)
        self.owner = os.getpid()
        self._process = subprocess.Popen(
            command, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            bufsize=0, start_new_session=True, restore_signals=False,  # so a file too large is an error, no signal
        )  # fmt: skip
        _running.add(self)
        self._strays: deque[str] = deque(maxlen=20)
        self._heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._to_send: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._end = weakref.finalize(self, _end, self._process, self.owner, self._to_send)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        mark, reading, writing = self.secret.encode(), self._process.stdout, self._process.stdin
        heard, strays, to_send = self._heard, self._strays, self._to_send  # the threads must not keep this object alive
        start(lambda: _read(reading, mark, longest, heard, strays), "sandbox-reads")
        start(lambda: _write(writing, to_send), "sandbox-writes")

    @property
    def is_alive(self) -> bool:
        """Whether it runs, and is ours: a fork of this process has its own, once it needs one."""
        return self.owner == os.getpid() and self._process.poll() is None

    def send(self, **message: Any) -> None:
        """Send a message, without waiting for it to arrive."""
        self._to_send.put(json.dumps(message).encode() + b"\n")

    def receive(self, deadline: float, *, most_memory: float = float("inf")) -> dict[str, Any]:
        """Wait for a message.

        Args:
            deadline: Until when, on the monotonic clock.
            most_memory: The bytes that the process may fill meanwhile, where the system tells.

        Raises:
            TimeoutError: When none comes.
            MemoryError: When it fills more.
            Ended: When the process ends.
            KeyboardInterrupt: When the map that this is part of was stopped.
        """
        while True:
            try:
                message = self._heard.get(timeout=max(0.0, min(TICK, deadline - time.monotonic())))
            except queue.Empty:
                check_stopped()
                if self._memory() > most_memory:
                    raise MemoryError from None
                if time.monotonic() >= deadline:
                    raise TimeoutError(": it takes too long") from None
                continue
            if message is None:
                self._heard.put(None)  # for whoever asks again
                raise Ended(self._last_words())
            return message  # type: ignore[no-any-return]

    def forbid_files(self) -> None:
        """Let it write to no file any more, where the system can do that to another process."""
        if sys.platform == "linux":
            import resource

            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (0, 0))

    def end(self) -> None:
        """End it at once, and wait until it is gone."""
        self._end()

    def disown(self) -> None:
        """Let go of it in a fork of the process that started it, so that it ends with that one all the same."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.returncode = 0  # unknown here, as it is no child of this process
        self._end.detach()

    def _memory(self) -> float:
        try:
            with open(f"/proc/{self._process.pid}/statm", encoding="ascii") as file:
                return float(file.read().split()[1]) * _PAGE
        except (OSError, IndexError):  # another system, or the process is gone
            return 0.0

    def _last_words(self) -> str:
        said = [line for line in self._strays if line]
        return f": {said[-1]}" if said else ""


_running: weakref.WeakSet[Process] = weakref.WeakSet()


def _disown_all() -> None:
    for process in list(_running):
        process.disown()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_disown_all)


def _end(process: subprocess.Popen[bytes], owner: int, to_send: queue.SimpleQueue[bytes | None]) -> None:
    """End a process, and the thread that writes to it."""
    if os.getpid() == owner:
        process.kill()
        process.wait()
        to_send.put(None)


def _read(stream: IO[bytes], mark: bytes, longest: int, heard: queue.SimpleQueue[Any], strays: deque[str]) -> None:
    """Put its messages into a queue, and None at its end."""
    with io.BufferedReader(stream) as lines:  # type: ignore[type-var]
        while line := lines.readline(longest):
            if line.startswith(mark) and line.endswith(b"\n"):
                heard.put(json.loads(line[len(mark) :]))
            else:
                strays.append(line[:500].decode("utf-8", "replace").strip())
    heard.put(None)


def _write(stream: IO[bytes], to_send: queue.SimpleQueue[bytes | None]) -> None:
    """Write what is put into a queue, until it is None or nobody reads any more."""
    try:
        with stream:
            while (line := to_send.get()) is not None:
                rest = memoryview(line)
                while rest:
                    rest = rest[stream.write(rest) :]
    except OSError:  # it is gone, which the reader hears
        while to_send.get() is not None:
            pass
