"""`CodeAct`: an agent whose actions are code (Executable Code Actions Elicit Better LLM Agents, Wang et al., 2024)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nbdspy.counts import checked_count
from nbdspy.data import Prediction
from nbdspy.modules.chain_of_thought import ChainOfThought
from nbdspy.modules.coding import asked_for, given, listed, refuse_names, wanted
from nbdspy.modules.predict import Predict
from nbdspy.modules.running import MAX_OUTPUT_CHARS, SAID_NOTHING, Factory, Ran, Running, check_factory, check_given
from nbdspy.modules.steps_so_far import StepsSoFar
from nbdspy.modules.stepwise import Stepwise
from nbdspy.modules.written_code import FENCED
from nbdspy.runtime import Run, Steps
from nbdspy.sandbox import CodeInterpreter
from nbdspy.signatures import SignatureType, ensure_signature
from nbdspy.signatures.signature import make

if TYPE_CHECKING:
    from nbdspy.types import Tool

OWN = ("trajectory", "generated_code", "finished", "max_iters")


class CodeAct(Stepwise):
    """An agent that acts by writing code which calls its tools, looks at what it printed, and answers in the end.

    The loop is that of the CodeAct paper (section 2.2); sub-modules, fields and the keys of `prediction.trajectory`
    are DSPy's. The code runs in a sandbox whose state lasts for the call; tools run outside of it, in this process.
    Steps that the model's context does not hold are left out of what it is shown, oldest first. Each call has an
    interpreter of its own, which is shut down at its end; one that is given as the first argument of a call is used
    instead, and left to whoever made it; a call that is cancelled ends the code in it, and what it had defined.

    Args:
        signature: A signature or its short form.
        tools: Functions, plain or async, `nbdspy.Tool`s, and programs; code calls them by name.
        max_iters: The most steps; a call may say another number, `agent(question=…, max_iters=2)`.
        interpreter_factory: Makes the interpreter of a call; by default that of the settings, or `PythonInterpreter`.
        max_output_chars: How much of an output the model reads; of more the beginning and the end.

    Raises:
        UsageError: When a field or a tool has a name that the agent needs, or an argument makes no sense.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import DummyLM
        >>> class Calling:
        ...     "An interpreter that can do one thing."
        ...     def __init__(self): self.tools = {}
        ...     def start(self): pass
        ...     def execute(self, code, variables=None): return self.tools["height"]("Matterhorn")
        ...     def shutdown(self): pass
        >>> def height(mountain: str) -> int:
        ...     "Look up how high a mountain is, in metres."
        ...     return 4478
        >>> lm = DummyLM([
        ...     {"generated_code": "print(height('Matterhorn'))", "finished": "True"},
        ...     {"reasoning": "The tool says so.", "answer": "4478"},
        ... ])
        >>> agent = CodeAct("question -> answer: int", tools=[height], interpreter_factory=Calling)
        >>> with context(lm=lm):
        ...     prediction = agent(question="How high is the Matterhorn?")
        >>> prediction.answer, prediction.trajectory["code_output_0"]
        (4478, '4478')
    """

    def __init__(
        self, signature: SignatureType | str, tools: Iterable[Tool | Callable[..., Any]], max_iters: int = 5,
        interpreter_factory: Factory | None = None, *, max_output_chars: int = MAX_OUTPUT_CHARS,
    ) -> None:  # fmt: skip
        from nbdspy.modules.code_tools import code_tools, described

        self.signature = signature = ensure_signature(signature)
        refuse_names(signature, OWN)
        self.tools = code_tools(tools)
        self.max_iters = checked_count("max_iters", max_iters)
        self.max_output_chars = checked_count("max_output_chars", max_output_chars)
        self.interpreter_factory = check_factory(interpreter_factory)
        inputs, outputs = signature.input_fields, signature.output_fields
        past = given(trajectory="the code of earlier steps, and what came of it")
        action = wanted(generated_code=FENCED, finished="whether this code is the last, and all is known after it")
        action["finished"] = replace(action["finished"], type=bool)
        task = _task(signature, described(self.tools.values()))
        self.codeact = Predict(make({**inputs, **past, **action}, task))
        self.extractor = ChainOfThought(make({**inputs, **past, **outputs}, signature.instructions))

    def steps(
        self, interpreter: CodeInterpreter | None = None, /, *, max_iters: int | None = None, **inputs: Any
    ) -> Steps[Prediction]:
        made = self.interpreter_factory if interpreter is None else check_given(interpreter, self.signature)
        outputs, trajectory, past = self.signature.output_fields, {}, StepsSoFar()
        with Running(made, tools=self.tools, outputs=outputs, max_output_chars=self.max_output_chars) as running:
            for number in range(self.max_iters if max_iters is None else checked_count("max_iters", max_iters)):
                asked = past.ask(lambda shown: Run(self.codeact, {**inputs, "trajectory": shown}))
                action = yield from asked_for(asked, "generated_code")
                ran = yield from running.run(action["generated_code"])
                ran = replace(ran, output=past.told(ran.code, ran.output))
                trajectory[f"generated_code_{number}"] = ran.code
                trajectory[f"observation_{number}" if ran.failed else f"code_output_{number}"] = ran.output
                past.add(_shown(number, ran))
                if ran.final is not None or (action.get("finished") and not ran.failed):
                    break
        answer = yield from past.ask(lambda shown: Run(self.extractor, {**inputs, "trajectory": shown}))
        return Prediction({"trajectory": trajectory, **answer})


def _task(signature: SignatureType, tools: str) -> str:
    """The instruction of every step."""
    inputs, outputs = listed(signature.input_fields), listed(signature.output_fields)
    return "\n\n".join(filter(None, [
        signature.instructions,
        f"You are an agent that acts by Python code. You are given {inputs}, and in `trajectory` what your code has "
        f"done so far. Write in `generated_code` the next piece, which finds out what is needed for {outputs}. You "
        "will see what it prints, so print all that matters. What a piece defines is there in the next ones. Set "
        "`finished` to True when nothing is left to find out.",
        tools and f"Besides Python's standard library the code may call:\n{tools}",
    ]))  # fmt: skip


def _shown(number: int, ran: Ran) -> str:
    """A step as the model reads it."""
    heading = "The code failed:" if ran.failed else "Output:"
    return f"Step {number + 1}\n```python\n{ran.code}\n```\n{heading}\n{ran.output or SAID_NOTHING}"
