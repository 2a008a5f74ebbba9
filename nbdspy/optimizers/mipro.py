"""MIPROv2: instructions and demonstrations, searched for together (MIPRO paper; DSPy's MIPROv2)."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from nbdspy.data import Example
from nbdspy.errors import UsageError
from nbdspy.evaluation import Metric
from nbdspy.models import BaseLM
from nbdspy.modules import Module
from nbdspy.optimizers.arguments import check_arguments
from nbdspy.optimizers.coordinate_ascent import nothing_proposed
from nbdspy.optimizers.demos import Demos
from nbdspy.optimizers.grounded_search import PRESETS, GroundedSearch, Sizes
from nbdspy.optimizers.grounding import Grounding
from nbdspy.optimizers.instructions import free_names
from nbdspy.optimizers.minibatches import Minibatches, Schedule
from nbdspy.optimizers.optimizer import Optimizer
from nbdspy.optimizers.prompt_model import PromptModel
from nbdspy.optimizers.proposals import Wanted, drawn, propose
from nbdspy.optimizers.results import Trial
from nbdspy.optimizers.run import Run
from nbdspy.optimizers.sampling import Sampler
from nbdspy.optimizers.spaces import Space

FEW = 50  # validation examples up to which a preset scores every trial on all of them


class MIPROv2(GroundedSearch):
    """Bootstraps sets of demonstrations, lets a model propose instructions, and searches for the best combination.

    1. A teacher runs on training examples; sets of demonstrations are made of the traces that the metric accepts.
    2. A prompt model that was told of the data, the program, demonstrations and a tip proposes instructions.
    3. TPE, a Bayesian search, chooses an instruction and a set for every predictor, trial after trial. Trials are
       scored on minibatches; now and then the most promising combination is scored on all validation examples. The
       best of those that were is the result; the program as it came is the first of them, so it is never worse.

    The numbers are DSPy's. Four things differ: `minibatch_full_eval_steps` trials in a row see the same minibatch; what
    TPE is told is corrected for how hard the batch is, by the scores of the program as it came on the same examples (a
    control variate); a program is never run on an example twice; and the teacher runs once for all sets.

    Args:
        metric: Scores candidates and accepts traces.
        prompt_model: Proposes instructions; by default the configured model.
        task_model: What the program runs with, where its predictors have no model of their own; by default the
            configured model. It is not put into the program.
        teacher_settings: Settings in force while the teacher works, such as `{"lm": stronger}`.
        max_bootstrapped_demos: Most traces in a set. With no demonstrations at all, instructions alone are searched
            for; then proposals are shown up to 3 traces all the same.
        max_labeled_demos: Most demonstrations in a set, traces included.
        auto: How much to spend: "light", "medium" or "heavy" take 6, 12 or 18 candidates and up to 100, 300 or 1000
            validation examples. None leaves both to the next two.
        num_candidates: Sets of demonstrations, and instructions, for each predictor.
        num_trials: Combinations to score.
        minibatch: Score trials on minibatches; `auto` does so from 51 validation examples on.
        minibatch_size: Examples of a minibatch; where there are no more, every trial is scored on all.
        minibatch_full_eval_steps: Trials between two full evaluations. Trials go on side by side: a full evaluation
            begins once the trials that it chooses among are known, and a few more may be out by then.
        init_temperature: Of the proposals.
        metric_threshold: The least score of an accepted trace; None takes what is not 0.
        program_aware_proposer: Tell the prompt model what the program does.
        data_aware_proposer: Tell it what the data looks like.
        tip_aware_proposer: Give each proposal a tip at random.
        fewshot_aware_proposer: Show it demonstrations.
        view_data_batch_size: Training examples that it looks at at a time.
        track_stats: As DSPy's programs give it, and without effect: the result holds all trials.
        verbose: See `track_stats`.
        max_errors: Failed examples after which a candidate gives up.
        seed: Of every random choice.
        num_threads: Calls at once.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import Planted
        >>> planted = Planted()
        >>> with context(lm=planted.lm()):
        ...     result = MIPROv2("exact_match").run(
        ...         planted.program(), trainset=planted.examples(0, 20), valset=planted.examples(100, 50))
        >>> result.score > result.base_score
        True
    """

    name = "miprov2"

    def __init__(
        self, metric: str | Metric = "exact_match", prompt_model: BaseLM | None = None,
        task_model: BaseLM | None = None, teacher_settings: Mapping[str, Any] | None = None,
        max_bootstrapped_demos: int = 4, max_labeled_demos: int = 4,
        auto: Literal["light", "medium", "heavy"] | None = "light", num_candidates: int | None = None,
        num_threads: int | None = None, max_errors: int | None = None, seed: int = 0, init_temperature: float = 1.0,
        verbose: bool = False, track_stats: bool = True, metric_threshold: float | None = None, *,
        num_trials: int | None = None, minibatch: bool = True, minibatch_size: int = 35,
        minibatch_full_eval_steps: int = 5, program_aware_proposer: bool = True, data_aware_proposer: bool = True,
        view_data_batch_size: int = 10, tip_aware_proposer: bool = True, fewshot_aware_proposer: bool = True,
    ) -> None:  # fmt: skip
        self.metric = metric
        self.prompt_model = prompt_model
        self.task_model = task_model
        self.teacher_settings = teacher_settings
        self.max_bootstrapped_demos = max_bootstrapped_demos
        self.max_labeled_demos = max_labeled_demos
        self.auto = auto
        self.num_candidates = num_candidates
        self.num_threads = num_threads
        self.max_errors = max_errors
        self.seed = seed
        self.init_temperature = init_temperature
        self.verbose = verbose
        self.track_stats = track_stats
        self.metric_threshold = metric_threshold
        self.num_trials = num_trials
        self.minibatch = minibatch
        self.minibatch_size = minibatch_size
        self.minibatch_full_eval_steps = minibatch_full_eval_steps
        self.program_aware_proposer = program_aware_proposer
        self.data_aware_proposer = data_aware_proposer
        self.view_data_batch_size = view_data_batch_size
        self.tip_aware_proposer = tip_aware_proposer
        self.fewshot_aware_proposer = fewshot_aware_proposer

    def compile(
        self, student: Any, *, trainset: Any, teacher: Any = None, valset: Any = None,
        requires_permission_to_run: bool | None = None, provide_traceback: bool | None = None, **options: Any,
    ) -> Module:  # fmt: skip
        """The better program.

        Args:
            student: A program or a signature; it is not changed.
            trainset: Examples to learn from; without a valset, the last four fifths choose.
            teacher: A program of the same parts that shows how; by default the student itself.
            valset: Examples to choose by.
            requires_permission_to_run: As DSPy's programs give it, and without effect, as the next one.
            provide_traceback: See `requires_permission_to_run`.
            options: Arguments of the constructor, such as `num_trials`, for this time; None leaves what is there.
        """
        given = {name: value for name, value in options.items() if value is not None}
        check_arguments(type(self), given)
        this = copy.copy(self)
        for name, value in given.items():
            setattr(this, name, value)
        return Optimizer.compile(this, student, trainset=trainset, teacher=teacher, valset=valset)

    def search(self, run: Run, student: Module, trainset: Sequence[Example], teacher: Module | None) -> None:
        sizes = self.sizes(student, len(run.valset))
        asker = self._asker(run)
        with self._task_model():
            run.enter("bootstrap", f"the program as it came, the teacher on up to {len(trainset)} training examples")
            base, traces, grounding = self._begin(run, student, trainset, teacher, asker, sizes)
            if run.halted() or base is None:
                return
            sets = self._sets(student, traces, trainset, sizes)
            instructions = self._instructions(run, student, asker, grounding, sets, sizes.proposals)
            if run.halted():
                return
            space = Space(student=student, instructions=instructions, demo_sets=[] if self._is_zero_shot else sets)
            self._choose(run, space, base, sizes.schedule)

    def sizes(self, student: Module, examples: int) -> Sizes:
        """How many demonstration sets, instructions and trials a search takes, with so many validation examples.

        Raises:
            UsageError: When `auto` and the numbers that it stands for are given both, or neither.
        """
        if self.auto is None:
            if self.num_candidates is None or self.num_trials is None:
                raise UsageError(
                    "MIPROv2 without auto needs num_candidates and num_trials.",
                    hint='Give both, or auto="light", "medium" or "heavy".',
                )
            instructions = candidates = self.num_candidates
            trials = self.num_trials
        elif self.num_candidates is not None or self.num_trials is not None:
            raise UsageError(
                f"auto = {self.auto!r} sets num_candidates and num_trials, which are given too.",
                hint="Give auto=None with them, or leave them out.",
            )
        else:
            candidates = PRESETS[self.auto].candidates
            instructions = candidates if self._is_zero_shot else candidates // 2
            variables = len(student.predictors()) * (1 if self._is_zero_shot else 2)
            trials = int(max(2 * variables * math.log2(candidates), 1.5 * candidates))
        has_batches = self.minibatch if self.auto is None else examples > FEW
        return Sizes(
            demo_sets=candidates,
            proposals=instructions - 1,
            schedule=self._schedule(trials, self.minibatch_size if has_batches else examples, examples),
        )

    def _schedule(self, trials: int, batch: int, examples: int) -> Schedule:
        return Schedule(
            trials=trials, batch=batch if batch < examples else None, full_every=self.minibatch_full_eval_steps
        )

    def _instructions(
        self, run: Run, student: Module, asker: PromptModel, grounding: Grounding, sets: Sequence[Demos], count: int
    ) -> Mapping[str, Sequence[str]]:
        """The instructions to choose among, by predictor: its own, then those that were proposed."""
        names = free_names(student)
        shown = sets if self.fewshot_aware_proposer else ()
        run.enter("propose", f"{count} instructions for each of {len(names)} predictors")
        proposals = propose(asker, student, [
            Wanted(predictor=name, number=number, ingredients=drawn(
                name, number, seed=self.seed, demo_sets=len(shown), temperature=self.init_temperature,
                tips=self.tip_aware_proposer,
            ))
            for number in range(1, count + 1) for name in names
        ], grounding=grounding, demo_sets=shown)  # fmt: skip
        run.note_proposals(proposals)
        if proposals and not any(proposal.instruction for proposal in proposals):
            run.warn(nothing_proposed(proposals[-1].refused[-1]))
        return {
            name: [predictor.signature.instructions, *(
                each.instruction for each in proposals if each.predictor == name and each.instruction is not None
            )]
            for name, predictor in student.named_predictors()
        }  # fmt: skip

    def _choose(self, run: Run, space: Space, base: Trial, schedule: Schedule) -> None:
        if not space.alternatives:
            run.warn(
                "There is nothing to choose among: no instruction and no demonstrations besides the program's own."
            )
            return
        run.enter("search", schedule.text(len(run.valset)), programs=schedule.programs)
        sampler = Sampler(space.alternatives, seed=self.seed)
        Minibatches(sampler, space.program, base=base, own=space.own, schedule=schedule, seed=self.seed).go(run)
