"""`%%signature`, `%%module` and `%%tool`: definitions that a cell binds to a name."""

from __future__ import annotations

from typing import Any

from IPython.core.magic import cell_magic, line_cell_magic, magics_class

from nbdspy.errors import UsageError
from nbdspy.jupyter import manuals
from nbdspy.jupyter.base import NotebookMagics, documented
from nbdspy.jupyter.namespace import check_name


@magics_class
class DefinitionMagics(NotebookMagics):
    """Magics that define."""

    @line_cell_magic
    @documented(manuals.SIGNATURE)
    def signature(self, line: str, cell: str | None = None) -> Any:
        from nbdspy.signatures import read_text

        if cell is None:
            text = line.strip()
            quiet = text.endswith(";")
            name, _, text = text.removesuffix(";").strip().partition(" ")
            if not name:
                raise UsageError(
                    "%signature needs a name and a signature.", hint="Write %signature QA question -> answer."
                )
        else:
            arguments = manuals.SIGNATURE.read(line, self.names, is_cell=True)
            name, text, quiet = arguments.target("a name").text, cell, arguments.line.quiet
        _refuse_arrow(name, text)
        return self._define(name, read_text(text, name=check_name(name), scope=self.names.values), quiet=quiet)

    @cell_magic
    @documented(manuals.MODULE)
    def module(self, line: str, cell: str) -> Any:
        from nbdspy.modules import module

        arguments = manuals.MODULE.read(line, self.names, is_cell=True)
        name = check_name(arguments.target("a name").text)
        made = module(cell, name=name, scope=self.names.values)
        self.catalogue.define(name, made)
        return self._define(name, made, quiet=arguments.line.quiet)

    @cell_magic
    @documented(manuals.TOOL)
    def tool(self, line: str, cell: str) -> Any:
        from nbdspy.tools import tool

        arguments = manuals.TOOL.read(line, self.names, is_cell=True)
        name = check_name(arguments.target("a name").text)
        return self._define(name, tool(cell, name=name, scope=self.names.values), quiet=arguments.line.quiet)

    def _define(self, name: str, made: Any, *, quiet: bool) -> Any:
        return self.give(made, quiet=quiet, notes=self.bind(name, made))


def _refuse_arrow(name: str, text: str) -> None:
    """A line that starts with the first input would bind the signature to that name."""
    if text.lstrip().startswith(("->", ",", ":")) or name.endswith((",", ":")):
        raise UsageError(
            "The signature has no name.", hint=f"Write %signature NAME {name} {text.strip()}".rstrip() + "."
        )
