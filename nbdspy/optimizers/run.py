"""`Run`: one compile in progress. It knows what was tried and what is best; it draws nothing and can be stopped."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import Context, copy_context
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from nbdspy import events, render
from nbdspy.configuration import settings
from nbdspy.data import Example
from nbdspy.errors import BudgetExceeded, Stopped, TooManyErrors, described
from nbdspy.evaluation import EvaluationResult, Metric
from nbdspy.evaluation.evaluate import ran_with
from nbdspy.evaluation.metrics import metric_name
from nbdspy.models import Budget, spending
from nbdspy.models.kept import KeptReplies, keeping, unit
from nbdspy.modules import Module, program_name
from nbdspy.optimizers import doubts
from nbdspy.optimizers.job import Job
from nbdspy.optimizers.journal import Journal, MemoryJournal
from nbdspy.optimizers.progress import PhaseStarted, ScoringStarted, TrialEnded
from nbdspy.optimizers.results import Counts, Result, TraceNote, Trial, keep_in
from nbdspy.optimizers.score_table import ScoreTable
from nbdspy.optimizers.scoring import Refusals, Scorer
from nbdspy.optimizers.searching import Candidate, Search, Searcher
from nbdspy.optimizers.suggesting import Suggested, Suggestion, Suggestions, candidate_of
from nbdspy.runtime import Slots, map_threads

if TYPE_CHECKING:
    from nbdspy.optimizers.demos import Trace
    from nbdspy.optimizers.proposals import Proposal

T = TypeVar("T")


class Run(Job[Result]):
    """The state of one compile, and what steers it: all of it may be called from any thread.

    Args:
        base: The program that goes in; until something scores better it is the best.
        optimizer: The optimizer's name.
        metric: What trials are scored by; None when the optimizer scores nothing.
        valset: What they are scored on.
        trainset: What programs are made of, for the result to tell.
        counts: How many examples are used for what.
        seed: Of every random choice.
        threads: Calls at once, over all that goes on side by side; None takes the configured number.
        max_errors: Failed examples after which a trial gives up; None takes the configured number.
        budget: Counts the calls, and may limit them.
        journal: Where phases, notes, trials and replies are written down.
        table: Where scores are kept for later runs, and those of earlier ones found; by default nowhere.
    """

    def __init__(
        self, base: Module, *, optimizer: str, metric: Metric | None, valset: Sequence[Example] = (),
        trainset: Sequence[Example] = (), counts: Counts | None = None, seed: int = 0, threads: int | None = None,
        max_errors: int | None = None, budget: Budget | None = None, journal: Journal | None = None,
        table: ScoreTable | None = None,
    ) -> None:  # fmt: skip
        self.threads = settings.num_threads if threads is None else threads
        super().__init__(Slots(self.threads), Budget() if budget is None else budget)
        self.base = base
        self.optimizer = optimizer
        self.metric = metric
        self.valset = valset
        self.trainset = trainset
        self.counts = Counts() if counts is None else counts
        self.seed = seed
        self.max_errors = max_errors
        self.journal = MemoryJournal() if journal is None else journal
        self.table = ScoreTable() if table is None else table
        self.refusals = Refusals(self.stop)
        self.suggestions = Suggestions(self.journal.records())
        self.phase = ""
        self.programs = 0
        self.trials: list[Trial] = []
        self.notes: list[TraceNote] = []
        self.proposed: list[Proposal] = []
        self.traces: list[Trace] = []
        self.warnings: list[str] = []
        self.best: Module = base
        self._scored_before = 0
        self._unscored = 0
        self._scorer: Scorer | None = None
        self._searching: Context | None = None

    @property
    def best_trial(self) -> Trial | None:
        """The trial with the highest score so far, the earliest of equals; None before the first."""
        return self.best_of(self.trials)

    def best_of(self, trials: Iterable[Trial]) -> Trial | None:
        """The trial with the highest score among those that were scored on all validation examples."""
        return max((trial for trial in trials if trial.is_finished), key=lambda trial: trial.score, default=None)

    @property
    def searched(self) -> Sequence[Trial]:
        """The trials that the optimizer asked for; the user's are not among them, and no search is to heed those."""
        return [trial for trial in self.trials if not trial.is_suggested]

    @property
    def scored_now(self) -> int:
        """How many programs the phase has scored, of `programs` at most."""
        return len(self.trials) - self._scored_before

    @property
    def owes_base(self) -> bool:
        """Whether nothing else may be begun yet that could wait.

        A limit may end the run at any call, and without a score of the program that goes in all others are of no use.
        """
        return self.budget.is_limited and not self.trials

    @property
    def most_errors(self) -> int:
        """Failed examples that are put up with."""
        most: int = settings.max_errors if self.max_errors is None else self.max_errors
        return most

    def suggest(self, instruction: str, predictor: str | None = None) -> Suggestion:
        """Have an instruction of your own compared with the rest, on the same validation examples.

        It is tried with the best program of that moment, before the search asks for its next candidate, and becomes a
        trial that can win. The search goes on as if it were not there. The journal keeps it, so that a resumed run
        tries it at the same place. Where it makes a program that was scored before, that score is taken.

        Args:
            instruction: What the predictor is to be told.
            predictor: Its name, where the program has several.

        Raises:
            UsageError: When it is empty, was suggested before, or the best so far has it; when the predictor's
                instruction is frozen; when the optimizer scores nothing, or the search is over.
        """
        made = self.suggestions.add(self, instruction, predictor)
        self._tell(Suggested(run=self, suggestion=made))
        return made

    @property
    def takes_suggestions(self) -> bool:
        """Whether `suggest` may still be of use."""
        return bool(self.metric and self.valset) and not (self.halted() or self.suggestions.is_closed)

    def suggested(self, known: Sequence[Trial]) -> Iterable[Candidate]:
        """Begin the next turn; the answer is what the user suggested for it, made of the best of the known trials."""
        best = self.best_of(known)
        due = self.suggestions.due(is_ready=best is not None)
        self.programs += len(due)
        return [candidate_of(one, best, self.base) for one in due if best is not None]

    def __repr__(self) -> str:
        best = self.best_trial
        tried = f"{len(self.trials)} trial{'' if len(self.trials) == 1 else 's'}"
        scored = "" if best is None else f", the best with {100 * best.score:.1f} %"
        return f"<Run {self.optimizer}({program_name(self.base)}): {self.state}, {tried}{scored}>"

    def enter(self, phase: str, text: str, *, programs: int = 0) -> None:
        """Begin a phase; `text` says what it will do, `programs` how many it will score at most."""
        self.phase = phase
        self.programs = programs
        self._scored_before = len(self.trials)
        self.journal.append({"kind": "phase", "phase": phase, "text": text})
        events.emit(PhaseStarted(run=self, phase=phase, text=text))

    def note(self, notes: Iterable[TraceNote]) -> None:
        """Write down why traces were kept or not."""
        for note in notes:
            self.notes.append(note)
            self.journal.append(
                {"kind": "note", "index": note.index, "kept": note.kept, "why": note.why, "score": note.score}
            )

    def note_proposals(self, proposals: Iterable[Proposal]) -> None:
        """Write down the instructions that a model proposed, and why others were refused."""
        for proposal in proposals:
            self.proposed.append(proposal)
            self.journal.append({"kind": "proposal", **asdict(proposal)})

    def warn(self, text: str) -> None:
        """Remember something the user should know about the result."""
        self.warnings.append(text)
        self.journal.append({"kind": "warning", "text": text})

    def search(self, searcher: Searcher, *, lag: int = 1) -> None:
        """Try what a searcher asks for, up to `lag` trials side by side.

        Raises:
            TooManyErrors: When the first program of the run fails on too many examples.
        """
        self._searching = copy_context()
        Search(self, searcher, lag).go()

    def attempt(self, program: Module, label: str, *, racing: bool = False) -> Trial | None:
        """Score one program on the validation examples and remember it; None when the run was stopped on the way.

        Args:
            program: What to score.
            label: What it is, in a few words.
            racing: Give it up as soon as it is surely worse than the best so far.

        Raises:
            TooManyErrors: When it fails on too many examples, and nothing that was scored before did not.
        """
        candidate = Candidate(program=program, label=label, racing=racing)
        try:
            found: EvaluationResult | TooManyErrors
            found = self.evaluate(candidate, number=len(self.trials), leader=self.best_trial)
        except TooManyErrors as error:
            found = error
        return self.add(candidate, found)

    def side_by_side(self, *works: Callable[[], T]) -> list[T]:
        """Do several things at once that do not need each other; the answer is what they returned, in their order.

        Raises:
            Exception: What the first of them raises, once the others have ended.
        """
        threads = min(len(works), self.threads)
        done = sorted(map_threads(lambda work: work(), works, threads=threads), key=lambda done: done.index)
        for each in done:
            if each.error is not None:
                raise each.error
        return [each.result for each in done]  # type: ignore[misc]  # without an error there is a result

    def beside_base(self, base: Callable[[], Any], *works: Callable[[], Any]) -> list[Any]:
        """What scores the program that goes in, and what needs nothing of it, as `side_by_side`.

        The score comes first where a limit may end the run on the way.
        """
        first, rest = ([base()], works) if self.owes_base else ([], (base, *works))
        return [*first, *self.side_by_side(*rest)]

    def place(self) -> AbstractContextManager[bool]:
        """A block that makes a call of its own, in one of the run's places; it is told False when the run is to end.

        It goes before rollouts, of which there are many: calls like these wait for each other, and all others for them.
        """
        return self.slots.place(self.halted, rank=-2)

    def keeping(self) -> AbstractContextManager[None]:
        """A block whose replies are kept in the journal, and found there."""
        return keeping(self.journal) if isinstance(self.journal, KeptReplies) else nullcontext()

    def unit(self, name: str) -> AbstractContextManager[None]:
        """A block whose calls are a piece of work of its own, whose replies a resumed run finds under this name."""
        return unit(name)

    def claim(self, program: Module, number: int) -> None:
        """Say that a trial is about to score a program, so that an equal one after it need not."""
        if self.metric is not None:
            self._scores().claim(program, number)

    def evaluate(self, candidate: Candidate, *, number: int, leader: Trial | None = None) -> EvaluationResult:
        """Score a candidate; its trial is not remembered yet.

        Raises:
            TooManyErrors: When it fails on too many examples.
        """
        indices = self.in_order() if candidate.examples is None else candidate.examples
        ordinal = number - self._scored_before + 1
        events.emit(ScoringStarted(number=ordinal, programs=max(ordinal, self.programs), examples=len(indices)))
        against = leader.evaluation if leader is not None and candidate.racing else None
        return self._scores().score(candidate.program, indices, number=number, leader=against)

    def add(self, candidate: Candidate, found: EvaluationResult | TooManyErrors) -> Trial | None:
        """Remember how a candidate did; None when the run was stopped on the way.

        Of the first of all, the program that goes in, what was scored before the stop is remembered too.

        Raises:
            TooManyErrors: The one that was found, where nothing that was scored before did better.
        """
        is_given_up = isinstance(found, TooManyErrors) and not self.halted()
        if isinstance(found, TooManyErrors) and self.halted():  # the model is gone: no fault of the program
            answered = [row for row in found.scored if row.error is None]
            found = self._scores().given_up(candidate.program, answered)
        elif isinstance(found, TooManyErrors):
            if not self.trials:
                raise found
            self.warn(f"{candidate.label} was given up: {found.message}")
            found = self._scores().given_up(candidate.program, found.failures)
        wanted = len(self.valset) if candidate.examples is None else len(candidate.examples)
        is_cut = self.halted() and found.n < wanted
        self._unscored += wanted - found.n if is_cut else 0
        if is_cut and (self.trials or candidate.program is not self.base or not found.n):
            return None
        trial = Trial(
            number=len(self.trials), label=candidate.label, program=candidate.program, evaluation=found,
            calls=self.budget.spent.calls, choices=candidate.choices, is_sample=candidate.examples is not None,
            is_given_up=is_given_up, parent=candidate.parent, is_suggested=candidate.is_suggested,
        )  # fmt: skip
        if not is_cut:  # it is written down when it is whole
            self.journal.append({"kind": "trial", "number": trial.number, "label": trial.label, "score": trial.score})
        self.trials.append(trial)
        best = self.best_trial
        self.best = self.base if best is None else best.program
        events.emit(TrialEnded(run=self, trial=trial))
        return None if is_cut else trial

    def in_order(self) -> Sequence[int]:
        """All validation examples in one drawn order, the same for all: a table may be sorted, and races end early."""
        places = range(len(self.valset))
        return random.Random(f"{self.seed} order").sample(places, len(places))

    def scorer(self, examples: Sequence[Example], name: str = "score") -> Scorer:
        """What scores programs on these examples as a part of the run: limited, paused and stopped with it."""
        assert self.metric is not None
        return Scorer(
            self.metric, examples, threads=self.threads, slots=self.slots, max_errors=self.max_errors,
            halted=self.halted, reached=self.stop, refusals=self.refusals, table=self.table, name=name,
        )  # fmt: skip

    def _scores(self) -> Scorer:
        if self._scorer is None or self._scorer.valset is not self.valset:
            self._scorer = self.scorer(self.valset)
        return self._scorer

    def perform(self, work: Callable[[], Any]) -> Result:
        """Do the work and return what it found; a limit that is reached ends it early, with the best so far.

        Raises:
            Stopped: When interrupted; `result` holds the best so far.
            Exception: What the work raises; once something is scored, its `result` holds the best so far.
        """
        with spending(self.budget), self.keeping():
            try:
                try:
                    work()
                    self._try_the_rest()
                except BudgetExceeded as reached:
                    self.stop(str(reached))
                self.suggestions.end()
                if untried := len(self.suggestions) - (len(self.trials) - len(self.searched)):
                    which = "An instruction" if untried == 1 else f"{untried} instructions"
                    self.warn(f"{which} of yours could not be tried any more.")
                for text in doubts.of_the_scores(self.result()):
                    self.warn(text)
                return self.result()
            except KeyboardInterrupt as pressed:
                self.stop("Interrupted.")
                raise Stopped(self._progress(), result=self.result()) from pressed
            except (Exception, SystemExit) as error:  # of any kind: what was found before is not worth less
                self.stop(render.short(described(error), 300))
                if self.trials:
                    keep_in(error, self.result(), self._progress())
                raise

    def _try_the_rest(self) -> None:
        """Try what was suggested after the last turn of the search, with the settings of the search."""
        settings_then = copy_context() if self._searching is None else self._searching
        while self.best_trial is not None and not self.halted() and not self.suggestions.close():
            self.enter(self.phase, "your own instruction", programs=len(self.suggestions.waiting))
            settings_then.run(Search(self, _Nothing(), lag=1).go)

    def _progress(self) -> str:
        if not self.trials:
            return "Nothing was scored yet; the best is the program that went in."
        tried = "1 trial is" if len(self.trials) == 1 else f"{len(self.trials)} trials are"
        return f"{tried} scored; the best so far is kept."

    def result(self) -> Result:
        """What the run has found up to now, or in the end."""
        if self.outcome is not None:
            return self.outcome
        used = ran_with(self.base)
        return Result(
            best=self.best,
            base=self.base,
            program=program_name(self.base),
            optimizer=self.optimizer,
            metric="" if self.metric is None else metric_name(self.metric),
            seed=self.seed,
            tried=tuple(self.trials),
            notes=tuple(self.notes),
            traces=tuple(self.traces),
            proposed=tuple(self.proposed),
            trainset=self.trainset,
            warnings=tuple(self.warnings),
            counts=self.counts,
            spent=self.budget.spent,
            reused=self.table.taken,
            seconds=self.seconds,
            stopped=self.stopped,
            unscored=self._unscored,
            lm=used["lm"],
            adapter=used["adapter"],
        )


class _Nothing:
    """Asks for nothing: such a search tries what the user suggested."""

    def ask(self, number: int) -> None:
        return None

    def tell(self, trial: Trial) -> None:
        raise AssertionError(trial)
