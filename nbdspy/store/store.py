"""`Store`: streams of records and values by key, as JSON, in a database that several processes may share."""

from __future__ import annotations

import json
import os
import threading
import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from nbdspy import render
from nbdspy.errors import StoreError, UsageError
from nbdspy.runtime import whole_import
from nbdspy.store.address import Address

if TYPE_CHECKING:
    from nbdspy.store.database import Database

LONGEST_NAME = 255


class Store:
    """JSON in a database; safe between threads, between processes and across forks.

    Every call that writes is committed when it returns: a process that is killed loses none of it. The database is
    opened when it is first used and a file made when something is first kept in it, with its folder. Where it is a
    file, a commit takes a tenth of a millisecond.

    Args:
        address: The path of a file, or SQLAlchemy's URL of a database: `postgresql://user:password@host/database`.
        redact: What takes the keys out of everything that is kept: called with a value, returns the one to keep.

    Raises:
        StoreError: When the address cannot be read; by every method, when the database cannot be used.
        UsageError: By every method, for what is not JSON, and for a name that is empty or too long.

    Example:
        >>> store = Store("sqlite://", redact=lambda value: value)  # which lives in memory
        >>> store.append("run 1", {"kind": "phase", "phase": "bootstrap"})
        1
        >>> store.read("run 1")
        [(1, {'kind': 'phase', 'phase': 'bootstrap'})]
        >>> store.put_new("claims", "run 1", "me"), store.put_new("claims", "run 1", "you")
        (True, False)
        >>> store.close()
    """

    def __init__(self, address: str | os.PathLike[str], *, redact: Callable[[Any], Any]) -> None:
        self._address = Address.of(address)
        self._redact = redact
        self._lock = threading.Lock()
        self._database: Database | None = None
        self._left: list[Database] = []  # behind, by a fork
        _stores.add(self)

    @property
    def address(self) -> str:
        """Where it is, without the password."""
        return str(self._address)

    @property
    def open_url(self) -> str | None:
        """SQLAlchemy's URL, with the password, for a library that keeps its own tables there; None if it is in memory.

        It is for no message and no file.
        """
        return self._address.open_url

    def __repr__(self) -> str:
        return f"Store({self.address!r})"

    def append(self, stream: str, record: Any) -> int:
        """Add a record to the end of a stream; the answer is its number there, from 1."""
        return self._made().append(_name(stream), self._text(record))

    def read(self, stream: str, after: int = 0) -> list[tuple[int, Any]]:
        """The records of a stream behind a number, each with its own, in order."""
        database = self._found()
        texts = [] if database is None else database.read(_name(stream), after)
        return [(number, self._value(text)) for number, text in texts]

    def put(self, collection: str, key: str, value: Any) -> None:
        """Set the value of a key."""
        self._made().put(_name(collection), _name(key), self._text(value))

    def put_new(self, collection: str, key: str, value: Any) -> bool:
        """Set the value of a key that has none; of several processes that try, one is told True."""
        return self._made().put_new(_name(collection), _name(key), self._text(value))

    def replace(self, collection: str, key: str, old: Any, new: Any) -> bool:
        """Set the value of a key whose value still is `old`, as `get` gave it, and say whether it was."""
        return self._made().replace(_name(collection), _name(key), self._text(old), self._text(new))

    def get(self, collection: str, key: str, default: Any = None) -> Any:
        """The value of a key."""
        database = self._found()
        text = None if database is None else database.get(_name(collection), _name(key))
        return default if text is None else self._value(text)

    def keys(self, collection: str) -> list[str]:
        """The keys of a collection, sorted."""
        database = self._found()
        return [] if database is None else sorted(database.keys(_name(collection)))

    def items(self, collection: str) -> list[tuple[str, Any]]:
        """The keys of a collection and their values, sorted by key."""
        database = self._found()
        texts = [] if database is None else database.items(_name(collection))
        return sorted((key, self._value(text)) for key, text in texts)

    def remove(self, collection: str, key: str) -> bool:
        """Forget a key and its value, and say whether there was one."""
        database = self._found()
        return database is not None and database.remove(_name(collection), _name(key))

    def remove_all(self, collection: str, keys: Iterable[str]) -> None:
        """Forget several keys and their values."""
        database = self._found()
        if database is not None:
            database.remove_all(_name(collection), [_name(key) for key in keys])

    def size(self, *names: str) -> int:
        """How much the streams and collections of these names hold, in letters, which are bytes in most languages."""
        database = self._found()
        return 0 if database is None else sum(database.size(_name(name)) for name in names)

    def forget(self, *names: str) -> None:
        """Forget the streams and the collections of these names, with all that is in them."""
        database = self._found()
        if database is not None:
            for name in names:
                database.forget(_name(name))

    def shrink(self) -> bool:
        """Give the room of what was forgotten back to the disk, and say whether that could be done.

        It takes a while where the file is large, and others that write to it wait meanwhile.
        """
        database = self._found()
        return database is None or database.shrink()

    def close(self) -> None:
        """Let go of the database; the next use opens it again."""
        with self._lock:
            database, self._database = self._database, None
        if database is not None:
            database.close()

    def _found(self) -> Database | None:
        """The database to read from; None when there is none yet."""
        return self._opened(make=False)

    def _made(self) -> Database:
        """The database to write to."""
        database = self._opened(make=True)
        assert database is not None
        return database

    def _opened(self, *, make: bool) -> Database | None:
        with self._lock:
            if self._database is not None and self._database.is_gone:
                self._database.close()
                self._database = None
            if self._database is None and (make or self._address.exists()):
                whole_import("sqlalchemy")  # which has compiled parts
                from nbdspy.store.database import Database

                self._database = Database(self._address)
            return self._database

    def _text(self, value: Any) -> str:
        try:
            text = json.dumps(self._redact(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        except (TypeError, ValueError, RecursionError) as error:
            raise UsageError(
                f"{render.short(repr(value), 200)} cannot be kept: {error}.", hint="Give what JSON can say."
            ) from error
        return text.encode("utf-8", "backslashreplace").decode()  # half a surrogate pair becomes its JSON escape

    def _value(self, text: str) -> Any:
        try:
            return json.loads(text)
        except ValueError as error:
            raise StoreError(
                f"The store {self.address} holds what is no JSON: {render.short(text, 60)!r}.",
                hint="Somebody else has changed it; remove that row, or begin another store.",
            ) from error

    def _forked(self) -> None:
        """In the child: whatever was open is the parent's."""
        self._lock = threading.Lock()
        if self._database is not None:
            self._database.leave()
            self._left.append(self._database)
            self._database = None


def _name(name: str) -> str:
    """A name that every database takes."""
    if not 0 < len(name) <= LONGEST_NAME or "\0" in name or not _is_unicode(name):
        raise UsageError(
            f"{render.short(repr(name))} cannot name what is kept.", hint=f"Give 1 to {LONGEST_NAME} letters."
        )
    return name


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return False
    return True


_stores: weakref.WeakSet[Store] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for store in _stores:
        store._forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
