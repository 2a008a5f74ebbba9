"""Budgets: limits are hard for calls whatever the threads, and only what was spent is counted."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from nbdspy.errors import BudgetExceeded, SettingsError, UsageError
from nbdspy.models import Budget, Reply, Usage, spending
from nbdspy.models.budget import Limit, Spent
from nbdspy.models.embedder import Embedder
from nbdspy.models.tallies import KernelBudget, of_environment
from nbdspy.runtime import map_threads
from nbdspy.testing import FakeLM


def test_a_limit_of_calls_is_never_passed_by_eight_threads() -> None:
    lm = FakeLM(lambda request: "42")

    with spending(Budget(calls=100)) as budget:
        done = list(map_threads(lambda number: lm(f"question {number}"), range(400), threads=8))

    refused = [one for one in done if isinstance(one.error, BudgetExceeded)]
    assert len(lm.requests) == budget.spent.calls == 100
    assert len(refused) == 300


def test_the_refusal_says_the_limit_and_what_to_do() -> None:
    with (
        spending(Budget(calls=0)),
        pytest.raises(
            BudgetExceeded,
            match=r"limit of 0 calls is reached\. Budget\(calls=0\) sets it: give it more, or None for no limit\.",
        ),
    ):
        FakeLM(lambda request: "42")("anything")


def test_money_stops_the_next_call() -> None:
    lm = FakeLM(lambda request: Reply(texts=("42",), cost=0.4))

    with spending(Budget(usd=1.0)) as budget:
        for _ in range(3):
            lm("anything")
        with pytest.raises(BudgetExceeded, match=r"\$1\.00 is spent \(\$1\.20\)\. Budget\(usd=1\.0\) sets it"):
            lm("anything")

    assert budget.spent.cost == pytest.approx(1.2)


def test_a_price_that_is_not_known_stops_the_next_call_where_money_is_limited() -> None:
    lm = FakeLM(lambda request: Reply(texts=("42",), cost=None))

    with spending(Budget(usd=1.0, calls=5)) as budget:
        lm("anything")
        with pytest.raises(BudgetExceeded, match=r"not known, so the budget of \$1\.00 cannot .* limit the calls"):
            lm("anything")

    assert (budget.spent.calls, budget.spent.unpriced) == (1, 1)


def test_a_price_that_is_not_known_matters_only_to_a_limit_of_money() -> None:
    lm = FakeLM(lambda request: Reply(texts=("42",), cost=None))

    with spending(Budget(calls=5)) as budget:
        for _ in range(5):
            lm("anything")

    assert budget.spent.unpriced == 5


def test_a_reply_that_is_there_already_needs_no_price() -> None:
    lm = FakeLM(lambda request: Reply(texts=("42",), cost=None), cache=True)
    lm("anything that was not asked elsewhere")

    with spending(Budget(usd=1.0)) as budget:
        for _ in range(3):
            lm("anything that was not asked elsewhere")

    assert budget.spent.cached == 3


def test_a_model_that_tells_of_no_tokens_is_stopped_where_tokens_are_limited() -> None:
    lm = FakeLM(lambda request: Reply(texts=("42",), cost=0.0, usage=Usage()))

    with spending(Budget(tokens=1000)) as budget:
        lm("anything")
        with pytest.raises(BudgetExceeded, match=r"does not say how many tokens .* limit of 1,000 .* limit the calls"):
            lm("anything")

    assert budget.spent.calls == 1


def test_a_function_that_makes_vectors_needs_no_tokens() -> None:
    lengths = Embedder(lambda texts: [[len(text), 1.0] for text in texts], caching=False)

    with spending(Budget(tokens=1000)) as budget:
        lengths(["a"])
        lengths(["bc"])

    assert budget.spent.calls == 2


def test_time_stops_the_next_call() -> None:
    lm = FakeLM(lambda request: "42")

    with spending(Budget(seconds=0.05)):
        lm("anything")
        threading.Event().wait(0.06)
        with pytest.raises(BudgetExceeded, match=r"time of 0\.05 s is over\. Budget\(seconds=0\.05\) sets it"):
            lm("anything")


def test_a_call_that_an_inner_limit_refuses_does_not_use_up_the_outer_one() -> None:
    lm = FakeLM(lambda request: "42")

    with spending(Budget(calls=3)):
        with spending(Budget(calls=1)):
            lm("anything")
            for _ in range(5):
                with pytest.raises(BudgetExceeded):
                    lm("anything")
        lm("anything")
        lm("anything")
        with pytest.raises(BudgetExceeded):
            lm("anything")

    assert len(lm.requests) == 3


def test_a_call_that_failed_counts_against_the_limit_but_not_as_answered() -> None:
    lm = FakeLM(lambda request: str(1 / 0))

    with spending(Budget(calls=1)) as budget:
        with pytest.raises(ZeroDivisionError):
            lm("anything")
        with pytest.raises(BudgetExceeded):
            lm("anything")

    assert budget.spent == Spent()


def test_cached_replies_are_free() -> None:
    lm = FakeLM(lambda request: Reply(texts=("42",), cost=0.4, usage=Usage(prompt=1)), cache=True, model="only-here")

    with spending(Budget(calls=1)) as budget:
        for _ in range(5):
            lm("anything")

    assert budget.spent == Spent(calls=1, cached=4, cost=0.4, usage=Usage(prompt=1))


def test_a_call_of_unknown_price_is_counted_as_such() -> None:
    with spending(Budget()) as budget:
        FakeLM(lambda request: Reply(texts=("42",), cost=None))("anything")
        FakeLM(lambda request: Reply(texts=("42",), cost=0.0))("anything")

    assert (budget.spent.calls, budget.spent.unpriced, budget.spent.cost) == (2, 1, 0.0)


def test_a_budget_ends_with_its_block() -> None:
    with spending(Budget()) as budget:
        pass

    FakeLM(lambda request: "42")("anything")

    assert budget.spent.calls == 0


@pytest.mark.parametrize(
    ("limit", "named"),
    [({"calls": -3}, "calls"), ({"usd": "1"}, "usd"), ({"usd": True}, "usd"), ({"seconds": float("nan")}, "seconds")],
)
def test_a_limit_that_is_none_is_refused(limit: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError, match=f"^{named} cannot be "):
        Budget(**limit)


def test_time_that_is_paused_does_not_count() -> None:
    budget = Budget(seconds=0.2)
    budget.admit()

    for _ in range(3):
        budget.pause()
        budget.pause()  # which changes nothing
        time.sleep(0.15)
        budget.admit()  # what was out may end
        budget.resume()
        budget.resume()

    budget.admit()
    time.sleep(0.2)
    with pytest.raises(BudgetExceeded, match=r"The time of 0\.2 s is over"):
        budget.admit()


def test_time_that_begins_in_a_pause_counts_from_its_end() -> None:
    budget = Budget(seconds=0.1)
    budget.pause()
    budget.admit()
    time.sleep(0.15)
    budget.resume()

    budget.admit()


def test_the_environment_limits_the_whole_process() -> None:
    budget = of_environment({"NBDSPY_BUDGET_USD": "0.5", "NBDSPY_MAX_CALLS": "3"})

    assert budget is not None
    assert (budget.usd, budget.calls) == (0.5, 3)
    assert of_environment({}) is None


@pytest.mark.parametrize(
    ("variable", "value"),
    [("NBDSPY_BUDGET_USD", "nan"), ("NBDSPY_BUDGET_USD", "-1"), ("NBDSPY_MAX_CALLS", "0"), ("NBDSPY_MAX_CALLS", "1.5")],
)
def test_a_variable_that_cannot_be_meant_is_told(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{variable} is '{value}'. Set it to a .*number (above|from) 0"):
        of_environment({variable: value})


def test_a_cell_cannot_take_away_what_the_environment_allows() -> None:
    cell = (
        "import os; os.environ.pop('NBDSPY_MAX_CALLS')\n"
        "from nbdspy.testing import FakeLM\n"
        "lm = FakeLM(lambda request: '42')\n"
        "for number in range(5): print(lm(f'question {number}'), flush=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", cell], env={**os.environ, "NBDSPY_MAX_CALLS": "2"}, capture_output=True, text=True
    )

    assert done.stdout.count("42") == 2
    assert "This kernel's limit of 2 calls is reached" in done.stderr


def test_what_is_replayed_counts_for_a_notebooks_limits_and_not_for_the_environments() -> None:
    notebooks, environments = KernelBudget(usd=1.0), of_environment({"NBDSPY_BUDGET_USD": "1"})
    assert environments is not None

    for budget in (notebooks, environments):
        budget.count(Reply(texts=("42",), cost=2.0, recorded=True))

    environments.admit()
    with pytest.raises(BudgetExceeded, match=r"This kernel's budget of \$1\.00 is spent \(\$2\.00\)\. %config"):
        notebooks.admit()


def test_where_nothing_may_be_paid_only_what_is_free_is_asked() -> None:
    budget = of_environment({"NBDSPY_BUDGET_USD": "0"})
    assert budget is not None

    budget.admit(is_free=True)
    with pytest.raises(BudgetExceeded, match=r"This kernel's budget lets nothing be paid\. NBDSPY_BUDGET_USD sets it"):
        budget.admit()

    budget = Budget(usd=1.0)
    budget.count(Reply(texts=("42",), cost=2.0))
    with pytest.raises(BudgetExceeded, match="is spent"):
        budget.admit(is_free=True)


def test_who_set_a_limit_is_told() -> None:
    budget = of_environment({"NBDSPY_BUDGET_USD": "1"})
    assert budget is not None
    budget.count(Reply(texts=("42",), cost=None))

    with pytest.raises(BudgetExceeded, match=r"so this kernel's budget of \$1\.00 cannot be kept\. NBDSPY_BUDGET_USD"):
        budget.admit()


def test_a_kernels_limit_says_how_it_is_raised_and_by_whom() -> None:
    kernel, environment = KernelBudget(), of_environment({"NBDSPY_MAX_CALLS": "1"})
    assert environment is not None
    environment.admit()

    kernel.limit(usd=None, calls=0)
    with pytest.raises(BudgetExceeded, match=r"%config NbDspy\.max_calls sets it: %config NbDspy\.max_calls = … sets"):
        kernel.admit()
    kernel.limit(usd=0.0, calls=None, set_by={"budget_usd": "[tool.nbdspy] in pyproject.toml"})
    with pytest.raises(BudgetExceeded, match=r"\[tool\.nbdspy\] in pyproject\.toml sets it: %config NbDspy"):
        kernel.admit()
    kernel.limit(usd=1.0, calls=None)
    kernel.count(Reply(texts=("42",), cost=None))
    with pytest.raises(BudgetExceeded, match=r"NbDspy\.budget_usd = None, and limit the calls: %config"):
        kernel.admit()
    with pytest.raises(BudgetExceeded, match=r"NBDSPY_MAX_CALLS sets it when the kernel starts; no notebook can raise"):
        environment.admit()


def test_the_nearest_limit_is_the_one_of_which_most_is_used() -> None:
    budget = Budget(usd=1.0, calls=100, tokens=1_000)

    budget.admit()
    budget.count(Reply(texts=("x",), cost=0.42, usage=Usage(prompt=100, completion=20)))

    assert budget.nearest == Limit(of="usd", used=0.42, most=1.0)
    assert budget.nearest.left == pytest.approx(0.58)
    assert Budget().nearest is None
    assert Budget(calls=0, usd=1.0).nearest == Limit(of="calls", used=0, most=0)


def test_a_limit_that_cannot_be_kept_is_the_nearest() -> None:
    budget = Budget(usd=1.0, calls=2)

    budget.admit()
    budget.count(Reply(texts=("x",), cost=None))

    assert budget.nearest == Limit(of="usd", used=0.0, most=1.0, is_known=False)
