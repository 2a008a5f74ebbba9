"""`python -m lite.site [FOLDER]` builds the site, which any web server can give away and which asks nothing of others.

JupyterLite comes from the Python package index, Pyodide's core from npm. Its own packages lie on a server of Pyodide's;
in their place the site has wheels of the package index, listed in a lock file of its own.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from lite import lessons, packages

ENVIRONMENT: Final = {"NBDSPY_MODE": "static", "NBDSPY_HOME": "/tmp/nbdspy"}
KERNEL: Final = "@jupyterlite/pyodide-kernel-extension:kernel"


def build(site: Path) -> None:
    """Build the site in a folder; one that is there is made anew.

    Raises:
        subprocess.CalledProcessError: When a package cannot be had, or JupyterLite cannot build; both have said why.
    """
    shutil.rmtree(site, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="nbdspy-lite-") as folder:
        work = Path(folder)
        packages.fetch(work / "wheels")
        lessons.write(work / "files")
        _jupyterlite(work, site)
        (core,) = _unpacked_core(work)
        shutil.copytree(core, site / "static" / "pyodide")
        wheels = [*(work / "wheels").glob("*.whl"), *_of_the_kernel(site)]
        _lock(wheels, site / "static" / "pyodide")
    _configure(site, names=[_name(wheel) for wheel in wheels])


def _jupyterlite(work: Path, site: Path) -> None:
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--contents", work / "files", "--output-dir", site]
    subprocess.run([*command, "--no-sourcemaps"], cwd=work, check=True, stdout=subprocess.DEVNULL)


def _unpacked_core(work: Path) -> Iterable[Path]:
    """Pyodide as npm has it: the interpreter and the standard library, without any package."""
    from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION

    subprocess.run(["npm", "pack", "--silent", f"pyodide@{PYODIDE_VERSION}"], cwd=work, check=True, capture_output=True)
    (packed,) = work.glob("pyodide-*.tgz")
    with tarfile.open(packed) as archive:
        archive.extractall(work / "core", filter="data")
    return (work / "core").iterdir()


def _of_the_kernel(site: Path) -> list[Path]:
    """The wheels that JupyterLite's kernel brings along; of two versions of one the last."""
    found = sorted(site.glob("extensions/@jupyterlite/pyodide-kernel-extension/static/pypi/*.whl"))
    return [
        wheel for wheel in {_name(wheel): wheel for wheel in found}.values() if _name(wheel) != "widgetsnbextension"
    ]


def _lock(wheels: Iterable[Path], pyodide: Path) -> None:
    """Put the wheels beside Pyodide and say in its lock file that these are all the packages there are."""
    path = pyodide / "pyodide-lock.json"
    lock = json.loads(path.read_text(encoding="utf-8"))
    lock["packages"] = {_name(wheel): _locked(wheel) for wheel in wheels}
    path.write_text(json.dumps(lock, indent=1, sort_keys=True), encoding="utf-8")
    for wheel in wheels:
        shutil.copy(wheel, pyodide)


def _locked(wheel: Path) -> dict[str, Any]:
    """One package of the lock file; all of them are loaded together, so none has to name what it needs."""
    return {
        "name": _name(wheel), "version": wheel.name.split("-")[1], "file_name": wheel.name, "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(), "package_type": "package", "imports": [],
        "depends": [], "unvendored_tests": False,
    }  # fmt: skip


def _name(wheel: Path) -> str:
    return wheel.name.split("-")[0].lower().replace("_", "-")


def _configure(site: Path, *, names: list[str]) -> None:
    """Tell the kernel where its Pyodide is, what to load at once, and to ask no package index."""
    path = site / "jupyter-lite.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    data = config["jupyter-config-data"]
    data["appName"] = f"nbdspy {metadata.version('nbdspy')}"
    data["exposeAppInBrowser"] = True
    data.setdefault("litePluginSettings", {}).setdefault(KERNEL, {}).update(
        pyodideUrl="./static/pyodide/pyodide.mjs", disablePyPIFallback=True,
        loadPyodideOptions={"packages": names, "env": ENVIRONMENT},
    )  # fmt: skip
    path.write_text(json.dumps(config, indent=2), encoding="utf-8")


if __name__ == "__main__":
    place = Path(sys.argv[1] if sys.argv[1:] else packages.ROOT / "build" / "lite").absolute()
    build(place)
    print(f"The site is in {place}; see it with: {Path(sys.executable).name} -m http.server -d {place}")
