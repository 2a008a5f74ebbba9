"""What pages say to this kernel while a cell runs, on comms that the pages open.

JupyterLab sends what it says on a comm over a subshell of the kernel, which answers while the main one is busy. But
ipykernel hands the answers to a comm on which it has itself spoken to the shell that it spoke from, which is the busy
one. So a widget shows, and a comm of its own hears.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

TARGET: Final = "nbdspy"

Hear = Callable[[Mapping[str, Any]], None]

_listeners: dict[str, Hear] = {}


def listen(address: str, hear: Hear) -> Callable[[], None]:
    """Have a function told what pages say to an address; the answer ends that.

    It is called on whichever thread the page's messages come.
    """
    import comm

    comm.get_comm_manager().register_target(TARGET, _opened)
    _listeners[address] = hear
    return lambda: _forget(address)


def _forget(address: str) -> None:
    _listeners.pop(address, None)


def _opened(channel: Any, message: Mapping[str, Any]) -> None:
    """A page opened a comm; its first message says to whom it will speak."""
    address = str(_said(message).get("to"))

    def told(message: Mapping[str, Any]) -> None:
        if (hear := _listeners.get(address)) is not None:  # else it has just ended
            hear(_said(message))

    channel.on_msg(told)
    told(message)


def _said(message: Mapping[str, Any]) -> Mapping[str, Any]:
    said = message["content"]["data"]
    return said if isinstance(said, Mapping) else {}
