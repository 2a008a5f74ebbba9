"""`%cassette` and `%nbdspy`: what is recorded, and how the workbench is."""

from __future__ import annotations

from typing import Any, Final

from IPython.core.magic import line_magic, magics_class

from nbdspy.compat import install_as_dspy
from nbdspy.errors import UsageError, did_you_mean
from nbdspy.jupyter import manuals
from nbdspy.jupyter.base import NotebookMagics, documented

TOPICS: Final = ("help", "doctor", "cache", "as")


@magics_class
class HousekeepingMagics(NotebookMagics):
    """Magics that look after the rest."""

    @line_magic
    @documented(manuals.CASSETTE)
    def cassette(self, line: str) -> Any:
        from nbdspy.jupyter import tapes
        from nbdspy.jupyter.status import status

        arguments = manuals.CASSETTE.read(line, self.names)
        arguments.no_more_than(2, "a mode and a file")
        if not arguments.targets:
            return status()
        mode, *paths = (word.text for word in arguments.targets)
        path, fill = paths[0] if paths else None, "fill" in arguments.given
        in_use = tapes.insert(mode, path, fill=fill)
        # A notebook must look the same whether it records or replays: told is who sits before it, and no runner.
        if self.screen.frontend != "static" and (note := tapes.overruled(mode, path, fill=fill)):
            self.screen.publish({"text/plain": note})
        self.screen.hush(in_use)
        return in_use

    @line_magic
    @documented(manuals.NBDSPY)
    def nbdspy(self, line: str) -> Any:
        from nbdspy.jupyter.doctor import doctor
        from nbdspy.jupyter.helping import help_for
        from nbdspy.jupyter.status import cache_status, clear_cache, status

        arguments = manuals.NBDSPY.read(line, self.names)
        arguments.no_more_than(2, "a topic")
        match [word.text for word in arguments.targets]:
            case []:
                return status()
            case ["help"]:
                return help_for()
            case ["help", topic]:
                return help_for(topic)
            case ["doctor"]:
                return doctor()
            case ["cache"]:
                return cache_status()
            case ["cache", "clear"]:
                return clear_cache()
            case ["as", "dspy"]:
                return install_as_dspy()
            case ["as", *_]:
                raise UsageError("%nbdspy can go by one other name: dspy.", hint="Write %nbdspy as dspy.")
        word = arguments.targets[0]
        raise UsageError(
            f"%nbdspy knows no {arguments.line.text.strip()!r}.",
            hint=did_you_mean(word.text, TOPICS) or f"There are: {', '.join(TOPICS)}.",
            place=arguments.line.place(word),
        )
