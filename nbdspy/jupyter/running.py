"""`%runs`: the compiles of this kernel, and what steers them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from IPython.core.magic import line_magic, magics_class

from nbdspy.errors import Stopped, UsageError, did_you_mean
from nbdspy.jupyter import manuals
from nbdspy.jupyter.base import NotebookMagics, documented
from nbdspy.jupyter.options import Arguments
from nbdspy.jupyter.tokenizer import Line, Word

if TYPE_CHECKING:
    from nbdspy.optimizers import Result, Run

BETWEEN_LOOKS: Final = 0.05  # seconds; a wait in one piece cannot be interrupted everywhere
STEERING: Final = ("stop", "pause", "resume", "wait")
KEEPING: Final = ("kept", "delete", "clear")
TRY: Final = "try"
ACTIONS: Final = (*STEERING, TRY, *KEEPING)


@magics_class
class RunMagics(NotebookMagics):
    """The magic that steers."""

    @line_magic
    @documented(manuals.RUNS)
    def runs(self, line: str) -> Any:
        from nbdspy.optimizers import begun_runs

        arguments = manuals.RUNS.read(line, self.names)
        if arguments.targets and arguments.targets[0].text in KEEPING:
            return self.give(_kept(arguments), quiet=arguments.line.quiet)
        if arguments.given:
            option = next(iter(arguments.given))
            raise UsageError(f"--{option} is for %runs delete and %runs clear.", hint="Leave it out.")
        if arguments.targets and arguments.targets[0].text == TRY:
            return self.give(_tried(arguments), quiet=arguments.line.quiet)
        arguments.no_more_than(2, "what to do and a run")
        match arguments.targets:
            case []:
                return self.give(begun_runs, quiet=arguments.line.quiet)
            case [action, *rest] if action.text in STEERING:
                chosen = _number(rest[0], arguments.line) if rest else _only(action.text)
                value = _do(action.text, begun_runs[chosen], chosen)
                return self.give(value, quiet=arguments.line.quiet)
            case [which] if which.text.isdecimal() or _named(which.text):
                return self.give(begun_runs[_number(which, arguments.line)], quiet=arguments.line.quiet)
        word = arguments.targets[0]
        raise UsageError(
            f"%runs cannot {word.raw!r}.",
            hint=did_you_mean(word.text, ACTIONS)
            or f"It takes the number or the name of a run, or: {', '.join(ACTIONS)}.",
            place=arguments.line.place(word),
        )


def _tried(arguments: Arguments) -> Any:
    """All runs, once one of them was suggested an instruction."""
    from nbdspy.optimizers import begun_runs

    arguments.no_more_than(3, "try, a run and an instruction in quotes")
    *which, text = arguments.targets[1:] or arguments.targets
    if not text.is_quoted:
        raise UsageError(
            "%runs try needs an instruction in quotes.", hint='Write: %runs try "Say which device it is about."'
        )
    chosen = _number(which[0], arguments.line) if which else _only(TRY)
    begun_runs[chosen].suggest(text.text)
    return begun_runs


def _kept(arguments: Arguments) -> Any:
    """What the store keeps, or what was deleted of it."""
    from nbdspy.optimizers import kept_runs

    action, *which = arguments.targets
    given = arguments.given
    if action.text == "delete":
        if not which or "older" in given:
            raise UsageError(
                "%runs delete needs numbers or names of kept runs, and takes no --older.",
                hint="%runs kept lists them; %runs clear deletes all that nobody can go on with.",
            )
        wanted = [int(word.text) if word.text.isdecimal() else word.text for word in which]
        return kept_runs().delete(*wanted, **given)
    arguments.no_more_than(1, f"{action.text} alone")
    if action.text == "clear":
        return kept_runs().clear(**given)
    if given:
        raise UsageError("%runs kept takes no options.", hint="It lists all; %runs clear --plan says what could go.")
    return kept_runs()


def _do(action: str, run: Run, number: int) -> Any:
    """Do it; the answer is what to show: the result that was waited for, or how all the runs are now."""
    from nbdspy.optimizers import begun_runs

    if action == "wait":
        return _awaited(run, number)
    steer(action, run)
    return begun_runs


def steer(action: str, run: Run) -> None:
    """Stop, pause or resume a run."""
    match action:
        case "stop":
            run.stop()
        case "pause":
            run.pause()
        case "resume":
            run.resume()


def _awaited(run: Run, number: int) -> Result:
    """What a run found, once it is done.

    Raises:
        UsageError: When it is paused, since that would take for ever.
        Stopped: When the wait is interrupted; the run goes on.
        Exception: What the run raised.
    """
    if run.state == "paused":
        raise UsageError(f"Run {number} is paused.", hint=f"Let it go on first: %runs resume {number}.")
    try:
        while not run.is_done:
            time.sleep(BETWEEN_LOOKS)
        return run.wait()
    except KeyboardInterrupt as pressed:
        if pressed is run.error:  # it was the run itself that was interrupted, back then
            return run.result()
        raise Stopped(f"Run {number} goes on; only the wait has ended.") from pressed


def _number(word: Word, line: Line) -> int:
    """The run that a word means: by its number, or by its name the one that goes on, or the last."""
    if word.text.isdecimal():
        return int(word.text)
    if found := _named(word.text):
        return found[-1]
    raise UsageError(
        f"{word.raw!r} is no number and no name of a run.", hint="%runs lists them.", place=line.place(word)
    )


def _named(name: str) -> list[int]:
    """The runs of a name, those that go on last."""
    from nbdspy.optimizers import begun_runs

    known = [(not run.is_done, number) for number, run in begun_runs if begun_runs.name(number) == name]
    return [number for _, number in sorted(known)]


def _only(action: str) -> int:
    """The run that is meant where none is named: the only one in flight, or the last when none is."""
    from nbdspy.optimizers import begun_runs

    in_flight = [number for number, run in begun_runs if not run.is_done]
    if len(in_flight) > 1:
        raise UsageError(
            f"{len(in_flight)} runs are in flight: {', '.join(map(str, in_flight))}.",
            hint=f"Say which: %runs {action} {in_flight[-1]}.",
        )
    known = in_flight or [number for number, _ in begun_runs]
    if not known:
        raise UsageError("Nothing was compiled yet.", hint="Begin a run: %compile PROGRAM --data DF --bg.")
    return known[-1]
