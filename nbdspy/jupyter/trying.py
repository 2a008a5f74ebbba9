"""The form of a playground: inputs, run, the answer, and keeping it as an example."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

import ipywidgets as widgets

from nbdspy.errors import UsageError
from nbdspy.evaluation.results import outputs_of
from nbdspy.forms import Playground, Trial
from nbdspy.jupyter.controls import control
from nbdspy.jupyter.form import Form, button, keys, sentence
from nbdspy.jupyter.screen import Screen
from nbdspy.runtime import begin, stopped_when
from nbdspy.views import playground as drawing

RUN, STOP = "Run", "Stop"
LEGEND: Final = {"Ctrl+Enter": "run, in a field", "Tab": "to the next field", "Esc": "to Run"}


class PlaygroundForm:
    """Takes inputs, runs the programs in the background, and shows what they answer.

    Args:
        playground: What is tried.
        screen: Where to show it.
        said: A sentence to begin with.
    """

    def __init__(self, playground: Playground, screen: Screen, *, said: str = "") -> None:
        self.playground = playground
        self._lock = threading.RLock()
        self._halt: threading.Event | None = None  # of the try that goes on
        self._trial: Trial | None = None
        self._said = widgets.HTML(sentence(" · ".join(filter(None, [f"{playground.called}: fill in, then run", said]))))
        self.answers = widgets.HTML()
        self.inputs = {name: control(field) for name, field in playground.inputs.items()}
        self.run_button = button(RUN, self.run, tip="Ask with these inputs", is_main=True)
        self.outputs = {name: control(field) for name, field in playground.outputs.items()}
        self._shown: dict[str, Any] = {}
        names = [name for name, _ in playground.programs]
        self.whose = widgets.Dropdown(
            options=[(name, at) for at, name in enumerate(names)], value=0, description="answer of",
            style={"description_width": "112px"},
            layout={"width": "auto", "max_width": "840px", "display": None if len(names) > 1 else "none"},
        )  # fmt: skip
        self.whose.observe(lambda _: self._begin_keeping(), names="value")
        self.keep_button = button("Keep as example", self.keep, tip="Keep these inputs with what stands here")
        self.keeping = widgets.VBox(
            [
                widgets.HTML(sentence("Right, or corrected, the answer can be kept as an example:")),
                self.whose,
                *(one.box for one in self.outputs.values()),
                widgets.HBox([self.keep_button]),
            ],
            layout={"display": "none"},
        )
        parts = [
            *(one.box for one in self.inputs.values()),
            widgets.HBox([self.run_button, button("Done", self.close, tip="Close the form; what was tried stays")]),
            self._said,
            self.answers,
            self.keeping,
        ]
        self._volatile = screen.frontend != "static"
        self._form = Form(
            screen, parts, legend=LEGEND, record=lambda: drawing.card(playground), is_open=False,
            keys=keys(lambda what, _: self.run() if what == "run" and self._halt is None else None, enter="run"),
        )  # fmt: skip

    def run(self) -> None:
        """Run, or stop what runs."""
        with self._lock:
            if self._halt is not None:
                self._halt.set()
                self._rest("Stopped.")
                return
            try:
                inputs = self.playground.read({name: one.read() for name, one in self.inputs.items()})
            except UsageError as error:
                self._said.value = sentence(str(error), is_doubt=True)
                return
            self._halt = halt = threading.Event()
            self.run_button.description = STOP
            self.run_button.tooltip = "Stop waiting for the answer"
            self._said.value = sentence("Running …")
        begin(lambda: self._work(inputs, halt))

    def keep(self) -> None:
        """Keep the inputs with what stands in the outputs."""
        with self._lock:
            if self._trial is None:
                return
            said = {name: one.read() for name, one in self.outputs.items()}
            changed = {name: value for name, value in said.items() if value != self._shown.get(name)}
            try:
                self.playground.keep(trial=self._trial, of=self.whose.value, **changed)
            except UsageError as error:
                self._said.value = sentence(str(error), is_doubt=True)
                return
            kept = len(self.playground.examples)
            self._said.value = sentence(f"Kept, as {'a corrected ' if changed else 'an '}example: {kept:,} in all.")
            self._form.keep()

    def close(self) -> None:
        """Stop what runs, and leave what was tried on the page."""
        with self._lock:
            if self._halt is not None:
                self._halt.set()
            self._halt = None
        self._form.close()

    def _work(self, inputs: Mapping[str, Any], halt: threading.Event) -> None:
        """What runs in the background."""
        try:
            with stopped_when(halt.is_set):
                trial = self.playground.attempt(inputs)
        except KeyboardInterrupt:
            return
        with self._lock:
            self._form.change(lambda: self._take(trial, halt))

    def _take(self, trial: Trial, halt: threading.Event) -> None:
        """Show the answers, if somebody still waits for them; `_lock` is held."""
        if halt.is_set() or self._halt is not halt:
            return
        self._trial = trial
        self.answers.value = drawing.answers(trial, volatile=self._volatile)
        self._begin_keeping()
        self._form.keep()
        self._rest("Answered." if any(answer.prediction for answer in trial.answers) else "It failed.")

    def _rest(self, said: str) -> None:
        """Nothing runs any more."""
        self._halt = None
        self.run_button.description = RUN
        self.run_button.tooltip = "Ask with these inputs"
        self._said.value = sentence(said)

    def _begin_keeping(self) -> None:
        """Put the answer into the fields in which it can be corrected."""
        if self._trial is None:
            return
        answer = outputs_of(self._trial.answers[self.whose.value].prediction)
        for name, one in self.outputs.items():
            one.show(answer.get(name))
            self._shown[name] = one.read()
        self.keeping.layout.display = None
