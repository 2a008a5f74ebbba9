"""Instructions that a model wrote: freed of what models write around them, and refused where they are of no use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from nbdspy.adapters.markers import MARKER
from nbdspy.modules import Module, set_instructions
from nbdspy.modules.freezing import INSTRUCTIONS, free_predictors

LONGEST = 20_000  # letters: more is no instruction but a model that does not stop

_FENCE = re.compile(r"```[\w-]*\n(.*)\n```", re.DOTALL)
_LABEL = re.compile(
    r"[#*_\s]*(?:(?:the|my|your|new|improved|proposed|final|revised)\s+){0,3}(?:instructions?|prompt)\s*[*_]*\s*:[*_]*\s*",
    re.IGNORECASE,
)
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "«": "»", "„": "“", "`": "`"}


def cleaned(text: str) -> str:
    """The text without a fence, a label or quotation marks around all of it, and without what no file can hold.

    Example:
        >>> cleaned('**Proposed instruction:** "Name the capital."')
        'Name the capital.'
        >>> cleaned('"Yes" or "No" is the answer.')
        '"Yes" or "No" is the answer.'
    """
    before, text = None, without_control(text).strip()
    while before != text:
        before = text
        if fenced := _FENCE.fullmatch(text):
            text = fenced[1]
        if label := _LABEL.match(text):
            text = text[label.end() :]
        text = _unquoted(text.strip()).strip()
    return text


def refusal(text: str, known: Iterable[str] = ()) -> str:
    """Why a cleaned text is no new instruction, in a few words; "" where it is one.

    Args:
        text: What was proposed.
        known: The instructions that are there already.

    Example:
        >>> refusal("Name the  capital.", ["name the capital."])
        'it is there already'
    """
    if not any(letter.isalnum() for letter in text):
        return "it is empty"
    if len(text) > LONGEST:
        return f"it has {len(text):,} characters, more than {LONGEST:,}"
    if marker := MARKER.search(text):
        return f"it holds {marker[0].strip()}, a marker of the prompt's layout"
    return "it is there already" if _same(text) in map(_same, known) else ""


def _same(text: str) -> str:
    """Equal for texts that differ in white space and capitals alone."""
    return " ".join(text.split()).casefold()


def without_control(text: str) -> str:
    """The text without control characters, but for tabs and line ends, and without what no file can hold."""
    return "".join(filter(_is_text, text))


def _is_text(letter: str) -> bool:
    return letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs")


def _unquoted(text: str) -> str:
    """Without quotation marks, unless they are those of two quotations."""
    closing = _QUOTES.get(text[:1])
    inside = text[1:-1]
    if closing is None or len(text) < 2 or text[-1] != closing or text[0] in inside or closing in inside:
        return text
    return inside


def free_names(program: Module) -> list[str]:
    """The names of the predictors whose instruction may be changed: those where it is not frozen."""
    return [name for name, _ in free_predictors(program, INSTRUCTIONS)]


def with_instructions(program: Module, instructions: Mapping[str, str]) -> Module:
    """A copy of the program whose predictors have these instructions, by their names."""
    copy = program.deepcopy()
    predictors = dict(copy.named_predictors())
    for name, text in instructions.items():
        set_instructions(predictors[name], text)
    return copy
