"""What one program gained on another: two scores with their difference, and the examples whose score changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nbdspy import render
from nbdspy.evaluation import Difference, Row
from nbdspy.views import cut, examples, figures, palette


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """Two scores on the same examples; `note` says what the examples were to the choice.

    `alone` is the interval of the one score that there is where both programs are the same.
    """

    label: str
    before: float
    after: float
    difference: Difference
    note: str = ""
    is_same: bool = False
    alone: str = ""

    @property
    def colour(self) -> str:
        """Green or red when the interval leaves out zero, else neither."""
        if not self.difference.sure:
            return "inherit"
        return palette.BETTER if self.difference.mean > 0 else palette.WORSE

    @property
    def decimals(self) -> int:
        """How many decimals the numbers need to add up on show."""
        return render.decimals(self.before, self.after)

    @property
    def interval(self) -> str:
        """The interval of the difference."""
        low, high = (figures.points(end, self.decimals) for end in (self.difference.low, self.difference.high))
        return f"95 % interval {low} to {high}, paired"

    @property
    def counts(self) -> str:
        """What became of the examples one by one."""
        found = self.difference
        return f"{figures.count(found.gained, 'example')} gained, {found.lost:,} lost, {found.unchanged:,} unchanged"

    @property
    def doubt(self) -> str:
        """Said when the difference may be chance."""
        return "" if self.difference.sure else "The interval holds zero: this may be chance."


def changed(pairs: Sequence[tuple[Row, Row]], allowance: cut.Allowance, *, most: int) -> dict[str, object]:
    """The first of some examples with both answers; `pairs` are their rows before and after."""
    names = examples.input_names(after.example for _, after in pairs)
    labels = examples.label_names(
        [after.example for _, after in pairs], [row.prediction for pair in pairs for row in pair]
    )
    lines = [
        [*examples.values(after.example, names), examples.expected(after.example, labels),
         *(examples.got(row.prediction, labels) if row.error is None else cut.cell(row.error)
           for row in (before, after))]
        for before, after in pairs[:most]
    ]  # fmt: skip
    return {
        "note": f"{len(pairs):,}" + (f", first {most} shown" if len(pairs) > most else ""),
        "total": len(pairs),
        "columns": [*names, "expected", "before", "now"],
        "lines": [[allowance.take(value).text for value in line] for line in lines],
    }
