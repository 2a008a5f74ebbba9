"""Adapters: from a signature, demos and inputs to the text a model sees, and back. Pure functions of what they get."""

from nbdspy.adapters.base import Adapter
from nbdspy.adapters.chat import ChatAdapter
from nbdspy.adapters.completion import CompletionAdapter
from nbdspy.errors import UsageError

__all__ = ["Adapter", "ChatAdapter", "CompletionAdapter", "adapter_named"]


def adapter_named(name: str) -> Adapter:
    """The shared adapter of a name, as models say which they prefer: `"chat"` or `"completion"`.

    Raises:
        UsageError: When there is none of that name.
    """
    if name not in _NAMED:
        raise UsageError(f"There is no adapter {name!r}; there are: {', '.join(_NAMED)}.")
    return _NAMED[name]


_NAMED: dict[str, Adapter] = {"chat": ChatAdapter(), "completion": CompletionAdapter()}
