"""MIPROv2 and the paper's own: their numbers, what they ask of whom, and how they choose."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from nbdspy.configuration import context
from nbdspy.errors import BudgetExceeded, LMUnavailable, NotConfigured, UsageError
from nbdspy.models import Reply, Request
from nbdspy.modules import Module, Predict
from nbdspy.optimizers import MIPRO, BayesianBootstrap, MIPROPlusPlus, MIPROv2, Result
from nbdspy.testing import FakeLM, Planted
from nbdspy.testing.fake import chat_text, wanted

PLANTED = Planted()
TRAIN, VAL = PLANTED.examples(0, 40), PLANTED.examples(100, 100)


def run(optimizer: MIPROv2, student: Module | None = None, *, lm: FakeLM | None = None, **given: Any) -> Result:
    with context(lm=lm or PLANTED.lm(), num_threads=1):
        return optimizer.run(student or PLANTED.program(), **{"trainset": TRAIN, "valset": VAL, **given})


def parts(count: int) -> Module:
    return Planted(count).program()


def is_proposing(request: Request) -> bool:
    return "proposed_instruction" in wanted(request)


def is_task(request: Request) -> bool:
    return wanted(request) == ["answer"]


@pytest.mark.parametrize(
    ("auto", "demos", "trials"),
    [  # what DSPy 3.4.1 says for 1, 2 and 4 predictors
        ("light", 4, {1: 10, 2: 20, 4: 41}), ("medium", 4, {1: 18, 2: 28, 4: 57}), ("heavy", 4, {1: 27, 2: 33, 4: 66}),
        ("light", 0, {1: 9, 2: 10, 4: 20}), ("medium", 0, {1: 18, 2: 18, 4: 28}), ("heavy", 0, {1: 27, 2: 27, 4: 33}),
    ],
)  # fmt: skip
def test_the_numbers_of_trials_are_those_of_dspy(auto: Any, demos: int, trials: Mapping[int, int]) -> None:
    optimizer = MIPROv2(auto=auto, max_bootstrapped_demos=demos, max_labeled_demos=demos)

    assert {count: optimizer.sizes(parts(count), 100).schedule.trials for count in trials} == trials


@pytest.mark.parametrize(
    ("auto", "demos", "sets", "proposals"),
    [("light", 4, 6, 2), ("medium", 4, 12, 5), ("heavy", 4, 18, 8), ("light", 0, 6, 5), ("heavy", 0, 18, 17)],
)
def test_half_as_many_instructions_as_demonstration_sets_are_tried(
    auto: Any, demos: int, sets: int, proposals: int
) -> None:
    sizes = MIPROv2(auto=auto, max_bootstrapped_demos=demos, max_labeled_demos=demos).sizes(parts(1), 100)

    assert (sizes.demo_sets, sizes.proposals) == (sets, proposals)  # the program's own instruction comes on top


@pytest.mark.parametrize(("examples", "batch"), [(36, None), (50, None), (51, 35), (100, 35)])
def test_a_preset_takes_minibatches_from_51_examples_on(examples: int, batch: int | None) -> None:
    assert MIPROv2().sizes(parts(1), examples).schedule.batch == batch


@pytest.mark.parametrize(("minibatch", "examples", "batch"), [(True, 36, 35), (True, 35, None), (False, 90, None)])
def test_without_a_preset_minibatches_are_what_was_asked_for(minibatch: bool, examples: int, batch: int | None) -> None:
    optimizer = MIPROv2(auto=None, num_candidates=3, num_trials=7, minibatch=minibatch)

    assert optimizer.sizes(parts(1), examples).schedule.batch == batch


@pytest.mark.parametrize(("trials", "full"), [(10, 2), (9, 2), (11, 3), (4, 1)])
def test_there_are_as_many_full_evaluations_as_in_dspy(trials: int, full: int) -> None:
    result = run(MIPROv2(auto=None, num_candidates=6, num_trials=trials))

    samples = [trial for trial in result.tried if trial.is_sample]
    assert len(samples) == trials
    assert {trial.evaluation.n for trial in samples} == {35}
    assert len(result.tried) == 1 + trials + full
    assert all(trial.is_finished for trial in result.tried if not trial.is_sample)
    assert not result.tried[-1].is_sample


def test_trials_between_two_full_evaluations_see_the_same_examples_and_the_next_ones_others() -> None:
    result = run(MIPROv2(auto=None, num_candidates=6, num_trials=10))

    batches = [[row.index for row in trial.evaluation.rows] for trial in result.tried if trial.is_sample]
    assert batches[:5] == [batches[0]] * 5
    assert batches[5:] == [batches[5]] * 5
    assert batches[0] != batches[5]


def test_in_the_paper_every_trial_draws_examples_of_its_own() -> None:
    result = run(MIPRO(num_candidates=6, num_trials=10))

    batches = [tuple(row.index for row in trial.evaluation.rows) for trial in result.tried if trial.is_sample]
    assert len(set(batches)) == 10


def test_no_program_is_run_on_an_example_twice() -> None:
    lm = PLANTED.lm()
    run(MIPROv2(seed=2), lm=lm, student=PLANTED.program())

    scored = Counter(repr(request.messages) for request in lm.requests if is_task(request))
    taught = 40  # training examples, which the teacher was asked about
    assert sum(count - 1 for count in scored.values()) == 0
    assert len(scored) > taught + len(VAL) + 35


def test_the_best_is_the_best_of_those_that_saw_all_examples() -> None:
    for seed in range(4):
        result = run(MIPROv2(seed=seed))

        full = [trial for trial in result.tried if trial.is_finished]
        assert result.best_trial in full
        assert result.score == max(trial.score for trial in full)
        assert result.difference is not None
        assert result.difference.n == 100


def test_it_finds_nearly_the_best_that_it_could_choose() -> None:
    shares = []
    for seed in range(8):
        planted = Planted(seed=seed)
        with context(lm=planted.lm(), num_threads=1):
            result = MIPROv2(seed=seed).run(planted.program(), trainset=TRAIN, valset=VAL)
        best = max(planted.quality(trial.program) for trial in result.tried)
        shares.append(planted.quality(result.best) / best)

    assert sum(shares) / len(shares) > 0.95


def test_the_program_its_own_instruction_and_demos_are_number_0() -> None:
    student = PLANTED.program()
    student.signature = student.signature.with_instructions("My own words.")
    student.demos = PLANTED.examples(500, 2)

    result = run(MIPROv2(), student)

    for trial in result.tried:
        if trial.choices.get("instruction") == 0:
            assert trial.program.signature.instructions == "My own words."
        if trial.choices.get("demos") == 0:
            assert trial.program.demos == student.demos
        if trial.choices.get("demos") == 1:
            assert trial.program.demos == []
    assert {0, 1, 2} == {trial.choices["instruction"] for trial in result.tried if trial.choices}


def test_the_prompt_model_proposes_and_the_task_model_works_and_neither_is_kept() -> None:
    task, prompt, configured = (PLANTED.lm() for _ in range(3))

    result = run(MIPROv2(task_model=task, prompt_model=prompt), lm=configured)

    assert not configured.requests
    assert {tuple(wanted(request)) for request in task.requests} == {("answer",)}
    assert any(map(is_proposing, prompt.requests))
    assert not any(map(is_task, prompt.requests))
    assert all(predictor.lm is None for predictor in result.best.predictors())


def test_a_task_model_alone_leaves_proposals_to_the_configured_model() -> None:
    task, configured = PLANTED.lm(), PLANTED.lm()

    run(MIPROv2(task_model=task), lm=configured)

    assert not any(map(is_proposing, task.requests))
    assert any(map(is_proposing, configured.requests))


def test_without_demonstrations_instructions_alone_are_searched_for_and_proposals_see_traces() -> None:
    lm = PLANTED.lm()
    result = run(MIPROv2(max_bootstrapped_demos=0, max_labeled_demos=0), lm=lm)

    assert {name for trial in result.tried for name in trial.choices} == {"instruction"}
    assert all(not trial.program.demos for trial in result.tried)
    assert sum(note.kept for note in result.notes) == 3
    shown = [proposal for proposal in result.proposed if "task_demos" in proposal.used]
    assert len(shown) >= 3
    assert len(result.proposed) == 5


@pytest.mark.parametrize(
    ("option", "missing"),
    [
        ("program_aware_proposer", "program_summary"), ("data_aware_proposer", "data_summary"),
        ("fewshot_aware_proposer", "task_demos"), ("tip_aware_proposer", "tip"),
    ],
)  # fmt: skip
def test_what_the_proposer_is_told_can_be_left_out(option: str, missing: str) -> None:
    used, without = (
        {name for proposal in run(MIPROv2(auto=None, num_candidates=8, num_trials=1, **given)).proposed
         for name in proposal.used}
        for given in ({}, {option: False})
    )  # fmt: skip

    assert used - without == {missing}


def test_bayesian_bootstrap_asks_for_no_instructions() -> None:
    lm = PLANTED.lm()
    result = run(BayesianBootstrap(num_trials=10), lm=lm)

    assert all(map(is_task, lm.requests))
    assert {trial.program.signature.instructions for trial in result.tried} == {
        PLANTED.program().signature.instructions
    }
    assert result.best.demos


def test_mipro_plus_plus_proposes_afresh_in_every_trial_in_the_way_it_chose() -> None:
    result = run(MIPROPlusPlus(num_candidates=6, num_trials=12, seed=1))

    samples = [trial for trial in result.tried if trial.is_sample]
    assert len(result.proposed) == len(samples) == 12
    for trial, proposal in zip(samples, result.proposed, strict=True):
        chosen = trial.choices
        assert (proposal.tip, proposal.temperature) == (chosen["tip"], chosen["temperature"])
        assert ("data_summary" in proposal.used) is chosen["data summary"]
        assert ("program_summary" in proposal.used) is chosen["program summary"]
        assert ("history" in proposal.used) is chosen["history"]
        if proposal.instruction is not None:
            assert trial.program.signature.instructions == proposal.instruction
    assert len({trial.choices["temperature"] for trial in samples}) == 12
    assert {True, False} == {trial.choices["history"] for trial in samples}
    assert "demos" in samples[0].choices


def test_the_history_of_mipro_plus_plus_is_what_was_told_when_it_was_asked() -> None:
    lm = PLANTED.lm()
    result = run(MIPROPlusPlus(num_candidates=6, num_trials=12, seed=1), lm=lm)

    asked = [str(request.messages) for request in lm.requests if is_proposing(request)]
    with_history = [text for text in asked if "instructions that were tried" in text]
    assert with_history
    assert any(f"Score: {100 * trial.score:.1f} %" in with_history[-1] for trial in result.tried)


def test_0_shot_mipro_plus_plus_shows_no_demonstrations() -> None:
    result = run(MIPROPlusPlus(max_bootstrapped_demos=0, max_labeled_demos=0, num_trials=8))

    assert all(not trial.program.demos for trial in result.tried)
    assert "demos" not in result.tried[1].choices


def test_a_limit_that_ends_a_proposal_of_mipro_plus_plus_loses_none_of_those_beside_it() -> None:
    first: list[float | None] = []
    others: list[Request] = []

    def answer(request: Request) -> Reply:
        if is_proposing(request):
            if request.temperature in first:
                deadline = time.monotonic() + 20
                while len(others) < 3:
                    assert time.monotonic() < deadline
                    time.sleep(0.002)
                time.sleep(0.1)  # all of it beside this one that can go on has ended
                raise BudgetExceeded("That was the last call.")
            others.append(request)
        return PLANTED.reply(request)

    def found() -> Result:
        others.clear()
        with context(lm=FakeLM(answer)):
            return optimizer.run(PLANTED.program(), trainset=TRAIN, valset=PLANTED.examples(100, 20))

    optimizer = MIPROPlusPlus(
        num_trials=6, minibatch_size=10, max_bootstrapped_demos=0, max_labeled_demos=0, num_threads=8
    )
    whole = found()
    first.append(whole.proposed[0].temperature)
    result = found()

    assert result.stopped == "That was the last call."
    assert len(result.tried) == 1
    assert result.proposed == whole.proposed[1:4]


def saying(instructions: Iterable[Any]) -> FakeLM:
    """The planted task, where what is asked for an instruction says these, the last again and again."""
    left = list(instructions)

    def answer(request: Request) -> Reply | str:
        if not is_proposing(request):
            return PLANTED.reply(request)
        said = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(said, Exception):
            raise said
        return chat_text({"proposed_instruction": said})

    return FakeLM(answer)


@pytest.mark.parametrize("bad", ["", "x" * 100_000, Predict("question -> answer").signature.instructions])
@pytest.mark.parametrize("optimizer", [MIPROv2(), MIPROPlusPlus(num_trials=6)], ids=["v2", "++"])
def test_proposals_of_no_use_are_warned_of_and_demonstrations_are_searched_all_the_same(
    bad: str, optimizer: MIPROv2
) -> None:
    result = run(optimizer, lm=saying([bad]))

    assert [text for text in result.warnings if text.startswith("No proposal was of use")]
    assert not any(proposal.instruction for proposal in result.proposed)
    assert PLANTED.quality(result.best) > PLANTED.quality(result.base)


def test_a_prompt_model_that_fails_leaves_the_search_over_demonstrations() -> None:
    result = run(MIPROv2(prompt_model=FakeLM(lambda request: _raise(LMUnavailable("busy")))))

    assert any("LMUnavailable" in text for text in result.warnings)
    assert PLANTED.quality(result.best) > PLANTED.quality(result.base)


def _raise(error: Exception) -> str:
    raise error


def test_where_there_is_nothing_to_choose_it_says_so() -> None:
    result = run(MIPROv2(max_bootstrapped_demos=0, max_labeled_demos=0), lm=saying([""]))

    assert result.best is result.base
    assert len(result.tried) == 1
    assert any(text.startswith("There is nothing to choose among") for text in result.warnings)


def test_no_model_at_all_is_an_error_before_anything_else() -> None:
    with pytest.raises(NotConfigured):
        MIPROv2().run(PLANTED.program(), trainset=TRAIN, valset=VAL)


def test_without_a_valset_the_last_four_fifths_choose_and_the_rest_teaches() -> None:
    examples = PLANTED.examples(0, 60)
    result = run(MIPROv2(), trainset=examples, valset=None)

    assert (result.counts.train, result.counts.val) == (12, 48)
    assert [row.example for row in result.tried[0].evaluation.rows] == examples[12:]
    assert {note.index for note in result.notes} == set(range(12))
    assert result.warnings == ()


def test_a_preset_takes_a_random_part_of_a_large_valset_in_its_order() -> None:
    large = PLANTED.examples(100, 400)
    parts = {seed: MIPROv2(seed=seed).split(TRAIN, large)[1] for seed in (0, 1)}

    assert [len(part) for part in parts.values()] == [100, 100]
    assert parts[0] != parts[1]
    assert parts[0] == [example for example in large if example in parts[0]]
    assert len(MIPROv2(auto="medium").split(TRAIN, large)[1]) == 300
    assert MIPROv2(auto=None, num_candidates=3, num_trials=3).split(TRAIN, large)[1] is large


def test_compile_takes_what_dspy_gives_it() -> None:
    teleprompter = MIPROv2(metric="exact_match", auto=None, num_candidates=3)
    with context(lm=PLANTED.lm(), num_threads=1):
        program = teleprompter.compile(
            PLANTED.program(), trainset=TRAIN, valset=VAL, num_trials=4, minibatch_size=20, seed=0,
            max_bootstrapped_demos=2, max_labeled_demos=None, requires_permission_to_run=False,
        )  # fmt: skip
        with pytest.raises(UsageError, match=r"no option 'num_trails'.* Did you mean num_trials"):
            teleprompter.compile(PLANTED.program(), trainset=TRAIN, num_trails=4)

    assert isinstance(program, Predict)
    assert len(program.demos) <= 4
    assert teleprompter.num_trials is None


@pytest.mark.parametrize("optimizer", [MIPROv2(), MIPRO(), BayesianBootstrap(), MIPROPlusPlus()], ids=lambda o: o.name)
@pytest.mark.parametrize("steps", [1, 2])
def test_plans_with_minibatches_hold_what_is_then_called(optimizer: MIPROv2, steps: int) -> None:
    planted = Planted(steps, seed=2)
    with context(lm=(lm := planted.lm())):
        ahead = optimizer.plan(planted.program(), trainset=TRAIN, valset=VAL)
        optimizer.run(planted.program(), trainset=TRAIN, valset=VAL)

    proposing = sum(not {"answer", "note_1"} & set(wanted(request)) for request in lm.requests)
    asks = [sum(step.asks[end] for step in ahead.steps) for end in (0, 1)]
    assert ahead.calls[0] <= len(lm.requests) <= ahead.calls[1]
    assert asks[0] <= proposing <= asks[1]
    assert ahead.usd == (0.0, 0.0)


def test_a_plan_does_not_call_a_prompt_model_free_whose_price_is_unknown() -> None:
    from nbdspy.models import LM

    with context(lm=PLANTED.lm()):
        paid = MIPROv2(prompt_model=LM("openai/some-model")).plan(PLANTED.program(), trainset=TRAIN, valset=VAL)

    assert paid.usd is None
    assert "price unknown" in repr(paid)


def test_a_limit_below_the_first_score_is_doubted_and_bootstraps_use_none_of_it_up() -> None:
    with context(lm=PLANTED.lm()):
        ahead = MIPROv2().plan(PLANTED.program(), trainset=TRAIN, valset=VAL)

    assert ahead.doubt(90) == (
        "90 calls are used up before anything is scored, unless the cache spares some: "
        "it takes 100 to score the program that goes in."
    )
    assert ahead.doubt(100) is None


def test_failures_of_the_model_on_some_examples_do_not_end_it() -> None:
    def answer(request: Request) -> Reply:
        if is_task(request) and "number 150." in str(request.messages[-1]):
            raise LMUnavailable("this one never works")
        return PLANTED.reply(request)

    result = run(MIPROv2(), lm=FakeLM(answer))

    assert PLANTED.quality(result.best) > PLANTED.quality(result.base)
