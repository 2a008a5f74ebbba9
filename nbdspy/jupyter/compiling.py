"""`%compile` and `%%compile`: search for a better program, and bind the best that was found, however it ends."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import line_cell_magic, magics_class

from nbdspy import events
from nbdspy.errors import CompileWarning, Stopped, UsageError
from nbdspy.jupyter import manuals
from nbdspy.jupyter.base import NotebookMagics, documented
from nbdspy.jupyter.options import Arguments
from nbdspy.jupyter.settings_cell import read_settings
from nbdspy.jupyter.tokenizer import Word
from nbdspy.jupyter.unchanged import UNCHANGED, Finished, compile_key
from nbdspy.jupyter.words import COMPILED, DEFAULT_OPTIMIZER
from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    from nbdspy.jupyter.watch import Watch
    from nbdspy.optimizers import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compile:
    """What a line asks for: `program` by its `title`, to be bound to `name`; `key` is all that it depends on.

    `held` is what the name was bound to before.
    """

    title: str
    program: Any
    given: dict[str, Any]
    name: str
    source: str
    key: str | None
    held: Any


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
        given = self.preferences.defaults(threads="threads") | arguments.given
        chosen = given.pop("out", None)
        if cell is not None:
            given["options"] = read_settings(cell, self.names, source="%%compile")
        if "data" not in given:
            raise UsageError(
                f"{arguments.line.magic} needs training examples.", hint="Write --data with the name of a DataFrame."
            )
        _check_names(given, arguments)
        is_forced = given.pop("force", False)
        _hand_on_auto(given, arguments)
        if given.pop("plan", False):
            return self.give(_plan(program, given), quiet=arguments.line.quiet)
        in_background = given.pop("background", False)
        source = _source_name(word, program)
        name = chosen or f"{source}{COMPILED}"
        given["name"] = name  # of the run, by which --resume finds it
        try:
            key = compile_key(program, given)
            held = self.names.values.get(name)
            known = None if is_forced else self._finished.find(name, key, held)
            if known is not None:
                return self.give(known, quiet=arguments.line.quiet, notes=(UNCHANGED,))
            compile = _Compile(
                title=word.raw, program=program, given=given, name=name, source=source, key=key, held=held
            )  # fmt: skip
            if in_background:
                return self._begin(compile, quiet=arguments.line.quiet)
            result = self._search(compile, quiet=arguments.line.quiet)
        except Stopped:
            raise
        except KeyboardInterrupt as pressed:  # before anything was scored the best is what went in
            self.bind(name, as_program(program))
            raise Stopped(f"Nothing was scored yet; {name} is the program that went in.") from pressed
        self._finished.remember(name, key, result)
        return result

    def _begin(self, compile: _Compile, *, quiet: bool) -> Any:
        """Compile in the background; the answer is the run."""
        whole_import("nbdspy.jupyter.compile_watch")
        from nbdspy.jupyter.background import Background
        from nbdspy.jupyter.compile_watch import CompileWatch
        from nbdspy.optimizers import begun_runs, start

        going = [number for number, run in begun_runs if begun_runs.name(number) == compile.name and not run.is_done]
        if going:
            raise UsageError(
                f"Run {going[-1]} goes on for {compile.name} already.",
                hint=f"Take another name with --out, or end that one: %runs stop {going[-1]}.",
            )

        def remember(result: Result) -> tuple[str, ...]:
            self._finished.remember(compile.name, compile.key, result)
            return self._noted(compile, result)

        hint = f"%runs pause, resume or stop {compile.name} steers it."
        with CompileWatch(self.screen, compile.title, quiet=quiet, hint=hint) as watch, _unwarned():
            background = Background(self.names, compile.name, watch, remember)
            with events.listening_here(background.hear):
                run = start(compile.program, **compile.given)
            said = background.follow(run, begun_runs.number(run))
        self.screen.note(run, *said)
        self.screen.hush(run)
        return run

    def _search(self, compile: _Compile, *, quiet: bool) -> Any:
        """Compile, and bind and show what was found, even when it is stopped."""
        whole_import("nbdspy.jupyter.compile_watch")
        from nbdspy import optimizers
        from nbdspy.jupyter.compile_watch import CompileWatch
        from nbdspy.optimizers import Result

        told = (f"-> {compile.name}",)
        hint = "Interrupt the kernel to stop; the best so far is kept."
        with CompileWatch(self.screen, compile.title, quiet=quiet, hint=hint) as watch, _unwarned():
            try:
                result = optimizers.compile(compile.program, **compile.given)
            except Stopped as stopped:
                self._keep(compile, stopped.result, watch, told)
                raise Stopped(f"{stopped} {compile.name} holds it.", result=stopped.result) from stopped
            except Exception as error:  # a search that fails late has found something
                found = getattr(error, "result", None)
                if isinstance(found, Result):
                    self._keep(compile, found, watch, told)
                    error.add_note(f"{compile.name} holds the program.")
                raise
            notes = (*told, *self.bind(compile.name, result.best))
            try:
                watch.finish(result, notes=(*notes, *self._noted(compile, result)))
            except KeyboardInterrupt as pressed:
                raise Stopped(f"The search is done; {compile.name} holds the best.", result=result) from pressed
        return result

    def _keep(self, compile: _Compile, found: Result, watch: Watch, told: tuple[str, ...]) -> None:
        """Bind and show what a search had found when it ended too early."""
        replaced = self.bind(compile.name, found.best)
        watch.finish(found, notes=(*told, *replaced, *self._noted(compile, found)), is_returned=False)

    def _noted(self, compile: _Compile, found: Result) -> tuple[str, ...]:
        """Put what was found among the versions; the answer says what is lost sight of by that."""
        return self.catalogue.compiled(compile.name, compile.source, found, held=compile.held)


@contextmanager
def _unwarned() -> Iterator[None]:
    """Without the warnings that the card tells, and without one of an import that goes on where this ends.

    Optuna's import silences a warning of tqdm's for as long as it lasts. What is silenced belongs to the process, and
    not to the thread: it would be heard again once a search that was stopped, or began in the background, ends here.
    """
    warnings.filterwarnings("ignore", r"Using `tqdm\.autonotebook")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CompileWarning)
        yield


def _source_name(word: Word, program: Any) -> str:
    """What a program that goes into a compile is called."""
    from nbdspy.modules import program_name

    return next(filter(str.isidentifier, (word.raw, program_name(program))), "program")


def _check_names(given: dict[str, Any], arguments: Arguments) -> None:
    """Point at a name of an optimizer, or of a metric, that there is not.

    Raises:
        UsageError: When there is none of that name.
    """
    from nbdspy.evaluation import metric_named
    from nbdspy.optimizers import optimizer_named

    if isinstance(optimizer := given.get("optimizer"), str):
        with arguments.pointing("optimizer"):
            optimizer_named(optimizer)
    if isinstance(metric := given.get("metric"), str):
        with arguments.pointing("metric"):
            metric_named(metric)


def _hand_on_auto(given: dict[str, Any], arguments: Arguments) -> None:
    """Make --auto an option of the optimizer.

    Raises:
        UsageError: When it has none of that name, or the cell's body gives it too.
    """
    if "auto" not in given:
        return
    from nbdspy.optimizers import OPTIMIZERS, optimizer_named

    size = given.pop("auto")
    chosen = given.get("optimizer", DEFAULT_OPTIMIZER)
    made_by = optimizer_named(chosen) if isinstance(chosen, str) else type(chosen)
    options = given.get("options", {})
    place = arguments.line.place(arguments.typed["auto"])
    if not _has_auto(made_by):
        able = [name for name, optimizer in OPTIMIZERS.items() if _has_auto(optimizer)]
        hint = "Its own options, in the body of %%compile, say how much it does."
        hint += f" --auto is for: {', '.join(able)}." if able else ""
        raise UsageError(f"{made_by.name} has no --auto.", hint=hint, place=place)
    if "auto" in options:
        raise UsageError("--auto is given twice.", hint="Keep it in the line or in the body.", place=place)
    given["options"] = {**options, "auto": size}


def _has_auto(optimizer: type[Any]) -> bool:
    return "auto" in inspect.signature(optimizer).parameters


def _plan(program: Any, given: dict[str, Any]) -> Any:
    """The plan of a compile; limits do not change it."""
    from nbdspy.optimizers import plan

    known = inspect.signature(plan).parameters
    return plan(program, **{name: value for name, value in given.items() if name in known})
