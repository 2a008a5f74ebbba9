"""`Recorder`: listens, and puts together the tree of what happens, of which it keeps the last pieces of work."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from nbdspy import events, histories
from nbdspy.data import Prediction
from nbdspy.errors import described
from nbdspy.models import Reply, Request, Spent
from nbdspy.models.calls import size_of
from nbdspy.observe.paths import PROGRAMS, Parts, Paths
from nbdspy.observe.steps import ADAPTING, Step, Tally

BYTES: Final = 200_000_000  # of what models were asked and said
GROUPS: Final = ("evaluate", "compile")  # of as much work as there are examples: what is inside is left out first
ASIDE: Final = ADAPTING | {"interpreter_startup", "interpreter_shutdown"}
"""What is no run of its own, and says nothing that the work around it does not."""


class Node:
    """A piece of work that may go on; `step()` is what is known of it."""

    outputs: Any = None
    error: BaseException | None = None
    seconds: float | None = None
    owner: weakref.ref[Any] | None = None
    parts: Parts | None = None
    remarks: tuple[str, ...] = ()
    is_kept = True
    left_out = 0
    size = 0
    tally: Tally | None = None
    """What was left out took."""
    inside: Mapping[int, Node] = MappingProxyType({})

    def __init__(self, around: Node | None, work: events.Span, part: str = "") -> None:
        self.around = around
        self.number = work.number
        self.kind = work.kind
        self.name = work.name
        self.at = work.at
        self.inputs = work.inputs
        self.part = part

    def add(self, node: Node) -> None:
        """Put one inside; most have none, and no place for any."""
        if not self.inside:
            self.inside = {}
        self.inside[node.number] = node  # type: ignore[index]

    def count(self, outputs: Any) -> None:
        """Count what some work gave that is left out here."""
        if self.tally is None:
            self.tally = Tally()
        self.tally.count(outputs)

    def walk(self) -> Iterator[Node]:
        """This one and all inside."""
        yield self
        for node in self.inside.values():
            yield from node.walk()

    def step(self) -> Step:
        """What is known now."""
        return Step(
            kind=self.kind,
            name=self.name,
            inputs=self.inputs,
            outputs=self.outputs,
            error=self.error,
            at=self.at,
            seconds=self.seconds,
            part=self.part,
            remarks=self.remarks,
            steps=tuple(node.step() for node in self.inside.values()),
            left_out=self.left_out,
            spent_there=Spent() if self.tally is None else self.tally.spent,
        )


class Recorder:
    """Hears events and keeps the tree of what they tell.

    What adapters did is left out, as are starts and ends of interpreters, the data that an evaluation or a compile was
    given and the rows that were scored; `histories.limit` is obeyed.

    Args:
        limit: The most pieces of work to keep.
        most_bytes: About as much of what models were asked and said.
    """

    def __init__(self, limit: int, *, most_bytes: int = BYTES) -> None:
        self._limit = limit
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Keep nothing of what was heard so far."""
        with self._lock:
            self._top = _root("trace")
            self._nowhere = _root("nowhere")  # what is not to be kept happens here
            self._open: dict[int, Node] = {}
            self._ended: deque[Node] = deque()  # what can be left out, the oldest first
            self._held = 0
            self._bytes = 0
            self._paths = Paths()

    def read(self) -> Step:
        """Everything that is kept, inside of a step of the kind `"trace"`."""
        with self._lock:
            return self._top.step()

    def last(self, count: int) -> Step:
        """The last runs, by when they began."""
        with self._lock:
            chosen = list(self._top.inside.values())[-count:]
            return _whole(chosen)

    def find(self, thing: Any) -> Step | None:
        """The last work that gave a thing, or that a program did as a run of its own; None when none is kept.

        Of a prediction that was chosen from others, it is the work that gave them, if all of it is kept.
        """
        rows = getattr(thing, "rows", None)
        predictions = {id(getattr(row, "prediction", None)) for row in rows} if isinstance(rows, tuple) else set()
        predictions.discard(id(None))
        best = getattr(thing, "best", None)
        with self._lock:
            for fits in (
                lambda node: _gave(node, thing) or (node.owner is not None and node.owner() is thing),
                lambda node: (
                    node.kind == "evaluate" and any(id(inner.outputs) in predictions for inner in node.inside.values())
                ),
                lambda node: node.kind == "compile" and _gave(node, best),
            ):
                if (found := self._last(fits)) is not None:
                    return _whole([found])
            others = thing.chosen_from if isinstance(thing, Prediction) else ()
            work = [self._last(partial(_gave, thing=other)) for other in others]
            known = [node for node in work if node is not None]
            return _whole(known) if others and len(known) == len(others) else None

    def _last(self, fits: Callable[[Node], bool]) -> Node | None:
        """The last that fits; of one inside of the other the outer, for it gives what its last part gave."""
        found = None
        for node in self._top.walk():
            if fits(node) and (found is None or not _is_around(found, node)):
                found = node
        return found

    @events.hears(events.Span, events.Remark, without=ASIDE)
    def hear(self, told: events.Span | events.Remark) -> None:
        """Take in that some work has begun or ended, or a remark."""
        with self._lock:
            if isinstance(told, events.Remark):
                node = None if told.span is None else self._open.get(told.span)
                if node is not None and node.number == told.span:
                    node.remarks = (*node.remarks, told.text)
            elif told.is_over:
                self._end(told)
            else:
                self._begin(told)

    def _begin(self, work: events.Span) -> None:
        if work.number in self._open:
            return
        around = self._top if work.around is None else self._open.get(work.around, self._top)
        if work.kind in ASIDE:
            self._open[work.number] = around
            return
        if around is self._top and not histories.limit():
            around = self._nowhere
        if not around.is_kept or not self._has_room():
            around.left_out += 1
            self._open[work.number] = around
            return
        node = self._open[work.number] = Node(around, work, _part(around, work) if work.kind in PROGRAMS else "")
        around.add(node)
        self._held += 1
        if work.kind == "module" and work.instance is not None:
            node.parts = self._paths.of(work.instance)
        if around is self._top:
            node.owner = _weakly(work.inputs["program"] if work.kind == "evaluate" else work.instance)
        if work.kind in GROUPS:
            node.inputs = None

    def _end(self, work: events.Span) -> None:
        node = self._open.pop(work.number, None)
        if node is None:
            return
        if node.number != work.number:  # it is not kept itself
            if isinstance(work.outputs, Reply):
                node.count(work.outputs)
            return
        node.seconds = work.seconds
        node.outputs = work.outputs
        if not node.is_kept:
            node.error = work.error
            return
        around = node.around
        assert around is not None
        if work.error is not None:
            node.error = _without_frames(work.error)
        if node.kind == "evaluate":
            node.outputs = getattr(work.outputs, "summary", None)  # the whole would keep every row
        elif node.kind == "lm" and isinstance(node.inputs, Request) and isinstance(node.outputs, Reply):
            node.size = size_of(node.inputs, node.outputs)
            self._bytes += node.size
        if around is self._top or around.kind in GROUPS:
            self._ended.append(node)

    def _has_room(self) -> bool:
        """Whether one more can be kept, once room was made."""
        while self._ended and (self._held >= self._limit or self._bytes > self._most_bytes):
            self._leave_out(self._ended.popleft())
        return self._held < self._limit

    def _leave_out(self, node: Node) -> None:
        if not node.is_kept:
            return
        gone = list(node.walk())
        around = node.around
        assert around is not None
        for each in gone:
            each.is_kept = False
            each.around = None  # else only the collector of circles would free them
        self._held -= len(gone)
        self._bytes -= sum(each.size for each in gone)
        del around.inside[node.number]  # type: ignore[attr-defined]
        if around is not self._top:
            around.left_out += len(gone) + sum(each.left_out for each in gone)
            for each in gone:
                around.count(each.outputs)
                if each.tally is not None and around.tally is not None:
                    around.tally.add(each.tally)


def _root(kind: str) -> Node:
    work = events.span(kind, "")
    work.at = 0.0
    node = Node(None, work)
    node.is_kept = kind == "trace"
    return node


def _whole(nodes: list[Node]) -> Step:
    top = _root("trace")
    top.inside = {node.number: node for node in nodes}
    return top.step()


def _part(around: Node | None, work: events.Span) -> str:
    """The path of a program in the nearest one around."""
    while around is not None and around.parts is None:
        around = around.around
    return "" if around is None or around.parts is None or work.instance is None else around.parts.find(work.instance)


def _weakly(thing: Any) -> weakref.ref[Any] | None:
    try:
        return weakref.ref(thing)
    except TypeError:  # what has no place for it, and is no program
        return None


def _gave(node: Node, thing: Any) -> bool:
    return thing is not None and node.outputs is thing


def _is_around(node: Node, other: Node) -> bool:
    """Whether the other is inside, so that it only gave what the whole gave."""
    around: Node | None = other
    while around is not None and around is not node:
        around = around.around
    return around is node


def _without_frames(error: BaseException) -> BaseException:
    """The same error without its traceback, which would keep everything alive that stood in the frames."""
    try:
        copied = type(error).__new__(type(error), *error.args)
        copied.args = error.args
        vars(copied).update(vars(error))
    except Exception:  # the class is foreign code
        return RuntimeError(described(error))
    return copied
