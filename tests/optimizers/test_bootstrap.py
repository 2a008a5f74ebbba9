"""Demonstrations from labelled examples and from the teacher's own runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import UsageError
from nbdspy.modules import ChainOfThought, Module, Predict
from nbdspy.optimizers import BootstrapFewShot, BootstrapFewShotWithRandomSearch, BootstrapRS, LabeledFewShot
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

from .conftest import Search, asked, learner, numbers, shown

TRAIN = numbers(*range(20))


def ask() -> Predict:
    return Predict("question -> answer")


def questions(predictor: Predict) -> list[int]:
    return [int(str(demo["question"])[7:-1]) for demo in predictor.demos]


def augmented(predictor: Predict) -> list[bool]:
    return ["augmented" in demo for demo in predictor.demos]


def test_labelled_examples_are_drawn_by_the_seed() -> None:
    first, same, other = (LabeledFewShot(k=5, seed=seed).compile(ask(), trainset=TRAIN) for seed in (0, 0, 1))

    assert questions(first) == questions(same) != questions(other)
    assert len(set(questions(first))) == 5


def test_labelled_examples_may_be_the_first_ones_in_their_order() -> None:
    odd = Example(note="fits no field").with_inputs("note")

    program = LabeledFewShot(k=3, sample=False).compile(ask(), trainset=[TRAIN[4], odd, *TRAIN[7:17]])

    assert questions(program) == [4, 7, 8]


def test_fewer_examples_than_wanted_are_all_shown() -> None:
    optimizer = LabeledFewShot(k=16)

    assert sorted(questions(optimizer.compile(ask(), trainset=TRAIN[:10]))) == list(range(10))
    assert optimizer.plan(ask(), trainset=TRAIN[:10]).steps[0].text == "10 labelled examples, no calls"


def test_a_trial_says_how_many_labelled_examples_it_shows(lm: FakeLM) -> None:
    result = LabeledFewShot(k=16, metric="exact_match").run(ask(), trainset=TRAIN[:10], valset=TRAIN[10:12])

    assert [trial.label for trial in result.tried] == ["as it came", "10 labelled"]


def test_labelled_examples_need_no_model() -> None:
    with context(lm=None):
        assert len(LabeledFewShot(k=2).compile(ask(), trainset=TRAIN).demos) == 2


@pytest.mark.parametrize(
    "optimizer", [LabeledFewShot(k=4), BootstrapFewShot(max_bootstrapped_demos=1, max_labeled_demos=4)]
)
def test_each_predictor_gets_its_share(optimizer: Any, lm: FakeLM) -> None:
    trainset = [example.copy(query="q") for example in TRAIN[:10]]

    program = optimizer.compile(Search(), trainset=trainset)

    assert [len(predictor.demos) for predictor in program.predictors()] == [4, 4]


def test_a_predictor_gets_no_example_without_its_outputs() -> None:
    program = LabeledFewShot(k=4).compile(Search(), trainset=TRAIN)

    assert [len(predictor.demos) for predictor in program.predictors()] == [0, 4]


def test_bootstrapped_demos_come_first_and_their_examples_only_once(lm: FakeLM) -> None:
    program = BootstrapFewShot("exact_match", max_bootstrapped_demos=3, max_labeled_demos=8).compile(
        ask(), trainset=TRAIN
    )

    assert augmented(program) == [True] * 3 + [False] * 5
    assert len(set(questions(program))) == 8


def test_a_bootstrapped_demo_holds_every_step_of_the_run() -> None:
    lm = FakeLM(lambda request: chat_text({"query": f"Q{asked(request)}", "answer": asked(request)}))

    with context(lm=lm):
        program = BootstrapFewShot("exact_match", max_bootstrapped_demos=1, max_labeled_demos=0).compile(
            Search(), trainset=TRAIN
        )

    assert program.search.demos == [Example(augmented=True, question="number 0.", query="Q0")]
    assert program.answer.demos == [Example(augmented=True, question="number 0.", query="Q0", answer="0")]


def test_reasoning_is_bootstrapped_too() -> None:
    lm = FakeLM(lambda request: chat_text({"reasoning": "Because.", "answer": asked(request)}))

    with context(lm=lm):
        program = BootstrapFewShot("exact_match", max_bootstrapped_demos=1, max_labeled_demos=0).compile(
            ChainOfThought("question -> answer"), trainset=TRAIN
        )

    assert program.predict.demos[0].reasoning == "Because."


@pytest.mark.parametrize("optimizer", [BootstrapFewShot, BootstrapFewShotWithRandomSearch])
def test_the_teacher_never_sees_the_example_it_works_on(optimizer: Any, lm: FakeLM) -> None:
    optimizer("exact_match", max_labeled_demos=16).run(ask(), trainset=TRAIN, valset=numbers(100))

    teaching = [request for request in lm.requests if asked(request) < 100]
    assert all(len(shown(request)) >= 15 for request in teaching)
    assert not [request for request in teaching if asked(request) in shown(request)]


def test_the_students_own_demos_are_the_teachers() -> None:
    student, lm = ask(), learner()
    student.demos = numbers(300)

    with context(lm=lm):
        BootstrapFewShot("exact_match", max_bootstrapped_demos=2).compile(student, trainset=TRAIN)

    assert {tuple(shown(request)) for request in lm.requests} == {(300,)}


def half(example: Example, prediction: Any, trace: Any = None) -> float:
    """Even numbers score 0.5, the others 1."""
    return 0.5 if int(example.answer) % 2 == 0 else 1.0


@pytest.mark.parametrize(("threshold", "expected"), [(None, [0, 1, 2]), (0.5, [0, 1, 2]), (0.6, [1, 3, 5])])
def test_a_trace_is_kept_from_the_threshold_on(threshold: float | None, expected: list[int], lm: FakeLM) -> None:
    result = BootstrapFewShot(half, metric_threshold=threshold, max_bootstrapped_demos=3, max_labeled_demos=0).run(
        ask(), trainset=TRAIN
    )

    assert questions(result.best) == expected


def test_a_note_of_a_failure_shows_no_half_of_a_key() -> None:
    def answer(request: Any) -> str:
        raise RuntimeError(f"{'x' * 190} sk-0123456789abcdef0123456789")

    with context(lm=FakeLM(answer)):
        result = BootstrapFewShot(lambda example, prediction, trace=None: True).run(ask(), trainset=TRAIN)

    assert {note.why.partition(" x")[0] for note in result.notes} == {"failed: RuntimeError:"}
    assert not any("sk-0" in note.why for note in result.notes)


def test_the_notes_say_why_each_trace_was_kept_or_not() -> None:
    def answer(request: Any) -> str:
        if asked(request) == 1:
            raise RuntimeError("out of order")
        return chat_text({"answer": asked(request) if asked(request) != 2 else "no"})

    def metric(example: Example, prediction: Any, trace: Any = None) -> float:
        return 0.25 if prediction.answer == "3" else float(prediction.answer == example.answer)

    with context(lm=FakeLM(answer)):
        result = BootstrapFewShot(metric, metric_threshold=0.5, max_bootstrapped_demos=2).run(ask(), trainset=TRAIN)

    assert [(note.index, note.kept, note.why, note.score) for note in result.notes] == [
        (0, True, "scored 1", 1.0),
        (1, False, "failed: RuntimeError: out of order", None),
        (2, False, "scored 0, less than 0.5", 0.0),
        (3, False, "scored 0.25, less than 0.5", 0.25),
        (4, True, "scored 1", 1.0),
    ]


def test_without_a_metric_every_trace_is_kept(lm: FakeLM) -> None:
    result = BootstrapFewShot(max_bootstrapped_demos=2).run(ask(), trainset=TRAIN)

    assert [note.why for note in result.notes] == ["no metric was asked"] * 2


@pytest.mark.parametrize(
    "optimizer", [BootstrapFewShot("exact_match"), BootstrapRS("exact_match", num_candidate_programs=1)]
)
def test_no_trace_at_all_is_warned_of_and_no_mystery(optimizer: Any) -> None:
    with context(lm=learner(lambda number, seen: False)):
        result = optimizer.run(ask(), trainset=TRAIN[:10], valset=numbers(100))

    assert result.warnings == (
        "No run of the teacher was accepted, so all demonstrations are labelled examples. Why, for each example, is in "
        "result.notes, where the result is what nbdspy.compile(...) or optimizer.run(...) returns.",
    )
    assert [note.why for note in result.notes] == ["scored 0"] * 10


def test_later_rounds_try_what_was_not_accepted_again_with_fresh_samples() -> None:
    tried: set[int] = {1}

    def answer(request: Any) -> str:
        number = asked(request)
        is_first = number not in tried
        tried.add(number)
        return chat_text({"answer": "no" if is_first else number})

    lm = FakeLM(answer)
    with context(lm=lm, num_threads=1):
        result = BootstrapFewShot("exact_match", max_bootstrapped_demos=3, max_labeled_demos=0, max_rounds=2).run(
            ask(), trainset=TRAIN[:4]
        )

    assert questions(result.best) == [1, 0, 2]
    assert [(asked(r), r.temperature, r.rollout_id) for r in lm.requests] == [
        (0, None, None), (1, None, None), (2, None, None), (3, None, None), (0, 1.0, 1), (2, 1.0, 1),
    ]  # fmt: skip
    assert result.best.config == {}


def test_enough_traces_end_the_bootstrap(lm: FakeLM) -> None:
    BootstrapFewShot("exact_match", max_bootstrapped_demos=2).compile(ask(), trainset=TRAIN)

    assert [asked(request) for request in lm.requests] == [0, 1]


def test_no_bootstrapped_demos_ask_no_teacher(lm: FakeLM) -> None:
    optimizer = BootstrapFewShot("exact_match", max_bootstrapped_demos=0, max_labeled_demos=3)

    result = optimizer.run(ask(), trainset=TRAIN)

    assert optimizer.plan(ask(), trainset=TRAIN).calls == (0, 0)
    assert not lm.requests
    assert augmented(result.best) == [False] * 3
    assert result.warnings == ()


def test_a_teacher_of_the_same_parts_shows_how(lm: FakeLM) -> None:
    teacher = Predict("question -> answer")
    teacher.signature = teacher.signature.with_instructions("Teach.")

    program = BootstrapFewShot("exact_match", max_bootstrapped_demos=1).compile(ask(), trainset=TRAIN, teacher=teacher)

    assert "Teach." in lm.requests[0].messages[0]["content"]
    assert "Teach." not in program.signature.instructions
    assert teacher.demos == []


def test_a_teacher_of_other_parts_is_refused(lm: FakeLM) -> None:
    with pytest.raises(UsageError, match="The teacher's predictors are search, answer, the student's self"):
        BootstrapFewShot("exact_match").compile(ask(), trainset=TRAIN, teacher=Search())


def test_the_teacher_may_work_with_another_model(lm: FakeLM) -> None:
    strong = FakeLM(lambda request: chat_text({"answer": asked(request)}))

    result = BootstrapFewShot("exact_match", teacher_settings={"lm": strong}, max_bootstrapped_demos=2).run(
        ask(), trainset=TRAIN, valset=numbers(100, 101)
    )

    assert [asked(request) for request in strong.requests] == [0, 1]
    assert {asked(request) for request in lm.requests} == {100, 101}
    assert result.best.lm is None


def test_the_metric_sees_the_trace_while_bootstrapping_and_not_while_scoring(lm: FakeLM) -> None:
    seen: dict[bool, list[Any]] = {True: [], False: []}

    def metric(example: Example, prediction: Any, trace: Any = None) -> bool:
        seen[int(example.answer) < 100].append(trace)
        return True

    BootstrapFewShot(metric, max_bootstrapped_demos=1).compile(Search(), trainset=TRAIN, valset=numbers(100))

    (trace,) = seen[True]
    assert [inputs for _, inputs, _ in trace] == [
        {"question": "number 0."},
        {"question": "number 0.", "query": "number 0."},
    ]
    assert all(isinstance(predictor, Predict) for predictor, _, _ in trace)
    assert seen[False] == [None, None]


def test_one_of_several_steps_of_a_predictor_is_shown(lm: FakeLM) -> None:
    class Twice(Module):
        def __init__(self) -> None:
            self.answer = Predict("question -> answer")

        def forward(self, question: str) -> Any:
            self.answer(question="number 500.")
            return self.answer(question=question)

    program = BootstrapFewShot("exact_match", max_bootstrapped_demos=20, max_labeled_demos=20).compile(
        Twice(), trainset=TRAIN
    )

    shown_steps = {question == 500 for question in questions(program.answer)}
    assert len(program.answer.demos) == 20
    assert shown_steps == {True, False}


def test_examples_that_hold_lists_are_bootstrapped() -> None:
    lm = FakeLM(lambda request: chat_text({"tags": '["a"]'}))
    trainset = [Example(texts=["x", str(n)], tags=["a"]).with_inputs("texts") for n in range(10)]

    with context(lm=lm):
        program = BootstrapFewShot("exact_match", max_bootstrapped_demos=2).compile(
            Predict("texts: list[str] -> tags: list[str]"), trainset=trainset
        )

    assert isinstance(program.demos[0], Mapping | Example)
    assert program.demos[0].tags == ["a"]
