"""Old runs are deleted on request, with all that was kept of them; what can go on is not, unless one says so."""

from __future__ import annotations

import re
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import optuna
import pytest

from nbdspy import kept_runs
from nbdspy.configuration import context
from nbdspy.errors import CompileWarning, UsageError
from nbdspy.models.redaction import redact
from nbdspy.modules import Predict
from nbdspy.optimizers import Result, Versions, compile, start
from nbdspy.optimizers.runs import Runs
from nbdspy.store import Store
from nbdspy.testing import FakeLM

from .conftest import learner, numbers

TRAIN, VAL = numbers(*range(20)), numbers(*range(100, 112))


def compiled(store: Store, name: str = "mine", **given: Any) -> Result:
    arguments = {"data": TRAIN, "val": VAL, "store": store, "name": name, "options": {"num_candidate_programs": 2}}
    with context(lm=learner()):
        return compile("question -> answer", **{**arguments, **given})


def cut_off(store: Store, name: str) -> None:
    """A run that was stopped by a limit, so that it can go on."""
    compiled(store, name, max_calls=40)


def numbered(store: Store) -> list[tuple[int, str]]:
    return [(run.record.number, run.record.name) for run in kept_runs(store)]


def test_a_deleted_run_leaves_nothing_but_its_number(store: Store) -> None:
    compiled(store)
    compiled(store, "other", seed=1)
    known = {run.record.number: run.size for run in kept_runs(store)}

    deleted = kept_runs(store).delete(1)

    assert [run.record.number for run in deleted.runs] == [1]
    assert deleted.freed == known[1] > 10_000
    assert repr(deleted).splitlines()[0] == f"Deleted 1 run and freed {known[1] / 1000:,.0f} kB."
    assert numbered(store) == [(2, "other")]
    assert store.read("run 1") == store.keys("run 1 replies") == store.keys("run 1 scores") == []
    assert len(store.keys("run 2 replies")) > 0
    assert next(iter(kept_runs(store))).size == known[2]
    with pytest.raises(UsageError, match=r"No run is kept as 1\. Kept are: 2 other"):
        kept_runs(store).delete(1)
    compiled(store)
    assert numbered(store) == [(2, "other"), (3, "mine")]


def test_its_scores_are_paid_again_and_those_of_others_are_not(memory: Store) -> None:
    first = compiled(memory)
    compiled(memory, seed=1)
    kept_runs(memory).delete(1)

    assert compiled(memory, reuse=True, seed=1).calls == 0
    assert compiled(memory, reuse=True).calls == first.calls


def test_clear_deletes_what_nobody_can_go_on_with(memory: Store) -> None:
    compiled(memory, "done")
    cut_off(memory, "behind")
    compiled(memory, "behind")
    cut_off(memory, "unfinished")

    planned = kept_runs(memory).clear(plan=True)
    before = numbered(memory)
    deleted = kept_runs(memory).clear()

    assert [run.called for run in planned.runs] == [run.called for run in deleted.runs] == [
        "1 done", "2 behind", "3 behind",
    ]  # fmt: skip
    assert before == [(1, "done"), (2, "behind"), (3, "behind"), (4, "unfinished")]
    assert numbered(memory) == [(4, "unfinished")]
    assert repr(planned).startswith("Would delete 3 runs and free about ")
    assert repr(deleted).splitlines()[-1] == (
        "Left, for it can be resumed: 4 unfinished; unfinished=True (--unfinished) deletes it too."
    )
    assert compiled(memory, "unfinished", resume=True).spent.recorded == 40
    assert repr(kept_runs(memory).clear()).startswith("Deleted 1 run and freed")
    assert repr(kept_runs(memory).clear()) == "There is nothing to delete."


def test_only_old_ones_are_cleared_where_an_age_is_given(memory: Store) -> None:
    compiled(memory, "old")
    runs = Runs(memory)
    (record,) = runs.all()
    assert runs.replaced(record, asdict(replace(record, began=time.time() - 3600)))
    compiled(memory, "new")

    assert kept_runs(memory).clear(older=7200).runs == ()
    assert [run.called for run in kept_runs(memory).clear(older=1800).runs] == ["1 old"]


def test_what_can_be_resumed_is_deleted_only_when_it_is_said(memory: Store) -> None:
    cut_off(memory, "mine")

    with pytest.raises(UsageError, match=r"Run 1 mine is stopped and can be resumed, which would be lost\. Resume it"):
        kept_runs(memory).delete(1)
    by_name = kept_runs(memory).delete("mine")
    planned = kept_runs(memory).delete(1, unfinished=True, plan=True)

    assert (by_name.runs, [run.called for run in by_name.left]) == ((), ["1 mine"])
    assert [run.called for run in planned.runs] == ["1 mine"]
    assert numbered(memory) == [(1, "mine")]
    kept_runs(memory).delete(1, unfinished=True)
    with pytest.warns(CompileWarning, match=r"Run 1 of mine was deleted, so a new one began"):
        compiled(memory, resume=True)


def test_one_that_goes_on_is_never_deleted(memory: Store) -> None:
    inner = learner()
    lm = FakeLM(lambda request: (time.sleep(0.01), inner.send(request))[1])
    with context(lm=lm, num_threads=1):
        run = start("question -> answer", TRAIN, val=VAL, store=memory, name="mine")
    try:
        with pytest.raises(UsageError, match=r"Run 1 mine goes on, so it is not deleted"):
            kept_runs(memory).delete(1, unfinished=True)
        cleared = kept_runs(memory).clear(unfinished=True)
    finally:
        run.stop()
        run.wait()

    assert (cleared.runs, repr(cleared).splitlines()[-1]) == ((), "Left, for it goes on: 1 mine.")
    assert numbered(memory) == [(1, "mine")]


def test_one_that_was_killed_while_it_deleted_is_deleted_to_the_end(memory: Store) -> None:
    compiled(memory)
    runs = Runs(memory)
    (record,) = runs.all()
    left = {"number": 1, "name": "mine", "version": record.version, "state": "deleting"}
    assert runs.replaced(record, left)
    assert numbered(memory) == []

    kept_runs(memory).clear()

    assert memory.keys("run 1 replies") == []
    assert memory.get("runs", "00000001")["state"] == "deleted"


def test_programs_and_results_of_a_deleted_run_stay(memory: Store) -> None:
    result = compiled(memory)
    versions = Versions(memory)
    versions.add("helper", result.best, made_by=result.optimizer, trial=result.best_trial, metric=result.metric)

    kept_runs(memory).clear()

    version = Versions(memory).find("helper")
    assert version.score is not None
    assert Versions(memory).program(version, shapes=[Predict("question -> answer")]).dump_state() == (
        result.best.dump_state()
    )
    assert len(result.trials) == len(result.tried)


def test_its_copy_for_optunas_dashboard_goes_with_it(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = Store(path, redact=redact)
    compiled(store, "one", optimizer="optuna_search", options={"num_candidate_programs": 3, "num_demos": 2})
    compiled(store, "two", optimizer="optuna_search", options={"num_candidate_programs": 3, "num_demos": 2})

    kept_runs(store).delete("one")
    store.close()

    assert optuna.get_all_study_names(f"sqlite:///{path}") == ["two 2"]


def test_the_file_is_smaller_afterwards(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite", redact=redact)
    for seed in range(4):
        compiled(store, seed=seed)

    deleted = kept_runs(store).clear()
    size = sum(file.stat().st_size for file in tmp_path.glob("store.sqlite*"))
    store.close()

    assert deleted.is_smaller
    assert size < deleted.freed


def test_each_kept_run_says_what_it_is_and_how_large(memory: Store) -> None:
    assert repr(kept_runs(memory)) == "No compile is kept."
    compiled(memory, "helper")
    cut_off(memory, "helper")

    first, second = repr(kept_runs(memory)).splitlines()

    assert re.fullmatch(r"1 helper · random_search\(question -> answer\) · done · \d+ kB", first)
    assert re.fullmatch(r"2 helper · random_search\(question -> answer\) · stopped, can be resumed · \d+ kB", second)
