"""The command: measure, print the table, write `.bench/results.json`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.bench.cases import CASES
from tests.bench.facts import facts, in_words
from tests.bench.report import all_hold, as_rows, as_table
from tests.bench.rounds import ROOT, measure

PEER = ROOT / ".venv" / "peer" / "bin" / "python"
RESULTS = ROOT / ".bench" / "results.json"


def main() -> int:
    """The exit status: 1 when something that must hold does not."""
    names = list(dict.fromkeys(case.name for case in CASES))
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Speed against the peer, by ratio.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"some of: {', '.join(names)}; by default all")
    parser.add_argument("--rounds", type=int, help="at most so many rounds of each case, for a quick look")
    parser.add_argument("--peer", type=Path, default=PEER, help="the peer's interpreter")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the JSON goes")
    asked = parser.parse_args()
    if unknown := set(asked.cases) - set(names):
        parser.error(f"no case is called {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    if not asked.peer.is_file():
        parser.error("the peer is not installed; `make .venv/.peer` does it")

    machine = facts(asked.peer)
    chosen = [case for case in CASES if not asked.cases or case.name in asked.cases]
    asked.results.parent.mkdir(exist_ok=True)
    measured = []
    for case in chosen:
        measured.append(measure(case, peer=asked.peer, rounds=asked.rounds, tell=_tell))
        rows = as_rows(measured)
        text = json.dumps({"facts": machine, "rows": rows}, indent=1, ensure_ascii=False)
        asked.results.write_text(text, encoding="utf-8")  # after each case, as all together take long
    print(f"{as_table(rows)}\n\n{in_words(machine)}\nMedians of rounds in turns, with the least and the most of them.")
    return 0 if all_hold(rows) else 1


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


sys.exit(main())
