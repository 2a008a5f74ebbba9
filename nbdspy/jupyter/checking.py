"""`%%check`: assertions that explain themselves, for exercises and for graders."""

from __future__ import annotations

from typing import Any

from IPython.core.magic import cell_magic, magics_class

from nbdspy.errors import Stopped
from nbdspy.jupyter import manuals
from nbdspy.jupyter.base import NotebookMagics, documented


@magics_class
class CheckingMagics(NotebookMagics):
    """The magic that checks."""

    @cell_magic
    @documented(manuals.CHECK)
    def check(self, line: str, cell: str) -> Any:
        from nbdspy.checks import checked

        arguments = manuals.CHECK.read(line, self.names, is_cell=True)
        arguments.no_more_than(1, "a name")
        name = arguments.targets[0].text if arguments.targets else "Check"
        out = arguments.given.pop("out", None)
        try:
            found = checked(cell, name, scope=self.names.values, **arguments.given)
        except Stopped:
            raise
        except KeyboardInterrupt as pressed:
            raise Stopped(f"{name} was not checked to its end.") from pressed
        notes = () if out is None else self.bind(out, found)
        quiet = arguments.line.quiet
        if quiet:
            self.screen.hush(found)
        else:
            # Shown, and not given as the cell's value: graders take a value for a number of points.
            self.screen.show(found, notes=notes)
        if not found.is_passed:
            raise found.error(is_shown=not quiet)
        return found
