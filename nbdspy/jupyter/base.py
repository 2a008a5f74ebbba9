"""What all magics share: the notebook's variables, its screen, and finding a program by what was typed."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar, cast

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, no_var_expand

from nbdspy import render
from nbdspy.errors import UsageError
from nbdspy.jupyter.catalogue import Catalogue
from nbdspy.jupyter.manuals import Manual
from nbdspy.jupyter.namespace import Namespace
from nbdspy.jupyter.preferences import NbDspy
from nbdspy.jupyter.screen import Screen
from nbdspy.jupyter.tokenizer import Line, Word

Magic = TypeVar("Magic", bound=Callable[..., Any])


class NotebookMagics(Magics):
    """A group of magics of one notebook."""

    def __init__(
        self, shell: InteractiveShell, *, names: Namespace, screen: Screen, preferences: NbDspy, catalogue: Catalogue
    ) -> None:  # fmt: skip
        super().__init__(shell=shell)
        self.names = names
        self.screen = screen
        self.preferences = preferences
        self.catalogue = catalogue

    def program(self, word: Word, line: Line) -> Any:
        """The signature or program that a word names, or the signature that it spells.

        Raises:
            UsageError: When it is neither.
        """
        from nbdspy.modules import Module
        from nbdspy.signatures import SignatureType, read_text

        if "->" in word.text and not word.is_expression:
            return read_text(word.text, scope=self.names.values)
        thing = self.names.get(word, line)
        if isinstance(thing, Module | SignatureType):
            return thing
        raise UsageError(
            f"{word.raw} is {render.kind(thing)}, not a program.",
            hint="Give a program or a signature.",
            place=line.place(word),
        )

    def give(self, value: Any, *, quiet: bool, notes: tuple[str, ...] = ()) -> Any:
        """A cell's value: shown as a card with notes, unless a `;` asked for quiet."""
        if quiet:
            self.screen.hush(value)
        else:
            self.screen.note(value, *notes)
        return value

    def bind(self, name: str, value: Any) -> tuple[str, ...]:
        """Give a value its name; the answer says what that replaced, if it was not ours."""
        said = self.names.bind(name, value)
        return (said,) if said else ()


def documented(manual: Manual) -> Callable[[Magic], Magic]:
    """Give a magic its manual as docstring, so that `%magic?` shows it, and take its line as it was typed.

    What it warns of in the cell is a line: there is no line of Python's there to point at.
    """

    def document(magic: Magic) -> Magic:
        @wraps(magic)
        def told(*given: Any, **options: Any) -> Any:
            with _warnings_in_a_line():
                return magic(*given, **options)

        told.__doc__ = str(manual)
        return cast("Magic", no_var_expand(told))

    return document


@contextmanager
def _warnings_in_a_line() -> Iterator[None]:
    """Warnings about a cell, whose text is no file, are shown without its path; whoever catches them gets the whole."""
    whole = warnings.formatwarning

    def line_of(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
    ) -> str:
        is_file = os.path.exists(filename)
        return whole(message, category, filename, lineno, line) if is_file else f"! {message}\n"

    warnings.formatwarning = line_of
    try:
        yield
    finally:
        warnings.formatwarning = whole
