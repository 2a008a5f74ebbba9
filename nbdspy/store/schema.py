"""The tables of a store, and how an older store gets those of today.

Their names begin alike, because others keep tables in the same database: Optuna does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from nbdspy.errors import StoreError

VERSION = 1
STEPS: Mapping[int, Sequence[str]] = {}
"""By version, the statements that make of its tables those of the next one."""

LONGEST_NAME = 255
_LOCKS: Mapping[str, Sequence[str]] = {
    "sqlite": ("BEGIN IMMEDIATE",),
    "postgresql": ("BEGIN", "SELECT pg_advisory_xact_lock(7236812064)"),  # a number of our own
}
"""How one process at a time changes tables."""

_tables = sa.MetaData()
_versions = sa.Table("nbdspy_schema", _tables, sa.Column("version", sa.Integer, nullable=False))
RECORDS = sa.Table(
    "nbdspy_records",
    _tables,
    sa.Column("stream", sa.String(LONGEST_NAME), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("record", sa.Text, nullable=False),
)
VALUES = sa.Table(
    "nbdspy_values",
    _tables,
    sa.Column("collection", sa.String(LONGEST_NAME), primary_key=True),
    sa.Column("key", sa.String(LONGEST_NAME), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)


def bring_up(
    engine: sa.Engine, where: str, *, version: int = VERSION, steps: Mapping[int, Sequence[str]] = STEPS
) -> None:
    """Make the tables where there are none, and carry over those of an older version; all of it or nothing.

    Raises:
        StoreError: When the store is of a newer version.
    """
    with engine.begin() as connection:
        if _found(connection, where, version) == version:
            return
    with engine.begin() as connection:
        for statement in _LOCKS.get(engine.dialect.name, ()):
            connection.exec_driver_sql(statement)
        found = _found(connection, where, version)  # which another process may have brought up meanwhile
        if found == version:
            return
        if found is None:
            _tables.create_all(connection)
            connection.execute(_versions.insert().values(version=version))
            return
        for number in range(found, version):
            for statement in steps[number]:
                connection.exec_driver_sql(statement)
        connection.execute(_versions.update().values(version=version))


def _found(connection: sa.Connection, where: str, known: int) -> int | None:
    """The version of the tables that are there; None when there are none."""
    if not sa.inspect(connection).has_table(_versions.name):
        return None
    found = int(connection.execute(sa.select(_versions.c.version)).scalar_one())
    if found > known:
        raise StoreError(
            f"The store {where} is of version {found}; this nbdspy reads up to version {known}.",
            hint="Update nbdspy, or set NBDSPY_STORE to another store.",
        )
    return found
