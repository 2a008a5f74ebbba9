"""A store that cannot be used says why and what to do, and shows no password."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import traceback
from pathlib import Path

import pytest
import sqlalchemy as sa

from nbdspy.errors import StoreError
from nbdspy.models.redaction import redact
from nbdspy.store import Store
from nbdspy.store import database as database_module
from nbdspy.store.address import Address
from nbdspy.store.schema import bring_up

from ..postgres import Postgres

WRONG = "not-the-password"


def kept(path: Path) -> Path:
    """A store with something in it."""
    store = Store(path, redact=redact)
    store.append("stream", "record")
    store.close()
    return path


def test_a_damaged_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"no database at all" * 100)

    with pytest.raises(StoreError, match=r"store\.sqlite cannot be used: it is damaged .*Move the file away"):
        Store(path, redact=redact).append("stream", 1)

    assert path.read_bytes() == b"no database at all" * 100


def test_a_file_that_is_damaged_inside_says_so(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = Store(path, redact=redact)
    for n in range(200):
        store.append("stream", f"{n}" * 200)
    store.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))

    with pytest.raises(StoreError, match="it is damaged"):
        Store(path, redact=redact).read("stream")


FULL = """
import resource, signal, sys
from nbdspy.errors import StoreError
from nbdspy.store import Store
store = Store(sys.argv[1], redact=lambda value: value)
store.append("stream", "before")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
kept = 1
try:
    for n in range(1000):
        store.append("stream", "x" * 5000)
        kept += 1
except StoreError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert len(store.read("stream")) == kept
assert store.append("stream", "after") == kept + 1
store.close()
"""


def test_a_disk_that_takes_no_more_keeps_what_was_kept(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, tmp_path / "store.sqlite"], text=True, capture_output=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "cannot be used: its disk does not do what it should" in done.stdout
    assert "Is it full, over its quota, or gone? What was kept before is still there." in done.stdout


def test_a_full_disk_says_so(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'store.sqlite'}", redact=redact)
    store.append("stream", "before")
    with store._made()._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 8")

    with pytest.raises(StoreError, match=r"its disk is full .*Make room and run it again"):
        store.append("stream", "x" * 100_000)

    assert store.read("stream") == [(1, "before")]
    store.close()


LOCKED = """
import os, sys, tempfile
import nbdspy.store.database
from nbdspy.errors import StoreError
from nbdspy.store import Store
with tempfile.TemporaryDirectory() as folder:
    os.chmod(folder, 0o555)
    if os.getuid() == 0:
        os.seteuid(65534)  # root may write everywhere
    for path in ("store.sqlite", "new/store.sqlite"):
        try:
            Store(f"{folder}/{path}", redact=str).append("stream", 1)
        except StoreError as error:
            print(error)
    os.seteuid(os.getuid())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no such modes there")
def test_a_folder_that_cannot_be_written_to_says_where_to_go() -> None:
    done = subprocess.run([sys.executable, "-c", LOCKED], text=True, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("cannot be used: it cannot be written to") == 2
    assert done.stdout.count("Name a place that you may write to: by store=, or by NBDSPY_HOME") == 2


def test_a_path_that_is_a_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be used: it is a folder\. Name a file, such as .*store\.sqlite"):
        Store(tmp_path, redact=redact).append("stream", 1)


def test_a_file_that_another_process_keeps_busy_is_waited_for_and_then_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "PATIENCE", 0.2)
    path = kept(tmp_path / "store.sqlite")
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    store = Store(path, redact=redact)

    with pytest.raises(StoreError, match="another process has kept it busy for too long"):
        store.append("stream", 2)
    threading.Timer(0.05, lambda: other.execute("COMMIT")).start()

    assert store.append("stream", 2) == 2
    store.close()
    other.close()


def test_a_store_of_a_newer_version_is_not_touched(database: str) -> None:
    store = Store(database, redact=redact)
    store.append("stream", 1)
    engine = store._made()._engine
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE nbdspy_schema SET version = 99")
    store.close()

    with pytest.raises(StoreError, match=r"is of version 99; this nbdspy reads up to version 1\. Update nbdspy"):
        Store(database, redact=redact).read("stream")


def test_a_store_of_an_older_version_is_carried_over_with_what_it_holds(database: str) -> None:
    store = Store(database, redact=redact)
    store.append("stream", "old")
    engine = store._made()._engine
    steps = {1: ("ALTER TABLE nbdspy_records ADD COLUMN moment INTEGER DEFAULT 7",), 2: ("SELECT 1",)}

    bring_up(engine, database, version=3, steps=steps)

    with engine.begin() as connection:
        assert connection.execute(sa.text("SELECT record, moment FROM nbdspy_records")).all() == [('"old"', 7)]
    with pytest.raises(StoreError, match="is of version 3"):
        bring_up(engine, database)
    store.close()


def test_a_step_that_fails_leaves_the_older_version(database: str) -> None:
    store = Store(database, redact=redact)
    store.append("stream", "old")
    steps = {1: ("ALTER TABLE nbdspy_records ADD COLUMN moment INTEGER", "DROP TABLE not_there")}

    with pytest.raises(sa.exc.DBAPIError):
        bring_up(store._made()._engine, database, version=2, steps=steps)

    assert store.read("stream") == [(1, "old")]
    columns = sa.inspect(store._made()._engine).get_columns("nbdspy_records")
    assert [column["name"] for column in columns] == ["stream", "number", "record"]
    bring_up(store._made()._engine, database)
    store.close()


@pytest.mark.parametrize("address", ["postgresql://me:p@ss:w/rd@host:port/db", "://", "sqlite", ""])
def test_an_address_that_cannot_be_read_says_how_to_write_one(address: str) -> None:
    if address == "sqlite":
        assert Address.of(address).path == Path("sqlite").absolute()
        return
    with pytest.raises(StoreError, match=r"postgresql://user:password@host/database") as caught:
        Store(address, redact=redact)

    assert "p@ss" not in str(caught.value)


def test_an_unknown_kind_of_database_says_which_are_known() -> None:
    with pytest.raises(StoreError, match=r"Nobody here knows .* nosuch://me:\*\*\*@host/db .*Write sqlite:///path"):
        Store("nosuch://me:secret-word@host/db", redact=redact).append("stream", 1)


def test_a_wrong_password_is_told_and_no_password_shown(server: Postgres) -> None:
    store = Store(server.url(password=WRONG), redact=redact)

    with pytest.raises(StoreError) as caught:
        store.append("stream", 1)

    told = "".join(traceback.format_exception(caught.value))
    assert "password authentication failed" in str(caught.value)
    assert "Check user, password and database in its address." in str(caught.value)
    assert f"postgresql+psycopg://nbdspy:***@127.0.0.1:{server.port}/postgres" in str(caught.value)
    assert WRONG not in told
    assert WRONG not in repr(store)


def test_a_password_among_the_options_is_not_shown_either(server: Postgres) -> None:
    address = f"postgresql://127.0.0.1:{server.port}/postgres?user=nbdspy&password={WRONG}"

    with pytest.raises(StoreError) as caught:
        Store(address, redact=redact).append("stream", 1)

    assert WRONG not in "".join(traceback.format_exception(caught.value))


def test_a_server_that_is_not_there_is_told(server: Postgres) -> None:
    with pytest.raises(StoreError, match=r"does not let us in or cannot be reached .*Check user, password"):
        Store("postgresql://me:secret-word@127.0.0.1:1/db", redact=redact).append("stream", 1)


def test_a_user_who_may_not_keep_anything_is_told(server: Postgres) -> None:
    server.execute("CREATE ROLE reader LOGIN PASSWORD 'reads'")
    address = server.new()

    with pytest.raises(StoreError, match=r"this user may not keep anything in it .*Let the user create tables"):
        Store(address.replace(f"nbdspy:{server.password}", "reader:reads"), redact=redact).append("stream", 1)


def test_a_server_that_threw_us_out_is_asked_again(server: Postgres) -> None:
    store = Store(server.new(), redact=redact)
    store.append("stream", 1)

    server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test_%'")

    assert store.append("stream", 2) == 2
    store.close()
