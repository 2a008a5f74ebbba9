"""Texts as they are compared where only what they say counts."""

from __future__ import annotations

import re
import string
import unicodedata

_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalize_text(text: str) -> str:
    """Lower case, without punctuation, articles and extra spaces (SQuAD).

    Example:
        >>> normalize_text("The  Beatles!")
        'beatles'
    """
    text = unicodedata.normalize("NFD", text).lower().translate(_PUNCTUATION)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())
