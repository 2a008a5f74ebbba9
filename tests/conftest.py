"""What all tests need: interrupts, also where a shell has them ignored, and a cache that is not the user's."""

import atexit
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("here", deadline=None)  # a busy machine is no failure
settings.load_profile("here")

collect_ignore = ["screenshots.py", "modules/exchange.py", "compat/signatures.py"]  # scripts

signal.signal(signal.SIGINT, signal.default_int_handler)

# For subprocesses, too, and before anything could be cached.
os.environ["NBDSPY_CACHE_DIR"] = tempfile.mkdtemp(prefix="nbdspy-tests-")
atexit.register(shutil.rmtree, os.environ["NBDSPY_CACHE_DIR"], ignore_errors=True)


@pytest.fixture(scope="session")
def peer() -> str:
    """The interpreter that has the real DSPy: NBDSPY_PEER_PYTHON, or what `make .venv/.peer` made."""
    path = Path(os.environ.get("NBDSPY_PEER_PYTHON") or Path(__file__).parents[1] / ".venv" / "peer" / "bin" / "python")
    if not path.exists():
        pytest.skip("`make .venv/.peer` installs the peer")
    return str(path)
