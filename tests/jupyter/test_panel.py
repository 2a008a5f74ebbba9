"""What the side panel is told of a kernel, and what it may ask."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nbdspy import configuration
from nbdspy.jupyter import load, unload
from nbdspy.jupyter.panel import Panel
from nbdspy.models import Request
from nbdspy.optimizers import begun_runs
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text
from tests.jupyter.listening import Channel, told, watch

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell

COMPILE = "%compile Parity --data train --val val --metric exact_match --with random_search --out helper;"
KEY = "sk-0123456789abcdef0123456789abcdef"


def answer(request: Request) -> str:
    messages = list(request.messages or ())
    number = int(str(messages[-1]["content"]).split("]]")[1].split()[0])
    return chat_text({"answer": ("odd" if number % 2 else "even") if len(messages) > 2 else "even"})


@pytest.fixture
def ready(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    begun_runs._runs.clear()
    configuration.configure(lm=FakeLM(answer, model="smollm2"), num_threads=1)
    shell.run("%signature Parity number -> answer;")
    shell.run(
        "def table(*numbers):\n"
        "    return [{'number': str(n), 'answer': 'odd' if n % 2 else 'even'} for n in numbers]\n"
        "train, val = table(*range(10)), table(*range(20, 30))\n"
    )
    return shell


def test_a_page_is_told_of_model_signatures_programs_and_runs(ready: Shell) -> None:
    ready.run(COMPILE)

    channel = watch()

    assert channel.heard[0]["answer"] == 0
    sections = told(channel)
    assert list(sections) == ["model", "signatures", "programs", "runs", "cassettes"]
    assert sections["model"]["name"] == "smollm2"
    assert sections["signatures"]["entries"][0] == {
        "name": "Parity",
        "text": "number -> answer",
        "inputs": ["number"],
        "instructions": "Given the fields `number`, produce the fields `answer`.",
    }
    names = {entry["name"]: entry["versions"] for entry in sections["programs"]["entries"]}
    (helper,) = names["helper"]
    assert helper["called"] == "helper@1"
    assert helper["parent"] == "Parity@1"
    assert (helper["score"], helper["scored"], helper["interval"]) == ("100 %", "exact_match, n = 10", "72 to 100")
    assert helper["is_bound"]
    run = sections["runs"]["entries"][0]
    assert (run["name"], run["program"], run["state"], run["best"]) == ("helper", "Parity", "done", "100 %")
    assert run["actions"] == []


def test_a_page_is_told_every_input_of_a_signature_too_long_to_be_shown_whole(ready: Shell) -> None:
    names = [f"a_rather_long_name_of_a_field_{number}" for number in range(7)]
    ready.run(f"%signature Long {', '.join(names)} -> answer;")

    long = next(entry for entry in told(watch("signatures"))["signatures"]["entries"] if entry["name"] == "Long")

    assert names[-1] not in long["text"]
    assert long["inputs"] == names


def test_a_page_is_told_only_what_it_watches_and_what_changed(ready: Shell) -> None:
    channel = watch("signatures")
    assert list(told(channel)) == ["signatures"]

    ready.run("%signature QA question -> answer;")
    ready.run("x = 1")
    wait(lambda: channel.changes("signatures"))

    (change,) = channel.changes("signatures")
    assert [entry["name"] for entry in change["entries"]] == ["Parity", "QA"]
    assert {name for said in channel.heard[1:] for name in said["changed"]} == {"signatures"}


def test_a_page_that_comes_while_a_cell_runs_is_told_so_before_it_hears_that_the_cell_has_ended(ready: Shell) -> None:
    began, asked = threading.Event(), threading.Event()
    ready.user_ns.update(began=began, asked=asked)
    order: list[str] = []

    class Slow(Channel):
        def send(self, said: Any) -> None:
            asked.set()
            time.sleep(0.3)  # the cell ends now
            super().send(said)
            order.append("told")

    def look() -> Channel:
        began.wait(10)
        return Slow({"to": "panel", "id": 0, "do": "watch"})

    with ThreadPoolExecutor() as beside:
        page = beside.submit(look)
        ready.run("began.set(); asked.wait(10)")
        order.append("ended")

    assert order == ["told", "ended"]
    assert page.result().heard[0]["said"]["is_busy"]
    assert not watch().heard[0]["said"]["is_busy"]


def test_a_page_that_goes_while_others_are_told_hinders_nobody(ready: Shell) -> None:
    leaving, gone = threading.Event(), threading.Event()

    class Last(Channel):
        def send(self, said: Any) -> None:
            super().send(said)
            if "changed" in said:
                leaving.set()
                gone.wait(0.3)

    Last({"to": "panel", "id": 0, "do": "watch", "sections": ["signatures"]})
    first, other = watch("signatures"), watch("signatures")

    def leave() -> None:
        leaving.wait(10)
        first.close()
        gone.set()

    beside = threading.Thread(target=leave)
    beside.start()
    ready.run("%signature QA question -> answer;")
    beside.join()
    wait(lambda: other.changes("signatures"))


def test_a_page_that_has_gone_is_told_nothing_more(ready: Shell) -> None:
    channel, other = watch("signatures"), watch("signatures")

    channel.close()
    ready.run("%signature QA question -> answer;")
    wait(lambda: other.changes("signatures"))

    assert len(channel.heard) == 1


def test_a_run_is_paused_resumed_and_stopped_while_its_cell_is_busy(ready: Shell) -> None:
    go_on = threading.Event()

    def slowly(request: Request) -> str:
        go_on.wait(10)
        return answer(request)

    configuration.configure(lm=FakeLM(slowly, model="smollm2"))
    channel = watch()
    states: list[str] = []

    def steer() -> None:
        try:
            wait(lambda: any(change["entries"] for change in channel.changes("runs")))
            run = channel.changes("runs")[-1]["entries"][0]["number"]
            states.extend(channel.ask(do=what, run=run)["said"]["said"] for what in ("pause", "resume", "stop"))
        finally:
            go_on.set()

    beside = threading.Thread(target=steer)
    beside.start()
    ready.run(COMPILE)
    beside.join()
    ((number, run),) = begun_runs

    assert states == [f"Run {number} is {state}." for state in ("paused", "running", "stopping")]
    assert ready.user_ns["helper"] is run.best
    wait(lambda: channel.changes("runs")[-1]["entries"][0]["state"] == "stopped")
    last = channel.changes("runs")[-1]["entries"][0]
    assert last["why"] == "You stopped it."
    shown = [change["entries"][0] for change in channel.changes("runs") if change["entries"]]
    assert ["resume", "stop"] in [each["actions"] for each in shown]
    assert channel.ask(do="stop", run=number)["error"] == f"Run {number} has ended already: it is stopped."


def test_a_page_is_told_how_far_a_run_is_as_its_card_tells_it(ready: Shell) -> None:
    go_on, is_held = threading.Event(), threading.Event()
    calls = 0

    def held(request: Request) -> str:
        nonlocal calls
        calls += 1
        if calls > 24:  # two programs are scored on 10 examples each, and the teacher is at its fifth
            is_held.set()
            go_on.wait(10)
        return answer(request)

    configuration.configure(lm=FakeLM(held, model="smollm2"), num_threads=1)
    ready.run(COMPILE.replace(";", " --bg;"))
    ((_, run),) = begun_runs
    try:
        assert is_held.wait(10)
        entry = told(watch("runs"))["runs"]["entries"][0]
    finally:
        run.stop()
        go_on.set()
        run.wait()

    assert entry["counted"] == "4 of 10 examples · 4 of 64 traces kept · 2 of 2 programs · 10 of 10 examples"
    assert (entry["done"], entry["total"]) == (24, 30)
    ended = told(watch("runs"))["runs"]["entries"][0]
    assert (ended["done"], ended["total"], ended["counted"]) == (0, 0, "")


def test_a_run_without_a_card_is_told_by_its_programs(ready: Shell) -> None:
    go_on = threading.Event()

    def slowly(request: Request) -> str:
        go_on.wait(10)
        return answer(request)

    configuration.configure(lm=FakeLM(slowly, model="smollm2"))
    ready.run("import nbdspy\nrun = nbdspy.start(Parity, train, val=val, metric='exact_match', store=False)")
    run = ready.user_ns["run"]
    try:
        wait(lambda: run.programs)
        entry = told(watch("runs"))["runs"]["entries"][0]
    finally:
        run.stop()
        go_on.set()
        run.wait()

    assert (entry["done"], entry["total"], entry["counted"]) == (0, 2, "")


def test_a_page_is_told_of_which_run_a_variable_holds_the_best_so_far(ready: Shell) -> None:
    go_on = threading.Event()

    def slowly(request: Request) -> str:
        go_on.wait(10)
        return answer(request)

    configuration.configure(lm=FakeLM(slowly, model="smollm2"))
    ready.run(COMPILE.replace(";", " --bg;"))
    ((number, run),) = begun_runs
    try:
        ready.run("import nbdspy\nother = nbdspy.Predict(Parity)")
        notes = {each["name"]: (each["note"], each["run"]) for each in told(watch("programs"))["programs"]["entries"]}
    finally:
        run.stop()
        go_on.set()
        run.wait()

    assert (notes["helper"], notes["other"]) == (("going", number), ("unkept", 0))


def test_a_page_is_told_of_programs_that_no_variable_of_this_kernel_holds(ready: Shell) -> None:
    ready.run(COMPILE)
    ready.run("del helper")

    notes = {each["name"]: each["note"] for each in told(watch("programs"))["programs"]["entries"]}
    assert notes == {"helper": "kept", "Parity": ""}

    watch().ask(do="restore", program="helper@1")
    assert {each["note"] for each in told(watch("programs"))["programs"]["entries"]} == {""}


def test_a_program_is_shown_compared_exported_and_brought_back(ready: Shell) -> None:
    ready.run(COMPILE)
    demos = ready.user_ns["helper"].demos
    ready.run("helper.demos = []")
    channel = watch()
    (helper,) = [entry for entry in told(channel)["programs"]["entries"] if entry["name"] == "helper"]
    assert (helper["note"], helper["run"]) == ("changed", 0)

    shown = channel.ask(do="show", program="helper@1")["said"]["html"]
    signature = channel.ask(do="show", program="Parity")["said"]["html"]
    run = channel.ask(do="show", run=told(channel)["runs"]["entries"][0]["number"])["said"]["html"]
    compared = channel.ask(do="compare", program="helper@1", **{"with": "helper"})["said"]["html"]
    made_of = channel.ask(do="compare", program="helper@1")["said"]["html"]
    exported = channel.ask(do="export", program="helper@1")["said"]
    restored = channel.ask(do="restore", program="helper@1")["said"]["said"]

    assert "odd" in shown
    assert "number -&gt; answer" in signature
    assert "Trials" in run
    assert "<ins" in compared
    assert "Parity@1" in made_of
    assert exported["name"] == "helper-1.json"
    assert json.loads(exported["content"])["demos"]
    assert restored == "helper@1 -> helper"
    assert ready.user_ns["helper"].demos == demos
    assert channel.changes("programs")[-1]["entries"][0]["versions"][0]["is_bound"]


@pytest.mark.parametrize("name", ["Größe", "the_" + 30 * "long_" + "name"])
def test_a_program_goes_by_whatever_name_python_takes(name: str, ready: Shell) -> None:
    ready.run(f"%signature {name} number -> answer;")
    channel = watch()
    entry = told(channel)["signatures"]["entries"][-1]

    assert entry["name"] == name
    assert "number -&gt; answer" in channel.ask(do="show", program=name)["said"]["html"]
    assert json.loads(channel.ask(do="export", program=name)["said"]["content"])["signature"]
    assert "Parity" in channel.ask(do="compare", program=name, **{"with": "Parity"})["said"]["html"]


DATA = """
import pandas
frame = pandas.DataFrame({"number": [1, 2], "text": ["a", None], "mixed": ["a", 3], 7: [0.5, 1.5]})
from nbdspy.datasets import Dataset
class Sums(Dataset): _train, _test = [{"request": "1"}] * 3, [{"request": "2"}]
sums = Sums()
"""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("frame", ["frame", "2 rows", "number", "int64", "text", "str", "mixed", "str or int", "7", "float64"]),
        ("train", ["train", "10 rows", "number", "str", "answer", "str"]),
        ("sums", ["sums", "train 3 rows, test 1 row", "request", "str"]),
        ("sums.test", ["sums.test", "1 row", "request", "str"]),
        ("Parity", ["Parity", "number -&gt; answer"]),
    ],
)
def test_a_page_is_told_what_a_name_in_a_line_stands_for(ready: Shell, name: str, words: list[str]) -> None:
    ready.run(DATA)

    told = watch("model").ask(do="tell", name=name)["said"]["html"]

    places = [told.find(word) for word in words]
    assert -1 not in places, (words, told)


@pytest.mark.parametrize("name", ["nobody", "x", "sums.dev", "sums.size", "pandas", "frame.columns", "{frame}"])
def test_of_other_names_there_is_nothing_to_tell(ready: Shell, name: str) -> None:
    ready.run(DATA + "x = 1")

    assert "error" in watch("model").ask(do="tell", name=name)


@pytest.mark.parametrize(
    ("asked", "error", "hint"),
    [
        ({"do": "show", "program": "nothing"}, "No program called 'nothing' has a version.", "%programs lists them."),
        ({"do": "show", "program": "x"}, "x is an int, not a program.", "Give a program or a signature."),
        ({"do": "show", "program": "__import__('os')"}, "\"__import__('os')\" is no name of a program.", "helper@2"),
        ({"do": "restore", "program": "Parity"}, "Parity names no version.", "helper@2"),
        ({"do": "restore", "program": "Parity@7"}, "No program called 'Parity' has a version.", ""),
        ({"do": "stop", "run": 10_000}, "There is no run 10000.", "Known are:"),
        ({"do": "stop", "run": True}, "This kernel cannot answer", "Reload the page"),
        ({"do": "stop", "run": "1"}, "This kernel cannot answer", "Reload the page"),
        ({"do": "compare", "program": "Parity", "with": 3}, "3 is no program.", "Compare with one by its name"),
        ({"do": KEY}, "This kernel cannot answer {'do': '[redacted]'}.", "Reload the page"),
        ({}, "This kernel cannot answer {}.", "Reload the page"),
    ],
)
def test_what_cannot_be_done_is_said(ready: Shell, asked: dict[str, Any], error: str, hint: str) -> None:
    ready.run("x = 1")
    channel = watch("model")

    refused = channel.ask(**asked)

    assert error in refused["error"]
    assert hint in refused["hint"]
    assert "said" not in refused


def test_no_key_reaches_a_page(ready: Shell) -> None:
    ready.run(f"%%signature Leak\nUse {KEY}.\n\nquestion: str\n->\nanswer: str\n")
    ready.run(f"import nbdspy\nleaky = nbdspy.Predict(Leak)\nleaky.demos = [{{'question': '{KEY}'}}]")
    channel = watch()

    channel.ask(do="show", program="leaky")
    channel.ask(do="export", program="leaky")

    said = json.dumps(channel.heard)
    assert "[redacted]" in said
    assert KEY not in said


def test_cassettes_are_the_one_in_use_and_those_beside_the_notebook(ready: Shell, tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").write_text('{"nbdspy_cassette": 1}\n', encoding="utf-8")
    (tmp_path / "rows.jsonl").write_text('{"a": 1}\n', encoding="utf-8")
    ready.run("%cassette record mine.jsonl")
    ready.run("import nbdspy\nnbdspy.Predict(Parity)(number='4');")

    channel = watch("model", "cassettes")
    ready.run("%cassette off")

    assert told(channel)["cassettes"]["entries"] == [
        {"name": "mine.jsonl", "mode": "record", "recorded": 1},
        {"name": "other.jsonl", "mode": "", "recorded": None},
    ]
    assert told(channel)["model"]["cassette"] == "record"


def test_a_page_is_told_when_the_extension_goes_and_one_that_comes_later_too(ready: Shell) -> None:
    channel = watch("model")

    unload(ready)

    assert channel.heard[-1] == {"gone": True}
    assert watch("model").heard == [{"gone": True}]


class Later:
    """A clock that stands still: what is planned, until it is taken back or has its turn."""

    def __init__(self) -> None:
        self.planned: list[Any] = []

    def __call__(self, seconds: float, act: Any) -> Any:
        self.planned.append(act)
        return lambda: self.planned.remove(act)

    def turn(self) -> None:
        self.planned.pop()()


@pytest.fixture
def later(ready: Shell, monkeypatch: pytest.MonkeyPatch) -> Later:
    """The clock of an extension that is loaded anew, outside of a cell."""
    clock = Later()
    unload(ready)
    monkeypatch.setattr("nbdspy.jupyter.extension.Panel", partial(Panel, later=clock))
    load(ready)
    return clock


def test_a_panel_looks_again_only_while_a_cell_runs(ready: Shell, later: Later) -> None:
    watch("model")
    assert later.planned == []  # no cell has loaded it

    ready.user_ns["look"] = lambda: (load(ready), watch("model"), list(later.planned))
    unload(ready)
    ready.run("planned = look()[-1]")
    later.turn()

    assert len(ready.user_ns["planned"]) == 1
    assert later.planned == []


def test_a_page_that_goes_while_it_is_answered_is_followed_no_more(ready: Shell, later: Later) -> None:
    channel = watch("model")

    channel.close()
    channel.request(do="watch", sections=["model"])
    ready.run("x = 1")

    assert later.planned == []


def test_nothing_is_planned_once_the_extension_has_gone(ready: Shell, later: Later) -> None:
    watch("model")
    ready.run("x = 1")
    assert later.planned

    unload(ready)

    assert later.planned == []


def wait(holds: Any) -> None:
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)
