"""A compile in a process of its own, for tests that kill it."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import nbdspy
from nbdspy.optimizers import compile

from .conftest import Search, numbers

THREADS = 4
OPTIMIZERS = {
    "bootstrap_few_shot": {},
    "random_search": {"num_candidate_programs": 4, "max_labeled_demos": 6},
    "miprov2": {"auto": None, "num_candidates": 3, "num_trials": 6, "minibatch_size": 10},
    "mipro": {"num_candidates": 3, "num_trials": 6, "minibatch_size": 10},
    "mipro_plus_plus": {"num_candidates": 3, "num_trials": 6, "minibatch_size": 10},
    "bayesian_bootstrap": {"num_candidates": 3, "num_trials": 6, "minibatch_size": 10},
    "optuna_search": {"num_candidate_programs": 5},
    "copro": {"breadth": 3, "depth": 2},
    "opro": {"num_trials": 5},
}


def main(server: str, store: str, out: str, optimizer: str) -> None:
    warnings.simplefilter("ignore")
    nbdspy.configure(lm=nbdspy.LM("openai/learner", api_base=server, api_key="none", cache=False))
    result = compile(
        Search(), numbers(*range(20)), val=numbers(*range(100, 130)), optimizer=optimizer, threads=THREADS,
        options=OPTIMIZERS[optimizer], name="killed", resume=True, store=store,
    )  # fmt: skip
    found = {
        "best": result.best.dump_state(), "proposed": [proposal.instruction for proposal in result.proposed],
        "trials": [(trial.label, trial.score) for trial in result.tried],
        "calls": result.calls, "recorded": result.spent.recorded,
    }  # fmt: skip
    Path(out).write_text(json.dumps(found, sort_keys=True), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
