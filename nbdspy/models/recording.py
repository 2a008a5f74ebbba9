"""Which cassette the process records to, or replays from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, Literal, get_args

from nbdspy.errors import UsageError, did_you_mean
from nbdspy.models.cassette import Cassette
from nbdspy.models.gate import gate

Mode = Literal["record", "replay", "off"]

REMEDY: Final = "NBDSPY_CASSETTE_REMEDY"
"""The variable by which a command that runs a notebook says what a miss is to say there: no cell of it can mend it."""


class CassetteInUse:
    """What `use_cassette` put in; as a context manager it gives the cassette and puts back what was there before.

    What such a block records is answered by the cassette around it, where that one replays, and recorded by it, too,
    where it records.
    """

    def __init__(self, cassette: Cassette | None, before: Cassette | None) -> None:
        self.cassette = cassette
        self._before = before

    def __enter__(self) -> Cassette | None:
        if self.cassette is not None:
            self.cassette.around = self._before
        return self.cassette

    def __exit__(self, *_: object) -> None:
        if self.cassette is not None:
            self.cassette.close()
        gate.cassette = self._before

    def __repr__(self) -> str:
        return "no cassette" if self.cassette is None else repr(self.cassette)


def use_cassette(mode: Mode, path: str | Path | None = None, *, fill: bool = False) -> CassetteInUse:
    """Record every reply of this process, or replay what was recorded, from now on or for a `with` block.

    A request that the model declines, such as a prompt that is too long for it, is recorded with its error, which a
    replay raises again. Failures that the request is not to blame for, such as an outage, are not recorded.

    Args:
        mode: `"record"` begins a new file; `"replay"` answers from the file and needs no model; `"off"` asks the model.
        path: The file, by habit `<notebook>.jsonl`.
        fill: Answer from the file and record only what it does not hold.

    Raises:
        UsageError: When the file is missing, damaged or no cassette.

    Example:
        >>> from nbdspy.testing import FakeLM
        >>> with use_cassette("off"):
        ...     FakeLM(lambda request: "42")("What is six times seven?")
        ['42']
    """
    check_use(mode, path)
    before = gate.cassette
    if before is not None:
        before.close()  # it opens itself again when it is put back
    cassette = None
    if mode != "off" and path is not None:
        cassette = Cassette(path, replays=fill or mode == "replay", records=fill or mode == "record")
    gate.cassette = cassette
    return CassetteInUse(cassette, before)


def check_use(mode: str, path: str | Path | None) -> None:
    """Whether a cassette can be used so at all, wherever its file is.

    Raises:
        UsageError: When not.
    """
    if mode not in get_args(Mode):
        raise UsageError(
            f"A cassette cannot {mode!r}.", hint=did_you_mean(mode, get_args(Mode)) or "Say record, replay or off."
        )
    if mode != "off" and path is None:
        raise UsageError(f"Which file to {mode}?", hint=f"Write `%cassette {mode} FILE`.")


def tell_use(path: str | Path) -> None:
    """Write what the cassette that is in was asked for into a file, for a process that runs this one's notebook.

    The file is JSON: the cassette's own path, as text the requests that it had no reply to and those that failed while
    they were to be recorded, and the keys of the entries that nobody asked for; null when no cassette is in.
    """
    told = None
    if gate.cassette is not None:
        report = gate.cassette.report()
        told = {"cassette": str(gate.cassette.path.absolute()), "missed": report.missed, "failed": report.failed}
        told["unused"] = [entry.key for entry in report.unused]
    Path(path).write_text(json.dumps(told), encoding="utf-8")
