"""Replies in one SQLite file, which many processes may read and write at once; the least recently used go first."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE = 0.02  # seconds to wait while another process writes
AT_THE_END = 2.0  # the same where nobody waits for us
TOUCHES = 4_096  # replies that were read, before the file is told so
FULL, ROOM = 0.98, 0.9  # of the limit: what an eviction begins at, and what it leaves
STEP = 0.005  # of the limit is what is written between two looks at the size
LOG_BYTES = 4_000_000  # of the write-ahead log beside the file, between two checkpoints

_TABLES = """
CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL, used REAL NOT NULL);
CREATE INDEX IF NOT EXISTS by_use ON replies (used);
"""


class ReplyFile:
    """An open file; one thread at a time. Every method may raise `sqlite3.Error`.

    Args:
        path: The file; made when it is not there, readable by its owner only.
        limit: Bytes that it may have.
    """

    def __init__(self, path: Path, *, limit: int) -> None:
        with suppress(FileExistsError):  # which is left alone: to close it here would let go of the locks that we have
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        self.identity = os.stat(path).st_ino
        self._path = path
        self._limit = limit
        self._read: dict[str, float] = {}
        self._written = 0
        self._db = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    @property
    def is_gone(self) -> bool:
        """Whether the file is no longer at its path."""
        try:
            return os.stat(self._path).st_ino != self.identity
        except OSError:
            return True

    def get(self, key: str) -> str | None:
        """The text that is kept for a key."""
        found = self._db.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
        if found is None:
            return None
        self._read[key] = time.time()
        if len(self._read) >= TOUCHES:
            with suppress(sqlite3.OperationalError), self._writing():
                self._touch()
        return str(found[0])

    def put(self, texts: Mapping[str, str]) -> None:
        """Keep texts by their keys, and make room for them; all of them, or none when another process writes."""
        small = {key: text for key, text in texts.items() if len(text) <= self._limit // 2}
        with self._writing():
            self._touch()
            now = time.time()
            rows = [(key, text, now) for key, text in small.items()]
            self._db.executemany("INSERT OR REPLACE INTO replies VALUES (?, ?, ?)", rows)
        self._written += sum(map(len, small.values()))
        if self._written > self._limit * STEP:
            with suppress(sqlite3.OperationalError):  # the next one makes it
                self._make_room()

    def drop(self, key: str) -> None:
        """Forget one."""
        self._db.execute("DELETE FROM replies WHERE key = ?", (key,))

    def clear(self) -> None:
        """Forget all, and give the space back, as soon as no other process writes."""
        self._read.clear()
        self.be_patient()
        self._db.execute("DELETE FROM replies")
        self._give_back()
        self.be_patient(PATIENCE)

    def be_patient(self, seconds: float = AT_THE_END) -> None:
        """Wait so long from now on while another process writes."""
        self._db.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}").fetchone()

    def measure(self) -> tuple[int, int]:
        """How many there are, and the bytes they take."""
        return self._number("SELECT count(*) FROM replies"), self._used()

    def close(self) -> None:
        """Write what was read last, and let go of the file."""
        try:
            with self._writing():
                self._touch()
        except sqlite3.Error:  # busy, or no longer writable; only the order of eviction suffers
            pass
        finally:
            self._db.close()

    def _prepare(self) -> None:
        self._page = self._number("PRAGMA page_size")
        is_new = not self._number("SELECT count(*) FROM sqlite_master WHERE name = 'by_use'")
        if is_new:
            self._db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # which waits for those who write, old file or new
        self._db.execute("PRAGMA journal_mode = WAL").fetchone()
        self._db.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the latest replies, never the file
        self._db.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}").fetchone()
        if is_new:
            with self._writing():
                for statement in _TABLES.strip().splitlines():
                    self._db.execute(statement)
        with suppress(sqlite3.OperationalError):
            self._make_room()  # the limit may be another one than last time

    def _touch(self) -> None:
        if self._read:
            moments = [(moment, key) for key, moment in self._read.items()]
            self._read.clear()
            self._db.executemany("UPDATE replies SET used = ? WHERE key = ?", moments)

    def _make_room(self) -> None:
        self._written = 0
        if self._used() <= self._limit * FULL:
            return
        with self._writing():
            while self._used() > self._limit * ROOM and (count := self._number("SELECT count(*) FROM replies")):
                self._db.execute(
                    "DELETE FROM replies WHERE rowid IN (SELECT rowid FROM replies ORDER BY used LIMIT ?)",
                    (max(1, count // 20),),
                )
        if self._number("PRAGMA page_count") * self._page > self._limit:
            self._give_back()

    def _give_back(self) -> None:
        """Make the file as small as what is in it."""
        self._db.executescript("PRAGMA incremental_vacuum")  # execute would give back one page

    def _used(self) -> int:
        return (self._number("PRAGMA page_count") - self._number("PRAGMA freelist_count")) * self._page

    def _number(self, question: str) -> int:
        return int(self._db.execute(question).fetchone()[0])

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
