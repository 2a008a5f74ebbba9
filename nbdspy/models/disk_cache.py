"""The disk tier of the reply cache: opened when it is first needed, and never the reason that a call fails."""

from __future__ import annotations

import atexit
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from nbdspy.errors import warn_caller
from nbdspy.models.messages import Reply
from nbdspy.models.redaction import redact

if TYPE_CHECKING:
    from nbdspy.models.reply_file import ReplyFile

DISK_BYTES = 1_000_000_000
FILE = "replies-1.sqlite"  # the number changes with the layout, so that an older nbdspy leaves a newer file alone
VARIABLE = "NBDSPY_CACHE_DIR"
REST = 0.25  # seconds without a try after another process kept us from the file, and of trust that it is still there
LATE, LATE_BYTES = 1_000, 16_000_000  # replies that may wait meanwhile

Kind = Literal["read", "write"]

T = TypeVar("T")


class DiskCache:
    """Replies as JSON in a file that all processes of a user share; safe between threads, and across forks.

    A damaged file is put aside with a warning and a new one begun. Where no file can be written, one warning says so
    and nothing is kept. Nobody waits for another process that writes: what cannot be written at once is written with
    a later reply, or at the end.

    Args:
        folder: Where; by default the folder of `NBDSPY_CACHE_DIR`, or one in the user's cache folder. A path on a
            network drive is for the processes of one machine only.
        limit: Bytes that the file may have.
    """

    def __init__(self, folder: Path | None = None, *, limit: int = DISK_BYTES) -> None:
        self.limit = limit
        self._folder = folder
        self._lock = threading.Lock()
        self._file: ReplyFile | None = None
        self._late: dict[str, str] = {}
        self._rests_until = {"read": 0.0, "write": 0.0}
        self._looked = 0.0
        self._given_up = False

    def __repr__(self) -> str:
        return f"DiskCache({str(self.path)!r}, limit={self.limit})"

    @property
    def path(self) -> Path:
        """The file, or where it will be."""
        return (default_folder() if self._folder is None else self._folder) / FILE

    def get(self, key: str) -> Reply | None:
        """The reply that is kept for a key."""
        text = self._late.get(key) or self._use("read", lambda file: file.get(key))
        if text is None:
            return None
        try:
            return Reply.from_dict(json.loads(text), cached=True)
        except (ValueError, LookupError, TypeError, AttributeError):  # of a newer version, or damaged
            self._use("write", lambda file: file.drop(key))
            return None

    def put(self, key: str, reply: Reply) -> None:
        """Keep a reply, unless there is a key in it: without it, the next process would get another answer."""
        values = reply.as_dict()
        text = _json(values)
        if _json(redact(values)) != text:
            return
        text = text.encode("utf-8", "backslashreplace").decode()  # half a surrogate pair becomes its JSON escape
        with self._lock:
            if self._given_up:
                return
            self._late[key] = text
            self._try("write", self._write)
            while len(self._late) > LATE or sum(map(len, self._late.values())) > LATE_BYTES:
                del self._late[next(iter(self._late))]
            if self._late:
                atexit.unregister(self.close)
                atexit.register(self.close)

    def clear(self) -> None:
        """Forget every reply."""
        self._late.clear()
        if self._exists():
            self._use("write", lambda file: file.clear(), rests=False)

    def measure(self) -> tuple[int, int]:
        """How many replies there are, and the bytes they take."""
        return (self._use("read", lambda file: file.measure()) if self._exists() else None) or (0, 0)

    def close(self) -> None:
        """Write what is late, and let go of the file; the next use opens it again."""
        with self._lock:
            if self._late:
                self._try("write", self._write_patiently, rests=False)
                self._late.clear()
            self._release()

    def pause(self) -> None:
        """Let go of the file and keep everybody from it, until `go_on`: a process may be copied meanwhile."""
        self._lock.acquire()
        self._release()

    def go_on(self) -> None:
        """After a `pause`."""
        self._lock.release()

    def _exists(self) -> bool:
        return self._file is not None or self.path.exists()

    def _use(self, kind: Kind, work: Callable[[ReplyFile], T], *, rests: bool = True) -> T | None:
        """What the work returns; None when there is no file to do it with, or another process keeps us from it."""
        with self._lock:
            return self._try(kind, work, rests=rests)

    def _try(self, kind: Kind, work: Callable[[ReplyFile], T], *, rests: bool = True) -> T | None:
        """The same, with the lock held."""
        if self._given_up or (rests and time.monotonic() < self._rests_until[kind]):
            return None
        try:
            import sqlite3
        except ImportError:  # a Python that was built without
            self._give_up("this Python has no sqlite3")
            return None
        for _ in range(2):  # again after a damaged file was put aside
            try:
                return work(self._opened(kind))
            except (OSError, sqlite3.Error) as error:
                if _is(error, "SQLITE_BUSY", "SQLITE_LOCKED"):
                    kept_from: tuple[Kind, ...] = ("read", "write") if self._file is None else (kind,)
                    self._rests_until.update(dict.fromkeys(kept_from, time.monotonic() + REST))
                    return None
                if not _is(error, "SQLITE_CORRUPT", "SQLITE_NOTADB") or not self._put_aside():
                    self._give_up(str(error))
                    return None
        return None

    def _write(self, file: ReplyFile) -> None:
        file.put(self._late)
        self._late.clear()

    def _write_patiently(self, file: ReplyFile) -> None:
        file.be_patient()
        self._write(file)

    def _opened(self, kind: Kind) -> ReplyFile:
        """The file; a new one when the old one is no longer there, as after its folder was deleted."""
        if self._file is not None and (kind == "write" or time.monotonic() > self._looked + REST):
            self._looked = time.monotonic()
            if self._file.is_gone:
                self._release()
        if self._file is None:
            from nbdspy.models.reply_file import ReplyFile

            path = self.path
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = ReplyFile(path, limit=self.limit)
            atexit.unregister(self.close)
            atexit.register(self.close)
        return self._file

    def _release(self) -> None:
        if not self._late:
            atexit.unregister(self.close)
        if self._file is not None:
            file, self._file = self._file, None
            file.close()

    def _put_aside(self) -> bool:
        """Whether the damaged file is out of the way."""
        path, identity = self.path, None if self._file is None else self._file.identity
        self._release()
        try:
            if identity not in (None, path.stat().st_ino):
                return True  # another process has begun a new one
            for beside in ("-wal", "-shm"):
                path.with_name(path.name + beside).unlink(missing_ok=True)
            os.replace(path, path.with_name(path.name + ".damaged"))
        except OSError:
            return False
        warn_caller(
            f"The reply cache {str(path)!r} was damaged. It was put aside as {path.name}.damaged, and a new one begun."
        )
        return True

    def _give_up(self, reason: str) -> None:
        self._given_up = True
        self._late.clear()
        warn_caller(
            f"Replies are kept in memory only: {str(self.path)!r} cannot be used ({reason}). "
            f"Set {VARIABLE}, or configure_cache(disk_cache_dir=…), to a folder that can be written to."
        )


def _json(values: Any) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=str)


def default_folder() -> Path:
    """Where replies are kept when nothing else was said."""
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("nbdspy", appauthor=False)) / "replies"


def _is(error: Exception, *names: str) -> bool:
    """Whether SQLite means one of these, or a finer case of one."""
    name = getattr(error, "sqlite_errorname", "")
    return any(name == kind or name.startswith(f"{kind}_") for kind in names)
