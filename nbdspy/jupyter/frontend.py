"""Who is looking: a page that can be updated in place, a log that can only grow, or nobody."""

from __future__ import annotations

from typing import Literal

from IPython.core.interactiveshell import InteractiveShell

Frontend = Literal["live", "lines", "static"]


def frontend(shell: InteractiveShell, mode: str | None) -> Frontend:
    """How a run may show that it goes on, as the preferred mode says.

    `static` shows nothing before the end, so that equal runs leave equal notebooks. In no mode, or `auto`, a page says
    in its messages which of its cells it runs, as headless runners do not.
    """
    match mode:
        case "live" | "lines" | "static":
            return mode
    kernel = getattr(shell, "kernel", None)
    asked = kernel.get_parent("shell") if kernel is not None else {}
    return "live" if "cellId" in asked.get("metadata", {}) else "lines"
