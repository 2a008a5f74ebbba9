"""What essential callables take is what DSPy's take, but for what is otherwise on purpose."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import nbdspy

HERE = str(Path(nbdspy.__file__).parents[1])
SCRIPT = str(Path(__file__).with_name("signatures.py"))
AMONG_OTHERS = ("code", "model", "provider", "provider_code", "status", "request_id", "retry_after")
NO_TRAINING = "an LM trains and serves no model"

PATHS: Mapping[str, Mapping[str, str]] = {
    "dspy:LM": {
        "finetuning_model": NO_TRAINING, "launch_kwargs": NO_TRAINING, "train_kwargs": NO_TRAINING,
        "provider": "it stands in the model's name", "async_engine": "one engine answers both kinds of calls",
    },
    "dspy:LM.__call__": {}, "dspy:LM.acall": {}, "dspy:LM.copy": {}, "dspy:LM.load_state": {}, "dspy:LM.close": {},
    "dspy:LM.aclose": {}, "dspy:LM.inspect_history": {}, "dspy:LM.dump_state": {},
    "dspy:BaseLM": {}, "dspy:BaseLM.forward": {}, "dspy:BaseLM.aforward": {},
    "dspy:Embedder": {}, "dspy:Embedder.__call__": {}, "dspy:Embedder.acall": {},
    "dspy:inspect_history": {}, "dspy:track_usage": {}, "dspy:configure": {}, "dspy:context": {},
    "dspy:configure_cache": {},
    "dspy:Signature.with_instructions": {}, "dspy:Signature.append_instructions": {},
    "dspy:Signature.with_updated_fields": {}, "dspy:Signature.prepend": {}, "dspy:Signature.append": {},
    "dspy:Signature.insert": {}, "dspy:Signature.delete": {}, "dspy:Signature.equals": {},
    "dspy:Signature.dump_state": {}, "dspy:Signature.load_state": {},
    "dspy:InputField": {}, "dspy:OutputField": {}, "dspy:ensure_signature": {},
    "dspy:History": {}, "dspy:Tool": {}, "dspy:Tool.__call__": {}, "dspy:Tool.from_mcp_tool": {},
    "dspy:Tool.from_langchain": {}, "dspy:ToolCalls.from_dict_list": {}, "dspy:ToolCalls.ToolCall.execute": {},
    "dspy:Adapter.__init__": {}, "dspy:ChatAdapter": {}, "dspy:JSONAdapter": {}, "dspy:XMLAdapter": {},
    "dspy:TwoStepAdapter": {}, "dspy.adapters.baml_adapter:BAMLAdapter": {},
    "dspy:Adapter.__call__": {}, "dspy:Adapter.acall": {}, "dspy:Adapter.format": {}, "dspy:Adapter.parse": {},
    "dspy:Evaluate": {}, "dspy:Evaluate.__call__": {}, "dspy.evaluate:EvaluationResult": {},
    "dspy.evaluate:answer_exact_match": {}, "dspy.evaluate:answer_passage_match": {}, "dspy.evaluate:EM": {},
    "dspy.datasets.gsm8k:gsm8k_metric": {},
    "dspy:Module.save": {}, "dspy:Module.load": {}, "dspy:Module.load_state": {}, "dspy:load": {},
    "dspy:Module.named_predictors": {}, "dspy:Module.map_named_predictors": {}, "dspy:Module.set_lm": {},
    "dspy:Module.get_lm": {}, "dspy:Module.named_sub_modules": {"skip_compiled": "is_frozen asks a predictor"},
    "dspy:Module.batch": {}, "dspy:MultiChainComparison": {}, "dspy:BestOfN": {}, "dspy:Refine": {},
    "dspy:Parallel": {}, "dspy:Parallel.__call__": {}, "dspy:Parallel.forward": {}, "dspy:KNN": {}, "dspy:majority": {},
    "dspy:ReAct": {}, "dspy:ReActV2": {},
    "dspy:Predict.get_config": {}, "dspy:Predict.update_config": {},
    "dspy:Example": {}, "dspy:Example.keys": {},
    "dspy:Prediction.from_completions": {"list_or_dict": "it is given by place, and called rows"},
    "dspy:AdapterParseError": {}, "dspy:LMError": {},
    "dspy:ContextWindowExceededError": {"model": "it is taken among the others"},
    "dspy:LMRateLimitError": dict.fromkeys(AMONG_OTHERS, "it is taken among the others"),
    "dspy:is_retryable_lm_error": {}, "dspy.utils:DummyLM": {},
    "dspy:ProgramOfThought": {}, "dspy:CodeAct": {}, "dspy:RLM": {},
}  # fmt: skip
"""The callables, each with the parameters of DSPy's that it lacks, and why."""


def taken(python: str, library: str) -> Mapping[str, list[str]]:
    done = subprocess.run(
        [python, SCRIPT, library, json.dumps(list(PATHS))], env={**os.environ, "PYTHONPATH": HERE},
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: Mapping[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def both(peer: str) -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
    return taken(sys.executable, "nbdspy"), taken(peer, "dspy")


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
def test_what_dspys_takes_is_taken(path: str, both: tuple[Mapping[str, list[str]], Mapping[str, list[str]]]) -> None:
    ours, theirs = both[0][path], both[1][path]

    assert set(theirs) - set(ours) == set(PATHS[path])
