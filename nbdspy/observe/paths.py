"""The paths by which parts of a program are known: `draft`, `checks[0]`."""

from __future__ import annotations

import weakref
from typing import Any, Final

PROGRAMS: Final = ("module", "predict")
"""Kinds of work that may be a part of a program; looking for what is none takes a walk each time."""
MOST_PROGRAMS: Final = 1_000  # whose parts are known by name


class Parts:
    """The paths of a program's parts, by identity; does not keep it alive."""

    def __init__(self, program: Any) -> None:
        self.program = weakref.ref(program)
        self._names = self._look()

    def find(self, instance: Any) -> str:
        """The path of a part; empty for what is none."""
        name = self._names.get(id(instance))
        if name is None:
            self._names = self._look()
            name = self._names.setdefault(id(instance), "")
        return name

    def _look(self) -> dict[int, str]:
        program = self.program()
        named = () if program is None else program.named_sub_modules()
        return {id(part): path for path, part in named if part is not program}


class Paths:
    """The parts of the programs that were seen lately, each looked up once."""

    def __init__(self) -> None:
        self._known: dict[int, Parts] = {}

    def of(self, program: Any) -> Parts:
        """Those of a program."""
        known = self._known.get(id(program))
        if known is None or known.program() is not program:
            if len(self._known) >= MOST_PROGRAMS:
                self._known.clear()
            known = self._known[id(program)] = Parts(program)
        return known
