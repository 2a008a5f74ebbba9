"""What `make` sets up on a machine with only Python and make."""

import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[1] / "Makefile"
PYTHON = """#!/bin/sh
# Makes the environment and fails for lack of pip the first time.
test "$1" = -m || exit 0
mkdir -p .venv/bin
echo >> tries
ln -sf "$0" .venv/bin/python
test "$(wc -l < tries)" -ge 2
"""


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
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
