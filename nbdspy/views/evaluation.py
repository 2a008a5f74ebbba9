"""The card of an evaluation: the score with its interval, its rows by what became of them, and what was confused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import cast

from nbdspy import histories
from nbdspy.evaluation import Confusion, EvaluationResult, Row, Selection, confusions
from nbdspy.evaluation.plotting import of_confusion
from nbdspy.histories import Kept
from nbdspy.models import Request
from nbdspy.views import cut, examples, figures, palette, safe, tally
from nbdspy.views.drawing import Card, fragments
from nbdspy.views.matrix import matrix
from nbdspy.views.messages import Spoken, content, spoken

ALLOWANCE = 40_000  # bytes of the texts in cells
CALLS_ALLOWANCE = 8_000  # bytes of prompts and replies, with what frames each message
FRAME = 450
LONG = 300  # characters of a message that is not said twice
FIRST = 8  # rows of a group that are seen at once, with their prompts and replies behind them
FIRST_FAILED = 3  # so that failures do not push the wrong ones off the page
MORE = 12  # rows behind one more click
MOST_CALLS = 6  # of one row
MOST_MATRICES = 2
CELL = 40  # characters of a value in the text
MOST_LINES = 20  # rows in the text of chosen ones


def selection_card(selection: Selection, *, volatile: bool) -> Card:
    """The score, then the rows that somebody wanted to see."""
    drawn = card(selection.result, volatile=volatile, selection=selection)
    lines = _Rows(selection.result).texts(selection.rows[:MOST_LINES])
    hidden = len(selection.rows) - len(lines)
    more = [f"  … and {hidden:,} more"] if hidden else []
    return Card(fragments=drawn.fragments, text="\n".join([drawn.text, f"rows: {selection.note}", *lines, *more]))


def card(result: EvaluationResult, *, volatile: bool, selection: Selection | None = None) -> Card:
    """The answer first; then rows in groups, the first of each with the prompts and replies that are still kept.

    Args:
        result: What was scored.
        volatile: Whether time and money are shown.
        selection: Rows of it that stand there instead of the groups.
    """
    confused = [each for each in confusions(result.rows) if each.is_of_categories][:MOST_MATRICES]
    drawn = fragments(
        "evaluation.html",
        result=result,
        facts=[figures.count(result.n, "example"), *tally.facts(result.spent, result.seconds, volatile=volatile)],
        note=f"{figures.between(result.interval)}, 95 % interval, n = {result.n:,}",
        confused=_most_confused(confused, "↔"),
        groups=_groups(result) if selection is None else [_Rows(result).chosen(selection)],
        matrices=[matrix(of_confusion(each, result.program)) for each in confused],
        unscored=result.planned - result.n,
        ran_with=[part for part in (result.lm, result.adapter) if part],
    )
    facts = " · ".join(tally.facts(result.spent, result.seconds, volatile=volatile))
    return Card(fragments=drawn, text="\n".join(filter(None, [result.summary, _counts(result, confused), facts])))


def _most_confused(confused: Sequence[Confusion], sign: str) -> str:
    """The two values that were most often taken for each other, if that was no accident."""
    worst = [each.worst for each in confused if each.worst is not None and each.worst[2] > 1]
    return ", ".join(f"{cut.cell(one)} {sign} {cut.cell(other)} ({times:,})" for one, other, times in worst)


def _groups(result: EvaluationResult) -> list[dict[str, object]]:
    """The rows by what became of them; what needs a look comes first."""
    rows = _Rows(result)
    failed = [row for row in result.rows if row.error is not None]
    wrong = sorted(
        (row for row in result.rows if row.error is None and not row.is_right), key=lambda row: (row.score, row.index)
    )
    right = [row for row in result.rows if row.is_right]
    return [
        rows.group("Failed", failed, first=FIRST_FAILED if wrong else FIRST, is_open=True),
        rows.group("Wrong", wrong, said="lowest score first" * rows.partial, is_open=True),
        rows.group("Right", right, more=0),
    ]


class _Rows:
    """Draws the rows of one evaluation, within what one card can hold."""

    def __init__(self, result: EvaluationResult) -> None:
        every = [row.example for row in result.rows]
        self.partial = any(0 < row.score < 1 for row in result.rows)
        self._names = examples.input_names(every)
        self._labels = examples.label_names(every, [row.prediction for row in result.rows])
        self._cells = cut.Allowance(ALLOWANCE)
        self._texts = cut.Allowance(CALLS_ALLOWANCE)
        wanted = {number for row in result.rows for number in row.calls}
        self._said: dict[tuple[str, str], int] = {}  # long messages, with the row that says them in full
        self._kept: Mapping[int, Kept] = {call.number: call for call in histories.recall() if call.number in wanted}

    def group(
        self, name: str, rows: Sequence[Row], *, said: str = "", first: int = FIRST, more: int = MORE,
        is_open: bool = False,
    ) -> dict[str, object]:  # fmt: skip
        shown = rows[: first + more]
        told = f"{len(shown):,} of {len(rows):,} shown" if len(shown) < len(rows) else f"{len(rows):,}"
        lines = [self._line(row, told=place < first and more > 0) for place, row in enumerate(shown)]
        return {
            "name": name,
            "note": " · ".join(filter(None, [told, said])),
            "is_open": is_open,
            "columns": ["row", *self._names, "expected", "got", *(["score"] if self.partial else [])],
            "lines": lines[:first],
            "more": lines[first:],
            "is_asked_for": False,
        }

    def chosen(self, selection: Selection) -> dict[str, object]:
        """All rows of a selection; without any it says so."""
        group = self.group("Rows", selection.rows, first=FIRST, more=len(selection.rows), is_open=True)
        lines = [*cast("list[object]", group["lines"]), *cast("list[object]", group["more"])]
        return {**group, "note": selection.note, "lines": lines, "more": [], "is_asked_for": True}

    def texts(self, rows: Sequence[Row]) -> list[str]:
        """Rows as lines of text."""
        return [
            f"  {_mark(row)[0]} {row.index:,}  " + " | ".join(safe.short(value, CELL) for value in self._values(row))
            for row in rows
        ]

    def _values(self, row: Row) -> list[str]:
        got = examples.got(row.prediction, self._labels) if row.prediction is not None else ""
        if row.error is not None:  # the metric's, where there is an answer
            got = cut.cell(f"{safe.short(got, 60)} · {row.error}" if got else row.error)
        return [*examples.values(row.example, self._names), examples.expected(row.example, self._labels), got]

    def _line(self, row: Row, *, told: bool) -> dict[str, object]:
        mark, colour = _mark(row)
        return {
            "mark": mark,
            "colour": colour,
            "index": f"{row.index:,}",
            "cells": [self._cells.take(value).text for value in self._values(row)],
            "failed": row.error is not None,
            "score": figures.whole(row.score) if self.partial else "",
            "calls": self._calls(row) if told else [],
            "all_calls": len(row.calls),
        }

    def _calls(self, row: Row) -> list[dict[str, object]]:
        """The prompts and replies behind a row; none once they would be cut, or are no longer kept."""
        known = [self._kept[number] for number in row.calls if number in self._kept]
        shown = []
        for call in known[:MOST_CALLS]:
            if not self._texts.is_used_up:
                said = self._spoken(call.request, row)
                self._texts.spend(FRAME * len(said))
                shown.append({"spoken": said, "replies": [self._texts.take(text) for text in call.reply.texts]})
        return shown

    def _spoken(self, request: Request, row: Row) -> list[Spoken]:
        """The messages; a long one that stands in the card already, such as what a system says, only by where."""
        if request.prompt is not None:
            return spoken(None, request.prompt, self._texts)
        said = []
        for message in request.messages or ():
            known = str(message["role"]), content(message["content"])
            if known in self._said and self._said[known] != row.index:
                said.append(Spoken(known[0], cut.Cut("", f"the same as in row {self._said[known]:,}", 0)))
                continue
            said += (shown := spoken([message], None, self._texts))
            if len(known[1]) >= LONG and not shown[0].body.note:
                self._said.setdefault(known, row.index)
        return said


def _mark(row: Row) -> tuple[str, str]:
    """The sign of what became of a row, and its colour."""
    if row.error is not None:
        return "!", palette.DOUBT
    return ("✓", palette.BETTER) if row.is_right else ("✗", palette.WORSE)


def _counts(result: EvaluationResult, confused: Sequence[Confusion]) -> str:
    reasons = Counter(row.error for row in result.rows if row.error is not None).most_common(1)
    said = [f"{result.right:,} right", f"{result.wrong:,} wrong", f"{result.failed:,} failed"]
    said += [f"mostly with {safe.short(reasons[0][0], 90).rstrip('.')}"] if reasons else []
    most = _most_confused(confused, "and")
    return ", ".join(said) + (f"; most confused: {most}" if most else "")
