"""An evaluation of 2,000 calls against a 20 ms server: CPU per call while nobody, a notebook, and a collector watch.

The notebook's share has a limit. The collector's has none: it is for whoever asks for it by `instrument`, and most of
it is OpenTelemetry's own making, queueing and encoding of spans, which is not ours to make cheaper.
"""

from __future__ import annotations

import gc
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import comm
from comm.base_comm import BaseComm

from tests.bench.chat_server import chat_server
from tests.bench.sides import library, say

SECONDS, CALLS, THREADS, TIMES = 0.02, 2_000, 16, 9


def main(side: str) -> None:
    nbdspy = library(side)
    logging.disable()
    with chat_server(SECONDS) as address:
        nbdspy.configure(lm=nbdspy.LM("openai/gpt-4o-mini", api_base=address, api_key="sk-none", cache=False))
        evaluate = _evaluation(nbdspy)
        for way in (_alone, _watched):
            with way():
                evaluate()  # opens the connections, and imports what is used
        ways = {"alone": _alone, "watched": _watched, "exported": lambda: _exported(address)}
        took: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(TIMES):  # in turns, as a busy machine drifts
            for name, way in ways.items():
                took[name].append(_cpu(evaluate, way))
    alone, watched, exported = (median(took[name]) for name in ways)
    say(alone=alone, watched=watched, more=_more(took["watched"], took["alone"]))
    say(exported=exported, exported_more=_more(took["exported"], took["alone"]))


def _more(took: list[float], alone: list[float]) -> float:
    """By how many percent, turn by turn: a machine that others use too is faster in one turn than in the next."""
    return (median(one / other for one, other in zip(took, alone, strict=True)) - 1) * 100


def _evaluation(nbdspy: Any) -> Callable[[], Any]:
    examples = [
        nbdspy.Example(question=f"What is {n} times two?", answer="42").with_inputs("question") for n in range(CALLS)
    ]
    evaluate = nbdspy.Evaluate(devset=examples, metric=_right, num_threads=THREADS)
    program = nbdspy.Predict("question -> answer")
    return lambda: evaluate(program)


def _right(example: Any, prediction: Any, trace: Any = None) -> bool:
    return bool(example.answer == prediction.answer)


def _cpu(evaluate: Callable[[], Any], way: Callable[[], Any]) -> float:
    """Microseconds of this process per call, those of what still had to be sent afterwards with them."""
    gc.collect()  # what the turn before has left is not this one's
    started = time.process_time()
    with way():
        assert evaluate().score == 100
    return (time.process_time() - started) / CALLS * 1e6


@contextmanager
def _alone() -> Iterator[None]:
    yield


@contextmanager
def _watched() -> Iterator[None]:
    """A trace is kept and a live card shown, as by a notebook whose page does no more than take it in."""
    from nbdspy.jupyter.watch import Watch
    from nbdspy.observe import tracing

    screen: Any = _Page()
    with tracing(limit=10 * CALLS), Watch(screen, "qa", "scoring") as watch:
        yield
        watch.stand("done")
    assert screen.told.count("comm_msg") > 10, screen.told


@contextmanager
def _exported(address: str) -> Iterator[None]:
    """The same, and every span is sent."""
    from nbdspy.observe import instrument, uninstrument

    with _watched():
        instrument(endpoint=address)
        yield
        uninstrument()


class _Page:
    """A page that shows the widget of a live card, and keeps what kinds of messages it was told."""

    frontend = "live"

    def __init__(self) -> None:
        self.told: list[str] = []

    def place(self, first: Any, **how: Any) -> Any:
        from nbdspy.jupyter.live import LiveCard
        from nbdspy.jupyter.place import Place

        comm.create_comm = lambda **opened: _Comm(self.told, **opened)
        live = LiveCard(first, lambda what, text: None)
        live.is_seen = True
        return Place(lambda bundle: None, first, live=live, hint=how["hint"], clock=how["clock"])


class _Comm(BaseComm):
    """Encodes what it is told, as a kernel does, and sends it nowhere."""

    def __init__(self, told: list[str], **opened: Any) -> None:
        self._told = told
        super().__init__(**opened)

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any
    ) -> None:
        json.dumps({"data": data, "metadata": metadata, **keys}).encode()
        self._told.append(msg_type)


if __name__ == "__main__":
    main(sys.argv[1])
