"""Tools that go by the name of their function, as `%%tool` and `@Tool` make them: how a saved program writes these."""

from __future__ import annotations

import ast
import inspect
from typing import Any

from nbdspy.modules.origins import origin_of
from nbdspy.types import Tool


def is_its_function(value: Any) -> bool:
    """Whether a value is a tool, made by nothing but its function, whose name stands for the tool where it was written.

    The function's text then says all, and the function itself can be called by no name.
    """
    if not isinstance(value, Tool) or not inspect.isfunction(inspect.unwrap(value.func)):
        return False
    function = inspect.unwrap(value.func)
    plain = Tool(value.func)
    told = (value.name, value.desc, value.args) == (plain.name, plain.desc, plain.args)
    return told and value.name == function.__name__ and function.__globals__.get(value.name) is value


def is_decorated(function: Any) -> bool:
    """Whether the function's own text makes it a tool."""
    (definition,) = ast.parse(origin_of(function).text).body
    decorators = getattr(definition, "decorator_list", [])
    return any(ast.unparse(decorator).rpartition(".")[2] == "Tool" for decorator in decorators)
