"""The magics in kernels of their own: interrupts, run all, a page that updates, a terminal."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.jupyter.page import Page, kinds

SETUP = """
%load_ext nbdspy
import time
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

def answer(request):
    time.sleep(0.02)
    messages = request.messages
    number = int(messages[-1]["content"].split("]]")[1].split()[0])
    return chat_text({"answer": "odd" if number % 2 and len(messages) > 2 else "even"})

def table(*numbers):
    return [{"number": str(n), "answer": "odd" if n % 2 else "even"} for n in numbers]

smollm2 = FakeLM(answer, model="smollm2")
train, val, test = table(*range(20)), table(*range(20, 60)), table(*range(60, 100))
"""
SIGNATURE = "%%signature Parity\nSay whether the number is even.\n\nnumber: str   # digits\n->\nanswer: str\n"
COMPILE = "%compile Parity --data train --val val --metric exact_match --with random_search --out helper"
SEARCH = COMPILE.replace("random_search", "optuna_search")  # whose library needs numpy
PRESSING = """
import os, signal, sys

class Pressing:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy._core.numeric":
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Pressing())
"""
"""Interrupts the kernel in the middle of the import of numpy."""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    page = Page()
    assert page.run(SETUP) == []
    page.run("%lm smollm2;")
    page.run(SIGNATURE)
    yield page
    page.close()


@pytest.mark.parametrize("seconds", [0.05, 0.5, 1.5])
def test_an_interrupt_keeps_the_best_and_the_kernel(page: Page, seconds: float) -> None:
    def press() -> None:
        time.sleep(seconds)
        page.manager.interrupt_kernel()

    page.run("helper = None")
    outputs = page.run(f"{COMPILE} --force", meanwhile=press)

    assert kinds(outputs) in (["display_data", "error"], ["error"])  # nothing to draw before it has begun
    error = outputs[-1]["content"]
    assert error["ename"] == "Stopped"
    assert len(error["traceback"]) <= 3
    (said,) = page.run("helper(number='4').answer")
    assert said["content"]["data"]["text/plain"] == "'even'"


def test_an_interrupt_binds_what_was_found_and_not_what_went_in(page: Page) -> None:
    page.run("calls = 0")
    page.run(
        "import os, signal\n"
        "def pressing(request):\n"
        "    global calls\n"
        "    calls += 1\n"
        "    if calls == 130:  # the teacher made 20, what went in 40, the first better one 40\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    return answer(request)\n"
        "nbdspy_lm = FakeLM(pressing)\n"
        "helper = None\n"
    )
    page.run("%lm nbdspy_lm;")

    outputs = page.run(COMPILE)
    page.run("%lm smollm2;")

    assert outputs[-1]["content"]["ename"] == "Stopped"
    (said,) = page.run("helper(number='5').answer")
    assert said["content"]["data"]["text/plain"] == "'odd'"


def test_an_interrupt_in_the_first_import_of_numpy_keeps_the_kernel() -> None:
    page = Page()
    try:
        page.run(SETUP)
        page.run("%lm smollm2;")
        page.run(SIGNATURE)
        page.run(PRESSING)

        outputs = page.run(SEARCH)
        *_, said = page.run("helper(number='4').answer")  # after what the stopped run may still say
        again = page.run(f"{SEARCH} --force")
    finally:
        page.close()

    assert kinds(outputs) == ["display_data", "error"]
    assert outputs[-1]["content"]["ename"] == "Stopped"
    assert said["content"]["data"]["text/plain"] == "'even'"
    assert kinds(again) == ["display_data"]
    assert "points" in again[0]["content"]["data"]["text/plain"]


def test_a_page_has_one_output_that_changes_in_place(page: Page) -> None:
    outputs = page.run(f"{COMPILE} --force", metadata={"cellId": "a"})

    first, *updates = outputs
    assert first["msg_type"] == "display_data"
    assert set(kinds(updates)) == {"update_display_data"}
    assert len({output["content"]["transient"]["display_id"] for output in outputs}) == 1
    assert "points" in updates[-1]["content"]["data"]["text/plain"]
    assert "<script" not in updates[-1]["content"]["data"]["text/html"]


def test_a_compile_in_the_background_goes_on_in_the_card_of_its_cell(page: Page) -> None:
    page.run("helper = None")
    first, *_ = page.run(f"{COMPILE} --force --bg", metadata={"cellId": "a"})
    place = first["content"]["transient"]["display_id"]
    (bound,) = page.run("type(helper).__name__", metadata={"cellId": "b"})
    assert bound["content"]["data"]["text/plain"] == "'Predict'"

    heard: list[dict[str, Any]] = []
    page.run("%runs wait", metadata={"cellId": "c"}, other=heard.append)

    updates = [said for said in heard if said["msg_type"] == "update_display_data"]
    assert updates
    assert {said["content"]["transient"]["display_id"] for said in updates} == {place}
    assert re.search(r"Run \d+ is done; helper holds the best\.$", updates[-1]["content"]["data"]["text/plain"])
    (said,) = page.run("helper(number='5').answer")
    assert said["content"]["data"]["text/plain"] == "'odd'"


def test_an_interrupt_does_not_reach_the_background(page: Page) -> None:
    page.run(f"{COMPILE} --force --bg;")

    def press() -> None:
        time.sleep(0.2)
        page.manager.interrupt_kernel()

    outputs = page.run("%runs wait", meanwhile=press)
    (error,) = outputs
    assert "only the wait has ended" in error["content"]["evalue"]
    (result,) = page.run("%runs wait")

    assert "points" in result["content"]["data"]["text/plain"]


@pytest.mark.parametrize(("metadata", "shown"), [({}, "static"), ({"cellId": "a"}, "live")])
def test_a_page_is_told_from_a_runner_without_one(page: Page, metadata: dict[str, Any], shown: str) -> None:
    look = "from nbdspy.jupyter.frontend import frontend\nfrontend(get_ipython(), None)"

    (output,) = page.run(look, metadata=metadata)

    assert output["content"]["data"]["text/plain"] == repr(shown)


def test_a_page_is_not_flooded(page: Page) -> None:
    started = time.monotonic()
    outputs = page.run(f"{COMPILE} --force", metadata={"cellId": "a"})

    assert len(outputs) <= 10 * (time.monotonic() - started) + 3


def test_without_a_page_there_is_one_output(page: Page) -> None:
    assert kinds(page.run(f"{COMPILE} --force")) == ["display_data"]


def test_a_mistake_is_a_short_error_on_the_page(page: Page) -> None:
    (output,) = page.run("%compile Parity --data trian")

    assert output["msg_type"] == "error"
    said = "There is no variable 'trian'. Did you mean train? Run the cell that defines it first."
    assert output["content"]["traceback"][-1].endswith(said)
    assert len(output["content"]["traceback"]) == 3


def notebook(*cells: str) -> Any:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in (SETUP, *cells)])


TEN_MINUTES = (
    "%lm smollm2                                   # a real model on this machine: no key, no server",
    SIGNATURE,
    "%%predict Parity\n4\n",
    "%evaluate Parity --data test --metric exact_match",
    COMPILE,
    "%evaluate helper --data test --metric exact_match",
    'helper(number="5")      # an ordinary Python object',
    '%prompt helper number="5"   # what it will send, before it sends it',
)


def test_the_first_ten_minutes_leave_one_output_a_cell() -> None:
    ran = NotebookClient(notebook(*TEN_MINUTES), timeout=120).execute()

    outputs = [cell.outputs for cell in ran.cells]
    assert [len(output) for output in outputs] == [0, *[1] * len(TEN_MINUTES)]
    assert all("text/html" in output[0].data for output in outputs[1:])
    assert "Prediction(answer='odd')" in outputs[-2][0].data["text/plain"]


@pytest.mark.slow
def test_a_run_that_takes_long_leaves_one_output_without_a_page() -> None:
    waiting = "def answer(request):\n    time.sleep(0.3)\n    return chat_text({'answer': 'even'})\n"
    book = notebook("%lm {FakeLM(answer)};", SIGNATURE, "%evaluate Parity --data test --metric exact_match --threads 1")
    book.cells[0].source += waiting

    ran = NotebookClient(book, timeout=60).execute()

    (output,) = ran.cells[-1].outputs
    assert output.output_type == "display_data"
    assert "n = 40" in output.data["text/plain"]


def test_run_all_stops_at_a_mistake() -> None:
    book = notebook("%lm smollm2", "%signature Broken a ->", "reached = True")

    with pytest.raises(CellExecutionError, match="SignatureError"):
        NotebookClient(book, timeout=60).execute()

    assert book.cells[-1].execution_count is None


def test_equal_runs_leave_equal_notebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBDSPY_HOME", str(tmp_path))  # without the programs that other tests left behind
    more = ("%compile Parity --data train --val val --out other --bg", "%runs wait", "%runs", "%programs",
            "%programs diff other", "%programs restore helper 1")  # fmt: skip

    def outputs() -> list[Any]:
        ran = NotebookClient(notebook(*TEN_MINUTES, *more), timeout=120).execute()
        return [output.data for cell in ran.cells for output in cell.outputs]

    assert outputs() == outputs()


TERMINAL = """
import sys, json
from IPython.terminal.interactiveshell import TerminalInteractiveShell
shell = TerminalInteractiveShell.instance(simple_prompt=True, colors="nocolor")
for cell in json.load(sys.stdin):
    shell.run_cell(cell, store_history=True)
"""


def test_a_terminal_shows_the_same_as_text_once(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", TERMINAL], capture_output=True, text=True, check=True, timeout=120,
        input=json.dumps([SETUP, *TEN_MINUTES]), env={**os.environ, "IPYTHONDIR": str(tmp_path)},
    )  # fmt: skip

    assert "<div" not in ran.stdout
    assert ran.stdout.count("50 % exact_match") == 1
    assert "95 % interval" in ran.stdout
    assert not re.search(r"Out\[\d+\]:\s*($|Out\[)", ran.stdout)
    assert len(re.findall(r"Out\[\d+\]:", ran.stdout)) == 3  # of what no magic has shown: see the next test
    assert "Traceback" not in ran.stdout + ran.stderr
