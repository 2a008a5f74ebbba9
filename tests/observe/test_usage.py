"""Tokens by model: of a block, of threads and tasks, of a prediction."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from nbdspy import events
from nbdspy.configuration import configure, context
from nbdspy.models import Reply, Usage, track_usage, use_cassette
from nbdspy.modules import ChainOfThought, Module, Predict
from nbdspy.runtime import map_threads
from nbdspy.testing import FakeLM

ANSWER = "[[ ## reasoning ## ]]\nSo.\n\n[[ ## answer ## ]]\n42"


def counting(model: str = "fake", **settings: Any) -> FakeLM:
    reply = Reply(texts=(ANSWER,), usage=Usage(prompt=9, completion=2), cost=0.0)
    return FakeLM(lambda request: reply, model=model, **settings)


def total(calls: int) -> dict[str, int]:
    return {"prompt_tokens": 9 * calls, "completion_tokens": 2 * calls, "total_tokens": 11 * calls}


class Both(Module):
    def __init__(self) -> None:
        self.first = Predict("question -> answer")
        self.second = ChainOfThought("question -> answer")

    def forward(self, question: str) -> Any:
        self.first(question=question)
        return self.second(question=question)

    async def aforward(self, question: str) -> Any:
        await self.first.acall(question=question)
        return await self.second.acall(question=question)


def test_the_calls_of_a_block_are_counted_by_model() -> None:
    one, other = counting("one"), counting("other")

    with track_usage() as tracker:
        one("Why?")
        one("How?")
        other("Who?")
    one("When?")

    assert tracker.get_total_tokens() == {"one": total(2), "other": total(1)}
    assert tracker.usage_data == {"one": [total(1), total(1)], "other": [total(1)]}


def test_the_providers_own_cache_is_told_apart() -> None:
    lm = FakeLM(lambda request: Reply(texts=("42",), usage=Usage(prompt=9, completion=2, cached=4)))

    with track_usage() as tracker:
        lm("Why?")
        lm("How?")

    assert tracker.get_total_tokens()["fake"]["prompt_tokens_details"] == {"cached_tokens": 8}


def test_what_our_cache_answers_adds_nothing() -> None:
    lm = counting("cached-in-usage", cache=True)

    with track_usage() as tracker:
        lm("Why?")
        lm("Why?")

    assert tracker.get_total_tokens() == {"cached-in-usage": total(1)}


def test_a_replay_tells_what_the_recording_told(tmp_path: Path) -> None:
    def told(mode: Any) -> dict[str, Any]:
        with use_cassette(mode, tmp_path / "tape.jsonl"), track_usage() as tracker:
            counting()("Why?")
        return tracker.get_total_tokens()

    assert told("record") == told("replay") == {"fake": total(1)}


def test_trackers_nest() -> None:
    lm = counting()

    with track_usage() as outer:
        lm("Why?")
        with track_usage() as inner:
            lm("How?")

    assert (outer.get_total_tokens(), inner.get_total_tokens()) == ({"fake": total(2)}, {"fake": total(1)})


def test_threads_of_a_map_count_and_threads_beside_it_do_not() -> None:
    ask, lm = Predict("question -> answer"), counting()

    def scored(question: str) -> dict[str, Any]:
        with track_usage() as tracker:
            ask(question=question)
        return tracker.get_total_tokens()

    with context(lm=lm), track_usage() as tracker:
        each = [done.result for done in map_threads(scored, [str(number) for number in range(40)], threads=8)]

    assert each == [{"fake": total(1)}] * 40
    assert tracker.get_total_tokens() == {"fake": total(40)}


def test_tasks_count_for_who_started_them() -> None:
    lm = counting()

    async def tracked(calls: int) -> dict[str, Any]:
        with track_usage() as tracker:
            await asyncio.gather(*(lm.acall(str(number)) for number in range(calls)))
        return tracker.get_total_tokens()

    async def both() -> list[Any]:
        return await asyncio.gather(tracked(2), tracked(3))

    assert asyncio.run(both()) == [{"fake": total(2)}, {"fake": total(3)}]


class TestPredictions:
    def test_a_prediction_tells_the_tokens_of_the_calls_that_made_it(self) -> None:
        with context(lm=counting(), track_usage=True):
            assert Predict("question -> answer")(question="Why?").get_lm_usage() == {"fake": total(1)}
            assert Both()(question="Why?").get_lm_usage() == {"fake": total(2)}

    def test_an_awaited_one_does_too(self) -> None:
        with context(lm=counting(), track_usage=True):
            assert asyncio.run(Both().acall(question="Why?")).get_lm_usage() == {"fake": total(2)}

    def test_none_without_the_setting(self) -> None:
        with context(lm=counting()):
            assert Predict("question -> answer")(question="Why?").get_lm_usage() is None
        assert not events.heard()

    def test_the_setting_holds_for_the_process(self) -> None:
        configure(lm=counting(), track_usage=True)

        (done,) = map_threads(lambda question: Predict("question -> answer")(question=question), ["Why?"], threads=2)

        assert done.result.get_lm_usage() == {"fake": total(1)}

    def test_a_copy_tells_the_same(self) -> None:
        with context(lm=counting(), track_usage=True):
            prediction = Predict("question -> answer")(question="Why?")

        assert prediction.copy(answer="43").get_lm_usage() == {"fake": total(1)}

    def test_a_program_that_gives_no_prediction_is_left_alone(self) -> None:
        class Plain(Module):
            def forward(self, question: str) -> str:
                return question

        with context(track_usage=True):
            assert Plain()(question="Why?") == "Why?"

    def test_an_error_leaves_nobody_listening(self) -> None:
        class Fails(Module):
            def forward(self) -> None:
                raise ValueError("no")

        with context(track_usage=True), pytest.raises(ValueError, match="no"):
            Fails()()

        assert not events.heard()
