"""COPRO: instructions from the scores of earlier ones, one predictor after the other (after OPRO)."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from nbdspy.data import Example
from nbdspy.evaluation import Metric
from nbdspy.models import BaseLM
from nbdspy.modules import Module, Predict, is_frozen
from nbdspy.modules.describing import predictor_as_text
from nbdspy.modules.freezing import INSTRUCTIONS
from nbdspy.optimizers.coordinate_ascent import Attempt, Attempts, Proposed, Wording, ascend, ascent_steps
from nbdspy.optimizers.instructions import cleaned, free_names, refusal
from nbdspy.optimizers.optimizer import Optimizer
from nbdspy.optimizers.plans import Step
from nbdspy.optimizers.prompt_model import Answer, Outcome, PromptModel, Question, Refused, prompt_letters
from nbdspy.optimizers.proposals import HISTORY_LETTERS, Proposal
from nbdspy.optimizers.run import Run
from nbdspy.optimizers.spelling import OF_AN_OPTIMIZER, in_our_words
from nbdspy.signatures import Field, make

LONGEST_DESCRIPTION = 1_000  # letters: it stands beside the field's name


class COPRO(Optimizer):
    """Proposes instructions, scores them, and proposes better ones from the scores, for some rounds.

    In the first round a model improves the instruction that is there; in later ones it reads what was tried with the
    scores, the best last. Predictors take turns while the others keep their best. DSPy's COPRO also searches a prefix
    of the last output field, which stands in no prompt any more; this one searches the field's description in its
    place, which does. Three more things differ: a round's proposals are calls of their own, side by side, since many
    models do not honour `n`; a wording that lost is not tried again in later rounds; and a validation set chooses,
    where there is one.

    Args:
        prompt_model: The model that proposes; None asks the configured one.
        metric: Scores the programs.
        breadth: Wordings of a predictor in a round, in the first with the one that it came with; at least 2.
        depth: Rounds.
        init_temperature: Of the proposals.
        track_stats: As DSPy's programs give it, and without effect: the result holds every trial.
        seed: Of the samples, where replies are cached.
        num_threads: Calls at once.
        max_errors: Failed examples after which a program gives up.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import DummyLM
        >>> better = {"proposed_instruction": "Name the capital.", "proposed_description": "one word"}
        >>> trainset = [Example(country="France", city="Paris").with_inputs("country")]
        >>> with context(lm=DummyLM([{"city": "Paris, of course"}, {"city": "Paris"}]), num_threads=1):
        ...     result = COPRO(DummyLM([better]), "exact_match", breadth=2, depth=1).run(
        ...         Predict("country -> city"), trainset=trainset)
        >>> result.best.signature.instructions, result.best.signature.fields["city"].desc
        ('Name the capital.', 'one word')
    """

    name = "copro"
    changes = (INSTRUCTIONS,)

    def __init__(
        self, prompt_model: BaseLM | None = None, metric: str | Metric = "exact_match", breadth: int = 10,
        depth: int = 3, init_temperature: float = 1.4, track_stats: bool = False, *, seed: int = 0,
        num_threads: int | None = None, max_errors: int | None = None,
    ) -> None:  # fmt: skip
        self.prompt_model = prompt_model
        self.metric = metric
        self.breadth = breadth
        self.depth = depth
        self.init_temperature = init_temperature
        self.track_stats = track_stats
        self.seed = seed
        self.num_threads = num_threads
        self.max_errors = max_errors

    @in_our_words(OF_AN_OPTIMIZER)
    def compile(
        self, student: Any, *, trainset: Any, teacher: Any = None, valset: Any = None,
        eval_kwargs: Mapping[str, Any] | None = None,
    ) -> Module:  # fmt: skip
        """The better program.

        Args:
            student: A program or a signature; it is not changed.
            trainset: What scores, unless there is a valset.
            teacher: Of no use here.
            valset: What scores.
            eval_kwargs: As DSPy's programs give them; of these `num_threads` and `max_errors` have an effect.

        Raises:
            DataError: When a set is empty, or lacks an input.
            Stopped: When interrupted; `result` holds the best so far.
        """
        chosen = copy.copy(self)
        for name in ("num_threads", "max_errors"):
            if (value := (eval_kwargs or {}).get(name)) is not None:
                setattr(chosen, name, value)
        return super(COPRO, chosen).compile(student, trainset=trainset, teacher=teacher, valset=valset)

    def search(self, run: Run, student: Module, trainset: Sequence[Example], teacher: Module | None) -> None:
        asker = PromptModel(self.prompt_model, run, self.seed)
        predictors = dict(student.named_predictors())
        names = free_names(student)
        seen = {name: {_pair(*_present(predictors[name]))} for name in names}

        def propose(number: int, attempts: Attempts) -> Proposed:
            first = number * self.breadth
            places = [
                (name, first + step) for name in names for step in range(0 if number else 1, self.breadth)
            ]  # fmt: skip
            questions = [
                Question(
                    unit=f"propose {place} {name}", temperature=self.init_temperature,
                    **_asked(name, predictors[name], attempts[name] if number else (), self.breadth),
                )
                for name, place in places
            ]  # fmt: skip

            def read(index: int, answer: Answer) -> Wording | Refused:
                name, place = places[index]
                return _wording(answer, place, predictors[name], seen[name])

            outcomes = asker.ask_twice(questions, read)
            made = [
                (self._proposal(*place, outcome, with_history=bool(number and attempts[place[0]])), outcome.worth)
                for place, outcome in zip(places, outcomes, strict=True)
            ]
            return {name: [each for each in made if each[0].predictor == name] for name in names}

        ascend(run, student, names, propose, rounds=self.depth, breadth=self.breadth)

    def _proposal(self, name: str, number: int, outcome: Outcome[Wording], *, with_history: bool) -> Proposal:
        return Proposal(
            predictor=name,
            number=number,
            instruction=None if outcome.worth is None else outcome.worth.instruction,
            used=("history",) if with_history else (),
            temperature=self.init_temperature,
            refused=outcome.refused,
        )

    def chosen_by(self, trainset: Sequence[Example], valset: Sequence[Example] | None) -> Sequence[Example]:
        return trainset if valset is None else valset

    def steps(self, student: Module, trainset: Sequence[Example], valset: Sequence[Example]) -> Sequence[Step]:
        predictors = dict(student.named_predictors())
        names = free_names(student)
        per_predictor = max(0, self.breadth * self.depth - 1)
        base = [prompt_letters(**_asked(name, predictors[name], (), 0)) for name in names]
        return ascent_steps(
            valset, names, rounds=self.depth, proposals=per_predictor,
            letters=[(letters, letters + HISTORY_LETTERS) for letters in base],
        )  # fmt: skip


def _present(predictor: Predict) -> tuple[str, str]:
    """The instruction, and the description of the last output."""
    signature = predictor.signature
    return signature.instructions, list(signature.output_fields.values())[-1].description


def _pair(instruction: str, description: str) -> str:
    return f"{instruction}\n{description}"


def _wording(answer: Answer, number: int, predictor: Predict, seen: set[str]) -> Wording | Refused:
    """The wording of a reply; a description that is of no use leaves the present one."""
    present = _present(predictor)[1]
    instruction = cleaned(answer["proposed_instruction"])
    description = " ".join(cleaned(answer["proposed_description"]).split())
    if refusal(description, [present]) or len(description) > LONGEST_DESCRIPTION:
        description = present
    pair = _pair(instruction, description)
    if why := refusal(instruction) or refusal(pair, seen):
        return Refused(why)
    seen.add(pair)
    return Wording(number, instruction, None if description == present else description)


IMPROVE = """\
Improve the instruction of one predictor of a program that asks a language model, so that the model's outputs are \
right more often. Try something that is not there yet, even if it looks bold."""
LEARN = """\
These instructions of one predictor of a program that asks a language model were tried; each stands with the score \
that it earned, the best last. Find out what the better ones have in common, and write one that earns more than all."""


def _asked(name: str, predictor: Predict, attempts: Sequence[Attempt], most: int) -> dict[str, Any]:
    """The signature and the inputs of a question: first about what is there, later about what was tried."""
    output = list(predictor.signature.output_fields)[-1]
    instruction, description = _present(predictor)
    inputs = {"predictor": predictor_as_text(name, predictor)}
    if attempts:
        inputs["attempts"] = _attempts_as_text(attempts, most, description)
    else:
        inputs["basic_instruction"] = instruction
    told = {
        "predictor": "its name, instruction, inputs and outputs",
        "attempts": "instructions, descriptions and scores",
        "basic_instruction": "the instruction to improve",
    }
    fields = [Field(role="input", name=key, description=told[key]) for key in inputs]
    fields.append(Field(role="output", name="proposed_instruction", description="the instruction, and nothing else"))
    if not is_frozen(predictor, output):
        about = f"a few words on the field {output}, which stand beside its name; empty when it needs none"
        fields.append(Field(role="output", name="proposed_description", description=about, default=""))
    signature = make({each.name: each for each in fields}, LEARN if attempts else IMPROVE, name="ImproveInstruction")
    return {"signature": signature, "inputs": inputs}


def _attempts_as_text(attempts: Sequence[Attempt], most: int, present: str) -> str:
    in_order = sorted(attempts, key=lambda attempt: attempt.score)[-most:]
    return "\n\n".join(
        f"Instruction: {attempt.wording.instruction}\n"
        f"Description: {present if attempt.wording.description is None else attempt.wording.description}\n"
        f"Score: {100 * attempt.score:.1f} %"
        for attempt in in_order
    )
