"""The exact prompts of a program, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbdspy.adapters.values import Unknown
from nbdspy.errors import UsageError, did_you_mean
from nbdspy.models import BaseLM, Message
from nbdspy.modules.inputs import input_fields
from nbdspy.modules.module import as_program, program_name


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPart:
    """What one predictor sends: `messages` for a chat, `text` for a plain completion.

    `open` names the inputs that are only known when the program runs; they stand in braces.
    """

    predictor: str
    adapter: str
    messages: Sequence[Message] | None = None
    text: str | None = None
    open: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The prompt as lines of text, with roles before the messages of a chat."""
        if self.text is not None:
            return self.text.splitlines()
        return [
            line
            for message in self.messages or ()
            for line in (f"[{message['role']}]", *str(message["content"]).splitlines(), "")
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What every predictor of a program sends."""

    parts: tuple[PromptPart, ...]

    def __str__(self) -> str:
        several = len(self.parts) > 1
        return "\n".join(
            "\n".join(([f"--- {part.predictor} ---"] if several else []) + part.lines()) for part in self.parts
        )

    def diff(self, other: Prompt, *, names: tuple[str, str] = ("this", "other")) -> str:
        """How another prompt differs from this one, as a unified diff under their names; empty when it does not."""
        import difflib

        before, after = str(self).splitlines(), str(other).splitlines()
        return "\n".join(difflib.unified_diff(before, after, *names, lineterm=""))


def prompt(program: Any, *, lm: BaseLM | None = None, **inputs: Any) -> Prompt:
    """The exact prompts that a program sends for these inputs; nothing is sent.

    It is made by the code that sends it. Inputs that a predictor gets from another one, or that are not given, stand
    in braces: `{context}`.

    Raises:
        UsageError: When an input is given that neither the program nor a predictor takes.
    """
    program = as_program(program)
    named = program.named_predictors()
    takes = {name for _, predictor in named for name in predictor.signature.input_fields} | {*input_fields(program)}
    for name in inputs:
        if name not in takes:
            raise UsageError(
                f"{program_name(program)} takes no input {name!r}; known are: {', '.join(sorted(takes))}.",
                hint=did_you_mean(name, takes),
            )
    return Prompt(parts=tuple(_part(name, predictor, inputs, lm) for name, predictor in named))


def _part(name: str, predictor: Any, inputs: Mapping[str, Any], lm: BaseLM | None) -> PromptPart:
    fields = predictor.signature.input_fields
    open_inputs = tuple(key for key, field in fields.items() if key not in inputs and field.required)
    values = {key: inputs[key] for key in fields if key in inputs} | {key: Unknown(key) for key in open_inputs}
    adapter, asked = predictor.asked(values, lm=lm)
    return PromptPart(
        predictor=name, adapter=adapter.name, messages=asked.get("messages"), text=asked.get("prompt"), open=open_inputs
    )
