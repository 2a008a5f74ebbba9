"""A real collector in a process of its own: Phoenix, which knows OpenInference, reads what is sent."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nbdspy.configuration import context
from nbdspy.models import Reply, Usage
from nbdspy.modules import ReAct, Retrieve
from nbdspy.observe import instrument, uninstrument
from nbdspy.retrieval import BM25
from nbdspy.testing import DummyLM, FakeLM

SECRET = "sk-0123456789abcdef0123"
PATIENCE = 180  # seconds

pytestmark = pytest.mark.slow


def _free() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@pytest.fixture
def phoenix(tmp_path: Path) -> Iterator[str]:
    """Its address; NBDSPY_PHOENIX names the program, of the package arize-phoenix."""
    program = os.environ.get("NBDSPY_PHOENIX")
    if program is None:
        pytest.skip("NBDSPY_PHOENIX names no Phoenix; `pip install arize-phoenix` in an environment of its own has one")
    port = _free()
    settings = {
        "PHOENIX_PORT": str(port), "PHOENIX_GRPC_PORT": str(_free()), "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_WORKING_DIR": str(tmp_path), "PHOENIX_TELEMETRY_ENABLED": "false",
    }  # fmt: skip
    with (tmp_path / "log").open("w") as log, subprocess.Popen(
        [program, "serve"], env={**os.environ, **settings}, stdout=log, stderr=log
    ) as process:  # fmt: skip
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def _spans(address: str, count: int) -> list[dict[str, Any]]:
    """What it has taken in, once there are so many."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/v1/projects/check/spans?limit=100") as said:
                spans: list[dict[str, Any]] = json.load(said)["data"]
            if len(spans) >= count:
                return spans
        except OSError:  # it does not know the project before its first span
            pass
        time.sleep(0.5)
    raise TimeoutError(f"Phoenix has fewer than {count} spans.")


def _is_up(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz"):
            return True
    except OSError:
        return False


def test_a_real_collector_reads_kinds_tokens_costs_documents_and_the_tree(phoenix: str) -> None:
    until = time.monotonic() + PATIENCE
    while not _is_up(phoenix) and time.monotonic() < until:
        time.sleep(0.5)

    def double(number: int) -> int:
        return 2 * number

    answers = [
        {"next_thought": "Double it.", "next_tool_name": "double", "next_tool_args": '{"number": 21}'},
        {"next_thought": "Done.", "next_tool_name": "finish", "next_tool_args": "{}"},
        {"reasoning": "So.", "answer": "42"},
    ]
    paid = Reply(texts=("42",), usage=Usage(prompt=90, completion=20), cost=0.25)
    instrument(endpoint=phoenix, project="check")
    try:
        with context(lm=DummyLM(answers), rm=BM25(["Paris is in France.", "Rome lies on the Tiber."])):
            ReAct("question -> answer", tools=[double])(question=f"Twice 21? {SECRET}")
            Retrieve(k=1)("Rome")
        FakeLM(lambda request: paid, model="openai/x")("Why?")
    finally:
        uninstrument()

    spans = _spans(phoenix, 13)
    by_id = {span["context"]["span_id"]: span for span in spans}
    kinds = {span["span_kind"] for span in spans}
    assert kinds == {"AGENT", "CHAIN", "LLM", "RETRIEVER", "TOOL"}
    tool = next(span for span in spans if span["name"] == "double")
    assert by_id[tool["parent_id"]]["span_kind"] == "AGENT"
    lm = next(span for span in spans if span["name"] == "openai/x")
    assert (lm["attributes"]["llm.token_count.total"], lm["attributes"]["llm.cost.total"]) == (110, 0.25)
    search = next(span for span in spans if span["name"] == "BM25")
    assert search["attributes"]["retrieval.documents.0.document.content"] == "Rome lies on the Tiber."
    assert {span["status_code"] for span in spans} == {"OK"}
    assert SECRET not in json.dumps(spans)
