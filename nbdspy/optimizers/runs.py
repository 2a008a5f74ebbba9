"""The compiles that a store knows: what went into each, how it ended, and which can go on."""

from __future__ import annotations

import os
import platform
import secrets
import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from nbdspy import render
from nbdspy.configuration import settings
from nbdspy.data import Example
from nbdspy.errors import CompileWarning, UsageError, described
from nbdspy.models.redaction import redact
from nbdspy.modules import Module, program_name
from nbdspy.modules.identity import digest
from nbdspy.modules.pieces import digests_by_name
from nbdspy.optimizers.journal import BEATS, Journal, MemoryJournal, StoredJournal
from nbdspy.optimizers.results import Result
from nbdspy.optimizers.score_table import ScoreTable, untold
from nbdspy.store import Store, opened_store

COLLECTION = "runs"
VERSION = 2
SILENCE = 60.0  # seconds after which a run of another process that said nothing is taken for killed
TOKEN = secrets.token_hex(8)
"""Of this process, and of no other."""

State = Literal["running", "stopped", "failed", "done"]
OPTION = "the option "
"""What an option's name follows, among the parts."""
GONE = ("deleting", "deleted")
"""The states of what is left of a run that was deleted, so that no other gets its number."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """What is known of one compile.

    `parts` are digests of what it depends on, by what each is called, down to single variables; None of what cannot be
    told apart, and of what its own work changed, such as a metric that remembers. `options` are the optimizer's, of
    those that are words and numbers. `token` is that of the process that does it, `born` when that began, empty where
    the system does not say: numbers of processes come again, after a restart of a container the very same. One that was
    to `reuse` scores takes those that were there when it began, also when it is resumed. `has_study` says that its
    trials were copied for Optuna's dashboard.
    """

    number: int
    name: str
    program: str
    optimizer: str
    parts: Mapping[str, str | None]
    sizes: Mapping[str, int] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    began: float = 0.0
    reuse: bool = False
    has_study: bool = False
    process: int = 0
    machine: str = ""
    token: str = ""
    born: str = ""
    state: State = "running"
    why: str = ""
    summary: str = ""
    version: int = VERSION


_KINDS: Mapping[str, Any] = {
    name: {"int": int, "float": int | float, "bool": bool, "str": str, "State": str}.get(kind, dict)
    for name, kind in Record.__annotations__.items()
}
"""What the values of a record are."""


class Runs:
    """The compiles of a store, the newest last."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def store(self) -> Store:
        """Where they are kept."""
        return self._store

    @classmethod
    def of(cls, store: Any = None) -> Runs:
        """Those of a path, a database's URL or a `Store`; by default of the store of the working directory."""
        return cls(store if isinstance(store, Store) else opened_store(store, redact=redact))

    def all(self) -> list[Record]:
        """Every compile that this version can read."""
        known = [record for value in self.values() if (record := _read(value)) is not None]
        return sorted(known, key=lambda record: record.number)

    def values(self) -> list[Mapping[str, Any]]:
        """What is written down of every compile, of those too that were deleted or that this version cannot read."""
        return [value for _, value in self._store.items(COLLECTION) if isinstance(value, Mapping)]

    def is_alive(self, record: Record) -> bool:
        """Whether a compile goes on at this moment: in this process or another that lives, or that was heard of lately.

        A run that is paused, or waits for a slow model, is not heard of; on its own machine it is found by its process.
        """
        if record.state != "running" or record.token == TOKEN:
            return record.state == "running"
        if record.machine == platform.node():
            if not _exists(record.process):
                return False
            if record.born:
                return record.born == _born(record.process)
        heard: float = self._store.get(BEATS, f"run {record.number}", record.began)
        return time.time() - heard < SILENCE

    def begin(self, name: str, parts: Mapping[str, Any], *, reuse: bool = False) -> Record:
        """Write a new compile down; `parts` are the values that it depends on."""
        record = Record(
            number=len(self._store.keys(COLLECTION)) + 1, name=name, program=program_name(parts["the program"]),
            optimizer=parts["the optimizer"], parts=digests(parts), sizes=_sizes(parts), options=_options(parts),
            began=time.time(), reuse=reuse, **_here(),
        )  # fmt: skip
        while not self._store.put_new(COLLECTION, f"{record.number:08}", asdict(record)):
            record = replace(record, number=record.number + 1)  # another kernel was faster
        return record

    def unfinished(self, name: str) -> Record | None:
        """The newest compile of this name, if it was ended before it was done.

        Raises:
            UsageError: When it goes on at this moment, in this process or another.
        """
        newest = next((record for record in reversed(self.all()) if record.name == name), None)
        if newest is not None and self.is_alive(newest):
            where = "in this process" if newest.token == TOKEN else f"in process {newest.process} of {newest.machine}"
            raise UsageError(
                f"Run {newest.number} of {name} still goes on {where}.",
                hint=f"Wait for it or stop it, or leave --resume (resume=True) out for a new run. What was killed "
                f"on another machine is taken for alive for {SILENCE:.0f} s.",
            )
        return None if newest is None or newest.state == "done" else newest

    def nothing_to_resume(self, name: str) -> str:
        """Why there is nothing of this name to go on with, and what there is."""
        own = [value for value in self.values() if value.get("name") == name]
        if own and own[-1].get("state") in GONE:
            return f"Run {own[-1].get('number')} of {name} was deleted, so a new one began."
        if any(value.get("version") != VERSION for value in own):
            return f"The runs of {name} were written down by another version of nbdspy, so a new one began."
        if own and _read(own[-1]) is None:
            return f"What is written down of the last run of {name} is damaged, so a new one began."
        others = sorted({record.name for record in self.all() if record.state != "done"} - {name})
        there = f" Unfinished are: {', '.join(others)}." if others else ""
        return f"There was no unfinished run of {name} to go on with, so a new one began.{there}"

    def go_on(self, record: Record, parts: Mapping[str, Any]) -> Record:
        """Take up a compile that was ended; all that it depends on must be as it was.

        Raises:
            UsageError: When something is not, or another process was faster; says what changed.
        """
        sizes = _sizes(parts)
        changed = _changed(record, digests(parts), sizes)
        if changed:
            raise UsageError(
                f"Run {record.number} of {record.name} cannot go on: {_listed(changed, record, parts)}.",
                hint="Put that back as it was, or leave --resume out for a new run.",
            )
        taken = replace(record, **_here(), state="running", why="", summary="")
        if not self.replaced(record, asdict(taken)):
            raise UsageError(
                f"Run {record.number} of {record.name} was taken up by another process at this moment.",
                hint="Leave --resume out for a new run.",
            )
        return taken

    def replaced(self, record: Record, new: Mapping[str, Any]) -> bool:
        """Write something else down of a run that is as it was read, and say whether it was."""
        key = f"{record.number:08}"
        old = self._store.get(COLLECTION, key)
        return _read(old) == record and self._store.replace(COLLECTION, key, old, new)

    def end(self, record: Record, result: Result | None, error: BaseException | None = None) -> None:
        """Write down how a compile ended."""
        state: State = "failed" if error is not None and result is None else "done"
        why = "" if error is None else described(error)
        if result is not None and result.stopped is not None:
            state, why = "stopped", result.stopped
        summary = "" if result is None else result.summary
        has_study = result is not None and any(trial.choices for trial in result.tried)
        ended = replace(record, state=state, why=why, summary=summary, has_study=has_study)
        self._store.put(COLLECTION, f"{record.number:08}", asdict(ended))
        if result is not None and has_study:
            self._show_to_optuna(record, result)

    def _show_to_optuna(self, record: Record, result: Result) -> None:
        """Copy the trials into a study of Optuna's in the same database, which its dashboard opens."""
        if (url := self._store.open_url) is None:
            return
        from nbdspy.optimizers.sampling import copy_study

        try:
            copy_study(url, f"{record.name} {record.number}", result.tried)
        except Exception as error:  # Optuna's and its database's; the journal holds all of it
            said = redact(described(error))
            warnings.warn(
                f"The trials could not be copied for Optuna's dashboard: {said}", CompileWarning, stacklevel=2
            )

    def scores(self, *, seed: int) -> ScoreTable:
        """What all compiles up to now have kept for those that reuse it."""
        return ScoreTable(self._store, seed=seed, before=time.time())

    def table(self, record: Record, *, seed: int) -> ScoreTable:
        """Where a compile keeps its scores, and finds those of earlier ones when it is to reuse them."""
        before = record.began if record.reuse else None
        return ScoreTable(self._store, run=record.number, seed=seed, before=before)

    def journal(self, record: Record, beside: Callable[[], object] = lambda: None) -> StoredJournal:
        """Where a compile writes down what it does; `beside` is done each time that it says that it is at work."""
        return StoredJournal(self._store, f"run {record.number}", beside=beside)


class Watched:
    """A compile that goes on: what its own work changes of what it depends on cannot be told when it is resumed.

    A metric that remembers what it was asked, or a program that counts its calls, is no other one for that.

    Args:
        runs: Where it is written down.
        record: As what.
        parts: What it depends on.
    """

    def __init__(self, runs: Runs, record: Record, parts: Mapping[str, Any]) -> None:
        self._runs = runs
        self._parts = parts
        self._lock = threading.Lock()
        self.record = record

    def look(self, *, at_data: bool = False) -> None:
        """Write down what has changed since it was begun; at the data, which are long, only when asked for."""
        parts = {called: part for called, part in self._parts.items() if at_data or not isinstance(part, list)}
        with self._lock:
            try:
                now = digests(parts)
            except RuntimeError:  # another thread changes it at this moment; there is another look
                return
            before = self.record.parts
            looked_at = {called for called in before if _root(called) in parts} | set(now)
            moved = {called: None for called in looked_at if before.get(called) != now.get(called)}
            new = replace(self.record, parts={**before, **moved})
            if new != self.record and self._runs.replaced(self.record, asdict(new)):
                self.record = new

    def end(self, result: Result | None, error: BaseException | None = None) -> None:
        """Write down how it ended."""
        self.look(at_data=True)
        self._runs.end(self.record, result, error)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A compile as it is written down, if it is."""

    journal: Journal
    table: ScoreTable = field(default_factory=ScoreTable)
    watched: Watched | None = None
    doubts: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, store: Any, name: str, parts: Mapping[str, Any], *, resume: bool, reuse: bool = False, seed: int = 0
    ) -> Kept:  # fmt: skip
        """Begin to write a compile down, or take up the last one of its name.

        Raises:
            UsageError: When that one cannot go on, or nothing can because nothing is written down.
            StoreError: When the store cannot be used.
        """
        if store is False and resume:
            raise UsageError("Without a store there is no run to go on with.", hint="Leave out store=False.")
        if store is False and reuse:
            raise UsageError("Without a store there are no scores to reuse.", hint="Leave out store=False.")
        if store is False:
            return cls(journal=MemoryJournal())
        runs = Runs.of(store)
        before = runs.unfinished(name) if resume else None
        doubts = [runs.nothing_to_resume(name)] if resume and before is None else []
        record = runs.begin(name, parts, reuse=reuse) if before is None else runs.go_on(before, parts)
        if before is not None and (blind := _untold(before, parts)):
            doubts.append(f"Whether {' and '.join(blind)} changed since the run was begun cannot be told.")
        if reuse and not record.reuse:
            doubts.append(f"Run {record.number} was begun without reuse, so it goes on without it.")
        if record.reuse and (unknown := untold(parts["the program"], parts["the metric"])):
            doubts.append(f"No score is reused: {' and '.join(unknown)} cannot be told from another one.")
        watched = Watched(runs, record, parts)
        return cls(
            journal=runs.journal(record, watched.look), table=runs.table(record, seed=seed), watched=watched,
            doubts=tuple(doubts),
        )  # fmt: skip

    def end(self, result: Result | None, error: BaseException | None = None) -> None:
        """Write down how it ended."""
        if self.watched is not None:
            self.watched.end(result, error)


def parts_of(
    program: Module, optimizer: Any, *, teacher: Any, trainset: Sequence[Example], valset: Sequence[Example] | None,
    testset: Sequence[Example] | None,
) -> dict[str, Any]:  # fmt: skip
    """What a compile depends on, by what each is called to people."""
    return {
        "the program": program,
        "the training data": list(trainset),
        "the validation data": None if valset is None else list(valset),
        "the test data": None if testset is None else list(testset),
        "the metric": optimizer.metric,
        "the teacher": teacher,
        "the optimizer": optimizer.name,
        **{f"{OPTION}{name}": value for name, value in _arguments(optimizer).items()},
        "the model": settings.lm,
        "the adapter": settings.adapter,
    }


def _read(value: Any) -> Record | None:
    """A record, without what a later version added; None of what this version cannot read, or what was deleted."""
    if not isinstance(value, Mapping) or value.get("version") != VERSION or value.get("state") in GONE:
        return None
    try:
        record = Record(**{name: part for name, part in value.items() if name in _KINDS})
    except TypeError:  # something is missing
        return None
    return record if all(isinstance(getattr(record, name), kind) for name, kind in _KINDS.items()) else None


def digests(parts: Mapping[str, Any]) -> dict[str, str | None]:
    """A digest of each part, and of what each of its variables holds: `"the metric"` and `"the metric's seen"`."""
    told: dict[str, str | None] = {}
    for called, part in parts.items():
        by_name = {"": digest(part)} if isinstance(part, list) else digests_by_name(part)
        told |= {f"{called}'s {name}" if name else called: text for name, text in by_name.items()}
    return told


def _root(called: str) -> str:
    """The part that a variable belongs to."""
    return called.partition("'s ")[0]


def _changed(record: Record, now: Mapping[str, str | None], sizes: Mapping[str, int]) -> list[str]:
    """What is surely not as it was; of a part that is another one its variables are not named."""
    before = record.parts
    changed = [
        called for called in {**before, **now}
        if record.sizes.get(called) != sizes.get(called)
        or (before.get(called, "") != now.get(called, "") and None not in (before.get(called, ""), now.get(called, "")))
    ]  # fmt: skip
    return [
        called for called in changed
        if (called == _root(called) or _root(called) not in changed)
        and not ("the optimizer" in changed and called.startswith(OPTION))
    ]  # fmt: skip


def _untold(record: Record, parts: Mapping[str, Any]) -> list[str]:
    """Of what nobody can say whether it is as it was: it could not be told then, or cannot now."""
    now = digests(parts)
    return [called for called, before in record.parts.items() if None in (before, now.get(called))]


def _here() -> dict[str, Any]:
    """What tells this process from all others."""
    return {"process": os.getpid(), "machine": platform.node(), "token": TOKEN, "born": _born(os.getpid())}


def _born(process: int) -> str:
    """When a process of this machine began, by the boot and its clock; empty where the system does not say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("utf-8").strip()
        behind_the_name = Path(f"/proc/{process}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return f"{boot} {behind_the_name[19]}"  # the 22nd field of all


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _arguments(optimizer: Any) -> dict[str, Any]:
    """What the search depends on; how many threads it has and how many failures it bears are no part of that."""
    return {
        name: value for name, value in vars(optimizer).items() if name not in ("num_threads", "max_errors", "metric")
    }


def _sizes(parts: Mapping[str, Any]) -> dict[str, int]:
    return {called: len(part) for called, part in parts.items() if isinstance(part, list) and OPTION not in called}


def _options(parts: Mapping[str, Any]) -> dict[str, str]:
    """What the options say, of those that are words and numbers."""
    plain = {called: part for called, part in parts.items() if called.startswith(OPTION) and _is_plain(part)}
    return {called: render.short(redact(repr(part)), 60) for called, part in plain.items()}


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _listed(changed: Sequence[str], record: Record, parts: Mapping[str, Any]) -> str:
    """What changed, and how where that can be said."""
    sizes, options = _sizes(parts), _options(parts)
    said = []
    for called in changed:
        if called == "the optimizer":
            said.append(f"the optimizer was {record.optimizer}, is {parts[called]}")
        elif called in record.options and called in options and record.options[called] != options[called]:
            said.append(f"{called.removeprefix(OPTION)} was {record.options[called]}, is {options[called]}")
        elif called in record.sizes and called in sizes and record.sizes[called] != sizes[called]:
            said.append(f"{called} changed ({record.sizes[called]:,} examples then, {sizes[called]:,} now)")
        else:
            said.append(f"{called} changed")
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)
