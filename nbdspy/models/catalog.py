"""From a model's name to the leaf that answers for it."""

from __future__ import annotations

from typing import Any

from nbdspy.errors import UsageError, did_you_mean
from nbdspy.models.gate import Leaf


def open_leaf(model: str, **options: Any) -> Leaf:
    """The leaf for a name; nothing is fetched and no package loaded before it is asked."""
    from nbdspy.models.weights import KNOWN, is_local

    if is_local(model):
        from nbdspy.models.local import LocalLeaf

        return LocalLeaf(model, **options)
    if "/" in model.strip("/"):
        from nbdspy.models.remote import RemoteLeaf

        return RemoteLeaf(model, **options)
    raise UsageError(
        f"No model is called {model!r}.",
        hint=did_you_mean(model, KNOWN)
        or f"Local models: {', '.join(KNOWN)}. Others are named provider/model, such as openai/gpt-5-mini.",
    )
