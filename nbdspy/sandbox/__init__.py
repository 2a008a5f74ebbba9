"""Running code that a model wrote, where it can do no harm."""

from nbdspy.sandbox.interpreter import CodeInterpreter, FinalOutput

__all__ = ["CodeInterpreter", "FinalOutput"]
