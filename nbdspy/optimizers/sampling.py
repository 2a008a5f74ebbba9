"""What to try next: Optuna's tree-structured Parzen estimator (TPE), asked and told."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    import optuna

    from nbdspy.optimizers.results import Trial


@dataclass(frozen=True, slots=True)
class Between:
    """Any number from `low` to `high`."""

    low: float
    high: float


Alternatives = Sequence[Any] | Between
"""What a choice is made among: texts, numbers or booleans, or a range."""


class Sampler:
    """Chooses for trial after trial, from how those before it scored.

    It is Optuna's TPE, multivariate: choices that did well together are made together. Each trial is sampled with a
    seed of its own, so what it chooses depends on which trials were asked for and told before it, and on nothing else.
    Trials that are out count as bad ones until they are told, so that those beside them look elsewhere.

    Args:
        choices: The alternatives of each choice, by its name.
        seed: Of every draw.
        startup: How many of the first trials are drawn at random.

    Example:
        >>> sampler = Sampler({"instruction": range(3), "demos": range(6)}, seed=0)
        >>> sampler.know({"instruction": 0, "demos": 0}, 0.4)
        >>> chosen = sampler.ask(1)
        >>> sampler.tell(1, 0.5)
        >>> sorted(chosen)
        ['demos', 'instruction']
    """

    def __init__(self, choices: Mapping[str, Alternatives], *, seed: int, startup: int = 10) -> None:
        whole_import("optuna")
        import optuna

        self._seed = seed
        self._startup = startup
        self._distributions = {name: _distribution(alternatives) for name, alternatives in choices.items()}
        with _quiet():
            self._study = optuna.create_study(direction="maximize")
        self._out: dict[int, optuna.Trial] = {}

    def ask(self, number: int) -> dict[str, Any]:
        """What trial `number` shall try."""
        import optuna

        self._study.sampler = optuna.samplers.TPESampler(
            seed=random.Random(f"{self._seed} sample {number}").getrandbits(32),
            n_startup_trials=self._startup,
            multivariate=True,
            constant_liar=True,
        )
        self._out[number] = self._study.ask(self._distributions)
        return self._out[number].params

    def tell(self, number: int, score: float) -> None:
        """Take in the score of a trial that was asked for."""
        self._study.tell(self._out.pop(number), score)

    def know(self, choices: Mapping[str, Any], score: float) -> None:
        """Take in a score of choices that were not asked for here, such as those of the program that went in."""
        import optuna

        self._study.add_trial(
            optuna.trial.create_trial(params=dict(choices), distributions=self._distributions, value=score)
        )


def copy_study(url: str, name: str, trials: Sequence[Trial]) -> None:
    """Write trials as an Optuna study, for Optuna's own dashboard; a study of that name is replaced.

    It is a copy to look at: nothing is read from it again. Only scores on all validation examples are values of the
    study; a trial on fewer of them, a minibatch or a lost race, is a pruned one, with its score at that many examples.

    Args:
        url: A database by its SQLAlchemy URL, such as "sqlite:///study.db".
        name: The study's name.
        trials: Such as `result.tried`; their choices become parameters, what they are called and cost attributes.
    """
    whole_import("optuna")
    whole_import("sqlalchemy")
    import optuna

    with _quiet():
        storage = optuna.storages.RDBStorage(url)
        try:
            _copy(storage, name, trials)
        finally:
            storage.remove_session()
            storage.engine.dispose()


def forget_study(url: str, name: str) -> None:
    """Remove a study that `copy_study` wrote, if it is there."""
    whole_import("optuna")
    whole_import("sqlalchemy")
    import optuna

    with _quiet():
        storage = optuna.storages.RDBStorage(url)
        try:
            if name in optuna.get_all_study_names(storage):
                optuna.delete_study(study_name=name, storage=storage)
        finally:
            storage.remove_session()
            storage.engine.dispose()


def _copy(storage: optuna.storages.BaseStorage, name: str, trials: Sequence[Trial]) -> None:
    import optuna

    if name in optuna.get_all_study_names(storage):
        optuna.delete_study(study_name=name, storage=storage)
    study = optuna.create_study(study_name=name, storage=storage, direction="maximize")
    study.add_trials([_frozen(trial, _seen(trials)) for trial in trials])


def _seen(trials: Sequence[Trial]) -> dict[str, optuna.distributions.BaseDistribution]:
    """The distribution of each choice: what the trials chose."""
    values: dict[str, dict[Any, None]] = {}
    for trial in trials:
        for name, value in trial.choices.items():
            values.setdefault(name, {})[_plain(value)] = None
    return {name: _distribution(sorted(chosen, key=str)) for name, chosen in values.items()}


def _frozen(trial: Trial, seen: Mapping[str, Any]) -> optuna.trial.FrozenTrial:
    import optuna

    return optuna.trial.create_trial(
        params={name: _plain(value) for name, value in trial.choices.items()},
        distributions={name: seen[name] for name in trial.choices},
        user_attrs={
            "number": trial.number, "label": trial.label, "examples": trial.evaluation.n, "calls": trial.calls,
            "finished": trial.is_finished,
        },
        intermediate_values={trial.evaluation.n: trial.score},
        **({"value": trial.score} if trial.is_finished else {"state": optuna.trial.TrialState.PRUNED}),
    )  # fmt: skip


def _plain(value: Any) -> str | int | float | bool | None:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _distribution(alternatives: Alternatives) -> optuna.distributions.BaseDistribution:
    import optuna

    if isinstance(alternatives, Between):
        return optuna.distributions.FloatDistribution(alternatives.low, alternatives.high)
    return optuna.distributions.CategoricalDistribution(tuple(alternatives))


@contextmanager
def _quiet() -> Iterator[None]:
    """Let Optuna not say what it does, for this block; how much it says otherwise is the user's choice."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
