"""Anything nbdspy can show, as a bundle by mimetype."""

from __future__ import annotations

from typing import Any

from nbdspy.checks import Checked
from nbdspy.data import Example, Prediction
from nbdspy.evaluation import Comparison, EvaluationResult, Selection
from nbdspy.forms import Labels, Playground
from nbdspy.modules import Module, Prompt
from nbdspy.observe import Listed, Trace
from nbdspy.optimizers import BegunRuns, Deleted, KeptRuns, Plan, Result, Run
from nbdspy.plots import ComparisonPlot, ConfusionPlot, GroupPlot, ScorePlot
from nbdspy.signatures import SignatureType
from nbdspy.types import Tool
from nbdspy.views import (
    arriving,
    check,
    comparison,
    compilation,
    evaluation,
    examples,
    kept,
    labels,
    lineage,
    listed,
    plan,
    playground,
    plots,
    prediction,
    programs,
    progress,
    prompt,
    runs,
    safe,
    signature,
    status,
    table,
    tool,
    trace,
)
from nbdspy.views.drawing import Bundle, Card
from nbdspy.views.explorer import explorable


def bundle(thing: Any, *, volatile: bool = True) -> Bundle:
    """A thing as `text/plain` (short, the same on each run) and `text/html` (a card that needs no kernel).

    What JupyterLab can explore of it, with our extension, stands beside; see `nbdspy.views.explorer`.

    Args:
        thing: A result of nbdspy, a definition, or one of the records of this room.
        volatile: Whether the card may show what differs between equal runs: time, money, what the cache spared.
            A run whose replies were all recorded never shows them.
    """
    drawn = card(thing, volatile=volatile)
    if drawn is None:
        return {"text/plain": safe.plain(repr(thing))}
    shown = drawn.bundle()
    return shown | explorable(thing, volatile=volatile, taken=len(shown["text/html"].encode()))


def card(thing: Any, *, volatile: bool = True) -> Card | None:
    """The card that `bundle` makes a bundle of, with the buttons of a live view; None for what has no card.

    Args:
        thing: As for `bundle`.
        volatile: As for `bundle`.
    """
    match thing:
        case EvaluationResult():
            return evaluation.card(thing, volatile=volatile)
        case Selection():
            return evaluation.selection_card(thing, volatile=volatile)
        case Comparison():
            return comparison.card(thing, volatile=volatile)
        case Checked():
            return check.card(thing, volatile=volatile)
        case Result():
            return compilation.card(thing, volatile=volatile)
        case ScorePlot():
            return plots.scores_card(thing)
        case GroupPlot():
            return plots.groups_card(thing)
        case ConfusionPlot():
            return plots.confusion_card(thing)
        case ComparisonPlot():
            return plots.comparison_card(thing)
        case Run():
            return runs.run_card(thing, volatile=volatile)
        case BegunRuns():
            return runs.card(thing, volatile=volatile)
        case KeptRuns():
            return kept.card(thing)
        case Deleted():
            return kept.deleted_card(thing)
        case programs.Programs():
            return programs.card(thing)
        case programs.ProgramDiff():
            return programs.difference_card(thing)
        case arriving.Arriving():
            return arriving.card(thing)
        case progress.Progress():
            return progress.card(thing)
        case Plan():
            return plan.card(thing, volatile=volatile)
        case Labels():
            return labels.card(thing)
        case Playground():
            return playground.card(thing)
        case prediction.Answered():
            return prediction.card(thing, volatile=volatile)
        case Prediction():
            return prediction.card(
                prediction.Answered(program=type(thing).__name__, prediction=thing), volatile=volatile
            )
        case Trace():
            return trace.card(thing, volatile=volatile)
        case Listed():
            return listed.card(thing, volatile=volatile)
        case Prompt():
            return prompt.card(thing)
        case prompt.PromptDiff():
            return prompt.difference_card(thing)
        case SignatureType():
            return signature.signature_card(thing)
        case lineage.Compiled():
            return signature.program_card(thing.program, thing)
        case Module():
            return signature.program_card(thing)
        case Tool():
            return tool.card(thing)
        case table.Table():
            return table.card(thing)
        case status.Status():
            return status.status_card(thing, volatile=volatile)
        case status.Checkup():
            return status.checkup_card(thing)
        case status.Help():
            return status.help_card(thing)
        case [Example(), *_]:
            return examples.card(thing)
        case _:
            return None
