"""What an agent does when its past no longer fits into the model's context: it leaves out the oldest step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nbdspy import events
from nbdspy.data import Prediction
from nbdspy.errors import ContextTooLong, warn_caller
from nbdspy.runtime import Run, Steps


@dataclass(frozen=True, kw_only=True)
class StepLeftOut(events.Remark):
    """A prompt did not fit, and is sent again without the oldest step that it showed."""

    step: int
    error: ContextTooLong

    @property
    def text(self) -> str:
        """Which step."""
        return f"too long for the model, asked again without step {self.step}"


def shortened(run: Callable[[int], Run], first: int, count: int) -> Steps[tuple[Prediction, int]]:
    """Run a program that is shown an agent's past; while that is too long, leave out its oldest step.

    Args:
        run: The run that shows the steps from this number on.
        first: The oldest step that is shown at the beginning.
        count: How many there are; the last one always stays.

    Returns:
        The prediction, and the oldest step that it was shown.

    Raises:
        ContextTooLong: When even the last step alone does not fit.
    """
    while True:
        try:
            return (yield run(first)), first
        except ContextTooLong as error:
            if first >= count - 1:
                raise
            if events.heard(StepLeftOut):
                events.emit(StepLeftOut(step=first, error=error))
            warn_caller(f"The agent's past is too long for the model, so it is no longer shown step {first}: {error}")
            first += 1
