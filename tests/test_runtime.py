"""Drivers, the portal, and mapping over threads with context and interrupts."""

import asyncio
import contextvars
import itertools
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from nbdspy import runtime
from nbdspy.errors import UsageError
from nbdspy.runtime import (
    Ask,
    Do,
    Held,
    Run,
    Slots,
    Steps,
    Use,
    Wait,
    adrive,
    drive,
    in_thread,
    is_mapped,
    map_threads,
    portal,
    whole,
    whole_import,
)
from nbdspy.runtime.loop import Portal

NAME: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")


@dataclass
class Say:
    """An effect that answers, or fails."""

    answer: Any

    def perform(self) -> Any:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    async def aperform(self) -> Any:
        await asyncio.sleep(0)
        return self.perform()


def both_ways(make: Any) -> list[Any]:
    """What the steps return, driven in both ways."""
    return [drive(make()), asyncio.run(adrive(make()))]


class TestDriving:
    def test_both_drivers_give_the_same_answer(self) -> None:
        def steps() -> Steps[list[int]]:
            first = yield Say(1)
            second = yield Say(first + 1)
            return [first, second]

        assert both_ways(steps) == [[1, 2], [1, 2]]

    def test_steps_without_effects_are_done_at_once(self) -> None:
        def steps() -> Steps[str]:
            return "done"
            yield

        assert both_ways(steps) == ["done", "done"]

    def test_steps_may_catch_the_failure_of_an_effect_and_go_on(self) -> None:
        def steps() -> Steps[list[str]]:
            said = []
            for answer in (ValueError("no"), "yes", KeyError("k"), "again"):
                try:
                    said.append((yield Say(answer)))
                except (ValueError, KeyError) as error:
                    said.append(type(error).__name__)
            return said

        assert both_ways(steps) == [["ValueError", "yes", "KeyError", "again"]] * 2

    @pytest.mark.parametrize("failure", [ValueError("no"), KeyboardInterrupt(), asyncio.CancelledError()])
    def test_what_steps_do_not_catch_reaches_the_caller_as_it_is(self, failure) -> None:
        closed = []

        def steps() -> Steps[None]:
            try:
                yield Say(failure)
            finally:
                closed.append(True)

        with pytest.raises(type(failure)) as sync:
            drive(steps())
        with pytest.raises(type(failure)):
            asyncio.run(adrive(steps()))

        assert sync.value is failure
        assert closed == [True, True]

    def test_an_error_of_the_steps_themselves_reaches_the_caller(self) -> None:
        def steps() -> Steps[None]:
            yield Say(1)
            raise LookupError("mine")

        with pytest.raises(LookupError, match="mine"):
            drive(steps())
        with pytest.raises(LookupError, match="mine"):
            asyncio.run(adrive(steps()))

    def test_steps_inside_of_steps_are_driven_along(self) -> None:
        def inner() -> Steps[int]:
            return (yield Say(20)) + 1

        def outer() -> Steps[int]:
            return 2 * (yield from inner())

        assert both_ways(outer) == [42, 42]

    def test_models_and_programs_are_asked_and_run_by_their_own_kind(self) -> None:
        class Thing:
            def send(self, request: str) -> str:
                return f"sent {request}"

            async def asend(self, request: str) -> str:
                return f"sent {request}"

            def __call__(self, **inputs: str) -> str:
                return f"ran {inputs}"

            async def acall(self, **inputs: str) -> str:
                return f"ran {inputs}"

        def steps() -> Steps[tuple[str, str]]:
            asked = yield Ask(Thing(), "it")
            assert (yield Use(Thing(), {"question": "why"})) == "ran {'question': 'why'}"
            return asked, (yield Run(Thing(), {"question": "why"}))

        assert both_ways(steps) == [("sent it", "ran {'question': 'why'}")] * 2

    def test_a_function_of_either_kind_is_done_both_ways(self) -> None:
        async def later() -> int:
            await asyncio.sleep(0)
            return 2

        def steps() -> Steps[tuple[int, int, int]]:
            return (yield Do(lambda: 1)), (yield Do(later)), (yield Do(lambda: later()))

        assert both_ways(steps) == [(1, 2, 2)] * 2

    def test_what_can_be_called_or_awaited_in_another_way_is_done_too(self) -> None:
        class Awaitable:
            def __await__(self) -> Any:
                return asyncio.sleep(0, 1).__await__()

        class Caller:
            async def __call__(self, value: int) -> int:
                assert threading.current_thread() in (threading.main_thread(), portal._thread)  # not one of its own
                return value

        def steps() -> Steps[tuple[int, int]]:
            return (yield Do(Awaitable)), (yield Do(partial(Caller(), 2)))

        assert both_ways(steps) == [(1, 2)] * 2

    def test_what_another_thread_is_doing_can_be_waited_for(self) -> None:
        future: Future[int] = Future()
        runtime.start(lambda: (time.sleep(0.01), future.set_result(42)), "test")

        def steps() -> Steps[int]:
            return (yield Wait(future))

        assert both_ways(steps) == [42, 42]

    def test_a_cancelled_task_closes_its_steps(self) -> None:
        closed = []

        @dataclass
        class Forever:
            async def aperform(self) -> None:
                await asyncio.Event().wait()

        def steps() -> Steps[None]:
            try:
                yield Forever()
            finally:
                closed.append(True)

        async def main() -> None:
            task = asyncio.create_task(adrive(steps()))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(main())
        assert closed == [True]


class TestPortal:
    def test_async_code_runs_from_sync_code_while_a_loop_runs_as_in_a_notebook(self) -> None:
        async def answer() -> int:
            await asyncio.sleep(0.01)
            return 42

        async def cell() -> int:
            return portal.run(answer())

        assert asyncio.run(cell()) == 42

    def test_an_error_arrives_as_it_is(self) -> None:
        error = LookupError("mine")

        async def fail() -> None:
            raise error

        with pytest.raises(LookupError) as caught:
            portal.run(fail())
        assert caught.value is error

    def test_its_own_thread_is_refused_with_what_to_write(self) -> None:
        async def inner() -> int:
            return 1

        async def outer() -> int:
            return portal.run(inner(), instead="await tool.acall(...)")

        with pytest.raises(UsageError, match=r"wait for itself\. Write `await tool\.acall\(\.\.\.\)` there\."):
            portal.run(outer())
        assert portal.run(inner()) == 1

    def test_sync_code_on_a_thread_of_async_code_may_use_it_again(self) -> None:
        async def inner() -> int:
            return 21

        async def outer() -> int:
            return await in_thread(lambda: 2 * portal.run(inner()))

        assert portal.run(outer()) == 42

    def test_it_sees_the_callers_context_and_does_not_change_it(self) -> None:
        async def rename() -> str:
            before = NAME.get()
            NAME.set("somebody")
            return before

        token = NAME.set("me")
        try:
            assert portal.run(rename()) == "me"
            assert NAME.get() == "me"
        finally:
            NAME.reset(token)

    def test_many_threads_use_one_loop_at_the_same_time(self) -> None:
        meeting = Portal()
        gate = asyncio.Event()
        loops = set()

        async def wait(last: bool) -> None:
            loops.add(asyncio.get_running_loop())
            gate.set() if last else await asyncio.wait_for(gate.wait(), 10)

        done = list(map_threads(lambda number: meeting.run(wait(number == 3)), range(4), threads=4))

        assert [item.error for item in done] == [None] * 4
        assert len(loops) == 1

    @pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
    def test_async_code_that_exits_reaches_the_caller_and_leaves_the_loop_alive(self, error) -> None:
        async def leave() -> None:
            raise error

        async def answer() -> int:
            return 42

        with pytest.raises(type(error)):
            portal.run(leave())
        assert portal.run(answer()) == 42

    def test_an_interrupt_cancels_what_it_waits_for(self) -> None:
        said = interrupted(
            """
            import asyncio
            from nbdspy.runtime import portal

            cancelled = threading.Event()

            async def forever():
                try:
                    ready()
                    await asyncio.Event().wait()
                finally:
                    cancelled.set()

            try:
                portal.run(forever())
            except KeyboardInterrupt:
                print("interrupted", cancelled.wait(10))
            """
        )

        assert said == ["interrupted True"]

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
    def test_it_works_in_a_forked_process(self) -> None:
        code = """
            import asyncio, os
            from nbdspy.runtime import portal

            async def answer():
                return 42

            portal.run(answer())
            child = os.fork()
            if child == 0:
                os._exit(portal.run(answer()))
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """

        assert fresh(code) == ["42"]

    def test_it_is_awaited_from_another_loop_with_its_context_and_its_errors(self) -> None:
        async def where() -> tuple[bool, str]:
            return portal.is_here, NAME.get()

        async def fail() -> None:
            raise LookupError("mine")

        async def main() -> tuple[bool, str]:
            NAME.set("caller")
            with pytest.raises(LookupError, match="mine"):
                await portal.arun(fail())
            return await portal.arun(where())

        assert asyncio.run(main()) == (True, "caller")
        assert portal.run(main()) == (True, "caller")

    def test_who_stops_awaiting_it_cancels_what_it_does(self) -> None:
        begun, cancelled = threading.Event(), threading.Event()

        async def forever() -> None:
            begun.set()
            try:
                await asyncio.sleep(600)
            except asyncio.CancelledError:
                cancelled.set()
                raise

        async def main() -> None:
            call = asyncio.ensure_future(portal.arun(forever()))
            while not begun.is_set():
                await asyncio.sleep(0.01)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call

        asyncio.run(main())
        assert cancelled.wait(10)


class TestHeld:
    class Resource:
        """Says which task entered and left it."""

        def __init__(self, *, entering: Exception | None = None, leaving: Exception | None = None) -> None:
            self.entering, self.leaving = entering, leaving
            self.tasks: list[Any] = []
            self.left = threading.Event()

        async def __aenter__(self) -> str:
            if self.entering:
                raise self.entering
            self.tasks.append(asyncio.current_task())
            return "open"

        async def __aexit__(self, *error: object) -> None:
            self.tasks.append(asyncio.current_task())
            self.left.set()
            if self.leaving:
                raise self.leaving

    def test_one_task_enters_it_and_leaves_it_when_it_is_closed(self) -> None:
        resource = self.Resource()

        held = Held(resource)
        was_left = resource.left.is_set()
        held.close()
        held.close()

        assert (held.value, was_left, resource.left.is_set()) == ("open", False, True)
        assert resource.tasks[0] is resource.tasks[1]

    def test_what_it_raises_is_raised_where_it_is_opened_or_closed(self) -> None:
        with pytest.raises(LookupError, match="in"):
            Held(self.Resource(entering=LookupError("in")))
        held = Held(self.Resource(leaving=LookupError("out")))
        with pytest.raises(LookupError, match="out"):
            held.close()

    def test_one_that_nobody_has_any_more_is_left(self) -> None:
        resource = self.Resource()

        held = Held(resource)
        del held

        assert resource.left.wait(10)

    def test_the_portals_own_thread_is_refused(self) -> None:
        async def inside() -> None:
            Held(self.Resource())

        with pytest.raises(UsageError, match="would wait for itself"):
            portal.run(inside())


class TestInThread:
    def test_it_does_not_hold_up_the_loop_and_sees_the_callers_context(self) -> None:
        async def main() -> tuple[str, bool]:
            NAME.set("me")
            release = threading.Event()
            task = asyncio.create_task(in_thread(lambda: (release.wait(10), NAME.get())[1]))
            await asyncio.sleep(0)
            release.set()
            return await task, threading.current_thread() is threading.main_thread()

        assert asyncio.run(main()) == ("me", True)

    def test_an_error_arrives(self) -> None:
        with pytest.raises(ZeroDivisionError):
            asyncio.run(in_thread(lambda: 1 / 0))

    def test_a_caller_that_is_cancelled_leaves_quietly(self) -> None:
        release, left = threading.Event(), threading.Event()

        async def main() -> None:
            task = asyncio.create_task(in_thread(lambda: (release.wait(10), left.set())))
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(main())
        release.set()
        assert left.wait(10)
        time.sleep(0.05)  # an error on the thread would be a warning, and so a failure of this test


class TestMapping:
    @pytest.mark.parametrize("threads", [1, 2, 8])
    def test_every_item_is_done_once_whatever_the_order(self, threads: int) -> None:
        def work(number: int) -> int:
            time.sleep(0.001 * (number % 3))
            return number * number

        done = list(map_threads(work, range(50), threads=threads))

        assert sorted(item.index for item in done) == list(range(50))
        assert all(item.result == item.item**2 and item.item == item.index for item in done)
        assert all(item.error is None and item.seconds >= 0 for item in done)

    @pytest.mark.parametrize("threads", [1, 4])
    def test_each_item_has_its_own_error(self, threads: int) -> None:
        def work(number: int) -> int:
            if number % 2:
                raise ValueError(f"odd: {number}")
            return number

        done = {item.index: item for item in map_threads(work, range(10), threads=threads)}

        assert [str(done[number].error) for number in (1, 9)] == ["odd: 1", "odd: 9"]
        assert [done[number].result for number in (0, 8)] == [0, 8]
        assert done[1].result is None
        assert done[0].error is None

    @pytest.mark.parametrize("threads", [1, 4])
    def test_what_is_no_failure_of_the_item_reaches_the_caller(self, threads: int) -> None:
        def work(number: int) -> None:
            raise SystemExit("out")

        with pytest.raises(SystemExit, match="out"):
            list(map_threads(work, range(10), threads=threads))

    @pytest.mark.parametrize("threads", [1, 3])
    def test_items_run_in_copies_of_the_callers_context(self, threads: int) -> None:
        def work(number: int) -> str:
            before = NAME.get()
            NAME.set(f"item {number}")
            return before

        token = NAME.set("me")
        mapped = map_threads(work, range(9), threads=threads)
        NAME.reset(token)

        assert {item.result for item in mapped} == {"me"}
        assert NAME.get() == "nobody"

    def test_a_feed_is_read_in_the_callers_context(self) -> None:
        token = NAME.set("me")
        names = [item.item for item in map_threads(str, (NAME.get() for _ in range(5)), threads=2)]
        NAME.reset(token)

        assert names == ["me"] * 5

    def test_eight_maps_inside_of_eight_threads_end(self) -> None:
        def inner(number: int) -> int:
            time.sleep(0.001)
            return number

        def outer(number: int) -> int:
            return sum(item.result or 0 for item in map_threads(inner, range(8), threads=8))

        done = list(map_threads(outer, range(16), threads=8))

        assert [item.result for item in done] == [28] * 16

    def test_work_is_really_done_side_by_side(self) -> None:
        together = threading.Barrier(6, timeout=10)

        done = list(map_threads(lambda _: together.wait(), range(6), threads=6))

        assert [item.error for item in done] == [None] * 6

    @pytest.mark.parametrize("count", [300, 3_000])
    def test_the_cost_of_an_item_does_not_depend_on_how_many_there_are(self, count: int) -> None:
        calls = 0

        def counted(frame: Any, event: str, argument: Any) -> None:
            nonlocal calls
            calls += event == "call"

        threading.setprofile(counted)
        sys.setprofile(counted)
        try:
            for _ in map_threads(lambda _: None, range(count), threads=2):
                pass
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

        assert calls / count < 15

    def test_an_infinite_feed_is_read_only_as_places_become_free(self) -> None:
        taken = itertools.count()
        last = 0

        def feed() -> Iterator[int]:
            nonlocal last
            while True:
                last = next(taken)
                yield last

        mapped = map_threads(lambda number: number, feed(), threads=4)
        results = [next(mapped).result for _ in range(20)]
        mapped.close()  # type: ignore[attr-defined]
        time.sleep(0.05)
        stopped_at = last
        time.sleep(0.05)

        assert len(set(results)) == 20
        assert last == stopped_at

    @pytest.mark.parametrize("threads", [1, 4])
    def test_no_item_is_started_once_halted(self, threads: int) -> None:
        started: list[int] = []
        seen = []

        for item in map_threads(started.append, range(1_000), threads=threads, halted=lambda: len(started) >= 10):
            seen.append(item.index)

        assert sorted(seen) == sorted(started)
        assert 10 <= len(started) < 10 + threads

    @pytest.mark.parametrize("threads", [1, 4])
    def test_a_feed_that_raises_reaches_the_caller(self, threads: int) -> None:
        def feed() -> Iterator[int]:
            yield 1
            raise LookupError("the file is gone")

        with pytest.raises(LookupError, match="the file is gone"):
            list(map_threads(str, feed(), threads=threads))

    def test_a_map_that_is_left_early_starts_nothing_more(self) -> None:
        started = []

        def work(number: int) -> None:
            started.append(number)
            time.sleep(0.005)

        mapped = map_threads(work, itertools.count(), threads=4)
        next(mapped)
        mapped.close()  # type: ignore[attr-defined]
        after = len(started)
        time.sleep(0.1)

        assert len(started) <= after + 1
        assert not mappers()

    def test_what_is_left_early_stops_the_maps_inside(self) -> None:
        started = []
        inside = threading.Event()
        ended: Future[type] = Future()

        def inner(number: int) -> None:
            started.append(number)
            inside.set()
            time.sleep(0.005)

        def outer(number: int) -> None:
            if number:
                try:
                    list(map_threads(inner, itertools.count(), threads=2))
                except BaseException as error:
                    ended.set_result(type(error))
                    raise
            inside.wait(10)

        mapped = map_threads(outer, range(2), threads=2)
        next(mapped)
        mapped.close()  # type: ignore[attr-defined]

        assert ended.result(10) is KeyboardInterrupt

    def test_after_a_map_has_ended_its_context_maps_as_usual(self) -> None:
        contexts = [item.result for item in map_threads(lambda _: contextvars.copy_context(), range(4), threads=2)]

        for context in contexts:
            assert context is not None
            assert len(context.run(lambda: list(map_threads(str, range(5), threads=2)))) == 5

    @pytest.mark.parametrize(("items", "most"), [([], 0), ([1], 0), ([1, 2, 3], 3), (range(100), 8)])
    def test_there_are_no_more_threads_than_items(self, items: Any, most: int) -> None:
        seen: set[threading.Thread] = set()

        def work(_: int) -> None:
            seen.update(mappers())
            time.sleep(0.01)

        list(map_threads(work, items, threads=8))

        assert len(seen) <= most

    @pytest.mark.parametrize("items", [[], iter([]), (number for number in range(0))])
    def test_nothing_to_do_is_done(self, items: Any) -> None:
        assert list(map_threads(str, items, threads=4)) == []

    def test_threads_end_with_the_map(self) -> None:
        list(map_threads(lambda _: time.sleep(0.001), range(20), threads=4))
        deadline = time.monotonic() + 5
        while mappers() and time.monotonic() < deadline:
            time.sleep(0.01)

        assert not mappers()


class TestSlots:
    def test_maps_that_share_places_never_have_more_out_than_there_are(self) -> None:
        out, most = [0], [0]
        lock = threading.Lock()

        def work(number: int) -> int:
            with lock:
                out[0] += 1
                most[0] = max(most[0], out[0])
            time.sleep(0.003)
            with lock:
                out[0] -= 1
            return number

        slots = Slots(3)

        def outer(rank: int) -> list[Any]:
            return [done.result for done in map_threads(work, range(20), threads=8, slots=slots, rank=rank)]

        maps = [done.result for done in map_threads(outer, range(4), threads=4)]

        assert most[0] == 3
        assert [sorted(found or []) for found in maps] == [list(range(20))] * 4

    def test_the_map_of_the_lowest_rank_goes_first(self) -> None:
        slots, order = Slots(1), []
        slots.pause()

        def outer(rank: int) -> None:
            list(map_threads(lambda _: order.append(rank), range(5), threads=4, slots=slots, rank=rank))

        with_places = threading.Thread(target=lambda: list(map_threads(outer, [2, 0, 1], threads=3)))
        with_places.start()
        while len(slots._waiting) < 12:  # four workers of each map
            time.sleep(0.001)
        slots.resume()
        with_places.join(10)

        assert order == [0] * 5 + [1] * 5 + [2] * 5

    @pytest.mark.parametrize("threads", [1, 4])
    def test_paused_places_start_nothing_until_they_are_given_again(self, threads: int) -> None:
        slots, started = Slots(2), []

        def work(number: int) -> None:
            started.append(number)
            if number == 3:
                slots.pause()

        mapping = threading.Thread(
            target=lambda: list(map_threads(work, range(30), threads=threads, slots=slots))
        )  # fmt: skip
        mapping.start()
        mapping.join(0.3)
        while_paused = len(started)
        assert mapping.is_alive()
        assert slots.is_paused
        slots.resume()
        mapping.join(10)

        assert while_paused <= 5
        assert sorted(started) == list(range(30))

    @pytest.mark.parametrize("threads", [1, 4])
    def test_what_is_halted_while_it_is_paused_ends(self, threads: int) -> None:
        slots, halted = Slots(1), threading.Event()
        slots.pause()
        threading.Timer(0.05, halted.set).start()

        assert list(map_threads(str, range(9), threads=threads, slots=slots, halted=halted.is_set)) == []
        slots.resume()
        assert len(list(map_threads(str, range(9), threads=threads, slots=slots))) == 9

    def test_an_item_whose_map_is_left_gives_its_place_back(self) -> None:
        slots = Slots(1)
        for threads in (1, 4):
            mapped = map_threads(str, range(9), threads=threads, slots=slots)
            next(mapped)
            mapped.close()  # type: ignore[attr-defined]

        assert [done.result for done in map_threads(str, range(3), threads=1, slots=slots)] == ["0", "1", "2"]


class TestInterrupts:
    def test_results_already_out_are_yielded_and_then_the_interrupt(self) -> None:
        said = interrupted(
            """
            from nbdspy.runtime import map_threads

            go_on = threading.Event()

            def work(number):
                if number == 3:
                    ready(after=lambda: go_on.set())
                if number >= 2:
                    go_on.wait(10)
                    time.sleep(0.05)
                return number

            seen = []
            try:
                for done in map_threads(work, range(1000), threads=4):
                    seen.append(done.result)
            except KeyboardInterrupt:
                print("interrupted", sorted(seen)[:4], len(seen) < 20)
            """
        )

        assert said == ["interrupted [0, 1, 2, 3] True"]

    def test_a_second_interrupt_ends_at_once(self) -> None:
        said = interrupted(
            """
            from nbdspy.runtime import map_threads

            def work(number):
                if number == 1:
                    ready(times=2)
                time.sleep(60)

            started = time.monotonic()
            try:
                list(map_threads(work, range(10), threads=2))
            except KeyboardInterrupt:
                print("interrupted", time.monotonic() - started < 5)
            """
        )

        assert said == ["interrupted True"]

    def test_a_call_that_never_ends_is_waited_for_only_so_long(self) -> None:
        said = interrupted(
            """
            from nbdspy.runtime import mapping

            mapping.GRACE = 3

            def work(number):
                if number == 1:
                    ready()
                    time.sleep(60)
                return number

            seen = []
            try:
                for done in mapping.map_threads(work, range(2), threads=2):
                    seen.append(done.result)
            except KeyboardInterrupt:
                print("interrupted", seen)
            """
        )

        assert said == ["interrupted [0]"]

    def test_an_interrupt_stops_the_maps_inside_and_keeps_what_was_done(self) -> None:
        said = interrupted(
            """
            import itertools
            from nbdspy.runtime import map_threads

            begun = []

            def inner(number):
                begun.append(number)
                if len(begun) == 20:
                    ready()
                time.sleep(0.01)

            def outer(number):
                if number:
                    list(map_threads(inner, itertools.count(), threads=2))
                return number

            seen = []
            try:
                for done in map_threads(outer, range(3), threads=3):
                    seen.append(done.result)
            except KeyboardInterrupt:
                count = len(begun)
                time.sleep(0.2)
                print("interrupted", seen, len(begun) == count)
            """
        )

        assert said == ["interrupted [0] True"]

    def test_an_interrupt_on_a_single_place_ends_the_call_itself(self) -> None:
        said = interrupted(
            """
            from nbdspy.runtime import map_threads

            def work(number):
                if number == 2:
                    ready()
                    time.sleep(60)
                return number

            seen = []
            try:
                for done in map_threads(work, range(10), threads=1):
                    seen.append(done.result)
            except KeyboardInterrupt:
                print("interrupted", seen)
            """
        )

        assert said == ["interrupted [0, 1]"]


class TestLoadingWhole:
    def test_what_was_loaded_is_remembered(self) -> None:
        loads = itertools.count(1)
        load = whole(lambda: next(loads))

        assert [load(), load()] == [1, 1]

    def test_what_failed_is_tried_again(self) -> None:
        answers = iter([Say(ValueError("not yet")), Say("ready")])
        load = whole(lambda: next(answers).perform())

        with pytest.raises(ValueError, match="not yet"):
            load()
        assert load() == "ready"

    def test_many_threads_load_once(self) -> None:
        loads = itertools.count(1)
        load = whole(lambda: (time.sleep(0.05), next(loads))[1])

        assert {done.result for done in map_threads(lambda _: load(), range(8), threads=8)} == {1}

    def test_an_interrupt_ends_the_wait_and_the_next_call_waits_on(self) -> None:
        said = interrupted(
            """
            from nbdspy.runtime import whole

            @whole
            def load():
                print("begun")
                ready()
                time.sleep(0.5)
                return "ended"

            try:
                load()
            except KeyboardInterrupt:
                print(load())
            """
        )

        assert said == ["begun", "ended"]

    def test_a_module_that_is_missing_is_missing_as_always(self) -> None:
        with pytest.raises(ModuleNotFoundError, match="no_such_module"):
            whole_import("no_such_module")

    def test_what_is_imported_ahead_is_there_without_being_waited_for(self) -> None:
        said = fresh(
            """
            import sys, time
            from nbdspy.runtime import import_ahead

            import_ahead("no_such_module")
            import_ahead("colorsys")
            while not hasattr(sys.modules.get("colorsys"), "hls_to_rgb"):
                time.sleep(0.01)
            print("there")
            """
        )

        assert said == ["there"]


def test_a_thread_never_keeps_the_process_alive() -> None:
    started = time.monotonic()

    assert fresh("import time; from nbdspy.runtime import start; start(lambda: time.sleep(60), 'x'); print('out')") == [
        "out"
    ]
    assert time.monotonic() - started < 30


def mappers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("nbdspy-map")]


PRELUDE = """
import os, signal, sys, threading, time

def ready(times=1, after=lambda: None):
    'Interrupt the main thread soon.'
    def press():
        for _ in range(times):
            time.sleep(0.15)
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        time.sleep(0.15)
        after()
    threading.Thread(target=press, daemon=True).start()
"""


def interrupted(code: str) -> list[str]:
    """The lines that a new interpreter prints, in which `ready()` brings an interrupt."""
    if not hasattr(signal, "pthread_kill"):
        pytest.skip("needs pthread_kill")
    return fresh(PRELUDE + textwrap.dedent(code))


def fresh(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


class Heard:
    """Reads a reply while it comes."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def hear(self, text: str) -> None:
        self.said.append(text)

    def end(self, reply: str) -> None:
        self.said.append(f"whole: {reply}")


class Speaker:
    """A model that streams two pieces, or sends them at once."""

    def __init__(self) -> None:
        self.closed = 0

    def send(self, request: str) -> str:
        return "sent"

    async def asend(self, request: str) -> str:
        return "sent"

    def stream(self, request: str) -> Iterator[str]:
        try:
            yield "one "
            yield "two"
        finally:
            self.closed += 1
        return "one two"

    async def astream(self, request: str) -> Any:
        try:
            yield "one "
            yield "two"
            yield ("one two",)
        finally:
            self.closed += 1


class TestReadBy:
    def test_a_reply_is_streamed_to_who_reads_it(self) -> None:
        def steps() -> Steps[Any]:
            return (yield Ask(speaker, "it"))

        speaker, heard = Speaker(), [Heard(), Heard()]
        with runtime.read_by(lambda ask: heard[0]):
            assert drive(steps()) == "one two"
        with runtime.read_by(lambda ask: heard[1]):
            assert asyncio.run(adrive(steps())) == ("one two",)

        assert heard[0].said == ["one ", "two", "whole: one two"]
        assert heard[1].said == ["one ", "two", "whole: ('one two',)"]
        assert speaker.closed == 2

    def test_a_reply_that_nobody_wants_to_read_is_sent(self) -> None:
        def steps() -> Steps[Any]:
            return (yield Ask(Speaker(), "it"))

        with runtime.read_by(lambda ask: None):
            assert both_ways(steps) == ["sent", "sent"]
        assert both_ways(steps) == ["sent", "sent"]

    def test_a_stop_ends_the_stream_at_its_next_piece(self) -> None:
        speaker, heard = Speaker(), Heard()

        with (
            runtime.read_by(lambda ask: heard),
            runtime.stopped_when(lambda: bool(heard.said)),
            pytest.raises(KeyboardInterrupt),
        ):
            Ask(speaker, "it").perform()

        assert heard.said == ["one "]
        assert speaker.closed == 1


class TestStoppedWhen:
    def test_it_ends_what_the_portal_runs(self) -> None:
        begun, cancelled = threading.Event(), threading.Event()

        async def forever() -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.set()
                raise

        with runtime.stopped_when(begun.is_set), pytest.raises(KeyboardInterrupt):
            runtime.portal.run(forever())

        assert cancelled.wait(5)

    def test_a_block_inside_is_stopped_with_the_one_around_it(self) -> None:
        with (
            runtime.stopped_when(lambda: True),
            runtime.stopped_when(lambda: False),
            pytest.raises(KeyboardInterrupt),
        ):
            runtime.check_stopped()
        runtime.check_stopped()


def test_a_timeout_of_what_the_portal_runs_is_its_own() -> None:
    async def late() -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        runtime.portal.run(late())


def test_a_call_knows_whether_it_is_one_of_a_map() -> None:
    inside = [
        done.result for threads in (1, 2) for done in map_threads(lambda _: is_mapped(), range(2), threads=threads)
    ]

    assert inside == [True] * 4
    assert not is_mapped()
