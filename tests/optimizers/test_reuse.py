"""What earlier runs have scored is taken over where it is asked for, and only where nothing about it changed."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbdspy.adapters import ChatAdapter
from nbdspy.configuration import context
from nbdspy.data import Example, Prediction
from nbdspy.errors import CompileWarning, UsageError
from nbdspy.modules import Module, Predict, ReAct
from nbdspy.optimizers import BootstrapFewShot, Result, compile, plan
from nbdspy.optimizers.results import Trial
from nbdspy.optimizers.runs import Runs
from nbdspy.runtime import map_threads
from nbdspy.store import Store
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

from .conftest import Search, asked, learner, numbers

TRAIN, VAL, TEST = numbers(*range(20)), numbers(*range(100, 112)), numbers(*range(200, 210))
FEW = {"num_candidate_programs": 3}


def compiled(store: Any, program: Any = "question -> answer", *, lm: FakeLM | None = None, **given: Any) -> Result:
    with context(lm=lm or learner()):
        return compile(program, **{"data": TRAIN, "val": VAL, "options": FEW, "store": store, **given})


def scored(result: Result) -> list[Any]:
    def told(trial: Trial) -> Any:
        rows = [(row.index, row.score, row.prediction) for row in trial.evaluation.rows]
        return trial.label, trial.program.dump_state(), rows

    return [*map(told, result.tried), result.best.dump_state(), result.notes, result.traces]


def test_a_second_run_pays_nothing_and_finds_the_same(store: Store) -> None:
    first = compiled(store, test=TEST)
    again = compiled(store, test=TEST, reuse=True)

    assert first.reused == 0
    assert again.calls == 0
    assert again.reused == first.calls
    assert scored(again) == scored(first)
    assert again.held_out is not None
    assert first.held_out is not None
    for figure in ("mean", "low", "high", "gained", "lost", "unchanged"):
        assert getattr(again.held_out.difference, figure) == getattr(first.held_out.difference, figure)


def test_programs_of_several_parts_are_taken_over_with_their_traces(memory: Store) -> None:
    first = compiled(memory, Search())
    again = compiled(memory, Search(), reuse=True)

    assert (again.calls, 2 * again.reused) == (0, first.calls)
    assert scored(again) == scored(first)


def test_without_the_word_everything_is_paid_again(memory: Store) -> None:
    first, again = compiled(memory), compiled(memory)

    assert (again.calls, again.reused) == (first.calls, 0)


def test_only_the_examples_that_are_new_are_paid(memory: Store) -> None:
    compiled(memory, optimizer="bootstrap_few_shot", options={})
    with_more = compiled(
        memory, optimizer="bootstrap_few_shot", options={}, val=[*VAL, *numbers(500, 501, 502)], reuse=True
    )

    assert with_more.calls == 2 * 3
    assert with_more.score == 1


def answers(example: Any, prediction: Any, trace: Any = None) -> bool:
    return bool(example.answer == prediction.answer)


def ends_alike(example: Any, prediction: Any, trace: Any = None) -> bool:
    return bool(example.answer[-1:] == prediction.answer[-1:])


def weather(city: str) -> str:
    """What the weather is like."""
    return f"sun in {city}"


def other_weather(city: str) -> str:
    """What the weather is like."""
    return f"rain in {city}"


def acting(tool: Callable[..., Any]) -> ReAct:
    return ReAct("question -> answer", tools=[tool], max_iters=1)


def with_name(tool: Callable[..., Any]) -> Callable[..., Any]:
    tool.__name__ = "weather"
    return tool


def acts(request: Any) -> str:
    """Finishes at once, and then says the number."""
    fields = re.findall(r"\[\[ ## (\w+) ## \]\]", request.messages[0]["content"])
    if "next_tool_name" in fields:
        return chat_text({"next_thought": "Done.", "next_tool_name": "finish", "next_tool_args": "{}"})
    return chat_text({"reasoning": "So.", "answer": asked(request)})


DEFAULT: dict[str, Any] = {"optimizer": "labeled_few_shot", "options": {"k": 2}, "metric": answers}


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")  # that nothing is gained
@pytest.mark.parametrize(
    "changed",
    [
        {"metric": ends_alike},
        {"lm": learner(lambda number, seen: True)},
        {"lm": FakeLM(learner().send, model="another")},
        {"program": "question -> answer: str | None"},
        {"program": Predict("question -> answer", temperature=0.7)},
        {"program": Predict("question -> answer", rollout_id=1)},
        {"val": [Example(example, answer="0").with_inputs("question") for example in VAL]},
        {"val": numbers(*range(300, 312))},
        {"seed": 1},
    ],
    ids=["metric", "model", "name", "signature", "temperature", "rollout", "labels", "inputs", "seed"],
)
def test_whatever_changed_is_paid_again(memory: Store, changed: dict[str, Any]) -> None:
    one_model = learner()
    compiled(memory, **DEFAULT, lm=one_model)
    same = compiled(memory, **{**DEFAULT, "lm": one_model, "reuse": True})
    other = compiled(memory, **{**DEFAULT, "lm": one_model, "reuse": True, **changed})

    assert (same.calls, same.reused) == (0, 24)
    assert other.reused == 0
    assert other.calls >= 24


def test_settings_of_the_model_the_adapter_and_the_searcher_are_told_apart(memory: Store) -> None:
    answer = learner().leaf.send
    made = {name: FakeLM(answer, **settings) for name, settings in {"cold": {}, "warm": {"temperature": 1.0}}.items()}
    in_force: dict[str, dict[str, Any]] = {
        "first": {},
        "again": {},
        "warmer": {"lm": made["warm"]},
        "adapter": {"adapter": ChatAdapter(use_json_adapter_fallback=False)},
        "searcher": {"rm": weather},
    }
    found = {}
    for name, settings in in_force.items():
        with context(**{"lm": made["cold"], **settings}):
            result = compile("question -> answer", TRAIN, val=VAL, store=memory, reuse=True, **DEFAULT)
        found[name] = result.reused

    assert found == {"first": 0, "again": 24, "warmer": 0, "adapter": 0, "searcher": 0}


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")  # that nothing is gained
def test_a_tool_that_was_edited_makes_it_paid_again(memory: Store) -> None:
    lm = FakeLM(acts)
    found = [
        compiled(memory, acting(with_name(tool)), **{**DEFAULT, "lm": lm, "reuse": True})
        for tool in (weather, weather, other_weather)
    ]

    assert [result.reused > 0 for result in found] == [False, True, False]
    assert found[1].calls == 0


def test_an_edited_teacher_threshold_or_setting_bootstraps_anew(memory: Store) -> None:
    given: dict[str, Any] = {"val": None, "reuse": True, "lm": learner()}
    found = [
        compiled(memory, optimizer=BootstrapFewShot("exact_match", **arguments), options={}, **{**given, **more})
        for arguments, more in (
            ({}, {}),
            ({}, {}),
            ({"metric_threshold": 0.5}, {}),
            ({"teacher_settings": {"lm": learner(lambda number, seen: True)}}, {}),
            ({}, {"teacher": Predict("question -> answer", temperature=0.1)}),
        )
    ]

    assert [result.reused > 0 for result in found] == [False, True, False, False, False]
    assert found[1].calls == 0


def test_what_cannot_be_told_apart_is_paid_again_and_said_once(memory: Store) -> None:
    lock = threading.Lock()

    def locked(example: Any, prediction: Any, trace: Any = None) -> bool:
        with lock:
            return bool(example.answer == prediction.answer)

    first = compiled(memory, metric=locked)
    with pytest.warns(CompileWarning, match="No score is reused: the metric cannot be told from another one"):
        again = compiled(memory, metric=locked, reuse=True)

    assert (again.calls, again.reused) == (first.calls, 0)
    assert sum("cannot be told" in text for text in again.warnings) == 1


class Counted(Module):
    """Answers with something that JSON cannot say."""

    def __init__(self) -> None:
        self.answer = Predict("question -> answer")

    def forward(self, question: str) -> Any:
        prediction = self.answer(question=question)
        prediction.found = {question}
        return prediction


def test_answers_that_json_cannot_say_are_paid_again_and_said_once(memory: Store) -> None:
    first = compiled(memory, Counted(), **DEFAULT)
    again = compiled(memory, Counted(), **DEFAULT, reuse=True)

    assert (again.calls, again.reused) == (first.calls, 0)
    assert again.warnings == (
        "24 rollouts are not kept for later runs: JSON cannot say what went in or came out, or it holds a key.",
    )


class Own(Prediction):
    """An answer of a class of the user's."""


class Owning(Module):
    """Answers with something of the user's own."""

    def __init__(self) -> None:
        self.answer = Predict("question -> answer")

    def forward(self, question: str) -> Own:
        return Own(answer=self.answer(question=question).answer)


def test_answers_of_the_users_own_class_are_neither_kept_nor_counted_as_reused(memory: Store) -> None:
    first = compiled(memory, Owning(), **DEFAULT)
    with context(lm=learner()):
        known = plan(Owning(), TRAIN, val=VAL, store=memory, reuse=True, **DEFAULT).known
    again = compiled(memory, Owning(), **DEFAULT, reuse=True)

    assert (again.calls, again.reused, known) == (first.calls, 0, 0)
    assert len(again.warnings) == 1
    assert again.warnings[0].startswith("24 rollouts are not kept for later runs")


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")  # that nothing is gained, and of the failure
def test_failures_are_tried_again(memory: Store, tmp_path: Path) -> None:
    """The model may be back."""
    well = str(tmp_path / "well")

    def touchy(number: int, seen: list[int]) -> bool:
        if number == 103 and not os.path.exists(well):
            raise ValueError("not now")
        return True

    lm = learner(touchy)
    sick = compiled(memory, **DEFAULT, lm=lm)
    Path(well).touch()
    later = compiled(memory, **DEFAULT, lm=lm, reuse=True)

    assert sick.tried[0].evaluation.failed == 1
    assert later.tried[0].evaluation.failed == 0
    assert later.calls == 2


@pytest.mark.filterwarnings("ignore:30 calls may be used up before anything is scored")
def test_a_resumed_run_takes_what_was_there_when_it_began_and_need_not_be_told_again(memory: Store) -> None:
    compiled(memory, **{**DEFAULT, "metric": "exact_match"}, seed=3)
    stopped = compiled(memory, reuse=True, name="mine", max_calls=30, seed=3)
    compiled(memory, name="between", seed=3)
    resumed = compiled(memory, resume=True, name="mine", seed=3)
    alone = compiled(False, seed=3)

    assert (stopped.stopped is None, resumed.stopped) == (False, None)
    assert stopped.reused == resumed.reused == len(VAL)
    assert resumed.calls + resumed.spent.recorded + resumed.reused == alone.calls
    assert scored(resumed) == scored(alone)


def test_a_run_that_was_begun_without_goes_on_without_and_says_so(memory: Store) -> None:
    compiled(memory, max_calls=40, name="mine")
    with pytest.warns(CompileWarning, match="Run 1 was begun without reuse, so it goes on without it"):
        resumed = compiled(memory, resume=True, reuse=True, name="mine")

    assert resumed.reused == 0
    assert [record.reuse for record in Runs(memory).all()] == [False]


def test_without_a_store_there_is_nothing_to_reuse() -> None:
    with pytest.raises(UsageError, match="Without a store there are no scores to reuse"):
        compiled(False, reuse=True)


def test_two_runs_at_once_on_one_store_keep_what_both_found(store: Store) -> None:
    done = list(map_threads(lambda seed: compiled(store, seed=seed), (0, 0, 1), threads=3))
    again = [compiled(store, seed=seed, reuse=True) for seed in (0, 1)]

    assert all(each.error is None for each in done)
    assert [result.calls for result in again] == [0, 0]


@pytest.mark.parametrize("program", ["question -> answer", Search()])
def test_the_plan_counts_what_is_known_as_not_paid(memory: Store, program: Any) -> None:
    arguments: dict[str, Any] = {"data": TRAIN, "val": VAL, "test": TEST, "options": FEW}
    with context(lm=learner()):
        full = plan(program, **arguments)
        assert plan(program, **arguments, reuse=True, store=memory) == full
    compiled(memory, program, test=TEST)
    with context(lm=learner()):
        less = plan(program, **arguments, reuse=True, store=memory)
    again = compiled(memory, program, test=TEST, reuse=True)

    assert less.known == len(VAL) + len(TEST)
    assert less.calls[0] == 0 == again.calls
    assert less.calls[1] == full.calls[1] - full.predictors * less.known
    assert "Not paid again: 22 runs of the program are known from earlier compiles" in repr(less)
    assert "Not paid again" not in repr(full)
