"""The score table: what rollouts came to, kept in the store, and found again by later runs that ask for it."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from nbdspy import __version__
from nbdspy.configuration import settings
from nbdspy.data import Example
from nbdspy.models.gate import gate
from nbdspy.modules import Module
from nbdspy.modules.identity import digest
from nbdspy.optimizers.journal import holds_key
from nbdspy.store import Store, fits_json

DEPENDED_ON: Final[Mapping[str, str]] = {
    "lm": "the model", "adapter": "the adapter", "rm": "what Retrieve searches with",
    "interpreter_factory": "what runs code",
}  # fmt: skip
"""The settings that a rollout depends on, by what each is called to people."""

RUNS: Final = "runs with scores"  # the collection of their numbers


class ScoreTable:
    """What each rollout, a run of a program on an example, came to.

    It is kept under all that it depends on: the program with its instructions, demonstrations, tools and model, the
    settings in force, the metric with its source, the example, the seed, and the versions of nbdspy, of Python and of
    the packages that are used. What cannot be told apart by these is neither kept nor found. A run finds what others
    kept before it began, so that it finds the same when it is resumed.

    Args:
        store: Where it is kept; None keeps and finds nothing.
        run: The number of the run that keeps.
        seed: Of its random choices.
        before: Find what was kept before this time, in seconds since 1970; None finds nothing.

    Raises:
        StoreError: By every method, when the store cannot be used.

    Example:
        >>> from nbdspy.modules import Predict
        >>> store = Store("sqlite://", redact=lambda value: value)
        >>> asked, example = Predict("question -> answer"), Example(question="6 * 7").with_inputs("question")
        >>> first, second = ScoreTable(store, run=1), ScoreTable(store, run=2, before=time.time() + 60)
        >>> first.keep(first.key(asked), example, {"score": 1.0})
        >>> second.find(second.key(asked), example), second.taken
        ({'score': 1.0}, 1)
        >>> store.close()
    """

    def __init__(
        self, store: Store | None = None, *, run: int = 0, seed: int = 0, before: float | None = None
    ) -> None:  # fmt: skip
        self._store = store
        self._run = run
        self._seed = seed
        self._before = before
        self._lock = threading.Lock()
        self._found: dict[str, Mapping[str, Any]] = {}
        self._places: dict[int, tuple[Example, str | None]] = {}
        self._listed: set[str] = set()
        self._taken = 0
        self._not_kept = 0

    @property
    def taken(self) -> int:
        """How many rollouts were found instead of being run."""
        return self._taken

    @property
    def doubts(self) -> tuple[str, ...]:
        """What the user of a run that reuses should know, once it has ended."""
        if self._before is None or not self._not_kept:
            return ()
        are = "1 rollout is" if self._not_kept == 1 else f"{self._not_kept:,} rollouts are"
        return (f"{are} not kept for later runs: JSON cannot say what went in or came out, or it holds a key.",)

    def key(self, program: Module, *measured: Any) -> str | None:
        """What rollouts of a program are kept under, by what they are measured with; None when it cannot be told."""
        if self._store is None:
            return None
        return digest((_surroundings(), self._seed, program, measured), lasting=True)

    def finds_some(self) -> bool:
        """Whether another run has kept any."""
        if self._store is None or self._before is None:
            return False
        return any(number != f"{self._run:08}" for number in self._store.keys(RUNS))

    def count(self, key: str | None, examples: Iterable[Example]) -> int:
        """How many of these examples would be found."""
        return sum(self._row(key, example) is not None for example in examples)

    def find(self, key: str | None, example: Example) -> Mapping[str, Any] | None:
        """What was kept, to be used instead of a rollout."""
        row = self._row(key, example)
        if row is None:
            return None
        with self._lock:
            self._taken += 1
        value: Mapping[str, Any] = row["value"]
        return value

    def keep(self, key: str | None, example: Example, value: Mapping[str, Any] | None) -> None:
        """Keep what a rollout came to, for good when this returns, unless there is something; None cannot be kept."""
        if self._store is None or key is None:
            return
        place = self._place(example)
        if value is None or place is None or not fits_json(value) or holds_key({"value": value}):
            with self._lock:
                self._not_kept += 1
            return
        if key not in self._listed:  # first, so that a run that is deleted leaves nothing behind
            self._store.put_new(RUNS, f"{self._run:08}", True)
            self._store.put_new(listed(self._run), key, True)
            self._listed.add(key)
        self._store.put_new(rows_of(key), place, {"run": self._run, "at": time.time(), "value": value})

    def _row(self, key: str | None, example: Example) -> Mapping[str, Any] | None:
        if self._store is None or key is None or self._before is None:
            return None
        with self._lock:
            if key not in self._found:
                self._found[key] = dict(self._store.items(rows_of(key)))
            rows = self._found[key]
        row: Mapping[str, Any] | None = rows.get(self._place(example) or "") if rows else None
        return None if row is None or row["run"] == self._run or row["at"] >= self._before else row

    def _place(self, example: Example) -> str | None:
        """What an example is told by, made once."""
        if id(example) not in self._places:
            inputs = Example.input_names(example)
            told = digest((dict(vars(example)), None if inputs is None else sorted(inputs)), lasting=True)
            self._places[id(example)] = (example, told)
        return self._places[id(example)][1]


def listed(run: int) -> str:
    """The collection of the keys that a run kept rollouts under."""
    return f"run {run} scores"


def rows_of(key: str) -> str:
    """The collection of the rollouts under a key."""
    return f"scores of {key}"


def forget(store: Store, run: int) -> None:
    """Forget the rollouts that a run kept."""
    for key in store.keys(listed(run)):
        own = [place for place, row in store.items(rows_of(key)) if row["run"] == run]
        store.remove_all(rows_of(key), own)
    store.forget(listed(run))
    store.remove(RUNS, f"{run:08}")


def untold(program: Module, metric: Any) -> list[str]:
    """Of what a rollout depends on, what cannot be told from another, by what it is called to people."""
    parts = {"the program": program, "the metric": metric}
    parts |= {called: settings[name] for name, called in DEPENDED_ON.items()}
    return [called for called, part in parts.items() if digest(part, lasting=True) is None]


def _surroundings() -> tuple[Any, ...]:
    """What a rollout depends on beside its program: versions, settings, and whether a cassette answers."""
    tape = gate.cassette and (str(gate.cassette.path), gate.cassette.records)
    return __version__, list(sys.version_info[:2]), {name: settings[name] for name in DEPENDED_ON}, tape
