"""`RLM`: a model that reads long inputs by code (Recursive Language Models, Zhang, Kraska and Khattab, 2025)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

from nbdspy.adapters.values import write_value
from nbdspy.adapters.wording import describe_type
from nbdspy.configuration import check_model, settings
from nbdspy.counts import checked_count
from nbdspy.data import Prediction
from nbdspy.errors import CodeExecutionError
from nbdspy.models import BaseLM
from nbdspy.modules.coding import asked_for, given, listed, refuse_names, wanted
from nbdspy.modules.entering import entering
from nbdspy.modules.predict import Predict, complete
from nbdspy.modules.running import MAX_OUTPUT_CHARS, SAID_NOTHING, Factory, Ran, Running, check_factory
from nbdspy.modules.steps_so_far import StepsSoFar
from nbdspy.modules.stepwise import Stepwise
from nbdspy.modules.sub_queries import QUERIES, SubQueries
from nbdspy.modules.submitting import read_submitted
from nbdspy.modules.written_code import FENCED
from nbdspy.render import ends
from nbdspy.runtime import Run, Steps
from nbdspy.signatures import Field, SignatureType, ensure_signature
from nbdspy.signatures.signature import make

if TYPE_CHECKING:
    from nbdspy.types import Tool

IN_CODE = (*QUERIES, "SUBMIT", "print", "interpreter_factory")  # what no input may be called
IN_RESULT = ("trajectory", "final_reasoning")  # what no output may be called
PREVIEW = 500  # characters of an input that the model reads
EXTRACTED = "The steps were spent, so the outputs were read from them."

logger = logging.getLogger("nbdspy")


class RLM(Stepwise):
    """Answer about inputs of any length: they are variables of a REPL, which the model looks at by writing code.

    As in the paper (section 2), the model itself reads only of what type and how long each input is, how it begins and
    ends, and what its code printed; the code can ask a model about parts of them by `llm_query`. Names, sub-modules and
    fields are DSPy's. The code hands the outputs in by `SUBMIT`; a value of another type is told to it as an error.
    When the steps are spent, the outputs are read from the trajectory.

    No input is too long for the model's context. What it is shown of its steps is cut when the model refuses a prompt
    for its length: to half the characters, the oldest steps first, again until it fits, and for the rest of the call.

    Args:
        signature: A signature or its short form.
        max_iters: The most steps.
        max_llm_calls: The most calls of `llm_query`, one for each prompt of `llm_query_batched`.
        max_output_chars: How much of an output the model reads; of more the beginning and the end.
        verbose: Log each step, at the level INFO of the logger `nbdspy`.
        tools: Functions, plain or async, and `nbdspy.Tool`s; code calls them by name.
        sub_lm: The model that `llm_query` asks; by default the one that writes the code.
        interpreter_factory: Makes the interpreter of a call; by default that of the settings, or `PythonInterpreter`.
            A call may say another one.

    Raises:
        UsageError: When a field or a tool has a name that the code needs, or an argument makes no sense; SettingsError,
            when `sub_lm` is no model.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.sandbox import FinalOutput
        >>> from nbdspy.testing import DummyLM
        >>> class Counting:
        ...     "An interpreter that can do one thing."
        ...     def __init__(self): self.tools = {}
        ...     def start(self): pass
        ...     def execute(self, code, variables=None):
        ...         self.book = variables["book"] if variables else self.book
        ...         return FinalOutput({"answer": self.book.count("whale")})
        ...     def shutdown(self): pass
        >>> lm = DummyLM([{"reasoning": "Count.", "code": "SUBMIT(answer=book.count('whale'))"}])
        >>> with context(lm=lm):
        ...     RLM("book, question -> answer: int", interpreter_factory=Counting)(
        ...         book="whale " * 1_000_000, question="How many whales?"
        ...     ).answer
        1000000
    """

    def __init__(
        self, signature: SignatureType | str, max_iters: int = 20, max_llm_calls: int = 50,
        max_output_chars: int = MAX_OUTPUT_CHARS, verbose: bool = False,
        tools: Iterable[Tool | Callable[..., Any]] | None = None, sub_lm: BaseLM | None = None,
        interpreter_factory: Factory | None = None,
    ) -> None:  # fmt: skip
        from nbdspy.modules.code_tools import code_tools, described

        self.signature = signature = ensure_signature(signature)
        refuse_names(signature, IN_CODE, "something else in the code")
        refuse_names(signature, IN_RESULT, "something else in the prediction")
        self.tools = code_tools(tools or (), taken=(*QUERIES, *signature.input_fields))
        self.max_iters = checked_count("max_iters", max_iters)
        self.max_llm_calls = checked_count("max_llm_calls", max_llm_calls, least=0)
        self.max_output_chars = checked_count("max_output_chars", max_output_chars)
        self.verbose = verbose
        check_model(sub_lm)
        self.sub_lm = sub_lm
        self.interpreter_factory = check_factory(interpreter_factory)
        seen = given(
            variables_info="the variables that your code finds defined",
            repl_history="your code so far, and what it printed",
        )
        action = {
            **given(iteration="which step this is, of how many"),
            **wanted(reasoning="what you know, and what to do next", code=FENCED),
        }
        task = _task(signature, max_llm_calls, described(self.tools.values()))
        self.generate_action = Predict(make({**seen, **action}, task))
        self.extract = Predict(make({**seen, **signature.output_fields}, _extraction(signature)))

    def steps(self, *, interpreter_factory: Factory | None = None, **inputs: Any) -> Steps[Prediction]:
        complete(self.signature, inputs)
        outputs = self.signature.output_fields
        variables = {name: entering(value, f"The variable {name!r}") for name, value in inputs.items()}
        fields = self.signature.input_fields
        told = "\n\n".join(_described(name, value, fields[name]) for name, value in variables.items())
        lm = self.sub_lm or self.generate_action.lm or settings.lm
        queries, trajectory, past = SubQueries(lm, self.max_llm_calls), [], StepsSoFar()
        running = Running(
            check_factory(interpreter_factory) or self.interpreter_factory, tools={**self.tools, **queries.tools()},
            variables=variables, outputs=outputs, max_output_chars=self.max_output_chars,
        )  # fmt: skip
        with running, closing(queries):
            for number in range(1, self.max_iters + 1):
                seen = {"variables_info": told, "iteration": f"{number}/{self.max_iters}"}
                action = yield from asked_for(_asked(self.generate_action, seen, past), "code")
                ran = yield from running.run(action["code"])
                values, said = _handed_in(ran, outputs)
                said = past.told(ran.code, said)
                step = {"reasoning": action.get("reasoning", ""), "code": ran.code, "output": said}
                trajectory.append(step)
                past.add(_shown(number, step))
                if self.verbose:
                    logger.info("RLM\n%s", _shown(number, step))
                if values is not None:
                    return Prediction({**values, "trajectory": trajectory, "final_reasoning": step["reasoning"]})
        answer = yield from _asked(self.extract, {"variables_info": told}, past)
        return Prediction({**answer, "trajectory": trajectory, "final_reasoning": EXTRACTED})


def _asked(predictor: Predict, seen: Mapping[str, Any], past: StepsSoFar) -> Steps[Any]:
    return past.ask(lambda shown: Run(predictor, {**seen, "repl_history": shown}))


def _handed_in(ran: Ran, outputs: Mapping[str, Field]) -> tuple[dict[str, Any] | None, str]:
    """The outputs, when the code has handed them in; and what the step's output is in words."""
    if ran.final is None:
        return None, ran.output or SAID_NOTHING
    try:
        return read_submitted(ran.final.output, outputs), ran.output
    except CodeExecutionError as error:
        return None, str(error)


def _shown(number: int, step: Mapping[str, str]) -> str:
    """A step as the model reads it."""
    thought = f"{step['reasoning']}\n" if step["reasoning"] else ""
    return f"Step {number}\n{thought}```python\n{step['code']}\n```\nOutput:\n{step['output']}"


def _described(name: str, value: Any, field: Field) -> str:
    """A variable as the model reads of it: what it is, how much, and its beginning and end."""
    text = write_value(value, Field(role="input", name=name, type=Any))
    items = f"{len(value):,} items, " if isinstance(value, list | tuple | dict) else ""
    about = f" ({field.description})" if field.description else ""
    return f"`{name}`{about}: {type(value).__name__}, {items}{len(text):,} characters\n{ends(text, PREVIEW)}"


def _task(signature: SignatureType, calls: int, tools: str) -> str:
    """The instruction of every step."""
    inputs = listed(signature.input_fields)
    outputs = "\n".join(
        f"- `{name}`: {describe_type(field.type)}{f', {field.description}' if field.description else ''}"
        for name, field in signature.output_fields.items()
    )
    submit = ", ".join(f"{name}=…" for name in signature.output_fields)
    return "\n\n".join(filter(None, [
        signature.instructions,
        f"You work in a Python REPL, in which {inputs} are defined already, as variables: never assign to them. They "
        "may be far too long to read, so look at them by code. Write in `code` what to run next; you will see what it "
        "prints, and what it defines is there in the next steps. In the code there are also:",
        "- `llm_query(prompt: str) -> str`: a language model reads the prompt and answers. It sees no variable, so "
        "write the passage into the prompt. Use it for what takes understanding; count, search and compute in Python.\n"
        f"- `llm_query_batched(prompts: list[str]) -> list[str]`: the same for many prompts, side by side. At most "
        f"{calls} prompts in all.\n"
        f"- `SUBMIT({submit})`: hands in the result and ends the work."
        + (f"\n{tools}" if tools else ""),
        f"The result is:\n{outputs}",
        "Look at samples first, take small steps, print what you want to see, and hand in only what you have seen "
        f"printed. Hand in variables rather than retyped values.{_first_step(signature)}",
        f"Once the result has been printed, do not look again: the next step is SUBMIT({submit}).",
    ]))  # fmt: skip


def _first_step(signature: SignatureType) -> str:
    """An example of a step, without which a small model does not look into its variables; only a text has one."""
    name = next((name for name, field in signature.input_fields.items() if field.type is str), None)
    if name is None:
        return ""
    code = f"at = {name}.find('word')\nprint(at, {name}[max(0, at - 300) : at + 700])"
    return f" A step that looks for a word in `{name}` is:\n```python\n{code}\n```"


def _extraction(signature: SignatureType) -> str:
    """The instruction of the one that answers when the steps are spent."""
    outputs = listed(signature.output_fields)
    return (
        f"{signature.instructions}\n\nThis was worked on by code in a REPL, as `repl_history` shows, but not finished. "
        f"Give the best {outputs} that can be read from it."
    )
