"""Names and choices as models spell them: in other case, with other spaces between the words."""

from __future__ import annotations

import functools
import re

_BETWEEN = re.compile(r"(?<=\w)[\s_-]+(?=\w)")
LONGEST = 80  # of what is worth remembering
_AROUND = " \t\r\n\"'`*“”‘’«»„「」\ufeff\u200b"


def folded(text: str) -> str:
    """A spelling in which case, underscores, hyphens and spaces between words do not count."""
    return _folded(text) if len(text) > LONGEST else _known(text)


def _folded(text: str) -> str:
    return _BETWEEN.sub(" ", text.strip()).replace("_", " ").strip().casefold()


_known = functools.lru_cache(maxsize=4096)(_folded)  # names come again with every reply


def bare(text: str) -> str:
    """Without the quotes, the emphasis and the full stop that models put around a single value."""
    return text.strip().lstrip(_AROUND).rstrip(_AROUND + ".。")
