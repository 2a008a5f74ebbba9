"""Streams in the cells of a kernel, whose loop is running: read both ways, left, interrupted, and in `%%predict`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.jupyter.page import Page, kinds

SETUP = """
%load_ext nbdspy
import threading, time
import nbdspy
from nbdspy.testing.faults import FaultServer, answer

words = "Six sevens are forty two.".split(" ")
pause, gone = 0.05, threading.Event()

def slowly(exchange):
    if not exchange.body.get("stream"):
        return answer("[[ ## answer ## ]]\\n" + " ".join(words))(exchange)
    exchange.begin_stream()
    try:
        for piece in ["[[ ## ans", "wer ## ]]", *(f"{word} " for word in words), "\\n\\n[[ ## completed", " ## ]]"]:
            exchange.piece({"choices": [{"delta": {"content": piece}}]})
            time.sleep(pause)
        exchange.piece("[DONE]")
        exchange.end_stream()
    except (BrokenPipeError, ConnectionResetError):
        gone.set()
        raise

server = FaultServer(slowly).__enter__()
nbdspy.configure(lm=nbdspy.LM("openai/tiny", api_base=server.url, api_key="a-key-of-tests", cache=False))
program = nbdspy.Predict("question -> answer")

class Later(nbdspy.Module):
    def __init__(self):
        self.ask = nbdspy.Predict("question -> answer")

    async def forward(self, question):
        return await self.ask.acall(question=question)

later = Later()
listeners = [nbdspy.streaming.StreamListener("answer", predict_name=name) for name in ("self", "ask")]
"""
READ = """
said = []
for value in nbdspy.streamify({0}, stream_listeners=[listeners[{1}]], async_streaming=False)(question="Why?"):
    said.append(getattr(value, "chunk", value))
said
"""
AREAD = """
said = []
async for value in nbdspy.streamify({0}, stream_listeners=[listeners[{1}]])(question="Why?"):
    said.append(getattr(value, "chunk", value))
said
"""
SAID = "['Six', ' sevens', ' are', ' forty', ' two.', '', Prediction(answer='Six sevens are forty two.')]"
ON_A_PAGE = {"cellId": "a"}


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    page = Page()
    assert page.run(SETUP) == []
    yield page
    page.close()


def text(page: Page, cell: str) -> str:
    (output,) = page.run(cell)
    assert output["msg_type"] == "execute_result", output["content"]
    return str(output["content"]["data"]["text/plain"])


@pytest.mark.parametrize("cell", [READ, AREAD])
@pytest.mark.parametrize(("program", "listener"), [("program", 0), ("later", 1)])
def test_a_cell_reads_a_stream(page: Page, cell: str, program: str, listener: int) -> None:
    assert text(page, cell.format(program, listener)).replace("\n", "").replace("  ", " ") == SAID


@pytest.mark.parametrize("cell", [READ, AREAD])
def test_pieces_come_while_the_model_speaks(page: Page, cell: str) -> None:
    timed = cell.replace("said.append(", "said.append(time.monotonic()) or (").replace("said\n", "said[-1] - said[0]\n")

    assert float(text(page, timed.format("program", 0))) > 0.2


@pytest.mark.parametrize("cell", [READ, AREAD])
@pytest.mark.parametrize(("program", "listener"), [("program", 0), ("later", 1)])
def test_an_interrupt_reaches_the_model(page: Page, cell: str, program: str, listener: int) -> None:
    page.run("words = ['word'] * 1000; gone.clear(); said = []")

    def press() -> None:
        time.sleep(1.0)
        page.manager.interrupt_kernel()

    began = time.monotonic()
    outputs = page.run(cell.format(program, listener), meanwhile=press)
    took = time.monotonic() - began
    reached = text(page, "gone.wait(3), len(said) > 3")
    page.run("words = 'Six sevens are forty two.'.split(' ')")

    assert kinds(outputs) == ["error"]
    assert outputs[0]["content"]["ename"] in ("KeyboardInterrupt", "CancelledError")
    assert took < 5
    assert reached == "(True, True)"
    assert text(page, READ.format("program", 0)).startswith("['Six'")


@pytest.mark.parametrize("cell", [READ, AREAD])
def test_leaving_reaches_the_model(page: Page, cell: str) -> None:
    page.run("words = ['word'] * 1000; gone.clear()")

    left = cell.replace("    said.append", "    if len(said) > 3: break\n    said.append").replace(
        "\nsaid\n", "\nimport asyncio\nawait asyncio.to_thread(gone.wait, 3)\n"
    )
    reached = text(page, left.format("program", 0))
    page.run("words = 'Six sevens are forty two.'.split(' ')")

    assert reached == "True"


@pytest.mark.parametrize("name", ["program", "later"])
def test_predict_writes_into_one_output(page: Page, name: str) -> None:
    outputs = page.run(f"%%predict {name}\nquestion: Why?\n", metadata=ON_A_PAGE)

    texts = [output["content"]["data"]["text/plain"] for output in outputs]
    assert kinds(outputs) == ["display_data", "update_display_data"]
    assert len({output["content"]["transient"]["display_id"] for output in outputs}) == 1
    assert texts[0] == f"{name} · asking openai/tiny"
    assert any("answer" in said and "Six" in said for said in page.patches)
    assert texts[-1] == "Prediction(answer='Six sevens are forty two.')"
    assert "[[ ##" not in "".join([*texts, *page.patches])


def test_predict_does_not_flood_the_page(page: Page) -> None:
    page.run("words, pause = ['word'] * 400, 0.005")

    began = time.monotonic()
    outputs = page.run("%%predict program\nWhy?\n", metadata=ON_A_PAGE)
    took = time.monotonic() - began
    patches = page.patches
    page.run("words, pause = 'Six sevens are forty two.'.split(' '), 0.05")

    assert 5 < len(outputs) + len(patches) <= 10 * took + 3


def test_predict_can_be_interrupted(page: Page) -> None:
    page.run("words = ['word'] * 1000; gone.clear()")

    def press() -> None:
        time.sleep(1.0)
        page.manager.interrupt_kernel()

    outputs = page.run("%%predict program\nWhy?\n", metadata=ON_A_PAGE, meanwhile=press)
    reached = text(page, "gone.wait(3)")
    page.run("words = 'Six sevens are forty two.'.split(' ')")

    *shown, error = outputs
    assert error["content"]["ename"] == "KeyboardInterrupt"
    assert shown[-1]["content"]["data"]["text/plain"].startswith("program · It did not come to its end.\nanswer: word")
    assert reached == "True"


def test_without_a_page_predict_shows_its_answer_only(page: Page) -> None:
    outputs: list[dict[str, Any]] = page.run("%%predict program\nWhy?\n")

    assert [output["content"]["data"]["text/plain"] for output in outputs] == [
        "Prediction(answer='Six sevens are forty two.')"
    ]
