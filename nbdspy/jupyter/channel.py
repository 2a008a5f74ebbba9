"""What pages and this kernel say to each other while a cell runs, on comms that the pages open.

JupyterLab sends what it says on a comm over a subshell of the kernel, which answers while the main one is busy. But
ipykernel hands what a page says on a comm to the shell that the kernel last spoke on it from. So a widget shows, and a
comm of its own hears; and what is said on such a comm is said as from the subshell that heard the page.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextvars import copy_context
from typing import Any, Final

TARGET: Final = "nbdspy"
GONE: Final = {"gone": True}
"""Said to a page that speaks to whom nobody answers for any more."""


class Page:
    """The other end of one comm; safe between threads.

    Args:
        channel: The comm, on the thread on which the page opened it.
    """

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._context = copy_context()  # in which ipykernel knows the subshell that heard the page
        self._ending = threading.Lock()
        self._ends: list[Callable[[], object]] = []
        self.is_open = True
        channel.on_close(lambda _: self._close())

    def say(self, said: Mapping[str, Any]) -> None:
        """Tell the page something, from whichever thread; nothing to one that has gone."""
        if self.is_open:
            self._context.copy().run(self._channel.send, dict(said))

    def when_closed(self, tell: Callable[[], object]) -> None:
        """Call a function once the page has gone: at once when it has."""
        with self._ending:
            if self.is_open:
                self._ends.append(tell)
                return
        tell()

    def _close(self) -> None:
        with self._ending:
            self.is_open = False
            ends, self._ends = self._ends, []
        for tell in ends:
            tell()


Hear = Callable[[Mapping[str, Any], Page], None]

_listeners: dict[str, Hear] = {}


def listen(address: str, hear: Hear) -> Callable[[], None]:
    """Have a function told what pages say to an address, and which page; the answer ends that.

    It is called on whichever thread the page's messages come.
    """
    import comm

    comm.get_comm_manager().register_target(TARGET, _opened)
    _listeners[address] = hear
    return lambda: _forget(address, hear)


def _forget(address: str, hear: Hear) -> None:
    if _listeners.get(address) is hear:  # else another has come in its stead
        del _listeners[address]


def _opened(channel: Any, message: Mapping[str, Any]) -> None:
    """A page opened a comm; its first message says to whom it will speak."""
    address = str(_said(message).get("to"))
    page = Page(channel)

    def told(message: Mapping[str, Any]) -> None:
        if (hear := _listeners.get(address)) is not None:
            hear(_said(message), page)
        else:  # it has just ended
            page.say(GONE)

    channel.on_msg(told)
    told(message)


def _said(message: Mapping[str, Any]) -> Mapping[str, Any]:
    said = message["content"]["data"]
    return said if isinstance(said, Mapping) else {}
