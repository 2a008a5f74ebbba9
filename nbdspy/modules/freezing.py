"""Freezing: instructions, demonstrations, fields and whole predictors that no optimizer changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from nbdspy import render
from nbdspy.data import Example
from nbdspy.errors import UsageError, did_you_mean
from nbdspy.modules.module import Module
from nbdspy.modules.predict import Predict

INSTRUCTIONS: Final = "instructions"
DEMOS: Final = "demos"

P = TypeVar("P", bound=Module)


def freeze(program_or_predictor: P, what: str | None = None) -> P:
    """Mark a part as not to be changed by any optimizer; returns the program, which shows its marks.

    The marks are the program's own: copies have them, also `reset_copy`, which leaves frozen demonstrations, and the
    saved state holds them. DSPy's loader lets them pass and its optimizers do not heed them; what DSPy has for this,
    `part._compiled = True`, is here another word for `freeze(part)`. Whoever edits a program by hand is not hindered.

    Args:
        program_or_predictor: What is marked; of a program all predictors are that have such a part.
        what: "instructions", "demos", or the name of a field, whose description is kept; None takes all of it.

    Raises:
        UsageError: When there is nothing of that name.

    Example:
        >>> freeze(Predict("question -> answer"), "demos")
        Predict(question -> answer, frozen: demos)
    """
    for predictor in _having(program_or_predictor, what):
        predictor.frozen = predictor.frozen | (parts_of(predictor) if what is None else {what})
    return program_or_predictor


def unfreeze(program_or_predictor: P, what: str | None = None) -> P:
    """Take marks away again; by default all of them.

    Raises:
        UsageError: When there is nothing of that name.
    """
    for predictor in _having(program_or_predictor, what):
        predictor.frozen = frozenset() if what is None else predictor.frozen - {what}
    return program_or_predictor


def is_frozen(predictor: Predict, what: str | None = None) -> bool:
    """Whether a part of a predictor must not be changed; None asks for all of it."""
    return parts_of(predictor) <= predictor.frozen if what is None else what in predictor.frozen


def parts_of(predictor: Predict) -> frozenset[str]:
    """What of a predictor can be frozen: its instructions, its demonstrations, and its fields by name."""
    return frozenset({INSTRUCTIONS, DEMOS, *predictor.signature.fields})


def free_predictors(program: Module, what: str) -> list[tuple[str, Predict]]:
    """The predictors, with their names, whose instructions or demonstrations an optimizer may change."""
    return [(name, predictor) for name, predictor in program.named_predictors() if not is_frozen(predictor, what)]


def set_instructions(predictor: Predict, text: str) -> None:
    """Give a predictor another instruction, on behalf of an optimizer.

    Raises:
        UsageError: When the instruction is frozen: an optimizer asks `is_frozen` first, and proposes nothing.
    """
    _check(predictor, INSTRUCTIONS)
    predictor.signature = predictor.signature.with_instructions(text)


def set_demos(predictor: Predict, demos: Sequence[Example]) -> None:
    """Give a predictor other demonstrations, on behalf of an optimizer.

    Raises:
        UsageError: When they are frozen.
    """
    _check(predictor, DEMOS)
    predictor.demos = list(demos)


def set_description(predictor: Predict, field: str, text: str) -> None:
    """Give a field another description, on behalf of an optimizer.

    Raises:
        UsageError: When it is frozen, or there is no such field.
    """
    if field not in predictor.signature.fields:
        raise _unknown(field, list(predictor.signature.fields))
    _check(predictor, field)
    predictor.signature = predictor.signature.with_updated_fields(field, desc=text)


def described(predictor: Predict) -> str:
    """The marks of a predictor in words: "frozen" for all of it, "frozen: demos"; "" without marks."""
    if not predictor.frozen:
        return ""
    if is_frozen(predictor):
        return "frozen"
    inside = [part for part in (INSTRUCTIONS, DEMOS, *predictor.signature.fields) if part in predictor.frozen]
    return f"frozen: {', '.join(dict.fromkeys(inside))}"


def _having(program: Any, what: str | None) -> list[Predict]:
    """The predictors that have such a part."""
    if not isinstance(program, Module):
        raise UsageError(
            f"{render.short(repr(program))} is {render.kind(program)}, and nothing of it is learned.",
            hint="Give a program, or one of its predictors.",
        )
    if what is not None and not isinstance(what, str):
        raise UsageError(
            f"What is marked is one part by its name, not {render.short(repr(what))}.",
            hint=f'Say it for each: "{INSTRUCTIONS}", "{DEMOS}" or a field.',
        )
    predictors = program.predictors()
    having = predictors if what is None else [each for each in predictors if what in parts_of(each)]
    if having:
        return having
    if not predictors:
        raise UsageError(f"{program!r} has no predictor, so nothing of it is learned.")
    inside = [name for name, _ in program.named_sub_modules() if name != "self"]
    if what in inside:
        raise UsageError(f"{what!r} is a part of the program.", hint=f"Give it itself: freeze(program.{what}).")
    raise _unknown(what, list(dict.fromkeys(part for each in predictors for part in (
        INSTRUCTIONS, DEMOS, *each.signature.fields))))  # fmt: skip


def _unknown(what: Any, known: Sequence[str]) -> UsageError:
    return UsageError(
        f"There is nothing called {what!r} to freeze; there are: {', '.join(known)}.",
        hint=did_you_mean(str(what), known) or "Leave it out for the whole predictor.",
    )


def _check(predictor: Predict, what: str) -> None:
    if is_frozen(predictor, what):
        raise UsageError(
            f"{what!r} of {predictor!r} is frozen, and an optimizer would change it.",
            hint="Ask is_frozen(predictor, …) before, or nbdspy.unfreeze it.",
        )
