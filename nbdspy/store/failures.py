"""What a database says went wrong, as our errors: what happened and what to do, without passwords."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from nbdspy.errors import StoreError
from nbdspy.store.address import Address

_ELSEWHERE = "Name a place that you may write to: by store=, or by NBDSPY_HOME (a folder) or NBDSPY_STORE (a store)."
_FULL = ("its disk is full", "Make room and run it again; what was kept before is still there.")
_REFUSED = (
    "its disk does not do what it should",
    "Is it full, over its quota, or gone? What was kept before is still there.",
)
_READ_ONLY = ("it cannot be written to", _ELSEWHERE)
_BUSY = ("another process has kept it busy for too long", "Wait for that one, or end it, and run this again.")
_DAMAGED = (
    "it is damaged",
    "Move the file away, with those beside it that end in -wal and -shm, and a new one is begun.",
)
_ACCOUNT = "Check user, password and database in its address."

_SQLITE: Mapping[str, tuple[str, str]] = {
    "SQLITE_FULL": _FULL,
    "SQLITE_IOERR": _REFUSED,
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_CANTOPEN": ("it cannot be opened", _ELSEWHERE),
    "SQLITE_PERM": _READ_ONLY,
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_NOTADB": _DAMAGED,
}
"""By the name of SQLite's error, of which `sqlite_errorname` may be a finer case."""

_SQLSTATE: Mapping[str, tuple[str, str]] = {
    "53100": _FULL,
    "25006": ("it can only be read", "Give the address of a server that takes what is written."),
    "42501": ("this user may not keep anything in it", "Let the user create tables in it, or take another user."),
}
"""By the code of SQL's standard, as PostgreSQL tells it."""


def as_store_error(error: Exception, address: Address) -> StoreError:
    """The error that a user is told for one of SQLAlchemy, of a database's driver or of the file system."""
    cause: Any = getattr(error, "orig", None) or error
    if isinstance(cause, ModuleNotFoundError):
        extra = "postgres" if cause.name == "psycopg" else None
        how = f"pip install 'nbdspy[{extra}]'" if extra else f"pip install {cause.name}"
        return StoreError(f"The store {address} needs {cause.name}, which is not installed.", hint=f"Run `{how}`.")
    if isinstance(error, sa.exc.NoSuchModuleError):
        return StoreError(
            f"Nobody here knows the kind of database that {address} names.",
            hint="Write sqlite:///path, postgresql://…, or install what SQLAlchemy needs for it.",
        )
    said = " ".join(str(cause).split())
    for secret in address.secrets:
        said = said.replace(secret, "***")
    if address.path is not None and address.path.is_dir():
        return StoreError(
            f"The store {address} cannot be used: it is a folder.",
            hint=f"Name a file, such as {address.path / 'store.sqlite'}.",
        )
    known = _sqlite(cause) or _SQLSTATE.get(getattr(cause, "sqlstate", None) or "")
    if known is None and isinstance(error, OSError):
        known = _READ_ONLY
    if known is None and address.url is not None and isinstance(error, sa.exc.OperationalError):
        known = ("it does not let us in or cannot be reached", _ACCOUNT)
    what, hint = known or ("it failed", None)
    return StoreError(f"The store {address} cannot be used: {what} ({said}).", hint=hint)


def _sqlite(cause: Any) -> tuple[str, str] | None:
    name = getattr(cause, "sqlite_errorname", None) or ""
    return next((told for kind, told in _SQLITE.items() if name == kind or name.startswith(f"{kind}_")), None)
