"""The comparison on examples that nothing was chosen by, after the choice is made."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from nbdspy import events, render
from nbdspy.data import Example
from nbdspy.errors import BudgetExceeded, Stopped, TooManyErrors, described
from nbdspy.evaluation import EvaluationResult
from nbdspy.models import spending
from nbdspy.modules import Module
from nbdspy.optimizers.plans import HELD_OUT
from nbdspy.optimizers.progress import ScoringStarted
from nbdspy.optimizers.results import HeldOut, Result, keep_in
from nbdspy.optimizers.run import Run
from nbdspy.optimizers.scoring import Scorer

NOT_MADE = "The held-out score on the test data was not made, because the run ended before."


def hold_out(result: Result, run: Run, testset: Sequence[Example]) -> Result:
    """The result with both programs scored on the test examples; without, when that cannot be done to the end.

    It is a part of the run: it is paused, stopped and limited with it. A search that was stopped is not scored: who
    stops it wants the end.

    Raises:
        Stopped: When interrupted; `result` holds what the search found.
        Exception: What a program, the metric or the model raises for good; its `result` holds that too.
    """
    if result.stopped:
        return replace(result, warnings=(*result.warnings, NOT_MADE))
    started = time.perf_counter()
    held_out, stopped = None, None
    broken: BaseException | None = None
    programs = 1 if result.best is result.base else 2
    run.enter(HELD_OUT, f"{programs} programs on {len(testset)} test examples", programs=programs)
    with spending(run.budget), run.keeping():
        try:
            scorer = run.scorer(testset, HELD_OUT)
            before = _scored(scorer, result.base, number=1, programs=programs)
            after = before if programs == 1 else _scored(scorer, result.best, number=2, programs=programs)
            stopped = run.stopped
            held_out = None if run.halted() else HeldOut(before=before, after=after)
        except (BudgetExceeded, TooManyErrors) as ended:
            stopped = run.stopped or str(ended)
        except KeyboardInterrupt as pressed:
            stopped, broken = "Interrupted.", pressed
        except (Exception, SystemExit) as error:  # of any kind: what the search found is not worth less
            stopped, broken = render.short(described(error), 300), error
    found = replace(
        result,
        held_out=held_out,
        warnings=result.warnings if held_out is not None else (*result.warnings, NOT_MADE),
        stopped=stopped,
        counts=replace(result.counts, test=0 if held_out is None else held_out.before.n),
        spent=run.budget.spent,
        reused=run.table.taken,
        seconds=result.seconds + time.perf_counter() - started,
    )
    said = "The search is done; its best program is kept."
    if isinstance(broken, Exception | SystemExit):
        keep_in(broken, found, said)
        raise broken
    if broken is not None:
        raise Stopped(said, result=found) from broken
    return found


def _scored(scorer: Scorer, program: Module, *, number: int, programs: int) -> EvaluationResult:
    examples = len(scorer.valset)
    events.emit(ScoringStarted(number=number, programs=programs, examples=examples, text="scoring on test examples"))
    return scorer.score(program, range(examples), number=number)
