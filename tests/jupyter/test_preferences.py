"""`%config NbDspy`, `NBDSPY_*` and `[tool.nbdspy]`."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from nbdspy import configuration
from nbdspy.errors import BudgetExceeded, SettingsError
from nbdspy.jupyter import load, unload
from nbdspy.jupyter.preferences import NbDspy
from nbdspy.models import Reply, use_cassette
from nbdspy.models.tallies import total
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.jupyter.conftest import Shell


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pyproject.toml of the working directory, to be written."""
    monkeypatch.chdir(tmp_path)
    for name in ("BUDGET_USD", "MAX_CALLS", "THREADS", "MODE"):
        monkeypatch.delenv(f"NBDSPY_{name}", raising=False)
    return tmp_path / "pyproject.toml"


def preferences(shell: Shell) -> NbDspy:
    (found,) = [one for one in shell.configurables if isinstance(one, NbDspy)]
    return found


def test_the_notebook_wins_over_the_environment_and_that_over_the_file(
    project: Path, bare_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write_text("[tool.nbdspy]\nbudget_usd = 3\nthreads = 3\nmax_calls = 3\n")
    monkeypatch.setenv("NBDSPY_BUDGET_USD", "2.5")
    monkeypatch.setenv("NBDSPY_THREADS", "2")
    load(bare_shell)
    try:
        bare_shell.run("%config NbDspy.budget_usd = 1")
        found = preferences(bare_shell)

        assert [found.preferred(name) for name in ("budget_usd", "threads", "max_calls", "mode")] == [1, 2, 3, None]
        assert total.set_by == {"max_calls": "[tool.nbdspy] in pyproject.toml"}
    finally:
        unload(bare_shell)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("thread = 3", "Did you mean threads?"),
        ('api_base = "http://elsewhere"', "There are: budget_usd"),
        ('threads = "3"', "Write a whole number above 0."),
        ("threads = true", "Write a whole number above 0."),
        ("budget_usd = -1", "Write a number from 0."),
        ("budget_usd = inf", "Write a number from 0."),
        ("max_calls = 0", "Write a whole number above 0."),
        ('mode = "loud"', "Write static, lines or live."),
        ("threads =", "cannot be read"),
    ],
)
def test_a_wrong_file_says_what_to_write_and_leaves_the_shell_alone(
    line: str, said: str, project: Path, bare_shell: Shell
) -> None:
    project.write_text(f"[tool.nbdspy]\n{line}\n")
    configurables = list(bare_shell.configurables)

    with pytest.raises(SettingsError, match="pyproject") as caught:
        load(bare_shell)

    assert said in str(caught.value)
    assert bare_shell.configurables == configurables


@pytest.mark.parametrize(("name", "value"), [("THREADS", "many"), ("MAX_CALLS", "1.5"), ("BUDGET_USD", "nan")])
def test_a_wrong_variable_is_told_by_its_name(
    name: str, value: str, project: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"NBDSPY_{name}", value)

    with pytest.raises(SettingsError, match=f"NBDSPY_{name} is '{value}'.* 0"):
        preferences(shell).preferred(name.lower())


@pytest.fixture
def counted(project: Path, shell: Shell) -> FakeLM:
    """The model of a shell that has a program and some data for it."""
    lm = FakeLM(lambda request: chat_text({"answer": "even"}))
    configuration.configure(lm=lm, num_threads=1)
    shell.run("%signature Parity number -> answer;")
    shell.run("train = [{'number': str(n), 'answer': 'even'} for n in range(8)]")
    return lm


def test_a_limit_of_calls_holds_for_the_whole_kernel_whoever_asks(counted: FakeLM, shell: Shell) -> None:
    shell.run(f"%config NbDspy.max_calls = {total.used[1] + 5}")
    shell.run("import nbdspy, threading")
    shell.run("%%predict Parity\n0\n")
    shell.run("thread = threading.Thread(target=lambda: nbdspy.settings.lm('1'))\nthread.start(); thread.join()")
    shell.run("nbdspy.settings.lm('2')")

    stopped = shell.run("%compile Parity --data train --val {train[:4]} --max-calls 50")
    lines = shell.fail("nbdspy.settings.lm('3')")

    assert len(counted.requests) == 5
    assert "This kernel's limit of" in stopped.stopped
    assert lines[1] == "%config NbDspy.max_calls sets it: %config NbDspy.max_calls = … sets another one."


@pytest.mark.parametrize("wrong", ["budget_usd = -1", "budget_usd = 'one'", "max_calls = 0"])
def test_a_limit_that_cannot_be_meant_stops_what_is_asked_until_it_is_set_right(
    wrong: str, counted: FakeLM, shell: Shell, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(total, "_is_charged_in_full", True)  # whatever was asked in this process before
    name, _, value = wrong.partition(" = ")
    right = f"%config NbDspy.{name} = {int(sum(total.used)) + 10}"
    shell.run(right)

    shell.run(f"%config NbDspy.{wrong}")
    lines = shell.fail("import nbdspy\nnbdspy.settings.lm('1')")

    assert f"NbDspy.{name} is {value}; it takes a " in caplog.text
    assert lines[0].startswith(f"BudgetExceeded: NbDspy.{name} is {value}; it takes a ")
    assert lines[1] == "Set it right, or to None for no limit."
    assert not counted.requests

    shell.run(right)
    shell.run("nbdspy.settings.lm('1')")
    assert len(counted.requests) == 1


def test_with_a_budget_of_nothing_local_models_and_replays_answer_and_others_do_not(
    counted: FakeLM, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dear = FakeLM(lambda request: Reply(texts=("42",), cost=0.4), model="dear")
    monkeypatch.setattr(dear.leaf, "free", False)
    with use_cassette("record", tmp_path / "dear.jsonl"):
        dear("anything")

    shell.run("%config NbDspy.budget_usd = 0")

    assert total.usd == 0
    shell.run("import nbdspy\nnbdspy.settings.lm('1')")
    with use_cassette("replay", tmp_path / "dear.jsonl"):
        dear("anything")
        dear("anything")
    with pytest.raises(BudgetExceeded, match=r"This kernel's budget lets nothing be paid\. %config"):
        dear("something else")
    assert len(dear.requests) == 1


def test_a_projects_budget_of_nothing_holds(project: Path, bare_shell: Shell) -> None:
    project.write_text("[tool.nbdspy]\nbudget_usd = 0\n")
    load(bare_shell)
    try:
        assert total.usd == 0
        bare_shell.run("%config NbDspy.budget_usd = 2")
        bare_shell.run("%config NbDspy.budget_usd = 0")
        assert (total.usd, total.set_by) == (0, {})
    finally:
        unload(bare_shell)


def test_a_budget_counts_what_was_spent_before_it_was_set(counted: FakeLM, shell: Shell) -> None:
    dear = FakeLM(lambda request: Reply(texts=("42",), cost=0.4), free=False)
    dear("what was asked before")

    shell.run(f"%config NbDspy.budget_usd = {total.used[0]}")

    with pytest.raises(BudgetExceeded, match=r"[Tt]his kernel's budget of \$"):
        dear("anything")


def test_the_status_of_the_model_tells_the_limits(counted: FakeLM, shell: Shell) -> None:
    most = total.used[1] + 5
    shell.run(f"%config NbDspy.max_calls = {most}")

    shell.run("%lm")
    assert f"at most: {most:,} calls in this kernel" in shell.text

    shell.run("%config NbDspy.mode = 'live'")
    shell.run("%lm")
    assert f"at most: {most:,} calls in this kernel, {most - 5:,} used" in shell.text

    shell.run("%config NbDspy.mode = 'static'")
    shell.run("%lm")
    assert f"at most: {most:,} calls in this kernel, without what the cache answers" in shell.text


def test_a_limit_of_one_call_is_one_call(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(total, "calls", 1)

    shell.run("%lm")

    assert "at most: 1 call in this kernel" in shell.text


def test_unloading_takes_the_notebooks_limits_away(project: Path, bare_shell: Shell) -> None:
    load(bare_shell)
    bare_shell.run("%config NbDspy.max_calls = 1")
    assert total.calls == 1

    unload(bare_shell)

    assert (total.usd, total.calls) == (None, None)


def test_the_limits_of_a_projects_file_hold_too(project: Path, bare_shell: Shell) -> None:
    project.write_text("[tool.nbdspy]\nbudget_usd = 3\n")
    load(bare_shell)
    try:
        assert (total.usd, total.calls) == (3, None)
        bare_shell.run("%config NbDspy.budget_usd = 2")
        assert total.usd == 2
    finally:
        unload(bare_shell)


NOTEBOOK = """
import logging, os, sys, threading
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "nbdspy")
os.environ["NBDSPY_MAX_CALLS"] = "100"
shell.run_line_magic("config", "NbDspy.max_calls = 50")
from nbdspy.testing import FakeLM
lm = FakeLM(lambda request: "42")
def ask(number):
    try:
        lm(f"question {number}")
    except Exception as error:
        said.append(str(error))
said = []
threads = [threading.Thread(target=ask, args=(number,)) for number in range(10)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
shell.run_line_magic("unload_ext", "nbdspy")
ask(11)
print(len(lm.requests), len(said), *sorted(set(said)))
shell.run_line_magic("load_ext", "nbdspy")
shell.run_line_magic("lm", "")
print(shell.display_formatter.format(shell.run_line_magic("lm", ""))[0]["text/plain"])
"""


def test_no_notebook_raises_what_the_environment_sets(tmp_path: Path) -> None:
    environment = {**os.environ, "NBDSPY_MAX_CALLS": "4", "NBDSPY_HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path)}

    ran = subprocess.run(
        [sys.executable, "-c", NOTEBOOK], capture_output=True, text=True, check=True, env=environment, cwd=tmp_path
    )

    assert "NBDSPY_MAX_CALLS allows 4; a notebook can lower that, and not raise it." in ran.stderr
    assert "4 7 This kernel's limit of 4 calls is reached. NBDSPY_MAX_CALLS sets it when the kernel" in ran.stdout
    assert "at most: 4 calls in this kernel, 4 used, set by NBDSPY_MAX_CALLS" in ran.stdout


def test_static_mode_can_be_chosen_in_the_notebook(project: Path, shell: Shell) -> None:
    configuration.configure(lm=FakeLM(lambda request: "[[ ## answer ## ]]\neven"), num_threads=1)
    shell.run("%signature Parity number -> answer;")
    shell.run("%config NbDspy.mode = 'static'")

    shell.places.clear()

    shell.run("%evaluate Parity --data {[{'number': '2', 'answer': 'even'}]}")

    assert not shell.places
    assert len(shell.shown) == 1


def test_help_lists_every_preference(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run("%config NbDspy")

    told = capsys.readouterr().out
    assert all(f"NbDspy.{name}=" in told for name in ("budget_usd", "max_calls", "threads", "mode"))


def test_a_value_that_cannot_be_meant_is_not_taken(shell: Shell, caplog: pytest.LogCaptureFixture) -> None:
    shell.run("%config NbDspy.threads = 0")

    assert "a whole number above 0" in caplog.text
    assert preferences(shell).threads is None


def test_unloading_takes_the_preferences_away(bare_shell: Shell) -> None:
    before = list(bare_shell.configurables)
    load(bare_shell)

    unload(bare_shell)

    assert bare_shell.configurables == before
