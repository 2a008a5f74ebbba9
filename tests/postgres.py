"""A real PostgreSQL on loopback, from the system's package: started once, in a folder of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

USER = "nbdspy"
PATIENCE = 60.0  # seconds to start; a machine that runs the tests may be busy
TRIES = 5  # other programs take ports, too
_numbers = count(1)


@dataclass(frozen=True)
class Postgres:
    """A server that is up."""

    port: int
    password: str

    def url(self, database: str = "postgres", *, user: str = USER, password: str | None = None) -> str:
        """The address of a database, or what somebody who does not know the password takes for it."""
        return f"postgresql://{user}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def new(self) -> str:
        """The address of a new database."""
        name = f"test_{next(_numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def execute(self, statement: str) -> None:
        """Do what only an administrator may."""
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running() -> Iterator[Postgres]:
    """A server for the block; skips the test where none is installed."""
    pytest.importorskip("psycopg", reason="pip install 'nbdspy[postgres]' brings what speaks to PostgreSQL")
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL is installed: `apt-get install postgresql`")
    account = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}  # it refuses to be run by root
    folder = Path(tempfile.mkdtemp(prefix="nbdspy-postgres-"))
    try:
        password = secrets.token_hex(16)
        (folder / "password").write_text(password)
        if account:
            for path in (folder, folder / "password"):
                shutil.chown(path, **account)
        subprocess.run(
            [programs / "initdb", "--pgdata", folder / "data", "--username", USER, "--pwfile", folder / "password",
             "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, cwd=folder, **account,
        )  # fmt: skip
        with _started(programs, folder, account) as port:
            yield Postgres(port, password)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    """The folder of the newest server's programs; Debian does not have them in the path."""
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    found = [path for path in versions if (path / "postgres").exists() and (path / "initdb").exists()]
    if found:
        return max(found, key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0)
    program = shutil.which("initdb")
    return None if program is None else Path(program).resolve().parent


@contextmanager
def _started(programs: Path, folder: Path, account: dict[str, str]) -> Iterator[int]:
    for _ in range(TRIES):
        port = _free_port()
        with (folder / "log").open("w") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", folder / "data", "-p", str(port), "-c", "listen_addresses=127.0.0.1",
                 "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"],
                stdout=log, stderr=log, cwd=folder, **account,
            )  # fmt: skip
        try:
            if _answers(server, programs, port):
                yield port
                return
        finally:
            if server.poll() is None:
                server.send_signal(signal.SIGINT)  # end at once, without waiting for those who are connected
            server.wait(timeout=PATIENCE)
    raise RuntimeError(f"PostgreSQL does not start: {(folder / 'log').read_text()}")


def _answers(server: subprocess.Popen[bytes], programs: Path, port: int) -> bool:
    """Wait until it does; False when it has ended instead."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        asked = subprocess.run([programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False)
        if asked.returncode == 0 and server.poll() is None:
            return True
        time.sleep(0.05)
    return False


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
