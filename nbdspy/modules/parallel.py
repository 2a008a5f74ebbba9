"""`Parallel`: programs on their examples, side by side."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from nbdspy import render
from nbdspy.configuration import context, settings
from nbdspy.counts import checked_amount, checked_count
from nbdspy.data import Example, to_examples
from nbdspy.data.tables import is_frame
from nbdspy.errors import ENDING, Stopped, TooManyErrors, UsageError, described, warn_caller
from nbdspy.modules.apart import Step, join_trace
from nbdspy.modules.stragglers import Tries
from nbdspy.runtime import Do, Done, in_thread, map_threads
from nbdspy.signatures import Field

T = TypeVar("T")
Pair = tuple[Any, Any]
Outcome = tuple[Any, list[Step]]


class Parallel:
    """Runs pairs of a program and what it is given side by side; gives the results in the order of the pairs.

    A pair's second part is an Example that knows its inputs, a dictionary of inputs, a tuple of what is given by place,
    or, for another Parallel, a list of pairs. The program may be anything that is called. A pair that fails gives None
    and is told in a warning. Each map has threads of its own, so one inside of another never waits for it.

    Args:
        num_threads: Pairs at once; None takes the configured number.
        max_errors: Failed pairs after which it gives up, the first at the least; None takes the configured number.
        access_examples: Give a program an example's inputs by name; without it, the whole example.
        return_failed_examples: Give (results, failed examples, errors) instead, and warn of nothing.
        provide_traceback: Tell the failures with their tracebacks.
        disable_progress_bar: As DSPy's programs give it, and without effect: nothing is drawn.
        timeout: Seconds after which one of the last pairs is run a second time beside the first; whatever answers first
            counts. 0 never does.
        straggler_limit: How many pairs may be left for that.

    Raises:
        UsageError: When a number makes no sense.

    Example:
        >>> from nbdspy.modules import Predict
        >>> from nbdspy.testing import DummyLM
        >>> ask = Predict("question -> answer")
        >>> lm = DummyLM({"Spain": {"answer": "Madrid"}, "Belgium": {"answer": "Brussels"}})
        >>> with context(lm=lm):
        ...     capitals = Parallel()([(ask, {"question": f"The capital of {name}?"}) for name in ("Spain", "Belgium")])
        >>> [capital.answer for capital in capitals]
        ['Madrid', 'Brussels']
    """

    def __init__(
        self, num_threads: int | None = None, max_errors: int | None = None, access_examples: bool = True,
        return_failed_examples: bool = False, provide_traceback: bool | None = None,
        disable_progress_bar: bool = False, timeout: float = 120, straggler_limit: int = 3,
    ) -> None:  # fmt: skip
        self.num_threads = num_threads
        self.max_errors = None if max_errors is None else checked_amount("max_errors", max_errors, least=0)
        self.access_examples = access_examples
        self.return_failed_examples = return_failed_examples
        self.provide_traceback = provide_traceback
        self.disable_progress_bar = disable_progress_bar
        self.timeout = checked_amount("timeout", timeout, least=0)
        self.straggler_limit = checked_count("straggler_limit", straggler_limit, least=0)

    def __call__(self, exec_pairs: Iterable[Pair], num_threads: int | None = None) -> Any:
        """Run the pairs; `num_threads` counts for this time.

        Raises:
            TooManyErrors: When `max_errors` pairs have failed; `failures` holds (example, error).
            Stopped: When interrupted; `result` holds the results, None where there is none yet.
            UsageError: For something that is no pair.
        """
        return self._given_back(self._ran(_pairs(exec_pairs), num_threads, lambda: False))

    def __repr__(self) -> str:
        return "Parallel()" if self.num_threads is None else f"Parallel(num_threads={self.num_threads})"

    def forward(self, exec_pairs: Iterable[Pair], num_threads: int | None = None) -> Any:
        """The same, as DSPy's programs may write it."""
        return self(exec_pairs, num_threads)

    async def acall(self, exec_pairs: Iterable[Pair], num_threads: int | None = None) -> Any:
        """The same without blocking the running loop; cancelled, it begins no further pair."""
        pairs = _pairs(exec_pairs)
        is_over = False
        try:
            done = await in_thread(lambda: self._ran(pairs, num_threads, lambda: is_over))
        finally:
            is_over = True
        return self._given_back(done)

    def _ran(self, pairs: Sequence[Pair], num_threads: int | None, halted: Callable[[], bool]) -> Gathered:
        calls = [self._call(number, pair) for number, pair in enumerate(pairs)]
        counts = (num_threads, self.num_threads, settings.num_threads)
        threads = next(count for count in counts if count is not None)
        threads = checked_count("num_threads", threads)
        gathered = Gathered(pairs, most=settings.max_errors if self.max_errors is None else self.max_errors)
        tries = Tries(len(calls), timeout=self.timeout, limit=self.straggler_limit, halted=halted)
        run = _untraced if settings.trace is None else _traced
        try:
            for done in map_threads(tries.running(calls, run), tries, threads=threads, halted=halted):
                if tries.settled(done.item, failed=done.error is not None):
                    gathered.take(done.item.index, done)
                if tries.are_over:
                    break
        except KeyboardInterrupt as pressed:
            said = f"{len(gathered.found)} of {len(calls)} examples are done."
            raise Stopped(said, result=gathered.results) from pressed
        finally:
            tries.stop()  # a traceback keeps the map alive; it must not go on calling
        gathered.join_traces()
        return gathered

    def _call(self, number: int, pair: Pair) -> Callable[[], Any]:
        """What a pair does; told here when it is none, before anything is spent."""
        match pair:
            case (module, example) if callable(module):
                pass
            case _:
                raise UsageError(
                    f"Item {number} is {render.short(repr(pair))}.", hint="Give pairs of a program and an example."
                )
        match example:
            case Example() if self.access_examples:
                values = vars(Example.inputs(example))  # not example.inputs(): a field may be called so
                return lambda: module(**values)
            case Example():
                return lambda: module(example)
            case Mapping():
                return lambda: module(**example)
            case tuple():
                return lambda: module(*example)
            case list() if isinstance(module, Parallel):
                return lambda: module(example)
        raise UsageError(
            f"Item {number} gives its program {render.short(repr(example))}, {render.kind(example)}.",
            hint="Give an Example, a dictionary of inputs, or a tuple.",
        )

    def _given_back(self, gathered: Gathered) -> Any:
        errors = gathered.errors
        if self.return_failed_examples:
            return gathered.results, [gathered.pairs[index][1] for index in errors], list(errors.values())
        if errors:
            told = f"{len(errors)} of {len(gathered.pairs)} examples failed and are None here"
            if self.provide_traceback:
                tracebacks = ("".join(traceback.format_exception(error)) for error in errors.values())
                warn_caller(f"{told}:\n\n" + "\n".join(tracebacks))
            else:
                place, error = next(iter(errors.items()))
                warn_caller(
                    f"{told}; the first, at place {place}, said: {_said(error)}. "
                    "return_failed_examples=True gives all errors."
                )
        return gathered.results


class Gathered:
    """What has come back of some pairs.

    Args:
        pairs: All of them.
        most: How many failures end it.
    """

    def __init__(self, pairs: Sequence[Pair], *, most: float) -> None:
        self.pairs = pairs
        self.found: dict[int, Outcome] = {}
        self._errors: dict[int, Exception] = {}
        self._most = most

    @property
    def results(self) -> list[Any]:
        """What each pair gave, None where it failed or is still out."""
        return [self.found[index][0] if index in self.found else None for index in range(len(self.pairs))]

    @property
    def errors(self) -> dict[int, Exception]:
        """Why pairs failed, in their order."""
        return dict(sorted(self._errors.items()))

    def take(self, index: int, done: Done[Any, Outcome]) -> None:
        """Note the outcome of a pair.

        Raises:
            TooManyErrors: When it is a failure too many.
        """
        if done.error is None:
            assert done.result is not None
            self.found[index] = done.result
            return
        if isinstance(done.error, ENDING):
            raise done.error
        self._errors[index] = done.error
        if len(self._errors) >= self._most:
            tried = len(self._errors) + len(self.found)
            raise TooManyErrors(
                f"Stopped after {len(self._errors)} of {tried} examples failed; the last said: {_said(done.error)}",
                hint="Raise max_errors to go on.",
                failures=[(self.pairs[index][1], error) for index, error in self.errors.items()],
            ) from done.error

    def join_traces(self) -> None:
        """Show the steps of all pairs, in their order."""
        for index in sorted(self.found):
            join_trace(self.found[index][1])


def rows_of(examples: Any, fields: Mapping[str, Field]) -> Sequence[Any]:
    """What a program with these inputs is given, one after another: of a table its rows.

    Raises:
        DataError: When a table lacks an input.
        UsageError: When it is one example, or none at all.
    """
    if is_frame(examples):
        columns = list(map(str, examples.columns))
        taken = [name for name, field in fields.items() if field.required or name in columns]
        return to_examples(examples, inputs=taken or columns, called="The table")
    if isinstance(examples, Example | Mapping | str | bytes) or not isinstance(examples, Iterable):
        raise UsageError(
            f"The examples are one {type(examples).__name__}, {render.short(repr(examples))}.",
            hint="Give a list of examples or dictionaries, or a DataFrame; for a single one call the program.",
        )
    return list(examples)


def _pairs(pairs: Any) -> list[Pair]:
    """The pairs of a call, each of which is looked at later."""
    if isinstance(pairs, Example | Mapping | str | bytes) or is_frame(pairs) or not isinstance(pairs, Iterable):
        raise UsageError(
            f"The pairs are {render.short(repr(pairs))}, {render.kind(pairs)}.",
            hint="Give a list of them, [(program, example), …]; for one program with many examples there is "
            "program.batch(examples).",
        )
    return list(pairs)


def _untraced(call: Callable[[], Any]) -> Outcome:
    return Do(call).perform(), []


def _traced(call: Callable[[], Any]) -> Outcome:
    """Each pair has a trace of its own, so that they can be joined in order, whoever was done first."""
    trace: list[Step] = []
    with context(trace=trace):
        return Do(call).perform(), trace


def _said(error: Exception) -> str:
    return render.short(described(error), 300)
