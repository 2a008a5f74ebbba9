"""How the package is built: by hatchling, and what pages run of ours before it.

A wheel and an sdist carry what was built. Only where that has to be built first, as from a checkout, does this ask for
a Node, which the package index has too. An editable install builds nothing: `make lab` does, and links it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import bundle
from hatchling import build as hatchling
from hatchling.build import build_editable, build_sdist, build_wheel, get_requires_for_build_editable
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
]
ROOT = Path(__file__).parents[1]
INSTALLED = "share/jupyter/labextensions/nbdspy"


def get_requires_for_build_wheel(config_settings: dict[str, Any] | None = None) -> list[str]:
    """What else has to be installed for a wheel."""
    return [*hatchling.get_requires_for_build_wheel(config_settings), *_node()]


def get_requires_for_build_sdist(config_settings: dict[str, Any] | None = None) -> list[str]:
    """What else has to be installed for an sdist."""
    return [*hatchling.get_requires_for_build_sdist(config_settings), *_node()]


class Bundle(BuildHookInterface):
    """Puts what pages run of ours into wheels and sdists."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build it where it is not there, or is of other sources."""
        if version == "editable":
            return
        if not _is_current():
            bundle.build()
        if self.target_name == "wheel":
            build_data["shared_data"] |= {
                str(bundle.EXTENSION.seal.parent): INSTALLED,
                str(bundle.HERE / "install.json"): f"{INSTALLED}/install.json",
            }


def _is_current() -> bool:
    return all(part.is_current() for part in bundle.PARTS)


def _node() -> list[str]:
    if _is_current():
        return []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements: list[str] = project["optional-dependencies"]["extension"]
    return requirements
