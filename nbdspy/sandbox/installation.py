"""What a sandbox is made of, and getting it onto this machine once: Deno, Pyodide, an image of a started Pyodide."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from nbdspy.errors import SandboxError, UsageError

HERE: Final = Path(__file__).resolve().parent
PYODIDE: Final = "314.0.7"
OLDEST_DENO: Final = (2, 5)  # of those before, Pyodide does not run in each
MODULES: Final = (
    "bisect,calendar,collections,copy,csv,dataclasses,datetime,decimal,difflib,enum,fractions,functools,hashlib,heapq,"
    "itertools,json,math,operator,pathlib,pprint,random,re,statistics,string,textwrap,typing,unicodedata"
)
"""What is loaded when a sandbox starts, so that the code need not wait for it."""

_FETCHING: Final = 600.0  # seconds, for a slow line
_ASKING: Final = 30.0
_KEPT: Final = 7 * 86_400  # seconds, for images that another version of nbdspy may use


@dataclass(frozen=True, slots=True)
class Installation:
    """A Deno to start, and the folder with what it runs.

    Args:
        deno: The program, and arguments before ours.
        folder: Of the fetched files.
    """

    deno: tuple[str, ...]
    folder: Path

    @property
    def is_fetched(self) -> bool:
        """Whether Pyodide is here, whole."""
        return bool(list(self.folder.glob(f"npm/*/pyodide/{PYODIDE}/pyodide.asm.wasm"))) and self._mark.exists()

    @property
    def snapshot(self) -> Path:
        """The image that a sandbox starts from; its name tells what it was made of."""
        made_of = hashlib.sha256(MODULES.encode())
        for name in ("inside.py", "snapshot.js", "pyodide.lock"):
            made_of.update((HERE / name).read_bytes())
        return self.folder / f"started-{made_of.hexdigest()[:16]}.bin"

    @property
    def environment(self) -> dict[str, str]:
        """All that Deno is told of the environment while it runs code: nothing of the user's."""
        needed = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}  # by Windows
        return {**needed, "DENO_DIR": str(self.folder), "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}

    def command(self, script: str, *allowed: str) -> list[str]:
        """The command line that runs one of our scripts, offline, with these permissions and no others."""
        flags = ("--no-prompt", "--cached-only", "--no-remote", "--no-config", "--frozen", f"--lock={_LOCK}")
        return [*self.deno, "run", *flags, *allowed, str(HERE / script)]

    def version(self) -> tuple[int, ...]:
        """Deno's own version.

        Raises:
            SandboxError: When there is no Deno, or it does not tell.
        """
        said = self._run([*self.deno, "--version"], _ASKING)
        found = re.match(r"deno (\d+)\.(\d+)\.(\d+)", said.stdout)
        if not found:
            raise SandboxError(f"{self.deno[0]} does not say which Deno it is.", hint=_GET_DENO)
        return tuple(int(part) for part in found.groups())

    def make_ready(self) -> None:
        """Fetch Pyodide and make the image, where that was not done; needs the network once, and a few seconds.

        Raises:
            SandboxError: When there is no Deno, or one too old; when Pyodide cannot be fetched or does not start.
        """
        if self.is_fetched and self.snapshot.exists():
            return
        if self.version() < OLDEST_DENO:
            raise SandboxError(too_old(".".join(map(str, self.version()))), hint=_GET_DENO)
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.is_fetched:
            self._fetch()
        self._make_snapshot()

    def _fetch(self) -> None:
        command = [*self.deno, "cache", "--no-config", "--frozen", f"--lock={_LOCK}", f"npm:pyodide@{PYODIDE}"]
        done = self._run(command, _FETCHING, os.environ)  # which knows how to reach the registry
        if done.returncode != 0:
            raise SandboxError(
                f"Pyodide, the Python of the sandbox, could not be fetched: {_last(done.stderr)}",
                hint="It comes from the npm registry, once, which needs a network: `nbdspy sandbox fetch` gets it.",
            )
        self._mark.touch()

    def _make_snapshot(self) -> None:
        handle, name = tempfile.mkstemp(dir=self.folder, prefix="making-")
        os.close(handle)
        allowed = (f"--allow-read={listed(self.folder, HERE)}", f"--allow-write={listed(Path(name))}")
        try:
            done = self._run(
                [*self.command("snapshot.js", *allowed), str(HERE / "inside.py"), MODULES, name], _FETCHING
            )
            if done.returncode != 0:
                raise SandboxError(
                    f"Pyodide does not start: {_last(done.stderr)}",
                    hint=f"Delete {self.folder}, and it is fetched again.",
                )
            for old in self.folder.glob("started-*.bin"):
                if old.stat().st_mtime < time.time() - _KEPT:
                    old.unlink(missing_ok=True)
            os.replace(name, self.snapshot)
        finally:
            Path(name).unlink(missing_ok=True)

    def _run(
        self, command: Sequence[str], seconds: float, known: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                command, env={**known, **self.environment}, stdin=subprocess.DEVNULL, capture_output=True,
                timeout=seconds, check=False, text=True, encoding="utf-8", errors="replace",
            )  # fmt: skip
        except OSError as error:
            raise SandboxError(
                f"Deno, which the sandbox runs in, cannot be started: {error}", hint=_GET_DENO
            ) from error
        except subprocess.TimeoutExpired as error:
            raise SandboxError(
                f"Deno has not done `{command[1]}` in {seconds:.0f} seconds.", hint="Try again."
            ) from error

    @property
    def _mark(self) -> Path:
        """Made when all files had come."""
        return self.folder / f"pyodide-{PYODIDE}"


def find(deno_command: Sequence[str] | None = None) -> Installation:
    """The Deno to use, and the folder of what it runs: `NBDSPY_SANDBOX`, or one in the user's cache folder.

    Args:
        deno_command: The program; by default that of the package `deno`, else the `deno` on the path.

    Raises:
        SandboxError: When there is no Deno.
        UsageError: When `deno_command` is no list of texts, or holds more than the program.
    """
    return Installation(tuple(_checked(deno_command)) if deno_command else (_deno(),), folder())


def folder() -> Path:
    """Where Pyodide and its image are kept."""
    chosen = os.environ.get("NBDSPY_SANDBOX")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("nbdspy", appauthor=False)) / "sandbox"


def listed(*paths: Path) -> str:
    """Paths as Deno's permissions take them."""
    return ",".join(str(path.resolve()).replace(",", ",,") for path in paths)


def too_old(version: str) -> str:
    """What to say of a Deno that Pyodide does not run in."""
    return f"The sandbox needs Deno {'.'.join(map(str, OLDEST_DENO))} or newer; this is {version}."


def _deno() -> str:
    try:
        from deno import find_deno_bin
    except ImportError:
        found = shutil.which("deno")
    else:
        try:
            found = find_deno_bin()
        except FileNotFoundError:
            found = shutil.which("deno")
    if found is None:
        raise SandboxError("Model-written code runs in Deno, which is not here.", hint=_GET_DENO)
    return str(found)


def _checked(command: Sequence[str]) -> Sequence[str]:
    if isinstance(command, str) or not all(isinstance(part, str) for part in command):
        raise UsageError(f"deno_command is {command!r}.", hint='Give a list, such as ["/opt/deno/bin/deno"].')
    if "run" in command:
        raise UsageError(
            f"deno_command is {list(command)!r}; it names the program only.",
            hint=f"Give {list(command[: command.index('run')])!r}; what Deno may do is decided here.",
        )
    return command


def _last(text: str) -> str:
    """The last line that says something, without the address of a registry."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return re.sub(r"https?://\S+", "(its address)", lines[-1]) if lines else "it says nothing."


_LOCK: Final = HERE / "pyodide.lock"
_GET_DENO: Final = "Install nbdspy[sandbox], and restart the kernel."
