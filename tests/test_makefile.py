"""What `make` sets up on a machine with only Python and make."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKEFILE = ROOT / "Makefile"
PYTHON = """#!/bin/sh
# Makes the environment and fails for lack of pip the first time.
test "$1" = -m || exit 0
mkdir -p .venv/bin
echo >> tries
ln -sf "$0" .venv/bin/python
test "$(wc -l < tries)" -ge 2
"""


pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def test_an_environment_whose_making_failed_is_made_again(tmp_path: Path) -> None:
    shutil.copy(MAKEFILE, tmp_path)
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)

    made = [
        subprocess.run(["make", f"PYTHON={python}", ".venv/.made"], cwd=tmp_path, capture_output=True).returncode == 0
        for _ in range(3)
    ]

    assert made == [False, True, True]
    assert len((tmp_path / "tries").read_text().splitlines()) == 2


@pytest.mark.skipif(not (ROOT / ".ci").exists(), reason="an sdist has no .ci")
def test_all_that_tests_is_in_the_help_and_runs_where_changes_are_checked() -> None:
    makefile = MAKEFILE.read_text(encoding="utf-8")
    targets = set(re.findall(r"^(test[\w-]*):", makefile, re.MULTILINE))
    helped = set(re.findall(r'@echo "make ([\w-]+) ', makefile))
    run = set(re.findall(r"\bmake ([\w-]+)", (ROOT / ".ci" / "run").read_text(encoding="utf-8")))

    assert {"test", "test-browser", "test-release"} <= targets <= helped
    assert targets - {"test-all"} == run  # that one needs the real model


@pytest.mark.parametrize("extra", ["lab", "test"])
def test_what_the_sandbox_runs_is_fetched_while_there_is_a_network(extra: str, tmp_path: Path) -> None:
    shutil.copy(MAKEFILE, tmp_path)
    (tmp_path / "pyproject.toml").touch()

    told = subprocess.run(
        ["make", "--dry-run", f".venv/.{extra}"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout

    assert f"'.[{extra}]'\n.venv/bin/nbdspy sandbox fetch\n" in told.replace("@", "")
