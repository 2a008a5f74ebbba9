"""The fixture `nbdspy_cassette`, in a suite of somebody else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nbdspy
from nbdspy.models.cassette import read

SUITE = """
import pytest
from nbdspy.testing import FakeLM

asked = []

def answer(request):
    asked.append(request)
    return request.prompt.upper() if request.prompt else request.messages[-1]["content"].upper()

lm = FakeLM(answer, model="small")

@pytest.mark.parametrize("word", ["one", "two / three"])
def test_a_word(nbdspy_cassette, word):
    assert lm(word) == [word.upper()]
    assert bool(asked) is ASKS

@pytest.mark.nbdspy_cassette("shared.jsonl")
def test_another(nbdspy_cassette):
    assert lm("four") == ["FOUR"]
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    return tmp_path


def run(suite: Path, *options: str, asks: bool, variable: str = "") -> str:
    """What pytest says of the suite, which may ask the model or not."""
    (suite / "test_words.py").write_text(SUITE.replace("ASKS", str(asks)))
    environment = {**os.environ, "PYTHONPATH": str(Path(nbdspy.__file__).parents[1]), "NBDSPY_CASSETTE": variable}
    plugin = ["-p", "nbdspy.pytest_plugin", "-p", "no:cacheprovider", "--strict-markers"]
    command = [sys.executable, "-m", "pytest", *plugin, "-q", *options]
    return subprocess.run(command, cwd=suite, env=environment, capture_output=True, text=True).stdout


def test_what_was_recorded_once_is_replayed(suite: Path) -> None:
    assert "3 passed" in run(suite, "--nbdspy-cassette=record", asks=True)

    tapes = sorted((suite / "cassettes" / "test_words").iterdir())
    assert [len(read(tape)) for tape in (*tapes, suite / "shared.jsonl")] == [1, 1, 1]
    assert tapes[0].name == "test_a_word[one].jsonl"
    assert "3 passed" in run(suite, asks=False)


def test_the_variable_says_the_same_and_the_option_goes_before_it(suite: Path) -> None:
    assert "3 passed" in run(suite, asks=True, variable="record")
    assert "3 passed" in run(suite, "--nbdspy-cassette=replay", asks=False, variable="off")
    assert "3 passed" in run(suite, asks=True, variable="off")


def test_a_folder_of_a_courses_cassettes_is_not_for_tests(suite: Path) -> None:
    run(suite, "--nbdspy-cassette=record", asks=True)

    assert "3 passed" in run(suite, asks=False, variable=f"replay:{suite}")


def test_fill_keeps_what_is_there(suite: Path) -> None:
    run(suite, "--nbdspy-cassette=record", asks=True)

    assert "3 passed" in run(suite, "--nbdspy-cassette=fill", asks=False)


def test_a_test_without_a_recording_says_how_to_make_one(suite: Path) -> None:
    said = run(suite, asks=False)

    assert "3 errors" in said
    assert "There is no cassette" in said
    assert "Record it: pytest --nbdspy-cassette=record." in said


def test_a_request_that_was_never_recorded_says_how_to_record_it(suite: Path) -> None:
    run(suite, "--nbdspy-cassette=record", asks=True)
    tape = suite / "shared.jsonl"
    tape.write_text(tape.read_text().splitlines()[0] + "\n")  # the line that says what it is

    assert "Record what is missing: pytest --nbdspy-cassette=fill." in run(suite, "-k", "another", asks=False)


def test_one_file_for_all_tests_can_be_replayed_and_not_recorded(suite: Path) -> None:
    run(suite, "--nbdspy-cassette=record", asks=True)

    assert "1 passed" in run(suite, "-k", "another", asks=False, variable="replay:shared.jsonl")
    said = run(suite, asks=True, variable="record:shared.jsonl")
    assert "names the file 'shared.jsonl', and each test has its own. Say NBDSPY_CASSETTE=record." in said
    assert "Begin it with one of: replay" in run(suite, asks=True, variable="rewind")
