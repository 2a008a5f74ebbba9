"""`Signature`: what a model call must do, as typed inputs and outputs with an instruction."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, get_type_hints

from nbdspy.errors import SignatureError, did_you_mean
from nbdspy.signatures.fields import Field, name_problem

Fields = Mapping[str, Field]


class SignatureType(type):
    """What signatures are made by; its methods are the operations that every signature has.

    A signature is immutable: each operation returns a new one.
    """

    _fields: Fields
    _inputs: Fields
    _outputs: Fields
    _instructions: str

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> SignatureType:
        declared = {key: value for key, value in namespace.items() if isinstance(value, Field)}
        body = {key: value for key, value in namespace.items() if key not in declared}
        made = super().__new__(mcls, name, bases, body)
        if not bases:
            _settle(made, {}, "")
        else:
            inherited = {key: field for base in reversed(bases) for key, field in getattr(base, "_fields", {}).items()}
            fields = {**inherited, **_typed(made, declared)}
            doc = namespace.get("__doc__")
            instructions = inspect.cleandoc(doc) if doc else next(
                (base._instructions for base in bases if isinstance(base, SignatureType) and base._fields), ""
            )  # fmt: skip
            _settle(made, fields, instructions)
        return made

    def __call__(
        cls, spec: str | Mapping[str, Any], instructions: str = "", *, custom_types: Mapping[str, Any] | None = None
    ) -> SignatureType:
        """Make a signature from a string, or from fields by name.

        Args:
            spec: `"question, context: list[str] -> answer: bool"`, a whole cell's text, or `{name: field}`.
            instructions: What to do; by default made from the fields' names.
            custom_types: Types by name, besides those the caller can see.

        Raises:
            SignatureError: When it cannot be read; points at the place.
        """
        if isinstance(spec, Mapping):
            return make(_named(spec), instructions)
        from nbdspy.signatures.text import read_text

        caller = sys._getframe(1)
        scope = {**caller.f_globals, **caller.f_locals, **(custom_types or {})}
        made = read_text(spec, scope=scope)
        return made.with_instructions(instructions) if instructions else made

    @property
    def fields(cls) -> Fields:
        """All fields, inputs first."""
        return cls._fields

    @property
    def input_fields(cls) -> Fields:
        """The inputs in order."""
        return cls._inputs

    @property
    def output_fields(cls) -> Fields:
        """The outputs in order."""
        return cls._outputs

    @property
    def instructions(cls) -> str:
        """What the model is told to do."""
        return cls._instructions

    @property
    def signature(cls) -> str:
        """The short form: `"question -> answer"`."""
        return f"{', '.join(cls.input_fields)} -> {', '.join(cls.output_fields)}"

    def with_instructions(cls, instructions: str) -> SignatureType:
        """The same fields under another instruction."""
        return make(cls._fields, instructions, name=cls.__name__)

    def with_updated_fields(cls, name: str, type_: Any = None, **changes: Any) -> SignatureType:
        """The same signature with one field changed: its type, `desc`, `default` or constraints."""
        field = cls._existing(name)
        if "desc" in changes:
            changes["description"] = changes.pop("desc")
        own = {key: changes.pop(key) for key in ("description", "default") if key in changes}
        constraints = MappingProxyType({**field.constraints, **changes})
        changed = replace(field, type=field.type if type_ is None else type_, constraints=constraints, **own)
        return make({**cls._fields, name: changed}, cls._instructions, name=cls.__name__)

    def append(cls, name: str, field: Field, type_: Any = None) -> SignatureType:
        """Add a field after the last of its side."""
        return cls.insert(-1, name, field, type_)

    def prepend(cls, name: str, field: Field, type_: Any = None) -> SignatureType:
        """Add a field before the first of its side."""
        return cls.insert(0, name, field, type_)

    def insert(cls, index: int, name: str, field: Field, type_: Any = None) -> SignatureType:
        """Add a field at an index among the fields of its side; -1 is after the last."""
        side = list(cls.input_fields.items() if field.is_input else cls.output_fields.items())
        position = index if index >= 0 else len(side) + 1 + index
        if not 0 <= position <= len(side):
            raise SignatureError(f"There is no place {index} among {len(side)} {field.role} fields of {cls.__name__}.")
        named = replace(field, name=name, type=field.type if type_ is None else type_)
        side = [item for item in side[:position] if item[0] != name] + [(name, named)] + side[position:]
        others = cls.output_fields if field.is_input else cls.input_fields
        if name in others:
            raise SignatureError(f"{cls.__name__} has a field {name!r} on its other side already.")
        return make({**dict(side), **others}, cls._instructions, name=cls.__name__)

    def delete(cls, name: str) -> SignatureType:
        """The signature without a field."""
        cls._existing(name)
        rest = {key: field for key, field in cls._fields.items() if key != name}
        return make(rest, cls._instructions, name=cls.__name__)

    def equals(cls, other: object) -> bool:
        """Whether another signature has the same instruction and the same fields."""
        return (
            isinstance(other, SignatureType)
            and cls._instructions == other._instructions
            and list(cls._fields.values()) == list(other._fields.values())
        )

    def __setattr__(cls, name: str, value: Any) -> None:
        raise SignatureError(
            f"Signatures do not change; {cls.__name__}.{name} cannot be set.",
            hint="Use with_instructions, with_updated_fields, append or delete: they return a new one.",
        )

    def __repr__(cls) -> str:
        if not cls._fields:
            return "<class 'nbdspy.Signature'>"
        return f"Signature({cls.__name__}: {cls.signature})"

    def _existing(cls, name: str) -> Field:
        if name not in cls._fields:
            raise SignatureError(
                f"{cls.__name__} has no field {name!r}; it has: {', '.join(cls._fields)}.",
                hint=did_you_mean(name, cls._fields),
            )
        return cls._fields[name]


def make(fields: Fields, instructions: str = "", *, name: str = "Signature") -> SignatureType:
    """A signature from fields by name.

    Raises:
        SignatureError: When a side is empty or a name cannot be a field's.
    """
    made = SignatureType.__new__(SignatureType, name, (Signature,), {"__module__": Signature.__module__})
    _settle(made, fields, instructions)
    return made


def default_instructions(inputs: Sequence[str], outputs: Sequence[str]) -> str:
    """The instruction of a signature that was given none (DSPy paper, section 3.1)."""

    def listed(names: Sequence[str]) -> str:
        return ", ".join(f"`{name}`" for name in names)

    return f"Given the fields {listed(inputs)}, produce the fields {listed(outputs)}."


def _settle(made: SignatureType, fields: Fields, instructions: str) -> None:
    """Check the fields and fix them on a signature that is being made."""
    inputs = {name: field for name, field in fields.items() if field.is_input}
    outputs = {name: field for name, field in fields.items() if not field.is_input}
    for name in fields:
        problem = name_problem(name)
        if problem:
            raise SignatureError(f"{made.__name__}: {problem}", hint="Choose another name.")
    for side, role in ((inputs, "input"), (outputs, "output")):
        if fields and not side:
            raise SignatureError(f"{made.__name__} has no {role} field.", hint="Declare at least one.")
    settled = {
        "_fields": MappingProxyType({**inputs, **outputs}),
        "_inputs": MappingProxyType(inputs),
        "_outputs": MappingProxyType(outputs),
        "_instructions": instructions.strip() or default_instructions(list(inputs), list(outputs)),
    }
    for name, value in settled.items():
        type.__setattr__(made, name, value)


def _typed(made: type, declared: Mapping[str, Field]) -> dict[str, Field]:
    """Declared fields with the names and types that the class body gave them."""
    own = inspect.get_annotations(made)
    for name in own:
        if name not in declared:
            raise SignatureError(
                f"{made.__name__}.{name} is neither an input nor an output.",
                hint=f"Write `{name}: … = InputField()` or `= OutputField()`.",
            )
    try:
        hints = get_type_hints(made, include_extras=True) if own else {}
    except NameError as error:
        raise SignatureError(f"{made.__name__}: no type is called {error.name!r}.") from error
    return {name: replace(field, name=name, type=hints.get(name, field.type)) for name, field in declared.items()}


def _named(spec: Mapping[str, Any]) -> dict[str, Field]:
    """Fields by name; DSPy writes `{name: (type, field)}`."""
    pairs = {name: value if isinstance(value, tuple) else (value.type, value) for name, value in spec.items()}
    return {name: replace(field, name=name, type=type_) for name, (type_, field) in pairs.items()}


class Signature(metaclass=SignatureType):
    """What a model call must do: subclass it, or call it with `"question -> answer"`.

    Example:
        >>> from nbdspy.signatures import InputField, OutputField
        >>> class Judge(Signature):
        ...     '''Decide whether the claim follows.'''
        ...
        ...     claim: str = InputField()
        ...     verdict: bool = OutputField(desc="true when it follows")
        >>> Judge
        Signature(Judge: claim -> verdict)
        >>> Signature("question -> answer").instructions
        'Given the fields `question`, produce the fields `answer`.'
    """
