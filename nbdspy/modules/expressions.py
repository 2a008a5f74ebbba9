"""Values as the Python expressions that make them again."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import functools
import keyword
import logging
import math
import pathlib
import re
from collections.abc import Callable, Collection, Iterator
from textwrap import indent
from typing import Any, get_origin

from nbdspy import render
from nbdspy.data import Example
from nbdspy.errors import SavedStateError
from nbdspy.models import LM, BaseLM
from nbdspy.modules.importing import place_of
from nbdspy.modules.lm_state import dump_lm, read_lm
from nbdspy.modules.module import Module
from nbdspy.modules.named_tools import is_its_function
from nbdspy.modules.origins import is_definition, is_installed
from nbdspy.modules.predict import Predict
from nbdspy.types import Tool

Refer = Callable[[Any, str], str]

_WIDE = 80  # letters
OF_PREDICT = {"signature", "demos", "lm", "config"}
_HINT = "Make it in the function that uses it, or give it to the program after loading."


class Expressions:
    """Spells values.

    Args:
        refer: Gives the name under which a class, a function, a module or a signature is known, and makes sure of it.
        stateful: The predictors whose demos and model are kept elsewhere, by identity.
        shared: The names of modules that are written already, by identity.
    """

    def __init__(self, refer: Refer, stateful: Collection[int], shared: dict[int, str]) -> None:
        self._refer = refer
        self._stateful = stateful
        self._shared = shared
        self._around: list[int] = []

    def spell(self, value: Any, where: str) -> str:
        """The expression that makes a value.

        Raises:
            SavedStateError: When there is none; says what the value is and where it stands.
        """
        if id(value) in self._shared:
            return self._shared[id(value)]
        if id(value) in self._around:
            raise SavedStateError(f"{where} refers back to what it is a part of.", hint=_HINT)
        self._around.append(id(value))
        try:
            return self._spelled(value, where)
        finally:
            self._around.pop()

    def _spelled(self, value: Any, where: str) -> str:
        if isinstance(value, enum.Enum):
            return self._member(value, where)
        if value is None or type(value) in (bool, int, str, bytes):
            return repr(value)
        if type(value) is float:
            return repr(value) if math.isfinite(value) else f'float("{value}")'
        if type(value) in (list, tuple, dict, set, frozenset):
            return self._container(value, where)
        if is_definition(value) or get_origin(value) is not None:
            return self._refer(value, where)
        return self._object(value, where)

    def _object(self, value: Any, where: str) -> str:
        if place_of(value) is not None:
            return self._refer(value, where)
        made = type(value)
        match value:
            case Module():
                return self._module(value, where)
            case Tool() if is_its_function(value):
                return self._refer(value, where)
            case BaseLM():
                return self._lm(value, where)
            case Example() if made.__module__.startswith("nbdspy."):
                names = Example.input_names(value)
                inputs = ", ".join(map(repr, sorted(names or ())))
                spelled = f"{self._refer(made, where)}({self._container(vars(value), where)})"
                return f"{spelled}.with_inputs({inputs})" if names is not None else spelled
            case functools.partial():
                parts = [self.spell(value.func, f"{where}.func"), *self._all(value.args, where)]
                return self._call(functools.partial, parts, value.keywords, where)
            case re.Pattern():
                flags = "" if value.flags == re.compile(value.pattern).flags else f", {value.flags}"
                return f"{self._refer(re.compile, where)}({value.pattern!r}{flags})"
            case datetime.date() | datetime.time() if made.__module__ == "datetime":
                return f"{self._refer(made, where)}.fromisoformat({value.isoformat()!r})"
            case decimal.Decimal() if made is decimal.Decimal:
                return f"{self._refer(made, where)}({str(value)!r})"
            case pathlib.PurePath() if made.__module__.startswith("pathlib"):
                return f"{self._refer(pathlib.Path, where)}({str(value)!r})"
            case logging.Logger() if made is logging.Logger:
                return f"{self._refer(logging.getLogger, where)}({value.name!r})"
        if hasattr(made, "model_fields") and hasattr(made, "model_validate"):
            given = {made.model_fields[name].alias or name: getattr(value, name) for name in made.model_fields}
            return self._call(made, [], given, where)
        if dataclasses.is_dataclass(made):
            given = {item.name: getattr(value, item.name) for item in dataclasses.fields(made) if item.init}
            return self._call(made, [], given, where)
        if isinstance(value, tuple) and hasattr(made, "_fields"):
            return self._call(made, self._all(value, where), {}, where)
        if hasattr(value, "__dict__") and (not is_installed(made.__module__) or made.__module__.startswith("nbdspy.")):
            return self._assembled(made, vars(value), where)
        said = render.short(repr(value), 60)
        raise SavedStateError(
            f"{where} is {said}, and a {made.__name__} of {made.__module__} has no text form.", hint=_HINT
        )

    def _module(self, value: Module, where: str) -> str:
        attributes = vars(value)
        if not isinstance(value, Predict):
            return self._assembled(type(value), attributes, where)
        if id(value) in self._stateful:
            kept = {name: part for name, part in attributes.items() if name != "frozen"}
            attributes = {**kept, "demos": [], "lm": None}
        if type(value) is Predict and attributes.keys() == OF_PREDICT and not attributes["demos"] and not value.lm:
            signature = self.spell(attributes["signature"], f"{where}.signature")
            return self._call(Predict, [signature], attributes["config"], where)
        return self._assembled(type(value), attributes, where)

    def _assembled(self, made: type, attributes: dict[str, Any], where: str) -> str:
        parts = [self._refer(made, where), *self._named(attributes, where)]
        if sum(map(len, parts)) < _WIDE and not any("\n" in part for part in parts):
            return f"nbdspy.modules.assemble({', '.join(parts)})"
        inside = indent(",\n".join(parts), "    ")  # no text has a line break of its own: each is spelled by repr
        return f"nbdspy.modules.assemble(\n{inside},\n)"

    def _lm(self, lm: BaseLM, where: str) -> str:
        state = {key: value for key, value in dump_lm(lm, lm.options).items() if value not in (None, {})}
        try:
            opened = read_lm({"model": lm.model}, trusted=True) if type(lm) is LM else None
        except SavedStateError:
            opened = None
        if opened is None:
            raise SavedStateError(
                f"{where} is {lm!r}, which lives in this process only.",
                hint="Take it away before saving: program.set_lm(None).",
            )
        settings = {key: value for key, value in state.items() if not key.startswith("_") and key != "model"}
        if settings["model_type"] == "chat":
            del settings["model_type"]
        return self._call(LM, [repr(lm.model)], settings, where)

    def _member(self, value: enum.Enum, where: str) -> str:
        if value.name not in type(value).__members__:
            raise SavedStateError(f"{where} is {value!r}, which is no single member.", hint=_HINT)
        return f"{self._refer(type(value), where)}.{value.name}"

    def _container(self, value: Any, where: str) -> str:
        if isinstance(value, dict):
            items = [
                f"{self.spell(key, where)}: {self.spell(item, f'{where}[{key!r}]')}" for key, item in value.items()
            ]
            return f"{{{', '.join(items)}}}"
        items = self._all(sorted(value, key=repr) if isinstance(value, set | frozenset) else value, where)
        inside = ", ".join(items)
        match value:
            case list():
                return f"[{inside}]"
            case tuple():
                return f"({inside},)" if len(items) == 1 else f"({inside})"
            case frozenset():
                return f"frozenset([{inside}])"
        return f"{{{inside}}}" if items else "set()"

    def _all(self, values: Any, where: str) -> list[str]:
        return [self.spell(item, f"{where}[{index}]") for index, item in enumerate(values)]

    def _named(self, values: dict[str, Any], where: str) -> Iterator[str]:
        odd = {name: value for name, value in values.items() if not name.isidentifier() or keyword.iskeyword(name)}
        for name, value in values.items():
            if name not in odd:
                yield f"{name}={self.spell(value, f'{where}.{name}')}"
        if odd:
            yield f"**{self._container(odd, where)}"

    def _call(self, called: Any, parts: list[str], named: dict[str, Any], where: str) -> str:
        return f"{self._refer(called, where)}({', '.join([*parts, *self._named(named, where)])})"
