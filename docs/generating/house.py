"""The floors of the house, from the test that guards them."""

from __future__ import annotations

import ast
from pathlib import Path

from docs.generating.markdown import table
from docs.generating.public import Room

GUARD = Path(__file__).parents[2] / "tests" / "test_floors.py"


def floors() -> dict[str, int]:
    """Each room with its floor."""
    return _constant("FLOORS")


def drawn() -> str:
    """The rooms by floor with what each is for, the lowest last, as a house stands."""
    by_floor: dict[int, list[str]] = {}
    for room, floor in floors().items():
        by_floor.setdefault(floor, []).append(room)
    rows = [
        (str(floor) if not at else "", f"`{room}`", _summary(room))
        for floor in sorted(by_floor, reverse=True)
        for at, room in enumerate(by_floor[floor])
    ]
    return table(("floor", "room", "is for"), rows)


def _summary(room: str) -> str:
    return Room(room, ()).summary.replace("|", "\\|")


def _constant(name: str) -> dict[str, int]:
    for node in ast.parse(GUARD.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            found: dict[str, int] = ast.literal_eval(node.value)
            return found
    raise LookupError(f"{GUARD} has no {name}.")
