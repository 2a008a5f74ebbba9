"""The source text of a whole program: its classes, everything they use, and how its parts stand together."""

from __future__ import annotations

import builtins
import inspect
import sys
import types
import typing
from collections import Counter
from collections.abc import Mapping
from typing import Any, get_args, get_origin

import nbdspy
from nbdspy import render
from nbdspy.errors import SavedStateError, SignatureError
from nbdspy.models.redaction import MARK, redact
from nbdspy.modules.assembling import PROGRAM
from nbdspy.modules.expressions import Expressions
from nbdspy.modules.free_names import free_names
from nbdspy.modules.importing import import_of, place_of
from nbdspy.modules.module import Module
from nbdspy.modules.named_tools import is_decorated, is_its_function
from nbdspy.modules.origins import Origin, is_definition, origin_of
from nbdspy.modules.source import given_names
from nbdspy.signatures import SignatureType, called, read_text, spell_type, to_text
from nbdspy.types import Tool

HEAD = f'"""A program that nbdspy {nbdspy.__version__} saved; `nbdspy.load` runs this and then reads program.json."""\n'
_KNOWN_IN_TEXTS = ("builtins", "typing", "types", "collections.abc")
_TAKEN = ("_signature_", "_part_")  # how the names begin that a text makes up
_FUTURE = "from __future__ import annotations"


def listing(program: Module) -> str:
    """The text of a module that ends with the program, without its demos and models.

    Raises:
        SavedStateError: When something has no text form, or a key stands in the text; says what and where.
    """
    text = _Listing(program).text()
    compile(text, "program.py", "exec", dont_inherit=True)  # what could not be loaded must not look saved
    for number, line in enumerate(text.splitlines(), 1):
        if (without := redact(line)) != line:
            shown = without[max(0, without.index(MARK) - 40) :]
            raise SavedStateError(
                f"Line {number} of the program's source holds a key: … {render.short(shown)}",
                hint="Read it from the environment when it is needed: os.environ[...].",
            )
    return text


class _Listing:
    def __init__(self, program: Module) -> None:
        self._program = program
        self._known: dict[str, Any] = {"nbdspy": nbdspy}
        self._imports: list[str] = ["import nbdspy"]
        self._statements: list[str] = []
        self._written: set[str] = {"nbdspy"}
        self._hints_are_text = False
        self._shared: dict[int, str] = {}
        stateful = {id(predictor) for predictor in program.predictors()}
        self._expressions = Expressions(self._refer, stateful, self._shared)

    def text(self) -> str:
        """The whole text."""
        for _, part in self._program.named_sub_modules():  # first, so that things get the names that people gave them
            self._refer(type(part), "program")
        for part in _met_twice(self._program):
            name = f"_part_{len(self._shared) + 1}"
            self._state(f"{name} = {self._expressions.spell(part, name)}")
            self._shared[id(part)] = name
        self._state(f"{PROGRAM} = {self._expressions.spell(self._program, 'program')}")
        imports = sorted(set(self._imports), key=lambda statement: (statement.startswith("from"), statement))
        head = [HEAD, *([_FUTURE, ""] if self._hints_are_text else []), *imports, ""]
        return "\n".join([*head, *("\n" + statement for statement in self._statements)])

    def _state(self, statement: str) -> None:
        self._statements.append(statement.rstrip() + "\n")

    def _refer(self, thing: Any, where: str) -> str:
        """What the text calls a class, a function, a module, a signature or a type."""
        if get_origin(thing) is not None:
            self._need_types(thing, where, as_python=True)
            return spell_type(thing)
        for name, known in self._known.items():
            if known is thing:
                return name
        if isinstance(thing, Tool):
            return self._needed(thing.name, thing, where)
        if isinstance(thing, types.ModuleType):
            return self._needed(thing.__name__.replace(".", "_"), thing, where)
        called: str = getattr(thing, "__name__", "")
        if getattr(builtins, called, None) is thing:
            return called
        if getattr(nbdspy, called, None) is thing:
            return f"nbdspy.{called}"
        if isinstance(thing, SignatureType):
            number = 1 + sum(name.startswith("_signature_") for name in self._known)
            return self._needed(f"_signature_{number}", thing, where)
        if (place := place_of(thing)) is not None:
            module, path = place
            top = module.partition(".")[0]
            self._need(top, sys.modules[top], where)
            self._imports.append(f"import {module}")
            return f"{module}.{path}"
        return self._needed(_own_name(thing, where), thing, where)

    def _needed(self, name: str, value: Any, where: str) -> str:
        self._need(name, value, where)
        return name

    def _need(self, name: str, value: Any, where: str) -> None:
        """Make a name stand for a value in the text."""
        self._check_name(name, value, where)
        if name in self._known:
            return
        if name == PROGRAM or (name.startswith(_TAKEN) and not isinstance(value, SignatureType)):
            raise SavedStateError(f"{where} uses the name {name!r}, which the saved text needs.", hint="Rename it.")
        self._known[name] = value
        if statement := import_of(name, value):
            self._imports.append(statement)
        elif isinstance(value, SignatureType):
            self._state(self._signature(name, value, where))
        elif is_definition(value):
            self._define(name, value, where)
        elif is_its_function(value):
            self._define(name, value.func, where)
            if not is_decorated(value.func):
                self._state(f"{name} = nbdspy.Tool({name})")
        else:
            self._state(f"{name} = {self._expressions.spell(value, f'`{name}`, which {where} uses')}")
        self._written.add(name)

    def _check_name(self, name: str, value: Any, where: str) -> None:
        if name in self._known and not _same(self._known[name], value):
            raise SavedStateError(
                f"Two things are called {name!r}: {_said(self._known[name])} and {_said(value)}.",
                hint=f"Rename one; the second is met in {where}.",
            )

    def _define(self, name: str, thing: Any, where: str) -> None:
        origin = self._origin(thing, name, where)
        if origin.name != name:
            self._state(f"{name} = {self._needed(origin.name, thing, where)}")
            return
        owner = getattr(thing, "__qualname__", name)
        self._hints_are_text |= origin.hints_are_text
        free = free_names(origin.text, hints_are_text=origin.hints_are_text)
        given = given_names() if origin.is_cell else {}
        for other, value in origin.defines.items():
            self._check_name(other, value, owner)
        for used in sorted(free.now):
            self._take(used, origin, owner, given)
        if circle := sorted(used for used in free.now if used in self._known and used not in self._written):
            raise SavedStateError(f"{owner} and {circle[0]!r} cannot be defined before each other.", hint="Part them.")
        if origin.is_cell:
            text = _quoted(origin.text)
            self._state(f"{name} = nbdspy.modules.module_class(\n    {text},\n    name={name!r}, scope=globals(),\n)")
            self._known |= origin.defines
            self._written |= origin.defines.keys()
        else:
            self._state(origin.text)
        self._written.add(name)
        for used in sorted(free.later):
            self._take(used, origin, owner, given)
        for used in sorted(free.hints & origin.scope.keys()):
            if _is_type(origin.scope[used]):
                self._take_if_possible(used, origin, owner)

    def _origin(self, thing: Any, name: str, where: str) -> Origin:
        try:
            return origin_of(thing)
        except SavedStateError as error:
            called = where if where.startswith("program") else f"`{name}`, which {where} uses,"
            raise SavedStateError(f"{called} cannot be saved: {error.message}", hint=error.hint) from error

    def _take(self, name: str, origin: Origin, owner: str, given: Mapping[str, Any]) -> None:
        """A name that a text uses, as it is where the text stands."""
        if name in given and origin.scope.get(name, given[name]) is given[name]:
            return
        if name in origin.scope and name != "__builtins__":
            if name.startswith("__") and name != "__name__":
                raise SavedStateError(f"{owner} uses {name}, which is another one where it is loaded.")
            if name != "__name__":
                self._need(name, origin.scope[name], owner)
        elif not hasattr(builtins, name) and (stands_for := given_names().get(name)) is not None:
            self._need(name, stands_for, owner)  # of a class that stood beside a program in its cell
        elif not hasattr(builtins, name):
            raise SavedStateError(
                f"{owner} uses {name!r}, which is not defined.", hint="Run the cell that defines it, then save."
            )

    def _take_if_possible(self, name: str, origin: Origin, owner: str) -> None:
        """A type in an annotation or a signature that stay texts: who reads them may need it, or nobody does."""
        before = dict(self._known), list(self._imports), list(self._statements), set(self._written)
        try:
            self._take(name, origin, owner, {})
        except SavedStateError:
            self._known, self._imports, self._statements, self._written = before

    def _signature(self, name: str, signature: SignatureType, where: str) -> str:
        for field in signature.fields.values():
            self._need_types(field.type, where)
        text = to_text(signature)
        try:
            again = read_text(text, scope=self._known, name=signature.__name__)
        except SignatureError as error:
            raise SavedStateError(
                f"The signature {called(signature)} in {where} has no text form: {error.message}",
                hint="Defaults must be literals, and types classes of their own name.",
            ) from error
        if not again.equals(signature):
            raise SavedStateError(
                f"The signature {called(signature)} in {where} has no text form: it would read back as another one.",
                hint="Defaults must be literals, and types classes of their own name.",
            )
        scope = f"    name={signature.__name__!r}, scope=globals(),\n"
        return f"{name} = nbdspy.signature(\n    {_quoted(text)},\n{scope})"

    def _need_types(self, type_: Any, where: str, *, as_python: bool = False) -> None:
        """The classes in a type; a signature's text knows those of typing by itself."""
        for argument in type_ if isinstance(type_, list) else get_args(type_):
            self._need_types(argument, where, as_python=as_python)
        origin = get_origin(type_)
        named = type_ if origin is None else origin
        if as_python and (special := getattr(typing, getattr(type_, "_name", None) or "", None)) is not None:
            self._need(type_._name, special, where)
        elif as_python and getattr(named, "__module__", "") == "typing":
            self._need(getattr(named, "_name", None) or named.__name__, named, where)
        elif isinstance(named, type) and (
            named.__module__ not in _KNOWN_IN_TEXTS or (as_python and named.__module__ == "collections.abc")
        ):
            self._need(named.__name__, named, where)
        elif hasattr(type_, "_name_"):  # a member of an enum, in a Literal
            self._need(type(type_).__name__, type(type_), where)


def _is_type(value: Any) -> bool:
    return (
        isinstance(value, type | types.ModuleType)
        or get_origin(value) is not None
        or type(value).__module__ == "typing"
    )


def _same(one: Any, other: Any) -> bool:
    return one is other or (type(one) is type(other) and isinstance(one, int | float | str | bytes) and one == other)


def _own_name(thing: Any, where: str) -> str:
    if thing.__name__ != "<lambda>":
        return str(thing.__name__)
    try:
        return origin_of(thing).name
    except SavedStateError as error:
        raise SavedStateError(f"{where} cannot be saved: {error.message}", hint=error.hint) from error


def _met_twice(program: Module) -> list[Module]:
    """The modules that stand in several places, inner ones first."""
    met: Counter[int] = Counter()
    order: dict[int, Module] = {}

    def visit(value: Any) -> None:
        if isinstance(value, Module):
            met[id(value)] += 1
            if met[id(value)] > 1:
                return
            for part in vars(value).values():
                visit(part)
            order[id(value)] = value
        elif isinstance(value, list | tuple):
            for part in value:
                visit(part)
        elif isinstance(value, dict):
            for part in value.values():
                visit(part)

    visit(program)
    return [part for key, part in order.items() if met[key] > 1 and part is not program]


def _quoted(text: str) -> str:
    """A text of several lines as a literal that people can read."""
    if not all(character.isprintable() or character in "\n\t" for character in text):
        return repr(text)
    body = text.replace("\\", "\\\\").replace("'''", "\\'\\'\\'")
    if body.endswith("'"):
        body = f"{body[:-1]}\\'"
    return f"'''\\\n{body}'''"


def _said(value: Any) -> str:
    if is_definition(value) and not isinstance(value, types.ModuleType):
        return f"{value.__module__}.{inspect.unwrap(value).__qualname__ if callable(value) else value}"
    return render.short(repr(value), 60)
