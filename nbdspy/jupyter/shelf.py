"""The programs of a notebook: those that its variables hold, and every version that was kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from nbdspy.errors import UsageError
from nbdspy.jupyter.catalogue import Catalogue
from nbdspy.jupyter.namespace import Namespace

if TYPE_CHECKING:
    from nbdspy.modules import Module
    from nbdspy.optimizers import Version
    from nbdspy.views import Programs


@dataclass(frozen=True, slots=True)
class Note:
    """Why what a variable holds is none of the versions that were kept, and of which run it is the best so far."""

    code: Literal["going", "changed", "unkept"]
    run: int = 0

    @property
    def text(self) -> str:
        """The note in words."""
        match self.code:
            case "going":
                return f"the best so far of run {self.run}, which goes on"
            case "changed":
                return "changed since"
            case "unkept":
                return "no version kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Every version; those that their variables hold now, as `called`; and why other variables hold none."""

    versions: tuple[Version, ...]
    bound: frozenset[str]
    notes: Mapping[str, Note]


class Shelf:
    """Finds, compares and brings back programs by name and number.

    Args:
        names: The notebook's variables.
        catalogue: The versions.
    """

    def __init__(self, names: Namespace, catalogue: Catalogue) -> None:
        self._names = names
        self._catalogue = catalogue

    def known(self) -> Programs:
        """Every version, and which of them the variables hold now, to be shown."""
        from nbdspy.views import Programs

        found = self.survey()
        others = {name: note.text for name, note in found.notes.items()}
        return Programs(versions=found.versions, bound=found.bound, others=others)

    def survey(self) -> Survey:
        """Every version, and which of them the variables hold now."""
        from nbdspy.modules import as_program
        from nbdspy.optimizers import begun_runs

        going = {begun_runs.name(number): number for number, run in begun_runs if not run.is_done}
        versions = self._catalogue.versions
        bound = set()
        notes = {}
        for name in self._names.names():
            value = self._names.values.get(name)
            if not is_program(value) or (isinstance(value, type) and not versions.of(name)):
                continue  # a signature is a program once it was compiled
            version = versions.same_as(name, as_program(value))
            if version is not None:
                bound.add(version.called)
            elif name in going:
                notes[name] = Note("going", going[name])
            else:
                notes[name] = Note("changed" if versions.of(name) else "unkept")
        return Survey(versions=tuple(versions), bound=frozenset(bound), notes=notes)

    def program(self, name: str, number: int | None = None) -> Module:
        """What a variable holds now, or the program of a version; of a name without variable the last.

        Raises:
            UsageError: When there is none, or the variable holds something else.
        """
        from nbdspy import render
        from nbdspy.modules import as_program

        if number is not None or name not in self._names.values:
            return self.of(self._catalogue.versions.find(name, number))
        value = self._names.values[name]
        if not is_program(value):
            raise UsageError(f"{name} is {render.kind(value)}, not a program.", hint="Give a program or a signature.")
        return as_program(value)

    def before(self, name: str, number: int | None, program: Module) -> Version:
        """The version that a program was made of, or the one before it.

        Raises:
            UsageError: When it is the first, made of nothing.
        """
        versions = self._catalogue.versions
        version = (None if number else versions.same_as(name, program)) or versions.find(name, number)
        if version.parent:
            source, _, parent_number = version.parent.partition("@")
            return versions.find(source, int(parent_number))
        if version.number > 1:
            return versions.find(name, version.number - 1)
        raise UsageError(
            f"{version.called} is the first version, made of nothing.",
            hint=f"Name another program: %programs diff {name} OTHER.",
        )

    def of(self, version: Version) -> Module:
        """The program of a version, a new one each time.

        Raises:
            UsageError: When nothing is there that its state fits.
        """
        names = dict.fromkeys([version.name, version.parent.partition("@")[0]])
        shapes = [each for each in map(self._names.values.get, names) if is_program(each)]
        return self._catalogue.versions.program(version, shapes=shapes)

    def restore(self, name: str, number: int, out: str | None = None) -> tuple[Module, tuple[str, ...]]:
        """Bind a version anew, by default to its own name; the program, and sentences that say what happened.

        Raises:
            UsageError: When there is no such version, or nothing that its state fits.
        """
        version = self._catalogue.versions.find(name, number)
        program = self.of(version)
        out = name if out is None else out
        if out != name:
            self._catalogue.add(out, program, made_by="restore", parent=version.called)
        said = self._names.bind(out, program)
        return program, (f"{version.called} -> {out}", *([said] if said else []))


def is_program(value: Any) -> bool:
    """Whether it can be asked something: a module, or a signature, which is one once it is wrapped."""
    from nbdspy.modules import Module
    from nbdspy.signatures import SignatureType

    return isinstance(value, Module | SignatureType)
