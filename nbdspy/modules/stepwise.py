"""`Stepwise`: a program whose flow is written once, for calls and for awaited calls."""

from __future__ import annotations

from typing import Any

from nbdspy.modules.inputs import input_fields
from nbdspy.modules.module import Module
from nbdspy.modules.unfit_calls import check_call
from nbdspy.runtime import Steps, adrive, drive


class Stepwise(Module):
    """A program that says in `steps` what it runs, uses and asks; a call performs these, an awaited one awaits them.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.modules import Predict
        >>> from nbdspy.runtime import Run
        >>> from nbdspy.testing import DummyLM
        >>> class Twice(Stepwise):
        ...     def __init__(self):
        ...         self.answer = Predict("question -> answer")
        ...
        ...     def steps(self, question):
        ...         first = yield Run(self.answer, {"question": question})
        ...         return (yield Run(self.answer, {"question": first.answer}))
        >>> with context(lm=DummyLM([{"answer": "Which city?"}, {"answer": "Paris"}])):
        ...     Twice()(question="Where?").answer
        'Paris'
    """

    def steps(self, *args: Any, **inputs: Any) -> Steps[Any]:
        """What a call does, as effects of `nbdspy.runtime`; a subclass writes it."""
        raise NotImplementedError(f"{type(self).__name__} has no steps.")

    def forward(self, *args: Any, **inputs: Any) -> Any:
        """What a call does; a subclass that writes its own asks by `super().forward(...)`."""
        return drive(self._begun(args, inputs))

    async def aforward(self, *args: Any, **inputs: Any) -> Any:
        """The same, awaited."""
        return await adrive(self._begun(args, inputs))

    def _begun(self, args: tuple[Any, ...], inputs: dict[str, Any]) -> Steps[Any]:
        """The steps of a call, none of which is done yet.

        Raises:
            UsageError: When they cannot take what is given.
        """
        try:
            return self.steps(*args, **inputs)
        except TypeError:
            check_call(self.steps, args, inputs, called=type(self).__name__, names=input_fields(self))
            raise
