"""Who is looking: a page that can be updated in place, a log that can only grow, or nobody."""

from __future__ import annotations

import os
from typing import Literal

from IPython.core.interactiveshell import InteractiveShell

from nbdspy.errors import SettingsError

Frontend = Literal["live", "lines", "static"]


def frontend(shell: InteractiveShell) -> Frontend:
    """How a run may show that it goes on.

    `NBDSPY_MODE` decides when it is set: `static` shows nothing before the end, so that equal runs leave equal
    notebooks. Otherwise a page says in its messages which of its cells it runs, as headless runners do not.

    Raises:
        SettingsError: When `NBDSPY_MODE` is none of the three.
    """
    chosen = os.environ.get("NBDSPY_MODE")
    match chosen:
        case "live" | "lines" | "static":
            return chosen
        case None | "":
            kernel = getattr(shell, "kernel", None)
            asked = kernel.get_parent("shell") if kernel is not None else {}
            return "live" if "cellId" in asked.get("metadata", {}) else "lines"
    raise SettingsError(f"NBDSPY_MODE is {chosen!r}.", hint="Set it to static, lines or live, or not at all.")
