"""`%compile --bg` in JupyterLab: its card lives on while other cells run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.lab import wait
from tests.browser.ten_minutes import CANNED, COMPILE, SIGNATURE, START, notebook, texts

if TYPE_CHECKING:
    from tests.browser.lab import Lab


@pytest.mark.browser
@pytest.mark.slow
def test_the_card_goes_on_while_other_cells_run(lab: Lab) -> None:
    cells = (CANNED, START, SIGNATURE, "seconds = 0.05", f"{COMPILE} --bg", "%runs pause", "seconds = 0",
             "%runs resume", "%runs wait", "%runs", "%programs")  # fmt: skip
    lab.open("background.ipynb", notebook(*cells))
    for cell in range(5):
        outputs = lab.run(cell)
        assert not [output for output in outputs if output["output_type"] == "error"], outputs

    def card() -> str:
        return lab.shows(4)

    wait(lambda: "examples" in card(), seconds=20)
    lab.run(5)
    wait(lambda: "paused" in card(), seconds=20)
    lab.run(6)
    lab.run(7)
    wait(lambda: "paused" not in card(), seconds=20)
    (result,) = lab.run(8)

    wait(lambda: "is done; helper holds the best." in card(), seconds=20)
    assert len(lab.outputs(4)) == 1
    assert "points" in texts([result])[0]
    assert "Pause" not in card()
    (runs,), (programs,) = lab.run(9), lab.run(10)
    assert "Intent → helper · random_search · done" in texts([runs])[0]
    assert "helper@1 · random_search · from Intent@1" in texts([programs])[0]
    lab.photograph("background")
