"""What all tests need: interrupts, also where a shell has them ignored, and places that are not the user's."""

import atexit
import os
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from . import postgres
from .lacking import lacking

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


@pytest.fixture(scope="session")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """Gives the command of a tool from the package index, in an environment of its own that sees this nbdspy.

    Skips where it cannot be installed.

    `NBDSPY_GRADERS` names a folder in which environments are kept from one run to the next.
    """

    def installed(package: str, command: str) -> Path:
        kept = os.environ.get("NBDSPY_GRADERS")
        place = (Path(kept) if kept else tmp_path_factory.mktemp("graders")) / package.partition("<")[0]
        folder = place / "bin"
        if not (folder / command).exists():
            venv.create(place, with_pip=True)
            pip = [folder / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
            done = subprocess.run(pip, capture_output=True, text=True)
            if done.returncode:
                lacking(f"{package} cannot be installed here: {done.stderr.strip().splitlines()[-1:]}")
        inside = subprocess.run(
            [folder / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
        Path(inside, "zz_nbdspy.pth").write_text(f"{Path(__file__).parents[1]}\n{sysconfig.get_path('purelib')}\n")
        return folder / command

    return installed


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    """Runs a command in a folder of its own and gives what it said; fails with that when it fails."""
    environment = {
        **os.environ,
        "NBDSPY_MODE": "static",
        "NBDSPY_HOME": str(tmp_path / "home"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "jupyter"),
        "JUPYTER_DATA_DIR": str(tmp_path / "jupyter"),
        "IPYTHONDIR": str(tmp_path / "ipython"),
    }

    def ran(*words: str | Path, folder: Path) -> str:
        beside = [str(Path(words[0]).parent), sysconfig.get_path("scripts")]  # its own commands, then those of ours
        environment["PATH"] = os.pathsep.join([*beside, os.environ["PATH"]])
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=280)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return ran
