"""`GroundedProposer`: proposals for all predictors of a program in one call, outside of any search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbdspy.data import Example
from nbdspy.models import BaseLM
from nbdspy.modules import Module
from nbdspy.optimizers.demos import Demos
from nbdspy.optimizers.grounding import Grounding, ground
from nbdspy.optimizers.prompt_model import Alone, PromptModel, Work
from nbdspy.optimizers.proposals import Proposal, Tried, Wanted, drawn, propose


class GroundedProposer:
    """Writes instructions from what a model is told of the data, the program, its demonstrations and its history.

    The arguments are those of DSPy's. Nothing is asked before something is proposed. A proposal that the model does not
    manage has no instruction, and says why.

    Args:
        prompt_model: The model that writes; None asks the configured one.
        program: Its code is read as it was typed, in a file or in a cell.
        trainset: Examples to look at.
        view_data_batch_size: How many at a time.
        use_dataset_summary: Sum up the data.
        program_aware: Describe the program.
        use_task_demos: Show demonstrations, where there are some.
        num_demos_in_context: How many.
        use_instruct_history: Show the instructions that were tried, where there are some.
        use_tip: Give each proposal a tip at random.
        init_temperature: Of the proposals.
        seed: Of the tips, and of the samples where replies are cached.
        work: The run that the calls belong to.

    Example:
        >>> from nbdspy.modules import Predict
        >>> from nbdspy.testing import DummyLM
        >>> lm = DummyLM([{"proposed_instruction": "Name the capital."}, {"proposed_instruction": "Which city?"}])
        >>> proposer = GroundedProposer(lm, Predict("country -> city"), [], use_dataset_summary=False,
        ...                             program_aware=False)
        >>> [proposal.instruction for proposal in proposer.propose(2)["self"]]
        ['Name the capital.', 'Which city?']
    """

    def __init__(
        self, prompt_model: BaseLM | None, program: Module, trainset: Sequence[Example], view_data_batch_size: int = 10,
        use_dataset_summary: bool = True, program_aware: bool = True, use_task_demos: bool = True,
        num_demos_in_context: int = 3, use_instruct_history: bool = True, use_tip: bool = True,
        init_temperature: float = 1.0, *, seed: int = 0, work: Work | None = None,
    ) -> None:  # fmt: skip
        self.prompt_model = prompt_model
        self.program = program
        self.trainset = trainset
        self.view_data_batch_size = view_data_batch_size
        self.use_dataset_summary = use_dataset_summary
        self.program_aware = program_aware
        self.use_task_demos = use_task_demos
        self.num_demos_in_context = num_demos_in_context
        self.use_instruct_history = use_instruct_history
        self.use_tip = use_tip
        self.init_temperature = init_temperature
        self.seed = seed
        self.work = work

    def ground(self) -> Grounding:
        """Look at the data and at the program."""
        return ground(
            self._asker(), self.program, self.trainset, view_data_batch_size=self.view_data_batch_size,
            data=self.use_dataset_summary, code=self.program_aware,
        )  # fmt: skip

    def propose(
        self, count: int, *, demo_sets: Sequence[Demos] = (), history: Mapping[str, Sequence[Tried]] | None = None,
        grounding: Grounding | None = None,
    ) -> Mapping[str, Sequence[Proposal]]:  # fmt: skip
        """So many proposals for each predictor, by its name.

        Args:
            count: How many for each.
            demo_sets: Demonstrations by predictor; the proposals are shown one set after the other, the first none.
            history: By predictor, the instructions that were tried.
            grounding: What was found out before; by default it is found out now.

        Raises:
            NotConfigured: When there is no model.
        """
        names = [name for name, _ in self.program.named_predictors()]
        sets = demo_sets if self.use_task_demos else ()
        tried = (history or {}) if self.use_instruct_history else {}
        wanted = [
            Wanted(
                predictor=name, number=number, history=tried.get(name, ()),
                ingredients=drawn(
                    name, number, seed=self.seed, demo_sets=len(sets), temperature=self.init_temperature,
                    tips=self.use_tip, history=self.use_instruct_history,
                ),
            )
            for number in range(count) for name in names
        ]  # fmt: skip
        proposals = propose(
            self._asker(), self.program, wanted, grounding=self.ground() if grounding is None else grounding,
            demo_sets=sets, num_demos_in_context=self.num_demos_in_context,
        )  # fmt: skip
        return {name: [proposal for proposal in proposals if proposal.predictor == name] for name in names}

    def propose_instructions_for_program(
        self, trainset: Any = None, program: Any = None, demo_candidates: Any = None, trial_logs: Any = None, N: int = 1
    ) -> dict[int, list[str]]:
        """The same in DSPy's shape: texts by the index of the predictor.

        Args:
            trainset: None: what was given to the proposer counts, as of `program`.
            program: See `trainset`.
            demo_candidates: Lists of demonstration sets by the index of the predictor.
            trial_logs: None: give `history` to `propose`.
            N: How many for each predictor.

        Raises:
            NotConfigured: When there is no model.
        """
        names = [name for name, _ in self.program.named_predictors()]
        several = [(demo_candidates or {}).get(index) or [] for index in range(len(names))]
        sets = [
            {name: each[number] for name, each in zip(names, several, strict=True) if number < len(each)}
            for number in range(max(map(len, several), default=0))
        ]
        found = self.propose(N, demo_sets=sets)
        return {
            index: [each.instruction for each in found[name] if each.instruction is not None]
            for index, name in enumerate(names)
        }

    def _asker(self) -> PromptModel:
        return PromptModel(self.prompt_model, self.work or Alone(), self.seed)
