"""What there is to label: rows of a table or of an evaluation, each with what a program proposes for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from nbdspy import render
from nbdspy.data import Example, to_examples
from nbdspy.errors import DataError, UsageError
from nbdspy.evaluation import EvaluationResult
from nbdspy.evaluation.columns import is_gap
from nbdspy.evaluation.results import outputs_of
from nbdspy.modules import Module
from nbdspy.modules.inputs import input_fields
from nbdspy.signatures import Field

Way = Literal["accepted", "corrected", "skipped"]
"""What was done with a row."""

WAYS: Final[tuple[Way, ...]] = ("accepted", "corrected", "skipped")
STATE: Final = "labelled"
"""The column that says how a row was labelled."""
PROPOSED: Final = "proposed_"
REASONING: Final = "reasoning"
"""An output that leads to the others; nobody labels it."""

_GUESSED: Final = (bool, int, float, list, dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a person said of one row; a skipped one has no values."""

    way: Way
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row to label.

    Args:
        key: Tells it from others, and is the same for an equal row of another table.
        inputs: What the program is told.
        others: The row's further values, which stay as they are.
        proposal: What may be the answer; None where a program has yet to be asked.
        expected: What the data had as the answer, where a program gave another.
        reasoning: How the program came to its answer.
    """

    key: str
    inputs: Mapping[str, Any]
    others: Mapping[str, Any]
    proposal: Mapping[str, Any] | None
    expected: Mapping[str, Any]
    reasoning: str = ""


def fields_of(data: Any, program: Module | None) -> tuple[dict[str, Field], dict[str, Field]]:
    """What goes in and what is to be said, by the program or, without one, by the predictions of an evaluation.

    Raises:
        UsageError: When nothing tells.
    """
    if program is not None:
        return dict(input_fields(program)), answered_fields(program)
    if not isinstance(data, EvaluationResult):
        raise UsageError(
            "Nothing says which fields are to be labelled.",
            hint='Give a program or a signature: "request -> intent".',
        )
    taken: dict[str, list[Any]] = {}
    said: dict[str, list[Any]] = {}
    for row in data.rows:
        for name, value in vars(_inputs(row.example)).items():
            taken.setdefault(name, []).append(value)
        for name, value in outputs_of(row.prediction).items():
            said.setdefault(name, []).append(value)
    said.pop(REASONING, None)
    return (
        {name: Field(role="input", name=name, type=_guess(seen)) for name, seen in taken.items()},
        {name: Field(role="output", name=name, type=_guess(seen)) for name, seen in said.items()},
    )


def answered_fields(program: Module) -> dict[str, Field]:
    """What a person can say instead of a program: the outputs of its last predictor, but for the reasoning."""
    last = [predictor.signature.output_fields for predictor in program.predictors()[-1:]]
    return {name: field for fields in last for name, field in fields.items() if name != REASONING}


def cases_of(
    data: Any, inputs: Mapping[str, Field], outputs: Mapping[str, Field], *, called: str
) -> tuple[list[Case], list[Given | None]]:
    """The rows, and what an earlier labelling that the data come from said of them.

    Raises:
        DataError: When a row lacks an input, or there is none.
    """
    seen: Counter[str] = Counter()
    cases: list[Case] = []
    given: list[Given | None] = []
    for values, predicted in _rows(data, inputs, called):
        case, labels = _case(values, predicted, inputs, outputs)
        seen[case.key] += 1
        cases.append(replace(case, key=f"{case.key} #{seen[case.key]}"))
        given.append(_given(values, labels))
    return cases, given


def _rows(data: Any, inputs: Mapping[str, Field], called: str) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The values of each row, and what a program answered, which is known in an evaluation only."""
    if not isinstance(data, EvaluationResult):
        needed = [name for name, field in inputs.items() if field.required]
        return [(vars(example), {}) for example in to_examples(data, inputs=needed, called=called)]
    if not data.rows:
        raise DataError(f"{called} has no rows.", hint="Evaluate at least one example.")
    return [(vars(row.example), outputs_of(row.prediction)) for row in data.rows]


def _case(
    values: Mapping[str, Any], predicted: Mapping[str, Any], inputs: Mapping[str, Field], outputs: Mapping[str, Field]
) -> tuple[Case, Mapping[str, Any]]:
    """A row to label, and the labels that it has; rows with equal inputs have equal keys."""
    taken = {name: values[name] for name in inputs if name in values and not is_gap(values[name])}
    labels = {name: values[name] for name in outputs if not is_gap(values.get(name))}
    answered = {name: predicted[name] for name in outputs if name in predicted}
    own = {*inputs, *outputs, *(f"{PROPOSED}{name}" for name in outputs), STATE}
    case = Case(
        key=render.written(taken, _told),
        inputs=taken,
        others={name: value for name, value in values.items() if name not in own},
        proposal=answered or _proposed(values, outputs) or labels or None,
        expected=labels if predicted else {},
        reasoning=render.plain(predicted[REASONING]) if predicted.get(REASONING) else "",
    )
    return case, labels


def _inputs(example: Example) -> Example:
    return Example.inputs(example) if Example.input_names(example) is not None else example


def _guess(seen: Sequence[Any]) -> Any:
    """The type that all values have, among those that are entered in a way of their own; text where it is none."""
    types = {type(value) for value in seen if value is not None}
    return next(iter(types)) if len(types) == 1 and types <= set(_GUESSED) else str


def _proposed(values: Mapping[str, Any], outputs: Mapping[str, Field]) -> dict[str, Any]:
    """What an earlier labelling had as the proposal."""
    named = {name: values.get(f"{PROPOSED}{name}") for name in outputs}
    return {name: value for name, value in named.items() if not is_gap(value)}


def _given(values: Mapping[str, Any], labels: Mapping[str, Any]) -> Given | None:
    way = values.get(STATE)
    if way not in WAYS:
        return None
    return Given(way=way, values={} if way == "skipped" else labels)


def _told(value: Any) -> Any:
    """What tells a value of a class from others: an image is more than its size."""
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else render.said(value)
