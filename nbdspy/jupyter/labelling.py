"""The form of labelling: one row at a time, by keyboard."""

from __future__ import annotations

import threading
from typing import Any, Final

import ipywidgets as widgets

from nbdspy.errors import UsageError
from nbdspy.forms import Labels
from nbdspy.jupyter.controls import control
from nbdspy.jupyter.form import Form, button, keys, sentence
from nbdspy.jupyter.screen import Screen
from nbdspy.runtime import begin
from nbdspy.views import labels as drawing

AHEAD: Final = 3
"""Rows after the one to label that the program is asked about meanwhile."""

ACTIONS: Final = {"s": "skip", "b": "back", "ArrowLeft": "back", "f": "forward", "ArrowRight": "forward"}
DIGITS: Final = {str(digit): "choose" for digit in range(1, 10)}
LEGEND: Final = {
    "Enter": "accept", "Ctrl+Enter": "accept, in a text", "1–9": "choose", "s": "skip", "b ←": "back", "f →": "forward",
    "Tab": "to a field", "Esc": "to the buttons",
}  # fmt: skip


class LabelForm:
    """Shows the row to label, and takes what is said of it.

    The program is asked for proposals in the background: for this row and a few after it.

    Args:
        labels: What is labelled.
        screen: Where to show it.
        said: A sentence to begin with.
    """

    def __init__(self, labels: Labels, screen: Screen, *, said: str = "") -> None:
        self.labels = labels
        self._lock = threading.RLock()
        self._is_asking = False
        self._head = widgets.HTML()
        self._said = widgets.HTML(sentence(said))
        self.controls = {name: control(field) for name, field in labels.outputs.items()}
        self._shown: dict[str, Any] = {}
        self._drawn_at = -1
        self.buttons = {
            "accept": button("Accept", self.accept, tip="The fields are right: on to the next row", is_main=True),
            "skip": button("Skip", self.skip, tip="Leave this row without a label"),
            "back": button("Back", self.back, tip="To the row before"),
            "forward": button("Forward", self.forward, tip="To the row after"),
            "done": button("Done", self.close, tip="Close the form; what was labelled stays on the page"),
        }
        parts = [
            self._head,
            *(one.box for one in self.controls.values()),
            widgets.HBox(list(self.buttons.values()), layout={"flex_flow": "row wrap"}),
            self._said,
        ]
        self._draw()
        self._form = Form(
            screen, parts, legend=LEGEND, record=lambda: drawing.card(labels), is_open=True,
            keys=keys(self._do, enter="accept", **ACTIONS, **DIGITS),
        )  # fmt: skip
        self._propose()

    def accept(self) -> None:
        """Take what stands in the fields as this row's label."""
        with self._lock:
            labels, at = self.labels, self.labels.position
            if labels.is_over:
                return
            before = labels.given(at)
            is_known, values = labels.is_known(at), {}
            for name, one in self.controls.items():
                said = one.read()
                if said != self._shown.get(name) or not is_known:
                    values[name] = said
                elif before is not None and name in before.values:
                    values[name] = before.values[name]
            self._try(lambda: labels.correct(**values), f"{labels.progress}: labelled")

    def skip(self) -> None:
        """Leave this row without a label."""
        with self._lock:
            if not self.labels.is_over:
                self._try(self.labels.skip, f"{self.labels.progress}: skipped")

    def back(self) -> None:
        """To the row before."""
        self._try(self.labels.back, "")

    def forward(self) -> None:
        """To the row after."""
        self._try(self.labels.forward, "")

    def choose(self, number: int) -> None:
        """The choice of that number, from 1, of the first field that has any."""
        for one in self.controls.values():
            if isinstance(one.entry, widgets.Dropdown):
                if number < len(one.entry.options):
                    one.entry.index = number
                return

    def close(self) -> None:
        """Leave what was labelled on the page."""
        self._form.close()

    def _do(self, what: str, key: str) -> None:
        if what == "choose":
            self.choose(int(key))
        elif what in self.buttons:
            getattr(self, what)()

    def _try(self, do: Any, said: str) -> None:
        """Do it and show the next row; a mistake is said, and nothing is lost."""
        with self._lock:
            try:
                do()
            except UsageError as error:
                self._said.value = sentence(str(error), is_doubt=True)
                return
            self._said.value = sentence(said)
            self._draw()
            self._form.keep()
        self._propose()

    def _draw(self) -> None:
        """Show the row; where only its proposal has come, what was typed meanwhile stays."""
        labels = self.labels
        self._head.value = drawing.row_card(labels).html()
        is_same = self._drawn_at == labels.position
        self._drawn_at = labels.position
        values = {}
        if not labels.is_over:
            said = labels.given(labels.position)
            values = {
                **(labels.proposal if labels.is_known(labels.position) else {}),
                **({} if said is None else said.values),
            }
        for name, one in self.controls.items():
            one.entry.disabled = labels.is_over
            if not (is_same and one.read() != self._shown.get(name)):
                one.show(values.get(name))
                self._shown[name] = one.read()
        for what, pressed in self.buttons.items():
            ends = {"back": labels.position == 0}.get(what, labels.is_over and what != "done")
            pressed.disabled = ends

    def _propose(self) -> None:
        with self._lock:
            if self._is_asking or self._next_unknown() is None:
                return
            self._is_asking = True
        begin(self._ask)

    def _ask(self) -> None:
        while True:
            with self._lock:
                at = self._next_unknown()
                if at is None:
                    self._is_asking = False
                    return
            self.labels.proposal_of(at)
            with self._lock:
                if at == self.labels.position and not self._form.is_closed:
                    self._form.change(self._draw)

    def _next_unknown(self) -> int | None:
        """The next row to ask the program about."""
        if self._form.is_closed:
            return None
        near = range(self.labels.position, min(self.labels.position + 1 + AHEAD, len(self.labels)))
        return next((at for at in near if self.labels.given(at) is None and not self.labels.is_known(at)), None)
