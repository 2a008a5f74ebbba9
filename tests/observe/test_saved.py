"""A trace in a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pydantic
import pytest

from nbdspy import events
from nbdspy.configuration import context
from nbdspy.errors import UsageError
from nbdspy.models import LM, Reply, Usage
from nbdspy.modules import ChainOfThought, Predict
from nbdspy.observe import Trace, tracing
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.testing.faults import FaultServer, fail
from nbdspy.types import Tool

SECRET = "sk-0123456789abcdef0123"


def traced(answer: str = "42") -> Trace:
    text = chat_text({"reasoning": "Six sevens.", "answer": answer})
    reply = Reply(texts=(text,), usage=Usage(prompt=90, completion=20), cost=0.25)
    with context(lm=FakeLM(lambda request: reply)), tracing() as trace:
        ChainOfThought("question -> answer")(question="Why?")
    return trace


def read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    frame = pd.read_parquet(path).astype(object)
    rows: list[dict[str, Any]] = frame.where(frame.notna(), None).to_dict("records")  # type: ignore[assignment]
    return [{**row, "inputs": json.loads(row["inputs"]), "outputs": json.loads(row["outputs"])} for row in rows]


@pytest.mark.parametrize("name", ["t.jsonl", "t.parquet"])
def test_what_the_cache_answered_took_nothing(name: str, tmp_path: Path) -> None:
    reply = Reply(texts=("42",), usage=Usage(prompt=90, completion=20), cost=0.25)
    lm = LM("text/fake", model_type="text", leaf=FakeLM(lambda request: reply).leaf, cache=True)
    with tracing() as trace:
        lm(f"Why {name}?")
        lm(f"Why {name}?")

    rows = read(trace.save(tmp_path / name))

    assert [row["cached"] for row in rows] == [False, True]
    assert [row["cost"] for row in rows] == [0.25, 0.0]
    assert [row["prompt_tokens"] for row in rows] == [90, 0]
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["t.jsonl", "t.parquet", "T.JSONL"])
def test_a_piece_of_work_is_a_line_or_a_row(name: str, tmp_path: Path) -> None:
    trace = traced()

    path = trace.save(tmp_path / name)

    rows = read(path.rename(path.with_suffix(path.suffix.lower())))
    assert [row["kind"] for row in rows] == ["module", "predict", "adapter_format", "lm", "adapter_parse"]
    assert [(row["number"], row["parent"]) for row in rows] == [(0, None), (1, 0), (2, 1), (3, 1), (4, 1)]
    assert rows[0]["inputs"]["kwargs"] == {"question": "Why?"}
    assert rows[0]["outputs"] == {"reasoning": "Six sevens.", "answer": "42"}
    lm = rows[3]
    assert [lm[key] for key in ("prompt_tokens", "completion_tokens", "cost", "cached")] == [90, 20, 0.25, False]
    assert "Why?" in lm["inputs"]["messages"][-1]["content"]
    assert "Six sevens." in lm["outputs"]["texts"][0]
    assert rows[0]["cost"] is None
    assert all(row["seconds"] > 0 for row in rows)


@pytest.mark.parametrize("name", ["t.jsonl", "t.parquet"])
def test_nothing_makes_an_empty_file(name: str, tmp_path: Path) -> None:
    with tracing() as trace:
        pass

    path = trace.save(tmp_path / name)

    assert path.read_text() == "" if name == "t.jsonl" else len(pd.read_parquet(path)) == 0


def test_contents_can_be_left_out(tmp_path: Path) -> None:
    def refuse(request: Any) -> str:
        raise RuntimeError("private words")

    with context(lm=FakeLM(refuse)), tracing() as trace, pytest.raises(RuntimeError):
        Predict("question -> answer")(question="private")

    text = trace.save(tmp_path / "t.jsonl", contents=False).read_text()
    trace.save(tmp_path / "t.parquet", contents=False)

    assert "private" not in text
    assert json.loads(text.splitlines()[0])["error"] == "RuntimeError"
    assert "inputs" not in pd.read_parquet(tmp_path / "t.parquet").columns


@pytest.mark.parametrize("name", ["t.jsonl", "t.parquet"])
def test_no_key_is_in_it(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = 'pass"word\\of mine'
    monkeypatch.setenv("ODD_SECRET", odd)

    class Note(pydantic.BaseModel):
        text: str

    with FaultServer(fail(400, f"bad {SECRET} and {odd}")) as server, tracing() as trace:
        lm = LM(
            "openai/x",
            api_base=server.url,
            api_key="plain-looking-key-1",
            cache=False,
            extra_body={"password": "hidden"},
        )
        with context(lm=lm), pytest.raises(Exception, match="bad"):
            Predict("question -> answer")(question=f"{SECRET} {odd} plain-looking-key-1")
        Tool(lambda note, odd: note, name="use")(note=Note(text=f"{SECRET} {odd}"), odd=[{odd: odd}])
        with events.span("module", f"named {SECRET}"):
            pass

    path = trace.save(tmp_path / name)

    assert len(trace.steps) == 3
    text = json.dumps(read(path)) + path.read_bytes().decode(errors="replace")
    for planted in (SECRET, odd, "plain-looking-key-1", "hidden"):
        assert planted not in text
        assert json.dumps(planted)[1:-1] not in text


def test_another_ending_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'.*t\.csv' is no kind of file for a trace") as error:
        traced().save(tmp_path / "t.csv")

    assert error.value.hint == "Let its name end in .jsonl or .parquet."


@pytest.mark.parametrize("name", ["t.jsonl", "t.parquet"])
def test_half_a_character_is_written_and_read_again(name: str, tmp_path: Path) -> None:
    lm = FakeLM(lambda request: "half \ud83d")
    with tracing() as trace:
        lm("half \ud83d")

    (row,) = read(trace.save(tmp_path / name))

    assert row["inputs"]["messages"][0]["content"] == row["outputs"]["texts"][0] == "half \ud83d"
