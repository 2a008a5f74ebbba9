"""The card of a comparison: two programs side by side, with the examples that the second lost and gained."""

from __future__ import annotations

from nbdspy.evaluation import Comparison
from nbdspy.views import cut, figures, tally
from nbdspy.views.drawing import Card, fragments
from nbdspy.views.gain import Gain, changed

ALLOWANCE = 30_000  # bytes of the texts in cells
MOST = 12  # examples of a kind


def card(comparison: Comparison, *, volatile: bool) -> Card:
    """The gain first; then the examples that were lost, which averages hide, and those that were gained."""
    before, after = comparison.before, comparison.after
    gain = Gain(
        label=f"{after.metric}, n = {comparison.n:,}", before=before.mean, after=after.mean, difference=comparison
    )
    allowance = cut.Allowance(ALLOWANCE)
    lost = [pair for pair in comparison.pairs if pair[1].score < pair[0].score]
    gained = [pair for pair in comparison.pairs if pair[1].score > pair[0].score]
    spent = before.spent + after.spent
    facts = tally.facts(spent, before.seconds + after.seconds, volatile=volatile)
    drawn = fragments(
        "comparison.html",
        names=(before.program, after.program),
        facts=[figures.count(comparison.n, "example"), *facts],
        gain=gain,
        columns=["program", after.metric, "right", "wrong", "failed"],
        lines=[
            ([each.program, f"{figures.percent(each.mean, gain.decimals)} ({figures.between(each.interval)})",
              *(f"{number:,}" for number in (each.right, each.wrong, each.failed))],
             " · ".join(tally.facts(each.spent, each.seconds)) if volatile else "")
            for each in (before, after)
        ],
        groups=[("Examples lost", changed(lost, allowance, most=MOST)),
                ("Examples gained", changed(gained, allowance, most=MOST))],
    )  # fmt: skip
    return Card(fragments=drawn, text="\n".join(filter(None, [repr(comparison), " · ".join(facts)])))
