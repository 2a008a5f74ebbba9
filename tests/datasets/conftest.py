"""Where the data are, if they are on this machine: `NBDSPY_DATA`, else the folder `shared/data` beside the project."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

DATA = Path(os.environ.get("NBDSPY_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.fixture
def local() -> Callable[[str], Path]:
    """The folder of a data set by its name; skips the test when it is not there."""

    def folder(name: str) -> Path:
        if not (DATA / name).is_dir():
            pytest.skip(f"{name} is not on this machine")
        return DATA / name

    return folder
