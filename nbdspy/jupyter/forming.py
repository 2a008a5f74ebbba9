"""`%playground` and `%label`: what a person does with a program, in forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from IPython.core.magic import line_magic, magics_class

from nbdspy.errors import UsageError
from nbdspy.jupyter import manuals
from nbdspy.jupyter.base import NotebookMagics, documented
from nbdspy.jupyter.options import Arguments
from nbdspy.jupyter.tokenizer import Word


@magics_class
class FormMagics(NotebookMagics):
    """The magics that ask people."""

    @line_magic
    @documented(manuals.PLAYGROUND)
    def playground(self, line: str) -> Any:
        from nbdspy.jupyter.forms import new_playground

        arguments = manuals.PLAYGROUND.read(line, self.names)
        arguments.no_more_than(2, "a program, and one to compare it with")
        first, *others = arguments.targets or (arguments.target("a program"),)
        programs = [self.program(word, arguments.line) for word in (first, *others)]
        made = new_playground(
            programs[0], programs[1] if others else None,
            lm=self._model(arguments.typed["lm"]) if "lm" in arguments.given else None, names=_names(first, others),
            name=arguments.given.get("name", "playground"), fresh="fresh" in arguments.given,
        )  # fmt: skip
        return self._shown(made, arguments)

    @line_magic
    @documented(manuals.LABEL)
    def label(self, line: str) -> Any:
        from nbdspy.jupyter.forms import new_labels

        arguments = manuals.LABEL.read(line, self.names)
        word = arguments.target("data to label")
        data = self.names.get(word, arguments.line)
        program = self.program(arguments.typed["with"], arguments.line) if "with" in arguments.given else None
        if program is None and not _says_its_fields(data):
            raise UsageError(
                f"Nothing says which fields of {word.raw} are to be labelled.",
                hint=f'Write %label {word.raw} --with PROGRAM, or --with "request -> intent".',
                place=arguments.line.place(word),
            )
        made = new_labels(
            data, program, called=_called(word), name=_name(word, data, arguments.given),
            fresh="fresh" in arguments.given, asks="blank" not in arguments.given,
        )  # fmt: skip
        return self._shown(made, arguments)

    def _shown(self, made: Any, arguments: Arguments) -> Any:
        """Bind it and show it."""
        from nbdspy.jupyter.forms import show

        notes = (f"-> {made.name}", *self.bind(made.name, made))
        if arguments.line.quiet:
            self.screen.hush(made)
        else:
            show(made, self.screen, notes)
        return made

    def _model(self, word: Word) -> Any:
        """The model of this name: a variable that holds one, or a new one."""
        from nbdspy.models import LM, BaseLM

        known = None if word.is_quoted else self.names.find(word)
        return known if isinstance(known, BaseLM) else LM(word.text)


def _names(first: Word, others: list[Word]) -> tuple[str, str]:
    return _called(first), _called(others[0]) if others else "other"


def _called(word: Word) -> str:
    """What was typed, as a title."""
    from nbdspy.views import safe

    return safe.short(word.raw[1:-1] if word.is_expression or word.is_quoted else word.raw, 60)


def _name(word: Word, data: Any, given: Mapping[str, Any]) -> str:
    """The variable of the labels: what was asked for, that of labels that are gone on with, or one after the data."""
    from nbdspy.forms import Labels

    if isinstance(data, Labels):
        return data.name
    return str(given.get("name", f"{word.raw}_labels" if word.raw.isidentifier() else "labels"))


def _says_its_fields(data: Any) -> bool:
    from nbdspy.evaluation import EvaluationResult
    from nbdspy.forms import Labels

    return isinstance(data, EvaluationResult | Labels)
