"""A real shell in this process, which remembers what it showed."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nbdspy import configuration
from nbdspy.jupyter import load, unload
from nbdspy.models import Request
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text


class RecordingHook(DisplayHook):
    """Keeps what a cell's last value was shown as."""

    def write_output_prompt(self) -> None:
        """There is no terminal to write to."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        self.shell.shown.append(format_dict)


class RecordingPublisher(DisplayPublisher):
    """Keeps what was displayed; an update replaces what it updates, as a page does."""

    def publish(
        self, data: dict[str, Any], metadata: Any = None, source: Any = None, *, transient: Any = None,
        update: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        key = (transient or {}).get("display_id")
        self.shell.published.append(dict(data))
        if update:
            self.shell.places[key].clear()
            self.shell.places[key].update(data)
            self.shell.updates += 1
            return
        fresh = dict(data)
        self.shell.shown.append(fresh)
        if key:
            self.shell.places[key] = fresh


class Shell(InteractiveShell):
    """A shell whose outputs can be read: `shown` holds those of the last cell, `published` what came to be there."""

    displayhook_class = RecordingHook
    display_pub_class = RecordingPublisher

    def __init__(self, **kwargs: Any) -> None:
        self.shown: list[dict[str, Any]] = []
        self.places: dict[str, dict[str, Any]] = {}
        self.published: list[dict[str, Any]] = []
        self.updates = 0
        self.tracebacks: list[list[str]] = []
        self.raised: Any = None
        super().__init__(**kwargs)

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        self.tracebacks.append(stb)

    def run(self, cell: str) -> Any:
        """Run a cell; returns its value or raises what it raised."""
        self.shown.clear()
        self.tracebacks.clear()
        outcome = self.run_cell(cell, store_history=True)
        outcome.raise_error()
        return outcome.result

    def fail(self, cell: str) -> list[str]:
        """Run a cell that must fail; returns the lines it shows, and keeps what it `raised`."""
        self.shown.clear()
        self.tracebacks.clear()
        self.raised = self.run_cell(cell, store_history=True).error_in_exec
        assert self.raised is not None
        (lines,) = self.tracebacks
        return lines

    @property
    def text(self) -> str:
        """What the last cell showed, as text."""
        return "\n".join(str(data.get("text/plain", "")) for data in self.shown)


@pytest.fixture(scope="session")
def one_shell() -> Shell:
    """The shell that all tests share: making one takes longer than most of them."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    return Shell(config=config)


@pytest.fixture
def bare_shell(one_shell: Shell) -> Shell:
    """A shell without the extension and without variables."""
    vars(builtins).pop("_", None)  # a doctest in this process leaves one there, and IPython binds none beside it
    one_shell.user_ns.clear()
    one_shell.user_ns_hidden.clear()
    one_shell.init_user_ns()
    return one_shell


@pytest.fixture
def shell(bare_shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A shell with the extension loaded, and with a store of its own; the settings are put back afterwards."""
    monkeypatch.setenv("NBDSPY_HOME", str(tmp_path / "home"))
    before = dict(configuration._process)
    load(bare_shell)
    yield bare_shell
    unload(bare_shell)
    configuration._process.update(before)


@pytest.fixture
def counting(shell: Shell) -> FakeLM:
    """The model of the shell, which answers how many requests it has had; QA asks it a question."""

    def answer(request: Request) -> str:
        return chat_text({"answer": str(len(model.requests))})

    model = FakeLM(answer)
    configuration.configure(lm=model)
    shell.run("%signature QA question -> answer;")
    return model
