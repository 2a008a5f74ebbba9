"""How much it takes to come near to what is found in the end, on a model whose best program is known.

Each optimizer searches with a limit of its own. After each score of all validation examples the program that is the
best by then has a true score, which nobody measured and no luck is in. `rollouts` are the runs of the program and
`tokens` what was sent and said, of four characters, up to where that is for the first time at least 95 % of what the
program has that the optimizer gives in the end: its `final` score. `whole` are the rollouts up to that end. Proposals
are tokens, and no rollouts. Who ends with a worse program is sooner near it: the figures are to be read together.
"""

from __future__ import annotations

import logging
import re
import sys
import warnings
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from types import SimpleNamespace
from typing import Any

from nbdspy import events
from nbdspy.configuration import context
from nbdspy.models import Request
from nbdspy.optimizers import TrialEnded, compile
from nbdspy.testing import FakeLM, Planted
from nbdspy.testing.fake import wanted
from tests.bench.sides import say

STEPS, TRAIN, VAL, SHARE = 2, 40, 60, 0.95
BOTH = {
    "random_search": ("BootstrapFewShotWithRandomSearch", {"num_candidate_programs": 8, "num_threads": 1}),
    "miprov2": ("MIPROv2", {"auto": "light", "num_threads": 1}),
    "copro": ("COPRO", {"breadth": 6, "depth": 3}),
}
"""Those that the peer has, by its names and with its options."""
TRIALS = {"num_candidates": 6, "num_trials": 20}
OURS: Mapping[str, dict[str, Any]] = {
    "labeled_few_shot": {},
    "bootstrap_few_shot": {},
    "optuna_search": {"num_candidate_programs": 8},
    "mipro": TRIALS,
    "mipro_plus_plus": TRIALS,
    "bayesian_bootstrap": TRIALS,
    "opro": {"num_trials": 20},
}
"""Those that it has not, or where it measures nothing; KNNFewShot and Ensemble score no candidates."""


@dataclass(slots=True)
class Spent:
    """What went to the model, and how good the best program was when so much had."""

    planted: Planted
    rollouts: int = 0
    tokens: float = 0
    path: list[tuple[float, int, float]] = field(default_factory=list)

    def texts(self, request: Request, fields: list[str]) -> tuple[str, ...]:
        """Answer for the model, and count it."""
        texts = self.planted.texts(request, fields)
        self.rollouts += fields == ["answer"]
        self.tokens += (sum(len(message["content"]) for message in request.messages or ()) + sum(map(len, texts))) / 4
        return texts

    def note(self, program: Any) -> None:
        """This one is the best now."""
        self.path.append((self.planted.quality(program), self.rollouts, self.tokens))

    def tell(self, name: str, program: Any) -> None:
        """This one is the best in the end."""
        self.note(program)
        final = self.path[-1][0]
        _, rollouts, tokens = next(each for each in self.path if each[0] >= SHARE * final)
        figures = {"rollouts": rollouts, "tokens": tokens, "final": 100 * final, "whole": self.rollouts}
        say(**{f"{name}_{figure}": value for figure, value in figures.items()})


def main(side: str, names: str, seed: int) -> None:
    warnings.simplefilter("ignore")
    logging.disable()
    chosen = {name: options for name, (_, options) in BOTH.items()} if names == "both" else OURS
    for name, options in chosen.items():
        spent = Spent(Planted(STEPS, seed=seed))
        with redirect_stdout(StringIO()):
            best = _ours(spent, name, options, seed) if side == "ours" else _peers(spent, name, options, seed)
        spent.tell(name, best)


def _ours(spent: Spent, name: str, options: Mapping[str, Any], seed: int) -> Any:
    planted = spent.planted

    def hear(event: Any) -> None:
        if isinstance(event, TrialEnded) and event.trial.is_finished:
            spent.note(event.run.best)

    def answer(request: Request) -> str:
        return spent.texts(request, wanted(request))[0]

    with context(lm=FakeLM(answer)), events.listening(hear):
        return compile(
            planted.program(), planted.examples(0, TRAIN), val=planted.examples(100, VAL), optimizer=name, seed=seed,
            threads=1, options={key: value for key, value in options.items() if key != "num_threads"}, store=False,
        ).best  # fmt: skip


def _peers(spent: Spent, name: str, options: Mapping[str, Any], seed: int) -> Any:
    import dspy  # type: ignore[import-not-found]
    from dspy.utils.callback import BaseCallback  # type: ignore[import-not-found]

    class Model(dspy.BaseLM):  # type: ignore[misc]
        def forward(self, prompt: Any = None, messages: Any = None, **settings: Any) -> Any:
            given = {key: settings[key] for key in ("n", "temperature") if settings.get(key) is not None}
            request = Request(model="planted", messages=messages, **given)
            asked = re.findall(r"\[\[ ## (\w+) ## \]\]", _last(request).rpartition("starting with")[2])
            texts = spent.texts(request, [each for each in asked if each != "completed"])
            choices = [SimpleNamespace(message=SimpleNamespace(content=text), finish_reason="stop") for text in texts]
            return SimpleNamespace(choices=choices, usage={}, model="planted")

    class Watch(BaseCallback):  # type: ignore[misc]
        best = -1.0

        def on_evaluate_start(self, call_id: str, instance: Any, inputs: Any) -> None:
            self.program, self.is_whole = inputs["program"], len(inputs.get("devset") or instance.devset) == VAL

        def on_evaluate_end(self, call_id: str, outputs: Any, exception: Any = None) -> None:
            if self.is_whole and outputs is not None and outputs.score > self.best:
                self.best = outputs.score
                self.kept = self.program.deepcopy()
            if self.is_whole:
                spent.note(self.kept)

    def right(example: Any, prediction: Any, trace: Any = None) -> bool:
        return bool(example.answer == prediction.answer)

    class Chain(dspy.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            self.step_1, self.step_2 = dspy.Predict("question -> note_1"), dspy.Predict("question, note_1 -> answer")

        def forward(self, question: str) -> Any:
            return self.step_2(question=question, note_1=self.step_1(question=question).note_1)

    def examples(first: int, count: int) -> list[Any]:
        return [dspy.Example(**vars(one)).with_inputs("question") for one in spent.planted.examples(first, count)]

    dspy.configure(lm=Model("planted", cache=False), callbacks=[Watch()])
    optimizer = getattr(dspy, BOTH[name][0])(metric=right, **options)
    if name == "copro":
        return optimizer.compile(Chain(), trainset=examples(100, VAL), eval_kwargs={"num_threads": 1})
    more = {"seed": seed} if name == "miprov2" else {}
    return optimizer.compile(Chain(), trainset=examples(0, TRAIN), valset=examples(100, VAL), **more)


def _last(request: Request) -> str:
    return str((request.messages or [{}])[-1]["content"]).strip()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
