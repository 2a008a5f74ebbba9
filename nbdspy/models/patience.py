"""How long an answer may take, and reading one that can be left while it is waited for."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Callable
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import Any

from nbdspy.runtime import check_stopped

POLL = 0.5  # seconds between two looks at whether the work that a call is part of was stopped


class Deadline:
    """When an answer must have come; a stream moves it with everything it says.

    Args:
        seconds: How long it may take.
    """

    __slots__ = ("seconds", "until")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.move()

    def move(self) -> None:
        """Begin to count anew."""
        self.until = time.monotonic() + self.seconds

    def pause(self, seconds: float) -> None:
        """Do not count what a reader took for itself."""
        self.until += seconds

    def left(self) -> float:
        """Seconds until then.

        Raises:
            TimeoutError: When it is over.
        """
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


reading_until: ContextVar[Deadline] = ContextVar("reading_until")  # of the request that this thread is sending


class PatientResponse(HTTPResponse):
    """A response that is read, its head and its body, until the deadline that counted when it was asked for."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        if isinstance(sock, socket.socket):  # not TLS within TLS, which has read more than its socket knows of
            self.fp: Any = io.BufferedReader(_Patient(sock, self.fp.detach(), reading_until.get()))


class _Patient(io.RawIOBase):
    """Reads a socket when there is something to read."""

    def __init__(self, sock: socket.socket, raw: Any, deadline: Deadline) -> None:
        from urllib3.util.wait import wait_for_read

        self._sock = sock
        self._raw = raw
        self._deadline = deadline
        self._pending: Callable[[], int] = getattr(sock, "pending", int)  # bytes that TLS has decrypted already
        self._wait = wait_for_read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        while not (self._pending() or self._wait(self._sock, min(POLL, self._deadline.left()))):
            check_stopped()
        self._deadline.left()
        read: int | None = self._raw.readinto(buffer)
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()
