"""`%%predict` and `%prompt`: a program on one case, and what it would send."""

from __future__ import annotations

import time
from typing import Any, Final

from IPython.core.magic import cell_magic, line_magic, magics_class

from nbdspy.errors import ParseError, UsageError, did_you_mean
from nbdspy.jupyter import manuals
from nbdspy.jupyter.base import NotebookMagics, documented
from nbdspy.jupyter.tokenizer import Line, Word

NO_MODEL: Final = "No model is chosen; the layout depends on the model, so the one you choose by %lm may get another."


@magics_class
class AskingMagics(NotebookMagics):
    """Magics that ask."""

    @cell_magic
    @documented(manuals.PREDICT)
    def predict(self, line: str, cell: str) -> Any:
        from nbdspy.data import Prediction
        from nbdspy.events import hears, listening_here
        from nbdspy.jupyter.arrival import Arrival
        from nbdspy.models import Replied
        from nbdspy.modules.inputs import read_inputs
        from nbdspy.views import Answered

        arguments = manuals.PREDICT.read(line, self.names, is_cell=True)
        word = arguments.target("a program")
        program = self.program(word, arguments.line)
        replies: list[Replied] = []

        @hears(Replied)
        def hear(event: Replied) -> None:
            replies.append(event)

        started = time.perf_counter()
        arrival = Arrival(self.screen, word.raw, quiet=arguments.line.quiet)
        with listening_here(hear):
            inputs = read_inputs(program, cell, scope=self.names.values)
            asked = _asking_for(arguments.given.get("n"), program)
            with arrival.watching(asked):
                prediction = asked(**inputs)
        notes = self.bind(arguments.given["out"], prediction) if "out" in arguments.given else ()
        if arguments.line.quiet or not (isinstance(prediction, Prediction) or arrival.is_shown):
            return self.give(prediction, quiet=arguments.line.quiet, notes=notes)
        seconds = time.perf_counter() - started
        answered = Answered(program=word.raw, prediction=prediction, calls=tuple(replies), seconds=seconds)
        arrival.finish(prediction, answered if isinstance(prediction, Prediction) else prediction, notes=notes)
        return prediction

    @line_magic
    @documented(manuals.PROMPT)
    def prompt(self, line: str) -> Any:
        from nbdspy.configuration import settings
        from nbdspy.modules import as_program, prompt
        from nbdspy.views import PromptDiff

        arguments = manuals.PROMPT.read(line, self.names)
        first, *assignments = arguments.targets or (arguments.target("a program"),)
        program = self.program(first, arguments.line)
        inputs = dict(self._input(word, arguments.line, program) for word in assignments)
        shown = prompt(program, **inputs)
        unsure = settings.lm is None and any(part.lm is None for part in as_program(program).predictors())
        notes = (NO_MODEL,) if unsure else ()
        if "diff" not in arguments.given:
            return self.give(shown, quiet=arguments.line.quiet, notes=notes)
        other = prompt(arguments.given["diff"], **inputs)
        change = PromptDiff(before=other, after=shown, names=(arguments.typed["diff"].raw, first.raw))
        return self.give(change, quiet=arguments.line.quiet, notes=notes)

    def _input(self, word: Word, line: Line, program: Any) -> tuple[str, Any]:
        """A `field=value`: a variable of that name, an expression, or a text of the field's type."""
        from nbdspy.adapters.values import read_value
        from nbdspy.modules import as_program
        from nbdspy.modules.inputs import input_fields

        parts = word.split("=")
        if parts is None:
            raise UsageError("Inputs are given by name.", hint=f"Write field={word.raw}.", place=line.place(word))
        name, value = parts
        fields = input_fields(as_program(program))
        if name.raw not in fields:
            raise UsageError(
                f"{line.words[0].raw} has no input {name.raw!r}.",
                hint=did_you_mean(name.raw, fields) or f"Its inputs are: {', '.join(fields)}.",
                place=line.place(name),
            )
        if value.is_expression or (value.is_name and value.raw in self.names.values):
            return name.raw, self.names.get(value, line)
        try:
            return name.raw, value.text if fields[name.raw].type is str else read_value(value.text, fields[name.raw])
        except ParseError as error:
            raise UsageError(f"{name.raw} should be {error.expected}.", place=line.place(value)) from error


def _asking_for(completions: int | None, program: Any) -> Any:
    """The program, asking its model for several completions where that is wanted.

    Raises:
        UsageError: When it is not one predictor that could be asked.
    """
    from nbdspy.modules import as_program

    program = as_program(program)
    if completions is None:
        return program
    copy = program.deepcopy()
    predictors = copy.predictors()
    if len(predictors) != 1 or completions < 1:
        raise UsageError(
            f"-n {completions} does not fit a program of {len(predictors)} predictors.",
            hint="Ask one predictor for one or more completions.",
        )
    predictors[0].config = {**predictors[0].config, "n": completions}
    return copy
