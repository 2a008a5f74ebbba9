"""Names and choices as models spell them: in other case, with other spaces between the words."""

from __future__ import annotations

import re

_BETWEEN = re.compile(r"(?<=\w)[\s_-]+(?=\w)")
_AROUND = " \t\r\n\"'`*“”‘’«»„「」\ufeff\u200b"


def folded(text: str) -> str:
    """A spelling in which case, underscores, hyphens and spaces between words do not count."""
    return _BETWEEN.sub(" ", text.strip()).replace("_", " ").strip().casefold()


def bare(text: str) -> str:
    """Without the quotes, the emphasis and the full stop that models put around a single value."""
    return text.strip().lstrip(_AROUND).rstrip(_AROUND + ".。")
