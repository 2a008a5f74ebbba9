"""`mcp_tools`: open an MCP server, by its command or its address, and get its tools."""

from __future__ import annotations

import asyncio
import re
import shlex
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from os import PathLike
from pathlib import PurePath
from types import TracebackType
from typing import Any, Self, TextIO, overload

from nbdspy import render
from nbdspy.errors import NbdspyError, ToolError, UsageError, did_you_mean
from nbdspy.models.redaction import MARK, conceal, conceal_address, conceal_headers, names_secret, redact, shown_cause
from nbdspy.runtime import Held, whole_import
from nbdspy.types import Tool
from nbdspy.types.mcp import OnPortal, in_short

Transport = AbstractAsyncContextManager[Any]
WRITTEN = 400  # characters of what a server wrote last, which mostly begins with a path, and has the reason at its end
Opened = tuple[Any, list[Any]]
"""A client, and the tools that its server lists."""
_NAMED = re.compile(r"([\w-]+)(\s*[=:]\s*)(.+)", re.DOTALL)  # `--api-key=…`, `GITHUB_TOKEN=…`, `Authorization: …`


class McpTools(Sequence[Tool]):
    """The tools of one open MCP server, in its order or by name; `mcp_tools` makes it.

    Args:
        held: The client and what its server lists, open on the portal's loop.
        server: What was opened, for people.
    """

    def __init__(self, held: Held[Opened], server: str) -> None:
        session, listed = held.value
        self._held = held
        self._server = server
        self._tools = [Tool.from_mcp_tool(OnPortal(session, keeps=held), tool) for tool in listed]

    @overload
    def __getitem__(self, key: int | str) -> Tool: ...
    @overload
    def __getitem__(self, key: slice) -> list[Tool]: ...
    def __getitem__(self, key: int | str | slice) -> Tool | list[Tool]:
        """A tool by its place or its name, or several by their places.

        Raises:
            UsageError: When none has this name.
        """
        if not isinstance(key, str):
            return self._tools[key]
        named = {tool.name: tool for tool in self._tools}
        if key not in named:
            hint = did_you_mean(key, named) or f"There are: {', '.join(named) or 'none'}."
            raise UsageError(f"{self._server} has no tool {key!r}.", hint=hint)
        return named[key]

    def __len__(self) -> int:
        return len(self._tools)

    def close(self) -> None:
        """End the server, or the connection to it; its tools fail from then on."""
        with suppress(Exception):  # of a server that is gone, which every call has said
            self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"McpTools({self._server}: {', '.join(tool.name for tool in self._tools) or 'no tools'})"


def mcp_tools(
    server: str | Sequence[str],
    *,
    timeout: float = 60.0,
    env: Mapping[str, str] | None = None,
    cwd: str | PathLike[str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> McpTools:
    """Start an MCP server, or connect to one, and list its tools.

    It lives on a loop of ours, so its tools can be called from plain code and from threads, and awaited anywhere, the
    cells of a notebook included. It ends with the `with` block, with `close()`, or when nobody has its tools any more.

    Args:
        server: A command (`"python server.py"`, or a list of its words), or the address of one that speaks HTTP.
        timeout: Seconds that starting may take, and each call.
        env: What a command finds in its environment besides PATH, HOME and the like; none of your keys by itself. Keys
            in it, in headers, in an address and among the words of a command are shown in no error and in no repr.
        cwd: The folder that a command runs in.
        headers: Sent with every request to an address, as for a key.

    Raises:
        ToolError: When it does not start in time, or cannot be reached; says what it wrote last.
        UsageError: When the package mcp is missing, or an argument is for the other kind of server.
    """
    try:
        whole_import("mcp")
    except ModuleNotFoundError as error:
        raise UsageError(
            "MCP servers are reached by the package mcp.", hint="Run: pip install 'nbdspy[mcp]'"
        ) from error
    with tempfile.TemporaryFile("w+", errors="replace") as stderr:  # a kernel's own has no file descriptor
        if isinstance(server, str) and server.startswith(("http://", "https://")):
            _refuse(env=env, cwd=cwd)
            conceal_address(server)
            conceal_headers(headers or {})
            shown, transport = render.short(redact(server), 80), _address(server, headers)
        else:
            _refuse(headers=headers)
            words = shlex.split(server) if isinstance(server, str) else [*map(str, server)]
            if not words:
                raise UsageError("There is no command to start.", hint='Write mcp_tools("python server.py").')
            conceal_headers(env or {})
            shown = render.short(" ".join(_without_keys([PurePath(words[0]).name, *words[1:]])), 80)
            transport = _command(words, env, cwd, stderr)
        try:
            return McpTools(Held(_opened(transport, timeout)), shown)
        except NbdspyError:
            raise
        except Exception as error:  # of the client, the transport or the server
            said = "no answer" if isinstance(error, TimeoutError) else in_short(error)
            written = _last_line(stderr)
            raise ToolError(
                f"The MCP server {shown} did not start: {said}" + (f" (it wrote: {written})" if written else ""),
                hint=f"It had {timeout:g} s; give more with timeout=." if said == "no answer" else None,
            ) from shown_cause(error)


def _refuse(**options: Any) -> None:
    for name, value in options.items():
        if value is not None:
            kind = "an address" if name == "headers" else "a command"
            raise UsageError(f"{name} is only for {kind}.", hint="Leave it out.")


def _without_keys(words: Sequence[str]) -> list[str]:
    """The words of a command as they may be shown; the keys among them, known by their names, are remembered."""
    shown, before = [], ""
    for word in words:
        named = _NAMED.fullmatch(word)
        if named and names_secret(named[1]):
            conceal_headers({named[1]: named[3]})
            shown.append(f"{named[1]}{named[2]}{MARK}")
        elif before.startswith("-") and names_secret(before) and not word.startswith("-"):
            conceal(word)
            shown.append(MARK)
        else:
            shown.append(redact(word))
        before = word
    return shown


@asynccontextmanager
async def _opened(transport: Callable[[], Transport], timeout: float) -> AsyncIterator[Opened]:
    """A client, and the tools that its server lists."""
    from mcp import Client

    async with AsyncExitStack() as stack:
        async with asyncio.timeout(timeout):
            client = await stack.enter_async_context(Client(transport(), read_timeout_seconds=timeout))
            page = await client.list_tools()
            listed = list(page.tools)
            while page.next_cursor:
                page = await client.list_tools(cursor=page.next_cursor)
                listed += page.tools
        yield client, listed


def _command(
    words: Sequence[str], env: Mapping[str, str] | None, cwd: str | PathLike[str] | None, stderr: TextIO
) -> Callable[[], Transport]:
    from mcp.client.stdio import StdioServerParameters, stdio_client

    given = StdioServerParameters(
        command=words[0], args=list(words[1:]), env=dict(env or {}), cwd=None if cwd is None else str(cwd)
    )
    return lambda: stdio_client(given, errlog=stderr)


def _address(url: str, headers: Mapping[str, str] | None) -> Callable[[], Transport]:
    from mcp.client.streamable_http import streamable_http_client

    whole_import("httpx2")
    import httpx2

    @asynccontextmanager
    async def connected() -> AsyncIterator[Any]:
        limits = httpx2.Timeout(30.0, read=None)  # how long a call may take, the session says
        async with (
            httpx2.AsyncClient(headers=dict(headers or {}), timeout=limits) as http,
            streamable_http_client(url, http_client=http) as streams,
        ):
            yield streams

    return connected


def _last_line(stderr: TextIO) -> str:
    """What a server wrote last, which mostly says why it ended."""
    stderr.seek(0)
    lines = [line.strip() for line in stderr if line.strip()]
    return render.short(redact(lines[-1]), WRITTEN) if lines else ""
