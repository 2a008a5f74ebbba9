"""nbdspy: programming language models in a notebook. Names load when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_ROOMS = {
    "configuration": ("configure", "context", "settings"),
    "data": ("Completions", "Example", "Prediction"),
    "types": ("Audio", "Code", "File", "History", "Image", "Reasoning", "Tool", "ToolCallResults", "ToolCalls", "Type"),
    "tools": ("mcp_tools", "tool"),
    "sandbox": ("PythonInterpreter",),
    "signatures": ("InputField", "OutputField", "Signature"),
    "models": ("LM", "BaseLM", "Budget", "configure_cache", "track_usage", "use_cassette"),
    "adapters": (
        "Adapter",
        "BAMLAdapter",
        "ChatAdapter",
        "CompletionAdapter",
        "JSONAdapter",
        "TwoStepAdapter",
        "XMLAdapter",
    ),
    "modules": (
        "BestOfN",
        "ChainOfThought",
        "KNN",
        "Module",
        "MultiChainComparison",
        "Parallel",
        "Predict",
        "ReAct",
        "ReActV2",
        "Refine",
        "Retrieve",
        "asyncify",
        "freeze",
        "majority",
        "CodeAct",
        "ProgramOfThought",
        "RLM",
        "module",
        "prompt",
        "read_inputs",
        "syncify",
        "unfreeze",
    ),
    "retrieval": ("BM25", "ColBERTv2", "Embeddings", "EmbeddingsWithScores"),
    "observe": ("BaseCallback", "inspect_history", "trace", "tracing"),
    "streaming": ("streamify",),
    "checks": ("check",),
    "evaluation": ("Evaluate", "EvaluationResult", "compare", "evaluate", "exact_match", "answer_exact_match"),
    "optimizers": (
        "BayesianBootstrap",
        "BootstrapFewShot",
        "BootstrapFewShotWithOptuna",
        "BootstrapFewShotWithRandomSearch",
        "BootstrapRS",
        "COPRO",
        "MIPRO",
        "MIPROPlusPlus",
        "MIPROv2",
        "OPRO",
        "Ensemble",
        "KNNFewShot",
        "LabeledFewShot",
        "Result",
        "compile",
        "kept_runs",
        "plan",
        "start",
    ),
    "forms": ("Labels", "Playground"),
    "modules.folder": ("load",),
    "compat": ("install_as_dspy",),
}
_PLACES = {name: f"nbdspy.{room}" for room, names in _ROOMS.items() for name in names}
_PLACES |= {"signature": "nbdspy.signatures", "cache": "nbdspy.models", "Embedder": "nbdspy.models.embedder"}
_PLACES["runs"] = "nbdspy.optimizers.begun"

_ELSEWHERE = {
    "signature": "read_text",
    "cache": "replies",
    "runs": "begun_runs",
}  # public names of what is called otherwise at home
_SUBMODULES = ("datasets", "errors", "frames", "observe", "streaming", "testing")

__all__ = ["__version__", *sorted(_PLACES), *_SUBMODULES]

# Names that people look for here, and the rooms that they are in.
_SOUGHT = {
    "Corpus": "retrieval", "DummyLM": "testing", "FakeLM": "testing", "StreamListener": "streaming",
    "CodeInterpreter": "sandbox", "FinalOutput": "sandbox", "to_examples": "data", "ToolCalled": "types",
}  # fmt: skip

if TYPE_CHECKING:  # for type checkers, which cannot see what resolves lazily
    from nbdspy.adapters import Adapter as Adapter
    from nbdspy.adapters import BAMLAdapter as BAMLAdapter
    from nbdspy.adapters import ChatAdapter as ChatAdapter
    from nbdspy.adapters import CompletionAdapter as CompletionAdapter
    from nbdspy.adapters import JSONAdapter as JSONAdapter
    from nbdspy.adapters import TwoStepAdapter as TwoStepAdapter
    from nbdspy.adapters import XMLAdapter as XMLAdapter
    from nbdspy.checks import check as check
    from nbdspy.compat import install_as_dspy as install_as_dspy
    from nbdspy.configuration import configure as configure
    from nbdspy.configuration import context as context
    from nbdspy.configuration import settings as settings
    from nbdspy.data import Completions as Completions
    from nbdspy.data import Example as Example
    from nbdspy.data import Prediction as Prediction
    from nbdspy.evaluation import Evaluate as Evaluate
    from nbdspy.evaluation import EvaluationResult as EvaluationResult
    from nbdspy.evaluation import answer_exact_match as answer_exact_match
    from nbdspy.evaluation import compare as compare
    from nbdspy.evaluation import exact_match as exact_match
    from nbdspy.evaluation.evaluate import evaluate as evaluate
    from nbdspy.forms import Labels as Labels
    from nbdspy.forms import Playground as Playground
    from nbdspy.models import LM as LM
    from nbdspy.models import BaseLM as BaseLM
    from nbdspy.models import Budget as Budget
    from nbdspy.models import configure_cache as configure_cache
    from nbdspy.models import replies as cache
    from nbdspy.models import track_usage as track_usage
    from nbdspy.models import use_cassette as use_cassette
    from nbdspy.models.embedder import Embedder as Embedder
    from nbdspy.modules import KNN as KNN
    from nbdspy.modules import RLM as RLM
    from nbdspy.modules import BestOfN as BestOfN
    from nbdspy.modules import ChainOfThought as ChainOfThought
    from nbdspy.modules import CodeAct as CodeAct
    from nbdspy.modules import Module as Module
    from nbdspy.modules import MultiChainComparison as MultiChainComparison
    from nbdspy.modules import Parallel as Parallel
    from nbdspy.modules import Predict as Predict
    from nbdspy.modules import ProgramOfThought as ProgramOfThought
    from nbdspy.modules import ReAct as ReAct
    from nbdspy.modules import ReActV2 as ReActV2
    from nbdspy.modules import Refine as Refine
    from nbdspy.modules import Retrieve as Retrieve
    from nbdspy.modules import asyncify as asyncify
    from nbdspy.modules import freeze as freeze
    from nbdspy.modules import majority as majority
    from nbdspy.modules import prompt as prompt
    from nbdspy.modules import read_inputs as read_inputs
    from nbdspy.modules import syncify as syncify
    from nbdspy.modules import unfreeze as unfreeze
    from nbdspy.modules.folder import load as load
    from nbdspy.modules.source import module as module
    from nbdspy.observe import BaseCallback as BaseCallback
    from nbdspy.observe import inspect_history as inspect_history
    from nbdspy.observe import trace as trace
    from nbdspy.observe import tracing as tracing
    from nbdspy.optimizers import COPRO as COPRO
    from nbdspy.optimizers import MIPRO as MIPRO
    from nbdspy.optimizers import OPRO as OPRO
    from nbdspy.optimizers import BayesianBootstrap as BayesianBootstrap
    from nbdspy.optimizers import BootstrapFewShot as BootstrapFewShot
    from nbdspy.optimizers import BootstrapFewShotWithOptuna as BootstrapFewShotWithOptuna
    from nbdspy.optimizers import BootstrapFewShotWithRandomSearch as BootstrapFewShotWithRandomSearch
    from nbdspy.optimizers import BootstrapRS as BootstrapRS
    from nbdspy.optimizers import Ensemble as Ensemble
    from nbdspy.optimizers import KNNFewShot as KNNFewShot
    from nbdspy.optimizers import LabeledFewShot as LabeledFewShot
    from nbdspy.optimizers import MIPROPlusPlus as MIPROPlusPlus
    from nbdspy.optimizers import MIPROv2 as MIPROv2
    from nbdspy.optimizers import Result as Result
    from nbdspy.optimizers import compile as compile
    from nbdspy.optimizers import kept_runs as kept_runs
    from nbdspy.optimizers import plan as plan
    from nbdspy.optimizers import start as start
    from nbdspy.optimizers.begun import begun_runs as runs
    from nbdspy.retrieval import BM25 as BM25
    from nbdspy.retrieval import ColBERTv2 as ColBERTv2
    from nbdspy.retrieval import Embeddings as Embeddings
    from nbdspy.retrieval import EmbeddingsWithScores as EmbeddingsWithScores
    from nbdspy.sandbox import PythonInterpreter as PythonInterpreter
    from nbdspy.signatures import InputField as InputField
    from nbdspy.signatures import OutputField as OutputField
    from nbdspy.signatures import Signature as Signature
    from nbdspy.signatures import read_text
    from nbdspy.streaming import streamify as streamify
    from nbdspy.tools import mcp_tools as mcp_tools
    from nbdspy.tools import tool as tool
    from nbdspy.types import Audio as Audio
    from nbdspy.types import Code as Code
    from nbdspy.types import File as File
    from nbdspy.types import History as History
    from nbdspy.types import Image as Image
    from nbdspy.types import Reasoning as Reasoning
    from nbdspy.types import Tool as Tool
    from nbdspy.types import ToolCallResults as ToolCallResults
    from nbdspy.types import ToolCalls as ToolCalls
    from nbdspy.types import Type as Type

    signature = read_text


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where JupyterLab's tools find what a page loads of ours, in a checkout."""
    return [{"src": "labextension", "dest": "nbdspy"}]


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        value = getattr(import_module(_PLACES[name]), _ELSEWHERE.get(name, name))
        globals()[name] = value
        return value
    if name in _SUBMODULES:
        return import_module(f"nbdspy.{name}")
    from nbdspy import errors

    room = _SOUGHT.get(name) or ("errors" if name in vars(errors) and name[:1].isupper() else None)
    if room is not None:
        hint = f"It is in nbdspy.{room}: from nbdspy.{room} import {name}."
    else:
        hint = errors.did_you_mean(name, __all__) or "See dir(nbdspy)."
    raise AttributeError(
        f"nbdspy has no {name!r}. {hint}", name=name
    )  # without obj: Python's own guess would repeat it


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
