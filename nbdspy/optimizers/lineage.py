"""Where the parts of a program come from: the trial that first had them, and the trace, label or proposal before it.

A run remembers its traces and proposals; the parts of a program are found among them by what they say. So nothing is
attached to demonstrations, and copies, files and prompts are what they would be without.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from nbdspy.data import Example
from nbdspy.modules import Module, Predict

if TYPE_CHECKING:
    from nbdspy.optimizers.demos import Trace
    from nbdspy.optimizers.proposals import Proposal
    from nbdspy.optimizers.results import Trial

Source = Literal["as it came", "trace", "label", "proposal", "yours", "elsewhere"]
"""The program that went in; a run of the teacher; a training example; a model; the user; what the run does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an instruction, or the `place`th demonstration, of a predictor comes from.

    `trial` is the first that had it. `example` is the training example of a trace or a label, by its place, `round` the
    teacher's; `proposal` is the number of a proposal.
    """

    predictor: str
    part: Literal["instructions", "demo"]
    source: Source
    place: int | None = None
    trial: int | None = None
    example: int | None = None
    round: int | None = None
    proposal: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What a run made programs of."""

    base: Module
    trainset: Sequence[Example] = ()
    traces: Sequence[Trace] = ()
    proposals: Sequence[Proposal] = ()
    tried: Sequence[Trial] = ()

    def of(self, program: Module) -> list[Origin]:
        """The origin of the instruction, and of each demonstration, of every predictor."""
        base = dict(self.base.named_predictors())
        found: list[Origin] = []
        for name, predictor in program.named_predictors():
            found.append(self._of_instructions(name, predictor, base.get(name)))
            found += [self._of_demo(name, demo, place, base.get(name)) for place, demo in enumerate(predictor.demos)]
        return found

    def of_sentences(self, program: Module) -> list[tuple[str, Origin]]:
        """Each sentence of every predictor's instruction, with the origin of the first instruction that held it."""
        base = dict(self.base.named_predictors())
        return [
            (sentence, self._of_instructions(name, predictor, base.get(name), sentence))
            for name, predictor in program.named_predictors()
            for sentence in sentences(predictor.signature.instructions)
        ]

    def _of_instructions(self, name: str, predictor: Predict, base: Predict | None, sentence: str = "") -> Origin:
        """Of a whole instruction, or of a sentence of it."""
        text = predictor.signature.instructions

        def says(instruction: str | None) -> bool:
            return sentence in sentences(instruction or "") if sentence else instruction == text

        trial = self._first(lambda tried: says(tried.signature.instructions), name)
        if base is not None and says(base.signature.instructions):
            return Origin(predictor=name, part="instructions", source="as it came", trial=trial)
        for proposal in self.proposals:
            if proposal.predictor == name and says(proposal.instruction):
                number = proposal.number
                return Origin(predictor=name, part="instructions", source="proposal", trial=trial, proposal=number)
        is_yours = any(one.is_suggested for one in self.tried if one.number == trial)
        return Origin(predictor=name, part="instructions", source="yours" if is_yours else "elsewhere", trial=trial)

    def _of_demo(self, name: str, demo: Example, place: int, base: Predict | None) -> Origin:
        trial = self._first(lambda tried: demo in tried.demos, name)
        if base is not None and demo in base.demos:
            return Origin(predictor=name, part="demo", source="as it came", place=place, trial=trial)
        for trace in self.traces:
            if demo in trace.demos.get(name, ()):
                index = self._place(trace.example)
                return Origin(
                    predictor=name, part="demo", source="trace", place=place, trial=trial, round=trace.round,
                    example=trace.index if index is None else index,
                )  # fmt: skip
        index = self._place(demo)
        source: Source = "elsewhere" if index is None else "label"
        return Origin(predictor=name, part="demo", source=source, place=place, trial=trial, example=index)

    def _first(self, has: _Has, name: str) -> int | None:
        """The first trial whose predictor of this name has the part."""
        for trial in self.tried:
            predictor = dict(trial.program.named_predictors()).get(name)
            if predictor is not None and has(predictor):
                return trial.number
        return None

    def _place(self, example: Example | None) -> int | None:
        """Where an example stands in the trainset; the very same one before one that is equal."""
        same = (index for index, known in enumerate(self.trainset) if known is example)
        equal = (index for index, known in enumerate(self.trainset) if known == example)
        return next(same, None) if example is None else next(same, next(equal, None))


def sentences(text: str) -> list[str]:
    """The sentences and lines of an instruction.

    Example:
        >>> sentences("Name the intent. Be brief!")
        ['Name the intent.', 'Be brief!']
    """
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+|\n", text) if part.strip()]


class _Has(Protocol):
    def __call__(self, predictor: Predict, /) -> bool: ...
