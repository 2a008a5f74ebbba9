"""A notebook run without a page: cell by cell in a kernel of its own, with what it says passed on."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nbdspy.errors import NbdspyError, UsageError
from nbdspy.render import short

if TYPE_CHECKING:
    from nbformat import NotebookNode

MOST_SAID: Final = 200  # characters of an error


class NotebookFailed(NbdspyError):
    """A cell of the notebook raised; the message holds what it showed."""


def read(path: Path) -> NotebookNode:
    """The notebook in a file.

    Raises:
        UsageError: When there is none.
    """
    nbformat = _package("nbformat")
    try:
        return nbformat.read(path, as_version=4)  # type: ignore[no-any-return]
    except FileNotFoundError as error:
        raise UsageError(f"There is no notebook {str(path)!r}.", hint="Check the path.") from error
    except nbformat.reader.NotJSONError as error:
        raise UsageError(f"{str(path)!r} is not a notebook.", hint="A notebook ends in .ipynb.") from error


def run(
    notebook: NotebookNode, *, folder: Path, environment: Mapping[str, str], aloud: bool = False,
    past_errors: bool = False, last: str = "",
) -> None:  # fmt: skip
    """Run every cell; the notebook holds its outputs afterwards, and no word of when that was.

    Args:
        notebook: It is changed.
        folder: Where its cells find files.
        environment: Variables of the kernel, besides this process's own.
        aloud: Say which cell runs, and pass on what it says.
        past_errors: Go on after a cell that raised.
        last: What the kernel runs behind the last cell, which leaves nothing in the notebook.

    Raises:
        NotebookFailed: When a cell raised, or the kernel died; says which cell, by its number from 1.
    """
    nbclient = _package("nbclient")
    from nbdspy.cli.aloud import AloudClient

    length = len(notebook.cells)

    def announce(cell: NotebookNode, cell_index: int) -> None:
        if aloud and cell.cell_type == "code" and cell.source.strip() and cell_index < length:
            print(f"[{cell_index + 1}/{length}] {cell.source.strip().splitlines()[0]}", file=sys.stderr)

    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    client = (AloudClient if aloud else nbclient.NotebookClient)(
        notebook,
        timeout=None,
        iopub_timeout=60,  # a busy machine may bring the last words of a cell late
        kernel_name="python3",
        allow_errors=past_errors,
        # A kernel warns of its own transport on every start, and colours what it shows for a page that we are not.
        extra_arguments=["--log-level=ERROR", "--InteractiveShell.colors=nocolor"],
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=announce,
        record_timing=False,  # what was run again would differ each time
    )
    if last:
        notebook.cells.append(_package("nbformat").v4.new_code_cell(last))
    try:
        client.execute(env={**os.environ, **environment})
    except nbclient.exceptions.DeadKernelError as error:
        raise NotebookFailed(
            "The notebook's kernel died.", hint="Was there enough memory? Run it in Jupyter to see where."
        ) from error
    except nbclient.exceptions.CellExecutionError as error:
        number, why = raised(notebook)[0]
        failed = notebook.cells[number - 1]
        shown = next(output for output in failed.outputs if _is_error(output))
        raise NotebookFailed(
            f"Cell {number} raised {why}\n\n{failed.source}\n\n" + "\n".join(shown.traceback)
        ) from error
    finally:
        del notebook.cells[length:]


def last_text(notebook: NotebookNode) -> str:
    """The text of the last output that is there; exercises at the end of a lesson are passed over."""
    texts = [
        output.data["text/plain"]
        for cell in takewhile(lambda cell: "## Exercises" not in cell.source, notebook.cells)
        for output in cell.get("outputs", ())
        if "text/plain" in output.get("data", {})
    ]
    return texts[-1] if texts else ""


def raised(notebook: NotebookNode) -> list[tuple[int, str]]:
    """The cells that raised and were not meant to, by their number from 1, with the first line of their error."""
    return [
        (number, short(f"{output.ename}: {output.evalue}", MOST_SAID))
        for number, cell in enumerate(notebook.cells, start=1)
        if "raises-exception" not in cell.metadata.get("tags", ())
        for output in cell.get("outputs", ())
        if _is_error(output)
    ]


def _is_error(output: Any) -> bool:
    return bool(output.output_type == "error")


def _package(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise UsageError(f"{name} is not installed.", hint="Install nbdspy[notebook].") from error
