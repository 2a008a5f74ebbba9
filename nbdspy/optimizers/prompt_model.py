"""`PromptModel`: the model that reads about a program and writes instructions for it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic, Protocol, TypeVar, cast

from nbdspy import render
from nbdspy.configuration import settings
from nbdspy.data import Prediction
from nbdspy.errors import (
    ContextTooLong,
    KeyRefused,
    LMError,
    NoSuchModel,
    NotConfigured,
    NothingLeft,
    ParseError,
    described,
)
from nbdspy.models import BaseLM
from nbdspy.models.redaction import redact
from nbdspy.modules import Predict
from nbdspy.modules.prompts import prompt
from nbdspy.runtime import map_threads
from nbdspy.signatures import SignatureType

T = TypeVar("T")

CUTS = (None, 4_000, 1_000, 250)  # letters that each input may have, one after the other while the prompt is too long
FOR_GOOD = (NotConfigured, KeyRefused, NothingLeft, NoSuchModel)  # asking again would end the same way


class Work(Protocol):
    """Where calls are made: a `Run`, or `Alone`."""

    def unit(self, name: str) -> AbstractContextManager[Any]:
        """A piece of work by a name of its own, by which its replies are found again."""

    def place(self) -> AbstractContextManager[bool]:
        """One of the places that calls share; False when no further call is wanted."""

    def side_by_side(self, *works: Callable[[], T]) -> Sequence[T]:
        """Do things at once that do not need each other; what they return, in their order."""


class Alone:
    """Calls that belong to no run: on threads of their own, and written down nowhere."""

    def unit(self, name: str) -> AbstractContextManager[Any]:
        """Nothing is kept of it."""
        return nullcontext()

    def place(self) -> AbstractContextManager[bool]:
        """There is always one."""
        return nullcontext(True)

    def side_by_side(self, *works: Callable[[], T]) -> Sequence[T]:
        """Do them on up to `num_threads` threads; the first error, in their order, is raised after all have ended."""
        done = sorted(map_threads(_called, works, threads=settings.num_threads), key=lambda each: each.index)
        for each in done:
            if each.error is not None:
                raise each.error
        return [cast(T, each.result) for each in done]


def _called(work: Callable[[], T]) -> T:
    return work()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model wrote, by field; nothing, and the `problem`, where it did not answer or could not be read."""

    texts: dict[str, str] = field(default_factory=dict)
    problem: str = ""

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer of no use, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What the answers to one question were worth; None when none was of use. `refused` says why, for each."""

    worth: T | None = None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing to ask; `unit` names it, once in a run."""

    unit: str
    signature: SignatureType
    inputs: dict[str, Any]
    temperature: float = 1.0


@dataclass(frozen=True, slots=True)
class PromptModel:
    """Asks a model about a program.

    A call that fails, or a reply that cannot be read, is an answer with a `problem`, since what is asked here is worth
    less than the search around it. A prompt that is too long for the model is made shorter first. What no further call
    would mend is raised.

    Args:
        lm: The model; None asks the configured one.
        work: The run that the calls belong to.
        seed: Makes the samples of one seed other than those of the next, where replies are cached.

    Example:
        >>> from nbdspy.signatures import Signature
        >>> from nbdspy.testing import DummyLM
        >>> advise = Signature("code -> advice")
        >>> asker = PromptModel(DummyLM([{"advice": "Be brief."}]))
        >>> asker.ask(Question(unit="advise", signature=advise, inputs={"code": "print(1)"}))["advice"]
        'Be brief.'
    """

    lm: BaseLM | None = None
    work: Work = field(default_factory=Alone)
    seed: int = 0

    def ask(self, question: Question) -> Answer:
        """What the model answers.

        Raises:
            NotConfigured: When there is no model; and what else would come again, such as a key that is refused.
        """
        config: dict[str, Any] = {"temperature": question.temperature}
        if question.temperature > 0:  # at 0 the same is said again
            config["rollout_id"] = zlib.crc32(f"{self.seed} {question.unit}".encode())
        asker = Predict(question.signature, lm=self.lm, **config)
        with self.work.unit(question.unit), self.work.place() as has_place:
            if not has_place:
                return Answer(problem="the run was told to end")
            try:
                said = _fitted(asker, question.inputs)
            except FOR_GOOD:
                raise
            except (LMError, ParseError) as error:
                return Answer(problem=render.short(redact(described(error)), 200))
        return Answer({name: str(said[name]) for name in question.signature.output_fields})

    def ask_all(self, questions: Sequence[Question]) -> list[Answer]:
        """The answers to questions that do not need each other, asked side by side, in their order."""
        return list(self.work.side_by_side(*(partial(self.ask, question) for question in questions)))

    def ask_twice(self, questions: Sequence[Question], read: Callable[[int, Answer], T | Refused]) -> list[Outcome[T]]:
        """Ask side by side, and once more, for another sample, where the answer is of no use.

        Args:
            questions: What to ask.
            read: Makes of the answer to a question, by its place, what it is worth; called in the questions' order, so
                that of two equal answers the earlier question's counts, whichever comes first.
        """
        found: list[Outcome[T]] = [Outcome() for _ in questions]
        left = list(range(len(questions)))
        for again in ("", " again"):
            asked = [replace(questions[place], unit=questions[place].unit + again) for place in left]
            for place, answer in zip(left, self.ask_all(asked), strict=True):
                worth = Refused(answer.problem) if answer.problem else read(place, answer)
                before = found[place].refused
                found[place] = (
                    Outcome(None, (*before, worth.why)) if isinstance(worth, Refused) else Outcome(worth, before)
                )
            left = [place for place in left if found[place].worth is None and questions[place].temperature > 0]
        return found


def _fitted(asker: Predict, inputs: Mapping[str, Any]) -> Prediction:
    """What the asker answers, if need be to inputs that are cut in the middle until the model can read them.

    Raises:
        ContextTooLong: When even the shortest do not fit.
    """
    for letters in CUTS:
        try:
            return asker(**{name: render.ends(value, letters) for name, value in inputs.items()} if letters else inputs)
        except ContextTooLong as error:
            last = error
    raise last


def prompt_letters(signature: SignatureType, inputs: Mapping[str, Any]) -> int:
    """How long the prompt of a question is, in the layout of the configured adapter."""
    shown = prompt(Predict(signature), **inputs)
    return sum(len("\n".join(part.lines())) for part in shown.parts)
