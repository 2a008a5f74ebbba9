"""Answers to the rows of a table, kept as they come, so that the same work, begun again, goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from nbdspy.configuration import settings
from nbdspy.data import Example
from nbdspy.models.redaction import redact
from nbdspy.modules import Module
from nbdspy.modules.identity import digest
from nbdspy.runtime import whole_import
from nbdspy.signatures import Field
from nbdspy.store import Store, fits_json, opened_store

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_UNFIT: Final = (KeyError, TypeError, ValueError, RuntimeError)  # what pydantic raises for types and values


class KeptRows:
    """The answers to the rows of one table by one program, by the rows' places.

    An answer that holds a key, or a value that would not come back from JSON as it was, is not kept: its row is run
    again.

    Args:
        store: Where they are kept.
        name: The same one for the same work.
        fields: The program's outputs, whose types JSON does not tell.

    Raises:
        StoreError: By every method, when the store cannot be used.

    Example:
        >>> kept = KeptRows(Store("sqlite://", redact=redact), "table", {})
        >>> kept.keep(3, {"answer": "42"})
        >>> kept.found()
        {3: {'answer': '42'}}
    """

    def __init__(self, store: Store, name: str, fields: Mapping[str, Field]) -> None:
        self._store = store
        self._collection = f"rows {name}"
        self._fields = fields
        self._adapters: dict[str, TypeAdapter[Any]] = {}

    def found(self) -> dict[int, dict[str, Any]]:
        """The answers that were kept."""
        kept = ((int(key), self._read(values)) for key, values in self._store.items(self._collection))
        return {place: values for place, values in sorted(kept) if values is not None}

    def keep(self, place: int, values: Mapping[str, Any]) -> None:
        """Keep the answer to a row, for good when this returns."""
        written = {name: self._written(name, value) for name, value in values.items()}
        if all(value is not None for value in written.values()) and redact(written) == written:
            self._store.put(self._collection, str(place), written)

    def forget(self) -> None:
        """Keep none of them any longer."""
        self._store.forget(self._collection)

    def _written(self, name: str, value: Any) -> list[Any] | None:
        """The value in a list, behind whether its type must be restored; None when it would not come back."""
        if fits_json(value):
            return [False, value]
        if name not in self._fields:
            return None
        try:
            plain = self._adapter(name).dump_python(value, mode="json", by_alias=True)
            same = fits_json(plain) and bool(self._adapter(name).validate_python(plain) == value)
        except _UNFIT:
            return None
        return [True, plain] if same else None

    def _read(self, written: Mapping[str, Sequence[Any]]) -> dict[str, Any] | None:
        """The values; None when their types have become others since."""
        try:
            return {
                name: self._adapter(name).validate_python(value) if is_typed else value
                for name, (is_typed, value) in written.items()
            }
        except _UNFIT:
            return None

    def _adapter(self, name: str) -> TypeAdapter[Any]:
        """Writes and reads a field's type; making it is slow, so it is kept."""
        if name not in self._adapters:
            whole_import("pydantic")
            import pydantic

            self._adapters[name] = pydantic.TypeAdapter(self._fields[name].type)
        return self._adapters[name]


def kept_rows(
    program: Module, rows: Sequence[Mapping[str, Any] | Example], fields: Mapping[str, Field], store: Any
) -> KeptRows | None:  # fmt: skip
    """Where the answers to these rows belong; None when nothing is to be kept, or the work cannot be told from other.

    Args:
        program: What answers; with all that it depends on: code, instructions, demonstrations, model, adapter.
        rows: Its inputs, row by row.
        fields: Its outputs.
        store: A `Store`, its place, None for this notebook's, or False for none.
    """
    if store is False:
        return None
    name = digest((program, settings.lm, settings.adapter, list(rows)))
    if name is None:
        return None
    return KeptRows(store if isinstance(store, Store) else opened_store(store, redact=redact), name, fields)
