"""The notebook's variables: looked up for an option, bound to a result."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from nbdspy import render
from nbdspy.errors import NbdspyError, Place, UsageError, described, did_you_mean
from nbdspy.jupyter.tokenizer import Line, Word

_ABSENT = object()
_FILE = re.compile(r"\.(csv|tsv|jsonl?|parquet)(\.gz)?$", re.IGNORECASE)  # of rows


class Namespace:
    """The variables of one shell, and which of them our magics made."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._made: dict[str, int] = {}  # ids: a reference would keep a model alive after `del lm`
        self._warned: set[str] = set()

    @property
    def values(self) -> dict[str, Any]:
        """Every variable by name, as the notebook sees them."""
        return self._shell.user_ns  # type: ignore[no-any-return]

    def find(self, word: Word, default: Any = None) -> Any:
        """What `name`, `name.attribute` or `{expression}` stands for; `default` when there is no such variable."""
        if word.is_expression:
            return self._evaluated(word)
        if not word.is_name:
            return default
        first, *attributes = word.raw.split(".")
        value = self.values.get(first, _ABSENT)
        for attribute in attributes:
            value = getattr(value, attribute, _ABSENT)
        return default if value is _ABSENT else value

    def _evaluated(self, word: Word) -> Any:
        try:
            return self._shell.ev(word.raw[1:-1])  # type: ignore[no-untyped-call]
        except NbdspyError:
            raise
        except Exception as error:  # the user's own code
            raise UsageError(
                f"{render.short(word.raw)} raised {described(error)}",
                hint="Run the expression in a cell of its own to see where.",
            ) from error

    def get(self, word: Word, line: Line) -> Any:
        """What a word stands for, where nothing but a variable or an expression will do.

        Raises:
            UsageError: When there is no such variable; suggests the nearest.
        """
        value = self.find(word, _ABSENT)
        if value is not _ABSENT:
            return value
        if not word.is_name and _FILE.search(word.text):
            raise UsageError(
                f"{word.text!r} is a file, not a variable.",
                hint=f"Read it first, by pandas or by nbdspy.data.read_table({word.text!r}), and give its name.",
                place=line.place(word),
            )
        if not word.is_name:
            raise UsageError(
                f"{word.text!r} is not a variable.",
                hint=f"An expression stands in braces: {{{word.text}}}.",
                place=line.place(word),
            )
        raise UsageError(
            f"There is no variable {word.raw!r}.",
            hint=" ".join(filter(None, (did_you_mean(word.raw, self.names()), "Run the cell that defines it first."))),
            place=line.place(word),
        )

    def names(self) -> list[str]:
        """The names a user gave, without IPython's own."""
        hidden = self._shell.user_ns_hidden
        every = tuple(self.values)  # a cell may bind others meanwhile
        return [name for name in every if not name.startswith("_") and name not in hidden]

    def bind(self, name: str, value: Any) -> str | None:
        """Give a value a name; the answer is a sentence to show when that replaced something that was not ours."""
        before = self.values.get(name)
        replaced = before is not None and id(before) != self._made.get(name) and not _is_ours(before)
        hides = before is None and hasattr(builtins, name)
        self._shell.push({name: value})  # type: ignore[no-untyped-call]
        self._made[name] = id(value)
        if replaced:
            self._shell.push({f"_{name}": before})  # type: ignore[no-untyped-call]
        if name in self._warned or not (replaced or hides):
            return None
        self._warned.add(name)
        if hides:
            return f"{name} now hides Python's own; `del {name}` brings that back."
        return f"{name} held {render.kind(before)}, which is in _{name} now."


def check_name(name: str, place: Place | None = None) -> str:
    """A name that a variable can have.

    Raises:
        UsageError: When Python would not take it.
    """
    if name.isidentifier() and not keyword.iskeyword(name):
        return name
    hint = "It is a word of Python; choose another." if keyword.iskeyword(name) else "Use letters, digits and _."
    raise UsageError(f"{name!r} cannot be the name of a variable.", hint=hint, place=place)


def _is_ours(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] == "nbdspy"
