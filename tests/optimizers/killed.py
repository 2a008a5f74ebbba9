"""A compile in a process of its own, for tests that kill it."""

from __future__ import annotations

import json
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbdspy
from nbdspy import events
from nbdspy.errors import UsageError
from nbdspy.optimizers import KNNFewShot, TrialEnded, compile

from .conftest import NUMBER, Search, numbers

THREADS = 4
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "labeled_few_shot": {},
    "bootstrap_few_shot": {},
    "knn_few_shot": {"k": 2},
    "random_search": {"num_candidate_programs": 4, "max_labeled_demos": 6},
    "miprov2": {"auto": None, "num_candidates": 3, "num_trials": 6, "minibatch_size": 10},
    "mipro": {"num_candidates": 3, "num_trials": 6, "minibatch_size": 10},
    "mipro_plus_plus": {"num_candidates": 3, "num_trials": 6, "minibatch_size": 10},
    "bayesian_bootstrap": {"num_candidates": 3, "num_trials": 6, "minibatch_size": 10},
    "optuna_search": {"num_candidate_programs": 5},
    "copro": {"breadth": 3, "depth": 2},
    "opro": {"num_trials": 5},
}


def by_remainder(texts: list[str]) -> list[list[float]]:
    """Vectors that are near when the remainders by three agree."""
    return [[float(int(NUMBER.findall(text)[-1]) % 3 == remainder) for remainder in range(3)] for text in texts]


def suggest(event: events.Event) -> None:
    """Suggest an instruction once, after the second trial; a resumed run knows of it already."""
    if isinstance(event, TrialEnded) and event.trial.number == 1:
        with suppress(UsageError):
            event.run.suggest("Take care, as I say.", "answer")


def main(server: str, store: str, out: str, optimizer: str, how: str = "resume", threads: int = THREADS) -> None:
    warnings.simplefilter("ignore")
    nbdspy.configure(lm=nbdspy.LM("openai/learner", api_base=server, api_key="none", cache=False))
    trainset, options = numbers(*range(20)), OPTIMIZERS[optimizer]
    chosen: Any = {"optimizer": optimizer, "options": options}
    if optimizer == KNNFewShot.name:  # which goes by no name
        chosen = {"optimizer": KNNFewShot(**options, trainset=trainset, vectorizer=by_remainder, metric="exact_match")}
    result = compile(
        Search(), trainset, val=numbers(*range(100, 130)), threads=threads, name="killed", resume=how == "resume",
        store=store,
        **chosen,
    )  # fmt: skip
    found = {
        "best": result.best.dump_state(), "proposed": [proposal.instruction for proposal in result.proposed],
        "trials": [(trial.label, trial.score) for trial in result.tried],
        "calls": result.calls, "recorded": result.spent.recorded,
    }  # fmt: skip
    Path(out).write_text(json.dumps(found, sort_keys=True), encoding="utf-8")


if __name__ == "__main__":
    given = [word for word in sys.argv[1:] if word != "suggesting"]
    if len(given) == len(sys.argv[1:]):
        main(*given)
    else:  # one after the other, so that it comes at the same turn in each
        with events.listening(suggest):
            main(*given, threads=1)
