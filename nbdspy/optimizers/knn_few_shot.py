"""KNNFewShot: for each call its own demonstrations, from the training examples that are nearest to it."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MethodType
from typing import Any

from nbdspy.configuration import context, settings
from nbdspy.data import Example
from nbdspy.errors import UsageError, is_everywhere
from nbdspy.evaluation import metric_named
from nbdspy.models import BaseLM, Budget
from nbdspy.models.embedder import Embedder
from nbdspy.modules import KNN, Module
from nbdspy.modules.apart import Step as Called
from nbdspy.modules.apart import join_trace
from nbdspy.modules.freezing import DEMOS
from nbdspy.optimizers.arguments import check_arguments
from nbdspy.optimizers.bootstrap_few_shot import BootstrapFewShot
from nbdspy.optimizers.demos import Trace, judge_by, ready_teacher, rolled, trace_of, with_demos
from nbdspy.optimizers.journal import Journal
from nbdspy.optimizers.optimizer import Optimizer
from nbdspy.optimizers.plans import HELD_OUT, Step
from nbdspy.optimizers.results import Result
from nbdspy.optimizers.run import Run
from nbdspy.optimizers.score_table import ScoreTable
from nbdspy.optimizers.spelling import OF_AN_OPTIMIZER, in_our_words
from nbdspy.runtime import is_mapped, map_threads


class KNNFewShot(Optimizer):
    """Makes a program that looks for the `k` nearest training examples at each call, and bootstraps on those.

    So a call takes one run of the program, and runs of the teacher on its neighbours until enough are accepted; what
    was asked before comes from the reply cache. The program keeps the names of its predictors, so its file and that of
    the program that went in are alike; unlike DSPy's it goes by what is loaded into it and set on it later.

    Args:
        k: How many neighbours.
        trainset: Where they are looked for; embedded once, when it compiles.
        vectorizer: An `Embedder`, or a function that takes a list of texts and gives their vectors.
        **few_shot_bootstrap_args: As for `BootstrapFewShot`.

    Raises:
        UsageError: Without a vectorizer.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.modules import Predict
        >>> from nbdspy.testing import DummyLM
        >>> trainset = [Example(word=word, kind=kind).with_inputs("word") for word, kind in (("cat", "animal"),
        ...     ("moss", "plant"))]
        >>> lengths = Embedder(lambda texts: [[len(text) - 9, 1] for text in texts])
        >>> compiled = KNNFewShot(1, trainset, lengths, max_bootstrapped_demos=0).run(Predict("word -> kind")).best
        >>> with context(lm=(lm := DummyLM([{"kind": "animal"}]))):
        ...     compiled(word="dog").kind, "cat" in str(lm.history[-1]["messages"])
        ('animal', True)
    """

    name = "knn_few_shot"
    changes = (DEMOS,)

    def __init__(
        self, k: int, trainset: Any, vectorizer: Embedder | Callable[..., Any] | None = None,
        **few_shot_bootstrap_args: Any,
    ) -> None:  # fmt: skip
        if vectorizer is None:
            raise UsageError(
                "KNNFewShot needs a vectorizer to tell which examples are near.",
                hint="Give one: nbdspy.Embedder(…), or a function from a list of texts to their vectors.",
            )
        self.k = k
        self.trainset = trainset
        self.vectorizer = vectorizer
        self.few_shot_bootstrap_args = few_shot_bootstrap_args
        for name in ("metric", "seed", "num_threads", "max_errors"):
            if name in few_shot_bootstrap_args:
                setattr(self, name, few_shot_bootstrap_args[name])

    @in_our_words(OF_AN_OPTIMIZER)
    def compile(self, student: Any, *, trainset: Any = None, teacher: Any = None, valset: Any = None) -> Module:
        """The program that looks for neighbours; `trainset` is by default the optimizer's own."""
        return super().compile(student, trainset=self._looked_in(trainset), teacher=teacher, valset=valset)

    def run(
        self, student: Any, *, trainset: Any = None, teacher: Any = None, valset: Any = None,
        budget: Budget | None = None, journal: Journal | None = None, table: ScoreTable | None = None,
    ) -> Result:  # fmt: skip
        """The same with all that is to be told of it; with a valset, compared with the program that went in."""
        return super().run(
            student, trainset=self._looked_in(trainset), teacher=teacher, valset=valset, budget=budget,
            journal=journal, table=table,
        )  # fmt: skip

    def ready(
        self, student: Any, *, trainset: Any = None, teacher: Any = None, valset: Any = None,
        budget: Budget | None = None, journal: Journal | None = None, table: ScoreTable | None = None,
    ) -> tuple[Run, Callable[[], Result]]:  # fmt: skip
        """The same, not yet begun."""
        check_arguments(BootstrapFewShot, self.few_shot_bootstrap_args)
        return super().ready(
            student, trainset=self._looked_in(trainset), teacher=teacher, valset=valset, budget=budget,
            journal=journal, table=table,
        )  # fmt: skip

    def search(self, run: Run, student: Module, trainset: Sequence[Example], teacher: Module | None) -> None:
        run.enter("embed", f"{len(trainset)} training examples, of which each call takes the {self.k} nearest")
        shots = _Shots(KNN(self.k, trainset, self.vectorizer), self._bootstrap(), teacher)
        self.offer(run, shots.put_on(student), f"the {self.k} nearest examples")

    def steps(self, student: Module, trainset: Sequence[Example], valset: Sequence[Example]) -> Sequence[Step]:
        batch = self.vectorizer.batch_size if isinstance(self.vectorizer, Embedder) else len(trainset)
        batches = -(-len(trainset) // batch)
        embed = Step(
            phase="embed", text=f"{len(trainset)} training examples", low=0, high=0, asks=(0, batches),
            letters=(0, sum(map(_letters, trainset))),
        )  # fmt: skip
        if not valset:
            return [embed]
        n = len(valset)
        base = Step(phase="check", text=f"the program that went in on {n} validation examples", low=n, high=n, first=n)
        return [embed, base, self._answers(trainset, n, phase="check", text=f"the other on {n}")]

    def held_out_step(self, trainset: Sequence[Example], examples: int, *, demos: int) -> Step:
        text = f"2 programs on {examples} test examples, or 1 when nothing better is found, one of them"
        other = self._answers(trainset, examples, phase=HELD_OUT, text=text)
        return replace(other, low=examples, high=examples + other.high, keeps=True)

    def _answers(self, trainset: Sequence[Example], examples: int, *, phase: str, text: str) -> Step:
        """What the program that is made takes on so many examples: for each its neighbours are found and tried."""
        chosen, k = self._bootstrap(), min(self.k, len(trainset))
        enough = min(chosen.max_bootstrapped_demos, k)
        return Step(
            phase=phase, text=f"{text} with up to {k} neighbours of each, found and tried", asks=(0, examples),
            low=examples * (1 + enough), high=examples * (1 + (k * chosen.max_rounds if enough else 0)),
            most=max(min(k, chosen.max_labeled_demos), enough), keeps=False,
            letters=(0, examples * max(map(_letters, trainset))),
        )  # fmt: skip

    def asked(self) -> BaseLM | Embedder | None:
        return self.vectorizer if isinstance(self.vectorizer, Embedder) else Embedder(self.vectorizer)

    def _looked_in(self, trainset: Any) -> Any:
        return self.trainset if trainset is None else trainset

    def _bootstrap(self) -> BootstrapFewShot:
        given = {"metric": self.metric, "seed": self.seed, "num_threads": self.num_threads}
        return BootstrapFewShot(**{**self.few_shot_bootstrap_args, **given})


def _letters(example: Example) -> int:
    inputs = vars(Example.inputs(example))  # not example.inputs(): a field may be called so
    return sum(len(str(value)) for value in inputs.values())


class _Shots:
    """What makes the demonstrations of a call."""

    def __init__(self, knn: KNN, bootstrap: BootstrapFewShot, teacher: Module | None) -> None:
        self._knn = knn
        self._bootstrap = bootstrap
        self._teacher = teacher
        metric = None if bootstrap.metric is None else metric_named(bootstrap.metric)
        self._judge = judge_by(metric, bootstrap.metric_threshold)

    def put_on(self, student: Module) -> Module:
        """A copy of the program, without demos, that answers in this way."""
        program = student.reset_copy()

        def forward(self: Module, /, *args: Any, **inputs: Any) -> Any:
            if args:
                raise UsageError("Inputs are given by name.", hint="The nearest examples are looked for by them.")
            return answer(self, inputs)

        answer = self._answer
        forward.__signature__ = inspect.signature(student._flow("forward", "aforward").__func__)  # type: ignore[attr-defined]
        program.forward = MethodType(forward, program)
        return program

    def _answer(self, program: Module, inputs: Mapping[str, Any]) -> Any:
        near = self._knn(**{name: value for name, value in inputs.items() if name in self._knn.names})
        student = program.deepcopy()
        del student.forward
        shown = self._bootstrap
        teacher = ready_teacher(student, self._teacher, near, most=shown.max_labeled_demos, seed=shown.seed)
        rng = random.Random(shown.seed)
        compiled = with_demos(student, self._traces(teacher, near), near, most=shown.max_labeled_demos, rng=rng)
        if settings.trace is None:
            return compiled(**inputs)
        own = dict(zip(map(id, compiled.predictors()), program.predictors(), strict=True))
        trace: list[Called] = []
        with context(trace=trace):
            answer = compiled(**inputs)
        join_trace((own.get(id(predictor), predictor), *rest) for predictor, *rest in trace)  # type: ignore[misc]
        return answer

    def _traces(self, teacher: Module, near: Sequence[Example]) -> list[Trace]:
        """Accepted runs of the teacher: as many and as few calls as one after the other, but side by side.

        Not where calls of the program go side by side themselves: there are never more calls out than threads.
        """
        shown, kept = self._bootstrap, list[Trace]()
        threads = settings.num_threads if shown.num_threads is None else shown.num_threads
        threads = 1 if is_mapped() else threads

        def attempt(item: tuple[int, Example]) -> Trace | None:
            with context(**(shown.teacher_settings or {})):
                return trace_of(taught, *item, self._judge, shown.seed)[0]

        left = list(enumerate(near))
        for round_number in range(shown.max_rounds):
            taught, again = rolled(teacher, round_number), list[tuple[int, Example]]()
            while left and len(kept) < shown.max_bootstrapped_demos:
                wanted = shown.max_bootstrapped_demos - len(kept)
                now, left = left[:wanted], left[wanted:]
                for done in sorted(map_threads(attempt, now, threads=threads), key=lambda done: done.index):
                    if done.error is not None and is_everywhere(done.error):
                        raise done.error
                    kept += [done.result] if done.result else []
                    again += [] if done.result else [done.item]
            left = again
        return kept
