"""`%lm`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nbdspy import configuration
from nbdspy.configuration import settings
from nbdspy.models import LM
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import FakeLeaf

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell


class Remembering(FakeLeaf):
    """A leaf that knows whether it is open, and whose file comes over the network."""

    def __init__(self, model: str = "here") -> None:
        super().__init__(lambda request: "42", model=model)
        self.is_open = False
        self.progress: Any = None

    def load(self) -> None:
        self.is_open = True
        if self.progress is not None:
            self.progress(0, 98_000_000)
            self.progress(98_000_000, 98_000_000)

    def close(self) -> None:
        self.is_open = False


@pytest.fixture
def here(shell: Shell) -> Remembering:
    """The leaf of `mine`, a model in a variable, that was chosen by `%lm mine` and forgotten."""
    leaf = Remembering()
    configuration.configure(lm=LM("here", leaf=leaf))
    leaf.is_open = True
    return leaf


def test_alone_it_says_what_is_chosen_and_spent(shell: Shell) -> None:
    configuration.configure(lm=FakeLM(lambda request: "42", model="tiny"))

    shell.run("%lm")

    assert "tiny" in shell.text
    assert "spent" in shell.text


def test_alone_without_a_model_it_says_the_next_step(shell: Shell) -> None:
    configuration.configure(lm=None)

    shell.run("%lm")

    assert "%lm smollm2" in shell.text


def test_a_model_is_chosen_and_bound(shell: Shell) -> None:
    shell.user_ns["mine"] = FakeLM(lambda request: "42", model="tiny")

    lm = shell.run("%lm mine --temperature 0.7 --max-tokens 20 --as teacher   # the one of yesterday")

    assert settings.lm is lm
    assert shell.user_ns["teacher"] is lm
    assert (lm.temperature, lm.max_tokens, lm.model) == (0.7, 20, "tiny")
    assert len(shell.shown) == 1
    assert "tiny" in shell.text


def test_a_model_is_shown_wherever_in_a_cell_it_is_chosen(shell: Shell) -> None:
    shell.user_ns["mine"] = FakeLM(lambda request: "42", model="tiny")

    shell.run("%lm mine\nother = 1")
    assert "tiny" in shell.text
    shell.run("%lm mine;")
    assert shell.shown == []


def test_settings_alone_change_the_chosen_model(shell: Shell) -> None:
    before = FakeLM(lambda request: "42", model="tiny", max_tokens=9)
    configuration.configure(lm=before)

    lm = shell.run("%lm --temperature 0.2")

    assert (lm.model, lm.temperature, lm.max_tokens) == ("tiny", 0.2, 9)
    assert lm.leaf is before.leaf


def test_a_misspelt_model_is_suggested(shell: Shell) -> None:
    lines = shell.fail("%lm smolm2")

    assert "Did you mean smollm2?" in "\n".join(lines)


def test_a_missing_file_is_told_and_nothing_changes(shell: Shell, tmp_path: Path) -> None:
    before = settings.lm

    lines = shell.fail(f"%lm {tmp_path}/absent.gguf")

    assert lines[0].startswith("LMUnavailable")
    assert settings.lm is before


def test_a_download_is_one_display_that_becomes_the_model(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBDSPY_MODE", "live")
    shell.user_ns["mine"] = LM("far", leaf=Remembering("far"))

    lm = shell.run("%lm mine")

    assert lm.model == "far"
    assert len(shell.shown) == 1
    assert "far" in shell.text
    assert "MB" not in shell.text


def test_the_model_before_is_closed(shell: Shell, here: Remembering) -> None:
    shell.user_ns["other"] = FakeLM(lambda request: "42")

    shell.run("%lm other")

    assert not here.is_open


def test_the_model_before_stays_open_while_a_variable_holds_it(shell: Shell, here: Remembering) -> None:
    shell.run("%lm --as kept")
    shell.user_ns["other"] = FakeLM(lambda request: "42")

    shell.run("%lm other")

    assert here.is_open


def test_the_model_before_stays_open_while_a_program_has_it(shell: Shell, here: Remembering) -> None:
    shell.user_ns["other"] = FakeLM(lambda request: "42")
    shell.run("from nbdspy.modules import Predict\nprogram = Predict('question -> answer')")
    shell.user_ns["program"].set_lm(settings.lm)

    shell.run("%lm other")

    assert here.is_open


def test_a_replay_loads_no_model(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"nbdspy_cassette": 1}\n')
    leaf = Remembering()
    shell.user_ns["mine"] = LM("here", leaf=leaf)

    shell.run(f"%cassette replay {path}")
    try:
        shell.run("%lm mine")
        assert not leaf.is_open
    finally:
        shell.run("%cassette off")
