"""`ToolCalls`: the calls that a model asks for, and `ToolCallResults`: what came of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Self

import pydantic

from nbdspy import render
from nbdspy.errors import ENDING, UsageError
from nbdspy.runtime import Steps, Use, adrive, drive
from nbdspy.types import tool_call
from nbdspy.types.tool import tool_named
from nbdspy.types.tool_call import Functions, by_name
from nbdspy.types.type import Type, loaded

RESULTS: Final = "tool_call_results"


class ToolCalls(Type):
    """The calls that a model asks for, in its order.

    Example:
        >>> def add(a: int, b: int) -> int:
        ...     return a + b
        >>> calls = ToolCalls.from_dict_list([{"name": "add", "args": {"a": 40, "b": 2}}])
        >>> calls.tool_calls[0].name, calls.tool_calls[0].args
        ('add', {'a': 40, 'b': 2})
        >>> calls.execute(functions=[add])
        ToolCallResults(add → 42)
    """

    ToolCall: ClassVar[type[tool_call.ToolCall]] = tool_call.ToolCall
    only_text: ClassVar[bool] = True

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    tool_calls: list[tool_call.ToolCall]

    _results: ToolCallResults | None = pydantic.PrivateAttr(default=None)  # no model writes them

    @property
    def tool_call_results(self) -> ToolCallResults | None:
        """What came of the calls, where they were made."""
        return self._results

    def with_results(self, results: ToolCallResults) -> Self:
        """The same calls with what came of them, as a history has them."""
        made = self.model_copy()
        made._results = results
        return made

    @pydantic.model_serializer(mode="wrap")
    def _dumped(self, handler: pydantic.SerializerFunctionWrapHandler) -> Any:
        """The calls, and what came of them where they were made, as DSPy dumps both."""
        dumped = handler(self)
        return dumped if self._results is None else {**dumped, RESULTS: self._results}

    @classmethod
    def description(cls) -> str:
        """What a model is told, where it writes the calls as text."""
        return (
            'a JSON object {"tool_calls": [{"name": …, "args": {…}}]}, with one entry for each call to make, in order; '
            "an empty list calls nothing"
        )

    @classmethod
    def from_dict_list(cls, tool_calls_dicts: Sequence[Mapping[str, Any]]) -> Self:
        """Calls from dicts with `name` and `args`, or of any provider's shape."""
        return cls.model_validate({"tool_calls": list(tool_calls_dicts)})

    @classmethod
    def from_extras(cls, tool_calls: Sequence[Mapping[str, Any]]) -> Self:
        """Calls from `Extras.tool_calls`, the ones that a model made natively."""
        return cls.from_dict_list(tool_calls)

    @pydantic.model_validator(mode="before")
    @classmethod
    def _from_any_shape(cls, value: Any) -> Any:
        value = loaded(value)
        if isinstance(value, Mapping) and "tool_calls" in value:
            return {"tool_calls": loaded(value["tool_calls"]) or []}
        if isinstance(value, Mapping):
            return {"tool_calls": [value] if value else []}
        return {"tool_calls": value} if isinstance(value, list | tuple) else value

    def execute(self, functions: Functions) -> ToolCallResults:
        """Make the calls one after another; one that fails has its error as its result.

        Args:
            functions: The tools or plain functions that may be called, listed or by name; nothing else ever is.

        Raises:
            BudgetExceeded: When a tool is a program whose next call would pass a limit; likewise all others of
                `ENDING`, which no model could mend.
        """
        return drive(self._executed(functions))

    async def aexecute(self, functions: Functions) -> ToolCallResults:
        """`execute`, without blocking the running loop."""
        return await adrive(self._executed(functions))

    def _executed(self, functions: Functions) -> Steps[ToolCallResults]:
        named = by_name(functions)
        results = []
        for call in self.tool_calls:
            try:
                results.append(call.result((yield Use(tool_named(call.name, named), call.args))))
            except ENDING:
                raise
            except Exception as error:  # a tool is foreign code, and the model is to see what it said
                results.append(call.failed(error))
        return ToolCallResults(tool_call_results=results)

    def format(self) -> str:
        """The calls as JSON."""
        return render.written(self.as_plain())

    def as_plain(self) -> Any:
        """The calls as one JSON object."""
        return {"tool_calls": [call.as_plain() for call in self.tool_calls]}

    def told(self) -> Any:
        """The calls as one JSON object, with what came of them, for people; a prompt tells that in its own place."""
        return self.as_plain() if self._results is None else {**self.as_plain(), RESULTS: self._results.as_plain()}

    def __repr__(self) -> str:
        results = "" if self._results is None else f", {self._results!r}"
        return f"ToolCalls([{', '.join(map(repr, self.tool_calls))}]{results})"

    __str__ = __repr__


class ToolCallResults(Type):
    """What the calls of a `ToolCalls` returned, in its order."""

    ToolCallResult: ClassVar[type[tool_call.ToolCallResult]] = tool_call.ToolCallResult
    only_text: ClassVar[bool] = True

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    tool_call_results: list[tool_call.ToolCallResult]

    @classmethod
    def from_tool_calls_and_values(
        cls,
        tool_calls: ToolCalls | Sequence[tool_call.ToolCall],
        values: Sequence[Any],
        is_errors: Sequence[bool] | None = None,
    ) -> Self:
        """Results from the calls and what each returned.

        Raises:
            UsageError: When there is not one value for each call.
        """
        calls = tool_calls.tool_calls if isinstance(tool_calls, ToolCalls) else list(tool_calls)
        errors = [False] * len(values) if is_errors is None else list(is_errors)
        if not len(calls) == len(values) == len(errors):
            raise UsageError(f"{len(calls)} calls have {len(values)} values and {len(errors)} error marks.")
        results = [
            tool_call.ToolCallResult(call_id=call.id, name=call.name, value=value, is_error=is_error)
            for call, value, is_error in zip(calls, values, errors, strict=True)
        ]
        return cls(tool_call_results=results)

    def format(self) -> str:
        """The results as JSON."""
        return render.written(self.as_plain())

    def as_plain(self) -> Any:
        """One entry for each call."""
        return [result.as_plain() for result in self.tool_call_results]

    def __repr__(self) -> str:
        return f"ToolCallResults({', '.join(result.brief() for result in self.tool_call_results)})"

    __str__ = __repr__


def remembered(value: Any) -> Any:
    """What was dumped of calls with their results, as these again; anything else as it is.

    For what users kept, such as a history: by the text of a model no results are ever made.
    """
    if not isinstance(value, Mapping) or value.keys() != {"tool_calls", RESULTS}:
        return value
    results = value[RESULTS]
    try:
        calls = ToolCalls.model_validate(value)
        return calls.with_results(
            ToolCallResults.model_validate(results if isinstance(results, Mapping) else {RESULTS: results})
        )
    except pydantic.ValidationError:  # a value of the user's own that is called so
        return value
