"""Where demonstrations come from: labelled examples, and traces of a teacher that the metric accepted."""

from __future__ import annotations

import inspect
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from nbdspy import events, render
from nbdspy.configuration import context
from nbdspy.data import Example, Prediction
from nbdspy.errors import BudgetExceeded, LMError, TooManyErrors, UsageError, described, is_everywhere
from nbdspy.evaluation import Metric
from nbdspy.evaluation.verdicts import score_of
from nbdspy.models.redaction import redact
from nbdspy.modules import Module, Predict, set_demos
from nbdspy.modules.freezing import DEMOS, free_predictors
from nbdspy.optimizers.progress import TraceTried
from nbdspy.optimizers.results import TraceNote
from nbdspy.optimizers.run import Run
from nbdspy.runtime import Done, map_threads

T = TypeVar("T")

Demos = Mapping[str, Sequence[Example]]
"""Demonstrations by the name of the predictor they are for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A run of the teacher on one training example that the metric accepted, as demonstrations.

    `index` is the example's place among those that were given, `round` which of the teacher's rounds it was.
    """

    index: int
    demos: Demos
    answer: Mapping[str, Any]
    round: int = 0
    example: Example | None = field(default=None, compare=False, repr=False)


_AHEAD = 4  # of so many that were tried one more is tried at once, though it may turn out not to be needed

CalledStep = tuple[Predict, Mapping[str, Any], Prediction]
"""A predictor that ran, what it was given and what it answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a run of the teacher becomes demonstrations, and why."""

    accepted: bool
    score: float | None
    why: str


Judge = Callable[[Example, Prediction, Sequence[CalledStep]], Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """A run of the teacher on one example: the verdict, the answer, and every step as a demonstration."""

    verdict: Verdict
    answer: Mapping[str, Any]
    demos: Demos

    def as_dict(self) -> dict[str, Any]:
        """The same for the score table."""
        verdict = self.verdict
        steps = {name: [dict(vars(demo)) for demo in demos] for name, demos in self.demos.items()}
        return {
            "accepted": verdict.accepted, "score": verdict.score, "why": verdict.why, "answer": dict(self.answer),
            "demos": steps,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Rollout:
        """What `as_dict` told."""
        verdict = Verdict(accepted=value["accepted"], score=value["score"], why=value["why"])
        demos = {name: [Example(demo) for demo in demos] for name, demos in value["demos"].items()}
        return cls(verdict=verdict, answer=value["answer"], demos=demos)


def labelled(
    predictor: Predict, examples: Sequence[Example], count: int, rng: random.Random, *, beside: Sequence[Example] = ()
) -> list[Example]:
    """Examples with an input and an output of this predictor, of the labels that are shown least `beside` them."""
    inputs, outputs = predictor.signature.input_fields, predictor.signature.output_fields
    fitting = [
        example for example in examples
        if any(name in example for name in inputs) and any(name in example for name in outputs)
    ]  # fmt: skip
    return spread(fitting, count, rng, by=lambda example: [example.get(name) for name in outputs], beside=beside)


def spread(
    items: Sequence[T], count: int, rng: random.Random, *, by: Callable[[T], Any], beside: Sequence[T] = ()
) -> list[T]:
    """A random draw that always takes from a group shown least, so that no label fills the demonstrations by chance.

    Where every item is a group of its own, as with free texts, it is a plain random draw.
    """
    groups: dict[str, list[T]] = {}
    for item in rng.sample(list(items), len(items)):
        groups.setdefault(render.plain(by(item)), []).append(item)
    shown = Counter(render.plain(by(item)) for item in beside)
    drawn: list[T] = []
    while len(drawn) < min(count, len(items)):
        left = [name for name, group in groups.items() if group]
        fewest = min(shown[name] for name in left)
        name = rng.choice([name for name in left if shown[name] == fewest])
        drawn.append(groups[name].pop())
        shown[name] += 1
    return drawn


def with_demos(
    student: Module, traces: Sequence[Trace], trainset: Sequence[Example], *, most: int, rng: random.Random
) -> Module:
    """A copy of the student whose predictors show the traces first, then labelled examples up to `most` in all.

    Every predictor draws its own share; an example that is shown as a trace is not shown again (DSPy paper, E.1).
    Frozen demonstrations stay.
    """
    program = student.deepcopy()
    traced = {trace.index for trace in traces}
    rest = [example for index, example in enumerate(trainset) if index not in traced]
    for name, predictor in free_predictors(program, DEMOS):
        bootstrapped = [demo for trace in traces for demo in trace.demos.get(name, ())]
        more = labelled(predictor, rest, most - len(bootstrapped), rng, beside=bootstrapped)
        set_demos(predictor, bootstrapped + more)
    return program


def ready_teacher(
    student: Module, teacher: Module | None, trainset: Sequence[Example], *, most: int, seed: int
) -> Module:
    """The program that shows how: a copy, given labelled examples when it has no demos of its own.

    Raises:
        UsageError: When its predictors are not the student's.
    """
    ready = (student if teacher is None else teacher).deepcopy()
    ours = [name for name, _ in student.named_predictors()]
    theirs = [name for name, _ in ready.named_predictors()]
    if ours != theirs:
        raise UsageError(
            f"The teacher's predictors are {', '.join(theirs) or 'none'}, the student's {', '.join(ours) or 'none'}.",
            hint="Both must be made of the same parts.",
        )
    if not any(predictor.demos for predictor in ready.predictors()):
        for _, predictor in free_predictors(ready, DEMOS):
            set_demos(predictor, labelled(predictor, trainset, most, random.Random(f"{seed} teacher")))
    return ready


def bootstrap(
    run: Run, teacher: Module, trainset: Sequence[Example], *, metric: Metric | None, threshold: float | None = None,
    enough: int, rounds: int = 1, settings: Mapping[str, Any] | None = None, name: str = "bootstrap",
) -> list[Trace]:  # fmt: skip
    """Run the teacher on training examples side by side and keep the traces that the metric accepts.

    Examples count in their order, whatever order they end in, so the same ones are kept with 1 and with 64 threads. At
    once go as many as could all be needed, and where few are accepted up to a quarter of those before: how many calls
    that takes depends on the replies, and not on the threads.

    Args:
        run: Told per example why a trace was kept or not.
        teacher: The program that shows how.
        trainset: Its examples; the one it works on is hidden from its own demos.
        metric: What accepts a trace; None accepts all.
        threshold: The least score; None accepts what is not 0.
        enough: Stop after so many traces.
        rounds: Later rounds try the examples that were not kept again, at temperature 1.
        settings: Settings in force while the teacher works, such as `lm`.
        name: Of this piece of work, where a run bootstraps more than once.

    Raises:
        TooManyErrors: When the model failed, rather than its answers, on more examples than `max_errors`, and that is
            not why the run ends.
    """
    judge = judge_by(metric, threshold)
    judge_run = partial(_in_order, run, judge=judge, measured=(metric, threshold), settings=settings or {})
    kept: list[Trace] = []
    left = list(enumerate(trainset))
    lost = 0
    for round_number in range(rounds):
        again = []
        tried = 0
        while tried < len(left) and len(kept) < enough and not run.halted():
            several = left[tried : tried + max(enough - len(kept), tried // _AHEAD)]
            for item, trace, note in judge_run(rolled(teacher, round_number), several, f"{name} round {round_number}"):
                tried += 1
                lost += note.lost
                if trace and len(kept) >= enough:
                    trace, note = None, replace(note, kept=False, why=f"{note.why}; there were enough before it")
                run.note([replace(note, round=round_number, example=item[1])])
                if lost > run.most_errors and not run.halted():  # by whom it was, that says what to do
                    raise TooManyErrors(
                        f"Stopped after the model failed on {lost} training examples; the last {note.why}",
                        hint="Raise the limit with nbdspy.configure(max_errors=…).",
                    )
                if trace is not None:
                    kept.append(replace(trace, round=round_number, example=item[1]))
                    run.traces.append(kept[-1])
                again += [] if trace else [item]
                events.emit(TraceTried(done=tried, total=len(left), kept=len(kept), wanted=enough))
        left = again
    return kept


def _in_order(
    run: Run, teacher: Module, items: Sequence[tuple[int, Example]], work: str, *, judge: Judge,
    measured: tuple[Any, ...], settings: Mapping[str, Any],
) -> Iterable[tuple[tuple[int, Example], Trace | None, TraceNote]]:  # fmt: skip
    """The outcome of each example, in the examples' order, while later ones are already on their way.

    An error that ends the run does so when its example's turn comes, whatever the clock says.
    """
    waiting: dict[int, Done[tuple[int, Example], tuple[Trace | None, TraceNote]]] = {}
    following = 0
    is_over = False
    broken: Exception | None = None
    refused = threading.Event()  # by a limit: until that is taken in, others would try in vain

    with context(**settings):
        key = run.table.key(teacher, "bootstrap", *measured)

    def attempt(item: tuple[int, Example]) -> tuple[Trace | None, TraceNote]:
        index, example = item
        known = run.table.find(key, example)
        if known is not None:
            return _became(index, Rollout.from_dict(known), run.seed)
        try:
            with context(**settings), run.unit(f"{work} example {index}"):
                rollout = _rolled_out(teacher, example, judge)
        except BudgetExceeded:
            refused.set()
            raise
        run.table.keep(key, example, rollout.as_dict())
        return _became(index, rollout, run.seed)

    def is_halted() -> bool:
        return is_over or refused.is_set() or run.halted()

    finished = map_threads(attempt, items, threads=run.threads, halted=is_halted, slots=run.slots, rank=-1)
    try:
        for done in finished:
            run.refusals.look_at(done.error)
            waiting[done.index] = done
            while following in waiting and not is_over:
                next_done = waiting.pop(following)
                if next_done.error is not None and is_everywhere(next_done.error):
                    is_over, broken = True, next_done.error  # what is out is paid for, and may end
                    break
                yield next_done.item, *(next_done.result or (None, _failed(next_done.item[0], next_done.error)))
                following += 1
    finally:
        is_over = True
    if broken is not None:
        raise broken


def trace_of(
    teacher: Module, index: int, example: Example, judge: Judge, seed: int
) -> tuple[Trace | None, TraceNote]:  # fmt: skip
    """Run the teacher on one training example, which is hidden from its demos: what becomes of it, and why."""
    return _became(index, _rolled_out(teacher, example, judge), seed)


def _rolled_out(teacher: Module, example: Example, judge: Judge) -> Rollout:
    program = _hiding(teacher, example)
    names = {id(predictor): name for name, predictor in program.named_predictors()}
    steps: list[CalledStep] = []
    with context(trace=steps):
        prediction = program(**vars(Example.inputs(example)))
    verdict = judge(example, prediction, steps)
    demos: dict[str, list[Example]] = {}
    for predictor, inputs, outputs in steps:
        if id(predictor) in names:
            made = Example({"augmented": True, **inputs, **vars(outputs)})
            demos.setdefault(names[id(predictor)], []).append(made)
    return Rollout(verdict=verdict, answer=prediction.toDict() if verdict.accepted else {}, demos=demos)


def _became(index: int, rollout: Rollout, seed: int) -> tuple[Trace | None, TraceNote]:
    verdict = rollout.verdict
    if verdict.accepted and not rollout.demos:
        return None, TraceNote(index=index, kept=False, why="no predictor of the student ran", score=verdict.score)
    one_each = {name: [_one_of(made, f"{seed} step {index}")] for name, made in rollout.demos.items()}
    trace = Trace(index=index, demos=one_each, answer=rollout.answer) if verdict.accepted else None
    return trace, TraceNote(index=index, kept=verdict.accepted, why=verdict.why, score=verdict.score)


def _one_of(made: Sequence[Example], seed: str) -> Example:
    """Of several steps of one predictor in one run, half of the time the last, else an earlier one (as the peer)."""
    rng = random.Random(seed)
    return made[-1] if len(made) == 1 or rng.random() < 0.5 else rng.choice(made[:-1])


def _hiding(teacher: Module, example: Example) -> Module:
    """The teacher, without this example among its demos, so that it cannot copy the label."""
    if not any(example in predictor.demos for predictor in teacher.predictors()):
        return teacher
    program = teacher.deepcopy()
    for predictor in program.predictors():
        predictor.demos = [demo for demo in predictor.demos if demo != example]
    return program


def rolled(teacher: Module, round_number: int) -> Module:
    """The teacher as it works in a later round: at temperature 1, with other samples than before."""
    if round_number == 0:
        return teacher
    program = teacher.deepcopy()
    for predictor in program.predictors():
        predictor.config = {**predictor.config, "temperature": 1.0, "rollout_id": round_number}
    return program


def judge_by(metric: Metric | None, threshold: float | None) -> Judge:
    """What decides on a trace: the metric, which is shown the steps if it takes them."""
    takes_trace = metric is not None and _takes_trace(metric)

    def judge(example: Example, prediction: Prediction, steps: Sequence[CalledStep]) -> Verdict:
        if metric is None:
            return Verdict(accepted=True, score=None, why="no metric was asked")
        score = score_of(metric, example, prediction, steps if takes_trace else None)
        good = score >= threshold if threshold is not None else bool(score)
        least = "" if threshold is None or good else f", less than {threshold:g}"
        return Verdict(accepted=good, score=score, why=f"scored {score:g}{least}")

    return judge


def _takes_trace(metric: Metric) -> bool:
    try:
        parameters = inspect.signature(metric).parameters
    except (TypeError, ValueError):  # a callable without a readable signature
        return False
    return "trace" in parameters or any(item.kind is item.VAR_KEYWORD for item in parameters.values())


def _failed(index: int, error: Exception | None) -> TraceNote:
    assert error is not None, "an attempt has a result or an error"
    said = " ".join(redact(described(error)).split())[:200]
    return TraceNote(index=index, kept=False, why=f"failed: {said}", lost=isinstance(error, LMError))
