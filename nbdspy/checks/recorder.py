"""What takes notes while a check runs: how often each assertion held, and what it saw when it first failed."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from nbdspy import render
from nbdspy.checks.reaching import Gate, complaint
from nbdspy.checks.results import Assertion, Seen
from nbdspy.checks.watching import source
from nbdspy.errors import ENDING
from nbdspy.models.redaction import redact

LIMIT = 300  # characters of a value
MOST_SEEN = 6  # values besides the sides
_OPERATORS = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "is",
    ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip

Noted = tuple[bool, str, Any]
"""Whether the assertion is about it, its source, its value."""


class Recorder:
    """Notes of one run.

    Args:
        nodes: The assertions.
        gates: What is around each.
        text: The text that they stand in.
        hints: Of each.
        described: What to say of an error.
    """

    def __init__(
        self, nodes: Sequence[ast.Assert], gates: Mapping[ast.Assert, Sequence[Gate]], text: str,
        hints: Sequence[str], described: Callable[[BaseException], str],
    ) -> None:  # fmt: skip
        self._nodes = nodes
        self._around = gates
        self.gates = list(dict.fromkeys(gate.node for around in gates.values() for gate in around))
        self._reached: set[ast.stmt] = set()
        self._text = text
        self._hints = hints
        self._described = described
        self._notes: list[list[Noted]] = [[] for _ in nodes]
        self._held: Counter[int] = Counter()
        self._failed: Counter[int] = Counter()
        self._why: dict[int, dict[str, Any]] = {}

    def about(self, number: int, written: str, value: Any) -> Any:
        """Note a side of an assertion; the value goes on as it is."""
        self._notes[number].append((True, written, value))
        return value

    def saw(self, number: int, written: str, value: Any) -> Any:
        """Note what is inside of a side."""
        self._notes[number].append((False, written, value))
        return value

    def came(self, gate: int) -> None:
        """One of the gates was reached."""
        self._reached.add(self.gates[gate])

    def held(self, number: int) -> None:
        """An assertion held."""
        self._notes[number].clear()
        self._held[number] += 1

    def failed(self, number: int, message: object) -> None:
        """An assertion did not hold."""
        said = "" if message is None else render.short(redact(render.said(message)), LIMIT)
        self._fail(number, message=said, compared=self._compared(number))

    def raised(self, number: int) -> None:
        """An assertion raised; what every further call would meet, too, goes on to end the check."""
        error = sys.exception()
        assert error is not None
        self._fail(number, error=self._described(error))
        if isinstance(error, ENDING):
            raise error

    def assertions(self, *, is_ended: bool = False) -> tuple[Assertion, ...]:
        """What became of each; after an early end nobody is blamed for one that was not reached."""
        return tuple(
            Assertion(
                line=node.lineno,
                source=source(node, self._text),
                hint=self._hints[number],
                held=self._held[number],
                failed=self._failed[number],
                missed="" if is_ended or self._is_asked(number) else complaint(self._around[node], self._reached),
                **self._why.get(number, {}),
            )
            for number, node in enumerate(self._nodes)
        )

    def _is_asked(self, number: int) -> bool:
        return self._held[number] + self._failed[number] > 0

    def _fail(self, number: int, **why: str) -> None:
        self._failed[number] += 1
        if number not in self._why:
            self._why[number] = {**why, "seen": self._seen(number, sides=not why.get("compared"))}
        self._notes[number].clear()

    def _compared(self, number: int) -> str:
        """The sides of a comparison in place of what gave them; empty for an assertion that is none."""
        test = self._nodes[number].test
        values = [value for is_side, _, value in self._notes[number] if is_side]
        if not isinstance(test, ast.Compare) or len(values) < 2:
            return ""
        texts = list(_apart(*values)) if len(values) == 2 else [_text(value) for value in values]
        operators = [_OPERATORS[type(operator)] for operator in test.ops]
        return texts[0] + "".join(f" {sign} {text}" for sign, text in zip(operators, texts[1:], strict=False))

    def _seen(self, number: int, *, sides: bool) -> tuple[Seen, ...]:
        """What went into it and may be news: no literal, no function, nothing twice."""
        news = {
            written: value
            for is_side, written, value in self._notes[number]
            if (sides or not is_side) and not _is_literal(written) and not isinstance(value, ModuleType)
            if not callable(value)
        }
        return tuple(Seen(source=written, value=_text(value)) for written, value in list(news.items())[:MOST_SEEN])


def _text(value: object) -> str:
    text: str = redact(render.quoted(redact(value), 10 * LIMIT))
    return render.short(text, LIMIT)


def _apart(one: object, other: object) -> tuple[str, str]:
    """Two values as texts; of two long texts the part where they begin to differ."""
    if isinstance(one, str) and isinstance(other, str) and min(len(one), len(other)) > LIMIT // 4:
        first, second = str(redact(one)), str(redact(other))
        pairs = enumerate(zip(first, second, strict=False))
        start = next((at for at, (a, b) in pairs if a != b), min(len(first), len(second)))
        start = max(0, start - LIMIT // 10)
        before = "…" if start else ""
        return before + _text(first[start:]), before + _text(second[start:])
    return _text(one), _text(other)


def _is_literal(written: str) -> bool:
    try:
        ast.literal_eval(written)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return True
