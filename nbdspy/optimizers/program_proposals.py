"""Instructions for all predictors of a program from one prompt: program-level OPRO (MIPRO paper)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nbdspy.modules import Module
from nbdspy.modules.describing import predictors_of
from nbdspy.optimizers.grounding import Grounding
from nbdspy.optimizers.instructions import cleaned, refusal
from nbdspy.optimizers.prompt_model import Answer, PromptModel, Question, Refused
from nbdspy.optimizers.proposals import MOST_IN_HISTORY, TIPS, Proposal, Tried, Wanted
from nbdspy.signatures import Field, SignatureType, make

PROPOSE: Final = """\
Write new instructions for the predictors of a program that asks a language model, one for each. The model will be \
given the instruction of one predictor and that predictor's inputs, and must write its outputs; of what you are told \
here it sees nothing else. Write instructions that together make the program's results right more often than all that \
were tried."""

_TOLD: Final = {
    "data_summary": "what the data looks like",
    "program_code": "the whole program",
    "program_summary": "what the program is for",
    "predictors": "the predictors by name, with their present instructions, inputs and outputs",
    "history": "instructions that were tried together, with the score of the program; the best stand last",
    "tip": "how to go about it",
}


def propose_program(
    asker: PromptModel, program: Module, wanted: Sequence[Wanted], *, grounding: Grounding
) -> list[Proposal]:
    """Ask for the instructions of several predictors at once; they share a number, and their histories go together.

    An instruction of no use is left out, with the reason; when all are, or together they were tried before, the
    question is asked once more.

    Args:
        asker: Who writes.
        program: Whose instructions are to be improved.
        wanted: One for each predictor; the ingredients are those of the first.
        grounding: What is known of the data and of the program.

    Raises:
        NotConfigured: When there is no model.
    """
    made_of = wanted[0].ingredients
    texts = {
        "data_summary": grounding.data_summary if made_of.data_summary else "",
        "program_code": grounding.program_code if made_of.program_summary else "",
        "program_summary": grounding.program_summary if made_of.program_summary else "",
        "predictors": predictors_of(program),
        "history": _together(wanted) if made_of.history else "",
        "tip": TIPS[made_of.tip],
    }
    inputs = {name: text for name, text in texts.items() if text}
    tried = [tuple(each.instruction for each in row) for row in _rows(wanted)]
    present = {name: predictor.signature.instructions for name, predictor in program.named_predictors()}

    def read(_: int, answer: Answer) -> list[_Said] | Refused:
        said = [_said(answer[_field(place)]) for place in range(len(wanted))]
        whole = tuple(present[each.predictor] if one.why else one.text for each, one in zip(wanted, said, strict=True))
        if all(one.why for one in said):
            return Refused(said[-1].why)
        if whole in tried or whole == tuple(present[each.predictor] for each in wanted):
            return Refused("they are there already")
        return said

    question = Question(
        unit=f"propose {wanted[0].number} program", signature=signature_of(inputs, wanted), inputs=inputs,
        temperature=made_of.temperature,
    )  # fmt: skip
    outcome = asker.ask_twice([question], read)[0]
    said = outcome.worth or [_Said("", "") for _ in wanted]
    used = tuple(name for name in ("data_summary", "program_summary", "history", "tip") if name in inputs)
    return [
        Proposal(
            predictor=each.predictor, number=each.number, instruction=one.text or None, used=used, tip=made_of.tip,
            temperature=made_of.temperature, refused=(*outcome.refused, *([one.why] if one.why else [])),
        )
        for each, one in zip(wanted, said, strict=True)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Said:
    """An instruction; empty, and why, where it is of no use."""

    text: str
    why: str


def _said(reply: str) -> _Said:
    text = cleaned(reply)
    why = refusal(text)
    return _Said("" if why else text, why)


def _rows(wanted: Sequence[Wanted]) -> list[tuple[Tried, ...]]:
    """What was tried, program by program."""
    return list(zip(*(each.history for each in wanted), strict=True))


def _together(wanted: Sequence[Wanted]) -> str:
    """The best programs by their instructions, the best last."""
    best = sorted(_rows(wanted), key=lambda row: row[0].score)[-MOST_IN_HISTORY:]
    names = [each.predictor for each in wanted]
    return "\n\n".join(
        "\n".join(f"{name}: {each.instruction}" for name, each in zip(names, row, strict=True))
        + f"\nScore: {100 * row[0].score:.1f} %"
        for row in best
    )


def _field(place: int) -> str:
    return f"proposed_instruction_{place + 1}"


def signature_of(inputs: dict[str, str], wanted: Sequence[Wanted]) -> SignatureType:
    """What is asked: with those inputs alone that are there, and an output for each predictor."""
    fields = [Field(role="input", name=name, description=_TOLD[name]) for name in inputs]
    for place, each in enumerate(wanted):
        about = f"the new instruction of {each.predictor}, and nothing else"
        fields.append(Field(role="output", name=_field(place), description=about))
    return make({field.name: field for field in fields}, PROPOSE, name="ProposeInstructions")
