"""`%programs`: every program of this kernel in its versions, what changed between them, and bringing one back."""

from __future__ import annotations

from typing import Any, Final

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import line_magic, magics_class

from nbdspy.errors import UsageError, did_you_mean
from nbdspy.jupyter import manuals
from nbdspy.jupyter.base import NotebookMagics, documented
from nbdspy.jupyter.options import Arguments
from nbdspy.jupyter.shelf import Shelf
from nbdspy.jupyter.tokenizer import Line, Word

ACTIONS: Final = ("diff", "restore")


@magics_class
class ProgramMagics(NotebookMagics):
    """The magic that remembers."""

    def __init__(self, shell: InteractiveShell, **parts: Any) -> None:
        super().__init__(shell, **parts)
        self._shelf = Shelf(self.names, self.catalogue)

    @line_magic
    @documented(manuals.PROGRAMS)
    def programs(self, line: str) -> Any:
        arguments = manuals.PROGRAMS.read(line, self.names)
        arguments.no_more_than(3, "what to do and two programs at most")
        match [word.text for word in arguments.targets]:
            case []:
                return self.give(self._shelf.known(), quiet=arguments.line.quiet)
            case ["diff", _, *_]:
                return self.give(self._difference(arguments), quiet=arguments.line.quiet)
            case ["restore", _, *_]:
                return self._restored(arguments)
            case ["diff" | "restore" as action]:
                raise UsageError(f"%programs {action} needs a program.", hint=f"Write %programs {action} NAME.")
        word = arguments.targets[0]
        if word.text.partition("@")[0] in self.names.values or self.catalogue.versions.of(word.text.partition("@")[0]):
            raise UsageError(
                f"%programs is not told what to do with {word.raw}.",
                hint=f"Write %programs diff {word.raw}, or %programs restore {word.raw} with the number of a version.",
                place=arguments.line.place(word),
            )
        raise UsageError(
            f"%programs cannot {word.raw!r}.",
            hint=did_you_mean(word.text, ACTIONS) or f"It can: {', '.join(ACTIONS)}.",
            place=arguments.line.place(word),
        )

    def _difference(self, arguments: Arguments) -> Any:
        """Of two programs; of one, what it was made of and what became of it."""
        from nbdspy.views import ProgramDiff

        _, first, *rest = arguments.targets
        if rest:
            old, new = (self._program(word, arguments.line) for word in (first, rest[0]))
            return ProgramDiff(before=old, after=new, names=(first.text, rest[0].text))
        name, number = _split(first, arguments.line)
        after = self._program(first, arguments.line)
        try:
            before = self._shelf.before(name, number, after)
        except UsageError as error:
            error.place = error.place or arguments.line.place(first)
            raise
        return ProgramDiff(before=self._shelf.of(before), after=after, names=(before.called, first.text))

    def _restored(self, arguments: Arguments) -> Any:
        """Bind a version anew."""
        _, first, *rest = arguments.targets
        name, number = _split(first, arguments.line)
        if rest:
            number = _whole(rest[0].text, rest[0], arguments.line)
        if number is None:
            last = self.catalogue.versions.find(name)
            raise UsageError(
                "%programs restore needs a version.", hint=f"The last is {last.number}: %programs restore {name} N."
            )
        program, notes = self._shelf.restore(name, number, arguments.given.get("out"))
        return self.give(program, quiet=arguments.line.quiet, notes=notes)

    def _program(self, word: Word, line: Line) -> Any:
        """The program of a version, `helper@2`, or what a variable holds now."""
        from nbdspy.modules import as_program

        name, number = _split(word, line)
        if number is not None or name not in self.names.values:
            return self._shelf.program(name, number)
        return as_program(self.program(word, line))


def _split(word: Word, line: Line) -> tuple[str, int | None]:
    """A name and the number after its @, if there is one."""
    name, at, number = word.text.partition("@")
    return name, _whole(number, word, line) if at else None


def _whole(text: str, word: Word, line: Line) -> int:
    if text.isdecimal():
        return int(text)
    raise UsageError(f"{text!r} is no number of a version.", hint="Write helper@2, or 2.", place=line.place(word))
