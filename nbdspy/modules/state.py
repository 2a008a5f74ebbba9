"""Program state as JSON in DSPy's layout: files travel both ways.

Per predictor: demos, the instruction, the fields' descriptions in order, and the model's settings without any key; of
one that has frozen parts, which, under a key of ours that DSPy's loader lets pass.
Names and types of fields are not stored; they come from the program that loads.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections import Counter
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from nbdspy import render
from nbdspy.data import Example
from nbdspy.errors import SavedStateError, warn_caller
from nbdspy.models import LM
from nbdspy.models.redaction import redact
from nbdspy.modules.demo_state import dump_demo, jsonable, read_demo
from nbdspy.modules.freezing import parts_of
from nbdspy.modules.lm_state import dump_lm, read_lm
from nbdspy.modules.module import Module
from nbdspy.modules.predict import Predict
from nbdspy.modules.retrieve import Retrieve
from nbdspy.signatures import SignatureType

METADATA = "metadata"
FROZEN = "frozen"
PEER_VERSION = "3.4.1"  # the release whose files were compared; DSPy warns of another one and loads it
REFUSED: Mapping[str, tuple[Any, str, str]] = {
    "json_mode": (True, "the state is JSON; there are no other values of it.", "Leave it out."),
    "allow_pickle": (
        False,
        "a pickle runs whatever its writer wanted, so none is read.",
        "Where it was made, write JSON of it: program.save('program.json').",
    ),
    "allow_unsafe_lm_state": (
        False,
        "a file does not say where calls go, or who reads them.",
        "Set the model after loading: program.set_lm(LM(..., api_base=...)).",
    ),
    "modules_to_serialize": (
        None,
        "a whole program is written as source text, your own functions and classes with it.",
        "Leave it out.",
    ),
}
"""Arguments of DSPy's that have one meaning here: the value that they may have, and why no other."""

_DEFAULT_DESCRIPTION = re.compile(r"\$\{(\w+)\}")  # of a field that nobody described: it names the field


def dump(program: Module) -> dict[str, Any]:
    """The state of every predictor by its path; a bare predictor's stands at the top level."""
    if isinstance(program, Predict):
        return _dump_predictor("self", program)
    named = _parts(program)
    for name, count in Counter(name for name, _ in named).items():
        if count > 1:
            raise SavedStateError(
                f"{count} predictors of this program are called {name!r}; a file holds one of each name.",
                hint="Use texts as the keys of dictionaries.",
            )
        if name == METADATA:
            raise SavedStateError(
                "A predictor of this program is called 'metadata', as what a file says of itself.",
                hint="Give it another name.",
            )
    return {
        name: _dump_predictor(name, part) if isinstance(part, Predict) else part.dump_state() for name, part in named
    }


def _parts(program: Module) -> list[tuple[str, Predict | Retrieve]]:
    """What has a state: predictors, and searches, which are parameters in DSPy."""
    return [(name, part) for name, part in program.named_sub_modules() if isinstance(part, Predict | Retrieve)]


def refuse(**arguments: Any) -> None:
    """Refuse what DSPy's arguments would allow and nothing here can do.

    Raises:
        SavedStateError: When one has another value than it may have; says why.
    """
    for name, given in arguments.items():
        allowed, why, hint = REFUSED[name]
        if given is not allowed and given not in (allowed, []):
            raise SavedStateError(f"{name}={render.short(repr(given))} is refused: {why}", hint=hint)


def restore(program: Module, state: Mapping[str, Any], *, trusted: bool = False) -> None:
    """Take over a state; it is read whole before anything changes.

    Args:
        program: Of the shape that was saved.
        state: Of its predictors.
        trusted: Whether models may be opened at paths, and fetched.
    """
    found = _by_path(program, state)
    taken = []
    searches = []
    for name, predictor in _parts(program):
        if isinstance(predictor, Retrieve):
            searches.append((predictor, _k_of(name, found.get(name, predictor.dump_state()))))
            continue
        if name not in found and "][" in name:
            warn_caller(
                f"The file has no state for the predictor {name!r}, which stays as it is: DSPy does not look into "
                "lists of lists."
            )
            continue
        if name not in found and {"signature", "demos"} <= found.keys():
            raise SavedStateError(
                f"The file is that of a bare Predict, and the program is {type(program).__name__}.",
                hint=f"Load it into a Predict: program.{name}.load(path) where the fields are the same.",
            )
        if name not in found:
            there = ", ".join(key for key in found if key != METADATA) or "nothing"
            raise SavedStateError(
                f"The file has no state for the predictor {name!r}; it has: {there}.",
                hint="Load it into a program of the shape that was saved.",
            )
        taken.append((predictor, *_read_predictor(name, predictor, found[name], trusted)))
    for predictor, demos, signature, lm, frozen in taken:
        predictor.demos, predictor.signature, predictor.lm = demos, signature, lm
        if frozen != predictor.frozen:
            predictor.frozen = frozen
    for search, k in searches:
        search.k = k


def _k_of(name: str, state: Any) -> int:
    """How many passages a search finds; a file from before it had a state leaves it as it is."""
    k = state.get("k") if isinstance(state, Mapping) else None
    if type(k) is not int or k < 1:
        raise SavedStateError(
            f"The state of the search {name!r} is {render.short(repr(state))}, and should be {{'k': 3}}.",
            hint="Load it into a program of the shape that was saved.",
        )
    return k


def write(program: Module, path: str | PathLike[str]) -> None:
    """Write the state beside the path and move it there when it is whole."""
    target = Path(path)
    if target.suffix != ".json":
        raise SavedStateError(
            f"{target.name!r} does not end in .json.",
            hint="Programs are saved as JSON, never as pickles; save_program=True writes a folder with their source.",
        )
    if not target.parent.is_dir():
        raise SavedStateError(f"There is no folder {str(target.parent)!r} to save to.", hint="Make it first.")
    content = encoded(with_metadata(dump(program)))
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    partial.write_bytes(content)
    os.replace(partial, target)


def with_metadata(state: Mapping[str, Any], **ours: Any) -> dict[str, Any]:
    """A state with what DSPy's loader asks for, and what ours does."""
    versions = {"python": ".".join(platform.python_version_tuple()[:2]), "dspy": PEER_VERSION}
    return {**state, METADATA: {"dependency_versions": versions, **ours}}


def encoded(state: Mapping[str, Any]) -> bytes:
    """The content of a file."""
    text = json.dumps(state, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode("utf-8", "backslashreplace")  # half a surrogate pair becomes JSON's own \\ud800


def read(program: Module, path: str | PathLike[str]) -> None:
    """Read a file that `write`, or DSPy, wrote."""
    restore(program, decoded(path))


def decoded(path: str | PathLike[str]) -> dict[str, Any]:
    """What a file holds.

    Raises:
        SavedStateError: When it is no JSON object.
    """
    try:
        state = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SavedStateError(f"There is no file {str(path)!r}.") from error
    except IsADirectoryError as error:
        raise SavedStateError(
            f"{str(path)!r} is a folder.", hint="A whole program is read by nbdspy.load(folder)."
        ) from error
    except (ValueError, RecursionError) as error:
        raise SavedStateError(
            f"{str(path)!r} is not JSON: {error}.", hint="Only JSON files are loaded, never pickles."
        ) from error
    if not isinstance(state, dict):
        raise SavedStateError(f"{str(path)!r} holds {render.kind(state)}, not a program's state.")
    return state


def _dump_predictor(name: str, predictor: Predict) -> dict[str, Any]:
    signature = predictor.signature.dump_state()
    return {
        "traces": [],
        "train": [],
        "demos": [dump_demo(demo, name) for demo in predictor.demos],
        "signature": redact(signature),
        "lm": None if predictor.lm is None else dump_lm(predictor.lm, jsonable(predictor.lm.options)),
        **({FROZEN: sorted(predictor.frozen)} if predictor.frozen else {}),
    }


def _by_path(program: Module, state: Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(program, Predict):
        return {"self": state} if "signature" in state else state
    return state


def _check_made(name: str, state: Any) -> None:
    """Say which part of a predictor's state is not what it should be.

    Raises:
        SavedStateError: Names the key, shows what is there, and says what should be.
    """
    if not isinstance(state, Mapping):
        raise _of_another_make(name, "", state, "an object with 'demos' and 'signature'")
    demos, signature = state.get("demos", []), state.get("signature", {})
    if not isinstance(demos, list) or not all(isinstance(demo, Mapping) for demo in demos):
        raise _of_another_make(name, "demos", demos, "a list of objects, a demonstration each")
    if not isinstance(signature, Mapping):
        raise _of_another_make(name, "signature", signature, "an object with 'instructions' and 'fields'")
    fields = signature.get("fields", [])
    if not isinstance(fields, list) or not all(isinstance(field, Mapping) for field in fields):
        raise _of_another_make(name, "fields", fields, "a list of objects, a field each")


def _of_another_make(name: str, key: str, found: Any, wanted: str) -> SavedStateError:
    where = f"{key!r} in the state" if key else "The state"
    return SavedStateError(
        f"{where} of the predictor {name!r} is {render.short(repr(found))}, and should be {wanted}.",
        hint="Save the program again.",
    )


def _field_named(field: Mapping[str, Any]) -> str:
    """What a file calls a field: by the word before its value, in which case and spaces are lost."""
    return str(field.get("prefix") or field.get("description")).rstrip(":")


def _read_predictor(
    name: str, predictor: Predict, state: Any, trusted: bool
) -> tuple[list[Example], SignatureType, LM | None, frozenset[str]]:
    _check_made(name, state)
    frozen = _read_frozen(name, predictor, state)
    try:
        demos = [read_demo(predictor.signature, demo) for demo in state["demos"]]
        instructions, fields = state["signature"]["instructions"], state["signature"]["fields"]
        descriptions = [field["description"] for field in fields]
        named, given = state.get("lm"), predictor.lm
        lm = read_lm(
            named, trusted=trusted or (given is not None and named is not None and given.model == named["model"])
        )
    except KeyError as error:
        raise SavedStateError(f"The state of the predictor {name!r} has no {error.args[0]!r}.") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise SavedStateError(f"The state of the predictor {name!r} is of another make: {error}.") from error
    if not all(isinstance(text, str) for text in (instructions, *descriptions)):
        raise SavedStateError(f"The state of the predictor {name!r} holds an instruction that is no text.")
    signature = predictor.signature
    if len(descriptions) != len(signature.fields):
        raise SavedStateError(
            f"The predictor {name!r} has {len(signature.fields)} fields ({', '.join(signature.fields)}), the file "
            f"{len(descriptions)} ({', '.join(map(_field_named, fields)) or 'none'}).",
            hint="Load it into a program of the shape that was saved.",
        )
    if instructions != signature.instructions:
        signature = signature.with_instructions(instructions)
    for field_name, description in zip(signature.fields, descriptions, strict=True):
        other = _DEFAULT_DESCRIPTION.fullmatch(description)
        if other and other[1] != field_name:
            raise SavedStateError(
                f"The predictor {name!r} has a field {field_name!r} where the file has {other[1]!r}.",
                hint="Load it into a program of the shape that was saved.",
            )
        own = "" if description == f"${{{field_name}}}" else description
        if own != signature.fields[field_name].description:
            signature = signature.with_updated_fields(field_name, desc=own)
    return demos, signature, lm, frozen


def _read_frozen(name: str, predictor: Predict, state: Mapping[str, Any]) -> frozenset[str]:
    """The marks in a file; one that says nothing of them, such as DSPy's, leaves those of the program."""
    if FROZEN not in state:
        return predictor.frozen
    known, found = parts_of(predictor), state[FROZEN]
    if not isinstance(found, list) or not all(isinstance(each, str) and each in known for each in found):
        raise _of_another_make(name, FROZEN, found, f"a list of some of: {', '.join(sorted(known))}")
    return frozenset(found)
