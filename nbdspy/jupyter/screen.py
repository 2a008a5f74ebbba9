"""What a cell shows: objects of nbdspy as cards, and each of them once."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from IPython.core.formatters import DisplayFormatter, PlainTextFormatter
from IPython.core.interactiveshell import InteractiveShell
from IPython.lib.pretty import RepresentationPrinter

from nbdspy.jupyter.frontend import Frontend, frontend
from nbdspy.jupyter.preferences import NbDspy

if TYPE_CHECKING:
    from nbdspy.jupyter.live import Press
    from nbdspy.jupyter.place import Place
    from nbdspy.views import Card

SHOWN_TYPES: Final = (
    "nbdspy.signatures.signature.SignatureType",
    "nbdspy.data.prediction.Prediction",
    "nbdspy.modules.module.Module",
    "nbdspy.types.tool.Tool",
    "nbdspy.modules.prompts.Prompt",
    "nbdspy.observe.traces.Trace",
    "nbdspy.observe.listed.Listed",
    "nbdspy.models.base_lm.BaseLM",
    "nbdspy.checks.results.Checked",
    "nbdspy.evaluation.results.EvaluationResult",
    "nbdspy.evaluation.selection.Selection",
    "nbdspy.evaluation.comparison.Comparison",
    "nbdspy.forms.labels.Labels",
    "nbdspy.forms.playground.Playground",
    "nbdspy.optimizers.plans.Plan",
    "nbdspy.optimizers.results.Result",
    "nbdspy.plots.scores.ScorePlot",
    "nbdspy.plots.groups.GroupPlot",
    "nbdspy.plots.confusion.ConfusionPlot",
    "nbdspy.plots.comparison.ComparisonPlot",
    "nbdspy.optimizers.run.Run",
    "nbdspy.optimizers.begun.BegunRuns",
    "nbdspy.optimizers.deleting.KeptRuns",
    "nbdspy.optimizers.deleting.Deleted",
    "nbdspy.views.prompt.PromptDiff",
    "nbdspy.views.programs.Programs",
    "nbdspy.views.programs.ProgramDiff",
    "nbdspy.views.status.Status",
    "nbdspy.views.status.Checkup",
    "nbdspy.views.status.Help",
)
"""By name, so that showing one kind of thing loads only what that kind needs."""

_display_numbers = itertools.count(1)


class Screen:
    """The output of one shell's cells."""

    def __init__(self, shell: InteractiveShell, preferences: NbDspy) -> None:
        self._shell = shell
        self._preferences = preferences
        self._notes: dict[int, tuple[str, ...]] = {}

    def install(self) -> None:
        """Show objects of nbdspy as cards from now on."""
        formatter = self._formatter.mimebundle_formatter
        for name in SHOWN_TYPES:
            formatter.for_type(name, self._present)
        self._text_formatter.for_type(SHOWN_TYPES[0], self._print)  # type: ignore[no-untyped-call]
        self._shell.events.register("post_run_cell", self._cell_ended)

    def remove(self) -> None:
        """Show them as IPython does by itself."""
        formatter = self._formatter.mimebundle_formatter
        for name in SHOWN_TYPES:
            formatter.pop(name, None)
        self._text_formatter.pop(SHOWN_TYPES[0], None)  # type: ignore[no-untyped-call]
        self._shell.events.unregister("post_run_cell", self._cell_ended)
        self._cell_ended()

    @property
    def frontend(self) -> Frontend:
        """Who is looking."""
        return frontend(self._shell, self._preferences.preferred("mode"))

    @property
    def subshell(self) -> str | None:
        """The subshell of the kernel that is answering here, or for which this work was begun; None on the main one."""
        kernel = getattr(self._shell, "kernel", None)
        header = {} if kernel is None else kernel.get_parent().get("header", {})
        name: str | None = header.get("subshell_id")
        return name

    def bundle(self, thing: Any, notes: tuple[str, ...] = ()) -> dict[str, Any]:
        """A thing as this screen shows it, with sentences under it."""
        from nbdspy import views

        shown = views.bundle(_told_more(thing), volatile=self.frontend != "static")
        return views.with_notes(shown, notes) if notes else shown

    def show(self, value: Any, view: Any = None, *, notes: tuple[str, ...] = ()) -> None:
        """Show what a cell is about to return, with notes under it.

        It is shown at once, wherever in its cell the magic stands, as `view` where that says more; when the value is
        the cell's too, it is not shown again.
        """
        self.publish(self.bundle(value if view is None else view, notes))
        self.hush(value)

    def publish(self, bundle: dict[str, Any]) -> None:
        """Show a bundle now."""
        self._send(bundle)

    def place(
        self, first: Card, *, press: Press | None = None, hint: str = "", remedy: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> Place:  # fmt: skip
        """Show something that will change.

        Args:
            first: How it looks now.
            press: Told of the card's buttons; None of a card that has none.
            hint: A sentence for pages where buttons do not work.
            remedy: How to go on when the kernel is gone.
            clock: Seconds.
        """
        from nbdspy.jupyter.live import LiveCard
        from nbdspy.jupyter.place import Place, lost

        publish = self.spot()
        has_kernel = getattr(self._shell, "kernel", None) is not None
        told = press or (lambda what, text: None)
        live = LiveCard(first, told, lost=lost(remedy)) if has_kernel else None
        return Place(publish, first, live=live, hint=hint, remedy=remedy, clock=clock)

    def spot(self) -> Callable[[dict[str, Any]], None]:
        """A place for bundles: the first is shown where the cell stands, and each later one in its stead, whenever."""
        context = copy_context()  # in which a page knows the cell that this belongs to
        where = {"transient": {"display_id": f"nbdspy-{next(_display_numbers)}"}, "update": False}

        def publish(bundle: dict[str, Any]) -> None:
            context.copy().run(self._send, bundle, **where)
            where["update"] = True

        return publish

    def hush(self, value: Any) -> None:
        """Show nothing, and write no prompt, when this cell's value is this one: it is on the screen already."""
        hook = sys.displayhook
        if isinstance(hook, _Hushed):
            hook.values[id(value)] = value
        elif hook is self._shell.displayhook:  # else no cell runs
            sys.displayhook = _Hushed(self._shell.displayhook, {id(value): value})

    def note(self, value: Any, *notes: str) -> None:
        """Sentences to show under a value when this cell displays it."""
        self._notes[id(value)] = notes

    @property
    def _formatter(self) -> DisplayFormatter:
        assert self._shell.display_formatter is not None
        return self._shell.display_formatter

    def _present(self, thing: Any) -> dict[str, Any]:
        return self.bundle(thing, self._notes.get(id(thing), ()))

    def _print(self, thing: Any, printer: RepresentationPrinter, cycle: bool) -> None:
        """The text of a signature: IPython has a printer of its own for classes, which would win over the bundle's."""
        text = self._present(thing)["text/plain"] if len(printer.stack) <= 1 else repr(thing)
        printer.text(text)  # type: ignore[no-untyped-call]

    @property
    def _text_formatter(self) -> PlainTextFormatter:
        return self._formatter.formatters["text/plain"]  # type: ignore[no-any-return]

    def _cell_ended(self, *_: Any) -> None:
        """Ids are only good while their cell runs."""
        self._notes.clear()

    def _send(self, bundle: dict[str, Any], **how: Any) -> None:
        self._shell.display_pub.publish(bundle, metadata={}, **how)


@dataclass(frozen=True, slots=True)
class _Hushed:
    """Python's display hook for the rest of a cell; IPython puts its own back when the cell has ended.

    IPython's writes `Out[n]:` before it asks a value how it is shown; the values that are hushed only go to `_`.
    """

    hook: Any  # IPython's, which has no types
    values: dict[int, Any]

    def __call__(self, value: Any = None) -> None:
        if self.values.pop(id(value), None) is None:
            self.hook(value)
            return
        self.hook.check_for_underscore()
        self.hook.update_user_ns(value)
        self.hook.fill_exec_result(value)


def _told_more(thing: Any) -> Any:
    """A model is shown with what was spent, a program with the compile that it came out of, a replay as what it is."""
    from nbdspy.data import Prediction
    from nbdspy.models import BaseLM
    from nbdspy.modules import Module

    if isinstance(thing, BaseLM):
        from nbdspy.jupyter.status import model_status

        return model_status(thing)
    if isinstance(thing, Module) and "nbdspy.optimizers.begun" in sys.modules:  # else nothing was compiled
        from nbdspy.jupyter.descent import compiled

        return compiled(thing)
    if isinstance(thing, Prediction) and "nbdspy.observe.recent" in sys.modules:  # else nothing has run
        from nbdspy.jupyter.descent import replayed

        return replayed(thing)
    return thing
