"""The pages of the Python API: what there is, and each room's names as their docstrings explain them."""

from __future__ import annotations

from textwrap import indent

import nbdspy
from docs.generating.docstrings import converted
from docs.generating.markdown import cell, first_sentence, table
from docs.generating.public import Name, Room, rooms

_UNEXPLAINED = {"__version__": "The version, as text."}


def listing() -> str:
    """Every name of `nbdspy` in a line, by room, as Markdown."""
    parts = [
        "# The Python API\n",
        f"`import nbdspy` has {len(nbdspy.__all__)} names. It loads nothing heavy; each name loads when it is first "
        "used. Its rooms hold what fewer people need, as in `from nbdspy.evaluation import normalize_text`. Every name "
        "has an entry, made from its docstring.\n",
        "## Names of `nbdspy`\n",
    ]
    for room in rooms():
        short = [name for name in room.names if name.is_short]
        parts.append(table((f"[{room.name}](rooms/{room.name}.rst)", ""), map(_row, short)))
    rows = [(code, cell(text)) for code, text in _others()]
    parts.append(table(("and", ""), rows))
    parts.append("## Rooms\n")
    parts.append(
        table(("room", "is for"), [(f"[{room.name}](rooms/{room.name}.rst)", room.summary) for room in rooms()])
    )
    paths = "\n".join(f"rooms/{room.name}" for room in rooms())
    parts.append(f"```{{toctree}}\n:hidden:\n\n{paths}\n```\n")
    return "\n".join(parts)


def room_page(room: Room) -> str:
    """One room, as reStructuredText, for autodoc."""
    title = f"nbdspy.{room.name}"
    parts = [title, "=" * len(title), "", f".. py:module:: {title}", "", converted(room.summary), ""]
    if room.more:
        parts += ["::", "", indent(room.more, "   "), ""] if "──" in room.more else [converted(room.more), ""]
    return "\n".join([*parts, *(_entry(name) for name in room.names)])


def _row(name: Name) -> tuple[str, str]:
    return f"{{py:obj}}`{name.path.rpartition('.')[2]} <{name.path}>`", cell(first_sentence(name.text))


def _others() -> list[tuple[str, str]]:
    """The names of `nbdspy` that are rooms, and what is no object of ours."""
    found = []
    for name in nbdspy.__all__:
        if name not in nbdspy._PLACES:
            text = _UNEXPLAINED.get(name) or first_sentence(getattr(nbdspy, name).__doc__)
            found.append((f"`{name}`", text))
    return found


def _entry(name: Name) -> str:
    module, _, own = name.path.rpartition(".")
    if name.same_as or name.kind == "data":
        text = f"The same as :py:obj:`{name.same_as}`." if name.same_as else converted(name.text)
        return f".. py:data:: {own}\n   :module: {module}\n\n{indent(text, '   ')}\n\n"
    members = "   :members:\n" if name.kind != "function" else ""
    return f".. auto{name.kind}:: {name.path}\n{members}\n"
