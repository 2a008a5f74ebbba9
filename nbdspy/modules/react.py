"""`ReAct`: think, act, observe, until the answer is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from nbdspy.counts import checked_count
from nbdspy.data import Prediction
from nbdspy.errors import ContextTooLong, ParseError, warn_caller
from nbdspy.modules.acting import act, tools_of
from nbdspy.modules.chain_of_thought import ChainOfThought
from nbdspy.modules.coding import listed, refuse_names
from nbdspy.modules.episode import Episode
from nbdspy.modules.predict import Predict
from nbdspy.modules.shortening import shortened
from nbdspy.modules.stepwise import Stepwise
from nbdspy.runtime import Run, Steps
from nbdspy.signatures import Field, SignatureType, ensure_signature
from nbdspy.signatures.signature import make

if TYPE_CHECKING:
    from nbdspy.types import Tool

FINISH = "finish"
THOUGHT, NAME, ARGUMENTS = "next_thought", "next_tool_name", "next_tool_args"
OWN = ("trajectory", "max_iters", THOUGHT, NAME, ARGUMENTS)


class ReAct(Stepwise):
    """An agent that thinks, uses a tool and looks at what comes of it, again and again, and then answers.

    The loop is that of the ReAct paper (Yao et al., 2023, section 2), for any signature; sub-modules, fields and the
    keys of `prediction.trajectory` are DSPy's. Whatever a tool raises is observed in words. A reply that names no tool,
    or no arguments, that there are is observed too; one that cannot be read at all ends the loop with a warning, as in
    DSPy, and the answer is made of what is known by then.

    Args:
        signature: A signature or its short form.
        tools: Functions, plain or async, `nbdspy.Tool`s, and programs.
        max_iters: The most steps; a call may say another number, `agent(question=…, max_iters=5)`.
        max_output_chars: The most characters of an observation; of a longer one the middle is left out.

    Raises:
        UsageError: When two tools have one name, a field has a name that the agent needs, or a number makes no sense.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import DummyLM
        >>> def height(mountain: str) -> str:
        ...     "Look up how high a mountain is."
        ...     return "4,478 m"
        >>> lm = DummyLM([
        ...     {"next_thought": "Look.", "next_tool_name": "height", "next_tool_args": '{"mountain": "Matterhorn"}'},
        ...     {"next_thought": "I know.", "next_tool_name": "finish", "next_tool_args": "{}"},
        ...     {"reasoning": "It is 4,478 m high.", "answer": "4478"},
        ... ])
        >>> with context(lm=lm):
        ...     prediction = ReAct("question -> answer: int", tools=[height])(question="How high is the Matterhorn?")
        >>> prediction.answer, prediction.trajectory["observation_0"]
        (4478, '4,478 m')
    """

    def __init__(
        self, signature: SignatureType | str, tools: Iterable[Tool | Callable[..., Any]], max_iters: int = 20, *,
        max_output_chars: int = 10_000,
    ) -> None:  # fmt: skip
        from nbdspy.types import Tool, Trajectory

        super().__init__()
        self.signature = signature = ensure_signature(signature)
        refuse_names(signature, OWN, "a field of the agent's own")
        self.max_iters = checked_count("max_iters", max_iters, least=0)
        self.max_output_chars = checked_count("max_output_chars", max_output_chars)
        self.tools = tools_of(tools, Tool(_finish, FINISH, _purpose(signature), args={}, has_kwargs=True))
        past = {"trajectory": Field(role="input", name="trajectory", type=Trajectory)}
        action = {
            THOUGHT: Field(role="output", name=THOUGHT),
            NAME: Field(role="output", name=NAME, type=Literal[tuple(self.tools)]),
            ARGUMENTS: Field(role="output", name=ARGUMENTS, type=dict[str, Any], default={}),
        }
        self.react = Predict(
            make({**signature.input_fields, **past, **action}, _task(signature, self.tools), name=signature.__name__)
        )
        self.extract = ChainOfThought(
            make({**signature.fields, **past}, signature.instructions, name=signature.__name__)
        )

    def steps(self, *, max_iters: int | None = None, **inputs: Any) -> Steps[Prediction]:
        episode, first = Episode(self.max_output_chars), 0
        most = self.max_iters if max_iters is None else checked_count("max_iters", max_iters, least=0)
        for _ in range(most):
            try:
                action, first = yield from self._shown(self.react, inputs, episode, first)
                thought, name, arguments = action[THOUGHT], action[NAME], action[ARGUMENTS]
            except (ParseError, ContextTooLong) as error:
                if (misread := _misread(error)) is None:
                    warn_caller(f"The agent stopped after {episode.count} steps, and answers from these: {error}")
                    break
                thought, name, arguments = misread
            observation, _ = yield from act(self.tools, name, arguments)
            episode.add(thought, name, arguments, observation)
            if name == FINISH:
                break
        answer, _ = yield from self._shown(self.extract, inputs, episode, first)
        return Prediction({"trajectory": episode.trajectory, **answer})

    def _shown(
        self, program: Predict | ChainOfThought, inputs: Mapping[str, Any], episode: Episode, first: int
    ) -> Steps[tuple[Prediction, int]]:
        """Run a part of the agent on the inputs and its past, as much of it as the model's context holds."""
        asking = program if isinstance(program, Predict) else program.predict
        adapter = asking.layout(inputs.get("lm"))

        def run(first: int) -> Run:
            return Run(program, {**inputs, "trajectory": episode.shown(adapter, first)})

        return (yield from shortened(run, first, episode.count))


def _finish(**given: Any) -> str:
    return "Completed."


def _purpose(signature: SignatureType) -> str:
    return f"Ends the work, when all is known that is needed for {listed(signature.output_fields)}."


def _task(signature: SignatureType, tools: Mapping[str, Tool]) -> str:
    """The instruction of every step."""
    return "\n".join([
        signature.instructions,
        "",
        f"You are an agent. You are given {listed(signature.input_fields)}, and in `trajectory` what you have done so "
        f"far. Use the tools to find out what is needed for {listed(signature.output_fields)}.",
        "In each step, write in `next_thought` what you know and what to do next, in `next_tool_name` one of the "
        "tools, and in `next_tool_args` its arguments, as a JSON object. What the tool returns is added to the "
        "trajectory as an observation.",
        "The tools are:",
        "",
        *(f"({number}) {tool.format()}" for number, tool in enumerate(tools.values(), 1)),
    ])  # fmt: skip


def _misread(error: ParseError | ContextTooLong) -> tuple[str, str, Any] | None:
    """The action of a reply of which only the tool's name, or its arguments, cannot be read, as the model wrote it."""
    if not isinstance(error, ParseError) or not error.wrote:
        return None
    known = error.parsed_result or {}
    if error.field == NAME:
        return known.get(THOUGHT, ""), error.wrote, {}
    return (known.get(THOUGHT, ""), known[NAME], error.wrote) if error.field == ARGUMENTS else None
