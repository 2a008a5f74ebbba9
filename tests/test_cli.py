"""The command `nbdspy`."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

import nbdspy
from nbdspy.cli import main
from nbdspy.models.cassette import read
from nbdspy.models.download_line import DownloadLine

CELLS = (
    "%load_ext nbdspy\n"
    "from nbdspy.testing import FakeLM\n"
    "from nbdspy.testing.fake import chat_text\n"
    "smollm2 = FakeLM(lambda request: chat_text({'answer': '42'}), model='smollm2')",
    "%lm smollm2;",
    "%signature QA question -> answer",
    "%%predict QA\nWhat is six times seven?\n",
    "%%predict QA\nWhat is seven times six?\n",
)


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    return write(tmp_path / "first.ipynb", *CELLS)


def write(path: Path, *cells: str) -> Path:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(book, path)
    return path


def outputs(path: Path) -> list[Any]:
    return [output for cell in nbformat.read(path, as_version=4).cells for output in cell.outputs]


def test_the_version() -> None:
    ran = subprocess.run([sys.executable, "-m", "nbdspy.cli", "--version"], capture_output=True, text=True, check=True)

    assert ran.stdout == f"nbdspy {nbdspy.__version__}\n"


def test_models_are_listed_with_size_and_licence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0

    said = capsys.readouterr().out
    assert "smollm2" in said
    assert "98 MB" in said
    assert "Apache-2.0" in said


def test_alone_it_lists_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2

    said = capsys.readouterr().err
    assert all(command in said for command in ("demo", "models", "cassette"))


def test_a_mistake_is_a_line_and_no_traceback(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["cassette", "check", str(tmp_path / "absent.jsonl")]) == 2

    said = capsys.readouterr().err
    assert said.startswith("UsageError: There is no cassette")
    assert "Traceback" not in said


def test_a_notebook_is_recorded_and_shows_its_replay(notebook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cassette", "record", str(notebook)]) == 0

    tape = notebook.with_suffix(".jsonl")
    assert len(read(tape)) == 2
    assert "Prediction(answer='42')" in str(outputs(notebook))
    assert "2 replies" in capsys.readouterr().out
    assert main(["cassette", "check", str(notebook)]) == 0
    assert "first.jsonl: 2 replies, all match." in capsys.readouterr().out


def test_recording_again_changes_nothing(notebook: Path) -> None:
    assert main(["cassette", "record", str(notebook)]) == 0
    first = notebook.read_text(), notebook.with_suffix(".jsonl").read_text()

    assert main(["cassette", "record", str(notebook)]) == 0

    assert (notebook.read_text(), notebook.with_suffix(".jsonl").read_text()) == first
    assert not any("execution" in cell.metadata for cell in nbformat.read(notebook, as_version=4).cells)


@pytest.mark.parametrize("fails", ['%%check "One"\nassert smollm2("a") == 1', "raise KeyboardInterrupt", "1 / 0"])
def test_a_cell_that_fails_leaves_what_was_recorded_before_and_is_named(
    fails: str, notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["cassette", "record", str(notebook)])
    tape, unfinished = notebook.with_suffix(".jsonl"), notebook.with_name("first.unfinished.jsonl")
    write(notebook, *CELLS, "%%predict QA\nWhat is nine times nine?\n", fails, "%%predict QA\nNever asked?\n")
    before = tape.read_bytes(), notebook.read_bytes()
    capsys.readouterr()

    assert main(["cassette", "record", str(notebook)]) == 1

    said = capsys.readouterr()
    assert re.search(r"Cell 7 raised (CheckFailed|KeyboardInterrupt|ZeroDivisionError)\b", said.err)
    assert fails in said.err
    assert "first.ipynb and its cassette are as they were. What was recorded is in first.unfinished.jsonl" in said.out
    assert (tape.read_bytes(), notebook.read_bytes()) == before
    assert len(read(unfinished)) >= 3

    write(notebook, *CELLS, "%%predict QA\nWhat is nine times nine?\n")
    assert main(["cassette", "record", "--fill", str(notebook)]) == 0
    assert not unfinished.exists()
    assert main(["cassette", "check", str(notebook)]) == 0


def test_calls_that_failed_while_recording_are_told_because_no_replay_knows_them(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = CELLS[0].replace("lambda request: chat_text({'answer': '42'})", "answer").replace(
        "smollm2 =",
        "from pathlib import Path\n"
        "from nbdspy.errors import LMUnavailable\n"
        "def answer(request):\n"
        "    if Path('down').exists():\n"
        "        Path('down').unlink()\n"
        "        raise LMUnavailable('The server is down.')\n"
        "    return chat_text({'answer': '42'})\n"
        "smollm2 =",
    )  # fmt: skip
    search = (
        "found = []\n"
        "for text in ('one', 'two'):\n"
        "    try:\n"
        "        found.append(smollm2(text))\n"
        "    except LMUnavailable:\n"
        "        pass\n"
        "len(found)"
    )
    write(notebook, model, search)
    before = notebook.read_bytes()
    notebook.with_name("down").touch()

    assert main(["cassette", "record", str(notebook)]) == 1

    said = capsys.readouterr().out
    assert "failed: one (LMUnavailable: The server is down.)" in said
    assert "1 call failed and is not on the tape" in said
    assert "nbdspy cassette record --fill" in said
    assert notebook.read_bytes() == before
    assert not notebook.with_suffix(".jsonl").exists()

    assert main(["cassette", "record", "--fill", str(notebook)]) == 0
    assert "2" in str(outputs(notebook))


COUNTED = CELLS[0].replace("lambda request:", "lambda request: open('asked', 'a').write('.') and")
"""A model whose calls can be counted from outside."""


def asked(notebook: Path) -> int:
    """How often its model was asked since it was counted last."""
    counter = notebook.with_name("asked")
    found = len(counter.read_text()) if counter.exists() else 0
    counter.unlink(missing_ok=True)
    return found


def test_what_a_recording_got_before_it_failed_is_not_asked_again(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = "%%predict QA\nWhat is nine times nine?\n"
    write(notebook, COUNTED, *CELLS[1:])
    assert main(["cassette", "record", str(notebook)]) == 0
    write(notebook, COUNTED, *CELLS[1:], new, "1 / 0")
    assert main(["cassette", "record", "--fill", str(notebook)]) == 1
    assert asked(notebook) == 2 + 1
    write(notebook, COUNTED, *CELLS[1:], new, "%%predict QA\nAnd ten times ten?\n")
    notebook.chmod(0o640)

    assert main(["cassette", "record", "--fill", str(notebook)]) == 0

    assert asked(notebook) == 1
    assert len(read(notebook.with_suffix(".jsonl"))) == 4
    assert notebook.stat().st_mode & 0o777 == 0o640


def test_a_recording_does_not_begin_anew_over_one_that_did_not_end(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(notebook, *CELLS, "1 / 0")
    assert main(["cassette", "record", str(notebook)]) == 1
    assert "first.ipynb is as it was, and has no cassette yet. What was recorded is" in capsys.readouterr().out
    unfinished = notebook.with_name("first.unfinished.jsonl")
    before = unfinished.read_bytes()

    assert main(["cassette", "record", str(notebook)]) == 2

    said = capsys.readouterr().err
    assert "first.unfinished.jsonl holds 2 replies of a recording that did not come to its end." in said
    assert f"nbdspy cassette record --fill {notebook} goes on from there." in said
    assert unfinished.read_bytes() == before


CLOCK = (
    "from pathlib import Path\n"
    "from nbdspy.errors import CassetteMiss\n"
    "from nbdspy.models import gate\n"
    "day = f'Which day is {gate.cassette.records}?'"
)
"""What a recording asks and its replay does not."""


def test_a_replay_that_misses_what_a_cell_catches_is_no_recording(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    score = "try:\n    score = len(smollm2(day))\nexcept CassetteMiss:\n    score = 0\nscore"
    write(notebook, *CELLS, CLOCK, score)
    before = notebook.read_bytes()

    assert main(["cassette", "record", str(notebook)]) == 1

    said = capsys.readouterr().out
    assert "no reply to: Which day is False?" in said
    assert "1 request of the replay has no reply. It was recorded a moment ago, and the notebook asks something" in said
    assert "What was recorded is in first.unfinished.jsonl" in said
    assert notebook.read_bytes() == before
    assert not notebook.with_suffix(".jsonl").exists()


def test_a_replay_that_misses_names_no_file_that_is_gone(notebook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(notebook, *CELLS, CLOCK, "smollm2(day)")

    assert main(["cassette", "record", str(notebook)]) == 1

    said = capsys.readouterr().err
    assert "Cell 7 raised CassetteMiss: first.jsonl holds no reply of smollm2" in said
    assert "the notebook asks something else each time it runs" in said
    assert "use_cassette(" not in said
    assert "/nbdspy-" not in said


def test_a_notebook_that_ends_without_its_cassette_is_not_recorded(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(notebook, *CELLS, "import nbdspy\nnbdspy.use_cassette('off')")
    before = notebook.read_bytes()

    assert main(["cassette", "record", str(notebook)]) == 2

    said = capsys.readouterr()
    assert "UsageError: first.ipynb did not use first.jsonl at its end" in said.err
    assert "What was recorded is in first.unfinished.jsonl" in said.out
    assert notebook.read_bytes() == before
    assert not notebook.with_suffix(".jsonl").exists()


@pytest.mark.parametrize("command", ["check", "prune", "record"])
def test_a_notebook_that_is_not_there_is_told_and_not_its_cassette(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cassette", command, str(tmp_path / "99.ipynb")]) == 2

    said = capsys.readouterr()
    assert said.err.startswith("UsageError: There is no notebook")
    assert said.out == ""


def test_a_call_that_was_answered_when_it_was_asked_again_is_on_the_tape(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flaky = (
        "from nbdspy.errors import LMUnavailable\n"
        "tries = []\n"
        "def answer(request):\n"
        "    tries.append(request)\n"
        "    if len(tries) == 1:\n"
        "        raise LMUnavailable('The server is down.')\n"
        "    return '42'\n"
        "model = FakeLM(answer, model='flaky')\n"
        "try:\n"
        "    model('one')\n"
        "except LMUnavailable:\n"
        "    model('one')"
    )
    write(notebook, CELLS[0], flaky)

    assert main(["cassette", "record", str(notebook)]) == 0

    assert "1 reply" in capsys.readouterr().out


def test_a_notebook_that_asks_nothing_cannot_be_recorded(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    write(notebook, "1 + 1")

    assert main(["cassette", "record", str(notebook)]) == 2

    assert "first.ipynb asked no model anything, so there is nothing to record." in capsys.readouterr().err


def test_a_recording_shows_the_programs_of_the_notebook_alone(tmp_path: Path) -> None:
    data = "data = [{'question': str(number), 'answer': '42'} for number in range(4)]"
    compiled = "%compile QA --data data --val data --with labeled_few_shot --out helper;"
    path = write(tmp_path / "first.ipynb", *CELLS[:3], data, compiled, "%programs")

    main(["cassette", "record", str(path)])
    main(["cassette", "record", str(path)])

    assert "helper@1" in str(outputs(path)[-1])
    assert "helper@2" not in str(outputs(path)[-1])
    assert not (tmp_path / ".nbdspy").exists()


def test_a_changed_notebook_is_told_what_no_longer_matches(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    main(["cassette", "record", str(notebook)])
    write(notebook, *CELLS[:-1], "%%predict QA\nWhat is nine times nine?\n")
    capsys.readouterr()

    assert main(["cassette", "check", str(notebook)]) == 1

    said = capsys.readouterr().out
    assert "no reply to: " in said
    assert "nine times nine" in said
    assert "not asked for: " in said
    assert "seven times six" in said


def test_a_cell_that_raises_is_told_though_all_replies_match(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    main(["cassette", "record", str(notebook)])
    write(notebook, *CELLS, "1 / 0", "undefined")
    capsys.readouterr()

    assert main(["cassette", "check", str(notebook)]) == 1

    assert capsys.readouterr().out.splitlines() == [
        "cell 6 raised ZeroDivisionError: division by zero",
        "cell 7 raised NameError: name 'undefined' is not defined",
        "first.jsonl: 2 replies, all match; 2 cells raise.",
    ]
    assert main(["cassette", "prune", "--delete", str(notebook)]) == 2
    assert "2 cells raise when first.ipynb is replayed" in capsys.readouterr().err


def test_a_cell_that_is_meant_to_raise_may(notebook: Path) -> None:
    main(["cassette", "record", str(notebook)])
    book = nbformat.read(write(notebook, *CELLS, "1 / 0"), as_version=4)
    book.cells[-1].metadata["tags"] = ["raises-exception"]
    nbformat.write(book, notebook)

    assert main(["cassette", "check", str(notebook)]) == 0


@pytest.mark.parametrize("command", [["check"], ["prune", "--delete"]])
@pytest.mark.parametrize(
    "cells",
    [("1 + 1",), (*CELLS, "import nbdspy\nnbdspy.use_cassette('off')"), ("import os\nos._exit(0)",)],
    ids=["nothing loaded", "off", "the kernel ends"],
)
def test_a_notebook_that_does_not_use_its_cassette_is_told_in_words(
    command: list[str], cells: tuple[str, ...], notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["cassette", "record", str(notebook)])
    before = notebook.with_suffix(".jsonl").read_bytes()
    write(notebook, *cells)
    capsys.readouterr()

    assert main(["cassette", *command, str(notebook)]) == 2

    said = capsys.readouterr().err
    assert "did not use first.jsonl at its end" in said or "kernel died" in said
    assert "Traceback" not in said
    assert notebook.with_suffix(".jsonl").read_bytes() == before


def test_another_cassette_at_the_end_is_not_taken_for_the_notebooks_own(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["cassette", "record", str(notebook)])
    write(notebook, *CELLS, "import nbdspy\nnbdspy.use_cassette('record', 'other.jsonl')")

    assert main(["cassette", "check", str(notebook)]) == 2

    assert "did not use first.jsonl at its end" in capsys.readouterr().err


def test_fill_keeps_what_still_matches(notebook: Path) -> None:
    main(["cassette", "record", str(notebook)])
    tape = notebook.with_suffix(".jsonl")
    before = set(tape.read_text().splitlines())
    write(notebook, *CELLS, "%%predict QA\nWhat is nine times nine?\n")

    assert main(["cassette", "record", "--fill", str(notebook)]) == 0

    assert before < set(tape.read_text().splitlines())
    assert len(read(tape)) == 3


def test_an_entry_that_no_request_can_find_is_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "old.jsonl"
    entry = {"key": "not its own", "request": {"model": "m", "prompt": "Six times seven?"}, "reply": {"texts": ["42"]}}
    path.write_text('{"nbdspy_cassette": 1}\n' + json.dumps(entry) + "\n")

    assert main(["cassette", "check", str(path)]) == 1

    assert "cannot be found any more: Six times seven?" in capsys.readouterr().out


def test_a_folder_of_notebooks_is_recorded_with_one_command(notebook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(notebook.with_name("second.ipynb"), *CELLS[:3], "1 / 0")
    write(notebook.with_name("third.ipynb"), *CELLS[:-1])

    assert main(["cassette", "record", str(notebook.parent)]) == 1

    said = capsys.readouterr()
    assert "2 of 3 recorded; not second.ipynb" in said.out
    assert "ZeroDivisionError" in said.err
    assert [len(read(notebook.with_name(f"{name}.jsonl"))) for name in ("first", "third")] == [2, 1]


def test_a_folder_without_notebooks_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cassette", "record", str(tmp_path)]) == 2

    assert "There is no notebook in" in capsys.readouterr().err


def test_prune_says_what_nobody_asks_for_and_deletes_it_only_when_told(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["cassette", "record", str(notebook)])
    tape = notebook.with_suffix(".jsonl")
    header, first, second = tape.read_text().splitlines()
    tape.write_text("\n".join([header, first, second, second.replace("42", "41")]) + "\n")
    write(notebook, *CELLS[:-1])
    before = tape.read_bytes()
    capsys.readouterr()

    assert main(["cassette", "prune", str(notebook)]) == 0

    said = capsys.readouterr().out
    assert "not asked for: " in said
    assert "seven times six" in said
    assert "first.jsonl: 2 of 3 entries would go" in said
    assert tape.read_bytes() == before

    assert main(["cassette", "prune", "--delete", str(notebook)]) == 0
    assert "first.jsonl: 2 replies deleted; 1 reply (" in capsys.readouterr().out
    assert main(["cassette", "check", str(notebook)]) == 0
    assert main(["cassette", "prune", str(notebook)]) == 0
    assert "1 reply, every one is asked for." in capsys.readouterr().out


def test_every_entry_without_use_is_named_once_and_by_its_own_reason(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["cassette", "record", str(notebook)])
    tape = notebook.with_suffix(".jsonl")
    header, *entries = tape.read_text().splitlines()
    used, unused = sorted(entries, key=lambda line: "seven times six" in line)
    stale = json.dumps({"key": "old", "request": {"model": "m", "prompt": "Who?"}, "reply": {"texts": ["42"]}})
    again = [line.replace("42", "41") for line in (used, unused)]
    tape.write_text("\n".join([header, used, unused, stale, *again]) + "\n")
    write(notebook, *CELLS[:-1])
    capsys.readouterr()

    assert main(["cassette", "check", str(notebook)]) == 1
    checked = capsys.readouterr().out.splitlines()
    assert main(["cassette", "prune", str(notebook)]) == 0
    pruned = capsys.readouterr().out.splitlines()

    reasons = ["cannot be found any more", "not asked for", "not asked for", "answered twice"]
    assert [line.partition(": ")[0] for line in checked[:-1]] == reasons
    assert checked[:-1] == pruned[:-1]
    assert checked[-1] == "first.jsonl: 5 replies, 1 does not match."
    assert pruned[-1].startswith("first.jsonl: 4 of 5 entries would go")
    assert main(["cassette", "prune", "--delete", str(notebook)]) == 0
    assert tape.read_text().splitlines() == [header, used]


def test_prune_deletes_nothing_where_the_notebook_no_longer_matches(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["cassette", "record", str(notebook)])
    write(notebook, *CELLS[:-1], "%%predict QA\nWhat is nine times nine?\n")
    before = notebook.with_suffix(".jsonl").read_bytes()

    assert main(["cassette", "prune", "--delete", str(notebook)]) == 2

    assert "1 request has no reply" in capsys.readouterr().err
    assert notebook.with_suffix(".jsonl").read_bytes() == before


def test_the_demo_says_which_cell_runs_and_prints_the_last_output(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    before = notebook.read_bytes()

    assert main(["demo", str(notebook)]) == 0

    said = capsys.readouterr()
    assert "[3/5] %signature QA question -> answer" in said.err
    assert said.out.startswith("Prediction(answer='42')")
    assert notebook.read_bytes() == before


def test_the_demo_ends_with_the_lesson_and_not_with_its_exercises(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "lesson.ipynb", "'the closing table'")
    book = nbformat.read(path, as_version=4)
    book.cells += [nbformat.v4.new_markdown_cell("## Exercises"), nbformat.v4.new_code_cell("'a solution'")]
    nbformat.write(book, path)

    assert main(["demo", str(path)]) == 0

    said = capsys.readouterr().out
    assert "the closing table" in said
    assert "a solution" not in said


def test_a_failing_demo_shows_the_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "broken.ipynb", *CELLS[:3], "%%predict Q\nSix?\n")

    assert main(["demo", str(path)]) == 2

    said = capsys.readouterr().err
    assert "%%predict Q" in said
    assert "There is no variable 'Q'. Did you mean QA?" in said


def test_a_missing_notebook_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["demo", str(tmp_path / "absent.ipynb")]) == 2

    assert "There is no notebook" in capsys.readouterr().err


def test_a_download_in_a_log_is_few_lines() -> None:
    log = io.StringIO()
    line = DownloadLine("smollm2", log)

    for done in range(0, 98_000_001, 1_000_000):
        line(done, 98_000_000)

    assert log.getvalue().splitlines() == ["smollm2: 0 B of 98 MB (0%)", "smollm2: 98 MB of 98 MB (100%)"]
