"""Real MCP servers: one that a test starts by its command, one that listens on this machine."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVER = Path(__file__).with_name("mcp_server.py")


@pytest.fixture(scope="session")
def command() -> list[str]:
    """What starts the server over its standard streams."""
    return [sys.executable, str(SERVER)]


def listening() -> tuple[subprocess.Popen[bytes], str]:
    """A server process over HTTP, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, str(SERVER), str(port)])
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process, f"http://127.0.0.1:{port}/mcp"
        except OSError:
            assert process.poll() is None, "the server has ended"
            time.sleep(0.1)
    raise AssertionError("the server does not listen")


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where a server answers over HTTP."""
    process, url = listening()
    yield url
    process.kill()
    process.wait()
