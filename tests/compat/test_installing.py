"""`import dspy` gives nbdspy: scripts that were written for DSPy run as they are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nbdspy
from nbdspy.errors import UsageError

HERE = str(Path(nbdspy.__file__).parents[1])
INSTALL = "import nbdspy\nnbdspy.install_as_dspy()\n"


def script(code: str, folder: Path) -> str:
    """What a new interpreter prints, with warnings as errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", INSTALL + code], cwd=folder, env={**os.environ, "PYTHONPATH": HERE},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


TUTORIAL = '''
import dspy
from dspy.datasets import __name__ as datasets_name
from dspy.evaluate import Evaluate
from dspy.teleprompt import BootstrapFewShot
from dspy.utils import DummyLM


class Capital(dspy.Signature):
    """Name the capital of a country."""

    country: str = dspy.InputField(desc="in English")
    capital: str = dspy.OutputField()


class Atlas(dspy.Module):
    def __init__(self):
        super().__init__()
        self.name = dspy.ChainOfThought(Capital)

    def forward(self, country):
        return self.name(country=country)


answers = {"France": "Paris", "Spain": "Madrid", "Peru": "Lima"}
lm = DummyLM({key: {"reasoning": "It is known.", "capital": value} for key, value in answers.items()})
dspy.configure(lm=lm)
data = [dspy.Example(country=key, capital=value).with_inputs("country") for key, value in answers.items()]


def right(example, prediction, trace=None):
    return example.capital == prediction.capital


evaluate = Evaluate(devset=data, metric=right, num_threads=2, display_progress=False)
print(evaluate(Atlas()).score)
compiled = BootstrapFewShot(metric=right, max_bootstrapped_demos=2, max_labeled_demos=1).compile(
    Atlas(), trainset=4 * data
)
print(len(compiled.name.predict.demos))
compiled.save("atlas.json")
again = Atlas()
again.load("atlas.json")
print(again.name.predict.demos[0].capital, again(country="Peru").capital)
with dspy.context(lm=DummyLM([{"reasoning": "", "capital": "Rome"}])):
    print(again(country="Italy").capital)
print(isinstance(compiled, dspy.primitives.Module), type(compiled.name).__module__, datasets_name)
'''


def test_a_tutorials_program_is_scored_compiled_saved_and_loaded(tmp_path: Path) -> None:
    assert script(TUTORIAL, tmp_path).splitlines() == [
        "100.0", "2", "Paris Lima", "Rome", "True nbdspy.modules.chain_of_thought dspy.datasets",
    ]  # fmt: skip


IMPORTS = """
import dspy.teleprompt
import dspy as d, dspy.evaluate as scoring
from dspy import *
from dspy.adapters.chat_adapter import ChatAdapter as Chat
from dspy.clients import LM as Model
from dspy.clients.lm import LM as Same
from dspy.dsp.utils.settings import settings as deep
from dspy.evaluate.metrics import answer_exact_match
from dspy.predict import ChainOfThought
from dspy.primitives.example import Example as Row
from dspy.signatures.signature import ensure_signature
from dspy.teleprompt.random_search import BootstrapFewShotWithRandomSearch
from dspy.utils.dummies import DummyLM
from dspy.utils.exceptions import AdapterParseError
import nbdspy

assert Chat is nbdspy.ChatAdapter and Model is Same is nbdspy.LM and deep is settings is nbdspy.settings
assert scoring.Evaluate is Evaluate is nbdspy.Evaluate and Row is Example is nbdspy.Example
assert d is dspy and d.teleprompt.BootstrapFewShot is BootstrapFewShot and issubclass(AdapterParseError, d.DSPyError)
d.settings.configure(lm=DummyLM([{"answer": "42"}]))
assert d.Predict("question -> answer")(question="?").answer == "42"
print(d.__version__)
"""


def test_documented_imports_give_the_same_objects(tmp_path: Path) -> None:
    assert script(IMPORTS, tmp_path).strip() == f"3.4.1+nbdspy.{nbdspy.__version__}"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("from dspy.signatures import OldField", "left out: it declared fields before DSPy 2.5. Use InputField"),
        ("from dspy import Assert", "dspy.Assert is left out: DSPy has taken its assertions back. Use BestOfN"),
        ("import dspy.retrievers.weaviate_rm", "left out: a client of one service. Use a function of yours"),
        ("from dspy.predict.avatar.models import Action", "dspy.predict.avatar is left out"),
        ("from dspy.teleprompt import BootstrapFewShott", "Did you mean BootstrapFewShot?"),
        ("import dspy.telepromt", "Did you mean teleprompt?"),
        ("import dspy; dspy.OpenAI(model='gpt-3.5-turbo')", "dspy.OpenAI is left out: one class reaches"),
    ],
)
def test_an_import_of_what_is_not_here_says_what_to_use(statement: str, message: str, tmp_path: Path) -> None:
    code = f"try:\n    exec({statement!r})\nexcept (ImportError, AttributeError) as error:\n    print(error)\n"

    assert message in script(code, tmp_path)


def test_nothing_heavy_is_loaded_by_it(tmp_path: Path) -> None:
    heavy = "('pydantic', 'litellm', 'pandas', 'numpy')"
    code = f"import sys, dspy.teleprompt\nprint([name for name in {heavy} if name in sys.modules])"

    assert script(code, tmp_path).strip() == "[]"


def test_it_can_be_undone() -> None:
    with nbdspy.install_as_dspy():
        import dspy  # type: ignore[import-not-found]

        again = nbdspy.install_as_dspy()
        assert sys.modules["dspy"] is dspy

    assert not [name for name in sys.modules if name == "dspy" or name.startswith("dspy.")]
    assert dspy.Predict is nbdspy.Predict
    again.undo()
    with nbdspy.install_as_dspy():
        import dspy as second

        assert second is dspy


def test_it_refuses_when_the_real_one_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dspy", type(sys)("dspy"))
    before = list(sys.meta_path)

    with pytest.raises(UsageError, match=r"DSPy itself is imported already.*Restart the kernel"):
        nbdspy.install_as_dspy()

    assert sys.meta_path == before


def test_it_says_what_it_did() -> None:
    with nbdspy.install_as_dspy() as installed:
        assert repr(installed) == "import dspy now gives nbdspy; a name that is not here says what to use."


def test_a_function_keeps_its_name_when_the_module_of_that_name_is_imported(tmp_path: Path) -> None:
    code = (
        "from dspy.streaming.streamify import streamify as inner\n"
        "from dspy.streaming import streamify as outer\n"
        "print(inner is outer is nbdspy.streamify)"
    )

    assert script(code, tmp_path) == "True\n"
