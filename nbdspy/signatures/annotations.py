"""The types that a class statement gives its fields."""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Mapping
from dataclasses import replace
from types import FrameType
from typing import Any, get_type_hints

from nbdspy.errors import SignatureError, did_you_mean
from nbdspy.signatures.fields import Field
from nbdspy.signatures.type_expressions import WAYS_OUT


def typed(
    made: type, declared: Mapping[str, Field], inherited: Mapping[str, Field], frame: FrameType
) -> dict[str, Field]:
    """Declared fields with their names and types.

    Args:
        made: The class.
        declared: Its fields, by the names they were assigned to.
        inherited: The fields of its bases, whose types stay where the class gives none.
        frame: Where the class statement stands, and its types have their meaning.
    """
    annotations = inspect.get_annotations(made)
    for name in annotations:
        if name not in declared:
            raise SignatureError(
                f"{made.__name__}.{name} is neither an input nor an output.",
                hint=f"Write `{name}: … = InputField()` or `= OutputField()`.",
            )
    types = {name: field.type for name, field in inherited.items()} | _resolved(made.__name__, annotations, frame)
    return {name: replace(field, name=name, type=types.get(name, field.type)) for name, field in declared.items()}


def _resolved(owner: str, annotations: Mapping[str, Any], frame: FrameType) -> dict[str, Any]:
    """Annotations with the names that are still text (`from __future__ import annotations`) looked up."""
    if not annotations:
        return {}
    holder = type(owner, (), {"__annotations__": dict(annotations)})
    try:
        return get_type_hints(holder, frame.f_globals, frame.f_locals, include_extras=True)
    except NameError as error:
        known = [*frame.f_locals, *frame.f_globals, *dir(builtins)]
        raise SignatureError(
            f"{owner}: no type is called {error.name}.", hint=did_you_mean(str(error.name), known) or WAYS_OUT
        ) from error
    except (SyntaxError, TypeError, AttributeError) as error:
        raise SignatureError(f"{owner}: a type cannot be read: {error}.") from error
