"""Running code that a model wrote, where it can do no harm."""

from nbdspy.sandbox.interpreter import CodeInterpreter, FinalOutput
from nbdspy.sandbox.python_interpreter import PythonInterpreter

__all__ = ["CodeInterpreter", "FinalOutput", "PythonInterpreter"]
