"""What a page knows of our words without a kernel is what the kernel knows."""

import importlib.util
from pathlib import Path

PLACE = Path(__file__).parents[2] / "labextension" / "vocabulary.py"


def test_a_page_knows_our_words() -> None:
    spec = importlib.util.spec_from_file_location("vocabulary_under_test", PLACE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert module.PLACE.read_text(encoding="utf-8") == module.text(), "`python labextension/vocabulary.py` writes it."
