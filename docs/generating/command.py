"""The page of the command `nbdspy`, from what its `--help` says."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from io import StringIO

from docs.generating.markdown import fence
from nbdspy.cli import main

_SUBCOMMAND = re.compile(r"^    ([a-z][\w-]*)(?:\s|$)")


def page() -> str:
    """Each command with its own help, as Markdown."""
    parts = ["# The command `nbdspy`\n", "What each command says of itself.\n"]
    for words in commands():
        parts += [f"## `{' '.join(('nbdspy', *words))}`\n", fence(help_of(words))]
    return "\n".join(parts)


def commands(words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """A command and those inside of it, as their words after `nbdspy`."""
    yield words
    listed = help_of(words).partition("\ncommands:\n")[2]
    for line in listed.splitlines():
        if found := _SUBCOMMAND.match(line):
            yield from commands((*words, found[1]))


def help_of(words: tuple[str, ...]) -> str:
    """What `nbdspy … --help` prints, in 80 columns."""
    columns = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "80"
    try:
        with redirect_stdout(StringIO()) as said, suppress(SystemExit):
            main([*words, "--help"])
    finally:
        os.environ.pop("COLUMNS")
        if columns is not None:
            os.environ["COLUMNS"] = columns
    return said.getvalue().strip()
