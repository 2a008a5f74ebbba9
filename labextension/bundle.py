"""Builds what pages run of ours, and tells whether what was built belongs to its sources.

`python labextension/bundle.py` needs Node: the extra `extension` brings one. All the rest needs only Python.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
PACKAGE: Final = HERE.parent / "nbdspy"


@dataclass(frozen=True, slots=True)
class Part:
    """Files that are built from others, and the file beside them that seals the two."""

    sources: tuple[Path, ...]
    built: tuple[Path, ...]
    seal: Path
    packages: tuple[str, ...] = ()

    def digest(self) -> str:
        """One number of the sources, of the packages that they are built with, and of what was built."""
        found = hashlib.sha256()
        for path in (*_files(self.sources), *_files(self.built)):
            if path != self.seal:
                found.update(f"{path.relative_to(HERE.parent).as_posix()}\0{path.stat().st_size}\0".encode())
                found.update(path.read_bytes())
        pinned = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["devDependencies"]
        found.update(json.dumps({name: pinned[name] for name in self.packages}).encode())
        return found.hexdigest()

    def is_built(self) -> bool:
        """Whether anything was built, of whatever sources."""
        return self.seal.exists()

    def is_current(self) -> bool:
        """Whether what was built belongs to its sources."""
        return self.is_built() and self.seal.read_text(encoding="utf-8").strip() == self.digest()

    def close(self) -> None:
        """Say that what was built belongs to its sources."""
        self.seal.write_text(self.digest() + "\n", encoding="utf-8")


# In the repository, so that a checkout's first notebook has live cards without Node.
WIDGETS: Final = Part(
    sources=(HERE / "src" / "widgets",),
    built=(PACKAGE / "jupyter" / "keys.js", PACKAGE / "jupyter" / "live.js"),
    seal=PACKAGE / "jupyter" / "widgets.sha256",
    packages=("esbuild", "morphdom"),
)
# Not in the repository; in the wheel and in the sdist.
EXTENSION: Final = Part(
    sources=(
        *(HERE / name for name in ("src", "style", "schema", "package.json", "package-lock.json")),
        *(HERE / name for name in ("tsconfig.json", "tsconfig.build.json")),
    ),
    built=(PACKAGE / "labextension",),
    seal=PACKAGE / "labextension" / "sources.sha256",
)
PARTS: Final = (WIDGETS, EXTENSION)


def build() -> None:
    """Build all of it with the Node that is on the path, from exactly the packages of the lock file.

    Raises:
        FileNotFoundError: When there is no npm.
        subprocess.CalledProcessError: When it cannot be built; npm has said why.
    """
    modules = HERE / "node_modules"
    installed = modules / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (HERE / "package-lock.json").stat().st_mtime:
        if modules.is_symlink():
            modules.unlink()  # npm empties what it leads to, which is another checkout's
        run("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    run("run", "--silent", "build")
    for part in PARTS:
        part.close()


def run(*command: str) -> None:
    """Have npm do something here."""
    subprocess.run(["npm", *command], cwd=HERE, check=True)


def _files(places: Iterable[Path]) -> list[Path]:
    return sorted(
        path for place in places for path in ([place] if place.is_file() else place.rglob("*")) if path.is_file()
    )


if __name__ == "__main__":
    # The Node of this environment comes before another that the machine may have.
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    run(*sys.argv[1:]) if sys.argv[1:] else build()
