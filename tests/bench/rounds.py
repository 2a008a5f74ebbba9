"""Running a case: every measurement in a fresh process, the sides in turns, several times."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.cases import Case

ROOT = Path(__file__).parents[2]
Figures = Mapping[str, float]


@dataclass(slots=True)
class Measured:
    """What the rounds of a case told, by side, and why there are none or no more."""

    case: Case
    ours: list[Figures] = field(default_factory=list)
    peer: list[Figures] = field(default_factory=list)
    skipped: str | None = None
    failed: str | None = None

    def pairs(self, figure: str) -> list[float]:
        """Ours divided by the peer's, of the rounds that have both."""
        return [
            ours[figure] / peer[figure]
            for ours, peer in zip(self.ours, self.peer, strict=False)  # rounds that told nothing are empty, not missing
            if figure in ours and peer.get(figure)
        ]


def measure(case: Case, *, peer: Path, rounds: int | None, tell: Callable[[str], None]) -> Measured:
    """Run the sides of a case in turns.

    Args:
        case: What to run.
        peer: The peer's interpreter.
        rounds: How often, instead of what the case says.
        tell: Is told what is being run.
    """
    found = Measured(case)
    count = case.rounds if rounds is None else min(rounds, case.rounds)
    with tempfile.TemporaryDirectory(prefix="nbdspy-bench-") as home:
        for number in range(-case.warmups, count):
            tell(f"{' '.join([case.name, *_arguments(case, number)])}: round {number + 1} of {count}")
            for side, interpreter in (("ours", Path(sys.executable)), ("peer", peer)):
                if side == "peer" and case.alone:
                    continue
                try:
                    told = _run(case, side, interpreter, number, home)
                except subprocess.CalledProcessError as error:  # of one case; the others still have something to tell
                    last = error.stderr.strip().splitlines()[-1:] or [f"it ended with {error.returncode}"]
                    found.failed = f"{side} failed: {last[0]}"
                    return found
                if "skipped" in told:
                    found.skipped = str(told["skipped"])
                    return found
                if number >= 0:
                    (found.ours if side == "ours" else found.peer).append(told)
    return found


def _run(case: Case, side: str, interpreter: Path, number: int, home: str) -> dict[str, float]:
    """What one process told before it ended, or before its time was over."""
    command = [str(interpreter), "-m", f"tests.bench.{case.script}", side, *_arguments(case, number)]
    try:
        said = subprocess.run(
            command, cwd=ROOT, env=_environment(home), capture_output=True, timeout=case.seconds, check=True, text=True
        ).stdout
    except subprocess.TimeoutExpired as error:  # slow is a finding, too: what it had told by then is kept
        said = (error.stdout or b"").decode()
    told: dict[str, float] = {}
    for line in said.splitlines():
        if line.startswith("{"):
            told |= json.loads(line)
    return told


def _arguments(case: Case, number: int) -> list[str]:
    return [each.format(round=number) for each in case.arguments]


def _environment(home: str) -> dict[str, str]:
    """No settings of the user's, and nothing left in the user's folders."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NBDSPY_CASSETTE", "NBDSPY_MODE")}
    return {**kept, "IPYTHONDIR": home, "DSPY_CACHEDIR": home, "NBDSPY_CACHE_DIR": home}
