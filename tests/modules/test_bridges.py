"""Programs and functions for code of the other kind."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

import nbdspy
from nbdspy import Predict, asyncify, syncify
from nbdspy.configuration import context, settings
from nbdspy.testing import DummyLM


class Later(nbdspy.Module):
    def __init__(self) -> None:
        self.ask = Predict("question -> answer")

    async def forward(self, question: str) -> Any:
        return await self.ask.acall(question=question)


def test_a_blocking_function_runs_beside_the_loop_in_the_callers_context() -> None:
    def work(number: int) -> tuple[int, int, bool]:
        return number, settings.num_threads, threading.current_thread() is threading.main_thread()

    with context(num_threads=3):
        assert asyncio.run(asyncify(work)(42)) == (42, 3, False)


def test_calls_run_at_once() -> None:
    together = threading.Barrier(3)

    async def three() -> list[int]:
        return await asyncio.gather(*(asyncify(together.wait)(timeout=20) for _ in range(3)))

    assert sorted(asyncio.run(three())) == [0, 1, 2]


@pytest.mark.parametrize("make", [lambda: Predict("question -> answer"), Later])
def test_a_program_of_either_kind_is_awaited(make: Any) -> None:
    with context(lm=DummyLM([{"answer": "42"}])):
        assert asyncio.run(asyncify(make())(question="Why?")).answer == "42"


def test_an_async_program_is_called_plainly_in_a_running_loop() -> None:
    async def cell() -> Any:
        return syncify(Later())(question="Why?").answer, syncify(Later(), in_place=False)(question="Why?").answer

    with context(lm=DummyLM([{"answer": "1"}, {"answer": "2"}])):
        assert asyncio.run(cell()) == ("1", "2")


def test_a_module_in_place_is_itself_and_around_it_has_dspys_keys() -> None:
    program = Later()

    assert syncify(program) is program
    assert list(syncify(program, in_place=False).dump_state()) == ["program.ask"]


def test_what_a_function_raises_comes_through_both_ways() -> None:
    async def broken() -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        syncify(broken)()
    with pytest.raises(LookupError, match="mine"):
        asyncio.run(asyncify(broken)())
