"""`df.nbdspy.predict` in a notebook."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from nbdspy import configuration
from nbdspy.frames import showing
from nbdspy.jupyter import load, unload
from nbdspy.models import Request
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text
from tests.jupyter.page import Page, kinds

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell


@pytest.fixture
def ready(shell: Shell) -> Shell:
    def answer(request: Request) -> str:
        if "stop here" in str(request.messages):
            raise KeyboardInterrupt
        return chat_text({"parity": "even"})

    configuration.configure(lm=FakeLM(answer), num_threads=1)
    shell.run("%signature Parity number -> parity;")
    shell.run("import pandas\nrows = pandas.DataFrame({'number': ['1', '2', '3']})")
    return shell


def test_it_is_there_and_the_cell_shows_what_pandas_shows(ready: Shell) -> None:
    ready.run("%config NbDspy.mode = 'static'")

    found = ready.run("rows.nbdspy.predict(Parity)")

    assert isinstance(found, pd.DataFrame)
    assert found.parity.tolist() == ["even"] * 3
    assert len(ready.shown) == 1
    assert "number parity error" in ready.text.splitlines()[0]


def test_a_page_sees_it_go_on_in_one_place_which_stays(ready: Shell) -> None:
    ready.run("%config NbDspy.mode = 'live'")

    ready.run("answered = rows.nbdspy.predict(Parity)")

    assert len(ready.shown) == 1
    assert ready.updates >= 1
    assert ready.text == "Parity · predicting · 3 of 3 rows · 3 calls · done"


def test_an_interrupt_leaves_the_state_standing_and_stops(ready: Shell) -> None:
    ready.run("%config NbDspy.mode = 'live'")
    ready.run("rows.loc[2, 'number'] = 'stop here'")

    shown = ready.fail("rows.nbdspy.predict(Parity)")

    assert shown[0].startswith("Stopped: 2 of 3 rows have their answer.")
    assert "2 of 3 rows" in ready.text
    assert "did not come to its end" in ready.text
    assert ready.raised.result.parity.tolist() == ["even", "even", None]


def test_unloading_takes_it_away(bare_shell: Shell) -> None:
    load(bare_shell)
    assert hasattr(pd.DataFrame, "nbdspy")

    unload(bare_shell)

    assert not hasattr(pd.DataFrame, "nbdspy")
    assert showing.showing("work").__class__ is showing.lines("work").__class__
    assert not any("nbdspy" in type(finder).__module__ for finder in sys.meta_path)


@pytest.fixture
def page() -> Iterator[Page]:
    page = Page()
    yield page
    page.close()


def test_in_a_kernel_pandas_may_come_later_and_in_the_same_cell(page: Page) -> None:
    page.run("%load_ext nbdspy")
    page.run("import sys; assert 'pandas' not in sys.modules")

    outputs = page.run(
        "import nbdspy, pandas as pd\n"
        "from nbdspy.testing import DummyLM\n"
        "nbdspy.configure(lm=DummyLM({'6': {'answer': '42'}}))\n"
        "pd.DataFrame({'question': ['6 * 7']}).nbdspy.predict('question -> answer', store=False)"
    )

    assert kinds(outputs) == ["execute_result"]
    assert "42" in outputs[0]["content"]["data"]["text/plain"]
