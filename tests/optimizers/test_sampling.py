"""TPE, asked and told; and the copy of its trials that Optuna's dashboard opens."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import optuna
import pytest

from nbdspy.configuration import context
from nbdspy.modules import Predict
from nbdspy.optimizers import MIPRO, BootstrapRS
from nbdspy.optimizers.sampling import Between, Sampler, copy_study
from nbdspy.testing import FakeLM, Planted

from .conftest import numbers

CHOICES = {"instruction": range(4), "demos": range(6), "tip": ("", "be brief"), "warmth": Between(0.0, 2.0)}


def value(chosen: dict[str, Any]) -> float:
    """Best where instruction 2 meets demos 5."""
    together = chosen["instruction"] == 2 and chosen["demos"] == 5
    return float(together) + 0.1 * (chosen["instruction"] == 2) - abs(chosen["warmth"] - 1.5) / 10


def asked(sampler: Sampler, trials: int, *, lag: int = 1) -> list[dict[str, Any]]:
    """What is chosen when trial k is asked for once trial k - lag was told."""
    chosen: list[dict[str, Any]] = []
    for number in range(trials):
        if number >= lag:
            sampler.tell(number - lag, value(chosen[number - lag]))
        chosen.append(sampler.ask(number))
    return chosen


@pytest.mark.parametrize("lag", [1, 4])
def test_the_same_seed_chooses_the_same_and_seed_0_is_a_seed(lag: int) -> None:
    first, again, other = (asked(Sampler(CHOICES, seed=seed), 30, lag=lag) for seed in (0, 0, 1))

    assert first == again
    assert first != other
    assert len({str(chosen) for chosen in first}) > 20


def test_what_is_asked_next_hangs_on_what_was_told_alone() -> None:
    """Not on how often something was drawn before: a run that is resumed asks for the same."""
    told = asked(Sampler(CHOICES, seed=3), 20)
    fresh = Sampler(CHOICES, seed=3)
    for chosen in told[:-1]:
        fresh.know(chosen, value(chosen))

    assert fresh.ask(19) == told[19]


@pytest.mark.parametrize("lag", [1, 4])
def test_it_finds_what_chance_alone_finds_less_often(lag: int) -> None:
    late = [value(chosen) for seed in range(8) for chosen in asked(Sampler(CHOICES, seed=seed), 50, lag=lag)[30:]]
    rng = random.Random(0)
    chance = [
        value({"instruction": rng.randrange(4), "demos": rng.randrange(6), "warmth": 2 * rng.random()})
        for _ in range(5000)
    ]

    assert sum(late) / len(late) > sum(chance) / len(chance) + 0.2


def test_trials_that_are_out_are_not_asked_for_again_where_there_are_others() -> None:
    sampler = Sampler({"demos": range(12)}, seed=0, startup=4)
    for number in range(12):
        sampler.know({"demos": number}, float(number == 7))

    out = [sampler.ask(number)["demos"] for number in range(12, 20)]

    assert out[0] == 7
    assert len(set(out)) > 1


def test_it_says_nothing_and_leaves_the_loudness_as_it_was(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    before = optuna.logging.get_verbosity()

    asked(Sampler(CHOICES, seed=0), 14)
    copy_study(f"sqlite:///{tmp_path}/study.db", "nothing", [])

    assert optuna.logging.get_verbosity() == before
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


def test_a_copy_opens_in_optuna_with_scores_and_labels(tmp_path: Path, lm: FakeLM) -> None:
    url = f"sqlite:///{tmp_path}/study.db"
    run = BootstrapRS("exact_match", num_candidate_programs=2)
    result = run.run(Predict("question -> answer"), trainset=numbers(*range(9)), valset=numbers(*range(100, 105)))

    for _ in range(2):  # the second replaces the first
        copy_study(url, "compile 1", result.tried)
    copy_study(url, "compile 2", result.tried[:1])

    study = optuna.load_study(study_name="compile 1", storage=url)
    assert [trial.value for trial in study.trials] == [trial.score for trial in result.tried]
    assert [trial.user_attrs["label"] for trial in study.trials] == [trial.label for trial in result.tried]
    assert {trial.state for trial in study.trials} == {optuna.trial.TrialState.COMPLETE}
    assert study.best_value == result.score
    assert optuna.get_all_study_names(url) == ["compile 1", "compile 2"]


def test_the_winner_in_a_copy_was_scored_on_all_examples(tmp_path: Path) -> None:
    url, planted = f"sqlite:///{tmp_path}/study.db", Planted()
    with context(lm=planted.lm()):
        result = MIPRO("exact_match", num_trials=10, num_candidates=4, minibatch_size=5).run(
            planted.program(), trainset=planted.examples(0, 20), valset=planted.examples(100, 60)
        )
    samples = [trial for trial in result.tried if trial.is_sample]
    assert max(trial.score for trial in samples) > (result.score or 0)

    copy_study(url, "compile 1", result.tried)

    study = optuna.load_study(study_name="compile 1", storage=url)
    assert study.best_value == result.score
    pruned = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.PRUNED]
    assert [trial.intermediate_values for trial in pruned] == [{5: trial.score} for trial in samples]
