"""Adapters: from a signature, demos and inputs to the text a model sees, and back. Pure functions of what they get."""

from nbdspy.adapters.base import Adapter
from nbdspy.adapters.chat import ChatAdapter
from nbdspy.adapters.completion import CompletionAdapter

__all__ = ["Adapter", "ChatAdapter", "CompletionAdapter", "adapter_named"]


def adapter_named(name: str) -> Adapter:
    """The shared adapter of a name, as models say which they prefer: `"chat"` or `"completion"`."""
    return _NAMED[name]


_NAMED: dict[str, Adapter] = {"chat": ChatAdapter(), "completion": CompletionAdapter()}
