"""nbdspy: programming language models in a notebook. Names load when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_ROOMS = {
    "configuration": ("configure", "context", "settings"),
    "data": ("Completions", "Example", "Prediction"),
    "signatures": ("InputField", "OutputField", "Signature"),
    "models": ("LM", "Budget", "use_cassette"),
    "adapters": ("Adapter", "ChatAdapter", "CompletionAdapter"),
    "modules": ("ChainOfThought", "Module", "Predict", "module", "prompt", "read_inputs"),
    "evaluation": ("Evaluate", "EvaluationResult", "compare", "evaluate", "exact_match", "answer_exact_match"),
    "optimizers": (
        "BootstrapFewShot",
        "BootstrapFewShotWithRandomSearch",
        "BootstrapRS",
        "LabeledFewShot",
        "Result",
        "compile",
        "plan",
    ),
}
_PLACES = {name: f"nbdspy.{room}" for room, names in _ROOMS.items() for name in names}
_PLACES["signature"] = "nbdspy.signatures"
_ELSEWHERE = {"signature": "read_text"}  # public names of what is called otherwise at home
_SUBMODULES = ("datasets", "errors", "testing")

__all__ = ["__version__", *sorted(_PLACES), *_SUBMODULES]

if TYPE_CHECKING:
    from nbdspy.adapters import Adapter, ChatAdapter, CompletionAdapter
    from nbdspy.configuration import configure, context, settings
    from nbdspy.data import Completions, Example, Prediction
    from nbdspy.evaluation import Evaluate, EvaluationResult, answer_exact_match, compare, exact_match
    from nbdspy.evaluation.evaluate import evaluate as evaluate
    from nbdspy.models import LM, Budget, use_cassette
    from nbdspy.modules import ChainOfThought, Module, Predict, prompt, read_inputs
    from nbdspy.modules.source import module as module
    from nbdspy.optimizers import (
        BootstrapFewShot,
        BootstrapFewShotWithRandomSearch,
        BootstrapRS,
        LabeledFewShot,
        Result,
        compile,
        plan,
    )
    from nbdspy.signatures import InputField, OutputField, Signature
    from nbdspy.signatures import read_text as signature


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        value = getattr(import_module(_PLACES[name]), _ELSEWHERE.get(name, name))
        globals()[name] = value
        return value
    if name in _SUBMODULES:
        return import_module(f"nbdspy.{name}")
    raise AttributeError(f"nbdspy has no {name!r}; see dir(nbdspy).")


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext nbdspy` calls."""
    from nbdspy.jupyter import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """What `%unload_ext nbdspy` calls."""
    from nbdspy.jupyter import unload

    unload(shell)
