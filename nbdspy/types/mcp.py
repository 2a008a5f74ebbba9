"""Tools of MCP servers: calling one through a session, and what it returns as values of ours.

Whatever has the package's `call_tool` will do, under the names of its first or its second version; nothing of it is
imported here.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from nbdspy import render
from nbdspy.errors import NbdspyError, ToolError, UsageError, first_of, words_of
from nbdspy.models.redaction import redact, shown_cause
from nbdspy.runtime import Held, portal

_MODES = ("text", "structured")


class Session(Protocol):
    """What calls the tools of a server."""

    async def call_tool(self, name: str, arguments: dict[str, Any] | None = None) -> Any:
        """The server's result."""


class OnPortal:
    """A session that was opened on the portal's loop; it takes calls from every loop.

    `keeps` is what holds it open, and must not be let go while somebody may still call.
    """

    def __init__(self, session: Session, *, keeps: Held[Any]) -> None:
        self._session = session
        self._keeps = keeps

    async def call_tool(self, name: str, arguments: dict[str, Any] | None = None) -> Any:
        """The server's result.

        Raises:
            ToolError: When the server was closed.
        """
        if not self._keeps.is_open:
            raise ToolError(
                f"{name} cannot be called: its MCP server was closed, by `close()` or at the end of its `with` block.",
                hint="Call it inside of the block, or write tools = nbdspy.mcp_tools(...) and close them later.",
            )
        return await portal.arun(self._session.call_tool(name, arguments=arguments))


class OnOneLoop:
    """A session that somebody opened on the loop that runs now; calls from others would never be answered."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._loop = _running_loop()

    async def call_tool(self, name: str, arguments: dict[str, Any] | None = None) -> Any:
        """The server's result.

        Raises:
            UsageError: On another loop; says what to write.
        """
        if self._loop not in (None, _running_loop()):
            raise UsageError(
                f"The MCP session of {name} was opened on another loop, where it has to be called.",
                hint="Write `await tool.acall(...)` there, or open the server with nbdspy.mcp_tools(...).",
            )
        return await self._session.call_tool(name, arguments=arguments)


def function_of(session: Session, name: str, result_mode: str) -> Callable[..., Awaitable[Any]]:
    """The function that calls a tool of a server."""
    if result_mode not in _MODES:
        raise UsageError(f"There is no result mode {result_mode!r}.", hint=f"Write {' or '.join(map(repr, _MODES))}.")
    bound = session if isinstance(session, OnPortal) else OnOneLoop(session)

    async def call(**arguments: Any) -> Any:
        try:
            result = await bound.call_tool(name, arguments)
        except NbdspyError:
            raise
        except Exception as error:  # of the client, the transport or the server
            raise ToolError(f"{name} got no answer from its MCP server: {in_short(error)}") from shown_cause(error)
        return _value_of(result, name, result_mode)

    return call


def either(thing: Any, *names: str) -> Any:
    """The first attribute that a thing has, or None: the package's second version renamed some."""
    return next((getattr(thing, name) for name in names if hasattr(thing, name)), None)


def in_short(error: BaseException) -> str:
    """The words of an error, of the first one in a group, in a line and without keys; or its name when it has none."""
    first = first_of(error)
    return render.short(redact(words_of(first))) or type(first).__name__


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _value_of(result: Any, name: str, result_mode: str) -> Any:
    values = [_content(part) for part in result.content]
    if either(result, "is_error", "isError"):
        said = redact("\n".join(map(str, values)))
        raise ToolError(f"{name} failed: {said}" if said else f"{name} failed.")
    if result_mode == "structured" and _is_structured(result):
        return either(result, "structured_content", "structuredContent")
    return values[0] if len(values) == 1 else values or None


def _is_structured(result: Any) -> bool:
    """Whether JSON came besides, which may be null."""
    fields = {"structured_content", "structuredContent"}
    return bool(fields & getattr(result, "model_fields_set", set())) or either(result, *sorted(fields)) is not None


def _content(part: Any) -> Any:
    """One piece of a result: a text as it is, bytes as what a prompt can show, a link as its address."""
    from nbdspy.types import Audio, File, Image

    match part.type:
        case "text":
            return part.text
        case "image":
            return Image(base64.b64decode(part.data))
        case "audio":
            kind = either(part, "mime_type", "mimeType").rpartition("/")[2]
            return Audio(data=part.data, audio_format=kind)
        case "resource" if hasattr(part.resource, "text"):
            return part.resource.text
        case "resource":
            mime = either(part.resource, "mime_type", "mimeType")
            name = str(part.resource.uri).rpartition("/")[2]
            return File.from_bytes(base64.b64decode(part.resource.blob), filename=name, mime_type=mime)
        case "resource_link":
            return str(part.uri)
    return part
