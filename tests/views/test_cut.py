"""Long texts, cut."""

from __future__ import annotations

from nbdspy.views.cut import Allowance, cell


def test_an_allowance_is_shared_and_counted_as_html():
    allowance = Allowance(10)

    assert allowance.take("abcd").note == ""
    second = allowance.take("<<<<")

    assert second.text == "< …"
    assert second.note == "4 characters, the first 1 shown"
    assert allowance.take("x").shown == 0


def test_an_empty_value_says_that_it_is_empty():
    assert cell("  \n") == "(empty)"
    assert cell(["a", 1]) == '["a", 1]'
