"""`Recorder`: listens, and puts together the tree of what happens: the first so many pieces of work, or the last."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal

from nbdspy import events, histories
from nbdspy.errors import described
from nbdspy.models import Reply, Request, Spent
from nbdspy.models.calls import size_of
from nbdspy.observe.steps import Step, Tally

BYTES: Final = 200_000_000  # of what models were asked and said, where only the last is kept
GROUPS: Final = ("evaluate", "compile")  # of as much work as there are examples: what is inside is left out first
PROGRAMS: Final = ("module", "predict")  # may be parts of others; looking for what is none takes a walk each time
MOST_PROGRAMS: Final = 1_000  # whose parts are known by name
ASIDE: Final = ("adapter_format", "adapter_parse", "interpreter_startup", "interpreter_shutdown")
"""What is no run of its own, and says nothing that the work around it does not."""


class Node:
    """A piece of work that may go on; `step()` is what is known of it."""

    outputs: Any = None
    error: BaseException | None = None
    seconds: float | None = None
    owner: weakref.ref[Any] | None = None
    parts: _Parts | None = None
    remarks: tuple[str, ...] = ()
    is_kept = True
    left_out = 0
    size = 0
    tally: Tally | None = None
    """What was left out took."""

    def __init__(self, around: Node | None, began: events.SpanStarted, part: str = "") -> None:
        self.around = around
        self.number = began.number
        self.kind = began.kind
        self.name = began.name
        self.at = began.at
        self.inputs = began.inputs
        self.part = part
        self.inside: dict[int, Node] = {}

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

    Args:
        limit: The most pieces of work to keep.
        keeps: The first ones, in full; or the last ones of all runs: then what adapters did is left out, as are starts
            and ends of interpreters, the data that an evaluation or a compile was given and the rows that were scored,
            and `histories.limit` is obeyed.
        most_bytes: About as much of what models were asked and said, where the last ones are kept.
    """

    def __init__(self, limit: int, *, keeps: Literal["first", "last"], most_bytes: int = BYTES) -> None:
        self._limit = limit
        self._most_bytes = most_bytes
        self._keeps_first = keeps == "first"
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
            self._parts: dict[int, _Parts] = {}

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
        """The last work that gave a thing, or that a program did as a run of its own; None when none is kept."""
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
        return None

    def _last(self, fits: Callable[[Node], bool]) -> Node | None:
        """The last that fits; of one inside of the other the outer, for it gives what its last part gave."""
        found = None
        for node in self._top.walk():
            if fits(node) and (found is None or not _is_around(found, node)):
                found = node
        return found

    def hear(self, event: events.Event) -> None:
        """Take in an event."""
        if isinstance(event, events.SpanStarted):
            with self._lock:
                self._begin(event)
        elif isinstance(event, events.SpanEnded):
            with self._lock:
                self._end(event)
        elif isinstance(event, events.Remark):
            with self._lock:
                node = None if event.span is None else self._open.get(event.span)
                if node is not None and node.number == event.span:
                    node.remarks = (*node.remarks, event.text)

    def _begin(self, event: events.SpanStarted) -> None:
        if event.number in self._open:
            return
        around = self._top if event.span is None else self._open.get(event.span, self._top)
        if not self._keeps_first:
            if event.kind in ASIDE:
                self._open[event.number] = around
                return
            if around is self._top and not histories.limit():
                around = self._nowhere
        if not around.is_kept or not self._has_room():
            around.left_out += 1
            self._open[event.number] = around
            return
        node = Node(around, event, _part(around, event.instance) if event.kind in PROGRAMS else "")
        self._open[event.number] = around.inside[event.number] = node
        self._held += 1
        if event.kind == "module" and event.instance is not None:
            node.parts = self._parts_of(event.instance)
        if not self._keeps_first:
            if around is self._top:
                node.owner = _weakly(event.inputs["program"] if event.kind == "evaluate" else event.instance)
            if event.kind in GROUPS:
                node.inputs = None

    def _end(self, event: events.SpanEnded) -> None:
        node = self._open.pop(event.number, None)
        if node is None:
            return
        if node.number != event.number:  # it is not kept itself
            if isinstance(event.outputs, Reply):
                node.count(event.outputs)
            return
        node.seconds = event.seconds
        node.outputs = event.outputs
        node.error = event.error
        if self._keeps_first or not node.is_kept:
            return
        around = node.around
        assert around is not None
        if event.error is not None:
            node.error = _without_frames(event.error)
        if node.kind == "evaluate":
            node.outputs = getattr(event.outputs, "summary", None)  # the whole would keep every row
        elif node.kind == "lm" and isinstance(node.inputs, Request) and isinstance(node.outputs, Reply):
            node.size = size_of(node.inputs, node.outputs)
            self._bytes += node.size
        if around is self._top or around.kind in GROUPS:
            self._ended.append(node)

    def _parts_of(self, program: Any) -> _Parts:
        """The paths of a program's parts, which are looked up once."""
        known = self._parts.get(id(program))
        if known is None or known.program() is not program:
            if len(self._parts) >= MOST_PROGRAMS:
                self._parts.clear()
            known = self._parts[id(program)] = _Parts(program)
        return known

    def _has_room(self) -> bool:
        """Whether one more can be kept; makes room where only the last are."""
        if self._keeps_first:
            return self._held < self._limit
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
        del around.inside[node.number]
        if around is not self._top:
            around.left_out += len(gone) + sum(each.left_out for each in gone)
            for each in gone:
                around.count(each.outputs)
                if each.tally is not None and around.tally is not None:
                    around.tally.add(each.tally)


def _root(kind: str) -> Node:
    node = Node(None, events.SpanStarted(number=0, kind=kind, name=""))
    node.is_kept = kind == "trace"
    return node


def _whole(nodes: list[Node]) -> Step:
    top = _root("trace")
    top.inside = {node.number: node for node in nodes}
    return top.step()


class _Parts:
    """The paths of a program's parts, by identity; does not keep it alive."""

    def __init__(self, program: Any) -> None:
        self.program = weakref.ref(program)
        self._names: dict[int, str] = {}

    def find(self, instance: Any) -> str:
        """The path of a part; empty for what is none."""
        name = self._names.get(id(instance))
        if name is None:
            program = self.program()
            named = () if program is None else program.named_sub_modules()
            self._names = {id(part): path for path, part in named if part is not program}
            name = self._names.setdefault(id(instance), "")
        return name


def _part(around: Node | None, instance: Any) -> str:
    """The path of a program in the nearest one around."""
    while around is not None and around.parts is None:
        around = around.around
    return "" if around is None or around.parts is None or instance is None else around.parts.find(instance)


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
