"""A real MCP server for the tests: over its standard streams, or over HTTP on a port of this machine."""

from __future__ import annotations

import base64
import enum
import os
import sys
import time
from typing import Any, Literal

import pydantic
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
)

server = MCPServer("library", log_level="ERROR")
PIXEL = base64.b64encode(bytes.fromhex("89504e470d0a1a0a")).decode()
SOUND = base64.b64encode(b"RIFF....WAVEfmt ").decode()


class Mood(enum.Enum):
    DRY = "dry"
    WARM = "warm"


class Author(pydantic.BaseModel):
    name: str
    born: int | None = None


class Order(pydantic.BaseModel):
    titles: list[str]
    author: Author
    mood: Mood = Mood.DRY


class Shelf(pydantic.BaseModel):
    label: str
    inner: list[Shelf] = []


@server.tool()
def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b


@server.tool()
def order(order: Order, kind: Literal["loan", "sale"], note: str | None = None) -> str:
    """Order books."""
    return f"{kind} of {order.titles[0]} by {order.author.name}, {order.mood.value}, {note}"


@server.tool()
def depth(shelf: Shelf) -> int:
    """How deep shelves stand in each other."""
    return 1 + max((depth(inner) for inner in shelf.inner), default=0)


@server.tool(name="shelf.clear-all")
def clear() -> None:
    """Clear the shelf."""


@server.tool()
def fails(why: str) -> str:
    """Fail."""
    raise ToolError(why)


@server.tool()
def media(kind: str) -> CallToolResult:
    """Something that is no text."""
    contents: dict[str, Any] = {
        "image": ImageContent(type="image", data=PIXEL, mime_type="image/png"),
        "audio": AudioContent(type="audio", data=SOUND, mime_type="audio/wav"),
        "text": TextContent(type="text", text="a text"),
        "note": EmbeddedResource(
            type="resource", resource=TextResourceContents(uri="note://a", text="a note", mime_type="text/plain")
        ),
        "terms": EmbeddedResource(
            type="resource",
            resource=BlobResourceContents(uri="file:///terms.pdf", blob=PIXEL, mime_type="application/pdf"),
        ),
        "link": ResourceLink(type="resource_link", uri="file:///terms.pdf", name="terms"),
    }
    return CallToolResult(content=[contents[name] for name in kind.split()])


@server.tool()
def both() -> CallToolResult:
    """A text, and JSON besides."""
    return CallToolResult(content=[TextContent(type="text", text="three")], structured_content={"count": 3})


@server.tool()
def sleeps(seconds: float) -> str:
    """Take long."""
    time.sleep(seconds)
    return "awake"


@server.tool()
def dies() -> str:
    """End the whole server."""
    os._exit(3)


if __name__ == "__main__":
    if sys.argv[1:]:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        server.run("stdio")
