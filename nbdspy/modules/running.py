"""`Running`: the interpreter of one call of a program, and what became of the code that it ran."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from nbdspy.configuration import settings
from nbdspy.errors import ENDING, CodeExecutionError, SandboxError, UsageError
from nbdspy.modules.entering import entering
from nbdspy.modules.unfit_calls import unnamed
from nbdspy.modules.written_code import assigned_last, python_in
from nbdspy.render import ends, short, written
from nbdspy.runtime import GRACE, Steps, begin
from nbdspy.sandbox import CodeInterpreter, FinalOutput
from nbdspy.signatures import SignatureType

if TYPE_CHECKING:
    from nbdspy.types import Tool

Factory = Callable[[], CodeInterpreter]
MAX_OUTPUT_CHARS = 10_000  # of what code printed; of more a model is shown the beginning and the end
LOST = "Define again what is still needed: nothing is left of what earlier code defined."
BARE = "Write nothing but Python code, or put the code in a fence of ```python."
SAID_NOTHING = "The code printed nothing; print what you want to see."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What became of a reply that should hold code.

    `code` is what was run. `output` is what it printed or is worth, or how it failed, as text for a model; `final` is
    what it handed in.
    """

    code: str
    output: str = ""
    final: FinalOutput | None = None
    failed: bool = False


class Running:
    """An interpreter as a `with` block: made at its beginning, shut down at its end, however that comes.

    Args:
        made: What makes the interpreter: a factory, or None for that of the settings; or one that somebody else has
            made and will shut down.
        tools: What the code may call, by name.
        variables: What the code finds defined, as JSON has it; said again to an interpreter that had to start anew.
        outputs: The names of what `SUBMIT` takes, for an interpreter that wants to know.
        max_output_chars: How much of an output is kept.

    Raises:
        UsageError: When the factory makes something else.
    """

    def __init__(
        self, made: Factory | CodeInterpreter | None, *, tools: Mapping[str, Tool] | None = None,
        variables: Mapping[str, Any] | None = None, outputs: Iterable[str] = (),
        max_output_chars: int = MAX_OUTPUT_CHARS,
    ) -> None:  # fmt: skip
        self._made = made
        self._tools = dict(tools or {})
        self._variables = dict(variables or {})
        self._outputs = list(outputs)
        self._most = max_output_chars
        self._is_ready = False
        self._has_ended = False
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._calls: set[Future[Any]] = set()

    def __enter__(self) -> Self:
        self._interpreter, self._is_ours = _interpreter(self._made)
        self._before = dict(self._interpreter.tools), getattr(self._interpreter, "output_fields", None)
        self._interpreter.tools.update({name: self._function(tool) for name, tool in self._tools.items()})
        if hasattr(self._interpreter, "output_fields"):
            self._interpreter.output_fields = [{"name": name} for name in self._outputs]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._has_ended = True
        self._cancel_calls()
        if self._is_ours:
            self._interpreter.shutdown()
            return
        tools, fields = self._before
        self._interpreter.tools.clear()
        self._interpreter.tools.update(tools)
        if hasattr(self._interpreter, "output_fields"):
            self._interpreter.output_fields = fields

    def run(self, reply: str, *, wants_value: bool = False) -> Steps[Ran]:
        """Run the code in a model's reply; its failures are part of the answer.

        Args:
            reply: What the model wrote.
            wants_value: Whether the value of what the code assigned last is an output.

        Raises:
            SandboxError: When there is no sandbox; one that a limit ended is started again.
            BudgetExceeded: When a tool reached a limit; and whatever else no code could mend.
        """
        try:
            code = python_in(reply)
        except CodeExecutionError as error:
            return Ran(code=reply, output=str(error), failed=True)
        yield from self._started()
        try:
            value = yield from self._executed(code)
            if value is None and wants_value and (name := assigned_last(code)):
                value = yield from self._executed(name)
        except (CodeExecutionError, SyntaxError) as error:
            said = str(error) if isinstance(error, CodeExecutionError) else f"SyntaxError: {error}"
            if "SyntaxError" in said and "```" not in reply:
                said = f"{said}\n{BARE}"
            return self._failed(code, error, said)
        except SandboxError as error:
            self._is_ready = False
            return self._failed(code, error, f"{error} {LOST}")
        if isinstance(value, FinalOutput):
            return Ran(code=code, output=ends(written(value.output), self._most), final=value)
        output = "" if value is None else written(value)
        return Ran(code=code, output=ends(output, self._most) if output.strip() else "")

    def _executed(self, code: str) -> Steps[Any]:
        try:
            return (yield _InSandbox(self, lambda: self._interpreter.execute(code)))
        finally:
            if self._failure is not None:
                raise self._failure

    def _failed(self, code: str, error: Exception, said: str) -> Ran:
        """What it printed before, and how it failed."""
        printed = str(getattr(error, "output", ""))
        before = f"{ends(printed, self._most)}\n" if printed.strip() else ""
        return Ran(code=code, output=f"{before}{ends(said, self._most)}", failed=True)

    def _started(self) -> Steps[None]:
        """Make sure that there is a sandbox, with its variables; code cannot be blamed for what fails here."""
        if self._is_ready:
            return
        yield _InSandbox(self, self._interpreter.start)
        if self._variables:
            yield _InSandbox(self, lambda: self._interpreter.execute("pass", self._variables))
        self._is_ready = True

    def work(self, work: Callable[[], Any], loop: asyncio.AbstractEventLoop | None) -> Any:
        """Do something with the interpreter; on a thread beside the loop, if there is one."""
        self._loop = loop
        try:
            return work()
        finally:
            if self._has_ended and self._is_ours:  # while this was under way, so it may have been started anew
                self._interpreter.shutdown()

    async def give_up(self, under_way: Future[Any]) -> None:
        """End the code in an interpreter of somebody else's, who is to find it idle; one of our own ends with us."""
        if self._is_ours:
            return
        self._cancel_calls()
        self._interpreter.shutdown()
        with suppress(Exception, KeyboardInterrupt):  # which tell how the code was ended
            await asyncio.wait_for(asyncio.wrap_future(under_way), GRACE)

    def _cancel_calls(self) -> None:
        for call in list(self._calls):
            call.cancel()

    def _function(self, tool: Tool) -> Callable[..., Any]:
        """What the code calls in place of the tool; its answer is plain JSON."""

        def function(*places: Any, **arguments: Any) -> Any:
            return entering(self._use(tool, places, arguments), f"What {tool.name} returned")

        function.__name__ = function.__qualname__ = tool.name
        function.__doc__ = tool.desc
        return function

    def _use(self, tool: Tool, places: Sequence[Any], arguments: Mapping[str, Any]) -> Any:
        """Call a tool for the code, on the loop of whoever awaits the program, where somebody does."""
        try:
            if self._loop is None:
                return tool(*places, **arguments)
            call = asyncio.run_coroutine_threadsafe(tool.acall(*places, **arguments), self._loop)
            self._calls.add(call)
            try:
                return call.result()
            finally:
                self._calls.discard(call)
        except Exception as error:
            if isinstance(error, ENDING):  # it ends the program, whatever the code makes of it
                self._failure = error
            raise
        except BaseException as error:  # an interrupt, which no code may catch
            self._failure = error
            raise


@dataclass(frozen=True, slots=True)
class _InSandbox:
    """Have the interpreter do something; awaited, it blocks a thread of its own, and tools run on the loop.

    Cancelled, it ends the code, so that an interpreter of somebody else's can be used again.
    """

    running: Running
    task: Callable[[], Any]

    def perform(self) -> Any:
        return self.running.work(self.task, None)

    async def aperform(self) -> Any:
        loop = asyncio.get_running_loop()
        under_way = begin(lambda: self.running.work(self.task, loop))
        try:
            return await asyncio.wrap_future(under_way)
        except asyncio.CancelledError:
            await self.running.give_up(under_way)
            raise


def check_factory(factory: Factory | None) -> Factory | None:
    """The factory as it is.

    Raises:
        UsageError: When it is none, such as an interpreter that is there already.
    """
    if factory is None or (callable(factory) and (isinstance(factory, type) or not hasattr(factory, "execute"))):
        return factory
    raise UsageError(
        f"interpreter_factory cannot be {short(repr(factory))}: each call makes an interpreter of its own.",
        hint="Give a class or a function without arguments that makes one.",
    )


def check_given(interpreter: Any, signature: SignatureType) -> CodeInterpreter:
    """The interpreter that a call gives as its first argument, as it is.

    Raises:
        UsageError: When it is none, but most likely an input.
    """
    if isinstance(interpreter, type) or not hasattr(interpreter, "execute"):
        raise unnamed(signature.input_fields)
    return interpreter  # type: ignore[no-any-return]


def _interpreter(made: Factory | CodeInterpreter | None) -> tuple[CodeInterpreter, bool]:
    """The interpreter, and whether it is this call's own."""
    if made is not None and not isinstance(made, type) and hasattr(made, "execute"):
        return _checked(made), False
    factory = made or settings.interpreter_factory
    if factory is None:
        from nbdspy.sandbox import PythonInterpreter

        factory = PythonInterpreter
    return _checked(factory()), True


def _checked(interpreter: Any) -> CodeInterpreter:
    if isinstance(interpreter, CodeInterpreter):
        return interpreter
    raise UsageError(
        f"{short(repr(interpreter))} is no interpreter.",
        hint="It needs `tools`, `start`, `execute` and `shutdown`, as nbdspy.sandbox.CodeInterpreter has them.",
    )
