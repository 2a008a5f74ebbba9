"""What `import nbdspy` gives, and what it does not cost."""

import importlib
import json
import subprocess
import sys

import pytest

import nbdspy

HEAVY = ["pydantic", "litellm", "optuna", "pandas", "IPython", "sqlalchemy", "numpy", "scipy", "xllamacpp", "jinja2"]


def fresh(code: str) -> str:
    """What a new interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_import_loads_nothing_heavy_and_prints_nothing() -> None:
    code = f"import sys, json, nbdspy; print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"

    assert json.loads(fresh(code)) == []


def test_a_canned_answer_needs_no_pydantic() -> None:
    code = (
        "import sys, nbdspy\n"
        "from nbdspy.testing import DummyLM\n"
        "nbdspy.configure(lm=DummyLM([{'answer': '42'}]))\n"
        "assert nbdspy.Predict('question -> answer')(question='6 * 7').answer == '42'\n"
        "print('pydantic' in sys.modules)"
    )

    assert fresh(code).strip() == "False"


def test_import_starts_no_thread_and_reads_no_environment_file() -> None:
    assert fresh("import threading, nbdspy; print(threading.active_count())").strip() == "1"


@pytest.mark.parametrize("name", nbdspy.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(nbdspy, name) is not None


@pytest.mark.parametrize("name", [name for name in nbdspy.__all__ if name not in ("__version__", "settings")])
def test_every_public_name_says_what_it_is(name: str) -> None:
    assert (getattr(nbdspy, name).__doc__ or "").strip()


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_of_ours"):
        nbdspy.nothing_of_ours


def test_a_misspelt_name_is_suggested() -> None:
    with pytest.raises(AttributeError, match=r"nbdspy has no 'Evaluat'. Did you mean Evaluate\?"):
        nbdspy.Evaluat


def test_dir_lists_the_public_names() -> None:
    assert "Predict" in dir(nbdspy)
    assert "compile" in dir(nbdspy)


@pytest.mark.parametrize(
    ("name", "room"), [("Corpus", "retrieval"), ("DummyLM", "testing"), ("SandboxError", "errors")]
)
def test_a_name_that_is_in_a_room_says_where(name: str, room: str) -> None:
    with pytest.raises(AttributeError, match=rf"from nbdspy\.{room} import {name}\."):
        getattr(nbdspy, name)
    assert hasattr(importlib.import_module(f"nbdspy.{room}"), name)


def test_every_room_that_a_name_is_told_to_be_in_has_it() -> None:
    for name, room in nbdspy._SOUGHT.items():
        assert hasattr(importlib.import_module(f"nbdspy.{room}"), name)
