"""A result as tables: its trials, candidates, changes, proposals and traces, and what became of each example."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nbdspy import render
from nbdspy.data import to_frame
from nbdspy.evaluation.comparison import examples_table, prefixed
from nbdspy.modules import Module, Predict
from nbdspy.optimizers.changing import changes
from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    import pandas as pd

    from nbdspy.optimizers.lineage import Origin
    from nbdspy.optimizers.results import Result, Trial


def trials_frame(result: Result) -> pd.DataFrame:
    """A row for each trial: what was tried, how it did, and what of it differs from its parent."""
    columns = "trial parent label changed score low high examples finished best calls"
    return _frame([_trial(result, trial) for trial in result.tried], columns)


def candidates_frame(result: Result) -> pd.DataFrame:
    """A row for each predictor of each program that was tried: what it says and shows, and where that is from."""
    rows = []
    for numbers, trial in different(result):
        origins = result.sources.of(trial.program)
        for name, predictor in trial.program.named_predictors():
            own = [origin for origin in origins if origin.predictor == name]
            rows.append({
                "candidate": numbers[0], "trials": numbers, "label": trial.label, "score": trial.score,
                "examples": trial.evaluation.n, "finished": trial.is_finished, "predictor": name,
                "instructions": predictor.signature.instructions, "instructions_from": _told(own[0]),
                "demos": len(predictor.demos), "demos_from": [_told(origin) for origin in own[1:]],
                "frozen": sorted(predictor.frozen),
            })  # fmt: skip
    columns = "candidate trials label score examples finished predictor instructions instructions_from demos"
    return _frame(rows, f"{columns} demos_from frozen")


def changes_frame(result: Result) -> pd.DataFrame:
    """A row for each predictor that a trial changed against its parent."""
    rows = [
        {
            "trial": trial.number, "parent": trial.parent, "predictor": change.predictor, "diff": change.diff,
            "fields": list(change.fields), "demos_in": [dict(vars(demo)) for demo in change.demos_in],
            "demos_out": [dict(vars(demo)) for demo in change.demos_out], "reordered": change.reordered,
        }
        for trial in result.tried for change in changes(_parent(result, trial), trial.program)
    ]  # fmt: skip
    return _frame(rows, "trial parent predictor diff fields demos_in demos_out reordered")


def examples_frame(result: Result) -> pd.DataFrame:
    """A row for each validation example: the answers and scores before and after; `change` says gained, lost or "".

    Before is the program that went in, after the best. `failed` says in which of the two the example failed for good,
    "before", "after" or "both", and why stands under `error_before` and `error_after`; else it is "".
    """
    best, base = result.best_trial, result.base_trial
    if best is None or base is None:
        return examples_table(())
    after = {row.index: row for row in best.evaluation.rows}
    pairs = [(row, after[row.index]) for row in base.evaluation.rows if row.index in after]
    return examples_table(pairs)


def proposals_frame(result: Result) -> pd.DataFrame:
    """A row for each proposed instruction: what it was made of, the trials that used it, and the best of their scores.

    Trials that were not scored to the end have none.
    """
    rows = []
    for proposal in result.proposed:
        using = [trial for trial in result.tried if _says(trial.program, proposal.predictor, proposal.instruction)]
        scores = [trial.score for trial in using if trial.is_finished]
        rows.append({
            **dataclasses.asdict(proposal), "trials": [trial.number for trial in using],
            "score": max(scores, default=None),
        })  # fmt: skip
    return _frame(rows, "predictor number instruction trials score")


def traces_frame(result: Result) -> pd.DataFrame:
    """A row for each run of the teacher: the training example, the metric's verdict, and why it was kept or not."""
    rows = [
        {
            **prefixed("", note.example), "example": note.index, "round": note.round, "kept": note.kept,
            "score": note.score, "why": note.why,
        }
        for note in result.notes
    ]  # fmt: skip
    return _frame(rows, "example round kept score why", last=True)


def lineage_frame(result: Result, program: Module) -> pd.DataFrame:
    """A row for each instruction and each demonstration of a program: which trial, trace or proposal it is from.

    `parent` is the trial whose program the one of `trial` was made from; without one that is the program that went in.
    """
    predictors = dict(program.named_predictors())
    parents: dict[int | None, int | None] = {trial.number: trial.parent for trial in result.tried}
    rows = [
        {
            **dataclasses.asdict(origin),
            "parent": parents.get(origin.trial),
            "text": _text(predictors[origin.predictor], origin),
        }
        for origin in result.sources.of(program)
    ]
    frame = _frame(rows, "predictor part place source trial parent example round proposal text")
    numbers = ["place", "trial", "parent", "example", "round", "proposal"]
    return frame.astype(dict.fromkeys(numbers, "Int64"))


def different(result: Result) -> list[tuple[list[int], Trial]]:
    """The programs that were tried, each once: the numbers of its trials, and the one of them that says most.

    That is one that was scored to the end, or else on the most examples.
    """
    known: list[tuple[list[int], Trial]] = []
    for trial in result.tried:
        for place, (numbers, spokesman) in enumerate(known):
            if is_same(trial.program, spokesman.program):
                better = max(spokesman, trial, key=lambda one: (one.is_finished, one.evaluation.n))
                known[place] = ([*numbers, trial.number], better)
                break
        else:
            known.append(([trial.number], trial))
    return known


def is_same(program: Module, other: Module) -> bool:
    """Whether two programs of one compile say and show the same, with the same models."""
    ours, theirs = program.named_predictors(), other.named_predictors()
    return program is other or (
        [name for name, _ in ours] == [name for name, _ in theirs]
        and all(
            a.signature.equals(b.signature) and list(a.demos) == list(b.demos) and a.lm is b.lm and a.config == b.config
            for (_, a), (_, b) in zip(ours, theirs, strict=True)
        )
    )


def _trial(result: Result, trial: Trial) -> dict[str, Any]:
    changed = changes(_parent(result, trial), trial.program)
    row = {
        "trial": trial.number, "parent": trial.parent, "label": trial.label,
        "changed": "; ".join(f"{change.predictor}: {change.summary}" for change in changed),
        "score": trial.score, "low": trial.interval.low, "high": trial.interval.high, "examples": trial.evaluation.n,
        "finished": trial.is_finished, "given_up": trial.is_given_up, "best": trial is result.best_trial,
        "calls": trial.calls,
    }  # fmt: skip
    return row | {(f"choice_{name}" if name in row else name): value for name, value in trial.choices.items()}


def _parent(result: Result, trial: Trial) -> Module:
    return result.base if trial.parent is None else result.program_at(trial.parent)


def _says(program: Module, name: str, instruction: str | None) -> bool:
    predictor = dict(program.named_predictors()).get(name)
    return predictor is not None and predictor.signature.instructions == instruction


def _told(origin: Origin) -> str:
    match origin.source:
        case "trace":
            return f"trace of example {origin.example}"
        case "label":
            return f"example {origin.example}"
        case "proposal":
            return f"proposal {origin.proposal}"
    return origin.source


def _text(predictor: Predict, origin: Origin) -> str:
    if origin.place is None:
        return predictor.signature.instructions
    demo, signature = predictor.demos[origin.place], predictor.signature
    sides = (signature.input_fields, signature.output_fields)
    told = (", ".join(render.written(demo[name]) for name in side if name in demo) for side in sides)
    return render.short(" -> ".join(told), 500)


def _frame(rows: Sequence[Mapping[str, Any]], columns: str, *, last: bool = False) -> pd.DataFrame:
    """A table that has these columns, first or last, also without rows."""
    whole_import("pandas")
    frame = to_frame(rows)
    named = columns.split()
    others = [name for name in frame if name not in named]
    return frame.reindex(columns=[*others, *named] if last else [*named, *others])
