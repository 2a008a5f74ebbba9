"""Streams of leaves that answer only as a whole."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator

from nbdspy.models.messages import Reply, Request


class AnswersWhole:
    """For a leaf with `send` and `asend`: what it streams is one piece. It holds nothing that was opened."""

    def send(self, request: Request) -> Reply:
        """Answer on this thread."""
        raise NotImplementedError

    async def asend(self, request: Request) -> Reply:
        """Answer on the running loop."""
        raise NotImplementedError

    def stream(self, request: Request) -> Generator[str, None, Reply]:
        """The whole text as one piece, and the reply."""
        reply = self.send(request)
        yield reply.text
        return reply

    async def astream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        """The whole text as one piece, then the reply."""
        reply = await self.asend(request)
        yield reply.text
        yield reply

    def load(self) -> None:
        """There is nothing to load."""

    def close(self) -> None:
        """There is nothing to give back."""
