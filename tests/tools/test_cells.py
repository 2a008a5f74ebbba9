"""Tools from cells."""

from __future__ import annotations

import pytest

from nbdspy.errors import UsageError
from nbdspy.tools import tool


def test_a_misspelt_name_is_pointed_at() -> None:
    with pytest.raises(UsageError, match=r"There is no 'Strng'\. Did you mean str\?") as told:
        tool("def search(query: Strng):\n    return query\n", name="search", scope={})

    assert told.value.lines()[:2] == ["UsageError in search, line 1, column 19", "  def search(query: Strng):"]


def test_a_name_of_the_namespace_may_be_meant() -> None:
    with pytest.raises(UsageError, match=r"Did you mean notebook\?"):
        tool("kept = notbook\n\ndef search(query: str):\n    return query\n", name="search", scope={"notebook": 1})
