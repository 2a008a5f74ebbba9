"""The views as notebook cells: what is seen and pressed while a cell runs, and what can be read when all is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.browser.lab import CURRENT, wait

if TYPE_CHECKING:
    from tests.browser.lab import Lab

START = """\
%load_ext nbdspy
import time, nbdspy
from pathlib import Path
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.testing.faults import FaultServer
from tests.views.samples import Intent, household

canned, asked, most = household(), 0, 0

def held():
    while not Path("go").exists():
        time.sleep(0.02)

def answer(request):
    global asked
    asked += 1
    if asked == most:
        held()
    return canned.leaf.send(request)

def hold_at(call):
    global asked, most
    asked, most = 0, call
    Path("go").unlink(missing_ok=True)

nbdspy.configure(lm=FakeLM(answer, model="small"))
train, val, test = (table[:24] for table in nbdspy.datasets.requests())
"""
"""A model that waits in the middle of a cell until a file is there, so that the cell cannot end before it was seen."""
STREAM = """\
REASONING = "To be up before children one has to wake at six. A timer counts down from now, so it is none."
TEXT = chat_text({"reasoning": REASONING, "intent": "alarm"})

def slowly(exchange):
    exchange.begin_stream()
    for start in range(0, len(TEXT), 7):
        exchange.piece({"choices": [{"delta": {"content": TEXT[start : start + 7]}}]})
        if "timer" in TEXT[: start + 7]:
            held()
        time.sleep(0.03)
    exchange.piece("[DONE]")
    exchange.end_stream()

writer = nbdspy.LM("openai/tiny", api_base=FaultServer(slowly).__enter__().url, api_key="a-key-of-tests", cache=False)
helper = nbdspy.ChainOfThought("request -> intent")
helper.set_lm(writer)
hold_at(0)
"""
COMPILE = "%compile Intent --data train --val val --with random_search --threads 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A view and what becomes of it.

    Args:
        before: What runs before it.
        cell: The cell that shows it.
        busy: A cell that runs meanwhile and ends when it was answered; without one, its own cell runs.
        meanwhile: Sees and presses while a cell runs; told of the page and of the view's cell.
        says: What can be read afterwards; what is behind a summary too.
    """

    before: str
    cell: str
    busy: str = ""
    meanwhile: Callable[[Lab, int], None] = lambda page, cell: None
    says: tuple[str, ...]


def _going(page: Lab, cell: int, text: str) -> None:
    """A text comes into the cell, which runs."""
    try:
        wait(lambda: text in page.shows(cell), seconds=60)
    except TimeoutError as error:
        raise AssertionError(f"{text!r} did not come, but:\n{page.shows(cell)}") from error
    assert not page.do("return window.ended;")


def _go(page: Lab) -> None:
    Path(page.notebooks / "go").touch()


def _mark(page: Lab, cell: int) -> None:
    """Remember the header that the page shows."""
    page.do(f"{CURRENT} window.header = notebook.widgets[given[0]].node.querySelector('[data-fragment=header]');", cell)


def _is_patched(page: Lab) -> None:
    """The header is the one that it was: the card was changed, not drawn anew."""
    assert page.do("return window.header.isConnected;")


def _written(page: Lab, cell: int) -> None:
    _going(page, cell, "To be up before children")
    _mark(page, cell)
    _going(page, cell, "six. A timer")
    assert "so it is none" not in page.shows(cell)
    _is_patched(page)
    _go(page)


def _counted(page: Lab, cell: int, count: str) -> None:
    _going(page, cell, "scoring")
    _mark(page, cell)
    _going(page, cell, count)
    _is_patched(page)
    _go(page)


def _steered(page: Lab, cell: int) -> None:
    _going(page, cell, "Stop, keep best")
    _going(page, cell, "as it came")
    _mark(page, cell)
    page.press(cell, "Pause")
    _going(page, cell, "paused")
    page.press(cell, "Resume")
    wait(lambda: "paused" not in page.shows(cell), seconds=60)
    page.press(cell, "Stop, keep best")
    _going(page, cell, "stopping")
    _is_patched(page)
    _go(page)


def _tried(page: Lab, cell: int) -> None:
    _going(page, cell, "fill in")
    page.field(cell, "request").send_keys("could you wake me before the kids get up")
    page.press(cell, "Run")
    _going(page, cell, "Answered.")
    page.press(cell, "Keep as example")


def _labelled(page: Lab, cell: int) -> None:
    wait(lambda: "Accept" in page.shows(cell) and "is being asked" not in page.shows(cell), seconds=60)
    page.press(cell, "Accept")
    _going(page, cell, "1 labelled")
    page.press(cell, "Skip")
    _going(page, cell, "2 of 4: skipped")
    page.press(cell, "Accept")


VIEWS: Final = {
    "prediction": View(
        before=STREAM,
        cell="%%predict helper\ncould you wake me before the kids get up",
        meanwhile=_written,
        says=("so it is none.", "alarm", "exactly as sent", "could you wake me before the kids get up"),
    ),
    "trace": View(
        before="from tests.views.samples import TwoSteps, chat\n"
        "said = iter([chat({'reasoning': 'Look it up.', 'query': 'height'}), chat({'answer': 'True'})])\n"
        "with nbdspy.context(lm=FakeLM(lambda request: next(said), model='small')):\n"
        "    TwoSteps()(question='Is the <b>Matterhorn</b> high?')",
        cell="%trace",
        says=("TwoSteps", "Look it up.", "Is the <b>Matterhorn</b> high?", "[[ ## query ## ]]"),
    ),
    "evaluation": View(
        before="hold_at(9)",
        cell="%evaluate Intent --data test --metric exact_match --threads 1",
        meanwhile=lambda page, cell: _counted(page, cell, "8 of 24 examples"),
        says=("exact_match", "n = 24", "95 % interval", "request", "intent"),
    ),
    "comparison": View(
        before="more = nbdspy.Predict(Intent)\n"
        "more.demos = [nbdspy.Example(request=r, intent=i) for r, i in train.head(8).itertuples(index=False)]\n"
        "hold_at(30)",
        cell="%evaluate Intent more --data test --metric exact_match --threads 1",
        meanwhile=lambda page, cell: _counted(page, cell, "5 of 24 examples"),
        says=("Intent", "more", "gained", "points"),
    ),
    "compile": View(
        before="hold_at(60)",
        cell=f"{COMPILE} --out compiled",
        meanwhile=_steered,
        says=("You stopped it.", "random_search", "as it came", "n = 24"),
    ),
    "program": View(
        before="hold_at(-1)\n"
        "found = nbdspy.compile(Intent, data=train, val=val, metric='exact_match', optimizer='random_search')\n"
        "kept = found.best",
        cell="kept",
        says=(
            "Name what the person wants from the assistant.",
            "demonstrations",
            "Where this comes from",
            "light bulb man",
        ),
    ),
    "playground": View(
        before="",
        cell="%playground Intent",
        busy="while not playground.examples:\n    time.sleep(0.05)",
        meanwhile=_tried,
        says=("could you wake me before the kids get up", "alarm"),
    ),
    "label": View(
        before="",
        cell="%label {test[:4]} --with Intent --out labels",
        busy="while labels.frame.labelled.notna().sum() < 3:\n    time.sleep(0.05)",
        meanwhile=_labelled,
        says=("2 accepted", "1 skipped", "labels.as_demos"),
    ),
}
