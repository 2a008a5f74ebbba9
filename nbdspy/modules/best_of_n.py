"""`BestOfN`: run a program several times and keep the result with the highest reward."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from nbdspy import render
from nbdspy.counts import checked_amount, checked_count
from nbdspy.errors import UsageError, is_everywhere
from nbdspy.modules.apart import Apart, Step, join_trace
from nbdspy.modules.module import Module, as_program
from nbdspy.modules.predict import Predict
from nbdspy.modules.stepwise import Stepwise
from nbdspy.runtime import Do, Run, Steps

Reward = Callable[[dict[str, Any], Any], Any]
Advice = Mapping[str, str]
"""What to do better, by the name of the predictor that should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One run of the program: what it gave, what that is worth, and the steps that led there."""

    prediction: Any
    reward: float
    trace: Sequence[Step]


class BestOfN(Stepwise):
    """Runs a program up to N times, each time at temperature 1 and as another rollout, and gives the best result.

    The first result that reaches the threshold ends it; else the highest reward wins, the first among equals. Every run
    is one of a copy, so the program stays as it is; a trace holds the steps of the winner only, by the program's own
    predictors, so that it can be learned from.

    Args:
        module: A program or a signature.
        N: The most runs.
        reward_fn: `reward_fn(inputs, prediction)` gives a number, higher is better; it may be async, and a module. A
            bool counts as 1 or 0.
        threshold: The reward that is good enough; None runs all N.
        fail_count: How many runs may fail, by the program or by the reward; the next error is raised. None allows all
            but that no run succeeds, which raises the last error.

    Raises:
        UsageError: When the reward cannot be called so, or an argument makes no sense; in a call, when a reward is no
            number: None, NaN, a text. More runs would not help.

    Rollouts are `start * N` to `start * N + N - 1`, where `start` is the predictor's own `rollout_id` or 0, so that
    runs inside of runs are never answered by the same reply of the cache.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import DummyLM
        >>> short = lambda inputs, prediction: 1 / len(prediction.answer.split())
        >>> ask = BestOfN("question -> answer", N=3, reward_fn=short, threshold=1.0)
        >>> with context(lm=DummyLM([{"answer": "It is Brussels."}, {"answer": "Brussels"}])):
        ...     ask(question="What is the capital of Belgium?").answer
        'Brussels'
    """

    def __init__(
        self, module: Any, N: int, reward_fn: Reward, threshold: float | None, fail_count: int | None = None
    ) -> None:
        _check_reward(reward_fn)
        self.module = as_program(module)
        self.N = checked_count("N", N, unit="runs")
        # a module that rewards is no part of the program, so no predictor of it is compiled or saved
        self.reward_fn = partial(reward_fn) if isinstance(reward_fn, Module) else reward_fn
        self.threshold = None if threshold is None else checked_amount("threshold", threshold)
        self.fail_count = None if fail_count is None else checked_count("fail_count", fail_count, least=0)

    def steps(self, **inputs: Any) -> Steps[Any]:
        best: Attempt | None = None
        advice: Advice = {}
        rounds: list[bool] = []
        failures = 0
        for number in range(self.N):
            is_last = number + 1 == self.N
            try:
                attempt = yield from self._attempt(number, inputs, advice)
                if best is None or attempt.reward > best.reward:
                    best = attempt
                if is_last or (self.threshold is not None and attempt.reward >= self.threshold):
                    break
                advice = yield from self._advice(attempt, inputs, rounds)
            except Exception as error:  # the user's program and reward run here
                if is_everywhere(error):
                    raise
                failures += 1
                allowed = self.N if self.fail_count is None else self.fail_count
                if failures > allowed or (is_last and best is None):
                    error.add_note(f"This was run {number + 1} of {self.N}, and failure {failures}.")
                    raise
        assert best is not None
        self._tell(rounds)
        join_trace(best.trace)
        return best.prediction

    def _attempt(self, number: int, inputs: Mapping[str, Any], advice: Advice) -> Steps[Attempt]:
        program = self._copied(number, advice)
        ours = {id(one): own for one, own in zip(program.predictors(), self.module.predictors(), strict=True)}
        prediction, trace = yield Apart(Run(program, inputs))
        reward, _ = yield Apart(Do(partial(self.reward_fn, dict(inputs), prediction)))
        return Attempt(
            prediction=prediction,
            reward=_as_number(reward, self.reward_fn),
            trace=[
                (ours.get(id(predictor), predictor), self._own_inputs(given), said) for predictor, given, said in trace
            ],
        )

    def _copied(self, number: int, advice: Advice) -> Module:
        """A copy of the program for one run."""
        program = self.module.deepcopy()
        for predictor in program.predictors():
            rollout = _rollout(predictor) * self.N + number
            predictor.config = {**predictor.config, "temperature": 1.0, "rollout_id": rollout}
        return program

    def _advice(self, attempt: Attempt, inputs: Mapping[str, Any], rounds: list[bool]) -> Steps[Advice]:
        """What the next run is told; `rounds` takes in whether advice was asked for and could be read."""
        return {}
        yield  # what makes it steps, as in subclasses

    def _tell(self, rounds: Sequence[bool]) -> None:
        """Say what became of asking for advice."""

    def _own_inputs(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a predictor was given by its program."""
        return given


def _check_reward(reward_fn: Any) -> None:
    if not callable(reward_fn):
        raise UsageError(
            f"The reward is {render.short(repr(reward_fn))}.", hint="Give a function of (inputs, prediction)."
        )
    if isinstance(reward_fn, Module):  # which tells its inputs, and not that it may be called with two
        return
    try:
        inspect.signature(reward_fn).bind({}, None)
    except TypeError as error:
        name = getattr(reward_fn, "__name__", type(reward_fn).__name__)
        raise UsageError(
            f"The reward function {name} cannot be called with (inputs, prediction): {error}.",
            hint=f"Write def {name if name.isidentifier() else 'reward'}(inputs, prediction).",
        ) from error
    except ValueError:  # it does not tell what it takes
        pass


def _rollout(predictor: Predict) -> int:
    lm = predictor.chosen()
    known = predictor.config.get("rollout_id")
    return (lm.kwargs.get("rollout_id") if known is None and lm is not None else known) or 0


def _as_number(reward: Any, reward_fn: Any) -> float:
    called = getattr(reward_fn, "__name__", type(reward_fn).__name__)
    hint = "Does it lack a `return`?" if reward is None else "Return a number; the higher, the better."
    error = UsageError(f"The reward function {called} returned {render.short(repr(reward))}.", hint=hint)
    if isinstance(reward, str | bytes):
        raise error
    try:
        number = float(reward)
    except (TypeError, ValueError):
        raise error from None
    if math.isnan(number):
        raise error
    return number
