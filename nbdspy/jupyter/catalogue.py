"""The versions of one notebook's programs, kept as magics bind them."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nbdspy.errors import StoreError
from nbdspy.jupyter.tapes import notebook_name

if TYPE_CHECKING:
    from nbdspy.optimizers import Result, Version
    from nbdspy.optimizers.versions import Kept, Versions


class Catalogue:
    """What the magics of a notebook have bound.

    A store that cannot be used costs nobody a program: from then on versions are kept in memory, which is warned of.

    Args:
        keep: Opens the place where versions are kept, when the first one is needed: loading the extension, or a cell
            that defines a program, must not wait for it.
    """

    def __init__(self, keep: Callable[[], Kept] | None = None) -> None:
        self._keep = _opened if keep is None else keep
        self._lock = threading.RLock()
        self._waiting: list[tuple[str, Any]] = []
        self._versions: Versions | None = None

    @property
    def versions(self) -> Versions:
        """Every version, with those that were only defined since."""
        with self._lock:
            if self._versions is None:
                self._versions = self._read()
            while self._waiting:
                name, program = self._waiting.pop(0)
                self._add(self._versions, name, program, made_by="%%module")
            return self._versions

    def define(self, name: str, program: Any) -> None:
        """Remember a program that a cell defined."""
        self._waiting.append((name, program.deepcopy()))

    def compiled(self, name: str, source: str, result: Result, *, held: Any = None) -> tuple[str, ...]:
        """Remember what a compile found, and under `source` what went into it.

        Args:
            name: The variable.
            source: What the program that went in is called.
            result: What was found.
            held: What the variable held before.

        Returns:
            What there is to say: that a version which had scored more was there before.
        """
        before = self._version(name, held)
        first = result.tried[0] if result.tried else None
        base = self.add(source, result.base, made_by="as it came", trial=first, metric=result.metric)
        now = self.add(
            name, result.best, made_by=result.optimizer, parent=base.called, trial=result.best_trial,
            metric=result.metric,
        )  # fmt: skip
        if before is None or before.called == now.called or not before.is_better_than(now):
            return ()
        again = f"%programs restore {before.name} {before.number} brings it back"
        return (f"{before.called}, which was here before, had scored more on as many examples; {again}.",)

    def _version(self, name: str, held: Any) -> Version | None:
        from nbdspy.modules import Module

        return self.versions.same_as(name, held) if isinstance(held, Module) else None

    def add(self, name: str, program: Any, **told: Any) -> Version:
        """Remember a program as a version of a name."""
        with self._lock:
            return self._add(self.versions, name, program, **told)

    def _read(self) -> Versions:
        from nbdspy.optimizers.versions import Versions

        try:
            return Versions(self._keep(), _collection())
        except StoreError as error:
            _warn(error)
            return Versions()

    def _add(self, versions: Versions, name: str, program: Any, **told: Any) -> Version:
        try:
            return versions.add(name, program, **told)
        except StoreError as error:
            _warn(error)
            versions.keep_in_memory()
            return versions.add(name, program, **told)


def _warn(error: StoreError) -> None:
    warnings.warn(f"Versions of programs are kept until this kernel ends, and no longer: {error}", stacklevel=2)


def _opened() -> Kept:
    from nbdspy.models.redaction import redact
    from nbdspy.store import opened_store

    return opened_store(redact=redact)


def _collection() -> str:
    """Notebooks in one folder share its store; each has its own programs, if its server says which it is."""
    notebook = notebook_name()
    return f"programs of {notebook}"[:200] if notebook else "programs"
