"""What all tests need: interrupts, also where a shell has them ignored, and places that are not the user's."""

import atexit
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from . import postgres

settings.register_profile("here", deadline=None)  # a busy machine is no failure
settings.load_profile("here")

collect_ignore = [
    "screenshots.py",
    "lab_screenshots.py",
    "pictures.py",
    "modules/exchange.py",
    "compat/signatures.py",
]  # scripts

signal.signal(signal.SIGINT, signal.default_int_handler)

# For subprocesses, too, and before anything could be cached.
for _place in ("NBDSPY_CACHE_DIR", "NBDSPY_HOME"):
    os.environ[_place] = tempfile.mkdtemp(prefix="nbdspy-tests-")
    atexit.register(shutil.rmtree, os.environ[_place], ignore_errors=True)
os.environ.pop("NBDSPY_STORE", None)


@pytest.fixture(scope="session")
def peer() -> str:
    """The interpreter that has the real DSPy: NBDSPY_PEER_PYTHON, or what `make .venv/.peer` made."""
    path = Path(os.environ.get("NBDSPY_PEER_PYTHON") or Path(__file__).parents[1] / ".venv" / "peer" / "bin" / "python")
    if not path.exists():
        pytest.skip("`make .venv/.peer` installs the peer")
    return str(path)


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Postgres]:
    """A real PostgreSQL; skips where none is installed."""
    with postgres.running() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new database, once in a file and once on a real server."""
    if request.param == "sqlite":
        return str(tmp_path / "kept" / "store.sqlite")
    running: postgres.Postgres = request.getfixturevalue("server")
    return running.new()
