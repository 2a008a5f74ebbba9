"""The two libraries under one roof: the module of each, and a canned model for it."""

from __future__ import annotations

import json
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Literal

Side = Literal["ours", "peer"]
NAMES = {"ours": "nbdspy", "peer": "dspy"}


def library(side: str) -> Any:
    """The module to measure; their public names are the same."""
    return import_module(NAMES[side])


def canned(side: str, **values: str) -> Any:
    """A model that always gives these field values, cache off, made the way that costs each side least."""
    text = "\n\n".join([*(f"[[ ## {name} ## ]]\n{value}" for name, value in values.items()), "[[ ## completed ## ]]"])
    return _ours(text) if side == "ours" else _peers(text)


def say(**figures: float | str) -> None:
    """Tell the runner some figures, or `skipped` with the reason why there are none."""
    print(json.dumps(figures), flush=True)


def _ours(text: str) -> Any:
    from nbdspy.models import LM
    from nbdspy.testing.fake import FakeLeaf

    return LM("canned", leaf=FakeLeaf(lambda request: text), cache=False)


def _peers(text: str) -> Any:
    import warnings

    import dspy  # type: ignore[import-not-found]

    # The peer's engines and its DummyLM take longer than this, which it supports until its next version.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    choice = SimpleNamespace(message=SimpleNamespace(content=text), finish_reason="stop")
    reply = SimpleNamespace(choices=[choice], usage={}, model="canned")

    class Canned(dspy.BaseLM):  # type: ignore[misc]
        def forward(self, prompt: Any = None, messages: Any = None, **settings: Any) -> Any:
            return reply

    return Canned("canned", cache=False)
