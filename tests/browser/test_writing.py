"""Writing our cells in a real JupyterLab: what is offered at the cursor, and told of words and of mistakes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.lab import CURRENT, wait
from tests.browser.ten_minutes import CANNED, SIGNATURE, START, notebook

if TYPE_CHECKING:
    from tests.browser.lab import Lab

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.usefixtures("extension"),
]
OTHER = "def mine(example, prediction): return True"
DATA = """\
from pandas import DataFrame
few = DataFrame({"message": ["a", "b"], "size": [1, 2]})
made, words, number = few.head(1).assign(more=3)[["message"]], ["a"], 3
"""
BUSY = "import time\nfor _ in range(600): time.sleep(0.1)"
HOSTILE = """\
%%signature Hostile
<img src=x onerror="document.title = 'owned'"><script>document.title = 'owned'</script>

a: str  # <b onclick="document.title = 'owned'">bold</b>
->
b: str
"""
WRONG = "%%signature Mood\ntext: str\n->\nmood: Litteral['a']"
TOLD = "return [...document.querySelectorAll(given[0])].map(each => each.innerText);"


def told(lab: Lab, selector: str = ".nbdspy-About") -> list[str]:
    """What tooltips say now."""
    found: list[str] = lab.do(TOLD, selector)
    return found


def test_what_is_known_is_offered_at_once_and_the_kernel_adds_to_it(lab: Lab) -> None:
    lab.open("offers.ipynb", notebook(CANNED, START, OTHER, BUSY, "%evaluate Intent --metric"))
    for cell in range(3):
        lab.run(cell)

    lab.type(4, Keys.END, " ", Keys.TAB)

    wait(lambda: "mine" in lab.offered(), seconds=20)
    offered = lab.offered()
    assert offered[:2] == ["exact_match", "answer_exact_match"]
    assert len(offered) == len(set(offered))
    assert "--metric" not in offered
    lab.type(4, "mi")
    wait(lambda: lab.offered()[:1] == ["mine"], seconds=10)
    lab.type(4, Keys.ENTER)
    assert lab.source(4) == "%evaluate Intent --metric mine"

    lab.type(4, " --th")
    lab.start(3)
    wait(lambda: lab.do(f"{CURRENT} return panel.sessionContext.session.kernel.status;") == "busy", seconds=20)
    invoke = (
        f"{CURRENT} notebook.activeCellIndex = 4; notebook.mode = 'edit'; notebook.activeCell.editor.focus();"
        "await new Promise(done => setTimeout(done, 500)); const began = performance.now();"
        "void jupyterapp.commands.execute('completer:invoke-notebook');"
        "while (!document.querySelector('.jp-Completer-match')) await new Promise(requestAnimationFrame);"
        "return performance.now() - began;"
    )
    for _ in range(3):  # the machine may be busy with something else
        took = lab.do(invoke)
        assert lab.offered() == ["--threads"]
        if took < 900:
            break
        ActionChains(lab.driver).send_keys(Keys.ESCAPE).perform()
    assert took < 900  # JupyterLab waits a second for a kernel that does not answer
    lab.interrupt()
    wait(lambda: lab.do("return window.ended;"), seconds=30)


def test_where_examples_stand_only_examples_are_offered_and_told_of(lab: Lab) -> None:
    lab.open("data.ipynb", notebook(CANNED, START, SIGNATURE, DATA, "%evaluate Intent --data"))
    for cell in range(4):
        lab.run(cell)

    lab.type(4, Keys.END, " ", Keys.TAB)
    wait(lambda: len(lab.offered()) == 5, seconds=20)
    assert lab.offered() == ["train", "val", "test", "few", "made"]  # what only the kernel knows is the last
    lab.type(4, "fe", Keys.ENTER)
    assert lab.source(4) == "%evaluate Intent --data few"
    lab.type(4, " --threads 3", Keys.ESCAPE)
    lab.point_at(4, "few")

    wait(lambda: told(lab) and "few 2 rows" in " ".join(told(lab)[0].split()), seconds=20)
    assert " ".join(told(lab)[0].split()).endswith("message str size int64")


def test_a_line_is_completed_where_it_goes_on_after_a_backslash(lab: Lab) -> None:
    lab.open("longer.ipynb", notebook("%compile Intent --data train \\\n    --me"))

    lab.type(0, Keys.ARROW_DOWN, Keys.END, Keys.TAB)

    wait(lambda: lab.offered() == ["--metric"], seconds=20)


def test_other_cells_are_completed_as_without_us(lab: Lab) -> None:
    lab.open("plain.ipynb", notebook("import nbdspy", "%%tim", "enough = 3\neno"))

    lab.type(2, Keys.ARROW_DOWN, Keys.END, Keys.TAB)
    wait(lambda: lab.offered() == ["enough"], seconds=20)
    lab.do(f"{CURRENT} notebook.mode = 'command';")
    lab.type(1, Keys.END, Keys.TAB)

    wait(lambda: "%%timeit" in lab.offered(), seconds=20)
    assert not {"%%signature", "%%module"} & set(lab.offered())


def test_the_mouse_is_told_of_magics_options_and_programs_while_a_cell_runs(lab: Lab) -> None:
    lab.open("told.ipynb", notebook(CANNED, START, SIGNATURE, HOSTILE, BUSY, "%evaluate Intent --threads 3"))
    for cell in range(4):
        lab.run(cell)
    wait(lambda: lab.do("return !!document.querySelector('.nbdspy-Status');"), seconds=20)
    lab.start(4)
    title = lab.driver.title

    lab.point_at(5, "evaluate")
    wait(lambda: told(lab) and told(lab)[0].startswith("%evaluate PROGRAM Score a program on data"), seconds=10)
    lab.point_at(5, "threads")
    wait(lambda: told(lab) == ["--threads N examples at once; 8."], seconds=10)
    lab.point_at(5, "Intent")
    wait(lambda: told(lab) and "Name what the person wants from the assistant." in told(lab)[0], seconds=20)
    lab.point_at(3, "Hostile")
    wait(lambda: told(lab) and "<img src=x onerror=" in told(lab)[0], seconds=20)
    time.sleep(0.5)

    assert lab.driver.title == title
    assert lab.do("return document.querySelectorAll('.nbdspy-About :is(script, img, [onclick])').length;") == 0
    assert not lab.do("return window.ended;")
    lab.interrupt()
    wait(lambda: lab.do("return window.ended;"), seconds=30)


def test_f8_goes_from_mistake_to_mistake_and_says_what_is_wrong(lab: Lab) -> None:
    lab.open("mistakes.ipynb", notebook("x = 3", WRONG, "y = 4", "%lm smollm2 \\\n    --temprature 0 --as", "%nbdspy"))
    lab.do(f"{CURRENT} notebook.activeCellIndex = 0; notebook.mode = 'command'; notebook.node.focus();")

    def go() -> str:
        ActionChains(lab.driver).send_keys(Keys.F8).perform()
        wait(lambda: told(lab, ".nbdspy-Told"), seconds=10)
        (said,) = told(lab, ".nbdspy-Told")
        return said

    assert go() == "no type is called Litteral. Did you mean Literal?"
    assert lab.do(f"{CURRENT} return [notebook.activeCellIndex, notebook.mode];") == [1, "edit"]
    assert go() == "%lm has no option --temprature. Did you mean --temperature?"
    ActionChains(lab.driver).send_keys(Keys.ESCAPE).perform()
    wait(lambda: not told(lab, ".nbdspy-Told"), seconds=10)
    assert go() == "no type is called Litteral. Did you mean Literal?"
    lab.type(1, Keys.DELETE)

    assert told(lab, ".nbdspy-Told") == []


def test_a_key_tells_of_the_word_at_the_cursor(lab: Lab) -> None:
    lab.open("keys.ipynb", notebook("%lm smollm2 --max-tokens 3"))
    lab.type(0, Keys.END, *[Keys.ARROW_LEFT] * 4)

    lab.chord("h")

    wait(lambda: told(lab) == ["--max-tokens N of each reply."], seconds=10)
    assert lab.source(0) == "%lm smollm2 --max-tokens 3"
    assert lab.driver.find_elements(By.CSS_SELECTOR, "[role=tooltip]")
