"""A kernel of its own, and what its cells show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jupyter_client.manager import KernelManager


class Page:
    """A kernel and what its cells showed, as a page keeps it; `told` is what the last cell said to its widgets."""

    def __init__(self) -> None:
        self.manager = KernelManager()
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(
        self, cell: str, *, metadata: dict[str, Any] | None = None, meanwhile: Callable[[], None] = lambda: None,
        other: Callable[[dict[str, Any]], object] = lambda said: None,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """Run a cell; returns its output messages, and gives those of other cells to `other`."""
        content = {
            "code": cell, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False,
            "stop_on_error": True,
        }  # fmt: skip
        message = self.client.session.msg("execute_request", content, metadata=metadata or {})
        self.client.shell_channel.send(message)
        meanwhile()
        outputs = []
        self.told: list[dict[str, Any]] = []
        while True:
            said = self.client.get_iopub_msg(timeout=60)
            if said["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                other(said)
                continue
            if said["msg_type"] == "status" and said["content"]["execution_state"] == "idle":
                return outputs
            if said["msg_type"].startswith("comm_"):
                self.told.append(said)
            elif said["msg_type"] not in ("status", "execute_input"):
                outputs.append(said)

    @property
    def patches(self) -> list[str]:
        """The HTML of each change that the last cell sent to its live card."""
        contents = [said["content"]["data"].get("content", {}) for said in self.told]
        return ["".join(content["changed"].values()) for content in contents if "changed" in content]

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def kinds(outputs: list[dict[str, Any]]) -> list[str]:
    return [output["msg_type"] for output in outputs]
