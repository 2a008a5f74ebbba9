"""`ProgramOfThought`: the model writes a program, the computer computes (Program of Thoughts, Chen et al., 2023)."""

from __future__ import annotations

from typing import Any

from nbdspy.counts import checked_count
from nbdspy.data import Prediction
from nbdspy.errors import CodeExecutionError
from nbdspy.modules.chain_of_thought import ChainOfThought
from nbdspy.modules.coding import asked_for, given, listed, refuse_names, wanted
from nbdspy.modules.running import MAX_OUTPUT_CHARS, SAID_NOTHING, Factory, Ran, Running, check_factory, check_given
from nbdspy.modules.stepwise import Stepwise
from nbdspy.modules.written_code import FENCED
from nbdspy.runtime import Run, Steps
from nbdspy.sandbox import CodeInterpreter
from nbdspy.signatures import OutputField, SignatureType, ensure_signature
from nbdspy.signatures.signature import make, own_instructions

OWN = ("generated_code", "previous_code", "error", "final_generated_code", "code_output")


class ProgramOfThought(Stepwise):
    """Answer by a program: it is written, run in a sandbox, mended while it fails, and its output read as the answer.

    The split of reasoning from computing is that of the Program of Thoughts paper (section 2); mending, the reading of
    the output by the model, sub-modules and fields are DSPy's. A program hands in by `SUBMIT`, by printing, or as in
    the paper by the name that it assigns last. Each call has an interpreter of its own, which is shut down at its end;
    one that is given as the first argument of a call is used instead, and left to whoever made it; a call that is
    cancelled ends the code in it, and what it had defined.

    Args:
        signature: A signature or its short form.
        max_iters: How many programs are tried.
        interpreter_factory: Makes the interpreter of a call; by default that of the settings, or `PythonInterpreter`.
        max_output_chars: How much of a program's output the model reads; of more the beginning and the end.

    Raises:
        UsageError: When a field has a name that the programs need, or an argument makes no sense.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import DummyLM
        >>> class Calculator:
        ...     tools = {}
        ...     def start(self): pass
        ...     def execute(self, code, variables=None): return 42
        ...     def shutdown(self): pass
        >>> lm = DummyLM([
        ...     {"reasoning": "A product.", "generated_code": "answer = 6 * 7"},
        ...     {"reasoning": "It says so.", "answer": "42"},
        ... ])
        >>> with context(lm=lm):
        ...     ProgramOfThought("sum -> answer: int", interpreter_factory=Calculator)(sum="6 times 7").answer
        42
    """

    def __init__(
        self, signature: SignatureType | str, max_iters: int = 3, interpreter_factory: Factory | None = None, *,
        max_output_chars: int = MAX_OUTPUT_CHARS,
    ) -> None:  # fmt: skip
        self.signature = signature = ensure_signature(signature)
        refuse_names(signature, OWN)
        self.max_iters = checked_count("max_iters", max_iters)
        self.max_output_chars = checked_count("max_output_chars", max_output_chars)
        self.interpreter_factory = check_factory(interpreter_factory)
        code = wanted(generated_code=FENCED)
        failed = given(previous_code="the program that failed", error="what was wrong with it")
        done = given(final_generated_code="the program that was run", code_output="what it handed in or printed")
        task, inputs = _task(signature), signature.input_fields
        plan, reading = OutputField(_PLAN), OutputField("how the output of the program answers it, in a sentence")
        answered = make({**inputs, **done, **signature.output_fields}, _reading(signature))
        mended = make({**inputs, **failed, **code}, f"{task}\n\n{_MEND}")
        self.code_generate = ChainOfThought(make({**inputs, **code}, task), rationale_field=plan)
        self.code_regenerate = ChainOfThought(mended, rationale_field=plan)
        self.generate_output = ChainOfThought(answered, rationale_field=reading)

    def steps(self, interpreter: CodeInterpreter | None = None, /, **inputs: Any) -> Steps[Prediction]:
        made = self.interpreter_factory if interpreter is None else check_given(interpreter, self.signature)
        outputs = self.signature.output_fields
        with Running(made, outputs=outputs, max_output_chars=self.max_output_chars) as running:
            ran = yield from self._tried(running, Run(self.code_generate, inputs))
            for _ in range(1, self.max_iters):
                if not ran.failed:
                    break
                failure = {"previous_code": ran.code, "error": ran.output}
                ran = yield from self._tried(running, Run(self.code_regenerate, {**inputs, **failure}))
        if ran.failed:
            raise CodeExecutionError(
                f"No program that runs was written (max_iters={self.max_iters}). The last one failed: {ran.output}\n\n"
                f"{ran.code}",
                hint="Raise max_iters, show a demo of such a program, or choose a stronger model.",
            )
        done = {"final_generated_code": ran.code, "code_output": ran.output}
        return (yield Run(self.generate_output, {**inputs, **done}))  # type: ignore[no-any-return]

    def _tried(self, running: Running, ask: Run) -> Steps[Ran]:
        """Ask for a program and run it; one that says nothing has failed, too."""
        reply = yield from asked_for(ask, "generated_code")
        ran = yield from running.run(reply["generated_code"], wants_value=True)
        return ran if ran.output else Ran(code=ran.code, output=SAID_NOTHING, failed=True)


_PLAN = "what the program has to compute, in a sentence or two; it is the program that computes it"
_MEND = (
    "Your program `previous_code` failed, as `error` says. Find out why, and write the whole program again, mended, as "
    "`generated_code`."
)


def _task(signature: SignatureType) -> str:
    """The instruction of those that write programs."""
    inputs, outputs = listed(signature.input_fields), listed(signature.output_fields)
    submit = ", ".join(f"{name}=…" for name in signature.output_fields)
    return "\n\n".join(filter(None, [
        own_instructions(signature),
        f"Do not answer yourself: write a Python program, `generated_code`, that computes {outputs} from {inputs}. It "
        f"cannot see these inputs, so write the numbers and texts that it needs into it. Its last line hands the "
        f"result in: SUBMIT({submit}). It has Python's standard library, but no files and no network.",
    ]))  # fmt: skip


def _reading(signature: SignatureType) -> str:
    """The instruction of the one that reads what a program said."""
    outputs = listed(signature.output_fields)
    return "\n\n".join(filter(None, [
        own_instructions(signature),
        f"The program `final_generated_code` was written for this and run; `code_output` is what came out. Take "
        f"{outputs} from it.",
    ]))  # fmt: skip
