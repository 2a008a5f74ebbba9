"""Connections to servers, kept open and shared: urllib3's on the caller's thread, aiohttp's on the running loop.

Both say what went wrong in the words that Python has for it: `TimeoutError`, `ConnectionError` and `ssl.SSLError`.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import re
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from nbdspy import render
from nbdspy.errors import UsageError
from nbdspy.models.patience import Deadline, PatientResponse, reading_until
from nbdspy.runtime import check_stopped

if TYPE_CHECKING:
    import aiohttp
    import urllib3

LARGEST = 64_000_000  # bytes of an answer; a model says nothing as long
KEPT = 4096  # connections to one server that stay open; more than one process will ever have in flight
CONNECT = 10.0  # seconds to reach a server, when it may take longer to answer
PIECE = 65_536  # bytes that are read at once
_PREFIX = re.compile(r"^<?HTTPS?Connection\S*: |^HTTPS?Connection\([^)]*\): ")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response; the names of its headers are looked up in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Incoming:
    """A response whose body is still to be read, as it comes; `heard` says that something of it is complete."""

    status: int
    headers: Mapping[str, str]
    pieces: Iterator[bytes]
    heard: Callable[[], None]


@dataclass(frozen=True, slots=True)
class AsyncIncoming:
    """The same on a loop."""

    status: int
    headers: Mapping[str, str]
    pieces: AsyncIterator[bytes]
    heard: Callable[[], None]


class TooLarge(ConnectionError):
    """An answer does not end."""


class Server:
    """An address that requests are posted to.

    Args:
        address: What all paths there begin with, such as `"http://127.0.0.1:8000/v1"`.
        headers: Sent with each request.
        timeout: Seconds after which a request has failed that is not answered, or whose stream says nothing.

    Raises:
        UsageError: When the address is none.
    """

    def __init__(self, address: str, *, headers: Mapping[str, str], timeout: float) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(
                f"{address!r} is not the address of a server.", hint="It looks like http://127.0.0.1:8000/v1."
            )
        self.address = address.rstrip("/")
        self.headers = {"Content-Type": "application/json", "User-Agent": "nbdspy", **headers}
        self.timeout = timeout

    def post(self, path: str, body: bytes) -> Answer:
        """Send on this thread and wait for the whole response."""
        with self.stream(path, body) as incoming:
            return Answer(incoming.status, incoming.headers, b"".join(incoming.pieces))

    @contextmanager
    def stream(self, path: str, body: bytes) -> Iterator[Incoming]:
        """Send on this thread and read as it comes; what is not read by the end of the block is let go."""
        with _plainly():
            deadline = Deadline(self.timeout)
            response = self._send(path, body, deadline)
            try:
                yield Incoming(response.status, response.headers, _pieces(response, deadline), deadline.move)
            finally:
                response.close()

    async def apost(self, path: str, body: bytes) -> Answer:
        """Send on the running loop and await the whole response."""
        async with asyncio.timeout(self.timeout), _asking(self, path, body) as response:
            pieces = _apieces(response, Deadline(self.timeout))
            return Answer(response.status, response.headers, b"".join([piece async for piece in pieces]))

    @asynccontextmanager
    async def astream(self, path: str, body: bytes) -> AsyncIterator[AsyncIncoming]:
        """Send on the running loop and read as it comes."""
        deadline = Deadline(self.timeout)
        async with _asking(self, path, body, seconds=self.timeout) as response:
            yield AsyncIncoming(response.status, response.headers, _apieces(response, deadline), deadline.move)

    def _send(self, path: str, body: bytes, deadline: Deadline) -> urllib3.BaseHTTPResponse:
        urlopen, prefix, timeout = _way(self.address, self.timeout)
        token = reading_until.set(deadline)
        try:
            return urlopen(
                "POST", prefix + path, body=body, headers=self.headers, timeout=timeout, retries=False, redirect=False,
                preload_content=False,
            )  # fmt: skip
        finally:
            reading_until.reset(token)


@cache
def _way(address: str, timeout: float) -> tuple[Callable[..., urllib3.BaseHTTPResponse], str, urllib3.Timeout]:
    """What sends to a server, what paths begin with for it, and how long it waits."""
    import urllib3

    parts = urlsplit(address)
    limits = urllib3.Timeout(connect=min(timeout, CONNECT), read=timeout)
    if proxy := _proxy(address):
        return _manager(parts.scheme, proxy).urlopen, address, limits
    return _manager(parts.scheme).connection_from_url(address).urlopen, parts.path, limits


@cache
def _proxy(address: str) -> str | None:
    """The proxy that the environment names for an address."""
    parts = urlsplit(address)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)


@cache
def _manager(scheme: str, proxy: str | None = None) -> urllib3.PoolManager:
    import urllib3

    options: dict[str, Any] = {"maxsize": KEPT, "ssl_context": _tls() if scheme == "https" else None}
    if proxy is None:
        manager = urllib3.PoolManager(**options)
    else:
        user = urlsplit(proxy)
        login = f"{unquote(user.username)}:{unquote(user.password or '')}" if user.username else None
        manager = urllib3.ProxyManager(proxy, proxy_headers=urllib3.make_headers(proxy_basic_auth=login), **options)
    manager.pool_classes_by_scheme = _pool_classes()
    return manager


@cache
def _pool_classes() -> dict[str, Any]:
    """urllib3's pools, of connections that send a request in one go, and can be left while they wait."""
    import urllib3

    class Quick:
        _held: list[bytes] | None = None

        def request(self, *arguments: Any, **options: Any) -> None:
            self._held = []
            try:
                super().request(*arguments, **options)  # type: ignore[misc]
            finally:
                data, self._held = b"".join(self._held), None
            self.send(data)

        def send(self, data: Any) -> None:
            if self._held is None:
                super().send(data)  # type: ignore[misc]
            else:
                self._held.append(data)

    class Connection(Quick, urllib3.connection.HTTPConnection):
        response_class = PatientResponse

    class SecureConnection(Quick, urllib3.connection.HTTPSConnection):
        response_class = PatientResponse

    class Pool(urllib3.HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": Pool, "https": SecurePool}


@cache
def _tls() -> ssl.SSLContext:
    """Trusts whom certifi does, as every system has it, or the file that the environment names."""
    import certifi

    return ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or certifi.where())


def _forget_after_fork() -> None:
    """A child process has its parent's sockets, and must not speak on them."""
    for kept in (_way, _manager, _proxy):
        kept.cache_clear()
    _sessions.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)


def _pieces(response: urllib3.BaseHTTPResponse, deadline: Deadline) -> Iterator[bytes]:
    size = 0
    while piece := response.read1(PIECE):
        size = _grown(size, piece)
        given = time.monotonic()
        yield piece
        deadline.pause(time.monotonic() - given)
        check_stopped()


async def _apieces(response: aiohttp.ClientResponse, deadline: Deadline) -> AsyncIterator[bytes]:
    size = 0
    async for piece in response.content.iter_any():
        deadline.left()
        size = _grown(size, piece)
        given = time.monotonic()
        yield piece
        deadline.pause(time.monotonic() - given)


def _grown(size: int, piece: bytes) -> int:
    """How much of an answer there is with another piece.

    Raises:
        TooLarge: When that is more than any answer.
    """
    if size + len(piece) > LARGEST:
        raise TooLarge(f"its answer is longer than {render.size(LARGEST)}.")
    return size + len(piece)


@contextmanager
def _plainly() -> Iterator[None]:
    import urllib3.exceptions as broken

    try:
        yield
    except broken.NewConnectionError as error:  # which is a timeout to urllib3
        raise ConnectionError(_PREFIX.sub("", str(error))) from error
    except broken.TimeoutError as error:
        raise TimeoutError from error
    except broken.SSLError as error:
        raise ssl.SSLError(str(error)) from error
    except broken.HTTPError as error:
        raise ConnectionError(str(error)) from error


_sessions: dict[
    asyncio.AbstractEventLoop, tuple[aiohttp.ClientSession, AsyncGenerator[aiohttp.ClientSession, None]]
] = {}


@asynccontextmanager
async def _asking(
    server: Server, path: str, body: bytes, *, seconds: float | None = None
) -> AsyncIterator[aiohttp.ClientResponse]:
    """The response, once its head is there; within so many seconds."""
    import aiohttp

    session = await _session()
    limits = aiohttp.ClientTimeout(sock_connect=min(server.timeout, CONNECT), sock_read=server.timeout)
    try:
        async with asyncio.timeout(seconds):
            response = await session.post(
                server.address + path, data=body, headers=server.headers, timeout=limits, allow_redirects=False,
                ssl=_tls() if server.address.startswith("https") else True, proxy=_proxy(server.address),
            )  # fmt: skip
        async with response:
            yield response
    except TimeoutError:  # aiohttp's are some of those
        raise
    except aiohttp.ClientSSLError as error:
        raise ssl.SSLError(str(error)) from error
    except aiohttp.ClientError as error:
        raise ConnectionError(str(error) or "the server hung up") from error


async def _session() -> aiohttp.ClientSession:
    """The session of the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _sessions:
        kept = _kept_open(loop)
        _sessions[loop] = await anext(kept), kept
    return _sessions[loop][0]


async def _kept_open(loop: asyncio.AbstractEventLoop) -> AsyncGenerator[aiohttp.ClientSession, None]:
    """A session that is closed with its loop: whoever ends a loop in good order ends its generators first."""
    import aiohttp

    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=None)
    jar = aiohttp.DummyCookieJar()  # models with different keys share the session
    # Not `trust_env`, which besides proxies finds keys, in `~/.netrc`.
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar, timeout=timeout) as session:
        try:
            yield session
        finally:
            _sessions.pop(loop, None)


@atexit.register
def _close_sessions() -> None:
    """Close what loops that nobody ended still have, such as a kernel's own."""
    for loop, (_, kept) in list(_sessions.items()):
        if not (loop.is_running() or loop.is_closed()):
            loop.run_until_complete(kept.aclose())
