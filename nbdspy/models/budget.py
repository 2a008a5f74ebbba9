"""Counting what is spent, and refusing to go past a limit."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal

from nbdspy.errors import BudgetExceeded, UsageError
from nbdspy.models.messages import Reply, Usage
from nbdspy.render import count, money


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What has been spent so far.

    `calls` reached a model; `cached` and `recorded` were answered without one. `cost` is in US dollars and counts
    the calls whose price is known; `unpriced` counts the others. `vectors` are those of all these that gave vectors.
    """

    calls: int = 0
    cached: int = 0
    recorded: int = 0
    unpriced: int = 0
    vectors: int = 0
    cost: float = 0.0
    usage: Usage = Usage()

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            calls=self.calls + other.calls,
            cached=self.cached + other.cached,
            recorded=self.recorded + other.recorded,
            unpriced=self.unpriced + other.unpriced,
            vectors=self.vectors + other.vectors,
            cost=self.cost + other.cost,
            usage=self.usage + other.usage,
        )


Resource = Literal["usd", "calls", "tokens", "seconds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit of a budget and how much of it is used.

    `of` is `"usd"`, `"calls"`, `"tokens"` or `"seconds"`. `is_known` is false where a reply did not tell what it took:
    then `used` is what is known of it.
    """

    of: Resource
    used: float
    most: float
    is_known: bool = True

    @property
    def left(self) -> float:
        """How much of it may still be used; what was in flight may have used more than all of it."""
        return max(0.0, self.most - self.used)

    @property
    def share(self) -> float:
        """How much of it is used, from 0 to 1."""
        return min(1.0, self.used / self.most) if self.most else 1.0


class Budget:
    """A tally of calls with optional limits; a call that would pass a limit is refused before it is sent.

    Calls that are already out when a limit is reached still end and still count, so money may pass the limit by what
    was in flight; the number of calls never does. What is not known is not 0: where money is limited, the first reply
    without a price stops what would follow; where tokens are, the first whose model tells of none. A replayed reply
    spends nothing, but the limits take it for the call that it once was, so that a replay stops where the recording
    stopped.

    Args:
        usd: Stop when this much money is spent; with 0, only calls that cost nothing are made.
        calls: Stop when this many calls have been sent.
        tokens: Stop when this many tokens have been read and written.
        seconds: Stop this long after the first call, without the time between `pause` and `resume`; a model on this
            machine leaves what it is at.
        counts_replays: Whether the limits take a replayed reply for the call that it once was.

    Raises:
        UsageError: When a limit is negative or no number.

    Example:
        >>> budget = Budget(calls=1)
        >>> budget.admit()
        >>> budget.admit()  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        nbdspy.errors.BudgetExceeded: The limit of 1 call is reached. Budget(calls=1) sets it: ...
    """

    def __init__(
        self, *, usd: float | None = None, calls: int | None = None, tokens: int | None = None,
        seconds: float | None = None, counts_replays: bool = True,
    ) -> None:  # fmt: skip
        limits: tuple[tuple[Resource, Any], ...]
        limits = (("usd", usd), ("calls", calls), ("tokens", tokens), ("seconds", seconds))
        for of, limit in limits:
            if limit is not None and (isinstance(limit, bool) or not isinstance(limit, Real) or not limit >= 0):
                said = f"{self._name(of)} cannot be {limit!r}."
                raise UsageError(said, hint="Give a number from 0, or None for no limit.")
        self.usd = usd
        self.calls = calls
        self.tokens = tokens
        self.seconds = seconds
        self.counts_replays = counts_replays
        self._lock = threading.Lock()
        self._admitted = 0
        self._charged = 0.0
        self._read_and_written = 0
        self._is_charged_in_full = True
        self._tells_its_tokens = True
        self._started: float | None = None
        self._paused_at: float | None = None
        self._spent = Spent()

    @property
    def is_limited(self) -> bool:
        """Whether there is any limit."""
        return (self.usd, self.calls, self.tokens, self.seconds) != (None, None, None, None)

    @property
    def spent(self) -> Spent:
        """A snapshot of the tally."""
        return self._spent

    @property
    def used(self) -> tuple[float, int]:
        """The money and the calls that the limits have counted; calls that are out and calls that failed, too."""
        return self._charged, self._admitted

    @property
    def nearest(self) -> Limit | None:
        """The limit that stops what follows first: one that cannot be kept, or that of which most is used.

        Example:
            >>> budget = Budget(usd=1.0, calls=4)
            >>> budget.admit()
            >>> budget.nearest
            Limit(of='calls', used=1, most=4, is_known=True)
        """
        with self._lock:
            used: tuple[tuple[Resource, float, float | None, bool], ...] = (
                ("usd", self._charged, self.usd, self._is_charged_in_full),
                ("calls", self._admitted, self.calls, True),
                ("tokens", self._read_and_written, self.tokens, self._tells_its_tokens),
                ("seconds", self._passed(time.monotonic()), self.seconds, True),
            )
        limits = [
            Limit(of=of, used=amount, most=most, is_known=is_known)
            for of, amount, most, is_known in used
            if most is not None
        ]
        return max(limits, key=lambda limit: (not limit.is_known, limit.share), default=None)

    def admit(self, *, is_free: bool = False) -> None:
        """Count a call that is about to be sent.

        Args:
            is_free: Whether it costs nothing, so that a budget of no money allows it.

        Raises:
            BudgetExceeded: When a limit is reached; the call was not sent.
        """
        with self._lock:
            now = time.monotonic()
            self._started = now if self._started is None else self._started
            whose, pays = self._whose, self.usd is not None and not (is_free and self.usd == 0)
            if self.calls is not None and self._admitted >= self.calls:
                raise self._refusal(f"{whose} limit of {count(self.calls, 'call')} is reached.", "calls")
            if pays and self.usd == 0:
                raise self._refusal(f"{whose} budget lets nothing be paid.", "usd")
            if self.usd is not None and pays and not self._is_charged_in_full:
                said = (
                    f"The price of a call is not known, so {_inside(whose)} budget of {money(self.usd)} cannot be kept."
                )
                raise self._refusal(said, "usd", is_unknown=True)
            if self.usd is not None and pays and self._charged >= self.usd:
                said = f"{whose} budget of {money(self.usd)} is spent ({money(self._charged)})."
                raise self._refusal(said, "usd")
            if self.tokens is not None and not self._tells_its_tokens:
                raise self._refusal(
                    f"The model does not say how many tokens a call takes, so {_inside(whose)} limit of "
                    f"{self.tokens:,} tokens cannot be kept.",
                    "tokens",
                    is_unknown=True,
                )
            if self.tokens is not None and self._read_and_written >= self.tokens:
                raise self._refusal(f"{whose} limit of {self.tokens:,} tokens is reached.", "tokens")
            self._check_time(now)
            self._admitted += 1

    _whose = "The"

    def _name(self, of: Resource) -> str:
        """What a limit is called where it is set."""
        return of

    def _remedy(self, of: Resource, *, is_unknown: bool) -> str:
        """Who set a limit, and what to do about it.

        Args:
            of: The limit.
            is_unknown: Whether it cannot be kept; otherwise it is reached.
        """
        instead = "leave that out, and limit the calls" if is_unknown else "give it more, or None for no limit"
        return f"Budget({of}={getattr(self, of)!r}) sets it: {instead}."

    def _refusal(self, said: str, of: Resource, *, is_unknown: bool = False) -> BudgetExceeded:
        return BudgetExceeded(said, hint=self._remedy(of, is_unknown=is_unknown))

    def pause(self) -> None:
        """Let no time count until `resume`."""
        with self._lock:
            self._paused_at = time.monotonic() if self._paused_at is None else self._paused_at

    def resume(self) -> None:
        """Let time count again."""
        with self._lock:
            if self._paused_at is None:
                return
            now = time.monotonic()
            self._started = None if self._started is None else self._started + now - max(self._started, self._paused_at)
            self._paused_at = None

    def check_time(self) -> None:
        """Look at the clock, for calls that can be ended while they are out.

        Raises:
            BudgetExceeded: When the time is over.
        """
        with self._lock:
            self._check_time(time.monotonic())

    def _check_time(self, now: float) -> None:
        if self.seconds is not None and self._started is not None and self._passed(now) >= self.seconds:
            raise self._refusal(f"{self._whose} time of {self.seconds:g} s is over.", "seconds")

    def _passed(self, now: float) -> float:
        """Seconds since the first call, without pauses."""
        now = now if self._paused_at is None else self._paused_at
        return 0.0 if self._started is None else max(0.0, now - self._started)

    def withdraw(self) -> None:
        """Take back an `admit` whose call is not sent after all."""
        with self._lock:
            self._admitted -= 1

    def count(self, reply: Reply, *, is_written: bool = True) -> None:
        """Add a reply to the tally; vectors are not written, and a function that makes them reads no tokens."""
        with self._lock:
            spent = self._spent
            without_model = reply.cached or reply.recorded
            if not reply.cached and (self.counts_replays or not reply.recorded):
                self._is_charged_in_full &= reply.cost is not None
                self._tells_its_tokens &= not is_written or reply.usage.total > 0
                self._charged += reply.cost or 0.0
                self._read_and_written += reply.usage.prompt + reply.usage.completion
            self._spent = Spent(
                calls=spent.calls + (not without_model),
                cached=spent.cached + (reply.cached and not reply.recorded),
                recorded=spent.recorded + reply.recorded,
                unpriced=spent.unpriced + (not without_model and reply.cost is None),
                vectors=spent.vectors + (not is_written),
                cost=spent.cost + (0.0 if without_model else reply.cost or 0.0),
                usage=spent.usage if without_model else spent.usage + reply.usage,
            )


def _inside(whose: str) -> str:
    """Whose it is, inside of a sentence."""
    return whose[0].lower() + whose[1:]
