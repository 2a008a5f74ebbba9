"""What a student does by mistake: a cassette that is none, cells out of order, a cell twice. Nothing is lost by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbdspy.errors import UsageError
from nbdspy.models import Request, use_cassette
from nbdspy.models.cassette import read
from nbdspy.testing import FakeLM
from tests.jupyter.conftest import Shell

SIGNATURE = "%%signature Intent\nrequest -> intent"


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A cassette with three replies."""
    path = tmp_path / "lesson.jsonl"
    with use_cassette("record", path):
        lm = FakeLM(lambda request: "yes", model="small")
        for number in range(3):
            lm.send(Request(model="small", prompt=f"question {number}"))
    return path


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"nbdspy_cassette": 1}\n{"key": "d96e', "Line 2 of {path} is damaged"),
        ('{"nbdspy_cassette": 1}\n[1]\n', "Line 2 of {path} is damaged"),
        ('{"nbdspy_cassette": 2}\n', "is a cassette of version 2; this nbdspy reads version 1."),
        ('{"question": "Who?"}\n', "is not a cassette: it starts with"),
        ("interactions:\n- request:\n", "is not a cassette: it starts with 'interactions:'"),
    ],
)
def test_a_cassette_that_cannot_be_read_is_refused_and_left_as_it_is(
    content: str, said: str, shell: Shell, tmp_path: Path
) -> None:
    path = tmp_path / "lesson.jsonl"
    path.write_text(content)

    told = "\n".join(shell.fail(f"%cassette replay {path}"))

    assert said.format(path=path) in told
    assert "--fill" not in told or f"`%cassette replay --fill {path}`" in told
    assert path.read_text() == content


def test_a_refused_cassette_does_not_take_the_place_of_the_one_that_replays(
    shell: Shell, recorded: Path, tmp_path: Path
) -> None:
    (tmp_path / "other.jsonl").write_text("{}\n")
    shell.run(f"%cassette replay {recorded};")

    shell.fail(f"%cassette replay {tmp_path / 'other.jsonl'}")
    shell.run("status = %cassette")

    assert "lesson.jsonl" in repr(shell.user_ns["status"])
    shell.run("%cassette off;")


def test_a_recording_into_a_file_that_is_no_cassette_leaves_the_file(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "thesis.jsonl").write_text("four years of work")

    assert "is not a cassette" in "\n".join(shell.fail(f"%cassette record {tmp_path / 'thesis.jsonl'}"))
    assert (tmp_path / "thesis.jsonl").read_text() == "four years of work"


def test_a_damaged_cassette_is_mended_by_what_the_message_says(recorded: Path) -> None:
    lines = recorded.read_text().splitlines(keepends=True)
    recorded.write_text("".join([lines[0], lines[1][:40] + "\n", *lines[2:]]))
    with pytest.raises(UsageError, match=r"Line 2 of .* is damaged") as caught:
        use_cassette("replay", recorded)
    assert "Delete that line" in str(caught.value)
    recorded.write_text("".join([lines[0], *lines[2:]]))
    lm = FakeLM(lambda request: "yes", model="small")

    with use_cassette("replay", recorded, fill=True):
        for number in range(3):
            lm.send(Request(model="small", prompt=f"question {number}"))

    assert len(lm.requests) == 1
    assert len(read(recorded)) == 3


@pytest.mark.parametrize(
    "cell",
    [
        "%evaluate helper --data test --metric exact_match", "%compile Intent --data train --metric exact_match",
        "%%predict Intent\nwake me", "%prompt Intent request=x", "%trace helper",
    ],
)  # fmt: skip
def test_a_cell_that_is_run_before_those_it_needs_says_so(cell: str, shell: Shell) -> None:
    shell.run("tests = rows = 1")

    told = "\n".join(shell.fail(cell))

    assert "There is no variable " in told
    assert "Run the cell that defines it first." in told


@pytest.mark.parametrize("cell", ["%load_ext nbdspy", SIGNATURE, f"{SIGNATURE}: bool"])
def test_a_cell_may_be_run_twice(cell: str, shell: Shell) -> None:
    shell.run(SIGNATURE)
    shell.run(cell)

    assert repr(shell.run(cell)) == repr(shell.run(cell))
