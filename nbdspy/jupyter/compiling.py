"""`%compile` and `%%compile`: search for a better program, and bind the best that was found, however it ends."""

from __future__ import annotations

import inspect
import warnings
from typing import TYPE_CHECKING, Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import line_cell_magic, magics_class

from nbdspy.errors import CompileWarning, Stopped, UsageError
from nbdspy.jupyter import manuals
from nbdspy.jupyter.base import NotebookMagics, documented
from nbdspy.jupyter.settings_cell import read_settings
from nbdspy.jupyter.tokenizer import Word
from nbdspy.jupyter.unchanged import UNCHANGED, Finished, compile_key
from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    from nbdspy.jupyter.watch import Watch
    from nbdspy.optimizers import Result


@magics_class
class CompilingMagics(NotebookMagics):
    """The magic that optimizes."""

    def __init__(self, shell: InteractiveShell, **parts: Any) -> None:
        super().__init__(shell, **parts)
        self._finished = Finished()

    @line_cell_magic
    @documented(manuals.COMPILE)
    def compile(self, line: str, cell: str | None = None) -> Any:
        from nbdspy.modules import as_program

        arguments = manuals.COMPILE.read(line, self.names, is_cell=cell is not None)
        word = arguments.target("a program")
        program = self.program(word, arguments.line)
        given = self.preferences.defaults(budget="budget_usd", max_calls="max_calls", threads="threads")
        given |= arguments.given
        chosen = given.pop("out", None)
        if cell is not None:
            given["options"] = read_settings(cell, self.names, source="%%compile")
        if "data" not in given:
            raise UsageError(
                f"{arguments.line.magic} needs training examples.", hint="Write --data with the name of a DataFrame."
            )
        is_forced = given.pop("force", False)
        if given.pop("plan", False):
            return self.give(_plan(program, given), quiet=arguments.line.quiet)
        name = chosen or _default_name(word, program)
        try:
            key = compile_key(program, given)
            known = None if is_forced else self._finished.find(name, key, self.names.values.get(name))
            if known is not None:
                return self.give(known, quiet=arguments.line.quiet, notes=(UNCHANGED,))
            result = self._search(word.raw, program, given, name=name, quiet=arguments.line.quiet)
        except Stopped:
            raise
        except KeyboardInterrupt as pressed:  # before anything was scored the best is what went in
            self.bind(name, as_program(program))
            raise Stopped(f"Nothing was scored yet; {name} is the program that went in.") from pressed
        self._finished.remember(name, key, result)
        return result

    def _search(self, title: str, program: Any, given: dict[str, Any], *, name: str, quiet: bool) -> Any:
        """Compile, and bind and show what was found, even when it is stopped."""
        whole_import("nbdspy.jupyter.watch")
        from nbdspy.jupyter.watch import Watch
        from nbdspy.optimizers import Result, compile

        told = (f"-> {name}",)
        with Watch(self.screen, title, quiet=quiet) as watch, warnings.catch_warnings():
            warnings.simplefilter("ignore", CompileWarning)  # the card says it
            try:
                result = compile(program, **given)
            except Stopped as stopped:
                self._keep(name, stopped.result, watch, told)
                raise Stopped(f"{stopped} {name} holds it.", result=stopped.result) from stopped
            except Exception as error:  # a search that fails late has found something
                found = getattr(error, "result", None)
                if isinstance(found, Result):
                    self._keep(name, found, watch, told)
                    error.add_note(f"{name} holds the program.")
                raise
            notes = (*told, *self.bind(name, result.best))
            try:
                watch.finish(result, notes=notes)
            except KeyboardInterrupt as pressed:
                raise Stopped(f"The search is done; {name} holds the best.", result=result) from pressed
        return result

    def _keep(self, name: str, found: Result, watch: Watch, told: tuple[str, ...]) -> None:
        """Bind and show what a search had found when it ended too early."""
        watch.finish(found, notes=(*told, *self.bind(name, found.best)), is_returned=False)


def _default_name(word: Word, program: Any) -> str:
    from nbdspy.modules import program_name

    name = next(filter(str.isidentifier, (word.raw, program_name(program))), "program")
    return f"{name}_compiled"


def _plan(program: Any, given: dict[str, Any]) -> Any:
    """The plan of a compile; limits and threads do not change it."""
    from nbdspy.optimizers import plan

    known = inspect.signature(plan).parameters
    return plan(program, **{name: value for name, value in given.items() if name in known})
