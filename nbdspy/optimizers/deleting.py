"""`kept_runs`: the compiles that a store keeps, of every kernel, how much room each takes, and deleting them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import time
from typing import Any

from nbdspy import render
from nbdspy.errors import UsageError, described, warn_caller
from nbdspy.models.redaction import redact
from nbdspy.optimizers.journal import BEATS
from nbdspy.optimizers.runs import COLLECTION, GONE, VERSION, Record, Runs
from nbdspy.optimizers.score_table import forget, listed, rows_of


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRun:
    """A compile in the store.

    `state` is `"killed"` where it was cut off without a word. One that `can_go_on` was ended before it was done, and is
    what resuming its name takes up. `size` is in bytes, roughly; scores that several compiles made count for each.
    """

    record: Record
    state: str
    can_go_on: bool
    size: int

    @property
    def called(self) -> str:
        """Its number and its name."""
        return f"{self.record.number} {render.short(redact(self.record.name), 60)}"

    @property
    def made(self) -> str:
        """What was compiled, and by what."""
        return render.short(redact(f"{self.record.optimizer}({self.record.program})"), 60)

    @property
    def told(self) -> str:
        """How it ended, and whether it can go on."""
        return f"{self.state}, can be resumed" if self.can_go_on and not self.is_alive else self.state

    @property
    def is_alive(self) -> bool:
        """Whether it goes on at this moment."""
        return self.state == "running"

    def __repr__(self) -> str:
        return f"{self.called} · {self.made} · {self.told} · {render.size(self.size)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What was deleted, or would be where it `is_planned`.

    `freed` is in bytes, roughly; `left` are those that were not deleted, because they go on or can go on. The file
    `is_smaller` unless another process was at it; then what is kept next takes the room.
    """

    runs: tuple[KeptRun, ...]
    left: tuple[KeptRun, ...] = ()
    freed: int = 0
    is_planned: bool = False
    is_smaller: bool = True

    @property
    def summary(self) -> str:
        """How many, and how much."""
        many = "1 run" if len(self.runs) == 1 else f"{len(self.runs)} runs"
        does = "Would delete" if self.is_planned else "Deleted"
        frees = "free about" if self.is_planned else "freed"
        return f"{does} {many} and {frees} {render.size(self.freed)}." if self.runs else "There is nothing to delete."

    @property
    def notes(self) -> list[str]:
        """What stayed and why, and what to do."""
        alive = ", ".join(run.called for run in self.left if run.is_alive)
        resumable = ", ".join(run.called for run in self.left if not run.is_alive)
        said = [f"Left, for it goes on: {alive}."] if alive else []
        if resumable:
            said.append(f"Left, for it can be resumed: {resumable}; unfinished=True (--unfinished) deletes it too.")
        if not self.is_smaller:
            said.append("The file stays as large, for another process uses it or its disk is full; its room is free.")
        return said

    def __repr__(self) -> str:
        return "\n".join([self.summary, *(f"  {run!r}" for run in self.runs), *self.notes])


class KeptRuns:
    """The compiles that a store keeps, by number; they are numbered through all kernels.

    Deleting one forgets its journal, its replies and the scores that `reuse` would find. Programs that it made, their
    versions and results stay as they are. One that goes on is never deleted, and one that can be resumed only when it
    is said to be.
    """

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._store = runs.store

    def __iter__(self) -> Iterator[KeptRun]:
        """Each, the oldest first."""
        records = self._runs.all()
        newest = {record.name: record.number for record in records}
        return iter([self._kept(record, is_newest=newest[record.name] == record.number) for record in records])

    def delete(self, *which: int | str, unfinished: bool = False, plan: bool = False) -> Deleted:
        """Delete compiles by their numbers or names.

        Args:
            which: Numbers, or names, which mean all of that name.
            unfinished: Delete those too that can be resumed.
            plan: Only say what would be deleted.

        Raises:
            UsageError: When there is no such compile; when a number means one that goes on, or that can be resumed,
                before anything is deleted.
            StoreError: When the store cannot be used.
        """
        known = list(self)
        chosen: dict[int, KeptRun] = {}
        for wanted in which:
            chosen |= {run.record.number: run for run in _meant(wanted, known, unfinished=unfinished)}
        return self._delete(list(chosen.values()), unfinished=unfinished, plan=plan)

    def clear(self, *, older: float = 0.0, unfinished: bool = False, plan: bool = False) -> Deleted:
        """Delete every compile that is done, or that a later one of its name has left behind.

        Args:
            older: Only those that began so many seconds ago.
            unfinished: Delete those too that can be resumed.
            plan: Only say what would be deleted.

        Raises:
            StoreError: When the store cannot be used.
        """
        before = time() - older
        return self._delete([run for run in self if run.record.began <= before], unfinished=unfinished, plan=plan)

    def _delete(self, chosen: Sequence[KeptRun], *, unfinished: bool, plan: bool) -> Deleted:
        left = tuple(run for run in chosen if run.is_alive or (run.can_go_on and not unfinished))
        going = tuple(run for run in chosen if run not in left)
        if plan:
            return Deleted(runs=going, left=left, freed=sum(run.size for run in going), is_planned=True)
        cut_off = [value["number"] for value in self._runs.values() if value.get("state") == GONE[0]]
        for number in cut_off:  # by a process that was killed while it deleted
            self._sweep(number)
        freed = sum(map(self._freed, going))
        is_smaller = self._store.shrink() if going or cut_off else True
        return Deleted(runs=going, left=left, freed=freed, is_smaller=is_smaller)

    def _kept(self, record: Record, *, is_newest: bool) -> KeptRun:
        is_alive = self._runs.is_alive(record)
        state = "killed" if record.state == "running" and not is_alive else record.state
        can_go_on = is_newest and record.state != "done"
        return KeptRun(
            record=record, state=state, can_go_on=can_go_on, size=self._store.size(*self._names(record.number))
        )

    def _names(self, number: int) -> list[str]:
        """Where things of a run are kept."""
        return [*_own(number), *map(rows_of, self._store.keys(listed(number)))]

    def _freed(self, run: KeptRun) -> int:
        """Delete one; its number is left, so that no other gets it."""
        record = run.record
        mark = {"number": record.number, "name": record.name, "version": VERSION, "state": GONE[0]}
        if not self._runs.replaced(record, mark):
            raise UsageError(
                f"Run {run.called} was taken up or deleted by another process at this moment.",
                hint="Look again: %runs kept (nbdspy.kept_runs()).",
            )
        names = self._names(record.number)
        before = self._store.size(*names)
        self._sweep(record.number)
        if record.has_study:
            self._forget_study(record)
        return before - self._store.size(*names)

    def _sweep(self, number: int) -> None:
        forget(self._store, number)
        self._store.forget(*_own(number))
        self._store.remove(BEATS, f"run {number}")
        key = f"{number:08}"
        self._store.put(COLLECTION, key, {**self._store.get(COLLECTION, key), "state": GONE[1]})

    def _forget_study(self, record: Record) -> None:
        if (url := self._store.open_url) is None:
            return
        from nbdspy.optimizers.sampling import forget_study

        try:
            forget_study(url, f"{record.name} {record.number}")
        except Exception as error:  # Optuna's and its database's; it is a copy to look at
            said = redact(described(error))
            warn_caller(f"Its study in Optuna's dashboard could not be deleted: {said}")

    def __repr__(self) -> str:
        return "\n".join(map(repr, self)) or "No compile is kept."


def kept_runs(store: Any = None) -> KeptRuns:
    """The compiles that a store keeps, of this kernel and of others.

    Args:
        store: As `compile` takes it; by default that of the working directory.

    Example:
        >>> from nbdspy.store import Store
        >>> kept_runs(Store("sqlite://", redact=redact))
        No compile is kept.
    """
    return KeptRuns(Runs.of(store))


def _own(number: int) -> list[str]:
    return [f"run {number}", f"run {number} replies", listed(number)]


def _meant(wanted: int | str, known: Sequence[KeptRun], *, unfinished: bool) -> list[KeptRun]:
    found = [run for run in known if wanted in (run.record.number, run.record.name)]
    if not found:
        there = ", ".join(run.called for run in known) or "none"
        raise UsageError(f"No run is kept as {wanted!r}.", hint=f"Kept are: {there}.")
    if isinstance(wanted, str):
        return found
    (run,) = found
    if run.is_alive:
        raise UsageError(f"Run {run.called} goes on, so it is not deleted.", hint="Stop it first, or wait for it.")
    if run.can_go_on and not unfinished:
        raise UsageError(
            f"Run {run.called} is {run.state} and can be resumed, which would be lost.",
            hint="Resume it (--resume), or delete it with unfinished=True (--unfinished).",
        )
    return found
