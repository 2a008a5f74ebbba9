"""The budgets that a call counts in: the kernel's own, the environment's, and those of the blocks around it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, Final

from nbdspy.errors import BudgetExceeded, SettingsError
from nbdspy.models.budget import Budget, Resource


class KernelBudget(Budget):
    """What a whole process may spend, in every cell, thread and run: by a notebook's word, or by its environment's.

    Args:
        set_by: The variables of the environment by the limits that they set; none where a notebook sets them.

    Attributes:
        set_by: Who set which limit, where it was not `%config`.
        wrong: What is said of a limit that cannot be meant; until it is set right, every call is refused.
    """

    _whose = "This kernel's"

    def __init__(self, *, set_by: Mapping[str, str] | None = None, **limits: Any) -> None:
        super().__init__(counts_replays=set_by is None, **limits)
        self.set_by = set_by or {}
        self.wrong: str | None = None

    def limit(self, *, usd: float | None, calls: int | None, set_by: Mapping[str, str] | None = None) -> None:
        """Set other limits from now on; what was spent before counts."""
        with self._lock:
            self.usd, self.calls, self.set_by, self.wrong = usd, calls, set_by or {}, None

    def admit(self, *, is_free: bool = False) -> None:
        """Count a call that is about to be sent.

        Args:
            is_free: Whether it costs nothing, so that a budget of no money allows it.

        Raises:
            BudgetExceeded: When a limit is reached, or cannot be meant; the call was not sent.
        """
        if self.wrong:
            raise BudgetExceeded(self.wrong, hint="Set it right, or to None for no limit.")
        super().admit(is_free=is_free)

    def _name(self, of: Resource) -> str:
        """What a limit is called where it is set."""
        return {"usd": "budget_usd", "calls": "max_calls"}.get(of, of)

    def _remedy(self, of: Resource, *, is_unknown: bool) -> str:
        """Who set a limit, and what to do about it."""
        name = self._name(of)
        who = self.set_by.get(name)
        if not self.counts_replays:
            return f"{who} sets it when the kernel starts; no notebook can raise it."
        instead = f"%config NbDspy.{name} = None, and limit the calls: %config NbDspy.max_calls = …"
        raised = instead if is_unknown else f"%config NbDspy.{name} = … sets another one."
        return f"{who or f'%config NbDspy.{name}'} sets it: {raised}"


def of_environment(variables: Mapping[str, str]) -> KernelBudget | None:
    """What the environment allows a whole process; None when it does not say.

    Raises:
        SettingsError: When a variable holds what cannot be meant.
    """
    found: dict[str, float] = {}
    for name, kind, least, takes in (
        ("budget_usd", float, 0, "a number from 0"), ("max_calls", int, 1, "a whole number above 0")
    ):  # fmt: skip
        variable = f"NBDSPY_{name.upper()}"
        if not (text := variables.get(variable)):
            continue
        try:
            value: float = kind(text)
        except ValueError:
            value = -1
        if not least <= value < float("inf"):
            raise SettingsError(f"{variable} is {text!r}.", hint=f"Set it to {takes}, or not at all.")
        found[name] = value
    if not found:
        return None
    set_by = {name: f"NBDSPY_{name.upper()}" for name in found}
    return KernelBudget(usd=found.get("budget_usd"), calls=found.get("max_calls"), set_by=set_by)


_environment: Final = {name: value for name, value in os.environ.items() if name.startswith("NBDSPY_")}
"""As it was when the first model was thought of: what a cell puts there later sets no limit."""

total: Final = KernelBudget()
"""Everything this process has sent; its limits are what the notebook says."""


@cache
def allowed() -> tuple[KernelBudget, ...]:
    """The budget that the environment gives this process, if it gives one.

    Raises:
        SettingsError: When a variable holds what cannot be meant.
    """
    found = of_environment({**_environment, **_environment_at_start()})
    return () if found is None else (found,)


def _environment_at_start() -> Mapping[str, str]:
    """What this process was given, of which no cell has taken anything away; nothing where the system does not tell."""
    try:
        import psutil  # comes with every Jupyter kernel
    except ImportError:
        return {}
    try:
        return dict(psutil.Process().environ())
    except (psutil.Error, OSError):
        return {}


_limits: ContextVar[tuple[Budget, ...]] = ContextVar("nbdspy_budgets", default=(total,))


def budgets() -> tuple[Budget, ...]:
    """The tallies that the calls of this context count in."""
    return (*allowed(), *_limits.get())


def admit(*, is_replay: bool = False, is_free: bool = False) -> None:
    """Count a call that is about to be sent in every tally of this context, or in none.

    Args:
        is_replay: Whether it was sent long ago, which not every limit counts.
        is_free: Whether it costs nothing. For a kernel that may pay nothing, a replay is as free.

    Raises:
        BudgetExceeded: When a limit of one of them is reached.
    """
    admitted: list[Budget] = []
    try:
        for budget in budgets():
            if budget.counts_replays or not is_replay:
                budget.admit(is_free=is_free or (is_replay and isinstance(budget, KernelBudget)))
                admitted.append(budget)
    except BudgetExceeded:
        for budget in admitted:
            budget.withdraw()
        raise


def check_time() -> None:
    """Give up when the time of a tally of this context is over; for calls that wait long.

    Raises:
        BudgetExceeded: When it is.
    """
    for budget in budgets():
        budget.check_time()


@contextmanager
def spending(budget: Budget) -> Iterator[Budget]:
    """Count the calls of the block, and of the threads it maps over, in `budget` too."""
    token = _limits.set((*_limits.get(), budget))
    try:
        yield budget
    finally:
        _limits.reset(token)
