"""Programs whose source stands in cells, saved whole and loaded in another process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import nbdspy
from nbdspy.errors import SavedStateError

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell

HERE = str(Path(nbdspy.__file__).parents[1])
LOAD = """
import sys, nbdspy
from nbdspy.testing import DummyLM
lm = DummyLM([{"reasoning": "r", "tone": "dry"}, {"verdict": "True"}, {"tone": "dry"}])
nbdspy.configure(lm=lm)
print(nbdspy.load(sys.argv[1], trust=True)(text="  Well  ")[sys.argv[2]])
print(lm.requests[0].messages[-1]["content"].splitlines()[1])
"""


@pytest.fixture
def cells(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell whose variables are those of the main module, as a kernel's are."""
    shell.user_ns["__name__"] = "__main__"
    monkeypatch.setitem(sys.modules, "__main__", shell.user_module)
    return shell


def run_elsewhere(folder: Path, output: str) -> list[str]:
    """What a new process that knows no cell gets from a saved program, and what it sent first."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOAD, str(folder), output], env={**os.environ, "PYTHONPATH": HERE},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


CELLS = (
    "import enum, re\nfrom nbdspy import ChainOfThought, Module, Predict",
    "WORDS = ['well']\nSPACE = re.compile(r'\\s+')",
    "class Tone(enum.Enum):\n    DRY = 'dry'\n    WARM = 'warm'",
    "%%signature Hear\nHear the tone.\n\ntext: str\n->\ntone: Tone   # of the voice\n",
    "def tidy(text):\n    return text",
    "def tidy(text):\n    '''Later cells win.'''\n    return SPACE.sub(' ', text).strip().lower()",
    "class Listener(Module):\n    def __init__(self):\n        self.hear = ChainOfThought(Hear)\n\n"
    "    def forward(self, text):\n        assert tidy(text) in WORDS\n        return self.hear(text=tidy(text))",
)


def test_a_class_from_cells_is_loaded_in_another_process(cells: Shell, tmp_path: Path) -> None:
    for cell in CELLS:
        cells.run(cell)

    cells.run(f"Listener().save({str(tmp_path / 'listener')!r}, save_program=True)")

    assert run_elsewhere(tmp_path / "listener", "tone") == ["Tone.DRY", "well"]


def test_a_module_cell_is_loaded_in_another_process(cells: Shell, tmp_path: Path) -> None:
    for cell in CELLS:
        cells.run(cell)
    cells.run(
        "%%module Careful\nhear = ChainOfThought(Hear)\ncheck = Predict('text, tone -> verdict: bool')\n\n"
        "def forward(text):\n    return check(text=text, tone=hear(text=tidy(text)).tone.value)  # kept\n"
    )

    cells.run(f"Careful.save({str(tmp_path / 'careful')!r}, save_program=True)")

    assert run_elsewhere(tmp_path / "careful", "verdict") == ["True", "well"]
    assert ".tone.value)  # kept" in (tmp_path / "careful" / "program.py").read_text("utf-8")


def test_a_class_of_which_cells_tell_two_things_is_refused(cells: Shell, tmp_path: Path) -> None:
    for cell in CELLS:
        cells.run(cell)
    cells.run("class Tone(enum.Enum):\n    DRY = 'very dry'\n    WARM = 'warm'")
    cells.run("%signature Hear text -> tone: Tone;")

    with pytest.raises(SavedStateError, match="class Tone is defined in several ways"):
        cells.run(f"Predict(Hear).save({str(tmp_path / 'hear')!r}, save_program=True)")


def test_what_a_cell_got_from_a_magic_is_refused(cells: Shell, tmp_path: Path) -> None:
    cells.run("from nbdspy import Module, Predict")
    cells.run(
        "class Odd(Module):\n    def __init__(self):\n        self.ask = Predict('text -> tone')\n\n"
        "    def forward(self, text):\n        %lm\n        return self.ask(text=text)"
    )

    with pytest.raises(SavedStateError, match=r"`get_ipython`, which Odd uses.* no text form"):
        cells.run(f"Odd().save({str(tmp_path / 'odd')!r}, save_program=True)")


def test_a_notebook_written_for_dspy_saves_what_imports_nbdspy(cells: Shell, tmp_path: Path) -> None:
    cells.run("installed = %nbdspy as dspy")
    try:
        cells.run("import dspy\nfrom dspy import teleprompt")
        cells.run(
            "class Hear(dspy.Module):\n    def __init__(self):\n"
            "        self.ask = dspy.Predict('text -> reasoning, tone')\n\n"
            "    def forward(self, text):\n        assert teleprompt.LabeledFewShot\n"
            "        return dspy.Prediction(tone=self.ask(text=text.strip().lower()).tone)"
        )
        cells.run(f"Hear().save({str(tmp_path / 'hear')!r}, save_program=True)")
    finally:
        cells.run("installed.undo()")

    assert run_elsewhere(tmp_path / "hear", "tone") == ["dry", "well"]


@pytest.mark.parametrize(
    "cell",
    [
        "%%tool tidy\ndef _low(text):\n    return text.strip().lower()\n\n"
        "def tidy(text: str) -> str:\n    'Tidy a text.'\n    return SPACE.sub(' ', _low(text))\n",
        "from nbdspy import Tool\n@Tool\ndef tidy(text: str) -> str:\n    'Tidy a text.'\n"
        "    return SPACE.sub(' ', text.strip().lower())\n",
        "%%tool tidied\ndef tidy(text: str) -> str:\n    'Tidy a text.'\n"
        "    return SPACE.sub(' ', text.strip().lower())\n",
    ],
)
def test_a_program_with_a_tool_of_a_cell_is_loaded_in_another_process(cell: str, cells: Shell, tmp_path: Path) -> None:
    called = "tidied" if "tidied" in cell else "tidy"
    cells.run("import re\nfrom nbdspy import Module, Predict\nSPACE = re.compile(r'\\s+')")
    cells.run(cell)
    cells.run(
        f"class Tidied(Module):\n    def __init__(self):\n        self.tools = {{'tidy': {called}}}\n"
        "        self.hear = Predict('text -> reasoning, tone')\n\n"
        "    def forward(self, text):\n        assert self.tools['tidy'].args == {'text': {'type': 'string'}}\n"
        f"        return self.hear(text={called}(self.tools['tidy'](text=text)))\n"
    )

    cells.run(f"Tidied().save({str(tmp_path / 'tidied')!r}, save_program=True)")

    assert run_elsewhere(tmp_path / "tidied", "tone") == ["dry", "well"]
