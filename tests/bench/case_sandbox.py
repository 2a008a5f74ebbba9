"""Running code in a sandbox, files cached: a first result, a second sandbox's, a run in a warm one, a tool's call."""

from __future__ import annotations

import sys
import time
from statistics import median
from typing import Any

from tests.bench.sides import library, say

RUNS = 50


def main(side: str) -> None:
    make = library(side).PythonInterpreter
    try:
        first = _seconds(lambda: _one_run(make))
    except Exception as error:  # of either side: no Deno, or its files cannot be fetched
        say(skipped=str(error))
        return
    warm = [_seconds(lambda: _one_run(make)) for _ in range(3)]
    say(first=first * 1e3, warm=median(warm) * 1e3)
    with make(tools={"double": _double}) as box:
        assert str(box("print(double(number=21))")).strip() == "42"
        run = [_seconds(lambda: box("x = 1 + 1")) for _ in range(RUNS)]
        call = [_seconds(lambda: box("x = double(number=21)")) for _ in range(RUNS)]
    say(run=median(run) * 1e3, call=(median(call) - median(run)) * 1e3)


def _double(number: int) -> int:
    return 2 * number


def _one_run(make: Any) -> None:
    with make() as box:
        assert str(box("print(6 * 7)")).strip() == "42"


def _seconds(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main(sys.argv[1])
