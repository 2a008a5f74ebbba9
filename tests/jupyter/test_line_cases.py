"""The cases that the editor's reading of lines is tested with say what Python says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.jupyter.line_cases import cases, mistake

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["text"][:60])
def test_python_says_what_the_case_says(case: dict[str, Any], bare_shell: Shell) -> None:
    bare_shell.user_ns.update(train=[1], x=3)

    assert mistake(case["text"], bare_shell) == case["mistake"]
