"""Writes what pages know of the language without asking a kernel: `python labextension/vocabulary.py`.

The words are Python's, in `nbdspy`; a test says when `src/grammar/vocabulary.json` has others.
"""

from __future__ import annotations

import json
import keyword
from pathlib import Path
from typing import Any, Final

from nbdspy.jupyter.extension import GROUPS
from nbdspy.jupyter.manuals import MANUALS
from nbdspy.jupyter.words import (
    COMPILED,
    DEFAULT_METRIC,
    DEFAULT_OPTIMIZER,
    data_sets,
    field_types,
    known_words,
    optimizer_settings,
)
from nbdspy.optimizers import OPTIMIZERS
from nbdspy.signatures import type_expressions as types
from nbdspy.signatures.fields import OPTIONS, RESERVED, WITHOUT_EFFECT
from nbdspy.types import is_custom

PLACE: Final = Path(__file__).parent / "src" / "grammar" / "vocabulary.json"


def vocabulary() -> dict[str, Any]:
    """All of it."""
    return {
        "keywords": sorted(keyword.kwlist),
        "reserved": sorted(RESERVED),
        "fieldOptions": list(OPTIONS),
        "withoutEffect": sorted(WITHOUT_EFFECT),
        "types": _types(),
        "fieldTypes": field_types(),
        "magics": _magics(),
        "words": _words(),
        "defaults": {"optimizer": DEFAULT_OPTIMIZER, "metric": DEFAULT_METRIC, "compiled": COMPILED},
        "dataSets": dict(zip(("tables", "classes"), data_sets(), strict=True)),
        "settings": {name: list(optimizer_settings(name)) for name in _optimizers()},
    }


def _types() -> dict[str, Any]:
    known = {**types.BUILTINS, **types.TYPING, **{name: _elsewhere(name) for name in types.ELSEWHERE}}
    return {
        "builtins": list(types.BUILTINS),
        "typing": list(types.TYPING),
        "elsewhere": dict(types.ELSEWHERE),
        "sameInPython": types.SAME_IN_PYTHON,
        "waysOut": types.WAYS_OUT,
        "withoutBrackets": [
            name for name, found in known.items() if isinstance(found, type) and not hasattr(found, "__class_getitem__")
        ],
        "withChoices": [
            name for name, found in known.items() if is_custom(found) and "__class_getitem__" in vars(found)
        ],
    }


def _elsewhere(name: str) -> Any:
    from importlib import import_module

    return getattr(import_module(types.ELSEWHERE[name]), name)


def _magics() -> list[dict[str, Any]]:
    kinds = {kind: {name for group in GROUPS for name in group.magics[kind]} for kind in ("line", "cell")}
    return [
        {
            "name": manual.name,
            "target": manual.target,
            "summary": manual.summary,
            "isCell": manual.name in kinds["cell"],
            "isLine": manual.name in kinds["line"],
            "options": [{"name": option.name, "takes": option.takes, "help": option.help} for option in manual.options],
        }
        for manual in MANUALS.values()
    ]


def _words() -> dict[str, dict[str, str]]:
    """What each placeholder stands for in every notebook, with a sentence about each word."""
    kinds = {option.takes for manual in MANUALS.values() for option in manual.options}
    kinds.update(manual.target for manual in MANUALS.values())
    return {kind: dict(known_words(kind)) for kind in sorted(kinds) if known_words(kind)}


def _optimizers() -> list[str]:
    """Names of optimizers, then those of their classes."""
    return [*OPTIMIZERS, *(optimizer.__name__ for optimizer in OPTIMIZERS.values())]


def text() -> str:
    """The file as it should stand."""
    return json.dumps(vocabulary(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PLACE.write_text(text(), encoding="utf-8")
