"""`%compile` and `%%compile`: search for a better program, and bind the best that was found, however it ends."""

from __future__ import annotations

import inspect
from typing import Any

from IPython.core.magic import line_cell_magic, magics_class

from nbdspy.errors import Stopped, UsageError
from nbdspy.jupyter import manuals
from nbdspy.jupyter.base import NotebookMagics, documented
from nbdspy.jupyter.settings_cell import read_settings
from nbdspy.jupyter.tokenizer import Word


@magics_class
class CompilingMagics(NotebookMagics):
    """The magic that optimizes."""

    @line_cell_magic
    @documented(manuals.COMPILE)
    def compile(self, line: str, cell: str | None = None) -> Any:
        from nbdspy.jupyter.watch import Watch
        from nbdspy.modules import as_program
        from nbdspy.optimizers import compile, plan

        arguments = manuals.COMPILE.read(line, self.names, is_cell=cell is not None)
        word = arguments.target("a program")
        program = self.program(word, arguments.line)
        given = dict(arguments.given)
        chosen = given.pop("out", None)
        if cell is not None:
            given["options"] = read_settings(cell, self.names, source="%%compile")
        if "data" not in given:
            raise UsageError(
                f"{arguments.line.magic} needs training examples.", hint="Write --data with the name of a DataFrame."
            )
        if given.pop("plan", False):
            return self.give(plan(program, **_planned(given)), quiet=arguments.line.quiet)
        name = chosen or _default_name(word, program)
        echo = () if chosen else (f"-> {name}",)
        with Watch(self.screen, word.raw, quiet=arguments.line.quiet) as watch:
            try:
                result = compile(program, **given)
            except KeyboardInterrupt as pressed:
                found = pressed.result if isinstance(pressed, Stopped) else None
                # Before anything is scored the best so far is what went in.
                notes = self.bind(name, as_program(program) if found is None else found.best)
                if found is None:
                    raise Stopped(f"Nothing was scored yet; {name} is the program that went in.") from pressed
                watch.finish(found, notes=(*echo, *notes))
                raise Stopped(f"{pressed} {name} holds it.", result=found) from pressed
            watch.finish(result, notes=(*echo, *self.bind(name, result.best)))
        return result


def _default_name(word: Word, program: Any) -> str:
    from nbdspy.modules import program_name

    return f"{word.raw if word.raw.isidentifier() else program_name(program)}_compiled"


def _planned(given: dict[str, Any]) -> dict[str, Any]:
    """What a plan depends on; limits and threads do not change it."""
    from nbdspy.optimizers import plan

    return {name: value for name, value in given.items() if name in inspect.signature(plan).parameters}
