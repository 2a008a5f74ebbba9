"""`ReActV2`: an agent that calls tools beside the text, and submits its answer by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from nbdspy.counts import checked_count
from nbdspy.data import Prediction
from nbdspy.errors import ContextTooLong, ParseError
from nbdspy.modules.acting import Observing, act, tools_of
from nbdspy.modules.coding import listed, refuse_names
from nbdspy.modules.predict import Predict, complete
from nbdspy.modules.shortening import shortened
from nbdspy.modules.stepwise import Stepwise
from nbdspy.runtime import Run, Steps
from nbdspy.signatures import Field, SignatureType, ensure_signature
from nbdspy.signatures.signature import make

if TYPE_CHECKING:
    from nbdspy.types import Tool, ToolCalls

SUBMIT = "submit"
OWN = ("history", "tools", "next_thought", "tool_calls", "termination_reason", "max_iters")
FORCED = {"tool_choice": "required", "reasoning_effort": None}  # when only `submit` is offered


class ReActV2(Stepwise):
    """An agent like ReAct whose steps are turns of a conversation with calls of tools; DSPy's experimental module.

    The adapter decides how tools are called: natively where it does so and the model can
    (`ChatAdapter(use_native_function_calling=True)`, or `JSONAdapter()`), else in the text. A turn may call several
    tools, which are used one after another. The answer is what the model gives to the tool `submit`, checked against
    the signature's outputs. When the turns are used up, or a reply calls nothing or cannot be read, the model is asked
    once more, with `submit` as the only tool.

    The prediction has the outputs, the `history` of this call, which can be given to the next one as `history=`, and
    `termination_reason`: `"submit"` or `"forced_submit"`.

    Args:
        signature: A signature or its short form.
        tools: Functions, plain or async, `nbdspy.Tool`s, and programs.
        max_iters: The most turns before the answer is asked for; a call may say another number.
        max_output_chars: The most characters of what a tool returns; of a longer text the middle is left out.

    Raises:
        UsageError: When two tools have one name, a field has a name that the agent needs, or a number makes no sense.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import DummyLM
        >>> def height(mountain: str) -> str:
        ...     return "4,478 m"
        >>> lm = DummyLM([
        ...     {"next_thought": "Look.", "tool_calls": '[{"name": "height", "args": {"mountain": "Matterhorn"}}]'},
        ...     {"next_thought": "I know.", "tool_calls": '[{"name": "submit", "args": {"answer": 4478}}]'},
        ... ])
        >>> with context(lm=lm):
        ...     prediction = ReActV2("question -> answer: int", tools=[height])(question="How high is the Matterhorn?")
        >>> prediction.answer, prediction.termination_reason, prediction.history
        (4478, 'submit', History(2 messages))
    """

    def __init__(
        self, signature: SignatureType | str, tools: Iterable[Tool | Callable[..., Any]], max_iters: int = 20, *,
        max_output_chars: int = 10_000,
    ) -> None:  # fmt: skip
        super().__init__()
        self.signature = signature = ensure_signature(signature)
        refuse_names(signature, OWN, "a field of the agent's own")
        self.max_iters = checked_count("max_iters", max_iters, least=0)
        self.max_output_chars = checked_count("max_output_chars", max_output_chars)
        self.tools = tools_of(tools, _submit_tool(signature))
        self.react = Predict(make(_fields(signature), _task(signature, self.tools), name=signature.__name__))

    def steps(self, *, max_iters: int | None = None, history: Any = None, **inputs: Any) -> Steps[Prediction]:
        complete(self.signature, inputs)
        past = _Past(turns=_turns(history), inputs=inputs, observing=Observing(self.max_output_chars))
        reason = "its turns are used up"
        most = self.max_iters if max_iters is None else checked_count("max_iters", max_iters, least=0)
        for _ in range(most):
            try:
                outputs = yield from self._turn(past, list(self.tools.values()), {})
            except (ParseError, ContextTooLong) as error:
                reason = str(error)
                break
            if outputs is not None:
                return past.prediction(outputs, "submit")
            if not past.has_acted:
                reason = "it called no tool"
                break
        outputs = yield from self._turn(past, [self.tools[SUBMIT]], FORCED)
        if outputs is None:
            said = past.last_results() or "it submitted nothing"
            raise ParseError(
                f"The agent was asked for its answer, because {reason}, and did not give it: {said}",
                hint="Raise max_iters, or try another model.",
            )
        return past.prediction(outputs, "forced_submit")

    def _turn(
        self, past: _Past, tools: Sequence[Tool], config: Mapping[str, Any]
    ) -> Steps[Mapping[str, Any] | None]:  # fmt: skip
        """Ask once and do what the model wants done; the answer is what it submitted, if it did."""
        run = _asking(self.react, past, tools, config)
        said, past.first = yield from shortened(run, past.first, len(past.turns))
        past.has_acted = bool(said.tool_calls and said.tool_calls.tool_calls)
        if not past.has_acted:
            return None
        calls = past.numbered(said.tool_calls)
        offered = {tool.name: tool for tool in tools}
        results, outputs = [], None
        for call in calls.tool_calls:
            result, is_error = yield from act(offered, call.name, call.args)
            if call.name == SUBMIT and not is_error:
                outputs = result
            results.append((result, is_error))
        past.add(said.next_thought, calls, results, outputs)
        return outputs


@dataclass(slots=True, kw_only=True)
class _Past:
    """The conversation of one call: its turns, after those of earlier calls, and what is still to be said."""

    turns: list[dict[str, Any]]
    inputs: Mapping[str, Any]
    observing: Observing
    begun: int = 0
    first: int = 0
    has_acted: bool = False

    def __post_init__(self) -> None:
        self.begun = len(self.turns)

    def shown(self, first: int) -> dict[str, Any]:
        """The inputs of a request that shows the turns from one on; the task's own stand in its first turn, or here."""
        from nbdspy.types import History

        said = first <= self.begun < len(self.turns)
        return {"history": History(messages=self.turns[first:]), **({} if said else self.inputs)}

    def numbered(self, calls: ToolCalls) -> ToolCalls:
        """The calls, each with an id, by which its result is known."""
        number = len(self.turns)
        made = [
            call if call.id else call.model_copy(update={"id": f"call_{number}_{place}"})
            for place, call in enumerate(calls.tool_calls)
        ]
        return calls.model_copy(update={"tool_calls": made})

    def add(
        self, thought: Any, calls: ToolCalls, results: Sequence[tuple[Any, bool]], outputs: Mapping[str, Any] | None
    ) -> None:  # fmt: skip
        """One more turn."""
        from nbdspy.types import ToolCallResults

        step = len(self.turns)
        values = [
            self.observing.observed(step, call.name, call.args, result)
            for call, (result, _) in zip(calls.tool_calls, results, strict=True)
        ]
        told = ToolCallResults.from_tool_calls_and_values(calls, values, [is_error for _, is_error in results])
        asked = self.inputs if step == self.begun else {}
        thoughts = {} if thought is None else {"next_thought": thought}
        self.turns.append({**asked, **thoughts, "tool_calls": calls.with_results(told), **(outputs or {})})

    def last_results(self) -> str:
        """What came of the last calls, in words."""
        return str(self.turns[-1]["tool_calls"].tool_call_results) if self.has_acted else ""

    def prediction(self, outputs: Mapping[str, Any], reason: str) -> Prediction:
        """The answer of the call, with the whole conversation."""
        from nbdspy.types import History

        return Prediction({**outputs, "history": History(messages=self.turns), "termination_reason": reason})


def _asking(react: Predict, past: _Past, tools: Sequence[Tool], config: Mapping[str, Any]) -> Callable[[int], Run]:
    return lambda first: Run(react, {**past.shown(first), "tools": tools, **({"config": config} if config else {})})


def _turns(history: Any) -> list[dict[str, Any]]:
    from nbdspy.types import History

    if history is None:
        return []
    return list((history if isinstance(history, History) else History(history)).messages)


def _submit_tool(signature: SignatureType) -> Tool:
    """The tool that takes the outputs, each as its field declares it."""
    import pydantic

    from nbdspy.types import Tool

    fields = signature.output_fields
    return Tool(
        _submit, SUBMIT, f"Gives the answer and ends the work, when {listed(fields)} can be told.",
        arg_types={
            name: Annotated[field.type, pydantic.Field(**field.constraints)] if field.constraints else field.type
            for name, field in fields.items()
        },
        arg_desc={name: field.description for name, field in fields.items() if field.description},
        has_kwargs=False,
    )  # fmt: skip


def _submit(**outputs: Any) -> Mapping[str, Any]:
    return outputs


def _fields(signature: SignatureType) -> dict[str, Field]:
    """The inputs, which only the first turn has, and what a turn is made of."""
    from nbdspy.types import History, Reasoning, Tool, ToolCalls

    given = {
        name: replace(field, type=field.type if field.may_be_none else field.type | None, default=None)
        for name, field in signature.input_fields.items()
    }
    own: dict[str, tuple[Any, Any]] = {
        "history": ("input", History), "tools": ("input", list[Tool]),
        "next_thought": ("output", Reasoning), "tool_calls": ("output", ToolCalls),
    }  # fmt: skip
    return given | {name: Field(role=role, name=name, type=type_) for name, (role, type_) in own.items()}


def _task(signature: SignatureType, tools: Mapping[str, Tool]) -> str:
    """The instruction of every turn."""
    return "\n".join([
        signature.instructions,
        "",
        f"You are an agent. Call tools to find out what is needed for {listed(signature.output_fields)}; their results "
        "come back in the conversation.",
        f"When you know enough, call `{SUBMIT}` with {listed(signature.output_fields)}.",
        f"The tools are {listed(tools)}.",
    ])  # fmt: skip
