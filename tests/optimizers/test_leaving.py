"""Python's end with runs in the background: they are told to end, and their store is closed after them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from nbdspy.models.redaction import redact
from nbdspy.optimizers.runs import Runs
from nbdspy.store import Store

SCRIPT = """
import sys, time
import nbdspy
from nbdspy.runtime import threads
from nbdspy.testing import FakeLM, Planted
threads.LEAVING = 30  # a busy machine takes its time
planted = Planted()
examples = planted.examples(0, 60)
nbdspy.configure(lm=FakeLM(planted.reply, model="planted"), num_threads=4)
for number in range(3):
    nbdspy.start(planted.program(), examples[:30], val=examples[30:], store=sys.argv[1], name=f"run {number}")
time.sleep(float(sys.argv[2]))
"""

HANGING = """
import sys, threading, time
import nbdspy
from nbdspy.runtime import threads
from nbdspy.testing import FakeLM
threads.LEAVING = 0.3
asked = threading.Event()
def hang(request):
    asked.set()
    time.sleep(600)
nbdspy.configure(lm=FakeLM(hang), num_threads=2)
rows = [{"question": str(number), "answer": "yes"} for number in range(8)]
nbdspy.start("question -> answer", rows, val=rows, store=sys.argv[1], name="hanging")
asked.wait(30)
"""


def ended(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-c", script, *arguments]
    return subprocess.run(command, text=True, capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize("seconds", [0, 0.01, 0.02, 0.05, 0.1, 0.2])
def test_runs_that_go_on_are_stopped_and_nothing_is_said(seconds: float, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"

    done = ended(SCRIPT, str(path), str(seconds))

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    store = Store(path, redact=redact)
    known = Runs(store).all()
    store.close()
    assert [(record.state, record.why) for record in known] == [("stopped", "Python ended.")] * 3


def test_a_call_that_hangs_is_not_waited_for_to_the_end(tmp_path: Path) -> None:
    began = time.monotonic()

    done = ended(HANGING, str(tmp_path / "store.sqlite"))

    assert (done.returncode, done.stdout) == (0, "")
    assert "Traceback" not in done.stderr
    assert time.monotonic() - began < 30
