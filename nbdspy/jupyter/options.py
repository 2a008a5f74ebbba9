"""What a magic's line may say, and reading it: a target, then options with values of the notebook."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nbdspy.errors import UsageError, did_you_mean
from nbdspy.jupyter.namespace import Namespace, check_name
from nbdspy.jupyter.tokenizer import Line, Word, read_words

Read = Callable[[Word, Line, Namespace], Any]

_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its name, what it takes (empty for a switch), what it does, and how its value is read.

    `key` is the argument of the function behind the magic, where it has another name than the option.
    """

    name: str
    takes: str
    help: str
    read: Read | None = None
    key: str = ""

    @property
    def argument(self) -> str:
        """The name that the value goes by in Python."""
        return self.key or self.name.lstrip("-").replace("-", "_")


@dataclass(frozen=True, slots=True)
class Arguments:
    """A line that was read: the words before the options, and the options that were given, by argument.

    `typed` are the words that the options' values were read from.
    """

    line: Line
    targets: tuple[Word, ...]
    given: dict[str, Any]
    typed: dict[str, Word]

    def target(self, what: str) -> Word:
        """The one word before the options.

        Raises:
            UsageError: When there is none, or more than one.
        """
        if not self.targets:
            raise UsageError(f"{self.line.magic} needs {what}.", hint=f"See {self.line.magic}? for an example.")
        self.no_more_than(1, what)
        return self.targets[0]

    @contextmanager
    def pointing(self, argument: str) -> Iterator[None]:
        """Have an error about what an option was given point at it."""
        try:
            yield
        except UsageError as error:
            if argument in self.typed:
                error.place = self.line.place(self.typed[argument])
            raise

    def no_more_than(self, count: int, what: str) -> None:
        """Refuse words that nobody reads."""
        if len(self.targets) > count:
            extra = self.targets[count]
            raise UsageError(
                f"{self.line.magic} takes {what}; this is one word too many.",
                hint="Texts with spaces stand in quotes.",
                place=self.line.place(extra),
            )


def read_line(text: str, *, magic: str, options: Sequence[Option], names: Namespace) -> Arguments:
    """Read a magic's line.

    A signature among the targets (`question -> answer`) is one word. Options may stand before or after the targets,
    and as `--data df` or `--data=df`.

    Raises:
        UsageError: For an unknown option, with the nearest; for one without its value, or given twice.
    """
    line = read_words(text, magic=magic)
    known = {option.name: option for option in options}
    targets: list[Word] = []
    given: dict[str, Any] = {}
    typed: dict[str, Word] = {}
    words = iter(_with_signature_whole(line))
    for word in words:
        if not _looks_like_option(word):
            targets.append(word)
            continue
        name, value = word.split("=") or (word, None)
        option = known.get(name.raw)
        if option is None:
            hint = did_you_mean(name.raw, known) or f"There are: {', '.join(known) or 'none'}."
            raise UsageError(f"{magic} has no option {name.raw}.", hint=hint, place=line.place(name))
        if option.argument in given:
            raise UsageError(f"{option.name} is given twice.", hint="Keep one.", place=line.place(name))
        if option.read is None:
            given[option.argument] = True
            continue
        value = value or next(words, None)
        if value is None or not value.raw or _looks_like_option(value):
            raise UsageError(
                f"{option.name} needs a value.", hint=f"Write {option.name} {option.takes}.", place=line.place(name)
            )
        typed[option.argument] = value
        given[option.argument] = option.read(value, line, names)
    return Arguments(line, tuple(targets), given, typed)


def _looks_like_option(word: Word) -> bool:
    return re.match(r"--?[^\W\d]", word.raw) is not None


def _with_signature_whole(line: Line) -> list[Word]:
    """The words, those around an arrow before the first option joined to one."""
    words = list(line.words)
    first_option = next((at for at, word in enumerate(words) if _looks_like_option(word)), len(words))
    head = words[:first_option]
    if not any(word.raw == "->" for word in head):
        return words
    start, last = head[0].column, head[-1]
    return [Word(line.text[start : last.column + len(last.raw)], start), *words[first_option:]]


def variable(word: Word, line: Line, names: Namespace) -> Any:
    """A variable of the notebook, or `{expression}`."""
    return names.get(word, line)


def variable_or_text(word: Word, line: Line, names: Namespace) -> Any:
    """A function or object of the notebook when there is one of that name, else the text itself."""
    value = None if word.is_quoted else names.find(word)
    # A number in a variable that happens to be called f1 is not the metric f1.
    return word.text if value is None or (isinstance(value, int | float | str) and not word.is_expression) else value


def text(word: Word, line: Line, names: Namespace) -> str:
    """The text itself, or what `{expression}` gives."""
    return str(names.find(word)) if word.is_expression else word.text


def one_of(*known: str) -> Read:
    """One of a few words."""

    def read(word: Word, line: Line, names: Namespace) -> str:
        if word.text in known:
            return word.text
        hint = did_you_mean(word.text, known) or f"There are: {', '.join(known)}."
        raise UsageError(f"{word.text!r} is none of them.", hint=hint, place=line.place(word))

    return read


def new_name(word: Word, line: Line, names: Namespace) -> str:
    """A name for a variable."""
    return check_name(word.text, line.place(word))


def integer(word: Word, line: Line, names: Namespace) -> int:
    """A whole number, typed or in a variable."""
    return int(_number(word, line, names, int, "a whole number"))


def count(word: Word, line: Line, names: Namespace) -> int:
    """How many: a whole number from 1."""
    return int(_above_zero(integer(word, line, names), word, line))


def number(word: Word, line: Line, names: Namespace) -> float:
    """A number, typed or in a variable."""
    return _number(word, line, names, float, "a number")


def amount(word: Word, line: Line, names: Namespace) -> float:
    """How much: a number above 0."""
    return _above_zero(number(word, line, names), word, line)


def points(word: Word, line: Line, names: Namespace) -> float:
    """What something is worth: a number from 0."""
    value = number(word, line, names)
    if value >= 0:
        return value
    raise UsageError(f"{value:g} is too little.", hint="Write a number from 0.", place=line.place(word))


def seconds(word: Word, line: Line, names: Namespace) -> float:
    """A time such as 90s, 10m, 1h or 30d; a bare number counts seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", word.text)
    if match is None:
        return _above_zero(_number(word, line, names, float, "a time such as 90s, 10m or 1h"), word, line)
    return _above_zero(float(match[1]) * _SECONDS[match[2]], word, line)


def _number(word: Word, line: Line, names: Namespace, kind: type[int] | type[float], what: str) -> float:
    value = names.find(word, word.text)
    try:
        return kind(value)
    except (TypeError, ValueError):
        raise UsageError(f"{value!r} is not {what}.", hint="Write the number.", place=line.place(word)) from None


def _above_zero(value: float, word: Word, line: Line) -> float:
    if value > 0:
        return value
    raise UsageError(f"{value:g} is too little.", hint="Write a number above 0.", place=line.place(word))
