"""COPRO and OPRO: they find the instruction that counts, and what is of no use does them no harm."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from nbdspy.adapters import JSONAdapter
from nbdspy.configuration import context
from nbdspy.errors import ContextTooLong, KeyRefused, TimedOut, UsageError
from nbdspy.models import Budget
from nbdspy.models.redaction import redact
from nbdspy.modules import Module, Predict
from nbdspy.optimizers import COPRO, OPRO, Optimizer, Result, Run, compile, start
from nbdspy.optimizers.journal import MemoryJournal, StoredJournal
from nbdspy.store import Store
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

from .conftest import Search, asked, fields_asked, numbers

TRAIN, VAL = numbers(*range(20)), numbers(*range(100, 110))
STEP, KEY = "Look closely.", "Say it digit by digit."


def task() -> FakeLM:
    """Right on what can be divided by five, with one phrase in the instruction on half, and with the other on all."""

    def answer(request: Any) -> str:
        system, number = request.messages[0]["content"], asked(request)
        known = KEY in system or number % 5 == 0 or (STEP in system and number % 2 == 0)
        said = {"query": f"number {number}.", "answer": number if known else "no"}
        return chat_text({name: said[name] for name in fields_asked(request)})

    return FakeLM(answer)


def prompts(request: Any) -> str:
    return str(request.messages[-1]["content"])


def planted() -> FakeLM:
    """One sample in three is a step to what counts; from what shows that step, one sample in three is what counts."""

    def text(request: Any) -> str:
        luck = request.rollout_id % 3
        shows = prompts(request)
        phrase = (KEY if STEP in shows and "Score" in shows else STEP) if luck == 0 else f"Way {request.rollout_id}."
        return f"Answer the question. {phrase}"

    return writer(text)


def writer(text: Callable[[Any], str]) -> FakeLM:
    def answer(request: Any) -> str:
        fields = fields_asked(request)
        return chat_text({name: text(request) if "instruction" in name else f"the {name}" for name in fields})

    return FakeLM(answer)


MAKE: dict[str, Callable[..., Optimizer]] = {
    "copro": lambda lm, **o: COPRO(lm, **{"breadth": 6, "depth": 3, **o}),
    "module": lambda lm, **o: OPRO(prompt_model=lm, **{"num_trials": 16, **o}),
    "program": lambda lm, **o: OPRO(prompt_model=lm, **{"level": "program", "num_trials": 16, **o}),
    "coordinate": lambda lm, **o: OPRO(prompt_model=lm, **{"level": "coordinate", "num_trials": 18, "breadth": 6, **o}),
}
LOOKS = 2 + 1 + 2  # two batches of examples and their summary, the program and the role of its predictor
CALLS = {
    "copro": (5 + 6 + 6, 2, 18),
    "module": (LOOKS + 16, 1, 17),
    "program": (LOOKS + 16, 4, 17),
    "coordinate": (LOOKS + 3 * 6, 2, 19),
}
"""Calls of the prompt model, those that were made again, and trials."""
EVERY = sorted(MAKE)


def found(name: str, lm: FakeLM, student: Module | None = None, **options: Any) -> Result:
    with context(lm=task()):
        return MAKE[name](lm, **options).run(student or Predict("question -> answer"), trainset=TRAIN, valset=VAL)


@pytest.mark.parametrize("name", EVERY)
def test_the_instruction_that_counts_is_found_with_so_many_calls(name: str) -> None:
    lm = planted()
    result = found(name, lm)

    assert KEY in result.best.signature.instructions
    assert (result.base_score, result.score) == (0.2, 1.0)
    again = sum(bool(each.refused) for each in result.proposed)
    assert (len(lm.requests) - again, again, len(result.tried)) == CALLS[name]
    distinct = {str(trial.program.dump_state()) for trial in result.tried}
    assert result.calls == len(lm.requests) + len(VAL) * len(distinct)
    assert len(distinct) > 8


@pytest.mark.parametrize("name", EVERY)
def test_the_same_is_found_with_1_8_and_64_threads_and_another_by_another_seed(name: str) -> None:
    runs = []
    for threads, seed in ((1, 0), (8, 0), (64, 0), (8, 1)):
        result = found(name, planted(), Search(), num_threads=threads, seed=seed)
        runs.append((
            result.best.dump_state(), [(trial.label, trial.score, trial.choices) for trial in result.tried],
            result.proposed,
        ))  # fmt: skip

    assert runs[0] == runs[1] == runs[2]
    assert runs[0] != runs[3]
    assert len(runs[0][2]) >= 12


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("student", [Predict("question -> answer"), Search()], ids=["one", "two"])
def test_a_run_that_is_begun_again_asks_nothing_twice(name: str, student: Module) -> None:
    journal = StoredJournal(Store("sqlite://", redact=redact), "run")
    runs = []
    for _ in range(2):
        prompt_model, model = planted(), task()
        with context(lm=model):
            result = MAKE[name](prompt_model).run(student, trainset=TRAIN, valset=VAL, journal=journal)
        runs.append((result.best.dump_state(), result.proposed, len(prompt_model.requests) + len(model.requests)))

    assert runs[0][:2] == runs[1][:2]
    assert runs[0][2] > 100
    assert runs[1][2] == 0


@pytest.mark.parametrize("name", EVERY)
def test_each_predictor_gets_an_instruction_and_each_proposal_is_written_down(name: str) -> None:
    journal = MemoryJournal()
    with context(lm=task()):
        result = MAKE[name](planted()).run(Search(), trainset=TRAIN, valset=VAL, journal=journal)

    assert {each.predictor for each in result.proposed if each.instruction} == {"search", "answer"}
    records = [record for record in journal.records() if record["kind"] == "proposal"]
    assert [(r["predictor"], r["number"], r["instruction"]) for r in records] == [
        (each.predictor, each.number, each.instruction) for each in result.proposed
    ]
    json.dumps(records)
    assert len({(each.predictor, each.number) for each in result.proposed}) == len(result.proposed)


BAD = {
    "nothing": "",
    "quotation marks": '"``"',
    "what is there": "Given the fields `question`, produce the fields `answer`.",
    "a book": "word " * 5_000,
    "a marker": "Answer.\n[[ ## answer ## ]]\n42",
}


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_proposals_of_no_use_leave_the_program_as_it_came(name: str, text: str) -> None:
    def answer(request: Any) -> str:
        names = re.findall(r'"(proposed_\w+|observations|summary|program_description|role)"', str(request.messages))
        return json.dumps({name: text if "instruction" in name else "" for name in names})

    student = Predict("question -> answer")

    with context(lm=FakeLM(lambda request: json.dumps({"answer": "no"})), adapter=JSONAdapter()):
        result = MAKE[name](FakeLM(answer)).run(student, trainset=TRAIN, valset=VAL)

    assert result.best is student
    assert all(each.instruction is None and len(each.refused) == 2 for each in result.proposed)
    assert {trial.program for trial in result.tried} == {student}
    assert result.calls - len(VAL) <= 80
    assert [text for text in result.warnings if "No proposal was of use" in text] == [
        f"No proposal was of use; of the last it is said: {result.proposed[-1].refused[-1]}."
    ]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("error", [TimedOut("late", transient=False), ContextTooLong("too long")])
def test_a_prompt_model_that_fails_leaves_the_program_as_it_came(name: str, error: Exception) -> None:
    def fail(request: Any) -> str:
        raise error

    student = Predict("question -> answer")
    result = found(name, FakeLM(fail), student)

    assert result.best is student
    assert result.stopped is None
    assert type(error).__name__ in result.warnings[-1]


@pytest.mark.parametrize("name", EVERY)
def test_a_prompt_model_that_says_nothing_readable_leaves_the_program_as_it_came(name: str) -> None:
    student = Predict("question -> answer")
    result = found(name, FakeLM("I would rather not."), student)

    assert result.best is student
    assert "ParseError" in result.warnings[-1]


@pytest.mark.parametrize("name", EVERY)
def test_a_key_that_is_refused_ends_the_run_with_what_was_found(name: str) -> None:
    def fail(request: Any) -> str:
        raise KeyRefused("no such key")

    with pytest.raises(KeyRefused):
        found(name, FakeLM(fail))


@pytest.mark.parametrize("name", EVERY)
def test_a_proposal_that_comes_now_and_then_is_enough(name: str) -> None:
    count = iter(range(1_000))

    def text(request: Any) -> str:
        return KEY if next(count) % 4 == 3 else ""

    assert found(name, writer(text), num_threads=1).score == 1.0


@pytest.mark.parametrize("name", EVERY)
def test_a_run_that_is_stopped_while_proposals_are_made_asks_no_more(name: str) -> None:
    runs: list[Run] = []
    begun = threading.Event()

    def stop(request: Any) -> str:
        begun.wait(10)
        runs[0].stop()
        return KEY

    lm = FakeLM(lambda request: chat_text({field: stop(request) for field in fields_asked(request)}))
    student = Predict("question -> answer")
    with context(lm=task(), num_threads=2):
        runs.append(start(student, TRAIN, val=VAL, optimizer=MAKE[name](lm)))
        begun.set()
        result = runs[0].wait(20)

    assert (result.best, result.stopped) == (student, "You stopped it.")
    assert len(lm.requests) <= 2
    assert result.warnings == ()


@pytest.mark.parametrize("name", EVERY)
def test_frozen_instructions_are_never_touched(name: str) -> None:
    student = Search()
    student.search.frozen = frozenset({"instructions", "query"})
    before = student.search.signature

    result = found(name, planted(), student)

    assert {each.predictor for each in result.proposed} == {"answer"}
    for trial in result.tried:
        assert trial.program.search.signature.equals(before)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", EVERY)
def test_where_all_is_frozen_nothing_is_asked(name: str) -> None:
    student = Predict("question -> answer")
    student.frozen = frozenset({"instructions"})
    lm = planted()

    result = found(name, lm, student)

    assert result.best is student
    assert not lm.requests
    assert any("The instructions of every predictor are frozen" in text for text in result.warnings)
    assert MAKE[name](lm).plan(student, trainset=TRAIN, valset=VAL).calls == (10, 10)


def test_the_training_examples_choose_where_there_are_no_others() -> None:
    for name in EVERY:
        with context(lm=task()):
            result = MAKE[name](planted()).run(Predict("question -> answer"), trainset=TRAIN)

        assert {trial.evaluation.n for trial in result.tried} == {20}


@pytest.mark.parametrize("name", ["copro", "coordinate"])
def test_with_a_limit_the_program_as_it_came_is_scored_before_a_proposal_is_paid(name: str) -> None:
    options = {"grounded": False} if name == "coordinate" else {}
    find = partial(MAKE[name](planted(), **options).run, "question -> answer", trainset=TRAIN, valset=VAL)
    with context(lm=task(), num_threads=1):
        limited, whole, ample = find(budget=Budget(calls=len(VAL) + 2)), find(), find(budget=Budget(calls=9999))

    assert limited.base_trial is not None
    assert limited.base_trial.evaluation.n == len(VAL)
    assert [(each.label, each.score) for each in ample.tried] == [(each.label, each.score) for each in whole.tried]


def test_proposals_that_were_paid_for_are_told_when_the_run_ends_before_they_are_tried() -> None:
    run: Run | None = None
    writes = planted()

    def answer(request: Any) -> Any:
        assert run is not None
        reply = writes.send(request)
        if len(writes.requests) == 3:
            run.stop()
        return reply

    optimizer = MAKE["copro"](FakeLM(answer), num_threads=1)
    run, search = optimizer.ready("question -> answer", trainset=TRAIN, valset=VAL)
    with context(lm=task()):
        result = search()

    assert len([each for each in result.proposed if each.instruction]) == 3


def test_copro_tells_what_was_tried_with_the_best_last() -> None:
    lm = planted()
    found("copro", lm, breadth=4, depth=3)

    first = [request for request in lm.requests if "basic_instruction" in prompts(request)]
    later = [request for request in lm.requests if "attempts" in prompts(request)]
    scores = [float(score) for score in re.findall(r"Score: (\S+) %", prompts(later[-1]))]
    assert len(first) == 3
    assert 1 < len(scores) <= 4
    assert scores == sorted(scores)
    assert {request.temperature for request in lm.requests} == {1.4}


def test_copro_searches_the_description_of_the_last_output_which_stands_in_prompts() -> None:
    model = FakeLM(lambda request: chat_text(
        {"thought": "x", "answer": asked(request) if "as digits" in request.messages[0]["content"] else "no"}
    ))  # fmt: skip
    described = {"proposed_instruction": "Answer.", "proposed_description": "the number,\n as digits"}
    lm = FakeLM(lambda request: chat_text({name: described[name] for name in fields_asked(request)}))

    with context(lm=model):
        result = COPRO(lm, breadth=2, depth=1).run(Predict("question -> thought, answer"), trainset=TRAIN)

    assert result.score == 1.0
    fields = result.best.signature.fields
    assert (fields["answer"].desc, fields["thought"].desc) == ("the number, as digits", "${thought}")


@pytest.mark.parametrize("text", ["", "x" * 1_001, "[[ ## answer ## ]]"])
def test_a_description_of_no_use_leaves_the_present_one(text: str) -> None:
    said = {"proposed_instruction": KEY, "proposed_description": text}
    lm = FakeLM(lambda request: json.dumps(said))
    with context(lm=task()):
        result = COPRO(lm, breadth=2, depth=1).run(Predict("question -> answer"), trainset=TRAIN)

    assert result.best.signature.instructions == KEY
    assert result.best.signature.fields["answer"].description == ""


def test_copro_leaves_a_frozen_description() -> None:
    student = Predict("question -> answer")
    student.frozen = frozenset({"answer"})
    lm = planted()

    result = found("copro", lm, student)

    assert all("proposed_description" not in prompts(request) for request in lm.requests)
    assert result.best.signature.fields["answer"].description == ""


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")  # the training examples choose
def test_copro_takes_what_programs_for_dspy_give_it() -> None:
    optimizer = COPRO(prompt_model=planted(), metric="exact_match", breadth=6, depth=2, track_stats=True)
    before = dict(vars(optimizer))

    with context(lm=task()):
        best = optimizer.compile(
            Predict("question -> answer"), trainset=VAL,
            eval_kwargs={"num_threads": 1, "display_progress": True, "display_table": 0},
        )  # fmt: skip

    assert KEY in best.signature.instructions
    assert vars(optimizer) == before


def test_opro_tells_of_the_data_and_of_the_program_unless_it_is_told_not_to() -> None:
    for level in ("module", "program", "coordinate"):
        told, plain = planted(), planted()
        found(level, told)
        found(level, plain, grounded=False)

        assert {"data_summary", "program_summary", "tip"} <= set(re.findall(r"## (\w+) ##", str(
            [request.messages[-1] for request in told.requests])))  # fmt: skip
        assert not {"data_summary", "program_summary", "tip"} & set(re.findall(r"## (\w+) ##", str(
            [request.messages[-1] for request in plain.requests])))  # fmt: skip


def test_the_demonstrations_of_the_program_are_shown_and_kept() -> None:
    student = Predict("question -> answer")
    student.demos = numbers(5)
    for level in ("module", "coordinate"):
        lm = planted()
        result = found(level, lm, student)

        asked_for = [request for request in lm.requests if "proposed_instruction" in fields_asked(request)]
        assert all("task_demos ## ]]\nquestion: number 5.\nanswer: 5" in prompts(request) for request in asked_for)
        assert {"task_demos" in each.used for each in result.proposed} == {True}
        assert result.best.demos == student.demos


def test_at_the_level_of_modules_the_score_of_the_program_counts_for_each() -> None:
    lm = writer(lambda request: f"Way {request.rollout_id}.")
    found("module", lm, Search(), grounded=False, num_trials=4)

    last = [request for request in lm.requests if prompts(request).count("Score:") == 3]
    assert len(last) == 2
    assert len({tuple(re.findall(r"Score: (\S+)", prompts(request))) for request in last}) == 1


def test_at_the_level_of_programs_one_prompt_asks_for_all() -> None:
    lm = writer(lambda request: f"Way {request.rollout_id}.")
    result = found("program", lm, Search(), grounded=False, num_trials=4, num_threads=1)

    assert len(lm.requests) == 4
    assert fields_asked(lm.requests[0]) == ["proposed_instruction_1", "proposed_instruction_2"]
    assert prompts(lm.requests[-1]).count("Score:") == 3
    assert len(result.proposed) == 8


def test_in_turns_one_predictor_changes_at_a_time() -> None:
    lm = writer(lambda request: f"Way {request.rollout_id}.")
    result = found("coordinate", lm, Search(), num_trials=24, breadth=4)

    changed = [
        sum(one != other for one, other in zip(before, after, strict=True))
        for before, after in zip(*[[[p.signature.instructions for p in t.program.predictors()] for t in part]
                                   for part in (result.tried[:1] * 4, result.tried[1:5])], strict=True)
    ]  # fmt: skip
    assert changed == [1, 1, 1, 1]
    assert [trial.label.split(":")[0] for trial in result.tried[1:9]] == ["search"] * 4 + ["answer"] * 4


@pytest.mark.parametrize(
    ("optimizer", "options", "said"),
    [
        ("copro", {"breadth": 1}, "copro cannot use breadth = 1. Give a whole number from 2; by default it is 10."),
        ("copro", {"depth": 0}, "copro cannot use depth = 0."),
        ("opro", {"num_trials": 0}, "opro cannot use num_trials = 0."),
        ("opro", {"level": "modul"}, "opro cannot use level = 'modul'. Give one of module, program, coordinate."),
    ],
)
def test_an_option_of_no_use_is_refused_before_any_call(optimizer: str, options: dict[str, Any], said: str) -> None:
    with context(lm=(lm := task())), pytest.raises(UsageError, match=re.escape(said)):
        compile(Predict("question -> answer"), TRAIN, optimizer=optimizer, options=options)
    assert not lm.requests
