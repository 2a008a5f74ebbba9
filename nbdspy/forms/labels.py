"""`Labels`: a person goes through rows, accepts what is proposed, or says what is right."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Literal

from nbdspy import render
from nbdspy.data import Example, Prediction, to_frame
from nbdspy.errors import UsageError, described, did_you_mean, ended
from nbdspy.evaluation import EvaluationResult
from nbdspy.evaluation.results import outputs_of
from nbdspy.forms.cases import PROPOSED, REASONING, STATE, Case, Given, cases_of, fields_of
from nbdspy.forms.entries import fitting, said_value
from nbdspy.models import Budget, Spent, spending
from nbdspy.models.redaction import redact
from nbdspy.modules import Module, as_program
from nbdspy.modules.freezing import DEMOS, is_frozen
from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    import pandas as pd

    from nbdspy.modules import Predict
    from nbdspy.signatures import Field

Which = Literal["corrected", "all"]


class Labels:
    """Goes through rows one by one; what was said of them becomes a DataFrame, a trainset, or demonstrations.

    Args:
        data: A DataFrame, a list of examples or dictionaries, or the result of an evaluation, whose predictions are
            then what is accepted or corrected. A `frame` of earlier labels is gone on with.
        program: Says which fields are labelled, and proposes values where the data have none.
        called: What messages call the data.
        name: The variable that holds this, for cards and messages that say how to go on.
        memory: What was said of rows, by their inputs: rows that are equal to those are labelled already, and what is
            said from now on goes there, too.
        asks: Whether the program is asked for proposals at all.

    Raises:
        UsageError: When nothing says which fields are labelled.
        DataError: When the data lack an input.

    Example:
        >>> labels = Labels([{"request": "wake me at six", "intent": "alarm"}, {"request": "tea", "intent": "music"}],
        ...                 "request -> intent")
        >>> labels.accept()
        >>> labels.correct(intent="timer")
        >>> labels.examples
        [Example(request='wake me at six', intent='alarm'), Example(request='tea', intent='timer')]
        >>> labels.as_demos("request -> intent")
        Predict(request -> intent, 1 demos)
    """

    def __init__(
        self, data: Any, program: Any = None, *, called: str = "data", name: str = "labels",
        memory: MutableMapping[str, Given] | None = None, asks: bool = True,
    ) -> None:  # fmt: skip
        self.called = called
        self.name = name
        self.program: Module | None = None if program is None else as_program(program)
        self.inputs, self.outputs = fields_of(data, self.program)
        if not self.outputs:
            raise UsageError(f"{render.short(repr(self.program))} has no output to label.", hint="Give a signature.")
        self._cases, known = cases_of(data, self.inputs, self.outputs, called=called)
        self._memory: MutableMapping[str, Given] = {} if memory is None else memory
        for case, said in zip(self._cases, known, strict=True):
            if said is not None:
                self._memory.setdefault(case.key, said)
        self._asks = asks and self.program is not None
        self._answers: dict[int, Mapping[str, Any]] = {}
        self._failures: dict[int, str] = {}
        self._before = data.spent if isinstance(data, EvaluationResult) else Spent()
        self._asked = Budget()
        pending = (at for at in range(len(self)) if self.given(at) is None)
        self._at = next(pending, len(self))

    def __len__(self) -> int:
        return len(self._cases)

    @property
    def position(self) -> int:
        """The row to label now, from 0; their number when all have been gone through."""
        return self._at

    @property
    def is_over(self) -> bool:
        """Whether there is no row to label now."""
        return self._at >= len(self)

    @property
    def current(self) -> Case:
        """The row to label now.

        Raises:
            UsageError: When all have been gone through.
        """
        if self.is_over:
            raise UsageError(f"All {len(self):,} rows have been gone through.", hint=f"Write {self.name}.back().")
        return self._cases[self._at]

    @property
    def proposal(self) -> Mapping[str, Any]:
        """What may be the answer for this row: what was said before, or the data's value, or the program's.

        The program is asked at most once, here and now; where it fails there is no proposal, and `failure` says why.
        """
        return self.proposal_of(self._at)

    def proposal_of(self, at: int) -> Mapping[str, Any]:
        """The proposal for a row; see `proposal`."""
        case = self._cases[at]
        if case.proposal is not None:
            return case.proposal
        if at not in self._answers and at not in self._failures and self._asks:
            self._ask(at)
        return self._answers.get(at, {})

    def is_known(self, at: int) -> bool:
        """Whether a row's proposal is there without asking anybody."""
        return bool(self._cases[at].proposal) or not self._asks or at in self._answers or at in self._failures

    def failure(self, at: int) -> str:
        """Why the program has no proposal for a row; empty where it has, or was not asked."""
        return self._failures.get(at, "")

    @property
    def spent(self) -> Spent:
        """What the proposals have taken, those of an evaluation with the evaluation itself."""
        return self._before + self._asked.spent

    def given(self, at: int) -> Given | None:
        """What was said of a row."""
        return self._memory.get(self._cases[at].key)

    def case(self, at: int) -> Case:
        """A row by its number, from 0."""
        return self._cases[at]

    def accept(self) -> None:
        """The proposal is right. Goes to the next row.

        Raises:
            UsageError: When a field has no proposal.
        """
        self.correct()

    def correct(self, **values: Any) -> None:
        """Say what is right, as values or as texts to read; what is left out is as proposed. Goes to the next row.

        A row that had no proposal counts as corrected, too.

        Raises:
            UsageError: When a value does not fit its field, or a field has none. Nothing changes then.
        """
        for name in values:
            if name not in self.outputs:
                raise UsageError(
                    f"There is no field {name!r} to label.",
                    hint=did_you_mean(name, self.outputs) or f"There are: {', '.join(self.outputs)}.",
                )
        case, is_whole = self.current, len(values) == len(self.outputs)
        proposal = {} if is_whole and not self.is_known(self._at) else self.proposal
        said = {name: said_value(value, self.outputs[name]) for name, value in values.items()}
        taken = {name: proposal[name] for name in self.outputs if name in proposal and name not in said}
        whole = {**{name: fitting(value, self.outputs[name]) for name, value in taken.items()}, **said}
        missing = [name for name in self.outputs if name not in whole]
        if missing:
            raise UsageError(
                f"Nothing is proposed for {missing[0]!r}{self._why()}.",
                hint=f"Write {self.name}.correct({missing[0]}=…).",
            )
        whole = {name: whole[name] for name in self.outputs}
        is_right = all(name in proposal and proposal[name] == value for name, value in whole.items())
        self._memory[case.key] = Given(way="accepted" if is_right else "corrected", values=whole)
        self._at += 1

    def skip(self) -> None:
        """Leave this row without a label, whatever was said of it. Goes to the next row."""
        self._memory[self.current.key] = Given(way="skipped", values={})
        self._at += 1

    def back(self) -> None:
        """Go to the row before; the first one stays."""
        self._at = max(self._at - 1, 0)

    def forward(self) -> None:
        """Go to the row after, and say nothing of this one."""
        self._at = min(self._at + 1, len(self))

    def go(self, at: int) -> None:
        """Go to a row by its number, from 0.

        Raises:
            UsageError: When there is no such row.
        """
        if not 0 <= at < len(self):
            raise UsageError(f"There is no row {at}.", hint=f"There are 0 to {len(self) - 1}.")
        self._at = at

    def count(self, way: str) -> int:
        """How many rows were accepted, corrected or skipped."""
        return sum(said is not None and said.way == way for said in map(self.given, range(len(self))))

    @property
    def done(self) -> int:
        """How many rows have a label."""
        return self.count("accepted") + self.count("corrected")

    @property
    def progress(self) -> str:
        """Where one is: "12 of 80"."""
        return f"{min(self._at + 1, len(self)):,} of {len(self):,}"

    @property
    def examples(self) -> list[Example]:
        """A trainset: the rows that have a label."""
        return [self._example(at) for at in range(len(self)) if self._has_label(at)]

    @property
    def frame(self) -> pd.DataFrame:
        """One row each: inputs, labels, what was proposed, and in `labelled` how it was labelled, or None."""
        whole_import("pandas")
        return to_frame([self._row(at) for at in range(len(self))])

    def as_demos(self, program: Any = None, *, which: Which = "corrected") -> Module:
        """A copy of a program that is shown these labels as demonstrations, after those it has.

        One with the same inputs replaces the one that was there. Predictors with frozen demonstrations keep theirs.

        Args:
            program: By default the one that the labels were made with.
            which: The corrected ones teach most; "all" takes the accepted ones, too.

        Raises:
            UsageError: When no part of the program has these fields, or no row was labelled so.
        """
        program = self.program if program is None else as_program(program)
        if program is None:
            raise UsageError(
                "There is no program to give the demonstrations to.", hint=f"Write {self.name}.as_demos(program)."
            )
        ways = ("corrected",) if which == "corrected" else ("accepted", "corrected")
        demos = [self._example(at) for at in range(len(self)) if self._has_label(at, *ways)]
        if not demos:
            raise UsageError(
                f"No row was {' or '.join(ways)}.",
                hint='Write which="all" to take the accepted ones.' if self.done else "Label some first.",
            )
        copy: Module = program.deepcopy()
        suited = [predictor for predictor in copy.predictors() if self._fits(predictor)]
        if not suited:
            raise UsageError(
                f"No predictor of {render.short(repr(program))} makes {', '.join(self.outputs)} of "
                f"{', '.join(self.inputs)}.",
                hint="Give a program with the fields that were labelled.",
            )
        for predictor in suited:
            if not is_frozen(predictor, DEMOS):
                told = [demo for demo in predictor.demos if not any(_same(demo, new, self.inputs) for new in demos)]
                predictor.demos = [*told, *demos]
        return copy

    def __repr__(self) -> str:
        fields = f"{', '.join(self.inputs)} -> {', '.join(self.outputs)}"
        said = [f"{self.count(way):,} {way}" for way in ("corrected", "skipped") if self.count(way)]
        return f"Labels({' · '.join([f'{self.called}: {self.done:,} of {len(self):,} labelled', *said])}; {fields})"

    def _ask(self, at: int) -> None:
        """Have the program propose; where it fails, people go on without."""
        assert self.program is not None
        try:
            with spending(self._asked):
                answer = outputs_of(self.program(**self._cases[at].inputs))
        except Exception as error:  # the program may be anybody's code, and a person can do without it
            self._failures[at] = render.short(redact(described(error)), 300)
        else:
            self._answers[at] = {name: answer[name] for name in (*self.outputs, REASONING) if name in answer}

    def _why(self) -> str:
        failure = self.failure(self._at)
        return f": {ended(failure).rstrip('.')}" if failure else ""

    def _has_label(self, at: int, *ways: str) -> bool:
        said = self.given(at)
        return said is not None and said.way in (ways or ("accepted", "corrected"))

    def _example(self, at: int) -> Example:
        said = self.given(at)
        assert said is not None
        return Example({**self._cases[at].inputs, **said.values}).with_inputs(*self.inputs)

    def _row(self, at: int) -> dict[str, Any]:
        case, said = self._cases[at], self.given(at)
        proposal = self.proposal_of(at) if self.is_known(at) else {}
        labels = {} if said is None else said.values
        return {
            **{name: case.inputs.get(name) for name in self.inputs},
            **{name: labels.get(name) for name in self.outputs},
            **{f"{PROPOSED}{name}": proposal.get(name) for name in self.outputs},
            STATE: None if said is None else said.way,
            **case.others,
        }

    def _fits(self, predictor: Predict) -> bool:
        signature = predictor.signature
        asked = [name for name, field in signature.input_fields.items() if field.required]
        return set(asked) <= set(self.inputs) and set(signature.output_fields) - {REASONING} <= set(self.outputs)


def _same(one: Example | Prediction | Mapping[str, Any], other: Example, names: Mapping[str, Field]) -> bool:
    return all(one.get(name) == other.get(name) for name in names)
