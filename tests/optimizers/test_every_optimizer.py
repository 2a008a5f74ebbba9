"""What every optimizer keeps to; a new one joins by its name in OPTIMIZERS."""

from __future__ import annotations

import copy
import itertools
import random
import re
import time
import warnings
from typing import Any

import pandas as pd
import pytest

from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import CompileWarning, DataError, Stopped, UsageError
from nbdspy.models import Budget
from nbdspy.models.redaction import redact
from nbdspy.modules import Module, Predict
from nbdspy.optimizers import OPTIMIZERS, BootstrapFewShot, LabeledFewShot, Optimizer, Result, compile, plan
from nbdspy.optimizers.journal import MemoryJournal, StoredJournal
from nbdspy.store import Store
from nbdspy.testing import FakeLM, Planted

from .conftest import Search, learner, numbers

EVERY = sorted(OPTIMIZERS)
TRAIN, VAL, TEST = numbers(*range(20)), numbers(*range(100, 112)), numbers(*range(200, 215))
SMALL: dict[str, dict[str, Any]] = {
    "random_search": {"num_candidate_programs": 3},
    "copro": {"breadth": 3, "depth": 2},
    "opro": {"num_trials": 4},
    "optuna_search": {"num_candidate_programs": 6, "num_demos": 4},
    "miprov2": {"auto": None, "num_candidates": 4, "num_trials": 5},
    "mipro": {"num_candidates": 4, "num_trials": 5},
    "bayesian_bootstrap": {"num_candidates": 4, "num_trials": 5},
    "mipro_plus_plus": {"num_candidates": 4, "num_trials": 5},
}
"""Options that keep a search short."""
SHOWS_DEMOS = {*EVERY} - {"labeled_few_shot", "copro", "opro"}


def sizes(name: str, labelled: int, **others: int) -> dict[str, int]:
    """The options that say how many demonstrations are shown, of an optimizer that shows some."""
    if name == "labeled_few_shot":
        return {"k": labelled}
    return {"max_labeled_demos": labelled, **others} if name in SHOWS_DEMOS else {}


def made(name: str, **options: Any) -> Optimizer:
    return OPTIMIZERS[name](**{"metric": "exact_match", **SMALL.get(name, {}), **options})


def ask() -> Predict:
    return Predict("question -> answer")


def showing(count: int) -> Predict:
    program = ask()
    program.demos = numbers(*range(1000, 1000 + count))
    return program


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("student", [ask(), Search()], ids=["one", "two"])
def test_the_student_is_left_as_it_was(name: str, student: Module, lm: FakeLM) -> None:
    before = student.dump_state()

    compiled = made(name).compile(student, trainset=TRAIN, valset=VAL)

    assert student.dump_state() == before
    assert compiled is not student


@pytest.mark.parametrize("name", EVERY)
def test_nothing_is_left_on_the_optimizer(name: str, lm: FakeLM) -> None:
    optimizer = made(name, seed=3)
    before = copy.deepcopy(vars(optimizer))

    first = optimizer.compile(ask(), trainset=TRAIN, valset=VAL)

    assert vars(optimizer) == before
    assert optimizer.compile(ask(), trainset=TRAIN, valset=VAL).dump_state() == first.dump_state()


@pytest.mark.parametrize("name", EVERY)
def test_the_same_seed_finds_the_same_with_1_and_with_8_threads(name: str) -> None:
    size = sizes(name, 3)
    found = []
    for threads in (1, 8):
        with context(lm=learner()):
            result = made(name, seed=5, num_threads=threads, **size).run(Search(), trainset=TRAIN, valset=VAL)
        found.append((result.best.dump_state(), [(trial.label, trial.score) for trial in result.tried], result.notes))

    assert found[0] == found[1]


@pytest.mark.parametrize("name", EVERY)
def test_seed_0_is_a_seed(name: str, lm: FakeLM) -> None:
    size = sizes(name, 3) if name == "labeled_few_shot" else sizes(name, 5, max_bootstrapped_demos=2)
    results = [
        compile(ask(), data=TRAIN, val=VAL, optimizer=made(name, seed=7, **size), seed=seed) for seed in (0, 1, 0, None)
    ]
    candidates = [[trial.program.dump_state() for trial in result.tried] for result in results]

    assert [result.seed for result in results] == [0, 1, 0, 7]
    assert candidates[0] == candidates[2]
    assert candidates[0] != candidates[1]


@pytest.mark.parametrize("name", EVERY)
def test_every_seed_draws_for_itself(name: str, lm: FakeLM) -> None:
    size = sizes(name, 5) if name == "labeled_few_shot" else sizes(name, 8, max_bootstrapped_demos=1)
    runs = [made(name, seed=seed, **size).run(ask(), trainset=TRAIN, valset=VAL) for seed in (0, 1, 2, 7, 9, 42)]

    assert len({str([trial.program.dump_state() for trial in run.tried]) for run in runs}) == len(runs)


@pytest.mark.parametrize("name", EVERY)
def test_what_measures_worse_is_never_returned(name: str) -> None:
    harmed_by_demos = learner(lambda number, seen: not seen)

    with context(lm=harmed_by_demos):
        student = ask()
        result = made(name).run(student, trainset=TRAIN, valset=VAL)

    assert result.best is student
    assert result.score == result.base_score == 1.0
    assert result.difference is not None
    assert (result.difference.mean, result.difference.lost) == (0, 0)


@pytest.mark.parametrize("name", EVERY)
def test_of_equals_the_program_that_went_in_stays(name: str) -> None:
    with context(lm=learner(lambda number, seen: number % 2 == 0)):
        student = ask()

        assert made(name).run(student, trainset=TRAIN, valset=VAL).best is student


@pytest.mark.parametrize("name", EVERY)
def test_what_measures_better_is_returned_with_the_paired_difference(name: str, lm: FakeLM) -> None:
    result = made(name).run(ask(), trainset=TRAIN, valset=VAL)

    assert result.base_score == 0
    assert result.score == 1
    assert result.difference is not None
    assert (result.difference.mean, result.difference.gained, result.difference.n) == (1, 12, 12)
    assert result.difference.sure


@pytest.mark.parametrize("name", EVERY)
def test_every_candidate_is_scored_on_the_same_examples_in_the_same_order(name: str, lm: FakeLM) -> None:
    result = made(name).run(ask(), trainset=TRAIN, valset=VAL)

    for trial in result.tried:
        seen = [row.example for row in trial.evaluation.rows]
        assert seen == VAL[: len(seen)]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("student", [ask(), Search()], ids=["one", "two"])
def test_the_plan_holds_what_is_then_called(name: str, student: Module, lm: FakeLM) -> None:
    arguments = {"data": TRAIN, "val": VAL, "test": TEST, "optimizer": name, "options": SMALL.get(name)}

    low, high = plan(student, **arguments).calls
    assert not lm.requests
    result = compile(student, **arguments)

    assert low <= result.calls == len(lm.requests) <= high


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")  # that nothing is left to be learned
@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("student", [ask(), Search(), showing(3)], ids=["one", "two", "with demos"])
def test_the_plan_holds_the_tokens_that_are_then_sent(name: str, student: Module, lm: FakeLM) -> None:
    long = [Example(question=f"number {n}. " + "Say it. " * (n % 7), answer=str(n)).with_inputs("question")
            for n in range(60)]  # fmt: skip
    arguments = {"data": long[:20], "val": long[20:40], "test": long[40:], "optimizer": name}

    low, high = plan(student, **arguments).tokens
    compile(student, **arguments)

    sent = sum(len(message["content"]) for request in lm.requests for message in request.messages or ())
    assert low <= sent / 4 < sent / 3 <= high
    assert high < 10 * sent / 3


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")  # that such a limit is little
@pytest.mark.parametrize("name", EVERY)
def test_a_limit_of_calls_is_kept_and_the_best_so_far_returned(name: str) -> None:
    for limit, threads in itertools.product((0, 1, 5, 13, 30), (1, 4)):
        with context(lm=(model := learner()), num_threads=threads), warnings.catch_warnings():
            warnings.simplefilter("ignore", CompileWarning)  # a small limit is doubted
            student = ask()
            result = compile(
                student, data=TRAIN, val=VAL, test=TEST, optimizer=name, options=SMALL.get(name), max_calls=limit
            )

        assert len(model.requests) <= limit
        assert result.calls == len(model.requests) or threads > 1  # what is still out then counts when it comes
        assert result.stopped is not None
        assert result.stopped.startswith(f"The limit of {limit} call")
        assert "stopped: The limit of" in repr(result)
        assert result.best is student or result.score is not None


@pytest.mark.parametrize("name", EVERY)
def test_an_empty_or_unfit_trainset_is_refused_before_any_call(name: str, lm: FakeLM) -> None:
    with pytest.raises(DataError, match="the trainset is empty"):
        made(name).compile(ask(), trainset=[])
    with pytest.raises(DataError, match="the valset is empty"):
        made(name).compile(ask(), trainset=TRAIN, valset=[])
    with pytest.raises(DataError, match="the trainset is empty"):
        made(name).plan(ask(), trainset=[])
    with pytest.raises(DataError, match="the training data is empty"):
        compile(ask(), data=pd.DataFrame({"question": []}), optimizer=name)
    with pytest.raises(DataError, match="the validation data has no column 'question'"):
        compile(ask(), data=TRAIN, val=pd.DataFrame({"answer": ["x"]}), optimizer=name)
    assert not lm.requests


@pytest.mark.parametrize("name", EVERY)
def test_validation_examples_that_were_trained_on_are_warned_of(name: str, lm: FakeLM) -> None:
    overlapping, apart = (made(name).run(ask(), trainset=TRAIN, valset=[*VAL, *extra]) for extra in (numbers(3, 4), []))

    assert overlapping.warnings == ("2 of 14 validation examples are in the training set too; their scores flatter.",)
    assert apart.warnings == ()


@pytest.mark.parametrize("name", EVERY)
def test_tables_are_learned_from_like_examples(name: str, lm: FakeLM) -> None:
    table, val = (pd.DataFrame([vars(example) for example in part]) for part in (TRAIN, VAL))

    by_table = made(name).compile(ask(), trainset=table, valset=val)
    by_list = made(name).compile(ask(), trainset=TRAIN, valset=VAL)

    assert by_table.dump_state() == by_list.dump_state()


@pytest.mark.parametrize("name", EVERY)
def test_a_signature_is_compiled_as_a_program(name: str, lm: FakeLM) -> None:
    result = made(name).run("question -> answer", trainset=TRAIN, valset=VAL)

    assert isinstance(result.best, Predict)
    assert isinstance(result.base, Predict)


@pytest.mark.parametrize("name", EVERY)
def test_a_run_is_written_down_as_it_goes(name: str, lm: FakeLM) -> None:
    journal = MemoryJournal()
    result = made(name).run(ask(), trainset=TRAIN, valset=VAL, journal=journal)

    records = journal.records()
    assert records[0]["kind"] == "phase"
    assert [(r["number"], r["label"], r["score"]) for r in records if r["kind"] == "trial"] == [
        (trial.number, trial.label, trial.score) for trial in result.tried
    ]
    assert [(r["index"], r["kept"], r["why"]) for r in records if r["kind"] == "note"] == [
        (note.index, note.kept, note.why) for note in result.notes
    ]


PLANTED: dict[str, dict[str, Any]] = {
    "labeled_few_shot": {"k": 16},
    "bootstrap_few_shot": {"max_labeled_demos": 16, "max_bootstrapped_demos": 8},
    "random_search": {"num_candidate_programs": 6},
    "optuna_search": {"num_demos": 4, "num_candidate_programs": 8},
    "copro": {"breadth": 4, "depth": 2},
    "opro": {"num_trials": 8},
    "miprov2": {"num_candidates": 6, "num_trials": 8, "minibatch_size": 20, "auto": None},
    "mipro": {"num_candidates": 6, "num_trials": 8, "minibatch_size": 20},
    "bayesian_bootstrap": {"num_candidates": 6, "num_trials": 8, "minibatch_size": 20},
    "mipro_plus_plus": {"num_candidates": 6, "num_trials": 8, "minibatch_size": 20},
}
"""Options that a task with a known best program is tried with."""
CALLS = {
    "bayesian_bootstrap": 208, "bootstrap_few_shot": 113, "copro": 330, "labeled_few_shot": 80, "mipro": 267,
    "mipro_plus_plus": 298, "miprov2": 253, "opro": 298, "optuna_search": 368, "random_search": 380,
}  # fmt: skip
"""How many calls each then makes, with one thread."""


def found_in(
    planted: Planted, name: str, *, threads: int = 1, lm: FakeLM | None = None, **given: Any
) -> tuple[Result, FakeLM]:  # fmt: skip
    optimizer = made(name, num_threads=threads, **PLANTED.get(name, {}))
    with context(lm=(lm := lm or planted.lm())):
        trainset, valset = planted.examples(0, 40), planted.examples(100, 40)
        return optimizer.run(planted.program(), trainset=trainset, valset=valset, **given), lm


@pytest.mark.parametrize("name", EVERY)
def test_a_program_whose_best_is_known_becomes_better_with_so_many_calls(name: str) -> None:
    planted = Planted()

    result, lm = found_in(planted, name)

    assert planted.quality(result.best) >= planted.quality(result.base) + 0.1
    assert result.score is not None
    assert result.score > (result.base_score or 0)
    assert len(lm.requests) == result.calls == CALLS[name]


def unsteady(planted: Planted, seed: int) -> FakeLM:
    """Its model, which takes now less, now more time for a reply."""
    rng = random.Random(seed)

    def answer(request: Any) -> Any:
        time.sleep(rng.choice((0, 0, 0, 0.001, 0.01)))
        return planted.reply(request)

    return FakeLM(answer, model="planted")


@pytest.mark.parametrize("name", EVERY)
def test_1_and_8_and_64_threads_find_the_same_however_long_each_reply_takes(name: str) -> None:
    planted = Planted(2, seed=3)
    found = []
    for threads in (1, 8, 64):
        result, _ = found_in(planted, name, threads=threads, lm=unsteady(planted, threads))
        tried = [(trial.label, trial.score, trial.evaluation.n, dict(trial.choices)) for trial in result.tried]
        found.append((result.best.dump_state(), tried, result.notes, result.proposed, result.warnings))

    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("name", EVERY)
def test_a_run_that_was_cut_off_goes_on_to_the_same_end_without_asking_again(name: str) -> None:
    planted = Planted(seed=1)
    whole, lm = found_in(planted, name)
    store = Store("sqlite://", redact=redact)

    _, before = found_in(planted, name, journal=StoredJournal(store, "mine"), budget=Budget(calls=60))
    resumed, after = found_in(planted, name, journal=StoredJournal(store, "mine"))
    store.close()

    assert resumed.best.dump_state() == whole.best.dump_state()
    assert [(trial.label, trial.score) for trial in resumed.tried] == [
        (trial.label, trial.score) for trial in whole.tried
    ]
    assert len(before.requests) == 60
    assert len(before.requests) + len(after.requests) == len(lm.requests)


@pytest.mark.parametrize("name", EVERY)
def test_an_interrupt_leaves_the_best_so_far(name: str) -> None:
    planted = Planted()
    whole, lm = found_in(planted, name)
    called = itertools.count()

    def answer(request: Any) -> Any:
        if next(called) == len(lm.requests) - 5:
            raise KeyboardInterrupt
        return planted.reply(request)

    optimizer = made(name, num_threads=1, **PLANTED.get(name, {}))
    with context(lm=FakeLM(answer, model="planted")), pytest.raises(Stopped) as caught:
        optimizer.run(planted.program(), trainset=planted.examples(0, 40), valset=planted.examples(100, 40))

    result = caught.value.result
    assert result.stopped == "Interrupted."
    assert result.tried
    assert [trial.score for trial in result.tried] == [trial.score for trial in whole.tried][: len(result.tried)]
    assert result.score == max(trial.score for trial in result.tried if trial.is_finished)


@pytest.mark.parametrize("name", EVERY)
def test_a_metric_that_raises_on_some_examples_costs_those_examples_alone(name: str) -> None:
    planted = Planted()

    def touchy(example: Any, prediction: Any, trace: Any = None) -> bool:
        if int(example.answer) % 10 == 7:
            raise ZeroDivisionError
        return bool(example.answer == prediction.answer)

    optimizer = made(name, **{**PLANTED.get(name, {}), "metric": touchy})
    with context(lm=planted.lm()):
        result = optimizer.run(planted.program(), trainset=planted.examples(0, 40), valset=planted.examples(100, 40))

    assert planted.quality(result.best) > planted.quality(result.base)
    assert all(row.score == 0 for row in result.tried[0].evaluation.rows if int(row.example.answer) % 10 == 7)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(("train", "val"), [(1, 1), (1, None), (2, None), (3, 2)])
def test_tiny_data_is_enough_to_run_and_to_plan(name: str, train: int, val: int | None) -> None:
    planted = Planted()
    arguments = {
        "trainset": planted.examples(0, train), "valset": None if val is None else planted.examples(100, val)
    }  # fmt: skip

    with context(lm=(lm := planted.lm())):
        low, high = made(name).plan(planted.program(), **arguments).calls
        result = made(name).run(planted.program(), **arguments)

    assert low <= len(lm.requests) <= high
    assert result.best_trial is None or result.score is not None


def test_an_unknown_optimizer_gets_a_suggestion() -> None:
    for said, meant in {"random_serch": "random_search", "mipro_v2": "miprov2"}.items():
        with pytest.raises(UsageError, match=rf"No optimizer is called '{said}'; .*Did you mean {meant}"):
            compile(ask(), data=TRAIN, optimizer=said)


def test_an_optimizer_goes_by_the_name_of_its_class_too() -> None:
    for made_by in OPTIMIZERS.values():
        assert plan(ask(), data=TRAIN, val=TRAIN, optimizer=made_by.__name__).optimizer == made_by.name


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("knn_few_shot", r"'knn_few_shot' is no name to compile with\. It is made in Python: nbdspy\.KNNFewShot\("),
        ("KNNFewShot", r"nbdspy\.KNNFewShot\("),
        ("ensemble", r"nbdspy\.Ensemble\("),
        ("gepa", r"gepa is not there yet\. It comes later; now there are: "),
        ("SIMBA", r"SIMBA is not there yet\."),
    ],
)
def test_an_optimizer_that_goes_by_no_name_says_what_to_do(said: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        compile(ask(), data=TRAIN, optimizer=said)


def test_an_unknown_option_gets_a_suggestion(lm: FakeLM) -> None:
    options = {"max_labelled_demos": 3}
    for optimizer in ("bootstrap_few_shot", made("bootstrap_few_shot")):
        with pytest.raises(UsageError, match=r"has no option 'max_labelled_demos'.*Did you mean max_labeled_demos"):
            compile(ask(), data=TRAIN, optimizer=optimizer, options=options)
    assert not lm.requests


@pytest.mark.parametrize(
    ("optimizer", "options", "said"),
    [
        ("labeled_few_shot", {"k": "many"}, "cannot use k = 'many'. Give a whole number from 0; by default it is 16."),
        ("labeled_few_shot", {"k": 2.5}, "Give a whole number from 0"),
        ("labeled_few_shot", {"k": True}, "Give a whole number from 0"),
        ("labeled_few_shot", {"sample": 1}, "Give True or False"),
        ("random_search", {"num_candidate_programs": -5}, "cannot use num_candidate_programs = -5."),
        ("random_search", {"stop_at_score": "high"}, "Give a number from 0 to 1, as scores are."),
        ("random_search", {"num_threads": 0}, "Give a whole number from 1."),
        (LabeledFewShot(), {"k": -1}, "cannot use k = -1."),
        (
            "miprov2",
            {"auto": "haevy"},
            "cannot use auto = 'haevy'; it is light, medium, heavy or None. Did you mean heavy",
        ),
        ("miprov2", {"auto": 3}, "cannot use auto = 3; it is light, medium, heavy or None."),
        ("miprov2", {"num_trials": 20}, "auto = 'light' sets num_candidates and num_trials, which are given too."),
        ("miprov2", {"auto": None, "num_trials": 20}, "without auto needs num_candidates and num_trials."),
        ("miprov2", {"minibatch_size": 0}, "Give a whole number from 1; by default it is 35."),
    ],
)
def test_an_option_of_no_use_is_refused_before_any_call(optimizer: Any, options: Any, said: str, lm: FakeLM) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        compile(ask(), data=TRAIN, optimizer=optimizer, options=options)
    assert not lm.requests


@pytest.mark.parametrize("optimizer", [BootstrapFewShot(max_bootstrapped_demos="x"), LabeledFewShot(k=-1)])
def test_an_optimizer_that_was_set_up_wrong_is_refused_before_any_call(optimizer: Any, lm: FakeLM) -> None:
    for work in (optimizer.run, optimizer.compile, optimizer.plan):
        with pytest.raises(UsageError, match=r"cannot use .* Give a whole number from 0"):
            work(ask(), trainset=TRAIN)
    assert not lm.requests


def test_an_optimizer_that_chooses_needs_a_metric(lm: FakeLM) -> None:
    said = r'random_search needs a metric to choose by. Give one, such as metric="exact_match"'

    with pytest.raises(UsageError, match=said):
        compile(ask(), data=TRAIN, options={"metric": None})
    with pytest.raises(UsageError, match=said):
        OPTIMIZERS["random_search"](metric=None).run(ask(), trainset=TRAIN)
    assert not lm.requests
    assert compile(ask(), data=TRAIN, optimizer="bootstrap_few_shot", options={"metric": None}).metric == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (BootstrapFewShot, 'BootstrapFewShot is a class.* Make one: BootstrapFewShot.*or say "bootstrap_few_shot"'),
        (dict, "dict is a class"),
    ],
)
def test_the_class_of_an_optimizer_gets_a_hint(given: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        compile(ask(), data=TRAIN, optimizer=given)


def test_an_unknown_metric_or_program_is_refused_before_any_call(lm: FakeLM) -> None:
    with pytest.raises(UsageError, match="No metric is called 'exact_mach'"):
        compile(ask(), data=TRAIN, metric="exact_mach")
    with pytest.raises(UsageError, match="42 is an int, not a program"):
        compile(42, data=TRAIN)
    assert not lm.requests
