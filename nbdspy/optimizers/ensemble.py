"""Ensemble: several programs answer, and their answers are put together (DSPy paper, section 4)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from nbdspy import render
from nbdspy.errors import UsageError, described, warn_caller
from nbdspy.modules import Module, Parallel, as_program
from nbdspy.runtime import is_mapped


class Ensemble:
    """Makes one program of several, such as the best of a compile: `Ensemble(...).compile(result.top(7))`.

    Args:
        reduce_fn: Makes one answer of the list of them, such as `nbdspy.majority`; None gives the list.
        size: How many of the programs answer each call, drawn at random; None: all.
        deterministic: Draw by what is asked, so that the same inputs meet the same programs (DSPy has this not yet).

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.modules import Predict, majority
        >>> from nbdspy.testing import DummyLM
        >>> asks = [Predict("question -> answer") for _ in range(3)]
        >>> with context(lm=DummyLM([{"answer": "42"}, {"answer": "41"}, {"answer": "42"}])):
        ...     Ensemble(reduce_fn=majority).compile(asks)(question="What is six times seven?")
        Prediction(answer='42')
    """

    def __init__(
        self, *, reduce_fn: Callable[[list[Any]], Any] | None = None, size: int | None = None,
        deterministic: bool = False,
    ) -> None:  # fmt: skip
        self.reduce_fn = reduce_fn
        self.size = size
        self.deterministic = deterministic

    def compile(self, programs: Sequence[Any]) -> EnsembledProgram:
        """The program that asks copies of these; its predictors are called `programs[0].…` and so on.

        Raises:
            UsageError: When there is none, or fewer than `size`.
        """
        if isinstance(programs, str | Module) or not isinstance(programs, Sequence):
            raise UsageError(
                f"{render.short(repr(programs))} is {render.kind(programs)}, not a list of programs.",
                hint="Give a list, such as result.top(7).",
            )
        if not programs:
            raise UsageError("There is no program to ask.", hint="Give a list, such as result.top(7).")
        if self.size is not None and (isinstance(self.size, bool) or self.size not in range(1, len(programs) + 1)):
            raise UsageError(
                f"size cannot be {self.size!r}.", hint=f"It is how many of the {len(programs)} programs answer a call."
            )
        return EnsembledProgram(
            [as_program(program).deepcopy() for program in programs], reduce_fn=self.reduce_fn, size=self.size,
            deterministic=self.deterministic,
        )  # fmt: skip


class EnsembledProgram(Module):
    """Asks its `programs`. One that fails has no vote, and is warned of; when all fail, the call does.

    They are asked side by side, but one after the other where calls of the ensemble go side by side themselves, as in
    `Evaluate`: there are never more calls out than threads.
    """

    def __init__(
        self, programs: list[Module], *, reduce_fn: Callable[[list[Any]], Any] | None, size: int | None,
        deterministic: bool,
    ) -> None:  # fmt: skip
        self.programs = programs
        self.reduce_fn = reduce_fn
        self.size = size
        self.deterministic = deterministic

    @property
    def takes_inputs_of(self) -> Module:
        """The program whose inputs this one takes."""
        return self.programs[0]

    def forward(self, *args: Any, **inputs: Any) -> Any:
        """The answer that `reduce_fn` makes of theirs, or the list of them, in the order of the programs.

        Raises:
            Exception: What the first program raises, when all of them fail.
        """
        asked = self._drawn(args, inputs)
        threads = 1 if is_mapped() else None
        side_by_side = Parallel(threads, max_errors=len(asked) + 1, return_failed_examples=True, timeout=0)
        found, _, errors = side_by_side([(_in_a_tuple(program), (args, inputs)) for program in asked])
        answers = [answer[0] for answer in found if answer is not None]
        if not answers:
            errors[0].add_note(f"All {len(asked)} programs of the ensemble failed; so did the first.")
            raise errors[0]
        if errors:
            said = render.short(described(errors[0]), 200)
            warn_caller(f"{len(errors)} of {len(asked)} programs failed and have no vote; the first said: {said}")
        return answers if self.reduce_fn is None else self.reduce_fn(answers)

    def _drawn(self, args: tuple[Any, ...], inputs: dict[str, Any]) -> Sequence[Module]:
        if self.size is None:
            return self.programs
        by = "".join(f"{name}: {render.written(inputs[name])}\n" for name in sorted(inputs))
        by += "\n".join(map(render.written, args))
        rng = random.Random(by) if self.deterministic else random.Random()
        return [self.programs[index] for index in sorted(rng.sample(range(len(self.programs)), self.size))]


def _in_a_tuple(program: Module) -> Callable[..., tuple[Any]]:
    """What the program gives, told from the None of a failure."""
    return lambda args, inputs: (program(*args, **inputs),)
