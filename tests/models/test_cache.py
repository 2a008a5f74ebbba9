"""The reply cache: bounded, latest kept, and equal requests that share one call."""

from __future__ import annotations

import asyncio
import tracemalloc
from concurrent.futures import Future
from dataclasses import replace

import pytest

from nbdspy.models import Extras, Reply
from nbdspy.models.cache import ReplyCache, configure_cache
from nbdspy.runtime import map_threads


def reply(text: str) -> Reply:
    return Reply(texts=(text,))


def test_the_cache_never_holds_more_than_its_bound() -> None:
    cache = ReplyCache(entries=10)

    for number in range(100):
        cache.claim(str(number))
        cache.settle(str(number), reply("x"))

    assert len(cache) == 10
    assert cache.get("99") is not None
    assert cache.get("89") is None


def test_what_was_read_last_is_dropped_last() -> None:
    cache = ReplyCache(entries=2)
    cache.settle("old", reply("old"))
    cache.settle("new", reply("new"))

    cache.get("old")
    cache.settle("newest", reply("newest"))

    assert cache.get("old") is not None
    assert cache.get("new") is None


def test_the_first_to_claim_sends_and_others_wait_for_its_reply() -> None:
    cache = ReplyCache()

    first = cache.claim("key")
    second = cache.claim("key", awaits=True)
    cache.settle("key", reply("42"))

    assert first is None
    assert isinstance(second, Future)
    assert second.result(timeout=1) == reply("42")
    assert cache.claim("key") == Reply(texts=("42",), cached=True)


def test_a_failed_call_tells_those_who_wait_and_leaves_the_key_free() -> None:
    cache = ReplyCache()
    cache.claim("key")
    waiting = cache.claim("key", awaits=True)

    cache.give_up("key")

    assert isinstance(waiting, Future)
    assert waiting.result(timeout=1) is None
    assert cache.claim("key") is None


def test_nobody_is_asked_to_wait_for_a_call_that_its_own_thread_holds_up() -> None:
    cache = ReplyCache()
    cache.claim("key")

    assert cache.claim("key") is None


def test_one_who_stops_waiting_does_not_stop_the_others() -> None:
    cache = ReplyCache()
    cache.claim("key")
    waiting = cache.claim("key", awaits=True)
    assert isinstance(waiting, Future)

    async def give_up_waiting() -> None:
        task = asyncio.ensure_future(asyncio.wrap_future(waiting))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(give_up_waiting())
    cache.settle("key", reply("42"))

    assert waiting.result(timeout=1) == reply("42")


def test_eight_threads_leave_the_cache_whole() -> None:
    cache = ReplyCache(entries=50)

    def use(number: int) -> None:
        key = str(number % 70)
        if cache.claim(key) is None:
            cache.settle(key, reply(key))

    done = list(map_threads(use, range(2_000), threads=8))

    assert not [one.error for one in done if one.error]
    assert len(cache) == 50


def test_what_replies_hold_besides_their_texts_counts() -> None:
    def rich(number: int) -> Reply:
        content = [{"token": f"{number}-{at}", "logprob": -1.0 * at, "top_logprobs": []} for at in range(100)]
        return Reply(texts=("x",), extras=(Extras(logprobs={"content": content}),))

    cache = ReplyCache(size=1_000_000)
    tracemalloc.start()
    try:
        for number in range(500):
            cache.settle(str(number), rich(number))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert 500_000 < held < 2_000_000
    assert cache.get("499") == replace(rich(499), cached=True)


@pytest.mark.parametrize("name", ["tool_calls", "citations", "logprobs"])
def test_every_extra_counts(name: str) -> None:
    cache = ReplyCache(size=10_000)

    for number in range(100):
        extras = Extras(**{name: ({"name": "search", "arguments": {"text": "x" * 1_000}},)})
        cache.settle(str(number), Reply(texts=("",), extras=(extras,)))

    assert 3 < len(cache) < 10


def test_a_cleared_cache_is_empty() -> None:
    cache = ReplyCache()
    cache.settle("key", reply("42"))

    cache.clear()

    assert len(cache) == 0
    assert cache.get("key") is None


def test_dspys_words_for_pickles_are_taken_and_those_that_need_them_say_why_not() -> None:
    configure_cache(enable_disk_cache=False, restrict_pickle=True, safe_types=[dict])
    configure_cache()
    cache = ReplyCache()
    cache.settle("key", Reply(texts=("42",)))

    cache.reset_memory_cache()

    assert len(cache) == 0
    for name in ("save_memory_cache", "load_memory_cache", "put", "cache_key"):
        with pytest.raises(AttributeError, match=rf"ReplyCache\.{name} is left out: .*\. \w+"):
            getattr(cache, name)
