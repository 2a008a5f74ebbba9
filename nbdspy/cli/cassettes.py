"""`nbdspy cassette`: recording a notebook's replies, and telling what no longer matches."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbdspy.cli import headless
from nbdspy.models.cassette import read, stale
from nbdspy.models.nearest import asked_for

REPORT = """
from nbdspy.models import gate as _gate
_report = _gate.cassette.report()
import json as _json
print(_json.dumps({
    "entries": _report.entries, "replayed": _report.replayed, "missed": list(_report.missed),
    "unused": [dict(entry.request) for entry in _report.unused],
}, default=str))
"""
"""What `check` has the notebook's kernel say at the end."""


def record(notebook: Path, *, fill: bool = False) -> int:
    """Run a notebook on its real model with every reply recorded beside it, then write its outputs from the replay.

    The outputs come from the replay, because they must be what the next replay shows.
    """
    tape = tape_of(notebook)
    with _taped("fill" if fill else "record", tape, mode="lines") as environment:
        headless.run(headless.read(notebook), folder=notebook.parent, environment=environment, aloud=True)
    book = headless.read(notebook)
    with _taped("replay", tape) as environment:
        headless.run(book, folder=notebook.parent, environment=environment)
    import nbformat

    nbformat.write(book, notebook)  # type: ignore[no-untyped-call]
    print(f"{tape.name} holds {len(read(tape)):,} replies; the outputs in {notebook.name} are those of its replay.")
    return 0


def check(path: Path) -> int:
    """Tell what of a cassette no longer matches: by itself, or with the notebook that replays it."""
    if path.suffix != ".ipynb":
        return _checked(path, missed=(), unused=())
    tape = tape_of(path)
    read(tape)  # a notebook without its cassette is told so before a kernel starts
    book = headless.read(path)
    import nbformat

    book.cells.append(nbformat.v4.new_code_cell(REPORT))  # type: ignore[no-untyped-call]
    with _taped("replay", tape) as environment:
        headless.run(book, folder=path.parent, environment=environment, past_errors=True)
    report: dict[str, Any] = json.loads(book.cells[-1].outputs[0].text)
    return _checked(tape, missed=report["missed"], unused=map(asked_for, report["unused"]))


def tape_of(notebook: Path) -> Path:
    """Where a notebook's replies are by habit: beside it, under its own name."""
    return notebook.with_suffix(".jsonl").absolute()


def _checked(tape: Path, *, missed: Iterable[str], unused: Iterable[str]) -> int:
    entries = read(tape)
    lost = stale(tape)
    wrong = [
        *(f"no reply to: {asked}" for asked in missed),
        *(f"cannot be found any more: {asked_for(entry.request)}" for entry in lost),
    ]
    for line in [*wrong, *(f"not asked for: {asked}" for asked in unused)]:
        print(line)
    print(f"{tape.name}: {len(entries):,} replies, {f'{len(wrong):,} do not match' if wrong else 'all match'}.")
    return 1 if wrong else 0


@contextmanager
def _taped(use: str, tape: Path, *, mode: str = "static") -> Iterator[dict[str, str]]:
    """Variables of a kernel that uses the cassette, and knows of no runs and programs but those of its notebook."""
    with tempfile.TemporaryDirectory(prefix="nbdspy-") as home:
        yield {"NBDSPY_CASSETTE": f"{use}:{tape}", "NBDSPY_MODE": mode, "NBDSPY_HOME": home}
