"""No key reaches the log: not in a message, not in the traceback of foreign code, not in what a model said."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

import nbdspy
from nbdspy import events
from nbdspy.configuration import context
from nbdspy.models.redaction import MARK
from nbdspy.modules import RLM, Predict
from nbdspy.observe import BaseCallback
from nbdspy.testing import DummyLM

KEY = "sk-0123456789abcdef0123"
FILES = sorted(Path(nbdspy.__file__).parent.rglob("*.py"))


class Refusing(BaseCallback):
    """A callback that quotes what it was refused with."""

    def __repr__(self) -> str:
        return f"Refusing({KEY})"

    def on_module_start(self, call_id, instance, inputs):
        raise RuntimeError(f"{KEY} is refused") from OSError(f"a proxy refused {KEY}")


def test_the_error_of_a_listener(caplog):
    def refused(event):
        raise RuntimeError(f"{KEY} is refused") from OSError(f"a proxy refused {KEY}")

    with events.listening(refused):
        events.emit(events.Event())

    assert KEY not in caplog.text
    assert KEY not in repr(vars(caplog.records[0]))
    assert f"OSError: a proxy refused {MARK}" in caplog.text
    assert f"RuntimeError: {MARK} is refused" in caplog.text


def test_the_error_and_the_name_of_a_callback(caplog):
    with context(lm=DummyLM([{"answer": "42"}]), callbacks=[Refusing()]):
        Predict("question -> answer")(question="?")

    assert KEY not in caplog.text
    assert f"of the callback Refusing({MARK}) failed" in caplog.text
    assert f"RuntimeError: {MARK} is refused" in caplog.text


def test_what_a_model_writes_and_reads_in_a_sandbox(caplog):
    lm = DummyLM([{"reasoning": f"I was told {KEY}.", "code": f"SUBMIT('{KEY}')"}])

    with caplog.at_level(logging.INFO, logger="nbdspy"), context(lm=lm):
        RLM("a -> b", verbose=True)(a="x")

    assert KEY not in caplog.text
    assert f"I was told {MARK}." in caplog.text


def test_an_error_without_a_key_is_left_to_the_handlers_as_it_is(caplog):
    error = RuntimeError("no ink")

    def fails(event):
        raise error

    with events.listening(fails):
        events.emit(events.Event())

    assert caplog.records[0].exc_info[1] is error
    assert "RuntimeError: no ink" in caplog.text


def test_a_listener_that_cannot_be_written_out_ends_nothing(caplog):
    class Unsayable:
        def __repr__(self):
            raise LookupError

        def __call__(self, event):
            raise RuntimeError("no ink")

    with events.listening(Unsayable()):
        events.emit(events.Event())

    assert "hears no more [LookupError when this was written out]" in caplog.text
    assert "RuntimeError: no ink" in caplog.text


def names(code: str) -> Iterator[str]:
    """What the loggers of a file are called, by what stands in the call."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("getLogger", "getChild", "Logger"):
            yield ast.unparse(node)


def test_every_logger_of_the_package_is_the_one_that_takes_keys_out():
    foreign = {"logging.getLogger()", "logging.getLogger(name)"}  # what other packages log, levels alone

    used = {name for path in FILES for name in names(path.read_text(encoding="utf-8"))}

    assert used - foreign == {"logging.getLogger('nbdspy')"}


@pytest.mark.parametrize("made", ["getLogger(__name__)", "logger.getChild('models')", "logging.getLogger('nbdspy.lm')"])
def test_another_one_would_be_found(made):
    assert list(names(f"logger = {made}")) == [made]
