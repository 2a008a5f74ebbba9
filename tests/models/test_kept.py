"""Replies that a run keeps: the same work, begun again, finds them and asks nobody."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from nbdspy.errors import BudgetExceeded, LMRefused
from nbdspy.models import Budget, Reply, Request, spending
from nbdspy.models.cassette import Cassette
from nbdspy.models.embedder import Embedder
from nbdspy.models.gate import Gate
from nbdspy.models.kept import keeping, unit
from nbdspy.runtime import map_threads
from nbdspy.testing.fake import FakeLeaf

ASKED = Request(model="fake", prompt="six times seven?")
OTHER = Request(model="fake", prompt="seven times eight?")


class Shelf:
    """Where replies are kept: what a database would hold."""

    def __init__(self) -> None:
        self.held: dict[str, Mapping[str, Any]] = {}

    def find(self, key: str) -> Mapping[str, Any] | None:
        return self.held.get(key)

    def keep(self, key: str, reply: Mapping[str, Any]) -> None:
        assert key not in self.held
        self.held[key] = dict(reply)


class Counting(FakeLeaf):
    """Answers with how often it was asked."""

    def __init__(self) -> None:
        numbers = itertools.count(1)
        self.calls = 0
        super().__init__(lambda request: str(next(numbers)))

    def send(self, request: Request) -> Reply:
        self.calls += 1
        return super().send(request)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def leaf() -> Counting:
    return Counting()


def asked(leaf: Counting, *requests: Request, cache: bool = False) -> list[str]:
    gate = Gate()  # a process of its own: nothing is cached
    return [gate.send(leaf, request, cache=cache).text for request in requests]


@pytest.mark.parametrize("cache", [True, False])
def test_what_was_asked_before_is_found_again(shelf: Shelf, leaf: Counting, cache: bool) -> None:
    with keeping(shelf):
        before = asked(leaf, ASKED, OTHER, cache=cache)
    with keeping(shelf):
        again = asked(leaf, ASKED, OTHER, cache=cache)

    assert before == again == ["1", "2"]
    assert leaf.calls == 2


def test_the_vectors_of_a_function_are_found_again_by_the_next_process(shelf: Shelf) -> None:
    embedded: list[str] = []

    def lengths(texts: list[str]) -> list[list[float]]:
        embedded.extend(texts)
        return [[float(len(text)), 1.0] for text in texts]

    for embed in [Embedder(lengths, caching=False) for _ in range(2)]:  # another embedder, as another process has
        with keeping(shelf):
            assert embed("six").tolist() == [3, 1]

    assert embedded == ["six"]


def test_what_had_not_been_asked_is_asked_now(shelf: Shelf, leaf: Counting) -> None:
    with keeping(shelf):
        asked(leaf, ASKED)
    with keeping(shelf):
        assert asked(leaf, ASKED, OTHER) == ["1", "2"]

    assert leaf.calls == 2


def test_equal_requests_of_one_piece_of_work_keep_their_own_replies(shelf: Shelf, leaf: Counting) -> None:
    with keeping(shelf), unit("vote"):
        assert asked(leaf, ASKED, ASKED, ASKED) == ["1", "2", "3"]
    with keeping(shelf), unit("vote"):
        assert asked(leaf, ASKED, ASKED, ASKED, ASKED) == ["1", "2", "3", "4"]


def test_pieces_of_work_find_their_own_whatever_order_they_are_done_in(shelf: Shelf, leaf: Counting) -> None:
    def work(name: str) -> list[str]:
        with unit(name):
            return asked(leaf, ASKED, OTHER)

    with keeping(shelf):
        before = {name: work(name) for name in ("a", "b", "c")}
    with keeping(shelf):
        done = map_threads(work, ["c", "a", "b"], threads=3)
        again = {each.item: each.result for each in done}

    assert again == before
    assert leaf.calls == 6


def test_streams_and_awaited_calls_are_kept_and_found_too(shelf: Shelf, leaf: Counting) -> None:
    async def awaited() -> list[str]:
        gate = Gate()
        pieces = [piece async for piece in gate.astream(leaf, OTHER, cache=False)]
        return [(await gate.asend(leaf, ASKED, cache=False)).text, *map(str, pieces[:-1])]

    def streamed() -> list[str]:
        return list(Gate().stream(leaf, OTHER, cache=False))

    for _ in range(2):
        with keeping(shelf):
            assert asyncio.run(awaited()) == ["2", "1"]
            assert streamed() == ["3"]

    assert leaf.calls == 3


def test_limits_take_a_found_reply_for_the_call_it_was_and_nothing_is_spent(shelf: Shelf, leaf: Counting) -> None:
    with keeping(shelf):
        asked(leaf, ASKED, OTHER)
    with keeping(shelf), spending(Budget(calls=1)) as budget, pytest.raises(BudgetExceeded):
        asked(leaf, ASKED, OTHER)

    assert budget.spent.calls == 0
    assert budget.spent.recorded == 1
    assert leaf.calls == 2


def test_a_reply_of_the_cache_is_kept_as_one(shelf: Shelf, leaf: Counting) -> None:
    gate = Gate()
    gate.send(leaf, ASKED, cache=True)
    with keeping(shelf):
        assert gate.send(leaf, ASKED, cache=True).cached
    with keeping(shelf), spending(Budget(calls=0)):
        found = Gate().send(leaf, ASKED, cache=False)

    assert found.cached
    assert found.text == "1"


def test_a_cassette_comes_first_and_what_it_says_is_kept(shelf: Shelf, leaf: Counting, tmp_path: Any) -> None:
    tape = Cassette(tmp_path / "tape.jsonl", replays=False, records=True)
    Gate(cassette=tape).send(leaf, ASKED, cache=False)
    tape.close()
    with keeping(shelf):
        assert Gate(cassette=Cassette(tmp_path / "tape.jsonl")).send(leaf, ASKED, cache=False).recorded
    with keeping(shelf):
        assert asked(leaf, ASKED) == ["1"]

    assert leaf.calls == 1


def test_what_cannot_be_kept_is_not_handed_on(leaf: Counting) -> None:
    class Full(Shelf):
        def keep(self, key: str, reply: Mapping[str, Any]) -> None:
            raise OSError("The disk is full.")

    with keeping(Full()), pytest.raises(OSError, match="disk is full"):
        asked(leaf, ASKED)


def test_outside_nothing_is_kept(shelf: Shelf, leaf: Counting) -> None:
    with keeping(shelf):
        pass
    with unit("alone"):
        asked(leaf, ASKED)

    assert shelf.held == {}


def test_a_request_that_failed_finds_what_it_was_answered_when_it_was_asked_again(shelf: Shelf) -> None:
    said = iter([LMRefused("no"), "yes", "yes again"])

    def answer(request: Request) -> str:
        reply = next(said)
        if isinstance(reply, LMRefused):
            raise reply
        return reply

    with keeping(shelf), unit("vote"):
        with pytest.raises(LMRefused):
            Gate().send(FakeLeaf(answer), ASKED, cache=False)
        before = [Gate().send(FakeLeaf(answer), ASKED, cache=False).text for _ in range(2)]
    with keeping(shelf), unit("vote"):
        again = [Gate().send(FakeLeaf(answer), ASKED, cache=False).text for _ in range(2)]

    assert again == before == ["yes", "yes again"]


def test_a_stream_that_nobody_read_to_its_end_is_asked_for_again(shelf: Shelf, leaf: Counting) -> None:
    with keeping(shelf):
        begun = Gate().stream(leaf, ASKED, cache=False)
        next(begun)
        begun.close()
        assert asked(leaf, ASKED) == ["2"]
    with keeping(shelf):
        assert asked(leaf, ASKED) == ["2"]


def test_what_another_piece_of_work_had_from_the_cache_it_has_again(shelf: Shelf, leaf: Counting) -> None:
    gate = Gate()
    with keeping(shelf), unit("a"):
        gate.send(leaf, ASKED, cache=True)

    later = Gate()  # the process was killed before the second piece asked
    with keeping(shelf):
        with unit("a"):
            later.send(leaf, ASKED, cache=True)
        with unit("b"):
            reply = later.send(leaf, ASKED, cache=True)

    assert (reply.text, reply.cached, reply.recorded, leaf.calls) == ("1", True, False, 1)


def test_threads_of_one_piece_of_work_share_its_replies_out_among_themselves(shelf: Shelf, leaf: Counting) -> None:
    def vote(_: int) -> str:
        return Gate().send(leaf, ASKED, cache=False).text

    with keeping(shelf), unit("vote"):
        before = [done.result for done in map_threads(vote, range(40), threads=8)]
    with keeping(shelf), unit("vote"):
        again = [done.result for done in map_threads(vote, range(40), threads=8)]

    assert sorted(map(str, again)) == sorted(map(str, before)) == sorted(map(str, range(1, 41)))
    assert leaf.calls == 40


def test_other_tasks_go_on_while_a_reply_is_being_kept(leaf: Counting) -> None:
    class Slow(Shelf):
        def keep(self, key: str, reply: Mapping[str, Any]) -> None:
            assert ticked.wait(10)
            super().keep(key, reply)

    ticked = threading.Event()

    async def tick() -> None:
        ticked.set()

    async def both() -> Reply:
        sent = asyncio.create_task(Gate().asend(leaf, ASKED, cache=False))
        await asyncio.sleep(0.05)
        await asyncio.create_task(tick())
        return await sent

    with keeping(Slow()):
        assert asyncio.run(both()).text == "1"


def test_a_reply_that_cannot_be_kept_is_counted_all_the_same(leaf: Counting) -> None:
    class Full(Shelf):
        def keep(self, key: str, reply: Mapping[str, Any]) -> None:
            raise OSError("The disk is full.")

    with keeping(Full()), spending(Budget()) as budget, pytest.raises(OSError, match="disk is full"):
        asked(leaf, ASKED)

    assert budget.spent.calls == 1
