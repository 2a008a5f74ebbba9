"""What calls of a model come to before they are made: tokens, money and time, at least and at most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import mean
from typing import Self, TypeVar

from nbdspy.models import BaseLM, Usage
from nbdspy.models.embedder import Embedder
from nbdspy.models.model_list import cost

CHARACTERS_PER_TOKEN = (4, 3)  # of English prose in a large model's tokens, and of short texts in a small one's
N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What some calls take, from the least to the most; None is what is not known, and never counts as 0.

    `prompt` and `reply` are tokens, `usd` US dollars, `seconds` those by the clock.

    Example:
        >>> (Expected(prompt=(10, 20)) + Expected(prompt=(1, 2), usd=None)).prompt
        (11, 22)
    """

    prompt: tuple[int, int] = (0, 0)
    reply: tuple[int, int] | None = (0, 0)
    usd: tuple[float, float] | None = (0.0, 0.0)
    seconds: tuple[float, float] | None = (0.0, 0.0)

    def __add__(self, other: Expected) -> Expected:
        return Expected(
            prompt=(self.prompt[0] + other.prompt[0], self.prompt[1] + other.prompt[1]),
            reply=_sum(self.reply, other.reply),
            usd=_sum(self.usd, other.usd),
            seconds=_sum(self.seconds, other.seconds),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What a call of a model takes, as far as it is known.

    `price` is what so many tokens cost, in US dollars. `replies` are the fewest and the most tokens of a reply: of
    those that this process remembers, where it does, which `seen` says; else from one to as many as the model may
    write. `pace` is the seconds that a remembered call took, over the calls that are out at once.
    """

    price: Callable[[Usage], float | None]
    replies: tuple[int, int] | None = None
    seen: bool = False
    pace: float | None = None

    @property
    def guesses(self) -> bool:
        """Whether the length of replies is only known by its limit."""
        return self.replies is not None and not self.seen

    @classmethod
    def of(cls, model: BaseLM | Embedder | None, threads: int) -> Self:
        """That of a model which so many threads ask; one that answers fewer at once does not get faster by more."""
        if model is None:
            return cls(price=lambda usage: None)
        leaf = model.leaf
        price = (lambda usage: 0.0) if leaf.free else (lambda usage: cost(leaf.model, usage))
        if isinstance(model, Embedder):
            return cls(price=price, replies=(0, 0), seen=True)
        calls = [(call.usage.get("completion_tokens", 0), call.seconds) for call in model.history]
        written = [tokens for tokens, _ in calls if tokens]
        took = [seconds for _, seconds in calls if seconds > 0]
        longest = model.max_tokens or model.kwargs.get("max_completion_tokens") or model.abilities.longest
        limit = min(threads, model.abilities.at_once or threads)
        return cls(
            price=price,
            replies=(min(written), max(written)) if written else None if longest is None else (1, longest),
            seen=bool(written),
            pace=mean(took) / limit if took else None,
        )

    def expected(self, calls: tuple[int, int], letters: tuple[int, int]) -> Expected:
        """What so many calls take, with prompts of so many characters together."""
        if not calls[1]:
            return Expected()
        prompt = letters[0] // CHARACTERS_PER_TOKEN[0], letters[1] // CHARACTERS_PER_TOKEN[1]
        reply = None if self.replies is None else (calls[0] * self.replies[0], calls[1] * self.replies[1])
        return Expected(
            prompt=prompt,
            reply=reply,
            usd=self._usd(calls, prompt, reply),
            seconds=None if self.pace is None else (calls[0] * self.pace, calls[1] * self.pace),
        )

    def _usd(
        self, calls: tuple[int, int], prompt: tuple[int, int], reply: tuple[int, int] | None
    ) -> tuple[float, float] | None:  # fmt: skip
        """By the price of a call of middling length, as long prompts may cost more for each token."""
        if reply is None:
            return (0.0, 0.0) if self.price(Usage(prompt=1, completion=1)) == 0 else None
        ends = []
        for count, sent, written in zip(calls, prompt, reply, strict=True):
            one = self.price(Usage(prompt=max(1, sent // max(1, count)), completion=written // max(1, count)))
            if one is None:
                return None
            ends.append(count * one)
        return ends[0], ends[1]


def _sum(one: tuple[N, N] | None, other: tuple[N, N] | None) -> tuple[N, N] | None:
    return None if one is None or other is None else (one[0] + other[0], one[1] + other[1])
