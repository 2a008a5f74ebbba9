"""One place of a page: patched where a widget answers, drawn whole where none does, and no faster than is read."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from comm import get_comm_manager

from nbdspy.jupyter import live, place, rate
from nbdspy.jupyter.live import MIMETYPE, LiveCard
from nbdspy.jupyter.place import Place
from nbdspy.views import Card
from tests.bench.busiest import busiest


class Page:
    """Keeps what was put into it, and its time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.bundles: list[dict[str, Any]] = []
        self.pressed: list[tuple[str, str]] = []

    def place(self, **more: Any) -> Place:
        return Place(self.bundles.append, card(0), clock=lambda: self.now, **more)

    def live(self) -> Widget:
        return Widget(self)


class Widget(LiveCard):
    """A live card of which is kept what it sends."""

    def __init__(self, page: Page) -> None:
        super().__init__(card(0), lambda what, text: page.pressed.append((what, text)))
        self.sent: list[Any] = []
        self._widget.send = lambda content, buffers=None: self.sent.append(content)
        self.comms = [self._widget.comm, self._widget.layout.comm]

    @property
    def open_comms(self) -> int:
        """Those that a page still has a model of."""
        return sum(get_comm_manager().get_comm(comm.comm_id) is comm for comm in self.comms)


def card(number: int, **more: str) -> Card:
    return Card(fragments={"header": "<b>same</b>", "step": f"step {number}", **more}, text=f"step {number}")


def test_a_widget_is_sent_what_changed_and_in_which_order_all_stand() -> None:
    page = Page()
    there = page.place(live=(widget := page.live()))
    widget.is_seen = True

    page.now += 1
    there.show(lambda: card(1, controls="<button>Pause</button>"))

    assert widget.sent == [
        {
            "changed": {"step": "step 1", "controls": "<button>Pause</button>"},
            "order": ["header", "step", "controls"],
        }
    ]
    assert len(page.bundles) == 1
    assert MIMETYPE in page.bundles[0]


def test_nothing_is_sent_when_nothing_changed() -> None:
    page = Page()
    there = page.place(live=(widget := page.live()))
    page.now += 1
    there.show(lambda: card(0))

    assert widget.sent == []


def test_a_view_that_opens_later_is_given_the_last_state() -> None:
    widget = Page().live()
    widget.patch(widget.change(card(7)))

    assert widget._widget.get_state()["fragments"]["step"] == "step 7"


def test_a_page_that_never_answers_is_sent_whole_cards_and_how_to_steer() -> None:
    page = Page()
    there = page.place(live=(widget := page.live()), hint="Interrupt the kernel.")

    page.now += place.PATIENCE + 1
    there.show(lambda: card(1, controls="<button>Pause</button>"))

    assert widget.open_comms == 0
    assert set(page.bundles[-1]) == {"text/plain", "text/html"}
    assert "Interrupt the kernel." in page.bundles[-1]["text/html"]
    assert "<button" not in page.bundles[-1]["text/html"]


def test_states_come_no_faster_than_ten_a_second_and_the_last_is_always_shown() -> None:
    page, waiting = Page(), []

    def later(seconds: float, function: Any) -> Any:
        waiting.append((seconds, function))
        return lambda: None

    there = page.place(later=later)
    for number in range(1, 50):
        page.now += 0.001
        there.show(lambda number=number: card(number))  # type: ignore[misc]

    assert len(page.bundles) == 1
    ((seconds, catch_up),) = waiting
    assert seconds == pytest.approx(place.BETWEEN_UPDATES - 0.001)
    page.now += seconds
    catch_up()
    assert [bundle["text/plain"] for bundle in page.bundles] == ["step 0", "step 49"]


class Hours:
    """A clock that is turned by hand, and what is to be done when it has come so far."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, Any]] = []

    def later(self, seconds: float, function: Any) -> Any:
        entry = (self.now + seconds, function)
        self.due.append(entry)
        return lambda: self.due.remove(entry) if entry in self.due else None

    def turn(self, seconds: float) -> None:
        self.now += seconds
        for entry in [entry for entry in self.due if entry[0] <= self.now]:
            self.due.remove(entry)
            entry[1]()


class Line:
    """What a place sends, in bytes, and when, from what it begins with on."""

    def __init__(self, *, has_widget: bool) -> None:
        self.hours = Hours()
        self.at: list[float] = []
        self.sizes: list[int] = []
        live = Page().live() if has_widget else None
        if live is not None:
            live.is_seen = live.is_over_kept = True
            live._widget.send = lambda content, buffers=None: self._take(content)
        self.place = Place(self._take, card(0), live=live, clock=lambda: self.hours.now, later=self.hours.later)

    def flood(self, characters: int, *, seconds: int, at_once: bool = False) -> None:
        """Show a thousand states a second."""
        for number in range(1_000 * seconds):
            self.place.show(lambda number=number: _large(characters, number), at_once=at_once)  # type: ignore[misc]
            self.hours.turn(0.001)

    def _take(self, content: dict[str, Any]) -> None:
        self.at.append(self.hours.now)
        self.sizes.append(_bytes(content))


@pytest.mark.parametrize("characters", [200, 4_000, 40_000])
@pytest.mark.parametrize("has_widget", [True, False])
@pytest.mark.parametrize("at_once", [True, False])
def test_no_second_holds_more_than_ten_updates_and_100_kb_whatever_happens(
    characters: int, has_widget: bool, at_once: bool
) -> None:
    line = Line(has_widget=has_widget)

    line.flood(characters, seconds=2, at_once=at_once)
    line.flood(characters // 8, seconds=2)
    line.flood(characters, seconds=2)
    line.place.finish({"text/html": "x" * 48_000})

    assert len(line.at) > 6
    assert busiest(line.at, [1 for _ in line.at]) <= rate.UPDATES_A_SECOND
    assert busiest(line.at, line.sizes) <= rate.BYTES_A_SECOND


@pytest.mark.parametrize("has_widget", [True, False])
def test_what_is_larger_than_a_second_may_hold_comes_alone_and_seldom(has_widget: bool) -> None:
    line = Line(has_widget=has_widget)

    line.flood(250_000, seconds=8)

    assert len(line.at) == 4 + has_widget  # what the page keeps of it
    assert busiest(line.at[1:], [1 for _ in line.at[1:]]) == 1
    assert sum(line.sizes[:-1]) <= rate.BYTES_A_SECOND * 8


def _large(characters: int, number: int) -> Card:
    return card(number, table=f'<td title="é">{number}' * (characters // 20))


def _bytes(content: dict[str, Any]) -> int:
    return len(json.dumps(content, ensure_ascii=False).encode())


def test_what_a_page_keeps_of_a_widget_is_renewed_now_and_then_and_says_that_it_is_not_the_end() -> None:
    page, hours = Page(), Hours()
    there = Place(
        page.bundles.append, card(0), live=(widget := page.live()), remedy="Write --resume.",
        clock=lambda: hours.now, later=hours.later,
    )  # fmt: skip
    widget._hear({"do": "here", "over": "kept"})

    for number in range(1, 241):
        hours.turn(0.1)
        there.show(lambda number=number: card(number, controls="<button>"))  # type: ignore[misc]

    kept = page.bundles[1:]
    steps = [int(bundle["text/plain"].split("\n")[0].removeprefix("step ")) for bundle in kept]
    assert steps[0] == pytest.approx(10 * place.PATIENCE, abs=1)
    assert np.diff(steps) == pytest.approx([10 * place.BETWEEN_KEPT] * 2, abs=1)
    assert all(bundle["text/html"].count(f"{place.UNFINISHED} Write --resume.") == 1 for bundle in kept)
    assert all("<button>" not in bundle["text/html"] for bundle in kept)
    assert all(bundle[MIMETYPE]["model_id"] == widget._widget.model_id and live.KEPT in bundle for bundle in kept)
    there.finish(dict(card(300).bundle()))
    hours.turn(20)
    assert page.bundles[-1] == card(300).bundle()


def test_the_last_state_is_kept_though_nothing_comes_after_it() -> None:
    page, hours = Page(), Hours()
    there = Place(page.bundles.append, card(0), live=page.live(), clock=lambda: hours.now, later=hours.later)
    assert there._live is not None
    there._live._hear({"do": "here", "over": "kept"})

    hours.turn(1)
    there.show(lambda: card(1, state="paused"))
    hours.turn(place.PATIENCE)

    assert "paused" in page.bundles[-1]["text/html"]


def test_a_page_that_would_draw_the_widget_anew_is_told_nothing_beside_it() -> None:
    page, hours = Page(), Hours()
    there = Place(page.bundles.append, card(0), live=page.live(), clock=lambda: hours.now, later=hours.later)
    assert there._live is not None
    there._live._hear({"do": "here"})

    for number in range(1, 300):
        hours.turn(0.1)
        there.show(lambda number=number: card(number))  # type: ignore[misc]

    assert len(page.bundles) == 1


def test_a_widget_knows_what_to_say_when_its_kernel_is_gone() -> None:
    widget = LiveCard(card(0, controls="c"), lambda what, text: None, lost=place.lost("Write <b>."))

    state = widget._widget.get_state()

    assert state["order"] == ["header", "step", "controls"]
    assert f"{place.LOST} Write &lt;b&gt;." in state["lost"]
    assert state["address"] == widget._widget.model_id


def test_large_cards_come_less_often() -> None:
    page = Page()
    there = page.place()
    page.now += 1
    there.show(lambda: card(1, table="x" * 3 * rate.BYTES_A_SECOND))
    page.now += 2.5
    there.show(lambda: card(2))
    assert "step 2" not in page.bundles[-1]["text/html"]
    page.now += 1
    there.show(lambda: card(3))

    assert "step 3" in page.bundles[-1]["text/html"]


def test_the_end_stays_and_takes_the_widget_out() -> None:
    page = Page()
    there = page.place(live=(widget := page.live()))

    assert widget.open_comms == 2

    there.finish(dict(card(9).bundle()))
    page.now += 10
    there.show(lambda: card(1))

    assert widget.open_comms == 0
    assert page.bundles[-1]["text/plain"] == "step 9"


def test_the_widget_is_small() -> None:
    assert Path(live.__file__).with_name("live.js").stat().st_size <= 30_000


def test_what_waits_is_shown_by_itself() -> None:
    shown = threading.Event()
    there = Place(lambda bundle: shown.set() if "step 1" in bundle["text/plain"] else None, card(0))

    there.show(lambda: card(1))

    assert shown.wait(5)


def test_buttons_are_told_by_the_widget_and_by_the_channel_of_the_page() -> None:
    page = Page()
    widget = page.live()
    address = widget._widget.address
    opened = get_comm_manager().targets["nbdspy"]

    class Channel:
        def on_msg(self, told: Any) -> None:
            self.told = told

        def on_close(self, closed: Any) -> None:
            self.closed = closed

        def send(self, said: Any) -> None:
            self.said = said

    channel = Channel()
    opened(channel, {"content": {"data": {"to": address}}})
    channel.told({"content": {"data": {"do": "here"}}})
    channel.told({"content": {"data": {"do": "pause"}}})
    channel.told({"content": {"data": "nonsense"}})
    widget._hear({"do": "try", "text": "Answer briefly."})

    assert widget.is_seen
    assert page.pressed == [("pause", ""), ("try", "Answer briefly.")]
    widget.close()
    channel.told({"content": {"data": {"do": "stop"}}})
    assert len(page.pressed) == 2
    assert channel.said == {"gone": True}


def test_who_comes_while_it_is_drawn_does_not_wait_and_is_shown_later() -> None:
    page = Page()
    planned: list[Any] = []

    def later(seconds: float, function: Any) -> Any:
        planned.append(function)
        return lambda: None

    there = page.place(later=later)
    beside = threading.Thread(target=lambda: there.show(lambda: card(2)))

    def slowly() -> Card:
        beside.start()
        beside.join(10)
        assert not beside.is_alive()
        return card(1)

    page.now += 1
    there.show(slowly)
    (catch_up,) = planned
    catch_up()

    assert [bundle["text/plain"] for bundle in page.bundles] == ["step 0", "step 1", "step 2"]
