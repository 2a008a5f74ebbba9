"""A form of widgets on a page, and beside it what stays there when neither kernel nor widgets are."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextvars import copy_context
from functools import cache
from pathlib import Path
from typing import Any, Final

import ipywidgets as widgets

from nbdspy import render
from nbdspy.jupyter.channel import listen
from nbdspy.jupyter.live import close, view_of
from nbdspy.jupyter.screen import Screen
from nbdspy.runtime import whole_import
from nbdspy.views import palette
from nbdspy.views.drawing import Card, drawn

Do = Callable[[str, str], None]
"""Told what a key means, and which it was."""

KEPT: Final = "What stays in the notebook"
HIDING: Final = (
    "<style>.jp-OutputArea-child:has(+ .jp-OutputArea-child details[data-record])"
    " > .jp-OutputArea-output:not(:has(*)){display:none}</style>"
)
"""Hides the output before a record while it holds no element: no form, but a sentence on a widget that is gone."""
WAITS: Final = "while a cell runs, the form waits"
NOTHING: Final = {"text/plain": "", "text/html": ""}
"""An output that shows nothing; one without any content makes exporters complain."""


class Form:
    """Shows widgets, and under them a record that needs no kernel; when it is closed only the record is left.

    A page without its kernel cannot show a widget, and prefers it to all else that stands in the same output. So the
    record has an output of its own until then, and hides what a page says of the widget that it does not find.

    Once a page says that it shows the form, over a subshell, the form is heard while a cell runs: ipykernel hands what
    is said to a widget to the shell for which the widget has last spoken. So all of them speak whenever that is another
    one: on two of them a key could come before the value that was typed before it.

    Args:
        screen: Where to show it.
        parts: The widgets.
        keys: The widget that hears the keys, which says that somebody is here.
        legend: What keys mean, for readers.
        record: Draws what was done so far.
        is_open: Whether the record stands open under the form.
    """

    def __init__(
        self, screen: Screen, parts: list[Any], *, keys: Any, legend: Mapping[str, str], record: Callable[[], Card],
        is_open: bool,
    ) -> None:  # fmt: skip
        self._screen = screen
        self._record = record
        self._is_open = is_open
        self._legend = legend
        self._lock = threading.RLock()
        self._context = copy_context()
        self._subshell: str | None = None
        self.is_closed = False
        self.legend = widgets.HTML(_legend(legend, WAITS))
        self.box = widgets.VBox([*parts, self.legend, keys], layout={"max_width": "860px"})
        self.box.add_class("nbdspy-form")
        self._silence = listen(keys.address, lambda *_: self._follow())
        for widget in all_of(self.box):
            widget.on_msg(lambda *_: self._follow())
            if widget.has_trait("value"):
                widget.observe(lambda _: self._follow(), names="value")
        self._at_form, self._at_record = screen.spot(), screen.spot()
        self._at_form({**NOTHING, **view_of(self.box)})
        self._at_record(self._kept())

    def change(self, change: Callable[[], object]) -> None:
        """Change widgets from a thread that nobody's press has begun, so that they are still heard afterwards."""
        with self._lock:
            self._context.copy().run(change)

    def keep(self) -> None:
        """Draw the record anew."""
        with self._lock:
            if not self.is_closed:
                self._at_record(self._kept())

    def close(self) -> None:
        """Put the record into the form's place, and take the widgets away."""
        with self._lock:
            if self.is_closed:
                return
            self.is_closed = True
            self._silence()
            self._at_form({**self._record().bundle()})
            self._at_record(dict(NOTHING))
            for widget in all_of(self.box):
                close(widget)

    def _follow(self) -> None:
        """Be heard from now on where this is called, if that is another subshell than before."""
        with self._lock:
            where = self._screen.subshell
            if self.is_closed or where in (None, self._subshell):
                return
            self._subshell = where
            self._context = copy_context()
            for widget in all_of(self.box):
                widget.send({})  # says nothing, for this subshell
            self.legend.value = _legend(self._legend)

    def _kept(self) -> dict[str, Any]:
        card = self._record()
        html = drawn("record.html", summary=KEPT, card=card.html(), is_open=self._is_open)
        return {**card.bundle(), "text/html": HIDING + html}


def keys(do: Do, *, enter: str, **meant: str) -> Any:
    """The widget that hears a form's keys.

    Args:
        do: Told what a key means.
        enter: What Enter means in a field, or Control and Enter in one of several lines.
        **meant: What single keys mean on the form's buttons.
    """
    made = _keys_type()(address=uuid.uuid4().hex, enter=enter, meant=meant)
    made.on_msg(lambda _, said, __: do(str(said.get("do", "")), str(said.get("key", ""))))
    return made


def button(text: str, do: Callable[[], None], *, tip: str, is_main: bool = False) -> Any:
    """A button; the main one is where Escape leads."""
    made = widgets.Button(
        description=text, tooltip=tip, button_style="primary" if is_main else "", layout={"width": "auto"}
    )
    if is_main:
        made.add_class("nbdspy-main")
    made.on_click(lambda _: do())
    return made


def sentence(text: str, *, is_doubt: bool = False) -> str:
    """A line that a screen reader says when it changes."""
    colour = palette.DOUBT if is_doubt else palette.QUIET
    said = render.escape(render.visible(text))
    return f'<div role="status" style="font-size:13px;line-height:1.5;white-space:pre-wrap;color:{colour}">{said}</div>'


def _legend(meant: Mapping[str, str], *more: str) -> str:
    """The keys of a form, said on it."""
    kbd = f"border:1px solid {palette.LINE};border-radius:4px;padding:0 5px;font-size:12px"
    shown = [
        f'<span style="white-space:nowrap"><kbd style="{kbd}">{render.escape(key)}</kbd> {render.escape(text)}</span>'
        for key, text in meant.items()
    ]
    return f'<div style="font-size:12.5px;line-height:1.9;color:{palette.QUIET}">{" · ".join([*shown, *more])}</div>'


def all_of(widget: Any) -> Iterator[Any]:
    """The parts of a widget, and the widget."""
    for child in getattr(widget, "children", ()):
        yield from all_of(child)
    yield widget


@cache
def _keys_type() -> type[Any]:
    whole_import("anywidget")
    import anywidget
    import traitlets

    class Keys(anywidget.AnyWidget):
        _esm = Path(__file__).with_name("keys.js")
        address = traitlets.Unicode().tag(sync=True)
        enter = traitlets.Unicode().tag(sync=True)
        meant = traitlets.Dict().tag(sync=True)

    return Keys
