"""What the figures depend on: the machine and the versions. No names of machines or people, no paths."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("nbdspy", "ipython", "jinja2", "pydantic", "litellm", "xllamacpp")


def facts(peer: Path) -> dict[str, Any]:
    """The machine, how busy it is, and the versions of both sides."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": _memory(),
        "busy": round(os.getloadavg()[0], 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
        "peer": _peers(peer),
    }


def in_words(found: dict[str, Any]) -> str:
    """The same as two lines."""
    memory = f", {found['memory_gb']} GB" if found["memory_gb"] else ""
    peer = found["peer"]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return (
        f"{found['system']}, {found['cores']} cores{memory}, {found['busy']} processes wanted to run at the start.\n"
        f"Ours: Python {found['python']}, {versions}. Peer: Python {peer['python']}, dspy {peer['dspy']}."
    )


def _memory() -> int | None:
    if "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _peers(interpreter: Path) -> dict[str, str]:
    ask = "import platform; from importlib.metadata import version; print(platform.python_version(), version('dspy'))"
    said = subprocess.run([interpreter, "-c", ask], capture_output=True, text=True, check=True).stdout.split()
    return {"python": said[0], "dspy": said[1]}
