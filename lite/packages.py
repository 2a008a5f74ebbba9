"""The Python packages of the site: wheels that Pyodide can load, from the package index alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PYTHON: Final = "3.14"
PLATFORM: Final = "pyemscripten_2026_0_wasm32"
"""What compiled wheels are called (PEP 783) that this Pyodide loads."""

LEFT_OUT: Final = {
    "numpy": "is compiled, and the index has no wheel of it for WebAssembly",
    "pandas": "is compiled, and the index has no wheel of it for WebAssembly",
    "optuna": "needs numpy",
    "jsonschema": "needs rpds-py, which is compiled and has no wheel for WebAssembly",
    "litellm": "needs tokenizers and tiktoken, which are compiled and have no wheels for WebAssembly",
    "aiohttp": "needs sockets, which a page has not",
    "urllib3": "needs sockets, which a page has not",
    "certifi": "is for TLS, which the browser does itself",
}
"""What nbdspy needs elsewhere and the site goes without, and why."""

BUILT: Final = "MarkupSafe"
"""Compiled for speed only: without a compiler its source becomes a wheel of plain Python."""


def requirements() -> list[str]:
    """What nbdspy depends on, but for what is left out."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [one for one in project["dependencies"] if re.split(r"[^\w-]", one, maxsplit=1)[0] not in LEFT_OUT]


def fetch(folder: Path) -> None:
    """Put nbdspy's own wheel, and those that it needs, into a folder.

    Raises:
        subprocess.CalledProcessError: When one cannot be had; pip has said why.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _pip("wheel", "--no-deps", "--wheel-dir", folder, ROOT)
    _pip("wheel", "--no-deps", "--no-binary", BUILT, "--wheel-dir", folder, BUILT, CC="false")
    _pip(
        "download", "--dest", folder, "--find-links", folder, "--only-binary", ":all:", "--platform", PLATFORM,
        "--python-version", PYTHON, "--implementation", "cp", "--abi", f"cp{PYTHON.replace('.', '')}",
        "micropip", *requirements(),
    )  # fmt: skip


def _pip(*words: str | Path, **environment: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words]
    subprocess.run(command, env={**os.environ, **environment}, check=True)
