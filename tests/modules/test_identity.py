"""Whether two values behave alike, also in another process, and of what nobody can say it."""

from __future__ import annotations

import dataclasses
import functools
import importlib.metadata
import re
import threading
import types
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pydantic
import pytest

from nbdspy.data import Example
from nbdspy.models import LM
from nbdspy.modules import Predict
from nbdspy.modules.identity import digest
from nbdspy.modules.pieces import digests_by_name

MAKERS: list[Callable[[Any], Any]] = [
    lambda n: re.compile(rf"\d{{{n}}}"),
    lambda n: re.compile(r"\d+", re.IGNORECASE if n == 1 else 0),
    lambda n: functools.partial(max, n),
    lambda n: deque([n]),
    lambda n: pd.Timestamp(2020, 1, n, tz="UTC"),
    lambda n: pd.Timedelta(n, "ns"),
    lambda n: pd.Period(f"2020-0{n}"),
    lambda n: pd.Interval(0, n),
    lambda n: np.float32(n),
    lambda n: np.datetime64(f"2020-01-0{n}"),
    lambda n: np.arange(5000) * n,
    lambda n: np.array([n, "a"], dtype=object),
    lambda n: functools.lru_cache(_times(n)),
    lambda n: _case(n),
    lambda n: _case(n)(),
    lambda n: _case(0, lambda: [n]),
    lambda n: _case(0, lambda: [n])(),
    lambda n: _model(n),
    lambda n: _model(n)(),
]


def _case(n: int, made: Callable[[], list[int]] = list) -> type:
    """A dataclass that a notebook might define."""

    @dataclasses.dataclass
    class Case:
        number: int = n
        parts: list[int] = dataclasses.field(default_factory=made)

    return Case


def _times(n: int) -> Callable[[str], str]:
    return lambda text: text * n


def _model(n: int) -> type[pydantic.BaseModel]:
    class Place(pydantic.BaseModel):
        name: str = "x" * n
        size: int = pydantic.Field(default_factory=lambda: n)

        def shout(self) -> str:
            return self.name * n

    return Place


@pytest.mark.parametrize("made", MAKERS)
def test_what_is_alike_is_told_from_what_is_not(made: Callable[[Any], Any]) -> None:
    one, again, other = (digest({"part": made(number)}) for number in (1, 1, 2))

    assert one is not None
    assert one == again
    assert other not in (None, one)


@pytest.mark.parametrize("value", [threading.Lock(), np.random.default_rng(0), pd.DataFrame({"a": [1]}).groupby("a")])
def test_what_only_its_place_in_memory_tells_cannot_be_told(value: Any) -> None:
    assert digest([value]) is None


def test_a_lasting_digest_tells_versions_of_packages_and_files_of_models_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tiny.gguf"
    file.write_bytes(b"one")
    lm = LM(str(file))
    before = digest((lm, pd.concat)), digest((lm, pd.concat), lasting=True)
    assert digest((lm, pd.concat), lasting=True) == before[1]

    file.write_bytes(b"another")
    other_file = digest((lm, pd.concat), lasting=True)
    monkeypatch.setattr(importlib.metadata, "version", lambda package: "99")
    other_version = digest((lm, pd.concat), lasting=True)

    assert len({before[1], other_file, other_version}) == 3
    assert digest((lm, pd.concat)) == before[0]


def test_what_a_name_holds_stands_by_itself() -> None:
    class Tally:
        total = 0

        def __init__(self) -> None:
            self.calls = 0
            self.told: list[str] = []

        def add(self) -> None:
            self.calls += 1
            Tally.total += 1

    tally, count, seen = Tally(), 0, dict[str, int]()

    def metric(example: str, prediction: str, kept: dict[str, int] = {}) -> bool:  # noqa: B006
        nonlocal count
        count += 1
        tally.add()
        kept[example] = seen[prediction] = count
        return True

    before = digests_by_name(metric)
    metric("a", "b")
    after = digests_by_name(metric)

    moved = {name.rpartition(">.")[2] for name in after if after[name] != before.get(name)}
    assert moved == {"count", "seen", "tally.calls", "Tally.total", "metric.defaults"}
    assert before[""] == after[""] is not None


def test_a_demonstration_is_told_by_what_reaches_the_prompt() -> None:
    def shown(**more: Any) -> str | None:
        program = Predict("question -> answer")
        program.demos = [Example(**more, question="6 * 7", answer="42")]
        return digest(program)

    assert shown() == shown(augmented=True) != shown(context="7 * 6")


def test_a_module_without_a_name_cannot_be_told() -> None:
    module = types.ModuleType("made_by_hand")
    del module.__name__

    assert digest([module]) is None
