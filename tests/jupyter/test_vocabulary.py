"""What a page knows of our words without a kernel is what the kernel knows."""

import importlib.util
import inspect
import json
from pathlib import Path

from nbdspy.evaluation import Evaluate
from nbdspy.jupyter.words import DEFAULT_METRIC, DEFAULT_OPTIMIZER
from nbdspy.optimizers import compile

PLACE = Path(__file__).parents[2] / "labextension" / "vocabulary.py"


def test_a_page_knows_our_words() -> None:
    spec = importlib.util.spec_from_file_location("vocabulary_under_test", PLACE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert module.PLACE.read_text(encoding="utf-8") == module.text(), "`python labextension/vocabulary.py` writes it."


def test_what_a_line_takes_where_nothing_is_said_is_what_a_call_and_a_page_take() -> None:
    schema = json.loads((PLACE.parent / "schema" / "commands.json").read_text(encoding="utf-8"))["properties"]

    assert (schema["optimizer"]["default"], schema["metric"]["default"]) == (DEFAULT_OPTIMIZER, DEFAULT_METRIC)
    assert inspect.signature(compile).parameters["optimizer"].default == DEFAULT_OPTIMIZER
    assert inspect.signature(Evaluate).parameters["metric"].default == DEFAULT_METRIC
