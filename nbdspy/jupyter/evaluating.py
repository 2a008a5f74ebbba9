"""`%evaluate`: a program's score with its interval, or two programs side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from IPython.core.magic import line_magic, magics_class

from nbdspy.errors import Stopped, UsageError
from nbdspy.jupyter import manuals
from nbdspy.jupyter.base import NotebookMagics, documented
from nbdspy.jupyter.options import Arguments
from nbdspy.jupyter.words import DEFAULT_METRIC
from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    from nbdspy.evaluation import Comparison, EvaluationResult

UNNAMED: Final = "To keep them: import sys; found = sys.last_value.result. With --out they have a name at once."


@magics_class
class EvaluatingMagics(NotebookMagics):
    """The magic that measures."""

    @line_magic
    @documented(manuals.EVALUATE)
    def evaluate(self, line: str) -> Any:
        arguments = manuals.EVALUATE.read(line, self.names)
        words = arguments.targets or (arguments.target("a program"),)
        arguments.no_more_than(2, "a program, or two to be compared")
        programs = [(word.raw, self.program(word, arguments.line)) for word in words]
        out = arguments.given.pop("out", None)
        if "data" not in arguments.given:
            raise UsageError("%evaluate needs examples.", hint="Write --data with the name of a DataFrame.")
        wanted = _wanted(arguments)
        given = self.preferences.defaults(threads="threads") | arguments.given
        try:
            return self._score(programs, given, arguments, wanted, out=out)
        except Stopped:
            raise
        except KeyboardInterrupt as pressed:
            raise Stopped("Nothing was scored yet.") from pressed

    def _score(
        self, programs: list[tuple[str, Any]], given: dict[str, Any], arguments: Arguments,
        wanted: dict[str, Any], *, out: str | None,
    ) -> Any:  # fmt: skip
        """Evaluate one program or both, and bind and show what was scored, even when it is stopped."""
        whole_import("nbdspy.jupyter.watch")
        from nbdspy.evaluation import EvaluationResult, evaluate, metric_named
        from nbdspy.evaluation.metrics import metric_name
        from nbdspy.jupyter.watch import Watch

        with arguments.pointing("metric"):
            metric = metric_name(metric_named(given.get("metric", DEFAULT_METRIC)))
        hint = "Interrupt the kernel to stop; what was scored is kept."
        scored: list[EvaluationResult] = []
        title = ", ".join(name for name, _ in programs)
        with Watch(self.screen, title, f"scoring by {metric}", quiet=arguments.line.quiet, hint=hint) as watch:
            try:
                for name, program in programs:
                    scored.append(replace(evaluate(program, **given), program=name))  # as the notebook calls it
            except Stopped as stopped:
                found = _found([*scored, replace(stopped.result, program=programs[len(scored)][0])])
                watch.finish(found, notes=self._bound(out, found), is_returned=False)
                holds = f"{out} holds them." if out else UNNAMED
                raise Stopped(f"{stopped} {holds}", result=found) from stopped
            found = _found(scored)
            notes = self._bound(out, found)
            try:
                view = found.show(**wanted) if wanted and isinstance(found, EvaluationResult) else None
            except UsageError as error:  # what was scored is not lost by it
                if "sort" in arguments.typed:
                    error.place = arguments.line.place(arguments.typed["sort"])
                watch.finish(found, notes=notes, is_returned=False)
                raise
            watch.finish(found, view=view, notes=notes)
        return found

    def _bound(self, name: str | None, result: Any) -> tuple[str, ...]:
        return () if name is None else self.bind(name, result)


def _wanted(arguments: Arguments) -> dict[str, Any]:
    """Which rows are to be shown, taken out of what the line gives; nothing where the card chooses.

    Raises:
        UsageError: When two programs are compared.
    """
    from nbdspy.evaluation.selection import MOST_ROWS

    names = ("only", "sort", "descending", "rows")
    typed = {name: arguments.given.pop(name) for name in names if name in arguments.given}
    if typed and len(arguments.targets) > 1:
        raise UsageError(
            "--show, --sort, --desc and --rows are for the rows of one program.",
            hint="Of two, every example is in the result's examples.",
        )
    if typed.pop("descending", False):
        typed["ascending"] = False
    if typed.get("rows", 1) > MOST_ROWS:
        raise UsageError(
            f"{typed['rows']:,} rows are more than a card holds.",
            hint=f"Give a number from 1 to {MOST_ROWS}; the result's frame has all of them.",
            place=arguments.line.place(arguments.typed["rows"]),
        )
    return typed


def _found(scored: list[EvaluationResult]) -> EvaluationResult | Comparison:
    """What was found: of two programs the comparison, on the examples that both were scored on."""
    from nbdspy.evaluation import compare

    if len(scored) == 1 or not scored[1].rows:
        return scored[0]
    before, after = scored
    known = {row.index for row in after.rows}
    return compare(replace(before, rows=tuple(row for row in before.rows if row.index in known)), after)
