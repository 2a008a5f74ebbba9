"""What can stand at the cursor in our cells; it runs in the kernel, so every frontend has it."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from typing import Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from nbdspy.jupyter.catalogue import Catalogue
from nbdspy.jupyter.manuals import MANUALS, Manual
from nbdspy.jupyter.namespace import Namespace
from nbdspy.jupyter.tables import columns_of, table_names
from nbdspy.jupyter.tokenizer import words_so_far
from nbdspy.jupyter.words import DEFAULT_OPTIMIZER, field_types, known_words, optimizer_settings

_MAGIC = re.compile(r"(?:^|=)\s*%%?(\w+)[ \t]+(.*)$", re.DOTALL)
_CELL = re.compile(r"\s*%%(\w+)[ \t]*([^\n]*)\n")
_FIELD_TYPE = re.compile(r"^\s*\w+\s*:\s*(?:.*[\[,|]\s*)?(\w*)$")
_VALUE = re.compile(r"=|Literal\s*\[[^\]]*$")  # a default, or a choice
_FIELD_NAME = re.compile(r"^\s*(\w*)$")

Candidates = tuple[str, Iterable[str]]
"""What is typed of the word, and the words that may stand there."""


def matcher(names: Namespace, catalogue: Catalogue) -> Callable[[CompletionContext], SimpleMatcherResult]:
    """IPython's kind of completer, for the magics of one notebook."""

    @context_matcher()  # type: ignore[untyped-decorator]
    def nbdspy_matcher(context: CompletionContext) -> SimpleMatcherResult:
        typed, words = _candidates(context, names, catalogue)
        found = [SimpleCompletion(word, type="nbdspy") for word in words if word.startswith(typed)]
        return {"completions": found, "matched_fragment": typed, "suppress": bool(found)}

    return nbdspy_matcher  # type: ignore[no-any-return]


def _candidates(context: CompletionContext, names: Namespace, catalogue: Catalogue) -> Candidates:
    cell = _CELL.match(context.full_text)
    is_ours = cell is not None and cell[1] in MANUALS
    before = context.text_until_cursor if is_ours else _whole_line(context)
    magic = _MAGIC.search(before)
    if magic and magic[1] in MANUALS:
        return _in_line(MANUALS[magic[1]], magic[2], names, catalogue)
    if cell is None or context.cursor_line == 0:
        return "", ()
    match cell[1]:
        case "signature":
            return _field(before, context, names)
        case "predict":
            return _field_name(before, cell[2], names)
        case "compile":
            return _setting(before, cell[2])
    return "", ()


def _whole_line(context: CompletionContext) -> str:
    """The line up to the cursor, with those that go on in it: IPython puts a space for a backslash at a line's end."""
    above = context.full_text.split("\n")[: context.cursor_line]
    whole: str = context.text_until_cursor
    while above and above[-1].endswith("\\"):
        whole = f"{above.pop()[:-1]} {whole}"
    return whole


def _in_line(manual: Manual, text: str, names: Namespace, catalogue: Catalogue) -> Candidates:
    """Options, their values, and what stands before them."""
    written = words_so_far(text)
    if written is None:
        return "", ()
    options = {option.name: option for option in manual.options}
    words = [part for word in written for part in _apart(word, options)]
    typed = words.pop() if written and text.endswith(written[-1]) else ""
    if typed.startswith(("{", '"', "'")):
        return "", ()
    if words and words[-1] in options and options[words[-1]].takes:
        takes = options[words[-1]].takes
        return typed, _sorting(words, names) if takes == "COLUMN" else _of_kind(takes, names)
    unused = [name for name in options if name not in words]
    if typed.startswith("-"):
        return typed, unused
    targets = _before_options(words)
    if not targets:
        return typed, _of_kind(manual.target, names)
    if manual.name in ("evaluate", "playground") and len(targets) == 1:
        return typed, [*_of_kind(manual.target, names), *unused]
    if manual.name == "prompt":
        return typed, [*(f"{name}=" for name in _inputs(targets[0], names)), *unused]
    if manual.name == "runs":
        return typed, _runs(targets)
    if manual.name == "programs":
        return typed, _programs(targets, names, catalogue)
    if manual.name == "nbdspy" and targets in (["help"], ["as"]):
        return typed, MANUALS if targets == ["help"] else ("dspy",)
    return typed, unused


def _apart(word: str, options: Container[str]) -> list[str]:
    """The word; an option and its value, where they are written as one."""
    name, equals, value = word.partition("=")
    return [name, value] if equals and name in options else [word]


def _before_options(words: list[str]) -> list[str]:
    first = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    return words[:first]


def _of_kind(kind: str, names: Namespace) -> Iterable[str]:
    """The words that an option's placeholder stands for: those of every notebook, and variables of this one."""
    return [*known_words(kind), *_variables_of_kind(kind, names)]


def _variables_of_kind(kind: str, names: Namespace) -> Iterable[str]:
    match kind:
        case "DF":
            return table_names(names)
        case "DATA":
            return sorted([*table_names(names), *_variables(names, _is_said_of)])
        case "PROGRAM":
            return _variables(names, _is_program)
        case "METRIC":
            return _variables(names, lambda value: callable(value) and not _is_program(value))
        case "OPTIMIZER":
            from nbdspy.optimizers import Optimizer

            return _variables(names, lambda value: isinstance(value, Optimizer))
        case "MODEL":
            from nbdspy.models import BaseLM

            return _variables(names, lambda value: isinstance(value, BaseLM))
        case "WHICH":
            from nbdspy.observe import Trace

            return _variables(names, lambda value: isinstance(value, Trace) or _is_program(value) or _is_found(value))
    return ()


def _sorting(words: list[str], names: Namespace) -> Iterable[str]:
    """The columns that the rows of an evaluation can be sorted by."""
    program = names.values.get(words[0])
    if not _is_program(program):
        return ("row", "seconds")
    data = words[words.index("--data") + 1] if "--data" in words else ""
    inputs = [*_inputs(words[0], names)]
    expected = [f"expected_{column}" for column in columns_of(data, names) if column not in inputs]
    return [*inputs, *expected, *_outputs(program), "score", "row", "seconds"]


def _runs(targets: list[str]) -> Iterable[str]:
    """The runs that this can be done to."""
    from nbdspy.optimizers import begun_runs, kept_runs

    action = targets[0]
    if action == "delete":
        return [str(run.record.number) for run in kept_runs() if str(run.record.number) not in targets]
    if len(targets) > 1 or action in ("kept", "clear"):
        return ()
    return [str(number) for number, run in begun_runs if action == "wait" or not run.is_done]


def _programs(targets: list[str], names: Namespace, catalogue: Catalogue) -> Iterable[str]:
    """What `%programs` compares or brings back."""
    versions = catalogue.versions
    match targets:
        case ["diff"] | ["diff", _]:
            return [*_variables(names, _is_program), *(version.called for version in versions)]
        case ["restore"]:
            return dict.fromkeys(version.name for version in versions)
        case ["restore", name]:
            return [str(version.number) for version in versions.of(name)]
    return ()


def _field(before: str, context: CompletionContext, names: Namespace) -> Candidates:
    """The type of a field; below the instruction its name, too, where a table has a column of that."""
    if "#" in before:
        return "", ()
    if _VALUE.search(before.rpartition(":")[2]):
        return "", ()
    if match := _FIELD_TYPE.match(before):
        return match[1], dict.fromkeys((*field_types(), *_variables(names, _is_type)))
    above = context.full_text.split("\n")[1 : context.cursor_line]
    name = _FIELD_NAME.match(before)
    if name is None or not any(line.strip() in ("", "->") for line in above):
        return "", ()
    taken = {line.partition(":")[0].strip() for line in above}
    here = [table for table in table_names(names) if "." not in table]  # a part of a data set may have to be read
    known = dict.fromkeys(column for table in here for column in columns_of(table, names))
    return name[1], [f"{column}: " for column in known if column.isidentifier() and column not in taken]


def _field_name(before: str, line: str, names: Namespace) -> Candidates:
    words = line.split()
    if not words or not _FIELD_NAME.match(before):
        return "", ()
    labels = [f"{name}: " for name in _inputs(words[0], names)]
    return before.strip(), labels if len(labels) > 1 else ()  # of an only input the whole text is the value


def _setting(before: str, line: str) -> Candidates:
    match = _FIELD_NAME.match(before)
    found = re.search(r"--with[ =]+(\w+)", line)
    if match is None:
        return "", ()
    return match[1], [f"{name} = " for name in optimizer_settings(found[1] if found else DEFAULT_OPTIMIZER)]


def _inputs(program: str, names: Namespace) -> Iterable[str]:
    from nbdspy.modules import as_program
    from nbdspy.modules.inputs import input_fields

    value = names.values.get(program)
    return input_fields(as_program(value)) if _is_program(value) else ()


def _outputs(program: Any) -> Iterable[str]:
    """What a program's last predictor gives: what it likely gives itself."""
    from nbdspy.modules import as_program

    predictors = as_program(program).predictors()
    return predictors[-1].signature.output_fields if predictors else ()


def _variables(names: Namespace, fits: Callable[[Any], bool]) -> list[str]:
    return sorted(name for name in names.names() if fits(names.values[name]))


def _is_program(value: Any) -> bool:
    from nbdspy.modules import Module
    from nbdspy.signatures import SignatureType

    return isinstance(value, Module | SignatureType)


def _is_type(value: Any) -> bool:
    return isinstance(value, type) and not _is_program(value)


def _is_found(value: Any) -> bool:
    """Whether a run gave it."""
    from nbdspy.data import Prediction
    from nbdspy.evaluation import EvaluationResult
    from nbdspy.optimizers import Result

    return isinstance(value, Prediction | EvaluationResult | Result)


def _is_said_of(value: Any) -> bool:
    """Whether it has rows with answers to them."""
    from nbdspy.evaluation import EvaluationResult
    from nbdspy.forms import Labels

    return isinstance(value, EvaluationResult | Labels)
