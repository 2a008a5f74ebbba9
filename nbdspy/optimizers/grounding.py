"""What a proposer is told of the data and of the program, found out once for all proposals (MIPRO paper)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from nbdspy import render
from nbdspy.data import Example
from nbdspy.modules import Module
from nbdspy.modules.describing import code_of_program, predictor_as_text, predictors_of
from nbdspy.optimizers.prompt_model import Answer, PromptModel, Question, prompt_letters
from nbdspy.signatures import InputField, OutputField, Signature

MOST_BATCHES = 10  # of examples that are looked at, as in the peer
ENOUGH = 5  # answers of COMPLETE after which nothing new is expected, as in the paper
WAVES = ((0, 1), (1, 1 + ENOUGH), (1 + ENOUGH, MOST_BATCHES))  # batches that are looked at side by side
SUMMARY_LETTERS = 500  # which a plan takes an answer for
_COMPLETE = re.compile(r"\W*(?:COMPLETE\b|complete\W*\Z)")
LONGEST_VALUE = 1_000  # letters of a value of an example: a batch of whole documents would fit no prompt


class Observe(Signature):
    """These are examples of a data set. Note what holds for most of them, so that somebody who has not seen them knows
    the task: what they are about, how inputs and outputs look, how an output follows from its inputs, and what is hard.
    """

    examples: str = InputField()
    observations: str = OutputField()


class ObserveMore(Signature):
    """These are further examples of a data set, and what was noted of earlier ones. Note what is new in them: what they
    are about, how inputs and outputs look, how an output follows from its inputs, and what is hard. When the earlier
    notes say it all, answer COMPLETE.
    """

    examples: str = InputField()
    earlier_observations: str = InputField()
    observations: str = OutputField(desc="what is new, or COMPLETE")


class SummarizeData(Signature):
    """Sum up in two or three sentences what was noted of a data set. Leave out what holds for a few examples only."""

    observations: str = InputField()
    summary: str = OutputField()


class DescribeProgram(Signature):
    """This is the code of a program that asks language models, with its predictors and one example of what it is run
    on. Say in a few sentences which task it seems to solve, and how it goes about it.
    """

    program_code: str = InputField()
    program_example: str = InputField()
    program_description: str = OutputField()


class DescribeRole(Signature):
    """One predictor of a program asks a language model for one step of its work. Say in one or two sentences what that
    step adds to the whole: what comes in, what must come out, and who uses it.
    """

    program_code: str = InputField()
    program_description: str = InputField()
    predictor: str = InputField(desc="its name, its instruction, its inputs and its outputs")
    role: str = OutputField()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounding:
    """What is known of the data and of the program; empty where it was not asked for or not answered.

    `roles` are by the names of predictors; `problems` say which question got no answer, and why.
    """

    data_summary: str = ""
    program_code: str = ""
    program_summary: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def ground(
    asker: PromptModel, program: Module, trainset: Sequence[Example], *, view_data_batch_size: int = 10,
    data: bool = True, code: bool = True,
) -> Grounding:  # fmt: skip
    """Look at the data and at the program, side by side.

    The peer describes the program anew for each proposal; here it is described once. A question that gets no answer
    leaves its part out of all proposals.

    Args:
        asker: Who looks.
        program: Its code is read as it was typed, in a file or in a cell.
        trainset: Looked at from its beginning.
        view_data_batch_size: Examples at a time.
        data: Sum up the data: at most 10 calls, in three waves, and one more for the summary.
        code: Describe the program and each of its predictors: one call, then one for each side by side.

    Raises:
        NotConfigured: When there is no model.
    """
    ways = [partial(_data, asker, trainset, view_data_batch_size)] if data else []
    ways += [partial(_program, asker, program, trainset)] if code else []
    parts = asker.work.side_by_side(*ways)
    return Grounding(
        data_summary="".join(part.data_summary for part in parts),
        program_code="".join(part.program_code for part in parts),
        program_summary="".join(part.program_summary for part in parts),
        roles={name: role for part in parts for name, role in part.roles.items()},
        problems=tuple(problem for part in parts for problem in part.problems),
    )


def grounding_calls(
    program: Module, examples: int, *, view_data_batch_size: int, data: bool = True, code: bool = True
) -> tuple[int, int]:
    """How many calls `ground` makes, at least and at most, when all are answered."""
    batches = min(MOST_BATCHES, -(-examples // max(1, view_data_batch_size)))
    fewest = min(batches, 1 + ENOUGH)
    about = 1 + len(program.predictors()) if code else 0
    return about + (fewest + 1 if data else 0), about + (batches + 1 if data else 0)


def grounding_letters(
    program: Module, trainset: Sequence[Example], *, view_data_batch_size: int, data: bool = True, code: bool = True
) -> tuple[int, int]:
    """How long the prompts of those calls are in all."""
    low = high = 0
    if data:
        looks = [prompt_letters(Observe, {"examples": text}) for text in _batches(trainset, view_data_batch_size)]
        notes = SUMMARY_LETTERS * len(looks)
        end = prompt_letters(SummarizeData, {"observations": ""})
        low, high = sum(looks[: 1 + ENOUGH]) + end, sum(looks) + end + notes * (len(looks) + 1)
    if code:
        inputs = {"program_code": program_as_text(program), "program_example": _first(trainset)}
        about = prompt_letters(DescribeProgram, inputs) * (1 + len(program.predictors()))  # roles are much the same
        low, high = low + about // 2, high + 2 * about
    return low, high


def _data(asker: PromptModel, trainset: Sequence[Example], size: int) -> Grounding:
    """The summary of the data: notes on its batches, until there is nothing new, then a summary of them.

    The paper looks at one batch after the other. Here the first is looked at alone, the next ones side by side with its
    notes known, then the rest: no more calls, in a third of the time.
    """
    batches = _batches(trainset, size)
    notes: list[str] = []
    complete = 0
    problem = ""
    for first, last in WAVES:
        inputs = {"earlier_observations": "\n".join(notes)} if notes else {}
        answers = asker.ask_all([
            Question(unit=f"look at data {first + number}", signature=ObserveMore if notes else Observe,
                     inputs={"examples": examples, **inputs})
            for number, examples in enumerate(batches[first:last])
        ])  # fmt: skip
        for answer in answers:
            said = answer["observations"].strip()
            problem = problem or answer.problem
            is_complete = bool(_COMPLETE.match(said))
            complete += is_complete
            notes += [said] if said and not is_complete else []
        if complete >= ENOUGH:
            break
    if not notes:
        return Grounding(problems=_problems("the data", Answer(problem=problem or "it noted nothing")))
    inputs = {"observations": "\n".join(notes)}
    answer = asker.ask(Question(unit="sum up data", signature=SummarizeData, inputs=inputs))
    return Grounding(data_summary=answer["summary"].strip(), problems=_problems("the data", answer))


def _batches(trainset: Sequence[Example], size: int) -> list[str]:
    """The examples that are looked at, as texts, so many in each."""
    size = max(1, size)
    texts = [example_as_text(example) for example in trainset[: MOST_BATCHES * size]]
    return ["\n\n".join(texts[start : start + size]) for start in range(0, len(texts), size)]


def _program(asker: PromptModel, program: Module, trainset: Sequence[Example]) -> Grounding:
    """The description of the program, then the role of each predictor in it."""
    code = program_as_text(program)
    inputs = {"program_code": code, "program_example": _first(trainset)}
    described = asker.ask(Question(unit="describe program", signature=DescribeProgram, inputs=inputs))
    summary = described["program_description"].strip()
    if not summary:
        return Grounding(program_code=code, problems=_problems("the program", described))
    predictors = program.named_predictors()
    answers = asker.ask_all([
        Question(unit=f"describe role of {name}", signature=DescribeRole, inputs={
            "program_code": code, "program_description": summary, "predictor": predictor_as_text(name, predictor),
        })
        for name, predictor in predictors
    ])  # fmt: skip
    roles = {name: answer for (name, _), answer in zip(predictors, answers, strict=True)}
    return Grounding(
        program_code=code,
        program_summary=summary,
        roles={name: answer["role"].strip() for name, answer in roles.items()},
        problems=tuple(problem for name, answer in roles.items() for problem in _problems(name, answer)),
    )


def program_as_text(program: Module) -> str:
    """The code of a program as it was typed, and its predictors."""
    return f"{code_of_program(program)}\n\n{predictors_of(program)}"


def _first(trainset: Sequence[Example]) -> str:
    return "\n\n".join(map(example_as_text, trainset[:1]))


def _problems(about: str, answer: Answer) -> tuple[str, ...]:
    return (f"The prompt model did not describe {about}: {answer.problem}",) if answer.problem else ()


def example_as_text(example: Example) -> str:
    """An example for a prompt, a line for each of its values; what is long is cut in the middle, and says so."""
    return "\n".join(f"{name}: {render.ends(render.written(value), LONGEST_VALUE)}" for name, value in example.items())
