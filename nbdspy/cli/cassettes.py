"""`nbdspy cassette`: recording notebooks' replies, telling what no longer matches, leaving out what nobody asks for."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nbdspy import render
from nbdspy.cli import headless
from nbdspy.errors import NbdspyError, UsageError
from nbdspy.models.cassette import Cassette, Entry, read, stale, twice
from nbdspy.models.nearest import asked_for

MOST_LISTED = 20
REPORT = """
from nbdspy.models import gate as _gate
_report = _gate.cassette.report()
import json as _json
print(_json.dumps({"missed": list(_report.missed), "unused": [entry.key for entry in _report.unused]}))
"""
"""What `check` and `prune` have the notebook's kernel say at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a notebook asked of its cassette: what it did not find, the keys it did not ask for, cells that raised."""

    missed: Sequence[str] = ()
    unused: frozenset[str] = frozenset()
    failed: int = 0


def record(paths: Sequence[Path], *, fill: bool = False) -> int:
    """Run notebooks on their real models with every reply recorded beside each, then write their outputs from a replay.

    The outputs come from the replay, because they must be what the next replay shows.
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
    tape = tape_of(notebook)
    with _taped("fill" if fill else "record", tape, mode="lines") as environment:
        headless.run(headless.read(notebook), folder=notebook.parent, environment=environment, aloud=True)
    book = headless.read(notebook)
    with _taped("replay", tape) as environment:
        headless.run(book, folder=notebook.parent, environment=environment)
    import nbformat

    nbformat.write(book, notebook)  # type: ignore[no-untyped-call]
    size = render.size(tape.stat().st_size)
    print(f"{tape.name} holds {_replies(len(read(tape)))} ({size}); {notebook.name} shows what a replay shows.")
    return 0


def _checked(path: Path) -> int:
    tape, use = _used(path)
    entries = read(tape)
    again = twice(entries)
    wrong = [
        *(f"no reply to: {asked}" for asked in use.missed),
        *(f"cannot be found any more: {asked_for(entry.request)}" for entry in stale(tape)),
    ]
    unused = [f"not asked for: {asked_for(entry.request)}" for entry in entries if entry.key in use.unused]
    for line in [*wrong, *unused, *(f"answered twice: {asked_for(entry.request)}" for entry in again)]:
        print(line)
    print(f"{tape.name}: {_replies(len(entries))}, {f'{len(wrong):,} do not match' if wrong else 'all match'}.")
    return 1 if wrong else 0


def _pruned(path: Path, *, delete: bool) -> int:
    tape, use = _used(path)
    if use.missed or use.failed:
        told = f"{len(use.missed):,} requests have no reply" if use.missed else f"{use.failed:,} cells raise"
        raise UsageError(
            f"{told} when {path.name} is replayed, so nobody knows what it would ask for.",
            hint=f"Mend that first: nbdspy cassette record --fill {path}.",
        )
    entries = read(tape)
    lost = {entry.key for entry in stale(tape)} | use.unused
    going = [entry for entry in entries if entry.key in lost]
    going += twice(entry for entry in entries if entry.key not in lost)
    before = tape.stat().st_size
    _list(going)
    if going and delete:
        Cassette(tape).keep({entry.key for entry in entries} - lost)
        left = _replies(len(read(tape)))
        print(f"{tape.name}: {_replies(len(going))} deleted, {left} and {render.size(tape.stat().st_size)} are left.")
    elif going:
        size = render.size(sum(len(entry.line()) + 1 for entry in going))
        print(f"{tape.name}: {len(going):,} of {_replies(len(entries))} would go, {size} of {render.size(before)}; "
              "--delete does it.")  # fmt: skip
    else:
        print(f"{tape.name}: {_replies(len(entries))}, every one is asked for.")
    return 0


def _list(going: Sequence[Entry]) -> None:
    for entry in going[:MOST_LISTED]:
        print(f"not asked for: {asked_for(entry.request)}")
    if len(going) > MOST_LISTED:
        print(f"… and {len(going) - MOST_LISTED:,} more")


def _used(path: Path) -> tuple[Path, Use]:
    """A cassette, and what its notebook asks of it; nothing is known of that for a cassette alone."""
    if path.suffix != ".ipynb":
        return path, Use()
    tape = tape_of(path)
    read(tape)  # a notebook without its cassette is told so before a kernel starts
    book = headless.read(path)
    import nbformat

    book.cells.append(nbformat.v4.new_code_cell(REPORT))  # type: ignore[no-untyped-call]
    with _taped("replay", tape) as environment:
        headless.run(book, folder=path.parent, environment=environment, past_errors=True)
    report = json.loads(book.cells[-1].outputs[0].text)
    failed = sum(headless.has_failed(cell) for cell in book.cells)
    return tape, Use(missed=report["missed"], unused=frozenset(report["unused"]), failed=failed)


def _replies(count: int) -> str:
    return f"{count:,} {'reply' if count == 1 else 'replies'}"


@contextmanager
def _taped(use: str, tape: Path, *, mode: str = "static") -> Iterator[dict[str, str]]:
    """Variables of a kernel that uses the cassette, and knows of no runs and programs but those of its notebook."""
    with tempfile.TemporaryDirectory(prefix="nbdspy-") as home:
        yield {"NBDSPY_CASSETTE": f"{use}:{tape}", "NBDSPY_MODE": mode, "NBDSPY_HOME": home}
