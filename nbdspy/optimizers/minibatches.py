"""A search that scores most trials on a few examples, and now and then the most promising one on all of them."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbdspy.modules import Module
from nbdspy.optimizers.results import Trial
from nbdspy.optimizers.run import Run
from nbdspy.optimizers.sampling import Sampler
from nbdspy.optimizers.searching import Candidate

LOSS = -1.0  # of a choice that was given up: below all that another can be told to be worth
LAG = 4  # trials at once: with 35 examples each they keep 64 threads busy

Chosen = Mapping[str, Any]
Built = Module | Callable[[], Module]
"""A program, or what makes it where that takes calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How many trials of how many examples there are.

    Args:
        trials: Choices that are sampled and scored.
        batch: Examples of each; None scores every one on all examples.
        full_every: Each time that so many more trials are known, the most promising choice is scored on all examples.
        same_batch: So many trials, one after another, see the same examples; else each draws its own, as in the paper
            and in DSPy.
        corrected: Tell the sampler what a batch says beyond how hard its examples are; see `Minibatches`.
    """

    trials: int
    batch: int | None
    full_every: int = 5
    same_batch: bool = True
    corrected: bool = True

    @property
    def full(self) -> int:
        """How many full evaluations there are, besides that of the program as it came."""
        return 0 if self.batch is None else -(-self.trials // self.full_every)

    @property
    def programs(self) -> int:
        """How many programs are scored, on a batch or on all examples."""
        return self.trials + self.full

    def runs(self, examples: int) -> int:
        """How many runs of programs that takes at most, where there are so many validation examples."""
        return self.trials * (examples if self.batch is None else self.batch) + self.full * examples

    def text(self, examples: int) -> str:
        """The same in words."""
        if self.batch is None:
            return f"{self.trials} programs on {examples} validation examples"
        return f"{self.trials} programs on {self.batch}, {self.full} of them on all {examples} validation examples"


class Minibatches:
    """Samples choices and learns from their scores on minibatches (MIPRO paper, 2.3).

    A batch has easy or hard examples by chance, which says nothing of the choice that was scored on it. The program as
    it came is known on all examples; so the sampler is told its full score, plus the mean difference to it on the
    batch: a control variate. Candidates of the same batch are compared fairly by it, and those of different batches
    nearly so. A choice whose program failed too often counts as worse than all others, and is not scored again in full.

    Args:
        sampler: Chooses.
        build: Makes a program of what was chosen.
        base: The trial of the program as it came, on all examples.
        own: The choices that are that program; None when none are.
        schedule: How many trials of what size.
        seed: Of the batches.
    """

    def __init__(
        self, sampler: Sampler, build: Callable[[Chosen], Built], *, base: Trial, own: Chosen | None,
        schedule: Schedule, seed: int,
    ) -> None:  # fmt: skip
        self._sampler = sampler
        self._build = build
        self._base = {row.index: row.score for row in base.evaluation.rows}
        self._base_score = base.score
        self._schedule = schedule
        self._seed = seed
        self._sampled = 0
        self._known = 0
        self._full_asked = 0
        self._out: deque[tuple[int | None, Chosen]] = deque()
        self._values: dict[str, list[float]] = {}
        self._first: dict[str, Trial] = {}
        self._checked: set[str] = set()
        if own is not None:
            self._checked.add(_key(own))
            sampler.know(own, base.score)

    def go(self, run: Run) -> None:
        """Try it all, up to `LAG` trials side by side; the last full evaluations come when all samples are known."""
        run.search(self, lag=LAG)
        if not run.halted() and self._full_asked < self._schedule.full:
            run.search(self)

    def ask(self, number: int) -> Candidate | Callable[[], Candidate] | None:
        """The next sampled choice, or a full evaluation once all trials that it chooses among are known."""
        while self._full_asked < self._full_due:
            self._full_asked += 1
            if full := self._full():
                return full
        return self._sample(number) if self._sampled < self._schedule.trials else None

    @property
    def _full_due(self) -> int:
        """How many full evaluations there should be, by what is known."""
        schedule = self._schedule
        return schedule.full if self._known == schedule.trials else self._known // schedule.full_every

    @property
    def is_sample_next(self) -> bool:
        """Whether the next trial to be told was sampled; else it is a full evaluation of one that was."""
        return self._out[0][0] is not None

    def tell(self, trial: Trial) -> None:
        """Learn from a trial."""
        number, chosen = self._out.popleft()
        if number is None:
            self._sampler.know(chosen, LOSS if trial.is_given_up else trial.score)
            return
        self._known += 1
        value = self._value(trial)
        self._sampler.tell(number, value)
        if trial.is_given_up:
            self._checked.add(_key(chosen))
        self._values.setdefault(_key(chosen), []).append(value)
        self._first.setdefault(_key(chosen), trial)

    def _sample(self, number: int) -> Candidate | Callable[[], Candidate]:
        chosen = self._sampler.ask(number)
        self._sampled += 1
        self._out.append((number, chosen))
        built = self._build(chosen)
        batch = self._batch()

        def candidate(program: Module) -> Candidate:
            return Candidate(program=program, label=said(chosen), examples=batch, choices=chosen)

        return candidate(built) if isinstance(built, Module) else lambda: candidate(built())

    def _full(self) -> Candidate | None:
        """The choice with the best mean so far that is not known on all examples yet."""
        left = {key: sum(values) / len(values) for key, values in self._values.items() if key not in self._checked}
        if not left or self._schedule.batch is None:
            return None
        key = max(left, key=lambda key: left[key])
        trial = self._first[key]
        self._checked.add(key)
        self._out.append((None, trial.choices))
        return Candidate(program=trial.program, label=f"{trial.label}, on all", choices=trial.choices)

    def _batch(self) -> Sequence[int] | None:
        if self._schedule.batch is None:
            return None
        stretch = (self._sampled - 1) // self._schedule.full_every
        name = f"stretch {stretch}" if self._schedule.same_batch else f"trial {self._sampled}"
        rng = random.Random(f"{self._seed} minibatch {name}")
        return sorted(rng.sample(range(len(self._base)), self._schedule.batch))

    def _value(self, trial: Trial) -> float:
        if trial.is_given_up:
            return LOSS
        rows = trial.evaluation.rows
        if trial.is_finished or not self._schedule.corrected:
            return trial.score
        return self._base_score + sum(row.score - self._base[row.index] for row in rows) / max(1, len(rows))


def said(chosen: Chosen) -> str:
    """Choices in words: "instruction 3, demos 1"."""
    return ", ".join(
        f"{name} {f'{value:.2g}' if isinstance(value, float) else value}" for name, value in chosen.items()
    )


def _key(chosen: Chosen) -> str:
    return repr(sorted(chosen.items()))
