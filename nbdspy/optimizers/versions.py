"""Every program that was bound to a name, as it was: its versions, their scores, and what each was made of."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from nbdspy.errors import SavedStateError, UsageError, did_you_mean
from nbdspy.modules import Module, as_program
from nbdspy.modules.identity import digest
from nbdspy.optimizers.results import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A mean score from 0 to 1 with its 95 % interval, of so many examples."""

    mean: float
    low: float
    high: float
    n: int
    metric: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One program under the name that it was bound to.

    Args:
        name: The variable.
        number: From 1 for each name.
        made_by: An optimizer's name, or the magic that defined it.
        parent: The version that it was compiled from, as `"Intent@1"`; empty when it was written by hand.
        score: On validation examples, when it was scored.
        digest: Of all that it depends on; None when that cannot be told.
        state: What compiling changes, in the layout of saved programs; None when it has no JSON.
    """

    name: str
    number: int
    made_by: str
    parent: str = ""
    score: Score | None = None
    digest: str | None = None
    state: Mapping[str, Any] | None = None

    @property
    def called(self) -> str:
        """How it is asked for: `"helper@2"`."""
        return f"{self.name}@{self.number}"

    def is_better_than(self, other: Version) -> bool:
        """Whether it scored more, by the same metric on as many examples; false where that was never measured."""
        if self.score is None or other.score is None:
            return False
        is_alike = (self.score.metric, self.score.n) == (other.score.metric, other.score.n)
        return is_alike and self.score.mean > other.score.mean


class Kept(Protocol):
    """Where versions are kept: a `Store`, or the process's memory."""

    def put(self, collection: str, key: str, value: Any) -> None:
        """Set the value of a key."""

    def put_new(self, collection: str, key: str, value: Any) -> bool:
        """Set the value of a key that has none, and say whether that was so."""

    def items(self, collection: str) -> Iterable[tuple[str, Any]]:
        """The keys of a collection and their values."""


class Versions:
    """The versions of the programs of one notebook. Safe between threads, and between kernels on one store.

    Args:
        kept: Where they are kept; by default for as long as the process lives.
        collection: Under which name.

    Raises:
        StoreError: By `add` too, when they cannot be read or kept.

    Example:
        >>> from nbdspy.modules import Predict
        >>> versions = Versions()
        >>> versions.add("qa", Predict("question -> answer"), made_by="%%module").called
        'qa@1'
        >>> versions.add("qa", Predict("question -> answer"), made_by="%%module").called  # the same again
        'qa@1'
    """

    def __init__(self, kept: Kept | None = None, collection: str = "programs") -> None:
        self._kept = _Memory() if kept is None else kept
        self._collection = collection
        self._lock = threading.Lock()
        self._versions: dict[str, dict[int, Version]] = {}
        self._programs: dict[str, Module] = {}
        self._read()

    def add(
        self, name: str, program: Module, *, made_by: str, parent: str = "", trial: Trial | None = None,
        metric: str = "",
    ) -> Version:  # fmt: skip
        """Remember a program under a name; one that is a version of it already stays that one, with its last score."""
        version = Version(
            name=name, number=0, made_by=made_by, parent=parent, score=_score(trial, metric), digest=digest(program),
            state=_state(program),
        )  # fmt: skip
        with self._lock:
            known = self._equal(version)
            version = self._numbered(version) if known is None else self._scored(known, version.score)
            self._versions.setdefault(name, {})[version.number] = version
            self._programs[version.called] = program.deepcopy()
        return version

    def keep_in_memory(self) -> None:
        """Write nothing down from now on, as where that fails."""
        self._kept = _Memory()

    def _equal(self, version: Version) -> Version | None:
        """The version that is the same program."""
        known = self._versions.get(version.name, {}).values()
        return next((each for each in known if each.digest is not None and each.digest == version.digest), None)

    def _numbered(self, version: Version) -> Version:
        """Keep a version under the first number that is free."""
        while True:
            version = replace(version, number=max(self._versions.get(version.name, {0: None})) + 1)
            if self._kept.put_new(self._collection, version.called, asdict(version)):
                return version
            self._read()  # another kernel was there before

    def _scored(self, version: Version, score: Score | None) -> Version:
        if score is None or score == version.score:
            return version
        version = replace(version, score=score)
        self._kept.put(self._collection, version.called, asdict(version))
        return version

    def _read(self) -> None:
        found = [_version(value) for _, value in self._kept.items(self._collection)]
        for version in sorted(found, key=lambda version: version.number):
            self._versions.setdefault(version.name, {})[version.number] = version

    def of(self, name: str) -> Sequence[Version]:
        """The versions of a name, from the first."""
        with self._lock:
            return tuple(self._versions.get(name, {}).values())

    def __iter__(self) -> Iterator[Version]:
        with self._lock:
            return iter([version for versions in self._versions.values() for version in versions.values()])

    def same_as(self, name: str, program: Module) -> Version | None:
        """The version of a name that a program is; None when it was changed since, or never kept."""
        identity = digest(program)
        return next((version for version in self.of(name) if identity and version.digest == identity), None)

    def find(self, name: str, number: int | None = None) -> Version:
        """A version by its number, by default the last.

        Raises:
            UsageError: When there is none; says which there are.
        """
        known = self.of(name)
        if not known:
            hint = did_you_mean(name, self._versions) or "%programs lists them."
            raise UsageError(f"No program called {name!r} has a version.", hint=hint)
        found = next((version for version in known[::-1] if number in (None, version.number)), None)
        if found is None:
            there = ", ".join(str(version.number) for version in known[-9:])
            raise UsageError(f"{name} has no version {number}.", hint=f"It has: {there}.")
        return found

    def program(self, version: Version, *, shapes: Sequence[Any] = ()) -> Module:
        """The program of a version, a new one each time.

        Args:
            version: Of an earlier kernel too.
            shapes: Programs that its state may fit, for one whose code this process never ran.

        Raises:
            UsageError: When nothing is there that its state fits.
        """
        made = self._programs.get(version.called)
        if made is not None:
            return made.deepcopy()
        for shape in shapes if version.state is not None else ():
            program = as_program(shape).deepcopy()
            try:
                program.load_state(version.state or {})
            except SavedStateError:
                continue
            return program
        raise UsageError(
            f"{version.called} is from another kernel, and no program of its shape is here.",
            hint=f"Run the cell that defines {(version.parent or version.called).partition('@')[0]} first.",
        )


class _Memory:
    """Keeps values for as long as the process lives."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], Any] = {}

    def put(self, collection: str, key: str, value: Any) -> None:
        self._values[collection, key] = value

    def put_new(self, collection: str, key: str, value: Any) -> bool:
        return self._values.setdefault((collection, key), value) is value

    def items(self, collection: str) -> Iterable[tuple[str, Any]]:
        return [(key, value) for (where, key), value in self._values.items() if where == collection]


def _score(trial: Trial | None, metric: str) -> Score | None:
    if trial is None:
        return None
    low, high = trial.interval.low, trial.interval.high
    return Score(mean=trial.score, low=low, high=high, n=trial.evaluation.n, metric=metric)


def _state(program: Module) -> Mapping[str, Any] | None:
    try:
        return program.dump_state()
    except SavedStateError:
        return None


def _version(record: Mapping[str, Any]) -> Version:
    score = record["score"]
    return Version(**{**record, "score": None if score is None else Score(**score)})
