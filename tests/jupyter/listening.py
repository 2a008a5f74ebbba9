"""The other end of a comm: what the kernel tells a side panel."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from comm import get_comm_manager


class Channel:
    """A comm whose other end this is: what the kernel said on it."""

    def __init__(self, first: Any) -> None:
        self.heard: list[dict[str, Any]] = []
        self._asked = count(1)
        get_comm_manager().targets["nbdspy"](self, {"content": {"data": first}})

    def on_msg(self, told: Any) -> None:
        self._told = told

    def on_close(self, closed: Any) -> None:
        self.close = lambda: closed({})

    def send(self, said: Any) -> None:
        self.heard.append(json.loads(json.dumps(said)))

    def request(self, **asked: Any) -> None:
        self._told({"content": {"data": asked}})

    def ask(self, **asked: Any) -> dict[str, Any]:
        """The answer of the kernel."""
        number = next(self._asked)
        self.request(id=number, **asked)
        (answer,) = [said for said in self.heard if said.get("answer") == number]
        return answer

    def changes(self, section: str) -> list[Any]:
        """What the section became, each time."""
        return [said["changed"][section] for said in self.heard if section in said.get("changed", {})]


def watch(*sections: str) -> Channel:
    """A page that wants to know of some sections, or of all."""
    return Channel({"to": "panel", "id": 0, "do": "watch", **({"sections": list(sections)} if sections else {})})


def told(channel: Channel) -> dict[str, Any]:
    """The sections as a page was told them first."""
    first: dict[str, Any] = channel.heard[0]["said"]["sections"]
    return first
