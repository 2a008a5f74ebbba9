"""What passes between a page and its kernel while MIPROv2 compiles, and what is left of it in the saved notebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.bench.busiest import busiest
from tests.browser.lab import CURRENT, LAB, Lab, kept_widgets, mimetypes, wait
from tests.browser.ten_minutes import notebook
from tests.browser.views import START

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

    from tests.browser.lab import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PROPOSE = """\
import re

def answer(request):
    time.sleep(0.01)
    said = request.messages[-1]["content"]
    if "[[ ## request ## ]]\\n" in said:
        return canned.leaf.send(request)
    names = re.findall(r"`\\[\\[ ## (\\w+) ## \\]\\]`", said)
    return chat_text({name: f"Name the device, in {len(model.requests)} words." for name in names})

model = FakeLM(answer, model="small")
nbdspy.configure(lm=model)
train, val, test = nbdspy.datasets.requests()
"""
COMPILE = "%compile Intent --data train --val val --with miprov2 --auto light --out compiled"
LISTEN = f"""{CURRENT} window.heard = [];
panel.sessionContext.session.kernel.anyMessage.connect((_, {{ msg, direction }}) => window.heard.push({{
  direction, kind: msg.header.msg_type, at: Date.parse(msg.header.date) / 1000, content: msg.content,
  parent: msg.parent_header.msg_id, id: msg.header.msg_id,
  bytes: new TextEncoder().encode(JSON.stringify(msg)).length,
}}));"""
SHOWING = ("display_data", "update_display_data", "comm_msg")


@dataclass(frozen=True, slots=True)
class Course:
    """All messages of a cell in their order, and the notebook that was saved after it."""

    heard: list[dict[str, Any]]
    book: Any

    @property
    def shown(self) -> list[dict[str, Any]]:
        """Those that changed the view: its place and its widget; the panel has a comm of its own."""
        got = [each for each in self.heard if each["direction"] == "recv"]
        widgets = {each["content"]["comm_id"] for each in got if each["kind"] == "comm_open"}
        assert widgets
        return [each for each in got if each["kind"] in SHOWING and each["content"].get("comm_id") in {None, *widgets}]


@pytest.fixture(scope="module")
def course(driver: WebDriver, server: Server) -> Course:
    """A compile that was paused and let go on again."""
    page = Lab(server, driver, "messages", route=LAB)
    try:
        return _taken(page)
    finally:
        page.shut()
        page.close()


def _taken(page: Lab) -> Course:
    page.open("messages.ipynb", notebook(START, PROPOSE, COMPILE))
    for cell in range(2):
        assert page.run(cell) == []
    page.do(LISTEN)
    page.start(2)
    wait(lambda: "Stop, keep best" in page.shows(2), seconds=60)
    page.press(2, "Pause")
    wait(lambda: "paused" in page.shows(2), seconds=60)
    page.press(2, "Resume")
    wait(lambda: page.do("return window.ended;"), seconds=240)
    return Course(page.do("return window.heard;"), page.saved("messages.ipynb"))


def test_one_output_of_at_most_50_kb_is_saved_and_no_widget(course: Course) -> None:
    (output,) = course.book.cells[2].outputs

    assert mimetypes(output) == {"text/plain", "text/html"}
    assert "miprov2" in output["data"]["text/plain"]
    assert len(str(output).encode()) < 50_000
    assert kept_widgets(course.book) == []


def test_ten_updates_and_100_kb_come_at_most_in_the_busiest_second(course: Course) -> None:
    """By the kernel's own stamps, so that a slow page makes no difference."""
    at = [each["at"] for each in course.shown]

    assert len(at) > 10
    assert busiest(at, [1 for _ in at]) <= 10
    assert busiest(at, [each["bytes"] for each in course.shown]) <= 100_000


def test_the_page_says_nothing_on_a_channel_that_the_kernel_has_not_opened_yet(course: Course) -> None:
    """ipykernel would complain of a comm that it does not know, in an output of whichever cell runs."""
    opening: dict[str, str] = {}  # the comm by the message that opens it
    opened, spoken = set(), []
    for each in course.heard:
        if each["direction"] == "send" and each["content"].get("target_name") == "nbdspy":
            opening[each["id"]] = each["content"]["comm_id"]
        elif each["kind"] == "status" and each["content"]["execution_state"] == "idle" and each["parent"] in opening:
            opened.add(opening[each["parent"]])
        elif each["direction"] == "send" and each["content"].get("comm_id") in opening.values():
            spoken.append(each["kind"])
            assert each["content"]["comm_id"] in opened

    assert spoken == ["comm_msg", "comm_msg", "comm_close"]
