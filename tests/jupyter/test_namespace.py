"""Variables of the notebook."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import pytest

from nbdspy.data import Example
from nbdspy.errors import UsageError
from nbdspy.jupyter.namespace import Namespace, check_name

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell


def test_binding_over_something_of_the_user_says_so_once(bare_shell: Shell) -> None:
    names = Namespace(bare_shell)
    bare_shell.run("qa = [1, 2]")

    assert names.bind("qa", Example()) == "qa held a list, which is in _qa now."
    assert bare_shell.user_ns["_qa"] == [1, 2]
    bare_shell.run("qa = [3]")
    assert names.bind("qa", Example()) is None
    assert bare_shell.user_ns["_qa"] == [3]


def test_hiding_a_name_of_python_says_how_it_comes_back(bare_shell: Shell) -> None:
    names = Namespace(bare_shell)

    assert names.bind("print", Example()) == "print now hides Python's own; `del print` brings that back."


def test_an_expression_that_fails_is_a_short_error_that_keeps_its_cause(shell: Shell) -> None:
    lines = shell.fail("%evaluate question->answer --data {1/0}")

    assert lines == [
        "UsageError: {1/0} raised ZeroDivisionError: division by zero",
        "Run the expression in a cell of its own to see where.",
    ]


def test_binding_over_our_own_says_nothing(bare_shell: Shell) -> None:
    names = Namespace(bare_shell)

    assert names.bind("value", 1) is None
    assert names.bind("value", 2) is None
    assert names.bind("example", Example()) is None
    assert names.bind("example", Example()) is None
    assert bare_shell.user_ns["value"] == 2


def test_what_was_bound_is_freed_when_the_notebook_lets_go(bare_shell: Shell) -> None:
    class Model:
        pass

    bound = Model()
    freed = weakref.ref(bound)
    names = Namespace(bare_shell)
    names.bind("lm", bound)
    del bound

    bare_shell.run("del lm")

    assert freed() is None


@pytest.mark.parametrize("name", ["2nd", "class", "a b", ""])
def test_a_name_python_would_not_take_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a variable"):
        check_name(name)


def test_names_leave_out_what_ipython_put_there(bare_shell: Shell) -> None:
    bare_shell.run("mine = 1")

    assert Namespace(bare_shell).names() == ["mine"]
