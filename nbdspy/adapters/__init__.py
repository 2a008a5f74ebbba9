"""Adapters: from a signature, demos and inputs to the text a model sees, and back. Pure functions of what they get."""

from nbdspy.adapters.base import Adapter, Demo
from nbdspy.adapters.chat import AskedAgain, ChatAdapter
from nbdspy.adapters.compact import BAMLAdapter
from nbdspy.adapters.completion import CompletionAdapter
from nbdspy.adapters.json_object import JSONAdapter
from nbdspy.adapters.native import Able
from nbdspy.adapters.two_step import TwoStepAdapter
from nbdspy.adapters.xml_elements import XMLAdapter
from nbdspy.errors import UsageError

__all__ = [
    "Able",
    "Adapter",
    "AskedAgain",
    "BAMLAdapter",
    "ChatAdapter",
    "CompletionAdapter",
    "Demo",
    "JSONAdapter",
    "TwoStepAdapter",
    "XMLAdapter",
    "adapter_named",
]


def adapter_named(name: str) -> Adapter:
    """The shared adapter of a name, as models say which they prefer: `"chat"` or `"completion"`.

    Raises:
        UsageError: When there is none of that name.
    """
    if name not in _NAMED:
        raise UsageError(f"There is no adapter {name!r}; there are: {', '.join(_NAMED)}.")
    return _NAMED[name]


_NAMED: dict[str, Adapter] = {"chat": ChatAdapter(), "completion": CompletionAdapter()}
