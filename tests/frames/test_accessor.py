"""`df.nbdspy`, whichever of the two was imported first."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pandas as pd
import pytest

import nbdspy
from nbdspy.configuration import context
from nbdspy.testing import DummyLM


@pytest.fixture(autouse=True)
def _detached() -> Iterator[None]:
    yield
    nbdspy.frames.detach()


def fresh(code: str) -> str:
    """What a new interpreter prints."""
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_attaching_twice_is_once_and_detaching_takes_it_away() -> None:
    nbdspy.frames.attach()
    nbdspy.frames.attach()
    assert hasattr(pd.DataFrame, "nbdspy")

    nbdspy.frames.detach()
    nbdspy.frames.detach()

    assert not hasattr(pd.DataFrame, "nbdspy")


def test_pandas_may_be_imported_afterwards_and_is_not_by_us() -> None:
    code = (
        "import sys, nbdspy\n"
        "nbdspy.frames.attach()\n"
        "print('pandas' in sys.modules)\n"
        "import pandas\n"
        "print(pandas.DataFrame({'a': [1]}).nbdspy, pandas.__spec__.loader.get_filename('pandas') == pandas.__file__)\n"
        "print(any('frames' in type(finder).__module__ for finder in sys.meta_path))"
    )

    assert fresh(code).splitlines() == ["False", "<1 rows; .predict(program) runs a program on each> True", "False"]


THEIRS = """
import sys
from importlib.machinery import ModuleSpec
from types import SimpleNamespace
import nbdspy

class Finder:
    def find_spec(self, name, path=None, target=None):
        return ModuleSpec(name, self) if name == "pandas" else None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        register = lambda name: lambda accessor: print(name, accessor.__name__)
        module.DataFrame = type("DataFrame", (), {})
        module.api = SimpleNamespace(extensions=SimpleNamespace(register_dataframe_accessor=register))

sys.meta_path.insert(0, Finder())
nbdspy.frames.attach()
import pandas
"""


def test_pandas_may_be_found_by_somebody_elses_finder() -> None:
    assert fresh(THEIRS) == "nbdspy FrameAccessor"


def test_what_is_detached_before_pandas_comes_is_not_attached() -> None:
    code = (
        "import nbdspy\n"
        "nbdspy.frames.attach()\n"
        "nbdspy.frames.detach()\n"
        "import pandas\n"
        "print(hasattr(pandas.DataFrame, 'nbdspy'))"
    )

    assert fresh(code) == "False"


def test_looking_for_pandas_without_importing_it_leaves_us_waiting() -> None:
    code = (
        "import importlib.util, nbdspy\n"
        "nbdspy.frames.attach()\n"
        "importlib.util.find_spec('pandas')\n"
        "import pandas\n"
        "print(hasattr(pandas.DataFrame, 'nbdspy'))"
    )

    assert fresh(code) == "True"


def test_attaching_loads_no_programs() -> None:
    code = "import sys, nbdspy; nbdspy.frames.attach(); print('nbdspy.modules' in sys.modules)"

    assert fresh(code) == "False"


def test_an_accessor_of_somebody_elses_stays() -> None:
    theirs = type("Theirs", (), {"__init__": lambda self, frame: None})
    pd.api.extensions.register_dataframe_accessor("nbdspy")(theirs)
    try:
        with pytest.warns(UserWarning, match=r"nbdspy.frames.predict\(program, df\)"):
            nbdspy.frames.attach()
        nbdspy.frames.detach()

        assert pd.DataFrame.nbdspy is theirs
    finally:
        del pd.DataFrame.nbdspy
        pd.DataFrame._accessors.discard("nbdspy")


def test_it_predicts_as_the_function_does() -> None:
    nbdspy.frames.attach()
    frame = pd.DataFrame({"question": ["6 * 7?"]})

    with context(lm=DummyLM([{"answer": "42"}, {"answer": "42"}])):
        ours = frame.nbdspy.predict("question -> answer", num_threads=1, max_errors=0, resume=False, store=False)
        theirs = nbdspy.frames.predict("question -> answer", frame, store=False)

    pd.testing.assert_frame_equal(ours, theirs)


def test_an_unknown_name_of_the_room_is_told() -> None:
    with pytest.raises(AttributeError, match=r"nbdspy\.frames has no 'predicts'; it has: RowPredicted, attach"):
        nbdspy.frames.predicts  # type: ignore[attr-defined]
