"""Running code in a sandbox, files cached: a first result, a second sandbox's, a run in a warm one, a tool's call."""

from __future__ import annotations

import json
import re
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.sides import library, say

RUNS = 50  # of which the quickest counts: a machine with other work to do is no slower sandbox
CALLS = 20


LINES = """
export async function* readLines(reader) {
  let rest = "";
  for await (const chunk of reader.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\\n");
    rest = lines.pop();
    yield* lines;
  }
}
"""


def main(side: str) -> None:
    make = library(side).PythonInterpreter if side == "ours" else _peers()
    try:
        first = _seconds(lambda: _one_run(make))
    except Exception as error:  # of either side: no Deno, or its files cannot be fetched
        say(skipped=str(error))
        return
    say(first=first * 1e3, warm=_seconds(lambda: _one_run(make)) * 1e3)
    with make(tools={"double": _double}) as box:
        assert str(box("print(double(number=21))")).strip() == "42"
        run = min(_seconds(lambda: box("x = 1 + 1")) for _ in range(RUNS))
        calls = min(_seconds(lambda: box(f"for _ in range({CALLS}): x = double(number=21)")) for _ in range(RUNS))
    say(run=run * 1e3, call=(calls - run) / CALLS * 1e3)


def _peers() -> Any:
    """The peer's, started as it starts itself, but for its reader of lines.

    That comes from a place that is not reached from everywhere; one that does the same stands for it.
    """
    from urllib.parse import quote

    from deno import find_deno_bin
    from dspy import PythonInterpreter  # type: ignore[import-not-found]

    own = PythonInterpreter().deno_command
    runner = next(place for place, part in enumerate(own) if part.endswith("runner.js"))
    source = Path(own[runner]).read_text(encoding="utf-8")
    (address,) = re.findall(r'import { readLines } from "(.*?)"', source)
    text = json.dumps({"imports": {address: f"data:text/javascript,{quote(LINES)}"}})
    command = [find_deno_bin(), *own[1:runner], f"--import-map=data:application/json,{quote(text)}", *own[runner:]]
    return partial(PythonInterpreter, deno_command=command)


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
