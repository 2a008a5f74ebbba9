"""The playground and labelling in JupyterLab: filled in, labelled by keyboard, saved, and read when all is shut."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.lab import complaints, wait
from tests.browser.ten_minutes import CANNED, SIGNATURE, START, notebook

if TYPE_CHECKING:
    from tests.browser.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = """\
%load_ext nbdspy
from typing import Literal
import nbdspy
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

BAD = '</textarea></select><img src=x onerror="window.owned=1"><script>window.owned=1</script>'

class Task(nbdspy.Signature):
    text: str = nbdspy.InputField(desc=BAD)
    picture: nbdspy.Image | None = nbdspy.InputField(desc=BAD, default=None)
    words: list[str] = nbdspy.InputField(desc=BAD, default=[BAD, "b"])
    choice: Literal["a", BAD] = nbdspy.OutputField(desc=BAD)
    told: str = nbdspy.OutputField(desc=BAD)

nbdspy.configure(lm=FakeLM(lambda request: chat_text({"choice": BAD, "told": BAD}), model=BAD))
bad, helper = nbdspy.Predict(Task), nbdspy.Predict(Task)
"""
CATCH_FILES = """
const click = HTMLInputElement.prototype.click;
HTMLInputElement.prototype.click = function () {
  if (this.type === "file") document.body.append(this); else click.call(this);
};
"""
"""Puts the field behind a button for files where a driver can reach it, in place of the system's window."""
INNOCENT = "return window.owned === undefined && !document.querySelector('.jp-OutputArea img[src=x]');"
UNSHOWN = "model not found"
"""What a page complains of where a form was left open when its kernel ended; its reader is shown the record alone."""


def hit(lab: Lab, *keys: str) -> None:
    """Press keys where the focus is."""
    for key in keys:
        ActionChains(lab.driver).send_keys(key).perform()


def held_with(lab: Lab, holding: str, key: str) -> None:
    """Press a key while another is down."""
    ActionChains(lab.driver).key_down(holding).send_keys(key).key_up(holding).perform()


def focused(lab: Lab) -> str:
    return str(lab.do("return document.activeElement.textContent;"))


@pytest.fixture
def ready(lab: Lab) -> Lab:
    cells = (
        CANNED, START, SIGNATURE, "%playground Intent",
        "%label {test[:6]} --with Intent --out labels",
        "print(labels.frame.labelled.dropna().tolist())\nlabels.as_demos(Intent)",
    )  # fmt: skip
    lab.open("forms.ipynb", notebook(*cells))
    for cell in range(3):
        lab.run(cell)
    return lab


def test_a_form_is_filled_in_run_and_its_case_kept(ready: Lab) -> None:
    lab = ready
    lab.run(3)
    wait(lambda: "fill in" in lab.shows(3), seconds=30)
    lab.driver.set_window_size(1100, 1400)

    text = lab.field(3, "request")
    text.click()
    hit(lab, "could you wake me before the kids get up")
    held_with(lab, Keys.CONTROL, Keys.ENTER)

    wait(lambda: "Answered." in lab.shows(3), seconds=30)

    assert "exactly as sent" in lab.shows(3)
    assert focused(lab) == ""  # still in the field
    lab.press(3, "Keep as example")
    wait(lambda: "1 in all" in lab.shows(3), seconds=30)
    lab.photograph("playground")
    lab.press(3, "Done")
    wait(lambda: not lab.driver.find_elements(By.CSS_SELECTOR, ".nbdspy-form"), seconds=30)
    outputs = lab.outputs(3)
    assert set(outputs[0]["data"]) == {"text/plain", "text/html"}
    assert "wake me before" in lab.shows(3)
    assert lab.do("return window.ended;")


def test_rows_are_labelled_by_keyboard_and_can_be_read_when_all_is_shut(ready: Lab) -> None:
    lab = ready
    lab.run(4)
    wait(lambda: "Accept" in lab.shows(4) and "is being asked" not in lab.shows(4), seconds=30)
    lab.driver.set_window_size(1100, 1400)
    lab.do("document.querySelector('.nbdspy-main').focus();")

    hit(lab, Keys.ENTER)  # accept the first
    wait(lambda: "1 labelled" in lab.shows(4), seconds=30)
    hit(lab, "1", Keys.ENTER)  # the second is an alarm
    wait(lambda: "2 labelled" in lab.shows(4), seconds=30)
    held_with(lab, Keys.SHIFT, Keys.TAB)  # to the field: the third by the name of its choice
    hit(lab, "w", Keys.ENTER)
    wait(lambda: "3 labelled" in lab.shows(4), seconds=30)
    assert lab.do("return document.activeElement.tagName;") == "SELECT"  # the focus stayed
    hit(lab, Keys.ESCAPE, "s")
    wait(lambda: "skipped" in lab.shows(4), seconds=30)
    assert focused(lab) == "Accept"
    lab.photograph("label")

    (said, *_) = lab.run(5)
    assert "'accepted', 'corrected', 'corrected', 'skipped'" in said["text"]
    assert "2 demos" in str(lab.outputs(5))
    lab.shut()
    book = nbformat.read(lab.notebooks / "forms.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    lab.open("again.ipynb", book)
    wait(lambda: "3 of 6" in lab.shows(4), seconds=30)
    assert "1 accepted · 2 corrected · 1 skipped" in lab.shows(4)
    wait(lambda: "Loading widget" not in lab.driver.page_source, seconds=30)
    assert UNSHOWN not in lab.shows(4)
    lab.photograph("label-saved")
    assert all(UNSHOWN in said or "Widget" in said for said in complaints(lab.driver))


def test_hostile_texts_in_every_field_run_nothing_and_every_field_has_a_name(lab: Lab) -> None:
    cells = (
        HOSTILE, "%playground bad helper", "%label {[{'text': BAD}, {'text': BAD + BAD}]} --with bad",
        "from nbdspy.jupyter import label\nlabel([{'text': BAD}], bad, called=BAD, name=BAD)",
    )  # fmt: skip
    lab.open("hostile.ipynb", notebook(*cells))
    for cell in range(4):
        lab.run(cell)
    lab.driver.set_window_size(1100, 2400)
    wait(lambda: "fill in" in lab.shows(1), seconds=30)
    lab.field(1, "text").send_keys("</textarea><img src=x onerror=window.owned=1>", Keys.TAB)
    lab.press(1, "Run")
    wait(lambda: "Answered." in lab.shows(1), seconds=30)
    lab.press(1, "Keep as example")
    wait(lambda: "1 in all" in lab.shows(1), seconds=30)
    wait(lambda: "1–9" in lab.shows(2) and "is being asked" not in lab.shows(2), seconds=30)
    lab.press(2, "Accept")
    wait(lambda: "1 labelled" in lab.shows(2), seconds=30)
    lab.field(2, "told").send_keys("<img src=x onerror=window.owned=1>", Keys.CONTROL, Keys.ENTER)
    wait(lambda: "2 labelled" in lab.shows(2), seconds=30)
    lab.photograph("forms-hostile")

    entered = lab.driver.find_elements(By.CSS_SELECTOR, ".nbdspy-form :is(textarea, select, input:not([type=file]))")
    names = [each.accessible_name for each in entered if each.is_displayed()]
    assert len(names) >= 6
    assert all(names)
    assert lab.do(INNOCENT)
    for cell in (1, 2, 3):
        lab.press(cell, "Done")
    wait(lambda: not lab.driver.find_elements(By.CSS_SELECTOR, ".nbdspy-form"), seconds=30)
    lab.do("document.querySelectorAll('summary').forEach(each => each.parentNode.open || each.click());")
    assert lab.do(INNOCENT)
    assert "<script>window.owned=1</script>" in lab.shows(1) + lab.shows(2)


def test_a_picture_is_chosen_and_a_run_is_stopped_while_the_page_stays_alive(lab: Lab, tmp_path: Path) -> None:
    picture = tmp_path / "cat.png"
    picture.write_bytes(bytes.fromhex("89504e470d0a1a0a"))
    start = (
        "%load_ext nbdspy\nimport threading, nbdspy\nfrom nbdspy.testing import FakeLM\n"
        "from nbdspy.testing.fake import chat_text\nmay, asked = threading.Event(), []\n"
        "def answer(request):\n    asked.append(request)\n    may.wait(60)\n    return chat_text({'seen': 'a cat'})\n"
        "nbdspy.configure(lm=FakeLM(answer))\n"
        "class Look(nbdspy.Signature):\n    picture: nbdspy.Image = nbdspy.InputField()\n"
        "    seen: str = nbdspy.OutputField()"
    )
    cells = (start, "%playground Look", "print(len(asked))", "may.set()", "print(playground.trials[-1].inputs)")
    lab.open("pictures.ipynb", notebook(*cells))
    lab.run(0)
    lab.run(1)
    wait(lambda: "fill in" in lab.shows(1), seconds=30)
    lab.press(1, "Run")
    wait(lambda: "picture is empty" in lab.shows(1), seconds=30)
    lab.do(CATCH_FILES)
    lab.press(1, "Choose picture (0)")
    lab.driver.find_element(By.CSS_SELECTOR, "body > input[type=file]").send_keys(str(picture))
    wait(lambda: "(1)" in lab.shows(1), seconds=30)
    lab.press(1, "Run")
    wait(lambda: "Running" in lab.shows(1), seconds=30)

    assert lab.run(2)[0]["text"] == "1\n"  # cells run meanwhile
    lab.press(1, "Stop")
    wait(lambda: "Stopped." in lab.shows(1), seconds=30)
    lab.run(3)
    lab.press(1, "Run")
    wait(lambda: "Answered." in lab.shows(1), seconds=30)

    assert "image/png, 8 B" in lab.run(4)[0]["text"]
