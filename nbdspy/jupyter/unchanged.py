"""Whether a compile would only be the last one again: everything it depends on is as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

UNCHANGED: Final = "Nothing changed since this ran; add --force to run it again."

TABLES: Final = {"data": "the training data", "val": "the validation data", "test": "the test data"}


class Finished:
    """The last finished compile of every variable that one was bound to."""

    def __init__(self) -> None:
        self._runs: dict[str, tuple[str, str | None, Any]] = {}

    def find(self, name: str, key: str | None, bound: Any) -> Any:
        """The result of the same compile, if the variable still holds its best as it was; else None."""
        if key is None or name not in self._runs:
            return None
        from nbdspy.modules.identity import digest

        known, best, result = self._runs[name]
        is_same = key == known and bound is result.best and digest(bound) == best
        return result if is_same else None

    def remember(self, name: str, key: str | None, result: Any) -> None:
        """Keep a result, in place of the one before; not one that was stopped, or of what cannot be told apart."""
        from nbdspy.modules.identity import digest

        self._runs.pop(name, None)
        if key is not None and result.stopped is None:
            self._runs[name] = (key, digest(result.best), result)


def compile_key(program: Any, given: Mapping[str, Any]) -> str | None:
    """A digest of all that a compile's result depends on; None when a part of it cannot be told apart."""
    from nbdspy.configuration import settings
    from nbdspy.data import to_examples
    from nbdspy.models import gate
    from nbdspy.modules.identity import digest

    given_tables = {name: given[name] for name in TABLES if name in given}
    if any(isinstance(table, Iterator) for table in given_tables.values()):
        return None  # reading it here would leave nothing for the compile
    tables = {name: to_examples(table, inputs=(), called=TABLES[name]) for name, table in given_tables.items()}
    parts = {name: given.get(name) for name in ("metric", "optimizer", "teacher", "seed", "options")}
    tape = gate.cassette and (str(gate.cassette.path), gate.cassette.records)
    return digest((program, tables, parts, settings.lm, settings.adapter, tape))
