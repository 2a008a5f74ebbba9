"""What a field can hold besides Python's own types. Names load when they are first used, and pydantic with them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nbdspy.types.parts import TypeBase, custom_types, has_parts, is_custom, swap

_FILES = {
    "audio": ("Audio",),
    "citations": ("Citation", "Citations"),
    "code": ("Code",),
    "document": ("Document",),
    "file": ("File",),
    "history": ("History",),
    "image": ("Image",),
    "reasoning": ("Reasoning",),
    "tool": ("Tool", "ToolCalled", "as_openai_tools"),
    "tool_call": ("ToolCall", "ToolCallResult"),
    "tool_calls": ("ToolCallResults", "ToolCalls"),
    "trajectory": ("Illustrated", "Trajectory"),
    "type": ("Type",),
}
_PLACES = {name: f"nbdspy.types.{file}" for file, names in _FILES.items() for name in names}

__all__ = [
    "TypeBase",
    "custom_types",
    "has_parts",
    "is_custom",
    "swap",
    *sorted(_PLACES),
]

if TYPE_CHECKING:  # for type checkers, which cannot see what resolves lazily
    from nbdspy.types.audio import Audio as Audio
    from nbdspy.types.citations import Citation as Citation
    from nbdspy.types.citations import Citations as Citations
    from nbdspy.types.code import Code as Code
    from nbdspy.types.document import Document as Document
    from nbdspy.types.file import File as File
    from nbdspy.types.history import History as History
    from nbdspy.types.image import Image as Image
    from nbdspy.types.reasoning import Reasoning as Reasoning
    from nbdspy.types.tool import Tool as Tool
    from nbdspy.types.tool import ToolCalled as ToolCalled
    from nbdspy.types.tool import as_openai_tools as as_openai_tools
    from nbdspy.types.tool_call import ToolCall as ToolCall
    from nbdspy.types.tool_call import ToolCallResult as ToolCallResult
    from nbdspy.types.tool_calls import ToolCallResults as ToolCallResults
    from nbdspy.types.tool_calls import ToolCalls as ToolCalls
    from nbdspy.types.trajectory import Illustrated as Illustrated
    from nbdspy.types.trajectory import Trajectory as Trajectory
    from nbdspy.types.type import Type as Type


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"nbdspy.types has no {name!r}.")
    value = getattr(import_module(_PLACES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
