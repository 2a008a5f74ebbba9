"""An nbclient that passes on what cells say; apart from `headless`, because nbclient is an extra."""

from __future__ import annotations

import sys
from typing import Any

from nbclient import NotebookClient


class AloudClient(NotebookClient):
    """Writes the lines of a running cell to stderr as they come."""

    def output(self, outs: list[Any], msg: dict[str, Any], display_id: Any, cell_index: int) -> Any:
        """Keep a message of the kernel as an output."""
        if msg["msg_type"] == "stream":
            print("   ", msg["content"]["text"].strip().replace("\n", "\n    "), file=sys.stderr)
        return super().output(outs, msg, display_id, cell_index)
