"""Under test a notebook replays the cassette beside it, so equal runs show the same."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

import pytest

_HOME = tempfile.mkdtemp(prefix="nbdspy-notebooks-")  # runs and programs of these tests
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)  # before the item's kernel starts
def pytest_runtest_setup(item: pytest.Item) -> None:
    os.environ["NBDSPY_CASSETTE"] = f"replay:{item.path.with_suffix('.jsonl')}"
    os.environ["NBDSPY_MODE"] = "static"
    home = os.path.join(_HOME, item.path.stem)  # with no other notebook's programs
    os.environ["NBDSPY_HOME"] = home
