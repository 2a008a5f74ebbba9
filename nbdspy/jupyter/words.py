"""The words that our lines may hold in every notebook, each with what it means; editors know them without a kernel."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, Final

_FEW: Final[Mapping[str, Mapping[str, str]]] = {
    "MODE": {
        "record": "Send every call, and keep each reply in a file.",
        "replay": "Answer every call from a file, and send none.",
        "off": "Send calls as if there were no file.",
    },
    "TOPIC": {
        "help": "List the magics, or show one with an example.",
        "doctor": "Find what is wrong with this kernel, and say what helps.",
        "cache": "Say what is kept of earlier replies; `cache clear` forgets it.",
        "as": "With `dspy`: have `import dspy` give nbdspy.",
    },
    "DO": {
        "stop": "End a compile, and keep the best so far.",
        "pause": "Let a compile send nothing until it is resumed.",
        "resume": "Go on with a compile that was paused.",
        "wait": "Wait until a compile in the background has ended.",
        "try": "Have an instruction of yours compared with the rest.",
        "kept": "List the runs that the store keeps.",
        "delete": "Forget some of the kept runs.",
        "clear": "Forget all kept runs that nobody can go on with.",
    },
    "WHAT": {
        "diff": "Show what changed from one program to another.",
        "restore": "Bind a version of a program anew.",
    },
}
DEFAULT_OPTIMIZER: Final = "random_search"
DEFAULT_METRIC: Final = "exact_match"
COMPILED: Final = "_compiled"
"""Follows the name of a program in that of the variable to which its best is bound where none is named."""
_TYPES: Final = ("str", "int", "float", "bool", "list[str]", "dict[str, str]", "Literal[", "Any", "None")


def known_words(kind: str) -> Mapping[str, str]:
    """The words that an option's placeholder stands for, such as METRIC; none where only the notebook has them."""
    match kind:
        case "METRIC":
            from nbdspy.evaluation import METRICS

            return {name: _summary(metric) for name, metric in METRICS.items()}
        case "OPTIMIZER":
            from nbdspy.optimizers import OPTIMIZERS

            names = {name: _summary(optimizer) for name, optimizer in OPTIMIZERS.items()}
            return {**names, **{optimizer.__name__: names[name] for name, optimizer in OPTIMIZERS.items()}}
        case "MODEL":
            from nbdspy.models import weights

            return {name: f"On this machine: {model.size / 1e6:,.0f} MB." for name, model in weights.KNOWN.items()}
    return _FEW.get(kind) or dict.fromkeys(choices(kind), "")


def data_sets() -> tuple[list[str], list[str]]:
    """The data sets that nbdspy has: functions that give tables, and classes with parts."""
    from nbdspy import datasets

    things = {name: getattr(datasets, name) for name in datasets.__all__}
    tables = [name for name, each in things.items() if _gives_tables(each) and each is not datasets.catalog]
    classes = [
        name
        for name, each in things.items()
        if getattr(each, "__module__", "") == "nbdspy.datasets.classes" and each is not datasets.Dataset
    ]
    return sorted(tables), sorted(classes)


def _gives_tables(thing: Any) -> bool:
    given = str(inspect.signature(thing).return_annotation) if inspect.isfunction(thing) else ""
    return given == "Splits" or "DataFrame" in given


def choices(takes: str) -> tuple[str, ...]:
    """The only words that an option takes; none where it takes others."""
    return tuple(takes.split("|")) if "|" in takes else ()


def field_types() -> tuple[str, ...]:
    """How the type of a field may begin, the usual ones first."""
    from nbdspy.signatures.type_expressions import ELSEWHERE

    return *_TYPES, *ELSEWHERE


def optimizer_settings(name: str) -> Iterable[str]:
    """What `%%compile` may set of an optimizer, by its name or its class's; nothing for one that is not ours."""
    from nbdspy.optimizers import OPTIMIZERS

    optimizer = next((each for known, each in OPTIMIZERS.items() if name in (known, each.__name__)), None)
    return () if optimizer is None else inspect.signature(optimizer).parameters


def _summary(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0]
