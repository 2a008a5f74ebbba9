"""What agents share: their tools, doing what a model wants done with one, and what the model then observes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from nbdspy import render
from nbdspy.adapters.values import write_value
from nbdspy.errors import ENDING, ToolCallError, UsageError
from nbdspy.modules.repeats import Repeats
from nbdspy.runtime import Steps, Use
from nbdspy.signatures import Field

if TYPE_CHECKING:
    from nbdspy.types import Tool

_TEXT = Field(role="input")
_LEFT_OUT = "(… {left_out:,} of {length:,} characters are left out here …)"


def tools_of(tools: Iterable[Tool | Callable[..., Any]], last: Tool) -> dict[str, Tool]:
    """The tools of an agent by their names, with its own one, which ends the work, as the last.

    Raises:
        UsageError: When two have the same name.
    """
    from nbdspy.types.tool import check_list, tools_by_name

    check_list(tools)
    named = tools_by_name(tools)
    if last.name in named:
        raise UsageError(
            f"No tool can be called {last.name!r}: that is the one by which the agent ends its work.",
            hint='Write Tool(function, name="other").',
        )
    return {**named, last.name: last}


def act(tools: Mapping[str, Tool], name: str, arguments: Any) -> Steps[tuple[Any, bool]]:
    """Use a tool as a model wants it; the answer is what comes of it, and whether that is an error, in words.

    Raises:
        BudgetExceeded: When the tool is a program whose next call would pass a limit; likewise all others of `ENDING`,
            which no model could mend.
    """
    from nbdspy.types.tool import tool_named
    from nbdspy.types.tool_call import said_by

    try:
        tool = tool_named(name, tools)
        if not isinstance(arguments, Mapping):
            given = render.short(repr(arguments), 200)
            raise ToolCallError(f"{name} takes its arguments as one JSON object, not {given}.", hint=tool.takes())
        return (yield Use(tool, arguments)), False
    except ENDING:
        raise
    except Exception as error:  # a tool is foreign code, and the model is to see what it said
        return said_by(error), True


class Observing:
    """Makes of what tools return what a model is shown: no more than fits, and told when it goes in circles.

    Args:
        limit: The most characters of an observation; of a longer one the middle is left out.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._repeats = Repeats("; do something else, or end the work.")

    def observed(self, step: int, name: str, arguments: Any, result: Any) -> Any:
        """The result, where it is short and new; else a text, with a note of what is left out or was seen before."""
        from nbdspy.types.tool_call import said_by

        try:
            text = as_text(result)
        except Exception as error:  # the `__repr__` of a value is foreign code
            result = text = f"{name} returned a {type(result).__name__}, which cannot be shown: {said_by(error)}"
        note = self._repeats.note(step, name, as_text(arguments), text)
        if len(text) > self._limit:
            result = text = render.ends(text, self._limit, _LEFT_OUT)
        return f"{text}\n{note}" if note else result


def as_text(value: Any) -> str:
    """A value as a prompt shows it."""
    return write_value(value, _TEXT)
