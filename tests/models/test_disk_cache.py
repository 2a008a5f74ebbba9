"""The disk tier of the reply cache: between processes, across forks, in little room, and when the file is no good."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import stat
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from nbdspy.errors import UsageError
from nbdspy.models import Extras, Reply, Request, Usage, configure_cache, replies, use_cassette
from nbdspy.models.cache import ReplyCache
from nbdspy.models.disk_cache import FILE, DiskCache, default_folder
from nbdspy.models.gate import Gate
from nbdspy.runtime import map_threads
from nbdspy.testing.fake import FakeLeaf

SECRET = "sk-0123456789abcdef0123"
ASKED = Request(model="durable", prompt="six times seven?")


class Durable(FakeLeaf):
    """A leaf as those of providers are; counts its calls."""

    durable = True

    def __init__(self, text: str = "42", *, scope: str = "") -> None:
        super().__init__(self._said)
        self.text = text
        self.scope = scope
        self.calls = 0

    def _said(self, request: Request) -> str:
        self.calls += 1
        return self.text


def gate(folder: Path, **settings: int) -> Gate:
    """A gate as another process would have it: nothing in memory, the folder's file."""
    return Gate(cache=ReplyCache(disk=DiskCache(folder, **settings)))


def reply(text: str) -> Reply:
    return Reply(texts=(text,))


def found(text: str) -> Reply:
    return Reply(texts=(text,), cached=True)


def run(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(process: subprocess.Popen[str]) -> str:
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return out.strip()


def test_a_reply_is_found_again_with_all_that_it_holds(tmp_path: Path) -> None:
    kept = Reply(
        texts=("4", "2 \ud800"), extras=(Extras(reasoning="6 * 7", logprobs={"content": [1]}), Extras()),
        usage=Usage(prompt=7, completion=3, cached=1), cost=0.25, finish_reasons=("stop", "length"),
    )  # fmt: skip
    DiskCache(tmp_path).put("key", kept)

    assert DiskCache(tmp_path).get("key") == replace(kept, cached=True)
    assert DiskCache(tmp_path).get("other") is None


def test_the_next_process_asks_nobody(tmp_path: Path) -> None:
    leaf = Durable()
    gate(tmp_path).send(leaf, ASKED, cache=True)

    found = gate(tmp_path).send(leaf, ASKED, cache=True)

    assert (found.text, found.cached, leaf.calls) == ("42", True, 1)


def test_a_reply_from_disk_is_in_memory_from_then_on(tmp_path: Path) -> None:
    leaf = Durable()
    gate(tmp_path).send(leaf, ASKED, cache=True)
    later = gate(tmp_path)

    for _ in range(3):
        later.send(leaf, ASKED, cache=True)

    stats = later.cache.stats()
    assert (stats.memory, stats.disk, stats.memory_hits, stats.disk_hits, stats.misses) == (1, 1, 2, 1, 0)


def test_a_stream_is_answered_from_disk(tmp_path: Path) -> None:
    leaf = Durable()
    gate(tmp_path).send(leaf, ASKED, cache=True)

    assert list(gate(tmp_path).stream(leaf, ASKED, cache=True)) == ["42"]
    assert leaf.calls == 1


def test_replies_of_fakes_and_of_models_without_the_cache_stay_off_the_disk(tmp_path: Path) -> None:
    gate(tmp_path).send(FakeLeaf(lambda request: "42"), ASKED, cache=True)
    gate(tmp_path).send(Durable(), ASKED, cache=False)

    assert list(tmp_path.iterdir()) == []


def test_an_answer_of_another_server_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    one = gate(tmp_path)

    said = [one.send(Durable(text, scope=text), ASKED, cache=True).text for text in ("here", "there", "here")]

    assert said == ["here", "there", "here"]


def test_what_is_recorded_is_asked_anew(tmp_path: Path) -> None:
    leaf = Durable()
    gate(tmp_path / "cache").send(leaf, ASKED, cache=True)
    later = gate(tmp_path / "cache")

    with use_cassette("record", tmp_path / "file.jsonl") as cassette:
        later.cassette = cassette
        found = later.send(leaf, ASKED, cache=True)

    assert not found.cached
    assert leaf.calls == 2


def test_the_file_holds_json_for_its_owner_only(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path / "new" / "folder")
    disk.put("key", reply("42"))
    disk.close()

    import sqlite3

    connection = sqlite3.connect(disk.path)
    ((text,),) = connection.execute("SELECT reply FROM replies").fetchall()
    connection.close()
    assert json.loads(text)["texts"] == ["42"]
    assert stat.S_IMODE(disk.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(disk.path.parent.stat().st_mode) == 0o700


def test_a_reply_with_a_key_in_it_stays_off_the_disk(tmp_path: Path) -> None:
    here, leaf = gate(tmp_path), Durable(f"your key is {SECRET}")

    said = [here.send(leaf, ASKED, cache=True).text for _ in range(2)]

    assert said == [leaf.text, leaf.text]
    assert leaf.calls == 1
    assert DiskCache(tmp_path).get(ASKED.key()) is None
    assert all(SECRET.encode() not in file.read_bytes() for file in tmp_path.iterdir())


def test_what_a_tool_is_called_with_is_kept_whatever_it_is_called(tmp_path: Path) -> None:
    call = {"id": "1", "name": "login", "arguments": {"password": "hunter2", "page_token": "p2"}}
    kept = Reply(texts=("",), extras=(Extras(tool_calls=(call,)),))
    DiskCache(tmp_path).put("key", kept)

    assert DiskCache(tmp_path).get("key") == replace(kept, cached=True)


def test_the_file_keeps_to_its_limit_and_what_was_used_last_stays(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path, limit=1_000_000)
    disk.put("loved", reply("x" * 2_000))

    for number in range(2_000):
        disk.put(str(number), reply("x" * 2_000))
        disk.get("loved")

    count, size = disk.measure()
    assert size <= 1_000_000
    assert 200 < count < 500
    assert disk.get("loved") is not None
    assert disk.get("1999") is not None
    assert disk.get("0") is None
    disk.close()
    assert disk.path.stat().st_size <= 1_000_000


def test_a_smaller_limit_makes_a_smaller_file(tmp_path: Path) -> None:
    large = DiskCache(tmp_path, limit=10_000_000)
    for number in range(500):
        large.put(str(number), reply("x" * 4_000))
    large.close()
    before = large.path.stat().st_size

    small = DiskCache(tmp_path, limit=500_000)
    small.get("499")
    small.close()

    assert before > 2_000_000
    assert small.path.stat().st_size <= 500_000


def test_a_reply_that_would_push_out_the_others_is_not_kept(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path, limit=1_000_000)
    disk.put("small", reply("42"))

    disk.put("large", reply("x" * 900_000))

    assert disk.get("large") is None
    assert disk.get("small") == found("42")


WRITER = """
import sys
from pathlib import Path
from nbdspy.models import Reply
from nbdspy.models.disk_cache import DiskCache
disk = DiskCache(Path(sys.argv[1]))
for number in range(300):
    disk.put(f"{sys.argv[2]}-{number}", Reply(texts=(f"{sys.argv[2]}-{number}",)))
    disk.put("shared", Reply(texts=(str(number),)))
    found = disk.get(f"{sys.argv[3]}-{number}")
    assert found is None or found.text == f"{sys.argv[3]}-{number}"
"""


def test_two_processes_write_at_once_and_lose_nothing(tmp_path: Path) -> None:
    writers = [run(WRITER, tmp_path, "one", "two"), run(WRITER, tmp_path, "two", "one")]

    for writer in writers:
        ended(writer)

    disk = DiskCache(tmp_path)
    assert disk.measure()[0] == 601
    assert all(disk.get(f"{name}-{number}") for name in ("one", "two") for number in range(300))
    assert disk.get("shared") == found("299")


def test_eight_threads_share_one_file(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path)

    def use(number: int) -> bool:
        disk.put(str(number), reply(str(number)))
        return disk.get(str(number)) == found(str(number))

    done = list(map_threads(use, range(400), threads=8))

    assert all(one.result for one in done)
    assert disk.measure()[0] == 400


FORKER = """
import os, sys
from pathlib import Path
from nbdspy.models import Reply
from nbdspy.models.cache import ReplyCache
from nbdspy.models.disk_cache import DiskCache
cache = ReplyCache(disk=DiskCache(Path(sys.argv[1])))
cache.claim("before", durable=True)
cache.settle("before", Reply(texts=("before",)), durable=True)
cache.claim("in flight", durable=True)  # of the parent; the child must not wait for it
child = os.fork()
name = "parent" if child else "child"
assert child or cache.claim("in flight", durable=True, awaits=True) is None
for number in range(100):
    cache.settle(f"{name}-{number}", Reply(texts=(name,)), durable=True)
cache.clear(disk=False)
assert cache.get("before", durable=True).text == "before"
cache.disk.close()
if not child:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert cache.stats().disk == 201, cache.stats()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
def test_a_fork_and_its_parent_go_on_each_for_itself(tmp_path: Path) -> None:
    ended(run(FORKER, tmp_path))

    assert DiskCache(tmp_path).get("child-99") == found("child")


def test_a_process_that_ends_early_leaves_a_whole_file(tmp_path: Path) -> None:
    script = WRITER + "\nimport os, signal; os.kill(os.getpid(), signal.SIGKILL)"

    run(script, tmp_path, "one", "two").communicate(timeout=60)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert DiskCache(tmp_path).measure()[0] == 301


LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""


@contextmanager
def written_by_another_process(path: Path) -> Iterator[None]:
    with subprocess.Popen(
        [sys.executable, "-c", LOCKER, str(path)], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            process.communicate("\n")


def test_nobody_waits_for_another_process_that_writes_and_nothing_is_lost(tmp_path: Path) -> None:
    here, leaf = gate(tmp_path), Durable()
    here.send(leaf, Request(model="durable", prompt="before"), cache=True)
    disk = here.cache.disk
    assert disk is not None

    async def ask_all() -> None:
        for number in range(20):
            await here.asend(leaf, Request(model="durable", prompt=str(number)), cache=True)

    with written_by_another_process(disk.path):
        began = time.perf_counter()
        asyncio.run(ask_all())
        took = time.perf_counter() - began
        kept = DiskCache(tmp_path).get(Request(model="durable", prompt="before").key())
        late = disk.get(Request(model="durable", prompt="7").key())

    assert took < 1.0  # the first waits for 20 ms, the others not at all
    assert kept is not None
    assert late is not None
    disk.close()
    assert DiskCache(tmp_path).measure()[0] == 21


def test_what_was_late_is_written_with_the_next_reply(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path)
    disk.put("before", reply("42"))
    with written_by_another_process(disk.path):
        disk.put("late", reply("42"))

    deadline = time.monotonic() + 10
    while DiskCache(tmp_path).get("late") is None and time.monotonic() < deadline:
        disk.put("after", reply("42"))
        time.sleep(0.1)

    assert DiskCache(tmp_path).get("late") == found("42")


def test_what_may_be_late_is_bounded(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path)
    disk.put("before", reply("42"))

    with written_by_another_process(disk.path):
        for number in range(1_100):
            disk.put(str(number), reply("42"))
        found = [number for number in range(1_100) if disk.get(str(number)) is not None]

    assert found == list(range(100, 1_100))


def test_a_deleted_folder_is_made_anew(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path / "folder")
    disk.put("before", reply("42"))
    shutil.rmtree(tmp_path / "folder")

    disk.put("after", reply("42"))
    disk.close()

    assert DiskCache(tmp_path / "folder").get("after") == found("42")
    assert DiskCache(tmp_path / "folder").get("before") is None


@pytest.mark.parametrize("damage", ["garbage", "a page", "cut"])
def test_a_damaged_file_is_put_aside_and_a_new_one_begun(tmp_path: Path, damage: str) -> None:
    disk = DiskCache(tmp_path)
    for number in range(300):
        disk.put(str(number), reply("x" * 500))
    disk.close()
    content = bytearray(disk.path.read_bytes())
    if damage == "garbage":
        content[:] = b"this is no database, whatever its name says " * 100
    elif damage == "a page":
        for start in range(4_096, len(content), 4_096):
            content[start : start + 200] = random.Random(start).randbytes(200)
    else:
        del content[len(content) // 2 :]
    disk.path.write_bytes(content)
    again = DiskCache(tmp_path)

    def use() -> None:
        for number in range(300):
            again.get(str(number))
            again.put(f"new-{number}", reply("42"))

    with pytest.warns(UserWarning, match=rf"was damaged\. It was put aside as {FILE}\.damaged") as told:
        use()

    assert [each.filename for each in told] == [__file__]
    assert again.get("new-299") == found("42")
    assert (tmp_path / f"{FILE}.damaged").read_bytes()


def test_a_single_damaged_reply_is_asked_for_again(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path)
    disk.put("key", reply("42"))
    disk.close()
    content = disk.path.read_bytes()
    disk.path.write_bytes(content.replace(b'"texts":["42"]', b'"texts":["42",'))

    assert DiskCache(tmp_path).get("key") is None
    assert DiskCache(tmp_path).measure()[0] == 0


def test_where_no_file_can_be_written_one_warning_says_so_and_calls_go_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    here = gate(tmp_path / "file" / "folder")
    leaf = Durable()

    with pytest.warns(
        UserWarning, match=r"in memory only: .* cannot be used .* configure_cache\(disk_cache_dir=…\)"
    ) as told:
        here.send(leaf, ASKED, cache=True)
    for other in ("a", "b"):  # where a second warning would be an error
        here.send(leaf, Request(model="durable", prompt=other), cache=True)

    assert [each.filename for each in told] == [__file__]
    assert leaf.calls == 3
    assert here.cache.stats().disk == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may write anywhere")
def test_a_folder_that_may_only_be_read_is_such_a_place(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.warns(UserWarning, match="Replies are kept in memory only"):
        gate(tmp_path).send(Durable(), ASKED, cache=True)


def test_the_folder_is_the_environments_or_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NBDSPY_CACHE_DIR", str(tmp_path / "chosen"))
    assert default_folder() == tmp_path / "chosen"

    monkeypatch.delenv("NBDSPY_CACHE_DIR")
    assert default_folder().name == "replies"


def test_nothing_is_opened_before_it_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NBDSPY_CACHE_DIR", str(tmp_path))  # in which nothing was kept
    script = (
        "import sys, nbdspy\n"
        "from nbdspy.testing import FakeLM\n"
        "assert FakeLM('42', cache=True)('x') == ['42']\n"
        "print(nbdspy.cache.stats().memory, 'sqlite3' in sys.modules)"
    )

    assert ended(run(script)) == "1 False"


@pytest.fixture
def configured() -> object:
    """What a test configures is undone."""
    yield configure_cache
    configure_cache()
    replies.clear(disk=False)


@pytest.mark.usefixtures("configured")
def test_the_tiers_can_be_chosen(tmp_path: Path) -> None:
    process, leaf = Gate(cache=replies), Durable()

    configure_cache(enable_memory_cache=False, disk_cache_dir=tmp_path)
    for _ in range(2):
        process.send(leaf, ASKED, cache=True)
    assert (len(replies), replies.stats().disk, leaf.calls) == (0, 1, 1)

    configure_cache(enable_disk_cache=False)
    for _ in range(2):
        process.send(leaf, ASKED, cache=True)
    assert (len(replies), replies.stats().disk, leaf.calls) == (1, 0, 2)

    configure_cache(False, False)
    for _ in range(2):
        process.send(leaf, ASKED, cache=True)
    assert (len(replies), leaf.calls) == (0, 4)


@pytest.mark.usefixtures("configured")
def test_a_smaller_memory_forgets_at_once() -> None:
    configure_cache(enable_disk_cache=False)
    for number in range(10):
        replies.settle(f"smaller-{number}", reply("42"))

    configure_cache(enable_disk_cache=False, memory_max_entries=3)

    assert len(replies) == 3


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("limits", [{"disk_size_limit_bytes": 0}, {"memory_max_entries": "many"}])
def test_a_limit_that_is_none_is_refused(limits: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=f"{next(iter(limits))} cannot be"):
        configure_cache(**limits)  # type: ignore[arg-type]


def test_clearing_forgets_on_disk_too_unless_told_otherwise(tmp_path: Path) -> None:
    cache = ReplyCache(disk=DiskCache(tmp_path))
    for number in range(100):
        cache.settle(str(number), reply("x" * 1_000), durable=True)

    cache.clear(disk=False)
    assert (len(cache), cache.stats().disk) == (0, 100)

    cache.clear()
    assert cache.stats().disk == 0
    assert cache.stats().disk_bytes < 50_000
    assert "0 replies in memory, 0 on disk" in repr(cache)


def test_memory_is_bounded_by_size_too() -> None:
    cache = ReplyCache(size=10_000)

    for number in range(100):
        cache.settle(str(number), reply("x" * 1_000))
        cache.settle(str(number), reply("x" * 500))

    assert 15 < len(cache) <= 20
    assert cache.get("99") is not None
