"""`asyncify` and `syncify`: a program for code of the other kind."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any, TypeVar

from nbdspy import render
from nbdspy.errors import UsageError
from nbdspy.modules.module import Module
from nbdspy.modules.stepwise import Stepwise
from nbdspy.runtime import Do, Run, Steps

P = TypeVar("P")


def asyncify(program: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """A program, or a function, as an async function; what blocks runs on a thread of its own, in this context.

    There is no limit to how many run at once but `num_threads` where they are mapped.

    Example:
        >>> import asyncio
        >>> from nbdspy.configuration import context
        >>> from nbdspy.modules import Predict
        >>> from nbdspy.testing import DummyLM
        >>> ask = asyncify(Predict("question -> answer"))
        >>> with context(lm=DummyLM([{"answer": "42"}])):
        ...     asyncio.run(ask(question="What is six times seven?"))
        Prediction(answer='42')
    """

    check_callable(program)

    async def called(*args: Any, **inputs: Any) -> Any:
        if isinstance(program, Module):
            return await program.acall(*args, **inputs)
        return await Do(partial(program, *args, **inputs)).aperform()

    return called


def syncify(program: P, in_place: bool = True) -> P | Any:
    """A program with an async flow, or an async function, to be called without `await`, in a running loop as well.

    A module needs nothing for that here: `program(...)` runs it whichever kind its flow is.

    Args:
        program: A module, or an async function.
        in_place: Whether a module is returned itself, or a module around it, whose saved state has the prefix
            `program.` as DSPy's has.

    Example:
        >>> async def six():
        ...     return 6
        >>> syncify(six)()
        6
    """
    if isinstance(program, Module):
        return program if in_place else SyncWrapper(program)
    check_callable(program)
    function: Any = program

    @wraps(function)
    def called(*args: Any, **inputs: Any) -> Any:
        return Do(partial(function, *args, **inputs)).perform()

    return called


def check_callable(program: Any) -> None:
    """Make sure that it is a program or a function.

    Raises:
        UsageError: When it is none.
    """
    if not callable(program):
        raise UsageError(f"{render.short(repr(program))} is no program.", hint="Give a module or a function.")


class SyncWrapper(Stepwise):
    """A module that calls another one.

    Example:
        >>> from nbdspy.modules import Predict
        >>> [name for name, _ in SyncWrapper(Predict("question -> answer")).named_predictors()]
        ['program']
    """

    def __init__(self, program: Module) -> None:
        self.program = program

    def steps(self, **inputs: Any) -> Steps[Any]:
        return (yield Run(self.program, inputs))
