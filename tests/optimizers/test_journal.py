"""The journal of a run: what it kept is there for the next process, whatever the database."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nbdspy.errors import StoreError
from nbdspy.models import Reply, Request
from nbdspy.models.gate import Gate
from nbdspy.models.kept import keeping, unit
from nbdspy.models.redaction import redact
from nbdspy.optimizers.journal import MemoryJournal, StoredJournal
from nbdspy.runtime import map_threads
from nbdspy.store import Store
from nbdspy.testing.fake import FakeLeaf

SECRET = "sk-0123456789abcdef0123"
ASKED = Request(model="fake", prompt="six times seven?")


@pytest.fixture
def opened(database: str) -> Iterator[Callable[..., StoredJournal]]:
    """Makes journals of one run, as other processes would."""
    stores: list[Store] = []

    def make(name: str = "run 1") -> StoredJournal:
        stores.append(Store(database, redact=redact))
        return StoredJournal(stores[-1], name)

    yield make
    for store in stores:
        store.close()


def counting() -> FakeLeaf:
    numbers = iter(range(1, 1000))
    return FakeLeaf(lambda request: str(next(numbers)))


RECORDS = ({"kind": "phase", "phase": "bootstrap"}, {"kind": "trial", "number": 0, "score": 0.5})


def test_what_was_kept_is_there_for_the_next_process_and_not_for_other_runs(
    opened: Callable[..., StoredJournal],
) -> None:
    journal = opened()
    for record in RECORDS:
        journal.append(record)
    journal.keep("key", {"texts": ["42"]})

    later, other = opened(), opened("run 2")

    assert later.records() == RECORDS
    assert (later.find("key"), later.find("other")) == ({"texts": ["42"]}, None)
    assert (other.records(), other.find("key")) == ((), None)


def test_a_record_of_an_earlier_process_is_not_kept_twice_and_one_that_comes_twice_is(
    opened: Callable[..., StoredJournal],
) -> None:
    first, last = RECORDS
    journal = opened()
    for record in (first, first, last):
        journal.append(record)

    later = opened()
    for record in (first, {**last, "score": 0.6}, first, last, first):
        later.append(record)

    assert later.records() == (first, first, last, {**last, "score": 0.6}, first)


def test_a_journal_in_memory_has_its_records_while_it_lasts() -> None:
    journal = MemoryJournal()

    for record in RECORDS:
        journal.append(record)

    assert journal.records() == RECORDS


def test_a_run_that_is_run_again_finds_all_its_replies(opened: Callable[..., StoredJournal]) -> None:
    leaf = counting()

    def rollout(number: int) -> list[str]:
        with unit(f"rollout {number}"):
            return [Gate().send(leaf, ASKED, cache=False).text for _ in range(2)]

    def run(journal: StoredJournal, order: range) -> dict[int, Any]:
        with keeping(journal):
            return {done.item: done.result for done in map_threads(rollout, order, threads=8)}

    first = run(opened(), range(30))
    again = run(opened(), range(29, -1, -1))

    assert again == first
    assert next(iter([leaf.answer(ASKED)])) == "61"


@pytest.mark.parametrize(
    "reply", [Reply(texts=(f"the key is {SECRET}",)), Reply(texts=("42",), extras=(), cost=float("nan"))]
)
def test_a_reply_that_would_come_back_as_another_is_not_kept(
    opened: Callable[..., StoredJournal], reply: Reply
) -> None:
    journal = opened()

    with pytest.warns(UserWarning, match=r"holds a key, or what JSON cannot say, and is not kept"):
        journal.keep("key", reply.as_dict())
    journal.keep("other", reply.as_dict())  # which a second warning would make an error

    assert (journal.find("key"), opened().find("key")) == (None, None)


RUN = """
import itertools, os, signal, sys
from nbdspy.models import Request
from nbdspy.models.gate import Gate
from nbdspy.models.kept import keeping, unit
from nbdspy.models.redaction import redact
from nbdspy.optimizers.journal import StoredJournal
from nbdspy.runtime import map_threads
from nbdspy.store import Store
from nbdspy.testing.fake import FakeLeaf

def answer(request):
    os.write(2, b".")
    return f"{os.getpid()} {request.prompt}"

def work(number):
    with unit(str(number)):
        said = Gate().send(FakeLeaf(answer), Request(model="fake", prompt=str(number)), cache=False).text
        os.write(1, f"{number}={said}\\n".encode())

with keeping(StoredJournal(Store(sys.argv[1], redact=redact), "run 1")):
    for done in map_threads(work, range(200), threads=8):
        if done.error is not None:
            raise done.error
"""


def test_a_killed_run_makes_no_call_again_whose_reply_was_handed_on(database: str) -> None:
    first = subprocess.Popen([sys.executable, "-c", RUN, database], text=True, stdout=-1, stderr=-1)
    assert first.stdout is not None
    lines = [first.stdout.readline() for _ in range(60)]
    first.kill()
    rest, calls_before = first.communicate()
    handed_on = {line.rstrip("\n") for line in [*lines, *rest.splitlines(keepends=True)] if line.endswith("\n")}

    second = subprocess.run([sys.executable, "-c", RUN, database], text=True, capture_output=True, check=True)

    assert 60 <= len(handed_on) < 200
    assert handed_on <= set(second.stdout.splitlines())
    assert calls_before.count(".") + second.stderr.count(".") <= 200 + 8


def test_a_store_that_fails_ends_the_call(opened: Callable[..., StoredJournal]) -> None:
    journal = opened()
    journal.keep("key", {"texts": ["42"]})
    with journal._store._made()._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE nbdspy_values")

    with keeping(journal), pytest.raises(StoreError, match="cannot be used"):
        Gate().send(counting(), ASKED, cache=False)
