"""Replies kept in a file, so that a notebook runs again without a model: plain JSONL, one reply a line."""

from __future__ import annotations

import atexit
import json
import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from nbdspy.errors import CassetteMiss, UsageError, warn_caller
from nbdspy.models.declined import Declined
from nbdspy.models.messages import Reply, Request, canonical, digest
from nbdspy.models.nearest import as_lines, asked_for, differences, nearest
from nbdspy.models.redaction import MARK, redact, redact_settings
from nbdspy.models.vectors import told_apart
from nbdspy.render import short

VERSION = 1
HEADER = "nbdspy_cassette"
CONFLICT = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")
MOST_SAID = 160  # characters of a failure
LARGE_FILE = "version https://git-lfs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A request and what was recorded of it, a reply or that it was declined; all without keys."""

    key: str
    request: Mapping[str, Any]
    reply: Reply | None = None
    declined: Declined | None = None

    @property
    def is_stale(self) -> bool:
        """Whether no request can find this entry any more: the request is filed under a key that is not its own."""
        text = canonical(self.request)
        return self.key != digest(text) and MARK not in text

    def line(self) -> str:
        """The entry as its line of the file."""
        answers = {"reply": self.reply, "declined": self.declined}
        kept = {name: answer.as_dict() for name, answer in answers.items() if answer is not None}
        return _json({"key": self.key, "request": self.request, **kept})


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a cassette was used for since it was put in.

    `missed` are requests that it had no reply to, `failed` those that were to be recorded and got none, each as text.
    """

    entries: int
    replayed: int
    recorded: int
    missed: tuple[str, ...]
    failed: tuple[str, ...]
    unused: tuple[Entry, ...]


class Cassette:
    """A file of replies; safe between threads.

    Recording begins a new file with its first reply, so an old one stays until there is something to put in its place.
    From then on every reply is on the disk before it is handed on. `close` puts the lines into an order that does not
    depend on who was answered first; a closed cassette that is used again opens itself.

    A request that was declined, such as a prompt that is too long, is kept as that. Other failures are not: the next
    recording may be spared an outage, a refused key or an empty account. They are in the `report`, for whatever went on
    without that reply cannot be replayed.

    Args:
        path: The file.
        replays: Answer from what the file holds already.
        records: Keep the replies to requests that it does not hold; otherwise such a request is an error.

    Attributes:
        around: The cassette of the work of which this one's is a part. What this one is to record, that one is asked
            for first, and told: so a part of a replayed notebook can be recorded, without a model.
        remedy: What to do about a request that was never recorded, where it was not a `%cassette` that put this one in.

    Raises:
        UsageError: When the file is missing, damaged or no cassette.
    """

    def __init__(self, path: str | Path, *, replays: bool = True, records: bool = False) -> None:
        self.path = Path(path)
        self.replays = replays
        self.records = records
        self.around: Cassette | None = None
        self.remedy = ""
        self._place = self.path.absolute()  # a notebook that changes its folder goes on recording into the same file
        self._lock = threading.Lock()
        self._file: TextIO | None = None
        self._entries: dict[str, Entry] = {}
        self._used: set[str] = set()
        self._recorded: set[str] = set()
        self._missed: dict[str, str] = {}
        self._failed: dict[str, str] = {}
        self._lines: dict[str, list[list[str]]] = {}
        self._warned = False
        if records:
            self._check_writable()
        if replays and not (records and self._is_new()):
            for entry in read(self.path, ignore_torn=records):
                if not self._is_settled(entry.key, entry.reply):
                    self._entries[entry.key] = entry

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"Cassette({str(self.path)!r}, {self.told()}{', recording' if self.records else ''})"

    def told(self) -> str:
        """How much it holds, in words."""
        return told(self._entries.values())

    def find(self, request: Request, admit: Callable[[], None] = lambda: None) -> Reply | Declined | None:
        """What was recorded, if anything; a reply asked for again is `cached` too, for only the first one was paid for.

        A cassette that records does not tell what was declined: the model is asked again, as it may have changed.

        Args:
            request: What is asked.
            admit: Called before an answer is given that was paid for; what it raises leaves the answer as it was.
        """
        key = request.key()
        entry = self._entries.get(key)
        if entry is None:
            return self._copied(request, admit)
        with self._lock:
            again = entry.reply is not None and (key in self._used or key in self._recorded)
            if not again and not (entry.reply is None and self.records):
                admit()
            self._used.add(key)
        if entry.reply is None:
            return None if self.records else entry.declined
        return replace(entry.reply, cached=True) if again else entry.reply

    def _copied(self, request: Request, admit: Callable[[], None]) -> Reply | Declined | None:
        """What the cassette around this one has, which is recorded here, too.

        Raises:
            CassetteMiss: When that one replays alone, and has nothing.
        """
        if self.around is None or not self.records:
            return None
        answer = self.around.find(request, admit)
        if answer is None and not self.around.records:
            raise self.around.miss(request)
        if answer is not None:
            self._add(request, answer)
        return answer

    def add(self, request: Request, answer: Reply | Declined) -> None:
        """Record a reply, or that there was none; a request that has a reply already keeps it."""
        self._add(request, answer)
        if self.around is not None and self.around.records:
            self.around.add(request, answer)

    def _add(self, request: Request, answer: Reply | Declined) -> None:
        key = request.key()
        with self._lock:
            if self._is_settled(key, answer):
                return
            kept = self._without_keys(request, answer)
            name = "reply" if isinstance(answer, Reply) else "declined"
            line = _json({"key": key, "request": _asked(request), name: kept})
            self._entries[key] = _entry(json.loads(line))
            self._recorded.add(key)
            if self._file is None:
                self._write_whole(self._entries.values())
                self._file = _open(self._place, "a")
                atexit.register(self._close_at_exit)
            else:
                self._file.write(line + "\n")
                self._file.flush()

    def fail(self, request: Request, error: Exception) -> None:
        """Note that a request which was to be recorded got no reply."""
        if self.records:
            why = short(redact(f"{type(error).__name__}: {error}"), MOST_SAID)
            with self._lock:
                self._failed[request.key()] = f"{asked_for(_asked(request))} ({why})"
        if self.around is not None:
            self.around.fail(request, error)

    def close(self) -> None:
        """Put what was recorded into its final order."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
                self._write_whole(self._entries.values())
                atexit.unregister(self._close_at_exit)

    def _close_at_exit(self) -> None:
        with suppress(OSError):  # its folder is gone, or full: every reply that can be kept is on the disk already
            self.close()

    def miss(self, request: Request) -> CassetteMiss:
        """The error for a request that was never recorded: shows the nearest one and what differs."""
        asked = _asked(request)
        lines = as_lines(asked)
        with self._lock:
            self._missed[request.key()] = asked_for(asked)
            if not self._lines:
                for entry in self._entries.values():
                    self._lines.setdefault(entry.request.get("endpoint", ""), []).append(as_lines(entry.request))
            alike = self._lines.get(asked.get("endpoint", ""), ())  # a text and its vectors are nothing alike
        found = nearest(lines, alike)
        lost = sum(entry.is_stale for entry in self._entries.values())
        told = [f"{self.path} holds no reply of {request.model} to this request:", f"    {asked_for(asked)}"]
        if found is None:
            told.append("  It holds replies to requests of another kind alone." if self._lines else
                        "  It holds no replies at all.")  # fmt: skip
        else:
            told += ["  The nearest recorded request differs here (- recorded, + asked):", *differences(found, lines)]
        if lost:
            told.append(f"  This version of nbdspy names {lost:,} of its {len(self):,} requests otherwise.")
        return CassetteMiss(
            "\n".join(told),
            hint=self.remedy
            or f"Record what is missing with `%cassette replay --fill {self.path}`, "
            "or a whole notebook anew with `nbdspy cassette record NOTEBOOK`.",
        )

    def report(self) -> Report:
        """What was replayed, recorded and missed so far, and which entries nobody asked for."""
        used = self._used | self._recorded
        return Report(
            entries=len(self),
            replayed=len(self._used - self._recorded),
            recorded=len(self._recorded),
            missed=tuple(self._missed.values()),
            failed=tuple(said for key, said in self._failed.items() if key not in self._entries),
            unused=tuple(entry for key, entry in self._entries.items() if key not in used),
        )

    def _is_settled(self, key: str, answer: Reply | Declined | None) -> bool:
        """Whether what is known of a request stays: a reply does, and a refusal until there is a reply."""
        known = self._entries.get(key)
        return known is not None and (known.reply is not None or not isinstance(answer, Reply))

    def _without_keys(self, request: Request, answer: Reply | Declined) -> dict[str, Any]:
        given = answer.as_dict()
        kept: dict[str, Any] = redact(given)
        if not self._warned and _json(kept) != _json(given):
            self._warned = True
            warn_caller(
                f"A reply of {request.model} holds a key; {self.path} has {MARK} in its place, and a replay will too."
            )
        return kept

    def _check_writable(self) -> None:
        folder = self.path.parent
        if not folder.is_dir():
            raise UsageError(f"There is no folder {str(folder)!r} to record in.", hint="Make it first.")
        if not os.access(folder, os.W_OK):
            raise UsageError(f"The folder {str(folder)!r} cannot be written to.", hint="Record into another one.")
        if not self._is_new():
            next(_numbered(self.path), None)  # refuses to record over a file that is no cassette

    def keep(self, keys: Set[str]) -> None:
        """Leave out every entry but these, in the file too.

        Raises:
            UsageError: When it is recording.
        """
        if self._file is not None:
            raise UsageError(f"{self.path} is being recorded.", hint="Close it first: %cassette off.")
        with self._lock:
            self._entries = {key: entry for key, entry in self._entries.items() if key in keys}
            self._lines = {}
            self._write_whole(self._entries.values())

    def _is_new(self) -> bool:
        return not self.path.exists() or (self.path.is_file() and self.path.stat().st_size == 0)

    def _write_whole(self, entries: Iterable[Entry]) -> None:
        """Neighbours in the file are requests alike, so that a diff after re-recording is small and stands together."""
        beside = self._place.with_name(self._place.name + ".part")
        try:
            with _open(beside, "w") as file:
                file.write(_json({HEADER: VERSION}) + "\n")
                for entry in sorted(entries, key=lambda entry: canonical(entry.request)):
                    file.write(entry.line() + "\n")
            os.replace(beside, self._place)
        finally:
            beside.unlink(missing_ok=True)


def read(path: str | Path, *, ignore_torn: bool = False) -> list[Entry]:
    """The entries of a cassette file, in its order.

    Args:
        path: The file.
        ignore_torn: Leave out a last line that was cut off while it was written.

    Raises:
        UsageError: When the file is missing, no cassette, of a newer version or damaged; says in which line.
    """
    entries = []
    for number, line in _numbered(Path(path)):
        try:
            values = json.loads(line)
            if HEADER in values:  # of the other side of a merge
                continue
            entries.append(_entry(values))
        except UsageError as error:
            raise UsageError(f"Line {number} of {path} cannot be read: {error.message}.", hint=error.hint) from error
        except (ValueError, LookupError, TypeError) as error:
            if ignore_torn and not line.endswith("\n"):
                break
            if line.startswith(CONFLICT):
                raise UsageError(
                    f"Line {number} of {path} is a conflict that git left: {short(line, 60)!r}.",
                    hint="Every line is a reply of its own: delete the lines of marks alone, and keep those of both "
                    "sides. `*.jsonl merge=union` in .gitattributes has git do that.",
                ) from error
            raise UsageError(
                f"Line {number} of {path} is damaged: {short(line, 60)!r}.",
                hint="Delete that line and record what is missing: nbdspy cassette record --fill NOTEBOOK, or in a "
                f"notebook `%cassette replay --fill {path}`. Or take the file anew: git checkout {path}.",
            ) from error
    return entries


def told(entries: Collection[Entry]) -> str:
    """How many replies and batches of vectors these are, in words."""
    return " and ".join(
        told_apart(len(entries), sum(entry.request.get("endpoint") == "embeddings" for entry in entries))
    )


def is_cassette(path: Path) -> bool:
    """Whether a file begins as cassettes of this version do."""
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            _check_header(path, file.readline(1_000))
    except (OSError, UnicodeDecodeError, UsageError):
        return False
    return True


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a cassette file behind its header, with their numbers."""
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            _check_header(path, file.readline())
            for number, line in enumerate(file, start=2):
                if line.strip():
                    yield number, line
    except FileNotFoundError as error:
        raise UsageError(
            f"There is no cassette {str(path)!r}.",
            hint=f"Record one: nbdspy cassette record NOTEBOOK, or in a notebook `%cassette record {path}`.",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{str(path)!r} cannot be read as a cassette: {error}.", hint="Check the path.") from error


def twice(entries: Iterable[Entry]) -> list[Entry]:
    """The entries whose request has an answer before them, as a merge may leave them; the first one counts."""
    known: dict[str, Entry] = {}
    return [entry for entry in entries if known.setdefault(entry.key, entry) is not entry]


def _check_header(path: Path, line: str) -> None:
    if not line:
        raise UsageError(
            f"{str(path)!r} is empty.",
            hint=f"Record it: nbdspy cassette record NOTEBOOK, or in a notebook `%cassette record {path}`.",
        )
    if line.startswith(LARGE_FILE):
        raise UsageError(f"{str(path)!r} only says where git keeps the cassette.", hint="Fetch it: git lfs pull.")
    try:
        version = json.loads(line)[HEADER]
    except (ValueError, LookupError, TypeError) as error:
        raise UsageError(
            f"{str(path)!r} is not a cassette: it starts with {short(line, 40)!r}.",
            hint='A cassette is a file that `%cassette record FILE` wrote; its first line is {"nbdspy_cassette": 1}.',
        ) from error
    if version != VERSION:
        raise UsageError(
            f"{str(path)!r} is a cassette of version {version}; this nbdspy reads version {VERSION}.",
            hint="Update nbdspy, or record it anew with `nbdspy cassette record NOTEBOOK`.",
        )


def _asked(request: Request) -> dict[str, Any]:
    """The request without keys."""
    values = redact(request.as_dict())
    return {**values, "options": redact_settings(request.options)} if request.options else values


def _entry(values: Mapping[str, Any]) -> Entry:
    key, request = values["key"], values["request"]
    if "declined" in values:
        return Entry(key=key, request=request, declined=Declined.from_dict(values["declined"]))
    return Entry(key=key, request=request, reply=Reply.from_dict(values["reply"], recorded=True))


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, ensure_ascii=False, default=str)


def _open(path: Path, mode: str) -> TextIO:
    """Half a surrogate pair, which a model may well say, is written as the JSON escape that it is."""
    return path.open(mode, encoding="utf-8", errors="backslashreplace", newline="\n")  # type: ignore[return-value]
