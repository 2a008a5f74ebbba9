"""`%trace` in JupyterLab: a click shows what was sent, and a saved notebook keeps it without a kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.ten_minutes import notebook

if TYPE_CHECKING:
    from tests.browser.lab import Lab

CELLS = (
    "%load_ext nbdspy\nimport time\nfrom nbdspy.testing import FakeLM\nfrom tests.views.samples import MultiHop, chat\n"
    'said = iter([chat({"reasoning": "Look it up.", "query": "height of the Matterhorn"})] * 2\n'
    '            + [chat({"reasoning": "It says so.", "answer": "4478"})])\n'
    "import nbdspy\nnbdspy.configure(lm=FakeLM(lambda request: time.sleep(0.1) or next(said), model='small'))\n"
    'MultiHop()(question="How high is the <b>Matterhorn</b>?");',
    "%trace",
)
TITLES = "return [...document.querySelectorAll('summary')].map(each => each.innerText.replace(/\\s+/g, ' '));"
SENT = (
    "return [...document.querySelectorAll('pre')].filter(each => each.getClientRects().length)"
    ".map(each => each.innerText).filter(text => text.includes('Matterhorn')).join();"
)
PRESS = "document.querySelectorAll('summary')[1].click();"


@pytest.mark.browser
@pytest.mark.slow
def test_a_click_shows_what_was_sent_also_when_the_kernel_is_gone(lab: Lab) -> None:
    lab.open("trace.ipynb", notebook(*CELLS))
    for cell in range(2):
        outputs = lab.run(cell)
        assert not [output for output in outputs if output["output_type"] == "error"], outputs

    def pressed() -> str:
        assert lab.do(SENT) == ""
        lab.do(PRESS)
        return str(lab.do(SENT))

    (output,) = lab.outputs(1)
    assert [title.split()[0] for title in lab.do(TITLES)] == [
        "MultiHop",
        "query[0]",
        "BM25",
        "query[1]",
        "BM25",
        "answer",
    ]
    assert "How high is the <b>Matterhorn</b>?" in pressed()
    lab.photograph("trace")
    kept: Any = lab.saved("trace.ipynb")
    assert kept.cells[1].outputs[0].data["text/html"] == "".join(output["data"]["text/html"])
    lab.shut()

    lab.open("reopened.ipynb", kept)
    assert "How high is the <b>Matterhorn</b>?" in pressed()
