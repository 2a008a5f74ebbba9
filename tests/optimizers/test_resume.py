"""A compile that is killed at any moment goes on where it was, and finds what it would have found."""

from __future__ import annotations

import json
import math
import random
import re
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nbdspy.configuration import context
from nbdspy.errors import CompileWarning, StoreError, UsageError
from nbdspy.models import BaseLM, use_cassette
from nbdspy.modules import ChainOfThought, Module, Predict
from nbdspy.optimizers import compile, start
from nbdspy.optimizers.deleting import kept_runs
from nbdspy.optimizers.journal import StoredJournal
from nbdspy.optimizers.runs import VERSION, Runs
from nbdspy.store import Store
from nbdspy.testing import FakeLM
from nbdspy.testing.faults import Exchange, FaultServer, answer

from .conftest import NUMBER, learner, numbers
from .killed import OPTIMIZERS, THREADS

TRAIN, VAL = numbers(*range(20)), numbers(*range(100, 112))
SECONDS = 0.004  # that the server takes for a reply


class Door:
    """Lets so many requests in; those after them wait, so that who sends them cannot end before it is killed."""

    def __init__(self) -> None:
        self._most = math.inf

    def close_after(self, requests: int) -> None:
        self._most = requests

    def open(self) -> None:
        self._most = math.inf

    def wait(self, exchange: Exchange) -> None:
        while len(exchange.server.faults.requests) > self._most:
            time.sleep(0.005)


door = Door()


def taught(exchange: Exchange) -> None:
    """Answer as the learner does, after a moment; what else is asked for, such as instructions, is made up."""
    door.wait(exchange)
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


def begun(
    server: FaultServer, store: str, out: Path, optimizer: str, how: str = "resume", **given: Any
) -> subprocess.Popen[bytes]:  # fmt: skip
    command = [sys.executable, "-m", "tests.optimizers.killed", server.url, store, str(out), *optimizer.split(), how]
    return subprocess.Popen(command, cwd=Path(__file__).parents[2], **given)


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
        door.close_after(before + calls)
        process = begun(server, store, out, optimizer)
        while len(server.requests) - before < calls and process.poll() is None:
            time.sleep(0.0005)
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        door.open()
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


class TestTwoKernels:
    """Two processes that compile at the same moment, under one name and in one store."""

    @pytest.fixture
    def may_answer(self) -> threading.Event:
        return threading.Event()

    @pytest.fixture
    def held(self, may_answer: threading.Event) -> Iterator[FaultServer]:
        """Answers nothing until it may, so that nobody is done before the other has begun."""

        def answered(exchange: Exchange) -> None:
            may_answer.wait(60)
            taught(exchange)

        with FaultServer(answered, keeps_open=True) as server:
            yield server

    def test_two_that_begin_are_two_runs_and_each_finds_the_same(
        self, held: FaultServer, may_answer: threading.Event, database: str, tmp_path: Path
    ) -> None:
        outs = [tmp_path / "one.json", tmp_path / "two.json"]

        both = [begun(held, database, out, "miprov2", "new") for out in outs]
        wait_for(lambda: len(held.requests) >= 2 * THREADS)
        going = states(database)
        may_answer.set()
        one, other = (ended(process, out) for process, out in zip(both, outs, strict=True))

        assert going == [(1, "running"), (2, "running")]
        assert one == other
        assert one["recorded"] == 0
        assert len(held.requests) == 2 * one["calls"]
        assert states(database) == [(1, "done"), (2, "done")]

    def test_of_two_that_resume_one_goes_on_and_the_other_is_told(
        self, held: FaultServer, may_answer: threading.Event, database: str, tmp_path: Path
    ) -> None:
        may_answer.set()
        whole, calls = uninterrupted(held, tmp_path, "miprov2")
        killed = begun(held, database, tmp_path / "killed.json", "miprov2")
        wait_for(lambda: len(held.requests) >= calls + calls // 2)
        killed.kill()
        killed.wait()
        may_answer.clear()
        before = len(held.requests)

        outs = [tmp_path / "one.json", tmp_path / "two.json"]
        both = [begun(held, database, out, "miprov2", stderr=subprocess.PIPE) for out in outs]
        wait_for(lambda: any(process.poll() is not None for process in both))
        refused = next(number for number, process in enumerate(both) if process.poll() is not None)
        may_answer.set()
        _, said = both[refused].communicate()
        _, complained = both[1 - refused].communicate(timeout=120)
        found = json.loads(outs[1 - refused].read_text("utf-8"))

        assert both[refused].returncode != 0
        assert re.search(rb"Run 1 of killed (still goes on in process|was taken up by another process)", said)
        assert (both[1 - refused].returncode, complained) == (0, b"")
        assert_the_same(found, whole)
        assert found["recorded"] > 0
        assert len(held.requests) - before == found["calls"]
        assert states(database) == [(1, "done")]


def states(database: str) -> list[tuple[int, str]]:
    """The runs that a store knows, as every other process would read them."""
    store = Store(database, redact=lambda value: value)
    try:
        return [(record.number, record.state) for record in Runs(store).all()]
    finally:
        store.close()


def wait_for(happens: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < until
        time.sleep(0.001)


class TestHere:
    """In this process, where a run was stopped."""

    def compiled(self, store: Store, **given: Any) -> Any:
        arguments = {"data": TRAIN, "val": VAL, "store": store, "threads": 2, **given}
        program = arguments.pop("program", "question -> answer")
        return compile(program, arguments.pop("data"), **arguments)

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
            ({"seed": 1}, "go on: seed was 0, is 1."),
            ({"options": {"num_candidate_programs": 7}}, "go on: num_candidate_programs was 16, is 7."),
            ({"options": {"teacher_settings": {"lm": None}}}, "go on: the option teacher_settings changed."),
            ({"program": "question -> answer: int"}, "the program's signature changed"),
            ({"program": ChainOfThought("question -> answer")}, "the program changed"),
            ({"optimizer": "bootstrap_few_shot"}, "go on: the optimizer was random_search, is bootstrap_few_shot."),
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

    @pytest.mark.parametrize(
        "foreign", [{"version": VERSION}, {"version": VERSION, "name": "other", "number": "two"}, ["no record"], None]
    )
    def test_what_else_stands_among_the_runs_breaks_none_of_them(self, store: Store, foreign: Any) -> None:
        with context(lm=learner()):
            self.compiled(store, max_calls=60, name="mine")
            own = store.get("runs", "00000001")
            store.put("runs", "00000001", {**own, "of_a_later_version": 1})
            store.put("runs", "00000002", foreign)
            assert self.compiled(store, resume=True, name="mine").spent.recorded == 60

        assert [record.number for record in Runs(store).all()] == [1]
        assert [run.record.number for run in kept_runs(store)] == [1]

    def test_a_damaged_record_is_said_to_be(self, store: Store) -> None:
        with context(lm=learner()):
            self.compiled(store, max_calls=60, name="mine")
            own = store.get("runs", "00000001")
            store.put("runs", "00000001", {name: value for name, value in own.items() if name != "parts"})
            with pytest.warns(CompileWarning, match="the last run of mine is damaged, so a new one began"):
                assert self.compiled(store, resume=True, name="mine").spent.recorded == 0

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
            with pytest.raises(UsageError, match="the metric's pattern changed"):
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
            with pytest.warns(CompileWarning, match="Whether the metric's held changed since the run was begun"):
                self.compiled(store, resume=True, name="mine", metric=by(iter("a text")))

    def test_a_metric_that_remembers_is_the_same_one(self, store: Store) -> None:
        seen: dict[str, bool] = {}
        failures: list[str] = []
        least = 1

        def metric(example: Any, prediction: Any, trace: Any = None) -> bool:
            is_right = seen.setdefault(f"{example} {prediction}", prediction.answer == example.answer)
            failures.extend([] if is_right else [str(example)])
            return is_right >= least

        with context(lm=learner()):
            self.compiled(store, max_calls=60, name="mine", metric=metric)
            with pytest.warns(CompileWarning, match="Whether the metric's failures and the metric's seen changed"):
                result = self.compiled(store, name="mine", metric=metric, max_calls=90, resume=True)
            seen.clear()  # as another process would find it
            least = 0
            with pytest.raises(UsageError, match="cannot go on: the metric's least changed"):
                self.compiled(store, name="mine", metric=metric, resume=True)

        assert result.spent.recorded == 60

    def test_a_program_that_counts_its_calls_is_the_same_one(self, store: Store) -> None:
        class Counting(Module):
            def __init__(self) -> None:
                self.answer = Predict("question -> answer")
                self.calls = 0

            def forward(self, question: str) -> Any:
                self.calls += 1
                return self.answer(question=question)

        program = Counting()
        with context(lm=learner()):
            self.compiled(store, max_calls=60, name="mine", program=program)
            with pytest.warns(CompileWarning, match="Whether the program's calls changed"):
                assert self.compiled(store, name="mine", program=program, resume=True).spent.recorded == 60

    def test_a_model_that_counts_its_calls_is_the_same_one(self, store: Store) -> None:
        class Counting(BaseLM):
            def __init__(self) -> None:
                super().__init__("counting")
                self.calls = 0

            def forward(self, prompt: Any = None, messages: Any = None, **settings: Any) -> Any:
                self.calls += 1
                message = {"role": "assistant", "content": marked({"answer": "1"})}
                return {"model": "counting", "choices": [{"message": message, "finish_reason": "stop"}]}

        with context(lm=Counting()):
            self.compiled(store, max_calls=30, name="mine")
            with pytest.warns(CompileWarning, match="Whether the model's calls changed"):
                assert self.compiled(store, name="mine", max_calls=60, resume=True).spent.recorded == 30

    def test_what_the_work_changes_is_written_down_while_it_goes_on(self, store: Store) -> None:
        asked = ["an evaluation before"]
        parts: list[Any] = []

        def metric(example: Any, prediction: Any, trace: Any = None) -> bool:
            asked.append(prediction.answer)
            parts.append(store.get("runs", "00000001")["parts"].get("the metric's asked", "nothing"))
            return bool(prediction.answer == example.answer)

        with context(lm=learner(), num_threads=1):
            self.compiled(store, name="mine", metric=metric, threads=1)

        assert parts[0] is not None
        assert parts[-1] is None  # so that a process that is killed now leaves it so

    def test_an_error_is_written_down_with_the_run(self, store: Store) -> None:
        def metric(example: Any, prediction: Any, trace: Any = None) -> Any:
            return None

        with context(lm=learner()), pytest.raises(UsageError, match="returned None"):
            self.compiled(store, metric=metric, threads=1)

        (record,) = Runs(store).all()
        assert record.state == "failed"
        assert "returned None" in record.why

    @pytest.mark.parametrize("damaged", [{}, {"texts": 3}, {"texts": [None]}, "cut o", {"texts": ["a"], "usage": 1}])
    def test_a_damaged_reply_is_asked_for_again(self, store: Store, damaged: Any) -> None:
        lm = learner()
        with context(lm=lm):
            self.compiled(store, max_calls=60, name="mine")
            key = store.keys("run 1 replies")[0]
            store.put("run 1 replies", key, damaged)
            with pytest.warns(UserWarning, match="is damaged and cannot be read: the model is asked for it again"):
                result = self.compiled(store, name="mine", resume=True)

        assert result.spent.recorded == 59
        assert "texts" in store.get("run 1 replies", key)
        assert not any("failed" in text for text in result.warnings)

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
