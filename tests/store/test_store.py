"""The store: what is kept is found again, by the next process too, whatever the database and whoever else writes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nbdspy.errors import UsageError
from nbdspy.models.redaction import redact
from nbdspy.runtime import map_threads
from nbdspy.store import Store

SECRET = "sk-0123456789abcdef0123"


@pytest.fixture
def opened(database: str) -> Iterator[Callable[[], Store]]:
    """Makes stores of one database, as other processes would."""
    made: list[Store] = []

    def make() -> Store:
        made.append(Store(database, redact=redact))
        return made[-1]

    yield make
    for store in made:
        store.close()


def run(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(process: subprocess.Popen[str]) -> str:
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return out.strip()


def test_records_are_read_in_order_by_the_next_process(opened: Callable[[], Store]) -> None:
    store = opened()

    numbers = [store.append("run 1", {"n": n}) for n in range(3)]
    store.append("run 2", {"n": "other"})

    assert numbers == [1, 2, 3]
    assert opened().read("run 1") == [(1, {"n": 0}), (2, {"n": 1}), (3, {"n": 2})]
    assert opened().read("run 1", after=2) == [(3, {"n": 2})]
    assert opened().read("run 3") == []


def test_values_are_set_replaced_and_forgotten(opened: Callable[[], Store]) -> None:
    store = opened()
    store.put("runs", "b", {"state": "begun"})
    store.put("runs", "a", [1, 2])
    store.put("others", "a", None)

    store.put("runs", "b", {"state": "done"})

    later = opened()
    assert later.items("runs") == [("a", [1, 2]), ("b", {"state": "done"})]
    assert later.keys("runs") == ["a", "b"]
    assert later.get("runs", "b") == {"state": "done"}
    assert later.get("others", "a", default="none") is None
    assert later.get("others", "b", default="none") == "none"
    assert (later.remove("runs", "a"), later.remove("runs", "a")) == (True, False)
    assert store.keys("runs") == ["b"]


def test_only_the_first_claim_wins_and_a_stale_one_is_taken_over_once(opened: Callable[[], Store]) -> None:
    first, second = opened(), opened()

    assert (first.put_new("claims", "run", {"by": 1}), second.put_new("claims", "run", {"by": 2})) == (True, False)
    stale = second.get("claims", "run")
    assert second.replace("claims", "run", stale, {"by": 2})
    assert not first.replace("claims", "run", stale, {"by": 3})
    assert first.get("claims", "run") == {"by": 2}


@pytest.mark.parametrize(
    "value",
    ["half a pair \ud800", "a zero \0 and 'quotes' \"too\" \\", "ユニコード 🧭",
     {"b": 1, "a": [None, True, 0.1, 10**30]}, "x" * 3_000_000],
    ids=["half a surrogate pair", "control characters", "other scripts", "order and numbers", "large"],
)  # fmt: skip
def test_a_value_comes_back_as_it_was(opened: Callable[[], Store], value: Any) -> None:
    opened().put("values", "key", value)

    back = opened().get("values", "key")

    assert json.dumps(back) == json.dumps(value)


@pytest.mark.parametrize("value", [float("nan"), {"score": [float("inf")]}, {1, 2}, object()])
def test_what_json_cannot_say_is_refused(opened: Callable[[], Store], value: Any) -> None:
    store = opened()

    with pytest.raises(UsageError, match=r"cannot be kept: .*Give what JSON can say\."):
        store.append("stream", value)

    assert store.read("stream") == []


@pytest.mark.parametrize("name", ["", "x" * 256, "a\0b", "\ud800"])
def test_a_name_that_not_every_database_takes_is_refused(opened: Callable[[], Store], name: str) -> None:
    with pytest.raises(UsageError, match="cannot name what is kept"):
        opened().put("collection", name, 1)


def test_keys_never_reach_it(opened: Callable[[], Store]) -> None:
    store = opened()

    store.append("stream", {"note": f"use {SECRET} for now"})
    store.put("collection", "key", [SECRET])

    assert store.read("stream") == [(1, {"note": "use [redacted] for now"})]
    assert store.get("collection", "key") == ["[redacted]"]


def test_threads_lose_nothing(opened: Callable[[], Store]) -> None:
    store = opened()

    def keep(n: int) -> int:
        store.put("values", f"{n:03}", n)
        return store.append("stream", n)

    numbers = [done.result for done in map_threads(keep, range(300), threads=16)]

    assert sorted(numbers) == list(range(1, 301))  # type: ignore[type-var]
    assert sorted(record for _, record in store.read("stream")) == list(range(300))
    assert [value for _, value in store.items("values")] == list(range(300))


WRITER = """
import sys
from nbdspy.store import Store
store = Store(sys.argv[1], redact=lambda value: value)
mine = 0
for n in range(100):
    store.append("stream", [sys.argv[2], n])
    store.put("values", "shared", n)
    mine += store.put_new("claims", str(n), sys.argv[2])
print(mine)
store.close()
"""


def test_processes_that_write_at_once_lose_nothing_and_share_the_claims(
    opened: Callable[[], Store], database: str
) -> None:
    writers = [run(WRITER, database, name) for name in "abcd"]

    won = [int(ended(writer)) for writer in writers]

    records = opened().read("stream")
    assert [number for number, _ in records] == list(range(1, 401))
    for name in "abcd":  # what each has written stands in its own order
        assert [n for _, (by, n) in records if by == name] == list(range(100))
    assert sum(won) == len(opened().keys("claims")) == 100


KILLED = """
import sys
from nbdspy.store import Store
store = Store(sys.argv[1], redact=lambda value: value)
n = 0
while True:
    store.append("stream", n)
    store.put("values", str(n), "x" * 500)
    n += 1
    print(n, flush=True)
"""


@pytest.mark.parametrize("said", [1, 37, 200])
def test_a_killed_process_has_lost_nothing_that_was_committed(
    opened: Callable[[], Store], database: str, said: int
) -> None:
    writer = run(KILLED, database)
    assert writer.stdout is not None
    assert writer.stderr is not None
    for _ in range(said):
        writer.stdout.readline()

    writer.send_signal(signal.SIGKILL)
    last = [int(line) for line in writer.stdout.read().split("\n")[:-1]][-1:] or [said]
    writer.wait()
    writer.stdout.close()
    writer.stderr.close()

    store = opened()
    records = [n for _, n in store.read("stream")]
    assert records == list(range(len(records)))
    assert len(records) in (last[0], last[0] + 1)
    assert len(store.keys("values")) >= last[0]
    assert store.append("stream", "more") == len(records) + 1


FORKED = """
import os, sys
from nbdspy.store import Store
store = Store(sys.argv[1], redact=lambda value: value)
store.append("stream", "before")
child = os.fork()
if child == 0:
    store.append("stream", "child")
    sys.exit(0)  # as a script ends, which lets go of what it has open
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
store.append("stream", "after")
store.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
def test_a_fork_opens_it_anew_and_leaves_the_parents_alone(opened: Callable[[], Store], database: str) -> None:
    ended(run(FORKED, database))

    assert [record for _, record in opened().read("stream")] == ["before", "child", "after"]


def test_a_closed_store_is_opened_again_by_its_next_use(opened: Callable[[], Store]) -> None:
    store = opened()
    store.put("values", "key", 1)

    store.close()

    assert store.get("values", "key") == 1


def test_many_who_begin_a_store_at_once_make_one(opened: Callable[[], Store]) -> None:
    begin = threading.Barrier(8)

    def first(n: int) -> int:
        store = opened()
        begin.wait()
        return store.append("stream", n)

    numbers = [done.result for done in map_threads(first, range(8), threads=8)]

    assert sorted(numbers) == list(range(1, 9))  # type: ignore[type-var]


def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    store = Store(tmp_path / "new" / "store.sqlite", redact=redact)

    assert (store.read("stream"), store.get("a", "b"), store.items("a"), store.keys("a")) == ([], None, [], [])
    assert not store.remove("a", "b")
    assert list(tmp_path.iterdir()) == []


def test_a_file_whose_folder_was_deleted_is_begun_anew(tmp_path: Path) -> None:
    import shutil

    store = Store(tmp_path / "new" / "store.sqlite", redact=redact)
    store.append("stream", "lost")
    shutil.rmtree(tmp_path / "new")

    assert store.append("stream", "kept") == 1
    store.close()
    assert Store(tmp_path / "new" / "store.sqlite", redact=redact).read("stream") == [(1, "kept")]


def test_many_keys_are_forgotten_at_once_and_the_others_stay(opened: Callable[[], Store]) -> None:
    store = opened()
    for n in range(1_100):
        store.put_new("values", str(n), n)
    store.put("others", "7", "other")

    store.remove_all("values", [str(n) for n in range(1_099)])

    assert opened().items("values") == [("1099", 1099)]
    assert opened().get("others", "7") == "other"


def test_what_is_forgotten_by_its_name_is_gone_whole_and_the_rest_stays(opened: Callable[[], Store]) -> None:
    store = opened()
    for n in range(3):
        store.append("run 1", {"n": n})
        store.put("run 1", str(n), "x" * 100)
    store.append("run 10", {"n": "other"})

    assert store.size("run 1") == 3 * len('{"n":0}') + 3 * 102
    assert store.size("run 1", "run 10") == store.size("run 1") + len('{"n":"other"}')
    store.forget("run 1", "never there")

    assert (store.read("run 1"), store.items("run 1"), store.size("run 1")) == ([], [], 0)
    assert opened().read("run 10") == [(1, {"n": "other"})]
    assert store.append("run 1", "again") == 1


def test_a_file_becomes_smaller_once_nobody_else_is_at_it(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store, other = Store(path, redact=redact), Store(path, redact=redact)
    for n in range(300):
        store.put("values", str(n), "x" * 10_000)
    other.put("others", "key", 1)
    store.forget("values")

    assert store.shrink()

    assert sum(file.stat().st_size for file in tmp_path.glob("store.sqlite*")) < 100_000
    assert other.get("others", "key") == 1
    store.close()
    other.close()


def test_nothing_to_shrink_and_nothing_to_forget_make_no_file(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite", redact=redact)

    store.forget("values")

    assert (store.shrink(), store.size("values")) == (True, 0)
    assert not list(tmp_path.iterdir())


def test_a_server_needs_no_shrinking(opened: Callable[[], Store]) -> None:
    store = opened()
    store.put("values", "key", 1)

    assert store.shrink()
    assert store.get("values", "key") == 1
