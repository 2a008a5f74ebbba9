"""Where things of this kernel came from: a program out of which compile, a prediction out of a cassette."""

from __future__ import annotations

from nbdspy.data import Prediction
from nbdspy.modules import Module
from nbdspy.observe.recent import recorder
from nbdspy.optimizers import begun_runs
from nbdspy.optimizers.frames import is_same
from nbdspy.views import Answered, Compiled
from nbdspy.views.tally import is_replay


def compiled(program: Module) -> Module | Compiled:
    """The program with the last compile that tried it, or what is equal to it; alone, if none did or it went in so."""
    for _, run in reversed(list(begun_runs)):
        if run.is_done and not is_same(run.base, program):
            result = run.result()
            if any(trial.program is program or is_same(trial.program, program) for trial in result.tried) or (
                is_same(result.best, program)
            ):
                return Compiled(program=program, result=result)
    return program


def replayed(prediction: Prediction) -> Prediction | Answered:
    """The prediction, said to be recorded where every reply that made it was; alone, if that is not known."""
    step = recorder.find(prediction)
    if step is None or not is_replay(step.spent):
        return prediction
    return Answered(program=type(prediction).__name__, prediction=prediction, is_recorded=True)
