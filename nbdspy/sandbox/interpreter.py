"""What a sandbox is to the programs that use one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class FinalOutput:
    """What code handed in as its result, by `SUBMIT(...)`, instead of what it printed."""

    output: Any


@runtime_checkable
class CodeInterpreter(Protocol):
    """Runs code with a state that lasts from one run to the next, until it is shut down.

    `tools` are functions of this process that the code may call by name.
    """

    @property
    def tools(self) -> dict[str, Callable[..., Any]]: ...

    def start(self) -> None:
        """Get ready; running code does so by itself."""

    def execute(self, code: str, variables: Mapping[str, Any] | None = None) -> Any:
        """Run code with these variables set, which hold what JSON can say.

        Returns:
            A `FinalOutput` when the code called `SUBMIT`; else the text that it printed; when it printed nothing, the
            value of its last expression; when there is none, None.

        Raises:
            CodeExecutionError: When the code raises, or is no Python; the state is kept.
            SandboxError: When there is no sandbox to run it in, or a limit ended the run; the state is gone.
        """

    def shutdown(self) -> None:
        """End it, and forget the state; a later `execute` starts a new one."""
