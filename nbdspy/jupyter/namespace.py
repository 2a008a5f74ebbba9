"""The notebook's variables: looked up for an option, bound to a result."""

from __future__ import annotations

import keyword
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from nbdspy.errors import Place, UsageError, did_you_mean
from nbdspy.jupyter.tokenizer import Line, Word

_ABSENT = object()


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
            return self._shell.ev(word.raw[1:-1])  # type: ignore[no-untyped-call]
        if not word.is_name:
            return default
        first, *attributes = word.raw.split(".")
        value = self.values.get(first, _ABSENT)
        for attribute in attributes:
            value = getattr(value, attribute, _ABSENT)
        return default if value is _ABSENT else value

    def get(self, word: Word, line: Line) -> Any:
        """What a word stands for, where nothing but a variable or an expression will do.

        Raises:
            UsageError: When there is no such variable; suggests the nearest.
        """
        value = self.find(word, _ABSENT)
        if value is not _ABSENT:
            return value
        if not word.is_name:
            raise UsageError(
                f"{word.text!r} is not a variable.",
                hint=f"An expression stands in braces: {{{word.text}}}.",
                place=line.place(word),
            )
        raise UsageError(
            f"There is no variable {word.raw!r}.",
            hint=did_you_mean(word.raw, self.names()) or "Run the cell that defines it first.",
            place=line.place(word),
        )

    def names(self) -> list[str]:
        """The names a user gave, without IPython's own."""
        hidden = self._shell.user_ns_hidden
        return [name for name in self.values if not name.startswith("_") and name not in hidden]

    def bind(self, name: str, value: Any) -> str | None:
        """Give a value a name; the answer is a sentence to show when that replaced something that was not ours."""
        before = self.values.get(name)
        replaced = before is not None and id(before) != self._made.get(name) and not _is_ours(before)
        self._shell.push({name: value})  # type: ignore[no-untyped-call]
        self._made[name] = id(value)
        if not replaced or name in self._warned:
            return None
        self._warned.add(name)
        return f"{name} held a {type(before).__name__}, which is gone."


def check_name(name: str, place: Place | None = None) -> str:
    """A name that a variable can have.

    Raises:
        UsageError: When Python would not take it.
    """
    if name.isidentifier() and not keyword.iskeyword(name):
        return name
    raise UsageError(f"{name!r} cannot be the name of a variable.", hint="Use letters, digits and _.", place=place)


def _is_ours(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] == "nbdspy"
