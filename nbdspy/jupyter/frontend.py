"""Who is looking: a page that can be updated in place, a terminal that can only grow, or nobody."""

from __future__ import annotations

from typing import Literal

from IPython.core.interactiveshell import InteractiveShell

Frontend = Literal["live", "lines", "static"]


def frontend(shell: InteractiveShell, mode: str | None) -> Frontend:
    """How a run may show that it goes on, as the preferred mode says.

    `static` shows nothing before the end, so that equal runs leave equal notebooks. In no mode, or `auto`, a shell
    without a kernel is a terminal; and a page says in its messages which of its cells it runs, as headless runners do
    not. Those keep every line for an output, and some of them every state of a display.
    """
    match mode:
        case "live" | "lines" | "static":
            return mode
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return "lines"
    return "live" if "cellId" in kernel.get_parent("shell").get("metadata", {}) else "static"
