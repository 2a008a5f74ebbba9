"""What a result tells: what was changed, gained and lost, and where every part comes from."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from nbdspy import views
from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import UsageError
from nbdspy.evaluation import EvaluationResult, Row
from nbdspy.modules import Predict, freeze, set_demos, set_instructions
from nbdspy.optimizers import COPRO, OPRO, BootstrapFewShot, BootstrapRS, Candidate, LabeledFewShot, Result, Run, Trial
from nbdspy.optimizers.changing import changes
from nbdspy.optimizers.proposals import Proposal
from nbdspy.plots import ScorePlot
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

from .conftest import Search, asked, fields_asked, learner, numbers

TRAIN, VAL = numbers(*range(20)), numbers(*range(100, 112))


def ask() -> Predict:
    return Predict("question -> answer")


def saying(text: str, *demos: Example) -> Predict:
    program = ask()
    set_instructions(program, text)
    set_demos(program, demos)
    return program


def scored(*scores: float) -> EvaluationResult:
    rows = [
        Row(index=index, example=example, prediction=None, score=score)
        for index, (example, score) in enumerate(zip(VAL, scores, strict=False))
    ]
    return EvaluationResult(rows=tuple(rows), program="p", metric="m", planned=4)


def made(*tried: tuple[Predict, EvaluationResult], best: int, **values: Any) -> Result:
    trials = tuple(
        Trial(number=number, label=f"no. {number}", program=program, evaluation=evaluation, calls=3 * number)
        for number, (program, evaluation) in enumerate(tried)
    )
    return Result(
        best=tried[best][0], base=tried[0][0], program="p", optimizer="o", metric="m", seed=0, tried=trials, **values
    )  # fmt: skip


@pytest.fixture(scope="module")
def searched() -> Result:
    with context(lm=learner(lambda number, seen: number % 3 in {0, *(n % 3 for n in seen)})):
        optimizer = BootstrapRS("exact_match", num_candidate_programs=4, max_labeled_demos=4)
        return optimizer.run(Search(), trainset=TRAIN, valset=VAL)


def test_the_trials_are_a_table(searched: Result) -> None:
    frame = searched.trials

    assert list(frame.trial) == [trial.number for trial in searched.tried]
    assert list(frame.score) == [trial.score for trial in searched.tried]
    assert frame.best.sum() == 1
    assert frame[frame.best].trial.item() == searched.best_trial.number
    assert frame.changed[0] == ""
    assert "answer: " in frame.changed[1]
    assert "demos in" in frame.changed[1]
    assert searched.trials is frame


def test_choices_are_columns_of_the_trials() -> None:
    program = ask()
    trial = Trial(number=0, label="x", program=program, evaluation=scored(1), choices={"instruction": 3, "score": 9})
    result = Result(best=program, base=program, program="p", optimizer="o", metric="m", seed=0, tried=(trial,))

    assert (result.trials.instruction.item(), result.trials.choice_score.item()) == (3, 9)


def test_examples_are_gained_and_lost_with_both_answers(searched: Result) -> None:
    frame = searched.examples
    assert searched.difference is not None

    assert len(frame) == len(VAL)
    assert (frame.change == "gained").sum() == searched.difference.gained == 8
    gained = frame[frame.change == "gained"].iloc[0]
    assert (gained.question, gained.expected_answer) == ("number 100.", "100")
    assert (gained.before_answer, gained.after_answer) == ("no", "100")
    assert (gained.score_before, gained.score_after) == (0, 1)


def test_what_is_lost_is_told_and_failures_with_their_error() -> None:
    fails = Row(index=1, example=VAL[1], prediction=None, score=0, error="ValueError: no")
    after = EvaluationResult(rows=(scored(1).rows[0], fails), program="p", metric="m")
    frame = made((ask(), scored(0, 1)), (saying("Be brief."), after), best=1).examples

    assert list(frame.change) == ["gained", "lost"]
    assert list(frame.error_after.fillna("")) == ["", "ValueError: no"]
    assert list(frame.failed) == ["", "after"]


def test_a_trial_that_was_given_up_is_told_to_be() -> None:
    found = made((ask(), scored(0, 1)), best=0)
    given_up = replace(found, tried=(replace(found.tried[0], is_given_up=True),))

    assert [list(result.trials.given_up) for result in (found, given_up)] == [[False], [True]]


def test_changes_are_told_against_the_parent() -> None:
    run = Run(ask(), optimizer="o", metric=None)
    programs = [run.base, saying("Be brief."), saying("Be brief.", *TRAIN[:2])]
    for number, program in enumerate(programs):
        parent = None if number == 0 else number - 1
        run.add(Candidate(program=program, label="x", parent=parent), scored(1))

    frame = run.result().changes

    assert list(zip(frame.trial, frame.parent, strict=True)) == [(1, 0), (2, 1)]
    assert frame["diff"][0].splitlines()[-1] == "+ Be brief."
    assert (frame["diff"][1], frame.demos_in[1]) == ("", [dict(vars(example)) for example in TRAIN[:2]])


def test_every_kind_of_change_is_seen() -> None:
    before, after = saying("Say it.", TRAIN[0], TRAIN[1]), saying("Be brief.", TRAIN[1], TRAIN[2])
    after.signature = after.signature.with_updated_fields("answer", desc="a number")

    (change,) = changes(before, after)

    assert change.diff == "- Say it.\n+ Be brief."
    assert change.fields == ("answer",)
    assert (change.demos_in, change.demos_out) == ((TRAIN[2],), (TRAIN[0],))
    assert change.summary == "another instruction, other descriptions of answer, 1 demos in, 1 demos out"
    assert changes(before, before.deepcopy()) == ()
    (turned,) = changes(before, saying("Say it.", TRAIN[1], TRAIN[0]))
    assert turned.summary == "demos in another order"


def test_every_demonstration_is_traced_back(searched: Result) -> None:
    frame = searched.lineage
    demos = frame[(frame.part == "demo") & (frame.predictor == "answer")]

    assert set(frame[frame.part == "instructions"].source) == {"as it came"}
    assert len(demos) == len(searched.best.answer.demos) > 0
    for row, demo in zip(demos.itertuples(), searched.best.answer.demos, strict=True):
        assert row.source == ("trace" if "augmented" in demo else "label")
        assert row.text.startswith(demo.question)
        assert row.text.endswith(f" -> {demo.answer}")
        assert TRAIN[row.example].answer == demo.answer
        assert demo in searched.program_at(row.trial).answer.demos
        assert not any(demo in trial.program.answer.demos for trial in searched.tried[: row.trial])


def test_a_trace_of_a_later_round_is_traced_back() -> None:
    seen: list[str] = []

    def late(number: int, shown: list[int]) -> bool:
        seen.append(str(number))
        return seen.count(str(number)) > 1

    optimizer = BootstrapFewShot("exact_match", max_bootstrapped_demos=2, max_labeled_demos=0, max_rounds=2)
    with context(lm=learner(late), num_threads=1):
        result = optimizer.run(ask(), trainset=TRAIN)

    demos = result.lineage[result.lineage.part == "demo"]
    assert list(demos.source) == ["trace", "trace"]
    assert (list(demos["round"]), list(demos.example)) == ([1, 1], [0, 1])
    assert demos.trial.isna().all()  # nothing was scored
    assert list(result.bootstraps["round"].unique()) == [0, 1]


def test_instructions_are_traced_back_to_their_proposal() -> None:
    proposals = (
        Proposal(predictor="self", number=0, instruction="Be brief.", tip="simple"),
        Proposal(predictor="self", number=1, instruction=None),
        Proposal(predictor="other", number=2, instruction="Be long."),
    )
    result = made(
        (ask(), scored(0, 0, 1, 0)), (saying("Be brief."), scored(1, 1)), (saying("Be brief."), scored(1, 1, 1, 0)),
        (saying("Be long."), scored(0, 0, 0, 0)), best=2, proposed=proposals,
    )  # fmt: skip

    frame = result.proposals
    assert list(frame.number) == [0, 1, 2]
    assert list(frame.tip) == ["simple", "none", "none"]
    assert list(frame.trials) == [[1, 2], [], []]
    assert frame.score[0] == 0.75
    origin = result.lineage.iloc[0]
    assert (origin.source, origin.proposal, origin.trial, origin.text) == ("proposal", 0, 1, "Be brief.")
    assert result.lineage_of(result.program_at(3)).source.item() == "elsewhere"
    assert result.lineage_of(result.base).source.item() == "as it came"


def test_the_run_remembers_what_it_is_told_of() -> None:
    run = Run(ask(), optimizer="o", metric=None)

    run.note_proposals([Proposal(predictor="self", number=0, instruction="Be brief.")])

    assert run.result().proposals.instruction.item() == "Be brief."


def test_candidates_are_told_once_with_their_parts() -> None:
    brief = saying("Be brief.", TRAIN[3], TRAIN[5])
    result = made(
        (freeze(ask(), "demos"), scored(0, 0, 1, 0)), (brief, scored(1, 1)), (brief.deepcopy(), scored(1, 1, 1, 0)),
        best=2, trainset=TRAIN,
    )  # fmt: skip

    frame = result.candidates

    assert list(frame.trials) == [[0], [1, 2]]
    assert list(frame.score) == [0.25, 0.75]
    assert list(frame.instructions_from) == ["as it came", "elsewhere"]
    assert list(frame.demos_from) == [[], ["example 3", "example 5"]]
    assert list(frame.frozen) == [["demos"], []]


def test_why_traces_were_kept_is_a_table(searched: Result) -> None:
    frame = searched.bootstraps

    assert list(frame.example) == [note.index for note in searched.notes]
    assert list(frame.question) == [TRAIN[note.index].question for note in searched.notes]
    assert list(frame.kept) == [note.kept for note in searched.notes]
    assert set(frame.why) == {"scored 0", "scored 1"} or set(frame.why) == {"scored 1"}


def test_tables_of_a_result_without_trials_are_empty_but_have_their_columns() -> None:
    result = LabeledFewShot(k=2).run(ask(), trainset=TRAIN)

    for frame, column in (
        (result.trials, "score"), (result.candidates, "instructions"), (result.changes, "diff"),
        (result.examples, "change"), (result.proposals, "instruction"), (result.bootstraps, "why"),
    ):  # fmt: skip
        assert len(frame) == 0
        assert column in frame
    assert list(result.lineage.source) == ["as it came", "label", "label"]


def test_the_program_of_a_trial(searched: Result) -> None:
    assert searched.program_at(2) is searched.tried[2].program
    for number in (99, -1, "two"):
        with pytest.raises(UsageError, match=rf"There was no trial {number!r}; they go from 0 to "):
            searched.program_at(number)
    with pytest.raises(UsageError, match="nothing was scored"):
        LabeledFewShot(k=2).run(ask(), trainset=TRAIN).program_at(0)


def test_the_best_programs_come_first_and_each_once() -> None:
    sampled, best, equal = saying("a"), saying("b"), saying("b")
    result = made(
        (ask(), scored(0, 0, 1, 0)), (sampled, scored(1, 1)), (best, scored(1, 1, 1, 0)), (equal, scored(1, 1)),
        (saying("c"), scored(1, 1, 0, 0)), best=2,
    )  # fmt: skip

    assert [program.signature.instructions for program in result.top(9)][:2] == ["b", "c"]
    assert result.top(9)[2:] == [result.base, sampled]
    assert result.top(1) == [best]
    assert LabeledFewShot(k=2).run(ask(), trainset=TRAIN).top(3)[0].demos
    for n in (0, -1, True, "3"):
        with pytest.raises(UsageError, match=f"n cannot be {n!r}"):
            result.top(n)


def test_the_score_of_the_best_is_that_of_its_whole_trial() -> None:
    best = saying("b")
    result = made((ask(), scored(0, 0, 1, 0)), (best, scored(1)), (best, scored(1, 1, 1, 0)), best=1)

    assert result.best_trial is result.tried[2]
    assert (result.base_score, result.score) == (0.25, 0.75)
    assert result.difference is not None
    assert result.difference.n == 4


def test_the_scores_are_a_chart_in_a_notebook_and_lines_elsewhere(searched: Result) -> None:
    plot = searched.plot()

    assert isinstance(plot, ScorePlot)
    assert [point.score for point in plot.points] == [trial.score for trial in searched.tried]
    assert [point.at for point in plot.points] == [trial.number for trial in searched.tried]  # as the table has them
    assert "100.0 % ████████" in repr(plot)
    html = views.bundle(plot)["text/html"]
    assert "data:image/svg+xml;base64," in html
    assert [point.at for point in searched.plot(unit="calls").points] == [trial.calls for trial in searched.tried]
    assert "No trial has a score" in views.bundle(LabeledFewShot(k=2).run(ask(), trainset=TRAIN).plot())["text/html"]


def test_prompts_and_files_know_nothing_of_it(searched: Result) -> None:
    assert set(searched.best.dump_state()["answer"]) == {"traces", "train", "demos", "signature", "lm"}
    for demo in searched.best.answer.demos:
        assert set(vars(demo)) <= {"augmented", "question", "query", "answer"}


@pytest.mark.parametrize("optimizer", [
    COPRO(metric="exact_match", breadth=3, depth=3),
    OPRO("exact_match", num_trials=6, grounded=False),
    OPRO("exact_match", level="coordinate", num_trials=9, breadth=3, grounded=False),
])  # fmt: skip
def test_an_instruction_is_told_from_the_best_of_those_before_it(optimizer: Any) -> None:
    proposed: list[str] = []

    def answer(request: Any) -> str:  # every proposal is a better one
        if fields_asked(request) != ["answer"]:
            proposed.append(f"Take way {len(proposed) + 1}.")
            return chat_text(dict.fromkeys(fields_asked(request), proposed[-1]))
        way = re.search(r"Take way (\d+)\.", request.messages[0]["content"])
        is_right = way is not None and asked(request) - 100 < int(way[1])
        return chat_text({"answer": asked(request) if is_right else "no"})

    with context(lm=FakeLM(answer), num_threads=1):
        result = optimizer.run(Predict("question -> answer"), trainset=TRAIN, valset=VAL)

    later = [trial for trial in result.tried if trial.parent is not None]
    assert later
    for trial in later:
        before = result.tried[: trial.number]
        assert result.tried[trial.parent].is_finished
        assert result.tried[trial.parent].score >= max(each.score for each in before[: trial.parent + 1])
    assert list(result.trials.parent.dropna()) == [trial.parent for trial in later]
    best = result.best_trial
    (origin,) = result.lineage.query("part == 'instructions'").itertuples()
    assert (origin.trial, origin.parent) == (best.number, best.parent)
