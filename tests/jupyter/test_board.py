"""Work that goes on: updates of a page, lines of a log, or nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from nbdspy.errors import SettingsError
from nbdspy.jupyter.board import Board
from nbdspy.jupyter.preferences import NbDspy
from nbdspy.jupyter.screen import Screen
from nbdspy.models import Spent
from nbdspy.views import Status
from nbdspy.views.progress import Progress, card

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def step(number: int) -> Progress:
    return Progress(title="Intent", doing="trying", done=number, total=100, counted=f"{number} of 100 examples")


def work(board: Board, clock: Clock, *, seconds: float) -> None:
    """A hundred steps over some seconds."""
    for number in range(100):
        clock.now += seconds / 100
        board.show(partial(step, number))


def test_a_page_is_updated_at_most_ten_times_a_second(bare_shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBDSPY_MODE", "live")
    bare_shell.shown.clear()
    bare_shell.updates, clock = 0, Clock()
    board = Board(Screen(bare_shell, NbDspy(bare_shell)), Progress(title="Intent"), clock=clock)

    work(board, clock, seconds=1.0)
    board.finish(Status(model="tiny", spent=Spent()))

    assert len(bare_shell.shown) == 1
    assert 5 <= bare_shell.updates <= 11
    assert "tiny" in bare_shell.text


def test_a_log_gets_a_line_every_ten_seconds(
    bare_shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NBDSPY_MODE", "lines")
    bare_shell.shown.clear()
    clock = Clock()
    board = Board(Screen(bare_shell, NbDspy(bare_shell)), Progress(title="Intent"), clock=clock)

    work(board, clock, seconds=35.0)

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert lines[0] == "Intent · trying · 28 of 100 examples"
    assert bare_shell.shown == []


def test_nobody_sees_anything_but_the_end(
    bare_shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NBDSPY_MODE", "static")
    bare_shell.shown.clear()
    clock = Clock()
    board = Board(Screen(bare_shell, NbDspy(bare_shell)), Progress(title="Intent"), clock=clock)

    work(board, clock, seconds=100.0)
    assert bare_shell.shown == []
    board.finish(Status(model="tiny", spent=Spent()))

    assert len(bare_shell.shown) == 1
    assert capsys.readouterr().err == ""


def test_an_unknown_mode_is_told(bare_shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBDSPY_MODE", "loud")

    with pytest.raises(SettingsError, match="NBDSPY_MODE is 'loud'"):
        Board(Screen(bare_shell, NbDspy(bare_shell)), Progress(title="Intent"))


def test_the_card_of_progress_is_safe_and_has_a_bar_when_the_end_is_known() -> None:
    html = card(Progress(title="<script>", done=1, total=4)).html()

    assert "<script>" not in html
    assert 'max="4"' in html
    assert "width:25.0%" in html
    assert "<progress" not in card(Progress(title="Intent", doing="bootstrapping")).html()
