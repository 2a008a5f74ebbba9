"""The widget of a live card: it takes the fragments that changed, and carries buttons back."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from nbdspy.jupyter.channel import listen
from nbdspy.runtime import whole_import
from nbdspy.views.drawing import Card

MIMETYPE: Final = "application/vnd.jupyter.widget-view+json"
KEPT: Final = "application/vnd.nbdspy.live.v1+json"
"""Tells our extension that the same output holds a card to be read where the widget is gone."""

ENVELOPE: Final = 1_000  # bytes of a message beside its content: what it is, when it was sent, and what it answers

Press = Callable[[str, str], None]
"""Told which button was pressed, and what was typed beside it; on whichever thread the page's messages come."""


def view_of(widget: Any) -> dict[str, Any]:
    """What stands in an output for a widget."""
    return {MIMETYPE: {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}}


def close(widget: Any) -> None:
    """Take a widget out of every page and out of what a page would save, with what it is laid out and styled by."""
    widget.close()
    for name in ("layout", "style"):
        part = getattr(widget, name, None)
        if part is not None:
            part.close()


def size_of(content: Mapping[str, Any]) -> int:
    """About how many bytes a message with such a content has on its way to a page."""
    return ENVELOPE + len(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))


class LiveCard:
    """One card in a page, from its first state until it is closed.

    Args:
        card: How it looks at first.
        press: Told of its buttons.
        lost: What a page puts above it, in the buttons' stead, when its kernel is gone; HTML.
    """

    def __init__(self, card: Card, press: Press, *, lost: str = "") -> None:
        self._press = press
        self._shown = dict(card.fragments)
        address = uuid.uuid4().hex
        self._widget = _widget_type()(
            model_id=address, address=address, frame=card.frame(), fragments=dict(self._shown),
            order=list(self._shown), lost=lost,
        )  # fmt: skip
        self._widget.on_msg(lambda _, said, __: self._hear(said))
        self._silence = listen(address, lambda said, _: self._hear(said))
        self.is_seen = False
        self.is_over_kept = False
        """Whether the page would not draw it anew when the card is that stands in the same output."""

    @property
    def bundle(self) -> dict[str, Any]:
        """What stands in an output for it."""
        return {KEPT: {}, **view_of(self._widget)}

    @property
    def size(self) -> int:
        """About how many bytes it takes to send all that it shows."""
        return size_of(self._shown)

    def change(self, card: Card) -> dict[str, Any]:
        """What a page has to be told to show a later state; nothing where it looks the same."""
        fragments = dict(card.fragments)
        changed = {name: html for name, html in fragments.items() if self._shown.get(name) != html}
        is_same = not changed and list(fragments) == list(self._shown)
        return {} if is_same else {"changed": changed, "order": list(fragments)}

    def patch(self, change: Mapping[str, Any]) -> None:
        """Tell it what changed."""
        self._shown = {name: change["changed"].get(name, self._shown.get(name)) for name in change["order"]}
        self._widget.fragments.clear()  # in place, so that it is not sent: a view that opens later asks for it
        self._widget.fragments.update(self._shown)
        self._widget.order[:] = change["order"]
        self._widget.send(change)

    def close(self) -> None:
        """Take it out of the page, and out of what the page would save."""
        self._silence()
        close(self._widget)

    def _hear(self, said: Mapping[str, Any]) -> None:
        match said:
            case {"do": "here"}:
                self.is_seen = True
                self.is_over_kept = said.get("over") == "kept"
            case {"do": str(what)}:
                self._press(what, str(said.get("text", "")))


@cache
def _widget_type() -> type[Any]:
    """Made when the first card goes live: what widgets need takes longer to load than the whole extension."""
    whole_import("anywidget")
    import anywidget
    import traitlets

    class Live(anywidget.AnyWidget):
        _esm = Path(__file__).with_name("live.js")
        address = traitlets.Unicode().tag(sync=True)
        frame = traitlets.Unicode().tag(sync=True)
        fragments = traitlets.Dict().tag(sync=True)
        order = traitlets.List(traitlets.Unicode()).tag(sync=True)  # in a saved notebook names are sorted
        lost = traitlets.Unicode().tag(sync=True)

    return Live
