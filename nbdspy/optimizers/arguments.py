"""Checking what an optimizer is told, before anything is spent."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from nbdspy import render
from nbdspy.errors import UsageError, did_you_mean
from nbdspy.models import BaseLM

if TYPE_CHECKING:
    from nbdspy.optimizers.optimizer import Optimizer

_KINDS: Mapping[str, tuple[type, str]] = {
    "int": (Integral, "a whole number"),  # numpy's numbers too
    "float": (Real, "a number"),
    "bool": (bool, "True or False"),
    "Mapping[str, Any]": (Mapping, 'settings by their names, such as {"lm": stronger}'),
    "BaseLM": (BaseLM, 'a model, such as nbdspy.LM("…")'),
}
_SHARES = frozenset({"stop_at_score", "metric_threshold"})
_LEAST = {"breadth": 2} | dict.fromkeys(
    (
        "num_threads", "num_candidates", "num_trials", "minibatch_size", "minibatch_full_eval_steps", "depth",
        "view_data_batch_size",
    ), 1,
)  # fmt: skip
_ANY_SIGN = frozenset({"seed"})


def check_arguments(made_by: type[Optimizer], given: Mapping[str, Any]) -> None:
    """Refuse arguments that the optimizer does not have, or whose values it cannot use.

    Raises:
        UsageError: For the first of them; says what is expected.
    """
    if not isinstance(given, Mapping):
        raise UsageError(
            f"The options are {render.short(repr(given))}, {render.kind(given)}.",
            hint='Give them by their names, such as options={"max_labeled_demos": 4}.',
        )
    known = inspect.signature(made_by).parameters
    for name, value in given.items():
        if name not in known:
            raise UsageError(
                f"{made_by.name} has no option {name!r}; it has: {', '.join(known)}.", hint=did_you_mean(name, known)
            )
        _check(made_by.name, known[name], value)


def check_settings(optimizer: Optimizer) -> None:
    """The same for an optimizer that was set up by its constructor, which only stores what it is given."""
    known = inspect.signature(type(optimizer)).parameters
    check_arguments(type(optimizer), {name: getattr(optimizer, name) for name in known if hasattr(optimizer, name)})


def _check(optimizer: str, parameter: inspect.Parameter, value: Any) -> None:
    name = parameter.name
    if name == "metric" and value is None and "None" not in str(parameter.annotation):
        raise UsageError(f"{optimizer} needs a metric to choose by.", hint='Give one, such as metric="exact_match".')
    kind, _, rest = str(parameter.annotation).partition(" | ")  # texts, by `from __future__ import annotations`
    if kind.startswith("Literal["):
        _check_word(optimizer, name, value, re.findall(r"'(\w+)'", kind), may_be_none=rest == "None")
    if kind not in _KINDS or (value is None and rest == "None"):
        return
    expected, called = _KINDS[kind]
    least = _LEAST.get(name, 0)
    if kind == "int" and name not in _ANY_SIGN:
        called += f" from {least}"
    if name in _SHARES:
        called += " from 0 to 1, as scores are"
    fits = isinstance(value, expected) and isinstance(value, bool) is (kind == "bool")
    is_outside = fits and (
        (kind == "int" and name not in _ANY_SIGN and value < least) or (name in _SHARES and not 0 <= value <= 1)
    )
    if not fits or is_outside:
        default = (
            "" if parameter.default in {None, inspect.Parameter.empty} else f"; by default it is {parameter.default}"
        )
        raise UsageError(
            f"{optimizer} cannot use {name} = {render.short(repr(value))}.", hint=f"Give {called}{default}."
        )


def _check_word(optimizer: str, name: str, value: Any, words: Sequence[str], *, may_be_none: bool) -> None:
    if value in words or (value is None and may_be_none):
        return
    known = ", ".join(words) + (" or None" if may_be_none else "")
    hint = did_you_mean(value, words) if isinstance(value, str) else None
    raise UsageError(f"{optimizer} cannot use {name} = {render.short(repr(value))}; it is {known}.", hint=hint)
