"""The open database of a store: its connections, and the few statements that are ever sent."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import sqlalchemy as sa

from nbdspy.runtime import whole_import
from nbdspy.store.address import FILES, Address
from nbdspy.store.failures import as_store_error
from nbdspy.store.schema import RECORDS, VALUES, bring_up

PATIENCE = 30.0  # seconds to wait while another process writes, or for a server to let us in
CONNECTIONS = 8  # to a server; one of its commits waits for its disk, so several are better than one
LOG_PAGES = 4_000  # of the write-ahead log beside a file, 16 MB, between two checkpoints, which wait for the disk

_one = (VALUES.c.collection == sa.bindparam("of"), VALUES.c.key == sa.bindparam("at"))
_next = sa.select(sa.func.coalesce(sa.func.max(RECORDS.c.number), 0) + 1).where(RECORDS.c.stream == sa.bindparam("of"))
_append = RECORDS.insert()
_read = (
    sa.select(RECORDS.c.number, RECORDS.c.record)
    .where(RECORDS.c.stream == sa.bindparam("of"), RECORDS.c.number > sa.bindparam("after"))
    .order_by(RECORDS.c.number)
)
_insert = VALUES.insert()
_update = VALUES.update().where(*_one).values(value=sa.bindparam("new"))
_swap = _update.where(VALUES.c.value == sa.bindparam("old"))
_get = sa.select(VALUES.c.value).where(*_one)
_keys = sa.select(VALUES.c.key).where(VALUES.c.collection == sa.bindparam("of"))
_items = sa.select(VALUES.c.key, VALUES.c.value).where(VALUES.c.collection == sa.bindparam("of")).order_by(VALUES.c.key)
_delete = VALUES.delete().where(*_one)
_delete_all = VALUES.delete().where(_one[0], VALUES.c.key.in_(sa.bindparam("them", expanding=True)))
AT_ONCE = 500  # keys in one statement; databases take no more than some thousand
_named = (RECORDS.c.stream == sa.bindparam("of"), VALUES.c.collection == sa.bindparam("of"))
_texts = (
    sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(RECORDS.c.record)), 0)).where(_named[0]),
    sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(VALUES.c.value)), 0)).where(_named[1]),
)
_forget = (RECORDS.delete().where(_named[0]), VALUES.delete().where(_named[1]))
_NOT_NOW = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL")  # another process is at work, or there is no room to copy to


class Database:
    """Texts by key in an open database; safe between threads.

    Every statement commits by itself. Of a file there is one connection, which threads take in turn: a commit is
    faster there than a second connection would find out that it has to wait.

    Raises:
        StoreError: By every method, when the database fails.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        with self._told():
            address.make_place()
            self._identity = None if address.path is None else _identity(address)
            url = sa.URL.create(FILES, database=str(address.path)) if address.url is None else address.url
            self._is_local = url.get_backend_name() == FILES
            self._turn: AbstractContextManager[object] = threading.Lock() if self._is_local else nullcontext()
            self._engine = _engine(url) if self._is_local else _client(url)
            try:
                bring_up(self._engine, str(address))
            except BaseException:
                self._engine.dispose()
                raise
        self._disposing = weakref.finalize(self, _let_go, self._engine, self._turn)

    @property
    def is_gone(self) -> bool:
        """Whether the file is no longer at its path, as after its folder was deleted."""
        return self._identity is not None and _identity(self._address) != self._identity

    def append(self, stream: str, text: str) -> int:
        """Add to a stream; the answer is the number, one more than the last."""
        while True:  # until no other process has taken the number meanwhile
            with self._sending() as connection:
                number = int(connection.execute(_next, {"of": stream}).scalar_one())
                try:
                    connection.execute(_append, {"stream": stream, "number": number, "record": text})
                except sa.exc.IntegrityError:
                    continue
            return number

    def read(self, stream: str, after: int) -> list[tuple[int, str]]:
        """What a stream holds behind a number."""
        with self._sending() as connection:
            return [(row[0], row[1]) for row in connection.execute(_read, {"of": stream, "after": after})]

    def put(self, collection: str, key: str, text: str) -> None:
        """Set a key's value."""
        while not self.put_new(collection, key, text):
            with self._sending() as connection:
                if connection.execute(_update, {"of": collection, "at": key, "new": text}).rowcount:
                    return  # else it was removed meanwhile

    def put_new(self, collection: str, key: str, text: str) -> bool:
        """Set a value where there is none, and say whether that was so."""
        with self._sending() as connection:
            try:
                connection.execute(_insert, {"collection": collection, "key": key, "value": text})
            except sa.exc.IntegrityError:
                return False
        return True

    def replace(self, collection: str, key: str, old: str, new: str) -> bool:
        """Set a value where it still is the old one, and say whether that was so."""
        with self._sending() as connection:
            changed = connection.execute(_swap, {"of": collection, "at": key, "old": old, "new": new}).rowcount
        return bool(changed)

    def get(self, collection: str, key: str) -> str | None:
        """A key's value."""
        with self._sending() as connection:
            found: str | None = connection.execute(_get, {"of": collection, "at": key}).scalar()
        return found

    def keys(self, collection: str) -> list[str]:
        """The keys of a collection, in no order."""
        with self._sending() as connection:
            return list(connection.execute(_keys, {"of": collection}).scalars())

    def items(self, collection: str) -> list[tuple[str, str]]:
        """Keys and values of a collection, by key."""
        with self._sending() as connection:
            return [(row[0], row[1]) for row in connection.execute(_items, {"of": collection})]

    def remove(self, collection: str, key: str) -> bool:
        """Forget a key, and say whether there was one."""
        with self._sending() as connection:
            return bool(connection.execute(_delete, {"of": collection, "at": key}).rowcount)

    def size(self, name: str) -> int:
        """How many letters a stream and a collection of this name hold."""
        with self._sending() as connection:
            return sum(int(connection.execute(texts, {"of": name}).scalar_one()) for texts in _texts)

    def forget(self, name: str) -> None:
        """Forget a stream and a collection of this name."""
        with self._sending() as connection:
            for statement in _forget:
                connection.execute(statement, {"of": name})

    def shrink(self) -> bool:
        """Give the room of what was forgotten back to the disk, and say whether that was done.

        A server does that by itself. A file that another process writes to, or has no room beside it, stays as large:
        what is kept next takes the room.
        """
        if not self._is_local:
            return True
        try:
            with self._turn, self._engine.begin() as connection:
                connection.exec_driver_sql("VACUUM")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sa.exc.OperationalError as error:
            if str(getattr(error.orig, "sqlite_errorname", "")).startswith(_NOT_NOW):
                return False
            raise as_store_error(error, self._address) from error
        return True

    def remove_all(self, collection: str, keys: Sequence[str]) -> None:
        """Forget several keys."""
        for start in range(0, len(keys), AT_ONCE):
            with self._sending() as connection:
                connection.execute(_delete_all, {"of": collection, "them": list(keys[start : start + AT_ONCE])})

    def close(self) -> None:
        """Let go of every connection."""
        self._disposing()

    def leave(self) -> None:
        """Never let go of what another process has open, too: closing it here would be felt there."""
        self._disposing.detach()

    @contextmanager
    def _sending(self) -> Iterator[sa.Connection]:
        with self._told(), self._turn, self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.SQLAlchemyError, sqlite3.Error, OSError, ModuleNotFoundError) as error:
            raise as_store_error(error, self._address) from (None if self._address.secrets else error)


def _let_go(engine: sa.Engine, turn: AbstractContextManager[object]) -> None:
    """Close every connection, and none while a thread uses it: Python may end with threads that still go on."""
    with turn:
        engine.dispose()


def _engine(url: sa.URL) -> sa.Engine:
    """The one connection to a file, or to what lives in memory."""
    engine = sa.create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        poolclass=sa.pool.StaticPool,
        connect_args={"check_same_thread": False, "timeout": PATIENCE},
        hide_parameters=True,
    )
    sa.event.listen(engine, "connect", _prepare)
    return engine


def _client(url: sa.URL) -> sa.Engine:
    """Some connections to a server; each is tried before it is used, for a server may have been started anew."""
    if url.get_driver_name() == "psycopg":
        whole_import("psycopg")
    return sa.create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=PATIENCE,
        pool_pre_ping=True,
        hide_parameters=True,
    )


def _prepare(db: sqlite3.Connection, _: object) -> None:
    """Readers and a writer at once, and commits that no killed process loses; a power cut may cost the latest."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL").fetchone()
            break
        except sqlite3.OperationalError as error:  # this one statement does not wait for other processes by itself
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}").fetchone()


def _identity(address: Address) -> int | None:
    try:
        return os.stat(str(address.path)).st_ino
    except OSError:
        return None
