"""OPRO: instructions proposed from the history of earlier ones and their scores (MIPRO paper, after Yang et al.)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Literal, get_args

from nbdspy.data import Example
from nbdspy.errors import UsageError
from nbdspy.evaluation import Metric
from nbdspy.models import BaseLM
from nbdspy.modules import Module
from nbdspy.modules.freezing import INSTRUCTIONS
from nbdspy.optimizers.coordinate_ascent import Attempts, Proposed, Wording, ascend, ascent_steps, nothing_proposed
from nbdspy.optimizers.grounding import Grounding, ground, grounding_calls, grounding_letters
from nbdspy.optimizers.instructions import free_names, with_instructions
from nbdspy.optimizers.optimizer import Optimizer
from nbdspy.optimizers.plans import Step
from nbdspy.optimizers.program_proposals import propose_program
from nbdspy.optimizers.prompt_model import PromptModel
from nbdspy.optimizers.proposals import Proposal, Tried, Wanted, drawn, proposal_letters, propose
from nbdspy.optimizers.results import Trial
from nbdspy.optimizers.run import Run
from nbdspy.optimizers.searching import Candidate

Level = Literal["module", "program", "coordinate"]

LAG: Final = 2  # while one program is scored, the next is proposed; the paper waits, which costs time and gains little
FRUITLESS: Final = 3  # trials in a row without a proposal of use, after which no more are asked for


class OPRO(Optimizer):
    """Scores instructions and lets a model propose better ones from what was tried.

    The three ways of the MIPRO paper to give credit for the score of a whole program:

    - "module": each predictor has a history of its own. In each trial all predictors get a new instruction, and the
      score of the program counts for each of them.
    - "program": one prompt shows the instructions of all predictors with the score, and asks for new ones for all. The
      paper found no gain in it.
    - "coordinate" (CA-OPRO): predictors take turns, while the others keep their best; so a score is one predictor's
      own. It takes the most runs.

    Args:
        metric: Scores the programs.
        prompt_model: The model that proposes; None asks the configured one.
        level: Whose history a proposal is made from.
        num_trials: Programs to score; in "coordinate" the most.
        breadth: In "coordinate", the proposals of a predictor in its turn.
        grounded: Tell of the data and of the program, and give tips; False is the paper's variant without grounding.
        view_data_batch_size: Examples to look at at a time.
        init_temperature: Of the proposals.
        seed: Of the tips, and of the samples where replies are cached.
        num_threads: Calls at once.
        max_errors: Failed examples after which a program gives up.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.modules import Predict
        >>> from nbdspy.testing import DummyLM
        >>> writer = DummyLM([{"proposed_instruction": "Name the capital."}])
        >>> trainset = [Example(country="France", city="Paris").with_inputs("country")]
        >>> with context(lm=DummyLM([{"city": "Paris, of course"}, {"city": "Paris"}]), num_threads=1):
        ...     result = OPRO("exact_match", writer, num_trials=1, grounded=False).run(
        ...         Predict("country -> city"), trainset=trainset)
        >>> result.best.signature.instructions
        'Name the capital.'
    """

    name = "opro"
    changes = (INSTRUCTIONS,)

    def __init__(
        self, metric: str | Metric = "exact_match", prompt_model: BaseLM | None = None, *, level: Level = "module",
        num_trials: int = 20, breadth: int = 5, grounded: bool = True, view_data_batch_size: int = 10,
        init_temperature: float = 0.7, seed: int = 0, num_threads: int | None = None, max_errors: int | None = None,
    ) -> None:  # fmt: skip
        self.metric = metric
        self.prompt_model = prompt_model
        self.level = level
        self.num_trials = num_trials
        self.breadth = breadth
        self.grounded = grounded
        self.view_data_batch_size = view_data_batch_size
        self.init_temperature = init_temperature
        self.seed = seed
        self.num_threads = num_threads
        self.max_errors = max_errors

    def search(self, run: Run, student: Module, trainset: Sequence[Example], teacher: Module | None) -> None:
        self._check_level()
        names = free_names(student)
        asker = PromptModel(self.prompt_model, run, self.seed)
        grounding = Grounding()
        if self.grounded and names:
            run.enter("propose", "a look at the data and at the program")
            grounding = ground(asker, student, trainset, view_data_batch_size=self.view_data_batch_size)
            if run.halted():
                return
            for problem in grounding.problems:
                run.warn(problem)
        shown = [{name: predictor.demos for name, predictor in student.named_predictors()}]
        make = partial(propose, asker, student, grounding=grounding, demo_sets=shown)
        if self.level == "coordinate" or not names:
            self._ascend(run, student, names, make)
            return
        if self.level == "program":
            make = partial(propose_program, asker, student, grounding=grounding)
        run.enter("search", f"{self.num_trials + 1} programs", programs=self.num_trials + 1)
        climb = _Climb(self, run, student, names, make)
        run.search(climb, lag=LAG)
        climb.note_rest()

    def wanted(self, name: str, number: int, history: Sequence[Tried]) -> Wanted:
        """What is asked for as the `number`th instruction of a predictor; demonstrations are the program's own."""
        made_of = drawn(
            name, number, seed=self.seed, demo_sets=1, temperature=self.init_temperature, tips=self.grounded,
            history=True,
        )  # fmt: skip
        return Wanted(predictor=name, number=number, ingredients=made_of, history=history)

    def _ascend(
        self, run: Run, student: Module, names: Sequence[str], make: Callable[[Sequence[Wanted]], Sequence[Proposal]]
    ) -> None:
        def proposed(number: int, attempts: Attempts) -> Proposed:
            history = {
                name: [Tried(attempt.wording.instruction, attempt.score) for attempt in attempts[name]]
                for name in names
            }  # fmt: skip
            first = 1 + number * self.breadth
            proposals = make([
                self.wanted(name, first + step, history[name]) for step in range(self.breadth) for name in names
            ])  # fmt: skip
            return {
                name: [
                    (each, None if each.instruction is None else Wording(each.number, each.instruction))
                    for each in proposals if each.predictor == name
                ]
                for name in names
            }  # fmt: skip

        ascend(run, student, names, proposed, rounds=self._rounds(len(names)), breadth=self.breadth)

    def _rounds(self, predictors: int) -> int:
        return max(1, self.num_trials // (self.breadth * max(1, predictors)))

    def _check_level(self) -> None:
        if self.level not in get_args(Level):
            raise UsageError(
                f"{self.name} cannot use level = {self.level!r}.", hint=f"Give one of {', '.join(get_args(Level))}."
            )

    def chosen_by(self, trainset: Sequence[Example], valset: Sequence[Example] | None) -> Sequence[Example]:
        return trainset if valset is None else valset

    def steps(self, student: Module, trainset: Sequence[Example], valset: Sequence[Example]) -> Sequence[Step]:
        self._check_level()
        names = free_names(student)
        grounds = self.grounded and bool(names)
        size = self.view_data_batch_size
        looked = Step(
            phase="propose", text="a look at the data and at the program", low=0, high=0,
            asks=grounding_calls(student, len(trainset), view_data_batch_size=size),
            letters=grounding_letters(student, trainset, view_data_batch_size=size),
        )  # fmt: skip
        letters = [proposal_letters(student, name) for name in names]
        if self.level == "coordinate" or not names:
            rounds = self._rounds(len(names))
            climb = ascent_steps(valset, names, rounds=rounds, proposals=rounds * self.breadth, letters=letters)
        else:
            climb = self._climb_steps(valset, letters)
        return [*([looked] if grounds else []), *climb]

    def _climb_steps(self, valset: Sequence[Example], letters: Sequence[tuple[int, int]]) -> list[Step]:
        """Of trial after trial; at least, no proposal is of use, and after some the search is over."""
        asked = 1 if self.level == "program" else len(letters)
        fewest, most = min(self.num_trials, FRUITLESS), self.num_trials
        least = max((low for low, _ in letters), default=0) if asked == 1 else sum(low for low, _ in letters)
        return [
            Step(
                phase="search", text=f"up to {most + 1} programs on {len(valset)} validation examples",
                low=len(valset), high=(most + 1) * len(valset), first=len(valset),
                asks=(fewest * asked, 2 * most * asked),
                letters=(fewest * least, 2 * most * sum(high for _, high in letters)),
            )
        ]  # fmt: skip


class _Climb:
    """Trial after trial, each with instructions that were proposed from the scores of those before it.

    Trial 0 is the program that goes in. A predictor for which no proposal was of use keeps the instruction of the best
    program so far.
    """

    def __init__(
        self, optimizer: OPRO, run: Run, student: Module, names: Sequence[str],
        make: Callable[[Sequence[Wanted]], Sequence[Proposal]],
    ) -> None:  # fmt: skip
        self._optimizer = optimizer
        self._run = run
        self._student = student
        self._names = names
        self._make = make
        self._told: list[Trial] = []
        self._proposals: dict[int, Sequence[Proposal]] = {}
        self._fruitless = 0

    def ask(self, number: int) -> Candidate | Callable[[], Candidate] | None:
        if number == 0:
            return Candidate(program=self._student, label="as it came")
        if number > self._optimizer.num_trials or self._fruitless >= FRUITLESS:
            return None
        return partial(self._proposed, number, list(self._told))

    def _proposed(self, number: int, told: Sequence[Trial]) -> Candidate:
        """The program with the instructions that are proposed now, from what was told when it was asked for."""
        finished = [trial for trial in told if trial.is_finished]
        history = {
            name: [Tried(instruction_of(trial.program, name), trial.score) for trial in finished]
            for name in self._names
        }
        proposals = self._make([self._optimizer.wanted(name, number, history[name]) for name in self._names])
        self._proposals[number] = proposals
        new = {each.predictor: each.instruction for each in proposals if each.instruction is not None}
        best = self._run.best_of(finished)
        program = self._student if best is None else best.program
        chosen = dict.fromkeys(new, number)
        return Candidate(
            program=with_instructions(program, new) if new else program,
            label=f"instructions {number}" if new else f"no proposal {number}",
            choices=chosen,
            parent=None if best is None or best.program is self._student else best.number,
        )

    def tell(self, trial: Trial) -> None:
        proposals = self._proposals.pop(len(self._told), ())
        self._told.append(trial)
        self._run.note_proposals(proposals)
        is_fruitless = bool(proposals) and not any(each.instruction for each in proposals)
        self._fruitless = self._fruitless + 1 if is_fruitless else 0
        if self._fruitless == FRUITLESS:
            self._run.warn(nothing_proposed(proposals[-1].refused[-1]))

    def note_rest(self) -> None:
        """Write down the proposals of trials that never had their turn, since the run was to end."""
        for number in sorted(self._proposals):
            self._run.note_proposals(self._proposals.pop(number))


def instruction_of(program: Module, name: str) -> str:
    """The instruction of a predictor, by its name."""
    return str(dict(program.named_predictors())[name].signature.instructions)
