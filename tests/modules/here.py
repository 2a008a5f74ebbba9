"""An interpreter for code that the tests themselves wrote: it runs here, with no wall around it."""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from nbdspy.errors import CodeExecutionError, SandboxError
from nbdspy.sandbox import FinalOutput


class _Submitted(BaseException):
    pass


class Here:
    """Keeps what the protocol of `CodeInterpreter` promises; `while True` is taken for code that never ends."""

    made: ClassVar[list[Here]] = []

    def __init__(self) -> None:
        self._tools: dict[str, Callable[..., Any]] = {}
        self.names: dict[str, Any] | None = None
        self.ran: list[str] = []
        self.starts = 0
        self.shutdowns = 0
        self.threads: set[int] = set()
        type(self).made.append(self)

    @property
    def tools(self) -> dict[str, Callable[..., Any]]:
        return self._tools

    def start(self) -> None:
        if self.names is None:
            self.names = {}
            self.starts += 1

    def execute(self, code: str, variables: Mapping[str, Any] | None = None) -> Any:
        self.start()
        assert self.names is not None
        self.ran.append(code)
        self.threads.add(threading.get_ident())
        if "while True" in code:
            self.names = None
            raise SandboxError("The code was ended: it ran for more than 1 s.")
        printed: list[str] = []
        submitted: list[Any] = []

        def submit(*values: Any, **named: Any) -> None:
            submitted.append(named or values[0])
            raise _Submitted

        def say(*values: Any) -> None:
            printed.append(" ".join(map(str, values)) + "\n")

        self.names |= {**self.tools, "SUBMIT": submit, "print": say, **(variables or {})}
        try:
            value = self._evaluated(code, self.names)
        except _Submitted:
            return FinalOutput(submitted[0])
        except SyntaxError as error:
            raise CodeExecutionError(f"SyntaxError: {error.msg} (line {error.lineno})") from error
        except Exception as error:
            raise CodeExecutionError(f"{type(error).__name__}: {error}") from error
        return "".join(printed) or value

    def shutdown(self) -> None:
        self.names = None
        self.shutdowns += 1

    @staticmethod
    def _evaluated(code: str, names: dict[str, Any]) -> Any:
        body = ast.parse(code).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), "<code>", "exec"), names)
        return eval(compile(ast.Expression(last.value), "<code>", "eval"), names) if last else None
