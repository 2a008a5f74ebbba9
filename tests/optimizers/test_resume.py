"""A compile that is killed at any moment goes on where it was, and finds what it would have found."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nbdspy.configuration import context
from nbdspy.errors import CompileWarning, StoreError, UsageError
from nbdspy.models import use_cassette
from nbdspy.modules import Predict
from nbdspy.optimizers import compile, start
from nbdspy.optimizers.journal import StoredJournal
from nbdspy.optimizers.runs import Runs
from nbdspy.store import Store
from nbdspy.testing import FakeLM
from nbdspy.testing.faults import Exchange, FaultServer, answer

from .conftest import NUMBER, learner, numbers
from .killed import OPTIMIZERS, THREADS

TRAIN, VAL = numbers(*range(20)), numbers(*range(100, 112))
SECONDS = 0.004  # that the server takes for a reply


def taught(exchange: Exchange) -> None:
    """Answer as the learner does, after a moment; what else is asked for, such as instructions, is made up."""
    *before, last = exchange.body["messages"]
    time.sleep(SECONDS)
    fields = re.findall(r"`(\w+)`", last["content"].strip().splitlines()[-1])
    if not {"query", "answer"} & set(fields):
        digest = zlib.crc32(json.dumps(exchange.body, sort_keys=True).encode())
        answer(marked({name: f"Take care, as {digest} says of {name}." for name in fields}))(exchange)
        return
    asked = int(NUMBER.findall(last["content"])[-1])
    shown = {int(n) % 3 for message in before for n in NUMBER.findall(message["content"])}
    is_known = asked % 3 in shown or ("Take care" in before[0]["content"] and asked % 2 == 0)
    answer(marked({"query": f"number {asked}.", "answer": str(asked) if is_known else "no"}))(exchange)


def marked(values: dict[str, str]) -> str:
    fields = [f"[[ ## {name} ## ]]\n{value}" for name, value in values.items()]
    return "\n\n".join([*fields, "[[ ## completed ## ]]"])


@pytest.fixture(scope="module")
def teacher() -> Iterator[FaultServer]:
    with FaultServer(taught, keeps_open=True) as server:
        yield server


def begun(server: FaultServer, store: str, out: Path, optimizer: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.optimizers.killed", server.url, store, str(out), *optimizer.split()]
    return subprocess.Popen(command, cwd=Path(__file__).parents[2])


def ended(process: subprocess.Popen[bytes], out: Path) -> dict[str, Any]:
    assert process.wait(120) == 0
    return dict(json.loads(out.read_text("utf-8")))


def uninterrupted(server: FaultServer, tmp_path: Path, optimizer: str) -> tuple[dict[str, Any], int]:
    before = len(server.requests)
    out = tmp_path / "whole.json"
    found = ended(begun(server, str(tmp_path / "whole.sqlite"), out, optimizer), out)
    return found, len(server.requests) - before


def killed_and_resumed(
    server: FaultServer, store: str, tmp_path: Path, optimizer: str, *, at: list[int]
) -> tuple[dict[str, Any], int]:  # fmt: skip
    """Kill it each time after so many calls, then let it end; the answer is what it found, and the calls in all."""
    before = len(server.requests)
    out = tmp_path / "killed.json"
    out.unlink(missing_ok=True)
    for calls in at:
        process = begun(server, store, out, optimizer)
        while len(server.requests) - before < calls and process.poll() is None:
            time.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    found = ended(begun(server, store, out, optimizer), out)
    return found, len(server.requests) - before


def assert_the_same(found: dict[str, Any], whole: dict[str, Any]) -> None:
    for part in ("best", "proposed", "trials"):
        assert found[part] == whole[part]
    assert found["calls"] + found["recorded"] == whole["calls"] + whole["recorded"]


@pytest.mark.parametrize("optimizer", ["random_search", "miprov2", "knn_few_shot"])
def test_killed_at_three_moments_and_resumed_it_finds_the_same(
    optimizer: str, teacher: FaultServer, database: str, tmp_path: Path
) -> None:
    whole, calls = uninterrupted(teacher, tmp_path, optimizer)
    moments = [calls // 10, calls // 2, calls - 3]

    found, again = killed_and_resumed(teacher, database, tmp_path, optimizer, at=moments)

    assert_the_same(found, whole)
    assert calls <= again <= calls + len(moments) * THREADS


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["random_search", "miprov2"])
def test_killed_after_somebody_suggested_an_instruction_it_tries_that_where_it_would_have(
    optimizer: str, teacher: FaultServer, database: str, tmp_path: Path
) -> None:
    whole, calls = uninterrupted(teacher, tmp_path, f"{optimizer} suggesting")

    found, _ = killed_and_resumed(
        teacher, database, tmp_path, f"{optimizer} suggesting", at=[calls // 3, 2 * calls // 3, calls - 5]
    )

    assert_the_same(found, whole)
    assert [label for label, _ in found["trials"]].count("yours, answer: Take care, as I say.") == 1


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.timeout(1800)
def test_killed_at_twenty_random_moments_it_finds_the_same_each_time(
    optimizer: str, teacher: FaultServer, database: str, tmp_path: Path
) -> None:
    whole, calls = uninterrupted(teacher, tmp_path, optimizer)
    rng = random.Random(0)

    for number in range(20):
        store = f"{database}-{number}" if "://" not in database else database
        found, again = killed_and_resumed(teacher, store, tmp_path, optimizer, at=[rng.randrange(1, calls)])

        assert_the_same(found, whole)
        assert calls <= again <= calls + THREADS


class TestHere:
    """In this process, where a run was stopped."""

    def compiled(self, store: Store, **given: Any) -> Any:
        arguments = {"data": TRAIN, "val": VAL, "store": store, "threads": 2, **given}
        program = arguments.pop("program", "question -> answer")
        return compile(program, arguments.pop("data"), **arguments)

    @pytest.fixture
    def store(self, database: str) -> Iterator[Store]:
        store = Store(database, redact=lambda value: value)
        yield store
        store.close()

    def test_what_a_limit_stopped_goes_on_with_a_higher_one(self, store: Store) -> None:
        lm = learner()
        with context(lm=lm):
            whole = compile("question -> answer", TRAIN, val=VAL, store=False)
            asked_before = len(lm.requests)
            stopped = self.compiled(store, max_calls=60)
            result = self.compiled(store, resume=True)

        assert stopped.stopped is not None
        assert result.stopped is None
        assert [trial.score for trial in result.tried] == [trial.score for trial in whole.tried]
        assert result.best.dump_state() == whole.best.dump_state()
        assert len(lm.requests) - asked_before == result.spent.calls + stopped.spent.calls
        assert result.spent.recorded >= 60
        assert [(record.number, record.state) for record in Runs(store).all()] == [(1, "done")]

    def test_what_it_did_stands_in_the_journal_once(self, store: Store) -> None:
        with context(lm=learner()):
            self.compiled(store, max_calls=60)
            result = self.compiled(store, resume=True)
            self.compiled(store)

        resumed, whole = (StoredJournal(store, f"run {number}").records() for number in (1, 2))
        assert len([record for record in whole if record["kind"] == "trial"]) == len(result.tried)
        assert sorted(map(str, resumed)) == sorted(map(str, whole))

    def test_without_an_unfinished_run_a_new_one_begins(self, store: Store) -> None:
        with context(lm=learner()), pytest.warns(CompileWarning, match="There was no unfinished run of mine"):
            first = self.compiled(store, resume=True, name="mine")
        with context(lm=learner()), pytest.warns(CompileWarning, match="so a new one began"):
            second = self.compiled(store, resume=True, name="mine")

        assert "no unfinished run of mine" in first.warnings[0]
        assert first.spent.recorded == second.spent.recorded == 0
        assert [record.number for record in Runs(store).all()] == [1, 2]

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"data": TRAIN[:-1]}, "the training data changed (20 examples then, 19 now)"),
            ({"val": [*VAL[:-1], *numbers(999)]}, "the validation data changed"),
            ({"metric": "answer_exact_match"}, "the metric changed"),
            ({"seed": 1}, "the optimizer changed"),
            ({"options": {"num_candidate_programs": 7}}, "the optimizer changed"),
            ({"program": "question -> answer: int"}, "the program changed"),
            ({"optimizer": "bootstrap_few_shot"}, "the optimizer changed"),
        ],
    )
    def test_what_changed_is_said_and_nothing_is_begun(self, store: Store, changed: Any, said: str) -> None:
        with context(lm=learner()):
            self.compiled(store, max_calls=60, name="mine")
            with pytest.raises(UsageError) as caught:
                self.compiled(store, resume=True, name="mine", **changed)

        assert str(caught.value).startswith("Run 1 of mine cannot go on: ")
        assert said in str(caught.value)
        assert "leave --resume out for a new run" in str(caught.value)
        assert [record.state for record in Runs(store).all()] == ["stopped"]

    def test_a_run_that_still_goes_on_is_not_begun_twice(self, store: Store) -> None:
        inner = learner()
        lm = FakeLM(lambda request: (time.sleep(0.01), inner.send(request))[1])
        with context(lm=lm, num_threads=1):
            run = start("question -> answer", TRAIN, val=VAL, store=store, name="mine")
            with pytest.raises(UsageError, match="Run 1 of mine still goes on in this process"):
                self.compiled(store, resume=True, name="mine")
            run.stop()
            run.wait(30)

    def test_a_name_that_is_misspelt_is_told_of_those_there_are(self, store: Store) -> None:
        with context(lm=learner()):
            self.compiled(store, max_calls=60, name="classifier")
            with pytest.warns(CompileWarning, match="Unfinished are: classifier"):
                self.compiled(store, resume=True, name="clasifier")

    def test_runs_of_another_version_are_said_to_be(self, store: Store) -> None:
        store.put("runs", "00000001", {"version": 0, "name": "mine", "state": "stopped"})

        with context(lm=learner()), pytest.warns(CompileWarning, match="another version of nbdspy"):
            self.compiled(store, resume=True, name="mine")

    def test_what_cannot_be_told_apart_is_said_and_its_size_is_still_compared(self, store: Store) -> None:
        class Odd:
            __slots__ = ()

        odd = [example.copy(odd=Odd()).with_inputs("question") for example in TRAIN]
        with context(lm=learner()):
            self.compiled(store, max_calls=60, name="mine", data=odd)
            with pytest.raises(UsageError, match="20 examples then, 19 now"):
                self.compiled(store, name="mine", data=odd[:-1], resume=True)
            with pytest.warns(CompileWarning, match="Whether the training data changed since"):
                self.compiled(store, name="mine", data=odd, resume=True)

    def test_a_metric_with_a_pattern_is_told_from_another(self, store: Store) -> None:
        def by(pattern: re.Pattern[str]) -> Any:
            return lambda example, prediction, trace=None: bool(pattern.search(str(prediction.answer)))

        with context(lm=learner()):
            self.compiled(store, max_calls=60, metric=by(re.compile("1")))
            with pytest.raises(UsageError, match="the metric changed"):
                self.compiled(store, metric=by(re.compile("2")), resume=True)

    @pytest.mark.parametrize(
        ("changed", "beat", "goes_on"),
        [
            ({}, 0, True),  # the number of this process is in use, by this one
            ({"machine": "elsewhere"}, 0, True),
            ({}, 3600, False),
            ({"machine": "elsewhere"}, 3600, False),
            ({"process": 2**22 + 1}, 0, False),
        ],
    )
    def test_a_run_of_another_process_is_taken_up_when_nothing_was_heard_of_it(
        self, store: Store, changed: Any, beat: float, goes_on: bool
    ) -> None:
        with context(lm=learner()):
            self.compiled(store, max_calls=60, name="mine")
            record = {**store.get("runs", "00000001"), "state": "running", "token": "another", "born": "", **changed}
            store.put("runs", "00000001", record)
            store.put("beats", "run 1", time.time() - beat)
            if goes_on:
                with pytest.raises(UsageError, match="Run 1 of mine still goes on in process"):
                    self.compiled(store, resume=True, name="mine")
            else:
                assert self.compiled(store, resume=True, name="mine").spent.recorded >= 60

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems do not say when a process began")
    def test_a_silent_run_goes_on_as_long_as_its_process_does_and_not_in_a_later_one(self, store: Store) -> None:
        with context(lm=learner()):
            self.compiled(store, max_calls=60, name="mine")
            record = {**store.get("runs", "00000001"), "state": "running", "token": "another"}
            store.put("runs", "00000001", record)
            store.put("beats", "run 1", time.time() - 3600)  # it is paused
            with pytest.raises(UsageError, match="Run 1 of mine still goes on in process"):
                self.compiled(store, resume=True, name="mine")
            store.put("runs", "00000001", {**record, "born": "before the restart"})
            store.put("beats", "run 1", time.time())
            result = self.compiled(store, resume=True, name="mine")

        assert (result.stopped, result.spent.recorded) == (None, 60)

    def test_what_could_be_told_then_and_not_now_is_said(self, store: Store) -> None:
        def by(held: Any) -> Any:
            return lambda example, prediction, trace=None: held is not None and prediction.answer == example.answer

        with context(lm=learner()):
            self.compiled(store, max_calls=60, name="mine", metric=by("a text"))
            with pytest.warns(CompileWarning, match="Whether the metric changed since the run was begun"):
                self.compiled(store, resume=True, name="mine", metric=by(iter("a text")))

    def test_an_error_is_written_down_with_the_run(self, store: Store) -> None:
        def metric(example: Any, prediction: Any, trace: Any = None) -> Any:
            return None

        with context(lm=learner()), pytest.raises(UsageError, match="returned None"):
            self.compiled(store, metric=metric, threads=1)

        (record,) = Runs(store).all()
        assert record.state == "failed"
        assert "returned None" in record.why

    def test_replies_of_a_cassette_are_found_again_without_it(self, store: Store, tmp_path: Path) -> None:
        with context(lm=learner()), use_cassette("record", tmp_path / "tape.jsonl"):
            self.compiled(store, max_calls=40)

        lm = learner()
        with context(lm=lm):
            result = self.compiled(store, resume=True)

        assert result.spent.recorded == 40

    def test_a_store_that_cannot_be_used_stops_it_before_anything_is_sent(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("no folder")
        lm = learner()

        with context(lm=lm), pytest.raises(StoreError):
            compile("question -> answer", TRAIN, val=VAL, store=str(tmp_path / "file" / "store.sqlite"))

        assert lm.requests == []

    def test_a_store_that_fails_on_the_way_keeps_the_best_in_the_error(self, tmp_path: Path) -> None:
        class Full(Store):
            kept = 0

            def put_new(self, collection: str, key: str, value: Any) -> bool:
                Full.kept += collection.endswith("replies")
                if Full.kept > 70:
                    raise StoreError("The store cannot be used: its disk is full.")
                return super().put_new(collection, key, value)

        full = Full(tmp_path / "full.sqlite", redact=lambda value: value)
        with context(lm=learner()), pytest.raises(StoreError, match="disk is full") as caught:
            self.compiled(full)

        assert len(caught.value.result.tried) >= 1  # type: ignore[attr-defined]

    def test_optunas_dashboard_finds_the_trials_in_the_same_database(self, store: Store) -> None:
        import optuna

        with context(lm=learner()):
            result = self.compiled(
                store, optimizer="miprov2", name="mine",
                options={"auto": None, "num_candidates": 3, "num_trials": 4, "minibatch": False},
            )  # fmt: skip

        assert store.open_url is not None
        storage = optuna.storages.RDBStorage(store.open_url)
        study = optuna.load_study(study_name="mine 1", storage=storage)
        assert [trial.value for trial in study.trials] == [trial.score for trial in result.tried]
        storage.remove_session()
        storage.engine.dispose()

    def test_without_a_store_nothing_can_go_on(self) -> None:
        with pytest.raises(UsageError, match="Without a store"):
            compile(Predict("question -> answer"), TRAIN, store=False, resume=True)
