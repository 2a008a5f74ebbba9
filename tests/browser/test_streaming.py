"""`%%predict` in JupyterLab while the model writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.lab import wait
from tests.browser.ten_minutes import notebook, texts

if TYPE_CHECKING:
    from tests.browser.lab import Lab

START = """\
%load_ext nbdspy
import time, nbdspy
from nbdspy.testing.faults import FaultServer
from nbdspy.testing.fake import chat_text

REASONING = ("Children get up at seven on school days. To be up before them one has to wake at half past six, "
             "and a timer counts down from now, so it is no timer that is asked for. ") * 2
TEXT = chat_text({"reasoning": REASONING + "<script>alert(1)</script>", "intent": "alarm"})
pause = 0.2

def slowly(exchange):
    exchange.begin_stream()
    for start in range(0, len(TEXT), 7):
        exchange.piece({"choices": [{"delta": {"content": TEXT[start : start + 7]}}]})
        time.sleep(pause)
    exchange.piece("[DONE]")
    exchange.end_stream()

server = FaultServer(slowly).__enter__()
slow = nbdspy.LM("openai/tiny", api_base=server.url, api_key="a-key-of-tests", cache=False)
%lm slow
"""
DEFINE = 'helper = nbdspy.ChainOfThought("request -> intent")'
PREDICT = "%%predict helper\ncould you wake me before the kids get up\n"


@pytest.mark.browser
@pytest.mark.slow
def test_the_answer_is_written_into_its_card(lab: Lab) -> None:
    lab.open("streaming.ipynb", notebook(START, DEFINE, PREDICT))
    lab.run(0)
    lab.run(1)
    seen: list[str] = []

    def written() -> str:
        seen.append(lab.shows(2))
        return seen[-1]

    lab.start(2)
    wait(lambda: "a timer counts" in written(), seconds=60)
    lab.photograph("streaming")  # it goes on meanwhile
    wait(lambda: lab.do("return window.ended;"), seconds=120)

    (output,) = lab.outputs(2)
    assert "writing · predict" in seen[-1]
    assert texts([output])[0].startswith("Prediction(reasoning='Children get up at seven")
    assert "exactly as sent" in output["data"]["text/html"]
    lab.photograph("streamed")
