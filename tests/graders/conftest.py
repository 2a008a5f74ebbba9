"""Graders and other tools from the package index, each in an environment of its own, which sees this nbdspy."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]
Tool = Callable[..., str]


@pytest.fixture(scope="session")
def grader(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """Gives the command of a tool; skips where it cannot be installed.

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
                pytest.skip(f"{package} cannot be installed here: {done.stderr.strip().splitlines()[-1:]}")
        inside = subprocess.run(
            [folder / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
        Path(inside, "zz_nbdspy.pth").write_text(f"{HERE}\n{sysconfig.get_path('purelib')}\n")
        return folder / command

    return installed


@pytest.fixture
def run(tmp_path: Path) -> Tool:
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
        environment["PATH"] = os.pathsep.join([str(Path(words[0]).parent), os.environ["PATH"]])
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=280)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return ran
