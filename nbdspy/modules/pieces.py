"""Which of the things that a piece of work holds have changed: a digest for each name."""

from __future__ import annotations

import enum
import hashlib
import json
import types
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from nbdspy.modules.identity import CannotTell, Description


def digests_by_name(value: Any) -> dict[str, str | None]:
    """The digest of a value without what its names hold, under `""`, and one of what each of them holds.

    Names are the global variables of its functions, what they close over, and attributes, such as `"predict.demos"`:
    all that a piece of work may set anew while it goes on. None, again, is what cannot be told.
    """
    described = _Pieces()
    described.piece("", value)
    return {
        name: None if text is None else hashlib.sha256(text.encode()).hexdigest()
        for name, text in described.texts.items()
    }


class _Pieces(Description):
    """The same, where what a name holds stands by itself, in `texts`. Inside of containers nothing does but programs.

    A value is called by the piece that it is in when it is met again, so that no piece tells of the size of another.
    """

    def __init__(self) -> None:
        super().__init__(same_models=False, lasting=False)
        self.texts: dict[str, str | None] = {}
        self._owners: dict[str, list[int]] = {}
        self._sizes: Counter[str] = Counter()
        self._inside = ""
        self._is_whole = False

    def piece(self, name: str, value: Any) -> list[str]:
        """Describe a value by itself; where it is described, its name stands for it."""
        self.texts[name] = None
        around, self._inside = self._inside, name
        try:
            self.texts[name] = json.dumps(self.of(value))
        except (CannotTell, RecursionError):
            pass
        finally:
            self._inside = around
        return ["piece", name]

    def _place(self) -> Any:
        self._sizes[self._inside] += 1
        return [self._inside, self._sizes[self._inside]]

    def _held(self, name: str, value: Any, owner: object) -> Any:
        if self._is_whole:
            return self.of(value)
        owners = self._owners.setdefault(name, [])
        is_known = id(owner) in owners
        if not is_known:
            owners.append(id(owner))
        number = owners.index(id(owner)) + 1
        name = name if number == 1 else f"{name} ({number})"
        return ["piece", name] if is_known else self.piece(name, value)

    def _attributes(self, owner: object, held: Mapping[str, Any]) -> Any:
        """Which there are is no part of what the owner is: one may be set for the first time on the way."""
        if self._is_whole or isinstance(owner, enum.EnumType):
            with self._whole():
                return self.of(held)
        path = f"{owner.__qualname__}." if isinstance(owner, type) else f"{self._inside}." if self._inside else ""
        fixed = {name: part for name, part in held.items() if isinstance(owner, type) and _is_written(name, part)}
        for name, part in held.items():
            if name not in fixed:
                self._held(f"{path}{name}", part, owner)
        return [[name, self.of(part)] for name, part in fixed.items()]

    def _contents(self, parts: Iterable[tuple[Any, Any]]) -> list[Any]:
        from nbdspy.modules.module import Module

        told = []
        for place, part in parts:
            if isinstance(part, Module) and not self._is_whole and id(part) not in self._met:
                told.append(self._held(f"{self._inside}[{place!r}]", part, part))
                continue
            with self._whole():
                told.append(self.of(part))
        return told

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """A block in which nothing stands by itself."""
        around, self._is_whole = self._is_whole, True
        try:
            yield
        finally:
            self._is_whole = around


def _is_written(name: str, part: Any) -> bool:
    """Whether it is a part of a class that its text defines, rather than a value that it holds."""
    kinds = (types.FunctionType, staticmethod, classmethod, property, type, types.MemberDescriptorType)
    return isinstance(part, kinds) or (name.startswith("__") and name.endswith("__"))
