"""The benchmarks' own workings; what they measure is asserted nowhere, as clocks of shared machines lie."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.cases import CASES, Case, Limit, Line
from tests.bench.report import all_hold, as_rows, as_table
from tests.bench.rounds import Measured, measure

LINE = Line("time", "one call", unit="µs", limit=Limit("ratio", "≤", 0.5))
QUICK = ("import", "first", "extension", "calls", "http")
CASE = Case(name="speed", script="none", lines=(LINE,))


def test_a_ratio_is_of_rounds_that_ran_next_to_each_other() -> None:
    drifting = Measured(CASE, ours=[{"time": 1}, {"time": 4}], peer=[{"time": 4}, {"time": 16}])

    (row,) = as_rows([drifting])

    assert row["ratio"]["rounds"] == [0.25, 0.25]
    assert row["ok"] is True


def test_what_passes_its_limit_is_not_ok() -> None:
    (row,) = as_rows([Measured(CASE, ours=[{"time": 3}], peer=[{"time": 4}])])

    assert row["ok"] is False
    assert not all_hold([row])
    assert as_table([row]).splitlines()[-1].split(" | ")[1:] == ["3 µs", "4 µs", "0.75 ", "ratio ≤ 0.5", "not ok |"]


def test_a_limit_that_holds_always_holds_in_every_round() -> None:
    limit = Limit("ours", ">", 0, always=True)

    assert limit.holds([0.1, 4])
    assert not limit.holds([-0.1, 4])


def test_a_peer_that_is_not_done_in_time_is_told_and_has_no_ratio() -> None:
    (row,) = as_rows([Measured(CASE, ours=[{"time": 3}], peer=[{}])])

    assert row["ratio"] is None
    assert as_table([row]).endswith("not ok, peer not done in 180 s |")


def test_a_skipped_case_says_why_and_is_not_judged() -> None:
    (row,) = as_rows([Measured(CASE, skipped="xllamacpp is not installed")])

    assert row["ok"] is None
    assert all_hold([row])
    assert "skipped: xllamacpp is not installed" in as_table([row])


def test_the_command_fails_when_something_does_not_hold(tmp_path: Path) -> None:
    peer = tmp_path / "python"
    peer.write_text('#!/bin/sh\ntest "$1" = -c && echo 3.11.0 3.4.1\n')
    peer.chmod(0o755)

    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench", "import", "--rounds", "1", "--peer", peer,
         "--results", tmp_path / "r.json"],
        cwd=Path(__file__).parents[2], capture_output=True, text=True,
    )  # fmt: skip

    assert "not ok" in ran.stdout, ran.stderr
    assert ran.returncode == 1


def test_a_case_that_fails_is_told_and_stops_no_other() -> None:
    broken = Case(name="broken", script="case_that_is_not_there", lines=(LINE,), alone=True)

    (row,) = as_rows([measure(broken, peer=Path("none"), rounds=1, tell=lambda what: None)])

    assert row["ok"] is False
    assert "case_that_is_not_there" in row["note"]


def test_a_case_that_is_not_done_in_time_keeps_what_it_told() -> None:
    slow = Case(name="slow", script="case_import", lines=(LINE,), alone=True, seconds=0.01)

    found = measure(slow, peer=Path("none"), rounds=1, tell=lambda what: None)

    assert found.ours == [{}]


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.name in ("import", "first", "extension", "calls", "http", "damaged", "to_95")],
)
def test_a_case_tells_the_figure_of_every_line(case: Case) -> None:
    alone = replace(case, alone=True, warmups=0)

    found = measure(alone, peer=Path("none"), rounds=1, tell=lambda what: None)

    assert {line.figure for line in case.lines} <= found.ours[0].keys()
