"""`playground` and `label`: forms on a page, and the objects behind them for Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from IPython.core.getipython import get_ipython

from nbdspy.data import Example
from nbdspy.forms import Given, Labels, Playground
from nbdspy.forms.cases import fields_of
from nbdspy.jupyter.preferences import NbDspy
from nbdspy.jupyter.screen import Screen
from nbdspy.modules import as_program

if TYPE_CHECKING:
    from nbdspy.models import BaseLM

_labelled: dict[tuple[str, ...], dict[str, Given]] = {}  # by variable and fields: what was said of rows
_kept: dict[tuple[str, ...], list[Example]] = {}
_open: dict[str, Any] = {}  # the forms by variable; one that is made anew closes the one before


def playground(
    program: Any, other: Any = None, *, lm: BaseLM | None = None, names: Sequence[str] = ("program", "other"),
    name: str = "playground", fresh: bool = False,
) -> Playground:  # fmt: skip
    """Try a program by hand: a form on a page; elsewhere a card that says how to do it from Python.

    Args:
        program: A signature or a program.
        other: Another with the same inputs, to be asked beside it.
        lm: Another model, for the other program, or for the same one beside itself.
        names: What the two are called.
        name: The variable that holds the playground. Examples kept under this name for the same fields stay when a
            cell is run again.
        fresh: Forget those.

    Returns:
        The playground: `run`, `keep`, `examples`, `frame`.

    Raises:
        UsageError: When the other program takes other inputs.
    """
    made = new_playground(program, other, lm=lm, names=names, name=name, fresh=fresh)
    show(made, _here())
    return made


def label(
    data: Any, program: Any = None, *, called: str = "data", name: str = "labels", fresh: bool = False,
    asks: bool = True,
) -> Labels:  # fmt: skip
    """Label rows by hand: a form on a page; elsewhere a card that says how to do it from Python.

    Args:
        data: A DataFrame, a list of examples or dictionaries, the result of an evaluation, or labels to go on with.
        program: Says which fields are labelled, and proposes values where the data have none.
        called: What the data are called.
        name: The variable that holds the labels. What was said of equal rows under this name stays when a cell is run
            again, also with other rows between.
        fresh: Forget that.
        asks: Whether the program is asked for proposals at all.

    Returns:
        The labels: `accept`, `correct`, `skip`, `back`, `frame`, `examples`, `as_demos`.

    Raises:
        UsageError: When nothing says which fields are labelled.
        DataError: When the data lack an input.
    """
    made = new_labels(data, program, called=called, name=name, fresh=fresh, asks=asks)
    show(made, _here())
    return made


def new_playground(
    program: Any, other: Any, *, lm: BaseLM | None, names: Sequence[str], name: str, fresh: bool
) -> Playground:
    """A playground with the examples that were kept under its name."""
    made = Playground(program, other, lm=lm, names=names, name=name)
    key = (name, *made.inputs, "->", *made.outputs)
    if fresh:
        _kept.pop(key, None)
    made.kept = _kept.setdefault(key, [])
    return made


def new_labels(data: Any, program: Any, *, called: str, name: str, fresh: bool, asks: bool) -> Labels:
    """Labels of the data, with what was said of their rows under that name."""
    if isinstance(data, Labels):
        return data
    asked = None if program is None else as_program(program)
    inputs, outputs = fields_of(data, asked)
    key = (name, *inputs, "->", *outputs)
    if fresh:
        _labelled.pop(key, None)
    return Labels(data, asked, called=called, name=name, memory=_labelled.setdefault(key, {}), asks=asks)


def show(made: Labels | Playground, screen: Screen | None, notes: tuple[str, ...] = ()) -> None:
    """A form where somebody can fill it in, else a card."""
    before = _open.pop(made.name, None)
    if before is not None:
        before.close()
    if screen is None:
        return
    if screen.frontend != "live":
        screen.show(made, notes=notes)
        return
    said = " · ".join(notes)
    if isinstance(made, Labels):
        from nbdspy.jupyter.labelling import LabelForm

        _open[made.name] = LabelForm(made, screen, said=said)
    else:
        from nbdspy.jupyter.trying import PlaygroundForm

        _open[made.name] = PlaygroundForm(made, screen, said=said)
    screen.hush(made)


def _here() -> Screen | None:
    """The output of the cell that runs; None outside of IPython."""
    shell = get_ipython()
    return None if shell is None else Screen(shell, NbDspy(shell))
