"""What all tests need: interrupts, also where a shell runs the tests in the background and has them ignored."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("here", deadline=None)  # a busy machine is no failure
settings.load_profile("here")

collect_ignore = ["screenshots.py", "modules/exchange.py"]  # scripts

signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def peer() -> str:
    """The interpreter that has the real DSPy: NBDSPY_PEER_PYTHON, or what `make .venv/.peer` made."""
    path = Path(os.environ.get("NBDSPY_PEER_PYTHON") or Path(__file__).parents[1] / ".venv" / "peer" / "bin" / "python")
    if not path.exists():
        pytest.skip("`make .venv/.peer` installs the peer")
    return str(path)
