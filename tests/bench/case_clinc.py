"""The compile benchmark: six intents of CLINC150 on the small model, before and after random search, held out.

The program is a signature in its short form, as a first try often is. A sentence of instruction would take this model
most of the way by itself, and leave demonstrations little to show.
"""

from __future__ import annotations

import sys
import time

from tests.bench.sides import library, say
from tests.bench.small_model import NAME, missing

SIGNATURE = 'request -> intent: Literal["balance", "transfer", "book_flight", "weather", "recipe", "alarm"]'


def main(seed: int) -> None:
    nbdspy = library("ours")
    if reason := missing():
        say(skipped=reason)
        return
    try:
        train, val, test = nbdspy.datasets.clinc150()
    except nbdspy.errors.DataError as error:
        say(skipped=str(error))
        return
    nbdspy.configure(lm=nbdspy.LM(NAME))
    started = time.monotonic()
    result = nbdspy.compile(nbdspy.signature(SIGNATURE), data=train, val=val, test=test, seed=seed)
    found = result.held_out
    assert found is not None
    difference = found.difference
    say(
        before=100 * found.before.mean, before_low=100 * found.before.interval.low,
        before_high=100 * found.before.interval.high,
        after=100 * found.after.mean, after_low=100 * found.after.interval.low,
        after_high=100 * found.after.interval.high,
        gain=100 * difference.mean, gain_low=100 * difference.low, gain_high=100 * difference.high,
        examples=difference.n, calls=result.calls, minutes=(time.monotonic() - started) / 60,
    )  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[2]))
