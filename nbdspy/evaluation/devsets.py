"""The examples that a program can be run on and that a metric can score, looked at before a call is spent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbdspy.data import Example, Prediction, to_examples
from nbdspy.data.tables import opening
from nbdspy.errors import DataError
from nbdspy.evaluation.columns import is_gap
from nbdspy.evaluation.metrics import Metric, is_ours
from nbdspy.modules import Module, Predict
from nbdspy.modules.inputs import input_fields
from nbdspy.signatures import SignatureType


def examples_for(program: Module, data: Any, *, called: str) -> Sequence[Example]:
    """What a program can be run on; examples that know their inputs already are taken as they are.

    Raises:
        DataError: When there are none, or one lacks an input or a value for it.
    """
    if isinstance(data, list | tuple) and data and all(_knows_its_inputs(example) for example in data):
        return data
    examples = to_examples(data, inputs=input_names(program), called=called)
    filled = [
        name for name, field in input_fields(program).items() if isinstance(program, Predict) and not field.may_be_none
    ]
    for number, example in enumerate(examples):
        for name in filled:
            if name in example and example[name] is None:
                raise DataError(
                    f"{opening(called)} has no value for {name!r} in row {number}.",
                    hint=f"Drop such rows: dropna(subset=[{name!r}]).",
                )
    return examples


def input_names(program: Module) -> tuple[str, ...]:
    """The inputs that a program must be given: its signature's, or the parameters of its `forward`."""
    return tuple(name for name, field in input_fields(program).items() if field.required)


def check_columns(metric: Metric, examples: Sequence[Example], program: Module, *, called: str) -> None:
    """Refuse, before a call is spent, a metric of ours that needs a value which an example or the program do not have.

    What a program of several steps returns is not known before it runs; its last predictor says what it likely does,
    and only a label that is a gap is refused.

    Raises:
        DataError: What the metric says of an answer without values, for the first of the examples.
    """
    if not is_ours(metric):
        return
    answer = _blank_answer(program)
    refused = {
        number: said for number, each in enumerate(examples) if (said := _refusal(metric, each, answer, program))
    }
    if not refused:
        return
    number, said = next(iter(refused.items()))
    more = f" So it is with {len(refused)} of {len(examples)} rows." if len(refused) > 1 else ""
    raise DataError(f"Row {number} of {called} cannot be scored. {said.message}{more}", hint=said.hint)


def _blank_answer(program: Module) -> Prediction:
    """An answer that holds nothing: None where an output may be None."""
    signature = getattr(program, "signature", None)
    predictors = program.predictors()
    if not isinstance(signature, SignatureType) and predictors:
        signature = predictors[-1].signature
    fields = signature.output_fields if isinstance(signature, SignatureType) else {}
    return Prediction({name: None if field.may_be_none else "" for name, field in fields.items()})


def _refusal(metric: Metric, example: Example, answer: Prediction, program: Module) -> DataError | None:
    """What the metric says of an example that it cannot score, whatever the program answers."""
    try:
        metric(example, answer)
    except DataError as error:
        if isinstance(program, Predict):
            return error
        filled = example.copy(**{name: "0" for name in Example.labels(example) if is_gap(example[name])})
        try:
            metric(filled, answer)
        except DataError:  # of what the program answers, it may be
            return None
        return error
    return None


def _knows_its_inputs(example: Any) -> bool:
    return isinstance(example, Example) and Example.input_names(example) is not None
