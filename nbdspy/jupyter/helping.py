"""How a magic is used."""

from __future__ import annotations

from nbdspy.errors import UsageError, did_you_mean
from nbdspy.jupyter.manuals import MANUALS
from nbdspy.views import Help

_FIRST = """
import nbdspy
%lm smollm2
%signature Sentiment review -> positive: bool
nbdspy.Predict(Sentiment)(review="I would watch it again tomorrow.")
""".strip()


def help_for(topic: str | None = None) -> Help:
    """One magic explained, or all of them in a line each.

    Raises:
        UsageError: When there is no such magic.
    """
    if topic is None:
        listed = [(manual.called, manual.summary) for manual in MANUALS.values()]
        listed.append(("%config NbDspy", "Your defaults: budget_usd, max_calls, threads, mode."))
        return Help(
            name="nbdspy", summary="Programs of language models, in a notebook.", example=_FIRST, options=listed
        )
    manual = MANUALS.get(topic.lstrip("%"))
    if manual is None:
        raise UsageError(
            f"There is no magic {topic!r}.", hint=did_you_mean(topic, MANUALS) or f"There are: {', '.join(MANUALS)}."
        )
    return Help(name=manual.called, summary=manual.summary, example=manual.shown, options=manual.listed())
