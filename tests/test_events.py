"""The event stream: who hears what, and what listeners cannot break."""

import asyncio
import dataclasses
import gc
import logging
import threading
import weakref
from collections.abc import Iterator
from contextvars import ContextVar, copy_context

import pytest

from nbdspy import events
from nbdspy.events import (
    Event,
    SpanEnded,
    SpanStarted,
    emit,
    heard,
    hears,
    listening,
    listening_here,
    span,
    subscribe,
    unsubscribe,
)
from nbdspy.runtime import in_thread, map_threads


@pytest.fixture(autouse=True)
def _nobody_else_listens() -> Iterator[None]:
    before = events._everywhere
    events._everywhere = events._nobody
    yield
    assert events._everywhere is events._nobody
    events._everywhere = before


def started(seen: list[Event]) -> dict[str, SpanStarted]:
    return {event.name: event for event in seen if isinstance(event, SpanStarted)}


def ended(seen: list[Event]) -> dict[int, SpanEnded]:
    return {event.number: event for event in seen if isinstance(event, SpanEnded)}


class TestListeners:
    def test_a_listener_hears_what_is_said_while_it_listens(self) -> None:
        seen: list[Event] = []
        event = Event()

        emit(Event())
        with listening(seen.append):
            emit(event)
        emit(Event())

        assert seen == [event]

    def test_a_room_defines_its_own_records(self) -> None:
        class Rang(Event):
            """A bell."""

        seen: list[Event] = []
        with listening(seen.append), span("module", "tower") as tower:
            emit(Rang())

        assert isinstance(seen[1], Rang)
        assert seen[1].span == tower.number

    def test_one_can_ask_whether_anybody_listens(self) -> None:
        assert not heard()
        with listening(print):
            assert heard()
        assert not heard()

    def test_a_listener_that_raises_is_logged_once_and_dropped_while_others_hear(self, caplog) -> None:
        seen: list[Event] = []

        def broken(event: Event) -> None:
            raise RuntimeError("no more ink")

        with caplog.at_level(logging.ERROR, "nbdspy"), listening(broken), listening(seen.append):
            emit(Event())
            emit(Event())

        assert len(seen) == 2
        assert [record.name for record in caplog.records] == ["nbdspy"]
        assert "hears no more" in caplog.text
        assert "no more ink" in caplog.text

    def test_a_listener_that_raises_on_many_threads_at_once_is_logged_once(self, caplog) -> None:
        together = threading.Barrier(4, timeout=10)

        def broken(event: Event) -> None:
            together.wait()
            raise RuntimeError("no more ink")

        with listening(broken):
            list(map_threads(lambda _: emit(Event()), range(4), threads=4))

        assert len(caplog.records) == 1

    def test_an_interrupt_passes_through_a_listener(self) -> None:
        def interrupted(event: Event) -> None:
            raise KeyboardInterrupt

        with listening(interrupted), pytest.raises(KeyboardInterrupt):
            emit(Event())

    def test_one_who_listens_twice_and_leaves_once_still_listens(self) -> None:
        seen: list[Event] = []

        with listening(seen.append):
            with listening(seen.append):
                emit(Event())
            emit(Event())

        assert len(seen) == 3

    def test_leaving_twice_does_nothing(self) -> None:
        subscribe(print)
        unsubscribe(print)
        unsubscribe(print)

        assert not heard()

    def test_a_bound_method_can_leave(self) -> None:
        class Watcher:
            def hear(self, event: Event) -> None: ...

        watcher = Watcher()
        subscribe(watcher.hear)
        unsubscribe(watcher.hear)

        assert not heard()

    def test_a_listener_may_leave_while_it_hears(self) -> None:
        seen: list[str] = []

        def once(event: Event) -> None:
            seen.append("once")
            unsubscribe(once)

        subscribe(once)
        with listening(lambda event: seen.append("always")):
            emit(Event())
            emit(Event())

        assert seen == ["once", "always", "always"]


class TestListeningHere:
    def test_what_the_block_causes_is_heard_and_what_runs_beside_it_is_not(self) -> None:
        here: list[str] = []
        go = threading.Event()

        def beside() -> None:
            go.wait(10)
            assert not heard()
            emit(SpanStarted(number=0, kind="module", name="beside"))

        thread = threading.Thread(target=beside)
        thread.start()
        with listening_here(lambda event: here.append(event.name)):
            go.set()
            thread.join()
            list(map_threads(lambda name: emit(SpanStarted(number=0, kind="module", name=name)), ["a", "b"], threads=2))
        emit(SpanStarted(number=0, kind="module", name="after"))

        assert sorted(here) == ["a", "b"]
        assert not heard()

    def test_blocks_nest(self) -> None:
        outer: list[Event] = []
        inner: list[Event] = []

        with listening_here(outer.append):
            emit(Event())
            with listening_here(inner.append):
                emit(Event())

        assert (len(outer), len(inner)) == (2, 1)

    def test_one_that_fails_is_logged_once_and_silent_on_every_thread(self, caplog) -> None:
        calls: list[Event] = []

        def fails(event: Event) -> None:
            calls.append(event)
            raise ValueError("no")

        with listening_here(fails):
            list(map_threads(lambda _: emit(Event()), range(5), threads=1))
            emit(Event())

        assert len(calls) == 1
        assert len(caplog.records) == 1
        assert "fails" in caplog.records[0].getMessage()


class Rang(Event):
    """A bell."""


class Chimed(Rang):
    """A bell of a clock."""


class TestWhatIsWanted:
    def test_a_listener_hears_the_kinds_that_it_wants_and_those_made_of_them(self) -> None:
        seen: list[Event] = []

        @hears(Rang)
        def hear(event: Rang) -> None:
            seen.append(event)

        with listening(hear):
            asked = [heard(kind) for kind in (Rang, Chimed, Event, "lm")]
            emit(Event())
            emit(Rang())
            emit(Chimed())

        assert [type(event) for event in seen] == [Rang, Chimed]
        assert asked == [True, True, False, False]

    def test_a_method_says_what_it_wants_for_every_object(self) -> None:
        class Tower:
            def __init__(self) -> None:
                self.rung = 0

            @hears(Rang)
            def hear(self, event: Rang) -> None:
                self.rung += 1

        tower = Tower()
        with listening_here(tower.hear):
            emit(Event())
            emit(Rang())

        assert tower.rung == 1

    def test_work_that_nobody_wants_to_hear_of_has_no_span(self) -> None:
        @hears(Rang)
        def hear(event: Rang) -> None:
            assert event.span is None

        with listening(hear), span("module", "tower") as tower:
            emit(Rang())

        assert tower.number == 0

    def test_who_wants_ends_alone_is_told_no_beginnings(self) -> None:
        seen: list[Event] = []

        @hears(SpanEnded)
        def hear(event: SpanEnded) -> None:
            seen.append(event)

        with listening(hear), span("module", "qa"):
            pass

        assert [type(event) for event in seen] == [SpanEnded]

    def test_who_follows_spans_is_told_of_the_span_itself_at_its_beginning_and_end(self) -> None:
        seen: list[tuple[events.Span, bool]] = []
        records: list[Event] = []

        @hears(events.Span)
        def follow(work: events.Span) -> None:
            seen.append((work, work.is_over))

        with (
            listening(follow),
            listening_here(records.append),
            span("module", "outer") as outer,
            span("tool", "double", inputs=21) as inner,
        ):
            inner.outputs = 42

        assert seen == [(outer, False), (inner, False), (inner, True), (outer, True)]
        assert (inner.around, outer.around) == (outer.number, None)
        assert [type(event) for event in records] == [SpanStarted, SpanStarted, SpanEnded, SpanEnded]
        assert (records[2].at, records[2].outputs) == (inner.at + inner.seconds, 42)

    def test_a_kind_of_work_that_nobody_needs_has_no_span_and_is_told_where_somebody_does(self) -> None:
        seen: list[str] = []

        @hears(events.Span, without=["adapter_parse"])
        def follow(work: events.Span) -> None:
            if not work.is_over:
                seen.append(work.kind)

        def work() -> None:
            with span("predict", "qa"), span("adapter_parse", "chat"), span("lm", "model"):
                pass

        with listening(follow):
            work()
            with listening_here(lambda event: None):
                work()

        assert seen == ["predict", "lm", "predict", "adapter_parse", "lm"]

    def test_a_follower_that_raises_is_logged_once_and_dropped(self, caplog) -> None:
        @hears(events.Span)
        def broken(work: events.Span) -> None:
            raise RuntimeError("no more ink")

        with listening(broken), listening_here(broken), span("module", "qa"), span("lm", "model"):
            pass

        assert len(caplog.records) == 2  # it is in two places
        assert "no more ink" in caplog.text

    def test_a_span_that_is_kept_does_not_keep_the_context_it_ran_in(self) -> None:
        class Large:
            """What somebody's context variable held meanwhile."""

        held: ContextVar[Large] = ContextVar("held")
        context = copy_context()
        large = Large()
        gone = weakref.ref(large)
        context.run(held.set, large)
        kept: list[events.Span] = []

        @hears(events.Span)
        def follow(work: events.Span) -> None:
            kept.append(work)

        def work() -> None:
            with span("module", "qa"):
                pass

        with listening(follow):
            context.run(work)
        del context, large
        gc.collect()

        assert kept
        assert gone() is None


class TestSpans:
    def test_its_events_have_every_field(self) -> None:
        seen: list[Event] = []

        with listening(seen.append), span("module", "qa"):
            pass

        assert [set(vars(event)) for event in seen] == [
            {each.name for each in dataclasses.fields(kind)} for kind in (SpanStarted, SpanEnded)
        ]

    def test_a_span_says_who_worked_on_what_and_what_came_of_it(self) -> None:
        seen: list[Event] = []

        with listening(seen.append), span("tool", "double", instance=self, inputs={"number": 21}) as working:
            assert events.current_span() == working.number
            working.outputs = 42

        began, done = seen
        assert (began.instance, began.inputs) == (self, {"number": 21})
        assert (done.outputs, done.error) == (42, None)
        assert events.current_span() is None

    def test_a_span_that_is_not_current_has_nothing_inside(self) -> None:
        seen: list[Event] = []

        with listening(seen.append), span("lm", "model", current=False):
            emit(Event())

        assert seen[1].span is None

    def test_with_no_listener_nothing_is_built(self, monkeypatch) -> None:
        def built(**values: object) -> None:
            raise AssertionError("a record that nobody hears")

        monkeypatch.setattr(events, "SpanStarted", built)
        monkeypatch.setattr(events, "SpanEnded", built)

        with span("module", "qa") as quiet:
            assert quiet.number == 0

    def test_spans_nest_and_carry_their_parents(self) -> None:
        seen: list[Event] = []

        with listening(seen.append):
            with span("module", "outer") as outer:
                with span("predict", "first") as first:
                    pass
                with span("predict", "second"):
                    emit(Event())
            with span("module", "after"):
                pass

        spans = started(seen)
        assert spans["outer"].span is None
        assert spans["first"].span == spans["second"].span == outer.number
        assert spans["after"].span is None
        said = [event for event in seen if type(event) is Event]
        assert [event.span for event in said] == [spans["second"].number]
        assert ended(seen)[first.number].span == outer.number
        assert ended(seen)[first.number].seconds >= 0

    def test_a_span_ends_with_the_error_that_ended_it(self) -> None:
        seen: list[Event] = []
        error = ValueError("no")

        with listening(seen.append):
            with (
                pytest.raises(ValueError, match="no"),
                span("module", "outer") as outer,
                span("predict", "inner") as inner,
            ):
                raise error
            with span("module", "after"):
                pass

        assert ended(seen)[inner.number].error is error
        assert ended(seen)[outer.number].error is error
        assert started(seen)["after"].span is None

    def test_an_interrupt_ends_a_span_too(self) -> None:
        seen: list[Event] = []

        with listening(seen.append), pytest.raises(KeyboardInterrupt), span("module", "outer"):
            raise KeyboardInterrupt

        assert [type(event) for event in seen] == [SpanStarted, SpanEnded]

    def test_spans_on_mapped_threads_have_the_parent_of_the_map(self) -> None:
        seen: list[Event] = []

        def work(name: str) -> None:
            with span("predict", name), span("lm", f"{name}'s model"):
                pass

        with listening(seen.append), span("module", "outer") as outer:
            list(map_threads(work, ["a", "b", "c", "d"], threads=3))

        spans = started(seen)
        for name in "abcd":
            assert spans[name].span == outer.number
            assert spans[f"{name}'s model"].span == spans[name].number

    def test_spans_of_tasks_and_of_threads_they_wait_for_do_not_mix(self) -> None:
        seen: list[Event] = []

        async def work(name: str) -> None:
            with span("module", name):
                await asyncio.sleep(0)
                await in_thread(lambda: emit(SpanStarted(number=0, kind="lm", name=f"{name}'s")))

        async def both() -> None:
            await asyncio.gather(work("a"), work("b"))

        with listening(seen.append):
            asyncio.run(both())

        spans = started(seen)
        assert spans["a's"].span == spans["a"].number
        assert spans["b's"].span == spans["b"].number

    def test_numbers_are_never_given_twice(self) -> None:
        seen: list[Event] = []

        def work(_: int) -> None:
            with span("predict", "one"):
                pass

        with listening(seen.append):
            list(map_threads(work, range(200), threads=8))

        numbers = [event.number for event in seen if isinstance(event, SpanStarted)]
        assert len(set(numbers)) == 200
