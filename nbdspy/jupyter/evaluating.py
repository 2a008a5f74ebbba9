"""`%evaluate`: a program's score, with its interval."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from IPython.core.magic import line_magic, magics_class

from nbdspy.errors import Stopped, UsageError
from nbdspy.jupyter import manuals
from nbdspy.jupyter.base import NotebookMagics, documented
from nbdspy.runtime import whole_import


@magics_class
class EvaluatingMagics(NotebookMagics):
    """The magic that measures."""

    @line_magic
    @documented(manuals.EVALUATE)
    def evaluate(self, line: str) -> Any:
        arguments = manuals.EVALUATE.read(line, self.names)
        word = arguments.target("a program")
        program = self.program(word, arguments.line)
        out = arguments.given.pop("out", None)
        if "data" not in arguments.given:
            raise UsageError("%evaluate needs examples.", hint="Write --data with the name of a DataFrame.")
        given = self.preferences.defaults(threads="threads") | arguments.given
        try:
            return self._score(word.raw, program, given, out=out, quiet=arguments.line.quiet)
        except Stopped:
            raise
        except KeyboardInterrupt as pressed:
            raise Stopped("Nothing was scored yet.") from pressed

    def _score(self, title: str, program: Any, given: dict[str, Any], *, out: str | None, quiet: bool) -> Any:
        """Evaluate, and bind and show what was scored, even when it is stopped."""
        whole_import("nbdspy.jupyter.watch")
        from nbdspy.evaluation import evaluate, metric_named
        from nbdspy.evaluation.metrics import metric_name
        from nbdspy.jupyter.watch import Watch

        metric = metric_name(metric_named(given.get("metric", "exact_match")))
        hint = "Interrupt the kernel to stop; what was scored is kept."
        with Watch(self.screen, title, f"scoring by {metric}", quiet=quiet, hint=hint) as watch:
            try:
                result = replace(evaluate(program, **given), program=title)  # as the notebook calls it
            except Stopped as stopped:
                watch.finish(stopped.result, notes=self._bound(out, stopped.result), is_returned=False)
                raise
            watch.finish(result, notes=self._bound(out, result))
        return result

    def _bound(self, name: str | None, result: Any) -> tuple[str, ...]:
        return () if name is None else self.bind(name, result)
