"""`Transcript`: listens, and keeps the first pieces of work as they are; the tree is made when somebody looks."""

from __future__ import annotations

import itertools
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from nbdspy import events
from nbdspy.models import Spent
from nbdspy.observe.paths import PROGRAMS, Parts, Paths
from nbdspy.observe.steps import Step, Tally


class Transcript:
    """Hears of work and keeps it in full, one after the other as it began.

    What it is told is all that it keeps: a call costs it no more than an entry of a list for each piece of work.

    Args:
        limit: The most pieces of work to keep; later ones are only counted.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._places = itertools.count()
        self._kept: list[events.Span] = []
        self._remarks: dict[int, tuple[str, ...]] = {}
        self._paths = Paths()
        self._parts: dict[int, Parts] = {}
        self._lock = threading.Lock()  # of what follows
        self._elsewhere: dict[int | None, int | None] = {}
        self._left_out: Counter[int | None] = Counter()
        self._tallies: dict[int | None, Tally] = {}

    @events.hears(events.Span, events.Remark)
    def hear(self, told: events.Span | events.Remark) -> None:
        """Take in that some work has begun or ended, or a remark."""
        if isinstance(told, events.Remark):
            with self._lock:
                if told.span is not None and told.span not in self._elsewhere:
                    self._remarks[told.span] = (*self._remarks.get(told.span, ()), told.text)
        elif told.is_over:
            if self._elsewhere:
                self._count(told)
        elif next(self._places) < self._limit:
            self._kept.append(told)
            if told.kind == "module" and told.instance is not None:
                self._parts[told.number] = self._paths.of(told.instance)
        else:
            self._leave_out(told)

    def read(self) -> Step:
        """Everything that is kept, inside of a step of the kind `"trace"`."""
        works = self._kept.copy()
        with self._lock:
            tree = _Tree(works, dict(self._parts), dict(self._remarks))
            for around, count in self._left_out.items():
                tree.leave_out(around, count, self._tallies.get(around))
        return tree.whole()

    def _leave_out(self, work: events.Span) -> None:
        with self._lock:
            around = self._elsewhere[work.number] = self._elsewhere.get(work.around, work.around)
            self._left_out[around] += 1

    def _count(self, work: events.Span) -> None:
        with self._lock:
            if work.number in self._elsewhere:
                self._tallies.setdefault(self._elsewhere.pop(work.number), Tally()).count(work.outputs)


class _Tree:
    """The tree of some work, which may go on meanwhile."""

    def __init__(
        self, works: Sequence[events.Span], parts: Mapping[int, Parts], remarks: Mapping[int, tuple[str, ...]]
    ) -> None:  # fmt: skip
        self._kept = {work.number for work in works}
        self._parts = parts
        self._remarks = remarks
        self._inside: dict[int | None, list[events.Span]] = defaultdict(list)
        self._left_out: Counter[int | None] = Counter()
        self._tallies: dict[int | None, Tally] = defaultdict(Tally)
        for work in works:
            self._inside[self._place(work.around)].append(work)

    def leave_out(self, around: int | None, count: int, tally: Tally | None) -> None:
        """Say that so much work is not in it, and what that took."""
        self._left_out[self._place(around)] += count
        if tally is not None:
            self._tallies[self._place(around)].add(tally)

    def whole(self) -> Step:
        """All of it."""
        return Step(
            kind="trace", name="", inputs=None, steps=self._steps(None, None), left_out=self._left_out[None],
            spent_there=self._spent_there(None),
        )  # fmt: skip

    def _place(self, around: int | None) -> int | None:
        """The number of the work around, where that is kept."""
        return around if around in self._kept else None

    def _steps(self, around: int | None, program: Parts | None) -> tuple[Step, ...]:
        return tuple(self._step(work, program) for work in self._inside.get(around, ()))

    def _step(self, work: events.Span, program: Parts | None) -> Step:
        """A piece of work inside of a program, if it is in one."""
        seconds = work.seconds  # before the rest, which stands once this does
        is_part = program is not None and work.instance is not None and work.kind in PROGRAMS
        return Step(
            kind=work.kind,
            name=work.name,
            inputs=work.inputs,
            outputs=None if seconds is None else work.outputs,
            error=work.error,
            at=work.at,
            seconds=seconds,
            part=program.find(work.instance) if program is not None and is_part else "",
            remarks=self._remarks.get(work.number, ()),
            steps=self._steps(work.number, self._parts.get(work.number, program)),
            left_out=self._left_out[work.number],
            spent_there=self._spent_there(work.number),
        )

    def _spent_there(self, around: int | None) -> Spent:
        return self._tallies[around].spent if around in self._tallies else Spent()
