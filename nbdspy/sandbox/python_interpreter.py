"""`PythonInterpreter`: Python for code that a model wrote, in WebAssembly, in a process that may do nothing."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from nbdspy import events, render
from nbdspy.counts import checked_amount, checked_count
from nbdspy.errors import CodeExecutionError, SandboxError, UsageError
from nbdspy.sandbox import installation
from nbdspy.sandbox.answering import MOST_ANSWER, about, answer
from nbdspy.sandbox.crossing import MOST_FILES, Grants, check_tools, checked_variables
from nbdspy.sandbox.interpreter import FinalOutput
from nbdspy.sandbox.process import Ended, Process

STARTING: Final = 60.0  # seconds until a sandbox must have started
_ITS_OWN: Final = 600  # megabytes that Deno itself may fill
_WORDS: Final = 10_000  # characters that an error of the code may have besides its message
_LEAST: Final = 32  # megabytes, below which Python itself does not start
_DENIED: Final = ("write", "env", "sys", "run", "ffi", "import")


class PythonInterpreter:
    """Runs Python code that nobody has looked at, and lets it do nothing but compute.

    The code sees no network, no files, no environment and no other program, unless they are granted one by one; it has
    the standard library of Python 3.14 and no packages. What it defines stays until `shutdown`. Code that calls
    `SUBMIT` ends there, and `execute` returns a `FinalOutput`. Use it from one thread at a time.

    Args:
        deno_command: The Deno to use; by default that of the package `deno`.
        enable_read_paths: Files and folders that the code may read a copy of, as `/sandbox/` and their name.
        enable_write_paths: Files that the code may change, in the same place.
        enable_env_vars: Names of environment variables that the code may read.
        enable_network_access: Hosts that the code may reach by `pyodide.http.pyfetch`.
        sync_files: Whether changed files are copied back after each run.
        tools: Functions of this process that the code may call, by name; `Tool`s check their arguments before.
        output_fields: What `SUBMIT` takes, as dictionaries with a `name`; by default one value.
        callbacks: That watch this interpreter; see `nbdspy.BaseCallback`.
        timeout: Seconds that one run may take, the time of its tools aside.
        memory: Megabytes that the code may fill.
        max_output: Characters that one run may print, submit, or give to a tool.

    Raises:
        UsageError: For a grant that is none, an output or a tool that has no name in Python, or a limit that none can
            work within.

    Example:
        >>> with PythonInterpreter(tools={"double": lambda number: 2 * number}) as interpreter:
        ...     interpreter("print(double(21))")
        ...     interpreter("SUBMIT(6 * 7)")
        '42\\n'
        FinalOutput(output={'output': 42})
    """

    execution_instructions = (
        "The code runs in Python 3.14 with its standard library and no packages. What it defines stays for later code. "
        "It cannot start programs, and reaches no file, no network and no environment that was not granted."
    )

    def __init__(
        self, deno_command: Sequence[str] | None = None,
        enable_read_paths: Iterable[os.PathLike[str] | str] | None = None,
        enable_write_paths: Iterable[os.PathLike[str] | str] | None = None,
        enable_env_vars: Iterable[str] | None = None, enable_network_access: Iterable[str] | None = None,
        sync_files: bool = True, tools: Mapping[str, Callable[..., Any]] | None = None,
        output_fields: Sequence[Mapping[str, Any]] | None = None, callbacks: Sequence[Any] | None = None, *,
        timeout: float = 60.0, memory: int = 512, max_output: int = 1_000_000,
    ) -> None:  # fmt: skip
        self.deno_command = deno_command
        self.tools: dict[str, Callable[..., Any]] = dict(tools or {})
        check_tools(self.tools)
        self.output_fields = output_fields
        self.callbacks = list(callbacks or ())
        self.timeout = checked_amount("timeout", timeout, above=0)
        self.memory = checked_count("memory", memory, least=_LEAST, unit="megabytes")
        self.max_output = checked_count("max_output", max_output, unit="characters")
        self._grants = Grants(
            read=_paths(enable_read_paths, "enable_read_paths"),
            write=_paths(enable_write_paths, "enable_write_paths"),
            variables=tuple(_each(enable_env_vars, "enable_env_vars", "HOME")),
            hosts=tuple(map(_checked_host, _each(enable_network_access, "enable_network_access", "example.org"))),
            sync=sync_files,
        )
        self._process: Process | None = None
        self._one_at_a_time = threading.Lock()
        self._told: Any = None  # the tools and outputs that the sandbox knows of
        self._runs = 0
        self._lost = ""  # why what earlier code defined is gone, until that was said

    def start(self) -> None:
        """Get ready, which takes a third of a second, and a few once on a machine; running code does so by itself.

        Raises:
            SandboxError: When Deno is missing or too old, or Pyodide cannot be fetched.
        """
        with self._alone():
            self._running()

    def execute(self, code: str, variables: Mapping[str, Any] | None = None) -> Any:
        """Run code with these variables set.

        Returns:
            A `FinalOutput` when the code called `SUBMIT`; else the text that it printed; when it printed nothing, the
            value of its last expression, as JSON has it or in Python's words; when there is none, None.

        Raises:
            CodeExecutionError: When the code raises, prints too much, or is no Python; the state is kept.
            SandboxError: When there is no sandbox to run it in, a limit ended the run, or another run is under way.
                After a limit the state is gone.
            UsageError: For a variable that cannot be given, or a tool that code cannot call.
        """
        variables = dict(variables or {})
        given = {"code": code, "variables": variables}
        with self._alone(), events.span("interpreter_execute", "execute", instance=self, inputs=given) as span:
            span.outputs = self._execute(str(code), variables)
            return span.outputs

    __call__ = execute

    def shutdown(self) -> None:
        """End the sandbox, and forget what its code defined; a later run starts a new one."""
        process, self._process, self._lost = self._process, None, ""
        if process is not None and process.is_alive:
            with events.span("interpreter_shutdown", "shutdown", instance=self):
                process.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()

    def __deepcopy__(self, memo: Any) -> PythonInterpreter:
        copied = type(self).__new__(type(self))
        vars(copied).update(vars(self))
        copied._process, copied._told, copied._one_at_a_time = None, None, threading.Lock()
        return copied

    def command(self, installed: installation.Installation) -> list[str]:
        """The command line that starts a sandbox: everything is denied, but reading what it is made of until it has.

        JavaScript cannot be made of text in it, and its WebAssembly has no more memory than the code may fill.
        """
        allowed = [f"--allow-read={installation.listed(installed.folder, installation.HERE)}"]
        allowed += [f"--deny-{name}" for name in _DENIED]
        allowed += [f"--allow-net={','.join(self._grants.hosts)}" if self._grants.hosts else "--deny-net"]
        flags = f"--v8-flags=--wasm-max-mem-pages={self.memory * 16},--disallow-code-generation-from-strings"
        return installed.command("main.js", flags, *allowed)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._one_at_a_time.acquire(blocking=False):
            raise SandboxError(
                "This interpreter is running other code.", hint="Make one for each thread, and none for its own tools."
            )
        try:
            yield
        finally:
            self._one_at_a_time.release()

    def _running(self) -> Process:
        """The process, which is started where there is none."""
        if self._process is not None and self._process.is_alive:
            return self._process
        if self._process is not None and self._runs:
            self._lost = self._lost or "its process had ended"
        self._process, self._told, self._runs = None, None, 0
        with events.span("interpreter_startup", "start", instance=self):
            self._process = process = self._started()
        return process

    def _started(self) -> Process:
        installed = installation.find(self.deno_command)
        installed.make_ready()
        text = 12 * (self.max_output + _WORDS) + self._grants.longest  # in JSON, a letter may be two escapes
        most = {"output": self.max_output * 4, "answer": MOST_ANSWER, "text": text}
        try:
            process = Process(self.command(installed), installed.environment, longest=2 * text + 6 * most["output"])
        except OSError as error:
            raise SandboxError(f"Deno cannot be started: {error}", hint="Install nbdspy[sandbox].") from error
        try:
            process.send(
                secret=process.secret, snapshot=str(installed.snapshot), network=bool(self._grants.hosts), most=most
            )
            said = process.receive(time.monotonic() + STARTING)
            if said["kind"] != "ready":
                raise Ended(f": {said.get('text')}")
            process.forbid_files()
        except (Ended, TimeoutError) as error:
            process.end()
            raise SandboxError(f"The sandbox did not start{error}.", hint=_hint(installed)) from error
        except BaseException:
            process.end()
            raise
        return process

    def _execute(self, code: str, variables: Mapping[str, Any]) -> Any:
        check_tools(self.tools)
        request = {"code": code, "variables": checked_variables(variables, self.tools), "most": self.max_output}
        process = self._running()
        if self._runs == 0:
            chosen = {name: os.environ[name] for name in self._grants.variables if name in os.environ}
            request |= {"files": self._grants.files(), "watched": self._grants.watched(), "most_files": MOST_FILES}
            request |= {"environment": chosen}
        known = {
            "tools": [{"name": name, "about": about(tool)} for name, tool in self.tools.items()],
            "outputs": _checked_outputs(self.output_fields),
        }
        if known != self._told:
            request |= known
            self._told = known
        self._runs += 1
        lost, self._lost = self._lost, ""
        text = json.dumps(request)
        process.send(kind="run", number=self._runs, text=text)
        try:
            said = self._listen(process, len(text))
            outcome = _read(said["text"], self.max_output)
        except BaseException as error:
            self._give_up(process, error)
            raise
        return self._outcome(outcome, said["output"], lost)

    def _listen(self, process: Process, size: int) -> dict[str, Any]:
        """What the run ended with; calls tools meanwhile."""
        left = self.timeout
        most_memory = (self.memory + _ITS_OWN) * 1e6 + 8 * (size + self._grants.longest)
        while True:
            since = time.monotonic()
            try:
                said = process.receive(since + left, most_memory=most_memory)
            except TimeoutError:
                raise self._stopped(
                    process, f"The code ran for more than {self.timeout:g} seconds, and was ended"
                ) from None
            except MemoryError:
                raise self._stopped(
                    process, f"The code filled more than {self.memory} MB of memory, and was ended"
                ) from None
            except Ended as ended:
                raise self._stopped(process, f"The process of the sandbox ended{ended}") from ended
            left = max(0.0, left - (time.monotonic() - since))
            if said["kind"] == "done":
                return said
            if said["kind"] == "broken":
                raise self._stopped(process, f"The code broke the sandbox: {render.short(said['text'], 200)}", said)
            if said["kind"] == "ask":
                process.send(kind="answer", number=self._runs, text=answer(said["text"], self, self.max_output))

    def _stopped(self, process: Process, why: str, said: Mapping[str, Any] | None = None) -> SandboxError:
        """The error for a run that was ended, with what it had printed."""
        self._lost = why[:1].lower() + why[1:]
        printed = str((said or _printed(process)).get("output", ""))[: self.max_output]
        return SandboxError(
            f"{why}; all that it had defined is gone.", hint="The next run starts afresh.", output=printed
        )

    def _give_up(self, process: Process, error: BaseException) -> None:
        self._process = None
        self._lost = self._lost or f"a run was stopped by {type(error).__name__}"
        process.end()

    def _outcome(self, outcome: Mapping[str, Any], printed: str, lost: str) -> Any:
        self._grants.keep(outcome.get("files"))
        if len(printed) > self.max_output:
            outcome, printed = {"error": "OutputLimit"}, printed[: self.max_output]
        if "error" in outcome:
            raise self._failed(outcome, printed, lost)
        if "final" in outcome:
            return FinalOutput(outcome["final"])
        return printed or outcome.get("value")

    def _failed(self, outcome: Mapping[str, Any], printed: str, lost: str) -> CodeExecutionError:
        if outcome["error"] == "OutputLimit":
            told = f"The code printed more than {self.max_output:,} characters, and was ended there."
        else:
            lines = [f"  line {line}{f', in {name}' if name else ''}: {text}" for line, name, text in outcome["lines"]]
            first = f"{outcome['error']}: {outcome['message']}" if outcome["message"] else outcome["error"]
            told = "\n".join([first, *lines])
        hint = f"What earlier code had defined is gone, since {lost}." if lost else None
        return CodeExecutionError(told, hint=hint, output=printed)


def _printed(process: Process) -> dict[str, Any]:
    """What the code has printed by now, if the process still tells."""
    process.send(kind="printed")
    until = time.monotonic() + 1.0
    try:
        while (said := process.receive(until))["kind"] != "printed":
            pass
    except (Ended, TimeoutError):
        return {}
    return said


def _read(text: str, most: int) -> dict[str, Any]:
    """How a run ended; what the sandbox says of that may be the code's doing.

    Raises:
        SandboxError: When it is not in the form that it should have, or longer than `most` characters.
    """
    try:
        outcome = json.loads(text)
        if not isinstance(outcome, dict):
            raise TypeError("it is no object")
        if "error" in outcome and outcome["error"] != "OutputLimit":
            kind, message = str(outcome["error"]), str(outcome["message"])
            lines = [(line and int(line), str(name), str(code)) for line, name, code in outcome["lines"]]
            words = len(kind) + sum(1 + len(name) + len(code) for _, name, code in lines)
            is_long = words > _WORDS or len(message) > most
            outcome |= {"error": kind, "message": message, "lines": lines}
        else:
            is_long = any(len(json.dumps(outcome.get(name))) > most for name in ("final", "value"))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise SandboxError("The code left the sandbox unusable: it says nothing that can be read.") from error
    if is_long:
        raise SandboxError(f"The code left the sandbox unusable: it says more than {most:,} characters.")
    return outcome


def _checked_outputs(fields: Sequence[Mapping[str, Any]] | None) -> list[dict[str, str]]:
    try:
        return [{"name": str(field["name"])} for field in fields or ()]
    except (KeyError, TypeError) as error:
        raise UsageError(
            f"output_fields is {fields!r}.", hint='Give dictionaries, such as {"name": "answer"}.'
        ) from error


def _paths(given: Any, name: str) -> tuple[Path, ...]:
    return tuple(Path(path).expanduser().absolute() for path in _each(given, name, "data.csv"))


def _each(given: Any, name: str, example: str) -> Iterable[Any]:
    """What was granted, one by one.

    Raises:
        UsageError: When it is one text, whose letters would be taken for several.
    """
    if isinstance(given, str | bytes | os.PathLike):
        raise UsageError(f"{name} is {given!r}, and no list.", hint=f'Give a list, such as ["{example}"].')
    return given or ()


def _checked_host(host: str) -> str:
    if not isinstance(host, str) or not host or "," in host or "/" in host:
        raise UsageError(f"{host!r} is no host.", hint='Give names, such as "example.org" or "localhost:8000".')
    return host


def _hint(installed: installation.Installation) -> str:
    """What to do when it does not start, which a Deno that is too old does not."""
    version = installed.version()
    if version < installation.OLDEST_DENO:
        return installation.too_old(".".join(map(str, version)))
    return f"Delete {installed.folder}, and all that it needs is fetched again."
