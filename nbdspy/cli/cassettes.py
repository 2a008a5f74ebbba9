"""`nbdspy cassette`: recording notebooks' replies, telling what no longer matches, leaving out what nobody asks for."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbdspy import render
from nbdspy.cli import headless
from nbdspy.errors import NbdspyError, UsageError
from nbdspy.models.cassette import Cassette, Entry, read, told, twice
from nbdspy.models.nearest import asked_for
from nbdspy.models.recording import REMEDY

if TYPE_CHECKING:
    from nbformat import NotebookNode

MOST_LISTED = 20
REPORT = "use.json"
ASKS_OTHERWISE = (
    "It was recorded a moment ago, and the notebook asks something else each time it runs: "
    "a date, a chance without a seed, or what a time limit left out."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a notebook asked of its cassette: what it did not find, the keys it did not ask for; what cells raised."""

    missed: Sequence[str] = ()
    unused: frozenset[str] = frozenset()
    raised: Sequence[str] = ()


def record(paths: Sequence[Path], *, fill: bool = False) -> int:
    """Run notebooks on their real models with every reply recorded beside each, then write their outputs from a replay.

    The outputs come from the replay, because they must be what the next replay shows. Until that has shown them, the
    cassette and the notebook stay as they were: where a cell raises or a call fails, what was recorded is in a file of
    its own, from which recording goes on with `fill`.
    """
    return _each(paths, lambda notebook: _recorded(notebook, fill=fill), "recorded")


def check(paths: Sequence[Path]) -> int:
    """Tell what of cassettes no longer matches: by themselves, or with the notebooks that replay them."""
    return _each(paths, _checked, "match")


def prune(paths: Sequence[Path], *, delete: bool = False) -> int:
    """Tell what of cassettes nobody asks for, and delete it if that is wanted."""
    return _each(paths, lambda path: _pruned(path, delete=delete), "pruned" if delete else "looked at")


def tape_of(notebook: Path) -> Path:
    """Where a notebook's replies are by habit: beside it, under its own name."""
    return notebook.with_suffix(".jsonl").absolute()


def _each(paths: Sequence[Path], work: Callable[[Path], int], done: str) -> int:
    """Do it to every notebook, those of a folder in the order of their names; one that fails does not stop the rest."""
    found = [one for path in paths for one in _notebooks(path)]
    if len(found) == 1:
        return work(found[0])
    failed = []
    for path in found:
        print(f"== {path}")
        try:
            code = work(path)
        except NbdspyError as error:
            print(*error.lines(), sep="\n", file=sys.stderr)
            code = 2
        failed += [path.name] if code else []
    print(f"{len(found) - len(failed):,} of {len(found):,} {done}" + (f"; not {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


def _notebooks(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("*.ipynb"))
    if not found:
        raise UsageError(f"There is no notebook in {str(path)!r}.", hint="A notebook ends in .ipynb.")
    return found


def _recorded(notebook: Path, *, fill: bool) -> int:
    headless.read(notebook)  # one that is not there is told so before anything else
    tape = tape_of(notebook)
    part = tape.with_name(f"{tape.stem}.unfinished.jsonl")
    if part.exists() and not fill:
        raise UsageError(
            f"{part.name} holds {told(read(part, ignore_torn=True))} of a recording that did not come to its end.",
            hint=f"nbdspy cassette record --fill {notebook} goes on from there. To begin anew, delete {part.name}.",
        )
    if fill and tape.exists() and not part.exists():
        shutil.copyfile(tape, part)
    try:
        failed = _failed_while_recording(notebook, part, fill=fill)
        book, missed = (None, ()) if failed else _replayed(notebook, part, name=tape.name)
    except headless.NotebookFailed as error:
        print(*error.lines(), sep="\n", file=sys.stderr)
        print(_as_it_was(notebook, part))
        return 1
    except (KeyboardInterrupt, UsageError):
        print(_as_it_was(notebook, part))
        raise
    if book is None or missed:
        _list([*(f"failed: {one}" for one in failed), *(f"no reply to: {one}" for one in missed)])
        print(_cannot_be_replayed(failed, missed))
        print(_as_it_was(notebook, part))
        return 1
    os.replace(part, tape)
    _write(book, notebook)
    size = render.size(tape.stat().st_size)
    print(f"{tape.name} holds {told(read(tape))} ({size}); {notebook.name} shows what a replay shows.")
    return 0


def _failed_while_recording(notebook: Path, part: Path, *, fill: bool) -> Sequence[str]:
    """Record a notebook; returns the calls that got no reply, as text."""
    with _taped("fill" if fill else "record", part, mode="lines") as environment:
        report = Path(environment["NBDSPY_HOME"], REPORT)
        headless.run(headless.read(notebook), folder=notebook.parent, environment=environment, aloud=True,
                     last=_telling(report))  # fmt: skip
        use = _read_report(report)
    if not part.exists():
        raise UsageError(
            f"{notebook.name} asked no model anything, so there is nothing to record.",
            hint="It loads nbdspy with `%load_ext nbdspy`, and calls a model outside of `use_cassette('off')`.",
        )
    return _of(part, use, notebook, name=tape_of(notebook).name)["failed"]  # type: ignore[no-any-return]


def _replayed(notebook: Path, part: Path, *, name: str) -> tuple[NotebookNode, Sequence[str]]:
    """The notebook as a replay of a recording shows it, which goes by its future name; the requests that it missed.

    A cell may catch a miss, as a metric does that counts whatever fails as wrong.
    """
    book = headless.read(notebook)
    with tempfile.TemporaryDirectory(prefix="nbdspy-") as folder:
        tape = Path(shutil.copyfile(part, Path(folder, name)))
        with _taped("replay", tape) as environment:
            report = Path(environment["NBDSPY_HOME"], REPORT)
            try:
                headless.run(book, folder=notebook.parent, environment={**environment, REMEDY: ASKS_OTHERWISE},
                             last=_telling(report))  # fmt: skip
            except headless.NotebookFailed as error:  # nobody can look into a file that is gone when this is read
                raise headless.NotebookFailed(error.message.replace(str(tape), name), hint=error.hint) from error
            use = _of(tape, _read_report(report), notebook, name=name)
    return book, use["missed"]


def _cannot_be_replayed(failed: Sequence[str], missed: Sequence[str]) -> str:
    if failed:
        has = "is" if len(failed) == 1 else "are"
        return f"{render.count(len(failed), 'call')} failed and {has} not on the tape, so nothing can be replayed."
    has = "has" if len(missed) == 1 else "have"
    return f"{render.count(len(missed), 'request')} of the replay {has} no reply. {ASKS_OTHERWISE}"


def _write(book: NotebookNode, notebook: Path) -> None:
    """In one step: there is a whole notebook at any time."""
    import nbformat

    beside = notebook.with_name(notebook.name + ".part")
    nbformat.write(book, beside)  # type: ignore[no-untyped-call]
    shutil.copymode(notebook, beside)
    os.replace(beside, notebook)


def _as_it_was(notebook: Path, part: Path) -> str:
    is_there = tape_of(notebook).exists()
    said = f"{notebook.name} and its cassette are" if is_there else f"{notebook.name} is"
    said += " as they were." if is_there else " as it was, and has no cassette yet."
    if not part.exists():
        return said
    return f"{said} What was recorded is in {part.name}: nbdspy cassette record --fill {notebook} goes on from there."


def _checked(path: Path) -> int:
    tape, use = _used(path)
    entries = read(tape)
    for line in (*use.raised, *(f"no reply to: {asked}" for asked in use.missed), *_lines(_useless(entries, use))):
        print(line)
    wrong = len(use.missed) + sum(entry.is_stale for entry in entries)
    found = render.count(wrong, "does not match", "do not match") if wrong else "all match"
    print(f"{tape.name}: {told(entries)}, {found}" + (f"; {_raise(use)}." if use.raised else "."))
    return 1 if wrong or use.raised else 0


def _pruned(path: Path, *, delete: bool) -> int:
    tape, use = _used(path)
    if use.missed or use.raised:
        has = "has" if len(use.missed) == 1 else "have"
        why = f"{render.count(len(use.missed), 'request')} {has} no reply" if use.missed else _raise(use)
        raise UsageError(
            f"{why} when {path.name} is replayed, so nobody knows what it would ask for.",
            hint=f"Mend that first: nbdspy cassette record --fill {path}.",
        )
    entries = read(tape)
    going = _useless(entries, use)
    before = tape.stat().st_size
    _list([*_lines(going)])
    if going and delete:
        Cassette(tape).keep({entry.key for entry in entries if not entry.is_stale} - use.unused)
        gone, left = told([entry for entry, _ in going]), told(read(tape))
        print(f"{tape.name}: {gone} deleted; {left} ({render.size(tape.stat().st_size)}) left.")
    elif going:
        size = render.size(sum(len(entry.line()) + 1 for entry, _ in going))
        which = f"{len(going):,} of {render.count(len(entries), 'entry', 'entries')}"
        print(f"{tape.name}: {which} would go, {size} of {render.size(before)}; --delete does it.")
    else:
        print(f"{tape.name}: {told(entries)}, every one is asked for.")
    return 0


def _useless(entries: Sequence[Entry], use: Use) -> list[tuple[Entry, str]]:
    """The entries that a replay does without, each with the one reason that comes first."""
    stale = [entry for entry in entries if entry.is_stale]
    known = {entry.key for entry in stale} | use.unused
    return [
        *((entry, "cannot be found any more") for entry in stale),
        *((entry, "not asked for") for entry in entries if entry.key in use.unused and not entry.is_stale),
        *((entry, "answered twice") for entry in twice(entry for entry in entries if entry.key not in known)),
    ]


def _lines(useless: Sequence[tuple[Entry, str]]) -> Iterator[str]:
    return (f"{why}: {asked_for(entry.request)}" for entry, why in useless)


def _used(path: Path) -> tuple[Path, Use]:
    """A cassette, and what its notebook asks of it; nothing is known of that for a cassette alone."""
    if path.suffix != ".ipynb":
        return path, Use()
    book = headless.read(path)
    tape = tape_of(path)
    read(tape)  # a notebook without its cassette is told so before a kernel starts
    with _taped("replay", tape) as environment:
        report = Path(environment["NBDSPY_HOME"], REPORT)
        headless.run(book, folder=path.parent, environment=environment, past_errors=True,
                     last=_telling(report))  # fmt: skip
        use = _read_report(report)
    raised = [f"cell {number} raised {why}" for number, why in headless.raised(book)]
    use = _of(tape, use, path, name=tape.name, raised=raised)
    return tape, Use(missed=use["missed"], unused=frozenset(use["unused"]), raised=raised)


def _of(tape: Path, use: Any, notebook: Path, *, name: str, raised: Sequence[str] = ()) -> Any:
    """The report of a notebook's end, if it is about this cassette.

    Raises:
        UsageError: When it is about another one, or none.
    """
    if use is None or Path(use["cassette"]) != tape:
        raise UsageError(
            f"{notebook.name} did not use {name} at its end, so nobody knows what it asks for.",
            hint="It loads nbdspy with `%load_ext nbdspy`, and puts in no other cassette and no `use_cassette('off')`, "
            "unless in a `with`." + "".join(f"\n{line}" for line in raised),
        )
    return use


def _telling(report: Path) -> str:
    """What a kernel runs at its end to write down what its cassette was used for."""
    return f"from nbdspy.models.recording import tell_use\ntell_use({str(report)!r})"


def _read_report(report: Path) -> Any:
    return json.loads(report.read_text(encoding="utf-8")) if report.exists() else None


def _list(lines: Sequence[str]) -> None:
    """Print the first few lines."""
    for line in lines[:MOST_LISTED]:
        print(line)
    if len(lines) > MOST_LISTED:
        print(f"… and {len(lines) - MOST_LISTED:,} more")


def _raise(use: Use) -> str:
    return render.count(len(use.raised), "cell raises", "cells raise")


@contextmanager
def _taped(use: str, tape: Path, *, mode: str = "static") -> Iterator[dict[str, str]]:
    """Variables of a kernel that uses the cassette, and knows of no runs and programs but those of its notebook."""
    with tempfile.TemporaryDirectory(prefix="nbdspy-") as home:
        yield {"NBDSPY_CASSETTE": f"{use}:{tape}", "NBDSPY_MODE": mode, "NBDSPY_HOME": home}
