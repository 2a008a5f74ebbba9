"""The first ten minutes, as they are written, pasted into IPython in a terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.browser.ten_minutes import BLOCKS, CANNED, CELLS, FIRST_CELLS, SIGNATURE, START

pexpect = pytest.importorskip("pexpect")

PASTED, PASTED_END = "\x1b[200~", "\x1b[201~"
READY, TAKEN = "\x1b[?2004h", "\x1b[?2004l"  # a terminal is told that it may paste, or may not while a cell runs
OUT = re.compile(r"(\x1b\[\??\d+[hm])*Out\[\d+\]: \x1b\[0m")
IPYTHON = (sys.executable, "-m", "IPython", "--no-banner", "--no-confirm-exit", "--colors=nocolor")


def environment(folder: Path) -> Mapping[str, str]:
    """A terminal in which nothing was chosen."""
    chosen = {"IPYTHONDIR": str(folder), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "NO_COLOR": "1"}
    return {**os.environ, **chosen, "NBDSPY_MODE": "", "NBDSPY_CASSETTE": ""}


def paste(folder: Path, *cells: str) -> list[str]:
    """What each cell wrote into the terminal, without what IPython writes around it."""
    terminal = pexpect.spawn(
        IPYTHON[0], list(IPYTHON[1:]), env=environment(folder), encoding="utf-8", timeout=1200, dimensions=(50, 160)
    )
    try:
        terminal.expect_exact(READY)
        written = []
        for cell in cells:
            terminal.send(f"{PASTED}{cell.rstrip()}\n\n{PASTED_END}")  # a blank line ends a cell magic
            terminal.send("\r")
            terminal.expect_exact(TAKEN)
            terminal.expect_exact(READY)
            written.append(without_prompt(terminal.before))
    finally:
        terminal.close(force=True)
    return written


def without_prompt(written: str) -> str:
    """Without `Out[n]:`, which IPython wraps in a terminal's codes."""
    return OUT.sub("", written).replace("\r\n", "\n").strip("\n")


@pytest.mark.parametrize("first", FIRST_CELLS)
def test_every_cell_says_its_result_in_a_few_plain_lines(first: tuple[str, ...], tmp_path: Path) -> None:
    written = paste(tmp_path, *first, *CELLS)[len(first) :]

    assert not any("\x1b" in text or "<" in text or "Traceback" in text for text in written)
    chosen, signature, predicted, before, compiled, after, called, sent = written
    assert "smollm2" in chosen
    assert signature.startswith("Signature(Intent: request -> intent\n")
    assert predicted.startswith("Prediction(intent=")
    assert "exact_match" in before
    assert "n = 350" in before
    assert "95 % interval" in compiled
    assert "n = 350" in after
    assert called.startswith("Prediction(intent=")
    assert "it is freezing in here" in sent
    assert all(len(text.splitlines()) <= 6 for text in written[:-1])


def test_a_block_pasted_as_one_cell_says_every_result(tmp_path: Path) -> None:
    *_, written = paste(tmp_path, CANNED, *BLOCKS)

    assert written.count("95 % interval, n = 350") == 2
    assert "points" in written
    assert "it is freezing in here" in written


def test_lines_from_a_pipe_leave_plain_text(tmp_path: Path) -> None:
    intent = SIGNATURE.splitlines()[-1]  # a blank line would end the cell before its fields: so on one line here
    cells = [*CANNED.split("\n\n"), *START.splitlines(), f"%signature Intent request -> {intent}", *CELLS[2:]]

    ran = subprocess.run(
        [*IPYTHON, "--simple-prompt"], input="\n\n".join([*cells, "", "exit", ""]), capture_output=True, text=True,
        check=True, timeout=120, env=environment(tmp_path),
    )  # fmt: skip

    assert "\x1b" not in ran.stdout
    assert "<" not in ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr
    assert ran.stdout.count("95 % interval, n = 350") == 2
