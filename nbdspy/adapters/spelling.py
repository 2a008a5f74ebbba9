"""Names and choices as models spell them: in other case, with other spaces between the words."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable

_BETWEEN = re.compile(r"(?<=\w)[\s_-]+(?=\w)")
LONGEST = 80  # of what is worth remembering
_AROUND = " \t\r\n\"'`*“”‘’«»„「」\ufeff\u200b"


def folded(text: str) -> str:
    """A spelling in which case, underscores, hyphens and spaces between words do not count."""
    return _folded(text) if len(text) > LONGEST else _known(text)


def _folded(text: str) -> str:
    return _BETWEEN.sub(" ", text.strip()).replace("_", " ").strip().casefold()


_known = functools.lru_cache(maxsize=4096)(_folded)  # names come again with every reply


class Names:
    """Names, found by every spelling that can mean only one of them."""

    def __init__(self, names: Iterable[str]) -> None:
        self.exact = frozenset(names)
        spellings = Counter(map(folded, self.exact))
        self.like = {folded(name): name for name in self.exact if spellings[folded(name)] == 1}

    def find(self, text: str) -> str | None:
        """The name that a text spells."""
        return text if text in self.exact else self.like.get(folded(text))


@functools.lru_cache(maxsize=1024)
def names_of(*names: str) -> Names:
    """The same `Names` each time."""
    return Names(names)


def bare(text: str) -> str:
    """Without the quotes, the emphasis and the full stop that models put around a single value."""
    return text.strip().lstrip(_AROUND).rstrip(_AROUND + ".。")
