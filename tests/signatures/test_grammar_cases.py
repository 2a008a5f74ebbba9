"""The cases that the editor's grammar is tested with say what Python says."""

from typing import Any

import pytest

from tests.signatures.grammar_cases import cases, mistake


@pytest.mark.parametrize("case", cases(), ids=lambda case: repr(case["text"])[:60])
def test_python_says_what_the_case_says(case: dict[str, Any]) -> None:
    assert mistake(case["text"], case.get("types", ())) == case["mistake"]
