"""CLINC150 from a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbdspy.datasets import clinc150
from nbdspy.datasets.clinc150 import SIX
from nbdspy.errors import DataError

FOLDER = Path(os.environ.get("NBDSPY_DATA", Path(__file__).parents[3] / "shared" / "data")) / "clinc150"
needs_data = pytest.mark.skipif(not (FOLDER / "data_small.json").is_file(), reason="CLINC150 is not on this machine")


@needs_data
def test_six_intents_are_the_default() -> None:
    splits = clinc150(folder=FOLDER)

    assert [len(split) for split in splits] == [300, 120, 180]
    for split in splits:
        assert list(split.columns) == ["request", "intent"]
        assert set(split["intent"]) == set(SIX)


@needs_data
def test_other_intents_may_be_asked_for() -> None:
    train, val, test = clinc150(["timer", "weather"], folder=FOLDER)

    assert [len(train), len(val), len(test)] == [100, 40, 60]
    assert set(train["intent"]) == {"timer", "weather"}


@needs_data
def test_no_text_is_in_two_splits() -> None:
    train, val, test = (set(split["request"]) for split in clinc150(folder=FOLDER))

    assert not train & val
    assert not train & test
    assert not val & test


@needs_data
def test_the_folder_may_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBDSPY_DATA", str(FOLDER.parent))

    assert len(clinc150()[0]) == 300


@needs_data
@pytest.mark.parametrize("intents", [["timmer"], ["timer", "timmer"]])
def test_an_unknown_intent_gets_a_suggestion(intents: list[str]) -> None:
    with pytest.raises(DataError, match=r"CLINC150 has no intent 'timmer'. Did you mean timer\?"):
        clinc150(intents, folder=FOLDER)


@needs_data
def test_one_intent_may_be_given_as_a_text() -> None:
    assert len(clinc150("timer", folder=FOLDER)[0]) == 50


def test_a_file_of_that_name_that_is_another_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data_small.json").write_text('{"train": []}')

    with pytest.raises(DataError, match=r"data_small.json is not the file we know: its sha256 is \w{12}…"):
        clinc150(folder=tmp_path)


def test_a_folder_without_the_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"There is no file '.*data_small.json'. Leave the folder out"):
        clinc150(folder=tmp_path)

    monkeypatch.setenv("NBDSPY_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"There is no file '.*clinc150.data_small.json'. Unset NBDSPY_DATA"):
        clinc150()
