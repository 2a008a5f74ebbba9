"""`StreamListener`: which output of which predictor is wanted while it comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nbdspy import render
from nbdspy.errors import UsageError, did_you_mean
from nbdspy.modules import Module, Predict


@dataclass(frozen=True, slots=True)
class StreamListener:
    """Wants an output as it is written.

    Args:
        signature_field_name: The output.
        predict: Whose; needed only where several predictors have an output of this name.
        predict_name: Or that predictor's path in the program, such as `"extract.predict"`.
        allow_reuse: Hear the predictor each time that a call of the program runs it, not only the first time.

    Example:
        >>> from nbdspy.modules import ChainOfThought
        >>> listeners_of(ChainOfThought("question -> answer"), [StreamListener("answer")])[0].predict_name
        'predict'
    """

    signature_field_name: str
    predict: Predict | None = None
    predict_name: str | None = None
    allow_reuse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A listener that knows whom it hears."""

    field: str
    predict: Predict
    predict_name: str
    again: bool


def listeners_of(program: Any, listeners: Iterable[StreamListener]) -> list[Target]:
    """Whom the listeners hear in a program.

    Raises:
        UsageError: When they are no list of listeners; when no predictor has such an output, or several have.
    """
    listed = [] if isinstance(listeners, str) or not isinstance(listeners, Iterable) else list(listeners)
    if (not listed and listeners) or not all(isinstance(listener, StreamListener) for listener in listed):
        raise UsageError(
            f"stream_listeners={render.short(repr(listeners))} is no list of listeners.",
            hint='Write stream_listeners=[StreamListener("answer")].',
        )
    named = program.named_predictors() if isinstance(program, Module) else []
    return [_target(named, listener) for listener in listed]


def every_output(program: Module) -> list[Target]:
    """All outputs of all predictors, each time they run."""
    return [
        Target(field=field, predict=predict, predict_name=name, again=True)
        for name, predict in program.named_predictors()
        for field in predict.signature.output_fields
    ]


def _target(named: Sequence[tuple[str, Predict]], listener: StreamListener) -> Target:
    field = listener.signature_field_name
    if listener.predict is not None:
        of_its_name = [name for name, predict in named if predict is listener.predict]
        name = listener.predict_name or next(iter(of_its_name), "")
        found = [(name, listener.predict)]
    else:
        found = [(name, predict) for name, predict in named if listener.predict_name in (None, name)]
        if listener.predict_name is not None and not found:
            names = [name for name, _ in named]
            raise UsageError(
                f"The program has no predictor {listener.predict_name!r}.",
                hint=did_you_mean(listener.predict_name, names) or f"It has: {', '.join(names) or 'none'}.",
            )
    having = [(name, predict) for name, predict in found if field in predict.signature.output_fields]
    if not having:
        outputs = {output: None for _, predict in found for output in predict.signature.output_fields}
        raise UsageError(
            f"No predictor to listen to has an output {field!r}.",
            hint=did_you_mean(field, outputs) or f"There are: {', '.join(outputs) or 'none'}.",
        )
    if len(having) > 1:
        raise UsageError(
            f"Several predictors have an output {field!r}: {', '.join(name for name, _ in having)}.",
            hint=f"Write StreamListener({field!r}, predict_name={having[0][0]!r}).",
        )
    ((name, predict),) = having
    return Target(field=field, predict=predict, predict_name=name, again=listener.allow_reuse)
