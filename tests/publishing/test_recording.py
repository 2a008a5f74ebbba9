"""The documented command records lessons anew on the real model, and a clean kernel replays what it recorded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nbdspy.models.weights import KNOWN, folder

FOLDER = Path(__file__).parents[2] / "notebooks"
LESSONS = ("01_first_program", "02_compile")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.model,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not KNOWN["smollm2"].present, reason="`nbdspy models fetch smollm2` fetches the model"),
]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """That of somebody who has the model, and none of the replies."""
    return {
        **os.environ, "NBDSPY_CACHE_DIR": str(tmp_path / "replies"), "NBDSPY_HOME": str(tmp_path / "home"),
        "NBDSPY_MODELS": str(folder()),
    }  # fmt: skip


def test_the_first_two_lessons_are_recorded_anew_and_replay(tmp_path: Path, environment: dict[str, str]) -> None:
    copies = [Path(shutil.copy(FOLDER / f"{name}.ipynb", tmp_path)) for name in LESSONS]
    shutil.copy(FOLDER / "conftest.py", tmp_path)

    said = run("nbdspy", "cassette", "record", *copies, environment=environment)

    assert "2 of 2 recorded" in said
    assert [copy.with_suffix(".jsonl").stat().st_size > 1_000_000 for copy in copies] == [True, True]
    assert "failed" not in run("pytest", "-q", "--nbval", tmp_path, environment=environment)


def run(command: str, *words: str | Path, environment: dict[str, str]) -> str:
    """Run a command of this environment, and give what it said; fails with that when it fails."""
    done = subprocess.run(
        [Path(sys.executable).with_name(command), *words], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
