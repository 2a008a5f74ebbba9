"""MIPRO++: a search for how to propose, with a fresh instruction in each trial (MIPRO paper, 2.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, get_args

from nbdspy.data import Example
from nbdspy.modules import Module
from nbdspy.optimizers.coordinate_ascent import nothing_proposed
from nbdspy.optimizers.demos import Demos
from nbdspy.optimizers.grounded_search import Sizes
from nbdspy.optimizers.grounding import Grounding
from nbdspy.optimizers.instructions import free_names, with_instructions
from nbdspy.optimizers.minibatches import Chosen, Minibatches, Schedule
from nbdspy.optimizers.mipro_paper import MIPRO
from nbdspy.optimizers.prompt_model import PromptModel
from nbdspy.optimizers.proposals import Ingredients, Proposal, Tip, Tried, Wanted, propose
from nbdspy.optimizers.results import Trial
from nbdspy.optimizers.run import Run
from nbdspy.optimizers.sampling import Alternatives, Between, Sampler
from nbdspy.optimizers.spaces import Space

HOW: Final[Mapping[str, Alternatives]] = {
    "data summary": (True, False),
    "program summary": (True, False),
    "history": (True, False),
    "tip": get_args(Tip),
    "temperature": Between(0.4, 1.4),
}
"""What a proposal may be made of, the same for all predictors of a program."""


class MIPROPlusPlus(MIPRO):
    """Learns how to propose: TPE chooses what the prompt model is told, how warm it is and which tip it gets.

    In each trial every predictor gets a fresh instruction, proposed in the way that was chosen, and is scored on a
    minibatch; so what is learned is which ways lead to good instructions. Unless demonstrations are 0, which is 0-shot
    MIPRO++, the sets of demonstrations that the predictors show are chosen too. The prompt model is called in every
    trial.

    The arguments are those of `MIPRO`; `num_candidates` counts sets of demonstrations alone, and `init_temperature` has
    no effect: the temperature is what is learned.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import Planted
        >>> planted = Planted()
        >>> with context(lm=planted.lm()):
        ...     result = MIPROPlusPlus("exact_match", num_trials=10).run(
        ...         planted.program(), trainset=planted.examples(0, 20), valset=planted.examples(100, 60))
        >>> result.score > result.base_score
        True
    """

    name = "mipro_plus_plus"

    def search(self, run: Run, student: Module, trainset: Sequence[Example], teacher: Module | None) -> None:
        sizes = self.sizes(student, len(run.valset))
        asker = self._asker(run)
        with self._task_model():
            run.enter("bootstrap", f"the program as it came, the teacher on up to {len(trainset)} training examples")
            base, traces, grounding = self._begin(run, student, trainset, teacher, asker, sizes)
            if run.halted() or base is None:
                return
            sets = self._sets(student, traces, trainset, sizes)
            proposer = _Proposer(run, asker, student, grounding, sets, shows_demos=not self._is_zero_shot)
            text = f"{sizes.schedule.trials} fresh instructions for each predictor, tried as they come"
            run.enter("search", text, programs=sizes.schedule.programs)
            sampler = Sampler(proposer.alternatives, seed=self.seed)
            _Learning(sampler, proposer, base=base, schedule=sizes.schedule, seed=self.seed).go(run)
            proposer.note_rest()
        if run.proposed and not any(proposal.instruction for proposal in run.proposed):
            run.warn(nothing_proposed(run.proposed[-1].refused[-1]))

    def sizes(self, student: Module, examples: int) -> Sizes:
        """As MIPRO's, with a proposal for every trial."""
        sizes = super().sizes(student, examples)
        return sizes._replace(proposals=sizes.schedule.trials)


class _Proposer:
    """Makes programs with fresh instructions, in the way that is chosen for each."""

    def __init__(
        self, run: Run, asker: PromptModel, student: Module, grounding: Grounding, sets: Sequence[Demos], *,
        shows_demos: bool,
    ) -> None:  # fmt: skip
        self._run = run
        self._asker = asker
        self._student = student
        self._grounding = grounding
        self._sets = sets
        self._names = free_names(student)
        self._space = Space(student=student, instructions={}, demo_sets=sets if shows_demos else ())
        self._history: dict[str, list[Tried]] = {name: [] for name in self._names}
        self._made: dict[int, Sequence[Proposal]] = {}
        self._asked = 0
        self._told = 0

    @property
    def alternatives(self) -> dict[str, Alternatives]:
        """What there is to choose: how to propose, what to show the prompt model, and what the program shows."""
        seen = {self._seen(name): range(len(self._sets)) for name in self._names if len(self._sets) > 1}
        return {**HOW, **seen, **self._space.alternatives}

    def build(self, chosen: Chosen) -> Callable[[], Module]:
        """What makes the program; the history is that of now, whenever it is called."""
        number = self._asked = self._asked + 1
        wanted = [
            Wanted(
                predictor=name, number=number, history=tuple(self._history[name]), ingredients=Ingredients(
                    data_summary=chosen["data summary"], program_summary=chosen["program summary"],
                    history=chosen["history"], tip=chosen["tip"], temperature=chosen["temperature"],
                    demo_set=chosen.get(self._seen(name)) or None,
                ),
            )
            for name in self._names
        ]  # fmt: skip
        return lambda: self._program(number, wanted, chosen)

    def _program(self, number: int, wanted: Sequence[Wanted], chosen: Chosen) -> Module:
        made = propose(self._asker, self._student, wanted, grounding=self._grounding, demo_sets=self._sets)
        self._made[number] = made
        new = {each.predictor: each.instruction for each in made if each.instruction is not None}
        return with_instructions(self._space.program(chosen), new)

    def remember(self, trial: Trial) -> None:
        """Which instruction scored how, for proposals that are told the history."""
        for name, predictor in trial.program.named_predictors():
            if name in self._history:
                self._history[name].append(Tried(predictor.signature.instructions, trial.score))

    def note(self) -> None:
        """Write down the next proposals, now that the trial that asked for them has its turn."""
        self._told += 1
        self._run.note_proposals(self._made.pop(self._told))

    def note_rest(self) -> None:
        """Write down the proposals of trials that never had their turn, since the run was to end."""
        for number in sorted(self._made):
            self._run.note_proposals(self._made.pop(number))

    def _seen(self, name: str) -> str:
        return self._space.named(name, "shown to the proposer")


class _Learning(Minibatches):
    """Tells the proposer how its instructions did."""

    def __init__(
        self, sampler: Sampler, proposer: _Proposer, *, base: Trial, schedule: Schedule, seed: int
    ) -> None:  # fmt: skip
        super().__init__(sampler, proposer.build, base=base, own=None, schedule=schedule, seed=seed)
        self._proposer = proposer
        proposer.remember(base)

    def tell(self, trial: Trial) -> None:
        """Learn from a trial, and let the proposer remember it."""
        if self.is_sample_next:
            self._proposer.note()
        self._proposer.remember(trial)
        super().tell(trial)
