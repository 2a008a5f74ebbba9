"""`Signature`: what a model call must do, as typed inputs and outputs with an instruction."""

from __future__ import annotations

import inspect
import sys
from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import FrameType, MappingProxyType
from typing import Any, Final

from nbdspy import render
from nbdspy.errors import SignatureError, did_you_mean
from nbdspy.signatures.annotations import typed
from nbdspy.signatures.fields import Field, checked, name_problem
from nbdspy.signatures.type_spelling import spell_type

Fields = Mapping[str, Field]

UNNAMED: Final = "Signature"
"""What a signature is called to which nobody gave a name."""


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
        parents = [base for base in bases if isinstance(base, SignatureType)]
        inherited = {key: field for parent in reversed(parents) for key, field in parent._fields.items()}
        fields = {**inherited, **typed(made, declared, inherited, sys._getframe(1))}
        doc = namespace.get("__doc__")
        instructions = inspect.cleandoc(doc) if doc else next(filter(None, map(own_instructions, parents)), "")
        if not parents:
            instructions = ""  # the docstring of Signature itself tells people how to use it
        elif fields:
            _check_sides(name, fields)
        for key, value in _settled(name, fields, instructions).items():
            type.__setattr__(made, key, value)
        return made

    def __call__(
        cls,
        spec: str | Mapping[str, Any] = "",
        instructions: str = "",
        *,
        custom_types: Mapping[str, Any] | None = None,
        **inputs: Any,
    ) -> SignatureType:
        """Make a signature from a string, or from fields by name.

        Args:
            spec: `"question, context: list[str] -> answer: bool"`, a whole cell's text, or `{name: field}`.
            instructions: What to do; by default made from the fields' names.
            custom_types: Types by name, besides those the caller can see.
            inputs: None: it is programs that are called with inputs.

        Raises:
            SignatureError: When it cannot be read; points at the place.
        """
        if cls._fields or inputs:
            example = ", ".join(f"{name}=…" for name in cls._inputs or inputs)
            raise SignatureError(
                f"{called(cls)} is a signature: it says what to do, and a program does it.",
                hint=f"Write Predict({called(cls)})({example}).",
            )
        if not isinstance(spec, str | Mapping):
            raise SignatureError(
                f"{render.short(repr(spec))} is no signature.",
                hint="Write 'question -> answer', or subclass Signature.",
            )
        if isinstance(spec, Mapping):
            return make(_named(spec), instructions)
        from nbdspy.signatures.text import read_text  # which makes signatures, as this does

        caller = _caller(sys._getframe(1))
        made = read_text(spec, scope=ChainMap(dict(custom_types or {}), caller.f_locals, caller.f_globals))
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
    def model_fields(cls) -> Fields:
        """`fields` under pydantic's name, by which code for DSPy reads them."""
        return cls._fields

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
        return make(cls._fields, instructions, name=cls.__name__, is_whole=False)

    def append_instructions(cls, instructions: str) -> SignatureType:
        """The same fields under this instruction and more of it, as a paragraph of its own."""
        return cls.with_instructions(f"{cls._instructions}\n\n{instructions}")

    def with_updated_fields(cls, name: str, type_: Any = None, **changes: Any) -> SignatureType:
        """The same signature with one field changed: its type, `desc`, `default` or constraints."""
        field = cls._existing(name)
        own = {key: changes.pop(key) for key in ("description", "default") if key in changes}
        if "desc" in changes:
            own["description"] = changes.pop("desc")
        constraints = checked({**field.constraints, **changes})
        changed = replace(field, type=field.type if type_ is None else type_, constraints=constraints, **own)
        return cls._with({**cls._fields, name: changed})

    def append(cls, name: str, field: Field, type_: Any = None) -> SignatureType:
        """Add a field after the last of its side."""
        return cls.insert(-1, name, field, type_)

    def prepend(cls, name: str, field: Field, type_: Any = None) -> SignatureType:
        """Add a field before the first of its side."""
        return cls.insert(0, name, field, type_)

    def insert(cls, index: int, name: str, field: Field, type_: Any = None) -> SignatureType:
        """Add a field at an index among the fields of its side; -1 is after the last.

        A field of that name on the same side is replaced and moves.
        """
        same, others = (cls._inputs, cls._outputs) if field.is_input else (cls._outputs, cls._inputs)
        if name in others:
            raise SignatureError(f"{called(cls)} has a field {name!r} on its other side already.")
        side = [item for item in same.items() if item[0] != name]
        position = index if index >= 0 else len(side) + 1 + index
        if not 0 <= position <= len(side):
            raise SignatureError(f"There is no place {index} among {len(side)} {field.role} fields of {called(cls)}.")
        side.insert(position, (name, replace(field, name=name, type=field.type if type_ is None else type_)))
        return cls._with({**dict(side), **others})

    def delete(cls, name: str) -> SignatureType:
        """The signature without a field; one that lacks a side is given another field before a program takes it."""
        cls._existing(name)
        return cls._with({key: field for key, field in cls._fields.items() if key != name})

    def equals(cls, other: object) -> bool:
        """Whether another signature has the same instruction and the same fields."""
        return (
            isinstance(other, SignatureType)
            and cls._instructions == other._instructions
            and list(cls._fields.values()) == list(other._fields.values())
        )

    def dump_state(cls) -> dict[str, Any]:
        """The instruction, and each field's name and description, JSON-ready in DSPy's layout."""
        fields = [{"prefix": field.prefix, "description": field.desc} for field in cls._fields.values()]
        return {"instructions": cls._instructions, "fields": fields}

    def load_state(cls, state: Mapping[str, Any]) -> SignatureType:
        """The same fields under a saved instruction and with saved descriptions.

        Raises:
            SignatureError: When the state is of another number of fields.
        """
        if len(state["fields"]) != len(cls._fields):
            raise SignatureError(f"{called(cls)} has {len(cls._fields)} fields, the state {len(state['fields'])}.")
        described = {
            name: replace(field, description="" if saved["description"] == f"${{{name}}}" else saved["description"])
            for (name, field), saved in zip(cls._fields.items(), state["fields"], strict=True)
        }
        return make(described, state["instructions"], name=cls.__name__)

    def __setattr__(cls, name: str, value: Any) -> None:
        raise SignatureError(
            f"Signatures do not change; {name} of {called(cls)} cannot be set.",
            hint="Use with_instructions, with_updated_fields, append or delete: they return a new one.",
        )

    def __delattr__(cls, name: str) -> None:
        raise SignatureError(
            f"Signatures do not change; {name} of {called(cls)} cannot be deleted.",
            hint="Use delete: it returns a new one.",
        )

    def __repr__(cls) -> str:
        if not cls._fields:
            return f"<class 'nbdspy.{cls.__name__}'>"
        name = "" if cls.__name__ == UNNAMED else f"{cls.__name__}: "
        lines = [render.short(cls._instructions, 200), *map(_line, cls._fields.values())]
        return "\n    ".join([f"Signature({name}{cls.signature}", *lines]) + "\n)"

    def _with(cls, fields: Fields) -> SignatureType:
        """Other fields under the same instruction; one that nobody wrote follows the fields."""
        return make(fields, own_instructions(cls), name=cls.__name__, is_whole=False)

    def _existing(cls, name: str) -> Field:
        if name not in cls._fields:
            raise SignatureError(
                f"{called(cls)} has no field {name!r}; it has: {', '.join(cls._fields)}.",
                hint=did_you_mean(name, cls._fields),
            )
        return cls._fields[name]


def make(
    fields: Fields, instructions: str = "", *, name: str = UNNAMED, is_whole: bool = True
) -> SignatureType:  # fmt: skip
    """A signature from fields by name.

    Args:
        fields: Inputs and outputs.
        instructions: What to do; by default made from the fields' names.
        name: What it is called.
        is_whole: Whether it is all of a task, which has inputs and outputs; a part of one may lack a side.

    Raises:
        SignatureError: When a side is empty or a name cannot be a field's.
    """
    if is_whole:
        _check_sides(name, fields)
    body = {"__module__": Signature.__module__, **_settled(name, fields, instructions)}
    return type.__new__(SignatureType, name, (Signature,), body)


def ensure_signature(signature: SignatureType | str, instructions: str | None = None) -> SignatureType:
    """A signature as it is, or read from its short form with the types that the caller can see.

    Raises:
        SignatureError: For instructions beside a signature, which has its own.
    """
    if not isinstance(signature, SignatureType):
        return SignatureType.__call__(Signature, signature, instructions or "")
    if instructions:
        raise SignatureError(
            f"{called(signature)} has instructions of its own.", hint="Write signature.with_instructions(...)."
        )
    return signature


def whole(signature: SignatureType) -> SignatureType:
    """The signature, which is all of a task: it has inputs and outputs.

    Raises:
        SignatureError: When it lacks a side, as one does whose last field was deleted.
    """
    if not (signature.input_fields and signature.output_fields):
        _check_sides(called(signature), signature.fields)
    return signature


def called(signature: SignatureType) -> str:
    """What messages call a signature: the name that somebody gave it, or its short form in quotes.

    Example:
        >>> called(Signature("question -> answer"))
        "'question -> answer'"
    """
    return repr(signature.signature) if is_unnamed(signature) else signature.__name__


def is_unnamed(signature: SignatureType) -> bool:
    """Whether nobody gave it a name."""
    return signature.__name__ == UNNAMED and bool(signature.fields)


def default_instructions(inputs: Iterable[str], outputs: Iterable[str]) -> str:
    """The instruction of a signature that was given none (DSPy paper, section 3.1)."""

    def listed(names: Iterable[str]) -> str:
        return ", ".join(f"`{name}`" for name in names)

    return f"Given the fields {listed(inputs)}, produce the fields {listed(outputs)}."


def own_instructions(signature: SignatureType) -> str:
    """The instruction that somebody wrote, or an empty text when it was made from the fields' names."""
    is_default = signature.instructions == default_instructions(signature.input_fields, signature.output_fields)
    return "" if is_default else signature.instructions


def _check_sides(name: str, fields: Fields) -> None:
    roles = {field.role for field in fields.values()}
    for role in ("input", "output"):
        if role not in roles:
            raise SignatureError(f"{name} has no {role} field.", hint="Declare at least one.")


def _settled(name: str, fields: Fields, instructions: str) -> dict[str, Any]:
    """The attributes of a signature, checked."""
    for field_name in fields:
        problem = name_problem(field_name)
        if problem:
            raise SignatureError(f"{name}: {problem}", hint="Choose another name.")
    inputs = {key: field for key, field in fields.items() if field.is_input}
    outputs = {key: field for key, field in fields.items() if not field.is_input}
    written = instructions.strip() or (default_instructions(inputs, outputs) if fields else "")
    settled: dict[str, Any] = {
        "_fields": MappingProxyType({**inputs, **outputs}),
        "_inputs": MappingProxyType(inputs),
        "_outputs": MappingProxyType(outputs),
        "_instructions": written,
    }
    # No docstring of a class can hold half a character; the instruction keeps it.
    return {**settled, "__doc__": written.encode("utf-8", "backslashreplace").decode()} if fields else settled


def _line(field: Field) -> str:
    """A field in a signature's repr."""
    limits = ", ".join(f"{name}={render.short(repr(value), 40)}" for name, value in field.constraints.items())
    declared = f"{field.role} {field.name}: {spell_type(field.type)}" + (f" ({limits})" if limits else "")
    default = "" if field.required else f" = {render.short(repr(field.default), 40)}"
    return f"{declared}{default}" + (f"  # {render.short(field.description)}" if field.description else "")


def _caller(frame: FrameType) -> FrameType:
    """The nearest frame outside of nbdspy: `Predict("photo: Photo -> caption")` means the Photo of who wrote it."""
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith("nbdspy."):
        frame = frame.f_back
    return frame


def _named(spec: Mapping[str, Any]) -> dict[str, Field]:
    """Fields by name; DSPy writes `{name: (type, field)}`."""
    named = {}
    for name, value in spec.items():
        match value:
            case Field():
                named[name] = replace(value, name=name)
            case (type_, Field() as field):
                named[name] = replace(field, name=name, type=type_)
            case _:
                raise SignatureError(
                    f"{name!r} is declared by {render.short(value)}, which is no field.",
                    hint=f"Write {{{name!r}: (str, InputField())}}.",
                )
    return named


class Signature(metaclass=SignatureType):
    """What a model call must do: subclass it, or call it with `"question -> answer"`.

    Example:
        >>> from nbdspy.signatures import InputField, OutputField
        >>> class Judge(Signature):
        ...     '''Decide whether the claim follows.'''
        ...
        ...     claim: str = InputField()
        ...     verdict: bool = OutputField(desc="true when it follows")
        >>> print(Judge)
        Signature(Judge: claim -> verdict
            Decide whether the claim follows.
            input claim: str
            output verdict: bool  # true when it follows
        )
        >>> Signature("question -> answer").instructions
        'Given the fields `question`, produce the fields `answer`.'
    """
