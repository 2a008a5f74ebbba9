"""`Playground`: a program tried by hand, alone or beside another, and what is kept of that as examples."""

from __future__ import annotations

import time
from collections.abc import Mapping, MutableSequence, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbdspy import events, render
from nbdspy.data import Example, Prediction, to_frame
from nbdspy.errors import UsageError, described, did_you_mean
from nbdspy.evaluation.results import outputs_of
from nbdspy.forms.cases import answered_fields
from nbdspy.forms.entries import read_entry, said_value
from nbdspy.models import BaseLM, Replied
from nbdspy.models.redaction import redact
from nbdspy.modules import Module, as_program
from nbdspy.modules.inputs import input_fields
from nbdspy.runtime import check_stopped, map_threads, whole_import

if TYPE_CHECKING:
    import pandas as pd

    from nbdspy.signatures import Field

MOST_TRIALS = 200
"""Trials that are remembered, the latest; examples are all kept."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Answer:
    """What one program made of some inputs: a prediction, or why there is none.

    `calls` are the requests with their replies, and `seconds` how long it took.
    """

    program: str
    prediction: Prediction | None
    error: str = ""
    calls: tuple[Replied, ...] = ()
    seconds: float = 0.0

    def __repr__(self) -> str:
        values = {"error": self.error} if self.prediction is None else outputs_of(self.prediction)
        return render.fields(render.short(self.program, 60), values)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Trial:
    """One try: the inputs, and the answer of each program to them."""

    number: int
    inputs: Mapping[str, Any]
    answers: tuple[Answer, ...]

    def __repr__(self) -> str:
        return "\n".join([render.fields(f"Trial {self.number}", self.inputs), *(f"  {one!r}" for one in self.answers)])


class Playground:
    """Tries a program on inputs, beside another one or another model, and keeps good cases as examples.

    Args:
        program: A signature or a program.
        other: Another one with the same inputs.
        lm: Another model: for the other program, or for the same one beside itself.
        names: What the two are called.
        name: The variable that holds this, for cards and messages that say how to go on.
        kept: Where examples go; they are there already when a cell is run again.

    Raises:
        UsageError: When the other program takes other inputs.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import DummyLM
        >>> playground = Playground("question -> answer")
        >>> with context(lm=DummyLM([{"answer": "42"}])):
        ...     trial = playground.run(question="What is six times seven?")
        >>> trial.answers[0].prediction
        Prediction(answer='42')
        >>> playground.keep(answer="forty-two")
        Example(question='What is six times seven?', answer='forty-two')
        >>> playground.examples
        [Example(question='What is six times seven?', answer='forty-two')]
    """

    def __init__(
        self, program: Any, other: Any = None, *, lm: BaseLM | None = None,
        names: Sequence[str] = ("program", "other"), name: str = "playground",
        kept: MutableSequence[Example] | None = None,
    ) -> None:  # fmt: skip
        first = as_program(program)
        self.name = name
        self.programs: tuple[tuple[str, Module], ...] = ((names[0], first),)
        if other is not None or lm is not None:
            second = (first if other is None else as_program(other)).deepcopy()
            if lm is not None:
                second.set_lm(lm)
            called = names[0] if other is None else names[1]
            self.programs += ((called if lm is None else f"{called} on {lm.model}", second),)
            _check_alike(first, second, self.programs[1][0])
        self.inputs: Mapping[str, Field] = input_fields(first)
        self.outputs: Mapping[str, Field] = answered_fields(first)
        self.trials: list[Trial] = []
        self.kept: MutableSequence[Example] = [] if kept is None else kept
        self._number = 0

    @property
    def called(self) -> str:
        """The programs by name."""
        return " beside ".join(name for name, _ in self.programs)

    @property
    def examples(self) -> list[Example]:
        """What was kept: a trainset."""
        return list(self.kept)

    @property
    def frame(self) -> pd.DataFrame:
        """What was kept, a row each."""
        whole_import("pandas")
        return to_frame(self.kept)

    def run(self, **inputs: Any) -> Trial:
        """Try the programs, side by side, on the same inputs; texts are read by their fields' types.

        What a program raises is part of its answer.

        Raises:
            UsageError: When an input is missing or unknown, or its text means no value of its type.
            KeyboardInterrupt: When it is stopped.
        """
        return self.attempt(self.read(inputs))

    def attempt(self, inputs: Mapping[str, Any]) -> Trial:
        """What `run` does, with values that were read."""
        answers: dict[int, Answer] = {}
        for done in map_threads(lambda at: self._answer(at, inputs), range(len(self.programs)), threads=2):
            if done.error is not None:
                raise done.error
            assert done.result is not None
            answers[done.index] = done.result
        check_stopped()  # an answer that nobody waits for any more is no try
        self._number += 1
        trial = Trial(number=self._number, inputs=inputs, answers=tuple(answers[at] for at in sorted(answers)))
        self.trials = [*self.trials, trial][-MOST_TRIALS:]
        return trial

    def read(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs, with texts read as values of their types; whatever else is given stays as it is.

        Raises:
            UsageError: When one is missing or unknown, or its text means no value of its type.
        """
        for name in inputs:
            if name not in self.inputs:
                raise UsageError(
                    f"{self.programs[0][0]} has no input {name!r}.",
                    hint=did_you_mean(name, self.inputs) or f"Its inputs are: {', '.join(self.inputs)}.",
                )
        missing = [name for name, field in self.inputs.items() if field.required and name not in inputs]
        if missing:
            raise UsageError(f"The input {missing[0]!r} is missing.", hint=f"Write {self.name}.run({missing[0]}=…).")
        return {
            name: read_entry(value, self.inputs[name]) if isinstance(value, str) else value
            for name, value in inputs.items()
        }

    def keep(self, *, trial: Trial | None = None, of: int = 0, **corrections: Any) -> Example:
        """Keep a try as an example: its inputs with the answer, or with what is right instead.

        One with the same inputs is replaced.

        Args:
            trial: By default the last.
            of: Whose answer, by the place of the program.
            **corrections: Outputs that should have been others, as values or as texts to read.

        Raises:
            UsageError: When nothing was tried, an output is unknown or does not fit, or there is no answer to keep.
        """
        if trial is None and not self.trials:
            raise UsageError("Nothing was tried yet.", hint=f"Write {self.name}.run(…).")
        trial = self.trials[-1] if trial is None else trial
        for name in corrections:
            if name not in self.outputs:
                raise UsageError(
                    f"{self.programs[0][0]} has no output {name!r}.",
                    hint=did_you_mean(name, self.outputs) or f"Its outputs are: {', '.join(self.outputs)}.",
                )
        given = outputs_of(trial.answers[of].prediction)
        right = {name: said_value(value, self.outputs[name]) for name, value in corrections.items()}
        missing = [name for name in self.outputs if name not in given and name not in right]
        if missing:
            raise UsageError(f"There is no {missing[0]!r} to keep.", hint=f"Write {self.name}.keep({missing[0]}=…).")
        outputs = {name: right[name] if name in right else given[name] for name in self.outputs}
        example = Example({**trial.inputs, **outputs}).with_inputs(*self.inputs)
        at = next((at for at, one in enumerate(self.kept) if _inputs(one) == _inputs(example)), len(self.kept))
        self.kept[at : at + 1] = [example]
        return example

    def is_kept(self, trial: Trial) -> bool:
        """Whether there is an example of a try's inputs."""
        return any(_inputs(example) == trial.inputs for example in self.kept)

    def __repr__(self) -> str:
        fields = f"{', '.join(self.inputs)} -> {', '.join(self.outputs)}"
        tried = f"{self._number:,} tried, {len(self.kept):,} kept"
        return f"Playground({self.called}: {tried}; {fields})"

    def _answer(self, at: int, inputs: Mapping[str, Any]) -> Answer:
        name, program = self.programs[at]
        calls: list[Replied] = []

        @events.hears(Replied)
        def hear(event: Replied) -> None:
            calls.append(event)

        started = time.perf_counter()
        answer, error = None, ""
        with events.listening_here(hear):
            try:
                answer = program(**inputs)
            except Exception as raised:  # the program may be anybody's code; what it says is what one wants to see
                error = render.short(redact(described(raised)), 1_000)
        prediction = None if error else answer if isinstance(answer, Prediction) else Prediction(outputs_of(answer))
        seconds = time.perf_counter() - started
        return Answer(program=name, prediction=prediction, error=error, calls=tuple(calls), seconds=seconds)


def _inputs(example: Example) -> dict[str, Any]:
    return vars(Example.inputs(example))  # not example.inputs(): a field may be called so


def _check_alike(one: Module, other: Module, called: str) -> None:
    """Both must take the same inputs."""
    theirs, ours = input_fields(other), input_fields(one)
    unknown = [name for name in theirs if name not in ours and theirs[name].required]
    missing = [name for name in ours if name not in theirs]
    if unknown or missing:
        raise UsageError(
            f"{called} takes {', '.join(theirs)}, and the first program {', '.join(ours)}.",
            hint="Compare programs with the same inputs.",
        )
