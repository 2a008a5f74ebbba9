"""A magic's line to words: quotes and brackets hold together what belongs together, `#` starts a comment."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nbdspy.errors import Place, UsageError

_CLOSING = {"{": "}", "[": "]", "(": ")"}
_QUOTES = "\"'"
_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a line as it was typed; `column` counts from 0."""

    raw: str
    column: int

    @property
    def is_quoted(self) -> bool:
        """Whether the whole word stands in quotes, and so means itself."""
        return len(self.raw) > 1 and self.raw[0] in _QUOTES and _quote_end(self.raw, 0) == len(self.raw)

    @property
    def is_expression(self) -> bool:
        """Whether the whole word is `{…}`: Python for the notebook."""
        return self.raw.startswith("{") and self.raw.endswith("}")

    @property
    def is_name(self) -> bool:
        """Whether the word could be a variable of the notebook, or an attribute of one."""
        return _NAME.fullmatch(self.raw) is not None

    @property
    def text(self) -> str:
        """What the word says: without the quotes around it."""
        if not self.is_quoted:
            return self.raw
        quote = self.raw[0]
        return self.raw[1:-1].replace(f"\\{quote}", quote)

    def split(self, separator: str) -> tuple[Word, Word] | None:
        """The words before and after the first separator, or None when there is none."""
        before, found, after = self.raw.partition(separator)
        return (Word(before, self.column), Word(after, self.column + len(before) + 1)) if found else None


@dataclass(frozen=True, slots=True)
class Line:
    """The words of a magic's line; `quiet` when a `;` at its end asks for no output."""

    magic: str
    text: str
    words: tuple[Word, ...]
    quiet: bool = False

    def place(self, word: Word) -> Place:
        """Where a word stands, for an error's caret."""
        return _place(self.magic, self.text, word.column, len(word.raw))


def read_words(text: str, *, magic: str) -> Line:
    """Split what follows a magic's name.

    Args:
        text: The line without the magic.
        magic: Its name as typed, such as `"%compile"`; errors show it.

    Raises:
        UsageError: For a quote or a bracket that is never closed; points at it.

    Example:
        >>> line = read_words('qa --metric "exact match" --data {df[df.x > 3]}', magic="%evaluate")
        >>> [word.text for word in line.words]
        ['qa', '--metric', 'exact match', '--data', '{df[df.x > 3]}']
    """
    words: list[Word] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
        elif text[position] == "#":
            break
        else:
            end = _word_end(text, position, magic)
            words.append(Word(text[position:end], position))
            position = end
    quiet = bool(words) and words[-1].raw.endswith(";")
    if quiet:
        last = words.pop()
        if last.raw != ";":
            words.append(Word(last.raw[:-1], last.column))
    return Line(magic, text, tuple(words), quiet)


def words_so_far(text: str) -> list[str] | None:
    """The words up to a cursor at the end; None in a comment, and in quotes or brackets that are still open.

    Example:
        >>> words_so_far("qa --data {df[:3]} --me"), words_so_far("qa --data {df[df.x > te"), words_so_far("qa # as")
        (['qa', '--data', '{df[:3]}', '--me'], None, None)
    """
    try:
        words = read_words(text, magic="").words
    except UsageError:
        return None
    end = words[-1].column + len(words[-1].raw) if words else 0
    return None if "#" in text[end:] else [word.raw for word in words]


def _word_end(text: str, start: int, magic: str) -> int:
    """The position after the word that starts here."""
    open_brackets: list[int] = []
    position = start
    while position < len(text):
        letter = text[position]
        if letter.isspace() and not open_brackets:
            break
        # A quote in the middle of a word is an apostrophe; only here it can begin a text.
        if letter in _QUOTES and (open_brackets or position == start or text[position - 1] == "="):
            end = _quote_end(text, position)
            if end is None:
                raise _unclosed(text, position, magic)
            position = end
            continue
        if letter in _CLOSING:
            open_brackets.append(position)
        elif open_brackets and letter == _CLOSING[text[open_brackets[-1]]]:
            open_brackets.pop()
        position += 1
    if open_brackets:
        raise _unclosed(text, open_brackets[-1], magic)
    return position


def _quote_end(text: str, start: int) -> int | None:
    """The position after the quote that closes the one at `start`."""
    position = start + 1
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == text[start]:
            return position + 1
        position += 1
    return None


def _unclosed(text: str, position: int, magic: str) -> UsageError:
    letter = text[position]
    return UsageError(
        f"This {letter} is never closed.",
        hint=f"Add {_CLOSING.get(letter, letter)}, or put the whole text in quotes.",
        place=_place(magic, text, position, 1),
    )


def _place(magic: str, text: str, column: int, width: int) -> Place:
    return Place(magic, 1, len(magic) + column + 2, f"{magic} {text}", max(1, width))
