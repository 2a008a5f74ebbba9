"""A task whose best configuration is known, with a model that needs no network, for trying optimizers on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from math import prod
from typing import Any

from nbdspy.data import Example
from nbdspy.models import Reply, Request
from nbdspy.modules import Module, Predict
from nbdspy.testing.fake import FakeLM, chat_text, wanted

NUMBER = re.compile(r"number (\d+)\.")
PLAN = re.compile(r"Plan (\d+)")
WRONG = "no"


class Chain(Module):
    """Asks step after step; each is told what the one before it noted, the last answers."""

    def __init__(self, steps: int) -> None:
        names = [f"note_{number}" for number in range(1, steps)] + ["answer"]
        self.names = names
        for before, name in zip(["", *names], names, strict=False):
            setattr(self, f"step_{name}", Predict(f"question{before and ', ' + before} -> {name}"))

    def forward(self, question: str) -> Any:
        said: Any = {}
        for name in self.names:
            step: Predict = getattr(self, f"step_{name}")
            said = step(question=question, **{key: said[key] for key in step.signature.input_fields if key in said})
        return said


class Planted:
    """A program, examples, and a model that is right as often as instructions and demonstrations deserve.

    A step of the program is right with a probability: 0.3, and up to 0.4 more for its instruction, and 0.05 more for
    each demonstration that helps, of which four count. The instructions that count are "Plan 0" to "Plan 7", and
    anything that is asked for an instruction proposes one of them; how much each is worth differs from step to step.
    Whether a step is right on an example is a function of example, instruction and demonstrations, most of it of the
    example alone: there are hard ones, as in life. A step that is given a wrong note is wrong.

    Args:
        steps: How many predictors the program has.
        plans: How many instructions there are to propose.
        near: What it adds to a step's probability that a demonstration's number ends with the digit that the one asked
            for ends with, so that demonstrations of one's own for each example are worth something.
        noise: The share of examples on which luck is that of the prompt rather than the example's own.
        seed: Another one plants other instructions and other luck.

    Example:
        >>> planted = Planted()
        >>> program = planted.program()
        >>> planted.quality(program), planted.best
        (0.3, 0.9)
        >>> program.signature = program.signature.with_instructions(planted.best_instruction(0))
        >>> planted.quality(program)
        0.7
    """

    def __init__(
        self, steps: int = 1, *, plans: int = 8, near: float = 0.0, noise: float = 0.3, seed: int = 0
    ) -> None:  # fmt: skip
        self.steps = steps
        self.plans = plans
        self.near = near
        self.noise = noise
        self.seed = seed

    def program(self) -> Module:
        """The program as it comes."""
        return Predict("question -> answer") if self.steps == 1 else Chain(self.steps)

    def examples(self, first: int, count: int) -> list[Example]:
        """Examples with their labels; every fourth helps as a demonstration."""
        return [
            Example(question=f"number {number}.", answer=str(number)).with_inputs("question")
            for number in range(first, first + count)
        ]

    def lm(self) -> FakeLM:
        """The model: it does the task, and it proposes."""
        return FakeLM(self.reply, model="planted")

    @property
    def best(self) -> float:
        """How often the best program is right."""
        return round(min(1.0, 0.9 + self.near) ** self.steps, 10)

    def best_instruction(self, step: int) -> str:
        """The instruction that is worth most at a step."""
        return _instruction(max(range(self.plans), key=lambda plan: self._worth(step, plan)))

    def quality(self, program: Module) -> float:
        """How often a program with these instructions and demonstrations is right, over all examples there could be."""
        shown = []
        for predictor in program.predictors():
            whole = [
                demo for demo in predictor.demos if all(name in demo for name in predictor.signature.output_fields)
            ]
            shown.append([int(number) for demo in whole for number in NUMBER.findall(str(demo.question))])
        instructions = [predictor.signature.instructions for predictor in program.predictors()]
        by_digit = [
            prod(
                self._chance(step, *prompt, asked=digit)
                for step, prompt in enumerate(zip(instructions, shown, strict=True))
            )
            for digit in range(10)
        ]
        return round(sum(by_digit) / 10, 10)

    def reply(self, request: Request) -> Reply:
        """What the model says, a function of the request alone."""
        return Reply(texts=self.texts(request, wanted(request)), cost=0.0)

    def texts(self, request: Request, fields: Sequence[str]) -> tuple[str, ...]:
        """The same for prompts in whatever words, which ask for these fields."""
        says = self._answer if fields[0] == "answer" or fields[0].startswith("note_") else self._proposal
        return tuple(chat_text(says(request, fields, number)) for number in range(request.n))

    def _answer(self, request: Request, fields: Sequence[str], number: int) -> dict[str, str]:
        system, *demos, last = [str(message["content"]) for message in request.messages or ()]
        step = self.steps - 1 if fields[0] == "answer" else int(fields[0].removeprefix("note_")) - 1
        asked = int(NUMBER.findall(last)[-1])
        shown = [int(number) for text in demos for number in NUMBER.findall(text)]
        luck = _draw(self.seed, "example", step, asked)
        if _draw(self.seed, "noise", step, asked) < self.noise:
            luck = _draw(self.seed, "prompt", step, asked, PLAN.findall(system), shown, number)
        is_right = luck < self._chance(step, system, shown, asked=asked) and f"]]\n{WRONG}\n" not in last
        return {fields[0]: str(asked) if is_right else WRONG}

    def _proposal(self, request: Request, fields: Sequence[str], number: int) -> dict[str, str]:
        sample = request.messages if request.rollout_id is None else request.rollout_id  # whatever the prompt's words
        drawn = _draw(sample, request.temperature, number)
        plan = int(drawn * self.plans)
        return {field: _instruction(plan) if "instruction" in field else f"Remark {plan}." for field in fields}

    def _chance(self, step: int, instruction: str, shown: Sequence[int], *, asked: int) -> float:
        plans = PLAN.findall(instruction)
        helpful = sum(number % 4 == 0 for number in shown)
        near = self.near * any(number % 10 == asked % 10 for number in shown)
        return 0.3 + (self._worth(step, int(plans[0])) if plans else 0.0) + 0.05 * min(4, helpful) + near

    def _worth(self, step: int, plan: int) -> float:
        """From -0.1 to 0.4; which plan is worth what differs from step to step."""
        order = sorted(range(self.plans), key=lambda other: _draw(self.seed, "worth", step, other))
        return 0.5 * order.index(plan) / max(1, self.plans - 1) - 0.1 if plan in order else 0.0


def _instruction(plan: int) -> str:
    return f"Plan {plan}: say the number that is asked for."


def _draw(*what: Any) -> float:
    """A number from 0 to 1 that is always the same for the same."""
    return int.from_bytes(hashlib.sha256(repr(what).encode()).digest()[:8]) / 2**64
