"""`Space`: what a search may choose among, for each predictor of a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbdspy.modules import Module, is_frozen, set_demos, set_instructions
from nbdspy.modules.freezing import DEMOS
from nbdspy.optimizers.demos import Demos

Choices = Mapping[str, int]
"""Which instruction and which set of demonstrations, by the name of the choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Instructions by predictor, and sets of demonstrations; number 0 of each is the program's own.

    Where a predictor has nothing to choose among, there is no choice.

    Example:
        >>> from nbdspy.modules import Predict
        >>> student = Predict("question -> answer")
        >>> space = Space(student=student, instructions={"self": [student.signature.instructions, "Be brief."]})
        >>> space.alternatives
        {'instruction': range(0, 2)}
        >>> space.program({"instruction": 1}).signature.instructions
        'Be brief.'
    """

    student: Module
    instructions: Mapping[str, Sequence[str]]
    demo_sets: Sequence[Demos] = ()

    @property
    def alternatives(self) -> dict[str, range]:
        """How many there are for each choice."""
        found: dict[str, range] = {}
        for name, predictor in self.student.named_predictors():
            sets = [demos.get(name, ()) for demos in self.demo_sets]
            if len(self.instructions.get(name, ())) > 1:
                found[self.named(name, "instruction")] = range(len(self.instructions[name]))
            if any(demos != sets[0] for demos in sets) and not is_frozen(predictor, DEMOS):
                found[self.named(name, "demos")] = range(len(sets))
        return found

    @property
    def own(self) -> dict[str, int]:
        """The choices that are the program as it came."""
        return dict.fromkeys(self.alternatives, 0)

    def named(self, predictor: str, what: str) -> str:
        """What a choice for a predictor is called."""
        return choice_of(self.student, predictor, what)

    def program(self, chosen: Choices) -> Module:
        """The program that these choices make."""
        program = self.student.deepcopy()
        for name, predictor in program.named_predictors():
            instruction = chosen.get(self.named(name, "instruction"), 0)
            demos = chosen.get(self.named(name, "demos"), 0)
            if instruction:
                set_instructions(predictor, self.instructions[name][instruction])
            if demos:
                set_demos(predictor, self.demo_sets[demos].get(name, ()))
        return program


def choice_of(program: Module, predictor: str, what: str) -> str:
    """What a choice for a predictor is called; a program of one predictor need not say for which."""
    return what if len(program.predictors()) == 1 else f"{predictor} {what}"
