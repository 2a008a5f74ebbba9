"""Running code that a model wrote, where it can do no harm. The sandbox loads when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbdspy.sandbox.interpreter import CodeInterpreter, FinalOutput

__all__ = ["CodeInterpreter", "FinalOutput", "PythonInterpreter"]

if TYPE_CHECKING:  # for type checkers, which cannot see what resolves lazily
    from nbdspy.sandbox.python_interpreter import PythonInterpreter as PythonInterpreter


def __getattr__(name: str) -> Any:
    if name != "PythonInterpreter":
        raise AttributeError(f"nbdspy.sandbox has no {name!r}.")
    from nbdspy.sandbox.python_interpreter import PythonInterpreter

    globals()[name] = PythonInterpreter
    return PythonInterpreter
