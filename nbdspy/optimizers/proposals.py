"""Grounded proposals: instructions that a model writes from what it is told of the task (MIPRO paper)."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from nbdspy.data import Example
from nbdspy.modules import Module, Predict
from nbdspy.modules.describing import predictor_as_text
from nbdspy.optimizers.demos import Demos
from nbdspy.optimizers.grounding import SUMMARY_LETTERS, Grounding, example_as_text, program_as_text
from nbdspy.optimizers.instructions import cleaned, refusal
from nbdspy.optimizers.prompt_model import Answer, PromptModel, Question, Refused, prompt_letters
from nbdspy.signatures import Field, SignatureType, make

Tip = Literal["none", "creative", "simple", "description", "high_stakes", "persona"]

TIPS: Final[Mapping[Tip, str]] = {
    "none": "",
    "creative": "Dare to put it in a way that nobody would think of first.",
    "simple": "Be brief and plain: one clear sentence can be enough.",
    "description": "Be rich in detail: name the steps, the cases and the form of the answer.",
    "high_stakes": "Tell of a situation in which much depends on the right answer.",
    "persona": "Begin with who the model is to be, somebody who would know the answer.",
}
MOST_IN_HISTORY = 5  # instructions with scores, as in the peer
HISTORY_LETTERS = 3_000  # which a plan takes these for


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredients:
    """What a proposal is made of: what the paper calls the hyperparameters of proposing.

    `demo_set` is the index of the demonstrations to show; None shows none. What is not there, such as a history before
    the first trial, is left out of the prompt.
    """

    data_summary: bool = True
    program_summary: bool = True
    history: bool = False
    tip: Tip = "none"
    temperature: float = 1.0
    demo_set: int | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """An instruction and the mean score, 0 to 1, of what was tried with it."""

    instruction: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A proposal to ask for: the `number`th of its predictor, which no other of the run is."""

    predictor: str
    number: int
    ingredients: Ingredients = Ingredients()
    history: Sequence[Tried] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An instruction that a model proposed, and what it was made of.

    `used` are the ingredients that stood in the prompt, `demo_set` the set whose demonstrations did. `instruction` is
    None when no reply was of use; `refused` says why, for each reply that was not.
    """

    predictor: str
    number: int
    instruction: str | None
    used: tuple[str, ...] = ()
    tip: Tip = "none"
    demo_set: int | None = None
    temperature: float = 1.0
    refused: tuple[str, ...] = ()


def propose(
    asker: PromptModel, program: Module, wanted: Sequence[Wanted], *, grounding: Grounding | None = None,
    demo_sets: Sequence[Demos] = (), known: Mapping[str, Sequence[str]] | None = None, num_demos_in_context: int = 3,
) -> list[Proposal]:  # fmt: skip
    """Ask for proposals side by side; a reply of no use is asked for once more, with another sample.

    A reply is of no use when it cannot be read, is empty or huge, holds a marker of the prompt's layout, or says what
    is there already: in the program, in `known`, in the history, or in a proposal of a lower place in `wanted`. So
    it does not depend on which reply comes first.

    Args:
        asker: Who writes.
        program: Whose instructions are to be improved.
        wanted: What to ask for.
        grounding: What is known of the data and of the program.
        demo_sets: Demonstrations by predictor; where a set has too few for a predictor, the next ones help out.
        known: Further instructions, by predictor, that are not wanted again.
        num_demos_in_context: Demonstrations to show.

    Raises:
        NotConfigured: When there is no model.
    """
    predictors = dict(program.named_predictors())
    prompts = [
        _prompt(each, predictors[each.predictor], grounding or Grounding(), demo_sets, num_demos_in_context)
        for each in wanted
    ]
    seen = {
        name: {predictor.signature.instructions, *(known or {}).get(name, ())} for name, predictor in predictors.items()
    }
    for each in wanted:
        seen[each.predictor] |= {tried.instruction for tried in each.history}

    def read(place: int, answer: Answer) -> str | Refused:
        text, known = cleaned(answer["proposed_instruction"]), seen[wanted[place].predictor]
        if why := refusal(text, known):
            return Refused(why)
        known.add(text)
        return text

    questions = [
        prompt.question(f"propose {each.number} {each.predictor}") for each, prompt in zip(wanted, prompts, strict=True)
    ]
    return [
        Proposal(
            predictor=each.predictor, number=each.number, instruction=outcome.worth, used=prompt.used,
            tip=each.ingredients.tip, demo_set=each.ingredients.demo_set if "task_demos" in prompt.used else None,
            temperature=each.ingredients.temperature, refused=outcome.refused,
        )
        for each, prompt, outcome in zip(wanted, prompts, asker.ask_twice(questions, read), strict=True)
    ]  # fmt: skip


def drawn(
    predictor: str, number: int, *, seed: int, demo_sets: int = 0, temperature: float = 1.0, tips: bool = True,
    history: bool = False,
) -> Ingredients:  # fmt: skip
    """The ingredients of one of many proposals, as the peer mixes them: a tip at random, the demo sets in turn.

    The first proposal is shown no demonstrations, so that one depends on none.
    """
    rng = random.Random(f"{seed} tip {predictor} {number}")
    return Ingredients(
        history=history,
        tip=rng.choice(get_args(Tip)) if tips else "none",
        temperature=temperature,
        demo_set=number % demo_sets if demo_sets and number else None,
    )


def proposal_letters(program: Module, name: str) -> tuple[int, int]:
    """How long the prompt for a proposal is, at least and at most, for a plan."""
    predictor = dict(program.named_predictors())[name]
    told = Grounding(
        data_summary="x" * SUMMARY_LETTERS, program_summary="x" * SUMMARY_LETTERS,
        program_code=program_as_text(program), roles={name: "x" * SUMMARY_LETTERS},
    )  # fmt: skip
    wanted = Wanted(predictor=name, number=0, ingredients=Ingredients(tip="description"))
    low, high = (_prompt(wanted, predictor, grounding, (), 0).inputs for grounding in (Grounding(), told))
    low = {key: text for key, text in low.items() if key != "tip"}
    return prompt_letters(signature_of(low), low), prompt_letters(signature_of(high), high) + HISTORY_LETTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prompt:
    """A proposal's inputs, without what is absent."""

    inputs: Mapping[str, str]
    used: tuple[str, ...]
    temperature: float = field(default=1.0)

    def question(self, unit: str) -> Question:
        return Question(
            unit=unit, signature=signature_of(self.inputs), inputs=dict(self.inputs), temperature=self.temperature
        )


def _prompt(
    wanted: Wanted, predictor: Predict, grounding: Grounding, demo_sets: Sequence[Demos], most_demos: int
) -> _Prompt:
    made_of = wanted.ingredients
    texts = {
        "data_summary": grounding.data_summary if made_of.data_summary else "",
        "program_code": grounding.program_code if made_of.program_summary else "",
        "program_summary": grounding.program_summary if made_of.program_summary else "",
        "predictor": predictor_as_text(wanted.predictor, predictor),
        "role": grounding.roles.get(wanted.predictor, "") if made_of.program_summary else "",
        "task_demos": _demos(wanted, predictor, demo_sets, most_demos),
        "history": history_as_text(wanted.history) if made_of.history else "",
        "basic_instruction": predictor.signature.instructions,
        "tip": TIPS[made_of.tip],
    }
    inputs = {name: text for name, text in texts.items() if text}
    ingredients = ("data_summary", "program_summary", "task_demos", "history", "tip")
    return _Prompt(
        inputs=inputs,
        used=tuple(name for name in ingredients if name in inputs),
        temperature=made_of.temperature,
    )


def _demos(wanted: Wanted, predictor: Predict, demo_sets: Sequence[Demos], most: int) -> str:
    """Demonstrations of the set, and of those after it where it has too few; bootstrapped ones first."""
    first = wanted.ingredients.demo_set
    if first is None or not demo_sets:
        return ""
    in_turn = [demo_sets[(first + step) % len(demo_sets)] for step in range(len(demo_sets))]
    sets = [sorted(each.get(wanted.predictor, ()), key=lambda demo: "augmented" not in demo) for each in in_turn]
    texts = dict.fromkeys(_demo_as_text(demo, predictor) for demos in sets for demo in demos)
    return "\n\n".join(list(texts)[: max(0, most)])


def _demo_as_text(demo: Example, predictor: Predict) -> str:
    return example_as_text(Example({name: demo[name] for name in predictor.signature.fields if name in demo}))


def history_as_text(history: Sequence[Tried], most: int = MOST_IN_HISTORY) -> str:
    """The best instructions with their mean scores, the best last, where a model looks first (OPRO)."""
    scores: dict[str, list[float]] = {}
    for tried in history:
        scores.setdefault(tried.instruction, []).append(tried.score)
    means = sorted((sum(found) / len(found), text) for text, found in scores.items())
    return "\n\n".join(f"{text}\nScore: {100 * mean:.1f} %" for mean, text in means[-most:])


PROPOSE = """\
Write a new instruction for one predictor of a program that asks a language model. The model will be given your \
instruction and the predictor's inputs, and must write the predictor's outputs; of what you are told here it sees \
nothing else. Write an instruction by which its outputs are right more often than by the present one. Say what is true \
of the whole task, not of single examples."""

_TOLD: Final[Mapping[str, str]] = {
    "data_summary": "what the data looks like",
    "program_code": "the whole program, and its predictors",
    "program_summary": "what the program is for",
    "predictor": "the predictor to write for: its name, instruction, inputs and outputs",
    "role": "what the predictor adds to the program",
    "task_demos": "cases with outputs as they should be",
    "history": "instructions that were tried, each with its score; the best stands last",
    "basic_instruction": "the present instruction",
    "tip": "how to go about it",
}


def signature_of(inputs: Mapping[str, Any]) -> SignatureType:
    """What is asked: with those inputs alone that are there."""
    fields = {
        name: Field(role="input", name=name, type=str, description=told)
        for name, told in _TOLD.items()
        if name in inputs
    }
    output = Field(
        role="output", name="proposed_instruction", type=str,
        description="the new instruction, and nothing else",
    )  # fmt: skip
    return make({**fields, output.name: output}, PROPOSE, name="ProposeInstruction")
