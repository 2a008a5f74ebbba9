"""What a page may ask for: to steer a run, to show, compare, export or bring back a program, and what a name means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from nbdspy.errors import UsageError
from nbdspy.jupyter.namespace import Namespace
from nbdspy.jupyter.running import steer
from nbdspy.jupyter.screen import Screen
from nbdspy.jupyter.shelf import Shelf
from nbdspy.jupyter.tables import tables_named

_CALLED: Final = re.compile(r"([^\W\d]\w*)(?:@([1-9][0-9]{0,8}))?")


class Requests:
    """Answers what a page asks; nothing that a page says is taken for code, a path or a name of anything else.

    Args:
        names: The notebook's variables.
        shelf: The programs.
        screen: How things are shown.
    """

    def __init__(self, names: Namespace, shelf: Shelf, screen: Screen) -> None:
        self._names = names
        self._shelf = shelf
        self._screen = screen

    def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What came of a request.

        Raises:
            UsageError: When it cannot be done, or is none.
        """
        match asked:
            case {"do": "pause" | "resume" | "stop" as what, "run": int(number)} if not isinstance(number, bool):
                return _steered(what, number)
            case {"do": "show", "run": int(number)} if not isinstance(number, bool):
                from nbdspy.optimizers import begun_runs

                return self._card(begun_runs[number])
            case {"do": "show", "program": str(called)}:
                return self._card(self._shown(called))
            case {"do": "tell", "name": str(called)}:
                return self._card(self._told(called))
            case {"do": "compare", "program": str(called)}:
                return self._card(self._difference(called, asked.get("with")))
            case {"do": "export", "program": str(called)}:
                return self._exported(called)
            case {"do": "restore", "program": str(called)}:
                return {"said": self._restored(called)}
        what = {key: value for key, value in asked.items() if key not in ("to", "id")}
        raise UsageError(
            f"This kernel cannot answer {what!r:.200}.",
            hint="Reload the page: it may be of another version of nbdspy than the kernel.",
        )

    def _restored(self, called: str) -> str:
        name, number = _split(called)
        if number is None:
            raise UsageError(f"{called} names no version.", hint="Restore one by its number, such as helper@2.")
        _, said = self._shelf.restore(name, number)
        return " ".join(said)

    def _card(self, thing: Any) -> dict[str, Any]:
        return {"html": self._screen.bundle(thing)["text/html"]}

    def _told(self, called: str) -> Any:
        """What a name in a line stands for: examples, a signature or a program."""
        from nbdspy.views import Table

        parts = tables_named(called, self._names)
        return Table(called=called, parts=parts) if parts else self._shown(called)

    def _shown(self, called: str) -> Any:
        """A signature as it is, anything else as a program."""
        from nbdspy.signatures import SignatureType

        name, number = _split(called)
        value = self._names.values.get(name)
        return value if number is None and isinstance(value, SignatureType) else self._shelf.program(name, number)

    def _difference(self, called: str, other: Any) -> Any:
        """Of two programs; of one, what it was made of and what became of it."""
        from nbdspy.views import ProgramDiff

        name, number = _split(called)
        after = self._shelf.program(name, number)
        if other is None:
            version = self._shelf.before(name, number, after)
            return ProgramDiff(before=self._shelf.of(version), after=after, names=(version.called, called))
        if not isinstance(other, str):
            raise UsageError(f"{other!r:.80} is no program.", hint="Compare with one by its name, such as helper@2.")
        return ProgramDiff(before=self._shelf.program(*_split(other)), after=after, names=(other, called))

    def _exported(self, called: str) -> dict[str, Any]:
        """A program as the text of the file that `save` would write, without keys."""
        from nbdspy.models.redaction import redact
        from nbdspy.modules.state import dump, encoded, with_metadata

        program = self._shelf.program(*_split(called))
        content = encoded(with_metadata(redact(dump(program)))).decode()
        return {"name": f"{called.replace('@', '-')}.json", "content": content}


def _steered(what: str, number: int) -> dict[str, Any]:
    """Do it to a run."""
    from nbdspy.optimizers import begun_runs

    run = begun_runs[number]
    if run.is_done:
        raise UsageError(f"Run {number} has ended already: it is {run.state}.")
    steer(what, run)
    state = run.state
    return {"said": f"Run {number} is {state}.", "state": state}


def _split(called: str) -> tuple[str, int | None]:
    """A name and the number of a version, if there is one."""
    found = _CALLED.fullmatch(called)
    if found is None:
        raise UsageError(f"{called!r:.80} is no name of a program.", hint="Write helper, or helper@2 for a version.")
    return found[1], int(found[2]) if found[2] else None
