"""Which of DSPy's names are here, come later or are left out: the table behind `import dspy`, for people."""

from __future__ import annotations

from collections import defaultdict

from docs.generating.markdown import code, plain, table
from nbdspy.compat.names import _LATER, HOMES, LATER, LEFT_OUT, MODULES, PEER_VERSION, home_of, names_of


def carried() -> str:
    """The names of `dspy` that are names of `nbdspy`, in a paragraph, and those that are called otherwise here."""
    here = [name for name in names_of("dspy") if name not in LATER]
    same = [name for name in here if name not in HOMES]
    rows = [(code(name), code(".".join(home_of(name)))) for name in sorted(HOMES.keys() - LATER, key=str.lower)]
    return "\n".join(
        [
            f"Of the names of `dspy` in DSPy {PEER_VERSION}, {len(same)} are names of `nbdspy`: "
            + ", ".join(map(code, same))
            + ".\n",
            "These are in a room of nbdspy, some under another name. `import dspy` has them by DSPy's name, and so do "
            f"the {len(MODULES)} modules of DSPy that can be imported, as in `from dspy.teleprompt import MIPROv2`:\n",
            table(("in DSPy", "here"), rows),
        ]
    )


def later() -> str:
    """What is not there yet, by the work that brings it."""
    rows = [(plain(work), ", ".join(map(code, names.split()))) for work, names in _LATER.items()]
    return table(("what", "names"), rows)


def left_out() -> str:
    """What is left out, with the names that share a reason in one row."""
    shared: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, left in LEFT_OUT.items():
        shared[left.why, left.use].append(name)
    rows = [(", ".join(map(code, names)), plain(why), plain(use)) for (why, use), names in shared.items()]
    return table(("name", "why", "use"), rows)
