"""The extension in one shell: what is added when it loads, and taken away again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from IPython.core.interactiveshell import InteractiveShell

from nbdspy.frames.accessor import attach, detach
from nbdspy.frames.showing import show_with
from nbdspy.jupyter.asking import AskingMagics
from nbdspy.jupyter.base import NotebookMagics
from nbdspy.jupyter.catalogue import Catalogue
from nbdspy.jupyter.checking import CheckingMagics
from nbdspy.jupyter.choosing import ChoosingMagics
from nbdspy.jupyter.compiling import CompilingMagics
from nbdspy.jupyter.completion import matcher
from nbdspy.jupyter.definitions import DefinitionMagics
from nbdspy.jupyter.evaluating import EvaluatingMagics
from nbdspy.jupyter.forming import FormMagics
from nbdspy.jupyter.housekeeping import HousekeepingMagics
from nbdspy.jupyter.looking_back import TracingMagics
from nbdspy.jupyter.namespace import Namespace
from nbdspy.jupyter.panel import Panel
from nbdspy.jupyter.preferences import NbDspy
from nbdspy.jupyter.programs import ProgramMagics
from nbdspy.jupyter.running import RunMagics
from nbdspy.jupyter.screen import Screen
from nbdspy.jupyter.tapes import insert_from_environment
from nbdspy.runtime import whole_import

GROUPS: Final[tuple[type[NotebookMagics], ...]] = (
    ChoosingMagics,
    DefinitionMagics,
    AskingMagics,
    EvaluatingMagics,
    CheckingMagics,
    CompilingMagics,
    TracingMagics,
    RunMagics,
    ProgramMagics,
    FormMagics,
    HousekeepingMagics,
)


class Extension:
    """Magics, cards and completion in one shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._names = Namespace(shell)
        self._preferences = NbDspy(shell)  # first: a file that is wrong must leave the shell as it was,
        insert_from_environment()  # and so must a variable
        self._screen = Screen(shell, self._preferences)
        self._preferences.install()
        self._screen.install()
        catalogue = Catalogue()
        self._matcher = matcher(self._names, catalogue)
        shell.Completer.custom_matchers.append(self._matcher)
        self._magics = [
            group(shell, names=self._names, screen=self._screen, preferences=self._preferences, catalogue=catalogue)
            for group in GROUPS
        ]
        shell.register_magics(*self._magics)
        self._panel = Panel(shell, self._names, catalogue, self._screen)
        self._panel.install()
        attach()
        show_with(self._showing)

    def remove(self) -> None:
        """Leave the shell as it was."""
        show_with(None)
        detach()
        self._panel.remove()
        self._screen.remove()
        self._preferences.remove()
        self._shell.Completer.custom_matchers.remove(self._matcher)
        manager = self._shell.magics_manager
        for group in self._magics:
            self._shell.configurables.remove(group)  # type: ignore[arg-type]  # IPython keeps every Configurable there
            for kind, table in group.magics.items():
                for name, magic in table.items():
                    if manager.magics[kind].get(name) is magic:
                        del manager.magics[kind][name]
            manager.registry.pop(type(group).__name__, None)

    @contextmanager
    def _showing(self, title: str) -> Iterator[None]:
        """Show how work on a table goes on; the table itself is the cell's value, which pandas shows."""
        whole_import("nbdspy.jupyter.watch")
        from nbdspy.jupyter.watch import Watch

        with Watch(self._screen, title, "predicting") as watch:
            yield
            watch.stand("done")
