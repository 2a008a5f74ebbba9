"""Tools called natively on a real OpenAI-compatible server: llama.cpp's own, with a small model that can."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from nbdspy.adapters import ChatAdapter
from nbdspy.configuration import context
from nbdspy.models import LM
from nbdspy.modules import ReActV2

MODEL = "qwen2.5-coder-1.5b"
OPENING = 151657  # its token `<tool_call>`, after which llama.cpp holds it to the form of a call
# By itself the model writes calls as fenced JSON, also where it has to call: the server waits for the token, and the
# model never gives it. It is pushed towards it, so that what is tested is the way of a call, not the model.
PUSHED: dict[str, Any] = {"tool_choice": "required", "parallel_tool_calls": False, "logit_bias": {str(OPENING): 15}}
pytestmark = [pytest.mark.slow, pytest.mark.model, pytest.mark.timeout(900)]


def height(mountain: str) -> str:
    """Look up how high a mountain is."""
    return {"Matterhorn": "4478 m", "Eiger": "3967 m"}.get(mountain, "unknown")


@pytest.fixture(scope="module")
def lm() -> Iterator[LM]:
    """The model behind a server of its own, reached over HTTP."""
    xllamacpp = pytest.importorskip("xllamacpp")
    from nbdspy.models.weights import KNOWN, fetch

    if not KNOWN[MODEL].present:
        pytest.skip(f"`nbdspy models fetch {MODEL}` fetches the model")
    key = secrets.token_hex(16)
    options = xllamacpp.CommonParams()
    options.verbosity = -1
    options.model.path = str(fetch(MODEL))
    options.n_parallel = 1
    options.n_ctx = 4096
    options.cpuparams.n_threads = options.cpuparams_batch.n_threads = 1
    options.use_jinja = True  # the model's own template, which knows how it writes calls
    options.api_keys = [key]
    server = xllamacpp.Server(options)
    yield LM(
        f"openai/{MODEL}", api_base=f"{server.listening_address}/v1", api_key=key, temperature=0.0, max_tokens=150,
        cache=False, timeout=300, supports_function_calling=True, **PUSHED,
    )  # fmt: skip
    del server


@pytest.mark.filterwarnings("ignore:The reply was cut off")  # pushed, it does not always end after a call
def test_an_agent_calls_a_tool_reads_its_result_and_submits(lm: LM) -> None:
    with context(lm=lm, adapter=ChatAdapter(use_native_function_calling=True, use_json_adapter_fallback=False)):
        prediction = ReActV2("question -> answer: int", tools=[height], max_iters=3)(
            question="How high is the Matterhorn, in metres?"
        )

    (call,) = prediction.history.messages[0]["tool_calls"].tool_calls
    assert (call.name, call.args) == ("height", {"mountain": "Matterhorn"})
    assert prediction.answer == 4478
    sent = lm.history[-1]["messages"]
    assert [message["role"] for message in sent[:4]] == ["system", "user", "assistant", "tool"]
    assert sent[2]["tool_calls"][0]["function"]["name"] == "height"
    assert (sent[3]["tool_call_id"], sent[3]["content"]) == (call.id, "4478 m")
