"""What can be installed besides, from `pyproject.toml`, with the reasons that stand there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from docs.generating.markdown import cell, code, table

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
OURS = ("test", "docs")  # for who works on nbdspy
_REASON = re.compile(r'^\s*"(?P<package>[\w-]+(?:\[[\w,-]+\])?).*?",\s*#\s*(?P<reason>.*)$', re.MULTILINE)


def listing() -> str:
    """Each extra with what it brings, as Markdown."""
    return table(("extra", "brings"), [(code(name), brings) for name, brings in extras().items()])


def extras() -> dict[str, str]:
    """What each extra brings, with the reasons."""
    text = PROJECT.read_text(encoding="utf-8")
    reasons: dict[str, str] = {}
    for found in _REASON.finditer(text):
        reasons.setdefault(found["package"], found["reason"])  # what the tests take it for comes later
    listed: dict[str, list[str]] = tomllib.loads(text)["project"]["optional-dependencies"]
    return {
        name: "; ".join(_brought(requirement, reasons) for requirement in requirements)
        for name, requirements in listed.items()
        if name not in OURS
    }


def _brought(requirement: str, reasons: dict[str, str]) -> str:
    package = re.match(r"[\w-]+(?:\[[\w,-]+\])?", requirement)
    assert package is not None
    if package[0].startswith("nbdspy["):
        return f"`{package[0].removeprefix('nbdspy')[1:-1]}`".replace(",", "`, `")
    reason = reasons.get(package[0])
    return f"{code(package[0])} ({cell(reason)})" if reason else code(package[0])
