"""`%compile`."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

from nbdspy import configuration, events
from nbdspy.errors import NotConfigured
from nbdspy.models import Request
from nbdspy.modules import Predict
from nbdspy.optimizers import Plan, Result
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell


class Interrupting:
    """Answers right once it has seen demonstrations; interrupts at a call of one's choice."""

    def __init__(self) -> None:
        self.at = 10**9
        self.raises: BaseException = KeyboardInterrupt()
        self.calls = 0

    def __call__(self, request: Request) -> str:
        self.calls += 1
        if self.calls == self.at:
            raise self.raises
        messages = list(request.messages or ())
        number = int(str(messages[-1]["content"]).split("]]")[1].split()[0])
        right = "odd" if number % 2 else "even"
        return chat_text({"answer": right if len(messages) > 2 else "even"})


@pytest.fixture
def model() -> Interrupting:
    return Interrupting()


@pytest.fixture
def ready(shell: Shell, model: Interrupting) -> Shell:
    configuration.configure(lm=FakeLM(model), num_threads=1)
    shell.run("%signature Parity number -> answer;")
    shell.run(
        "def table(*numbers):\n"
        "    return [{'number': str(n), 'answer': 'odd' if n % 2 else 'even'} for n in numbers]\n"
        "train, val, test = table(*range(10)), table(*range(20, 30)), table(*range(30, 40))\n"
    )
    return shell


COMPILE = "%compile Parity --data train --val val --metric exact_match --with random_search"


def test_the_best_program_is_bound_and_the_result_drawn_once(ready: Shell) -> None:
    result = ready.run(f"{COMPILE} --out helper")

    assert isinstance(result, Result)
    assert ready.user_ns["helper"] is result.best
    assert ready.user_ns["_"] is result
    assert (result.base_score, result.score) == (0.5, 1.0)
    assert len(ready.shown) == 1
    assert ready.user_ns["helper"](number="7").answer == "odd"
    assert not events._here.get().ears  # only the runs that are kept for %trace are listened to from now on


def test_the_name_is_told(ready: Shell) -> None:
    ready.run(f"{COMPILE} --out helper")
    assert ready.text.endswith("-> helper")

    result = ready.run(COMPILE)

    assert ready.user_ns["Parity_compiled"] is result.best
    assert ready.text.endswith("-> Parity_compiled")


def test_a_body_holds_the_optimizers_options(ready: Shell) -> None:
    ready.run("few = 2")

    result = ready.run(
        "%%compile Parity --data train --val val --with random_search --test test\n"
        "# of the optimizer\n\nnum_candidate_programs = few  # not many\nmax_bootstrapped_demos = 1\n"
    )

    assert result.held_out is not None
    assert len(result.tried) <= 5


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("num_candidates: 3", "This is no setting. Write `name = value`."),
        ("num_candidate_programs = fwe", "'fwe' is no value and no variable. Did you mean few?"),
        ("num_candidate_program = 3", "Did you mean num_candidate_programs?"),
    ],
)
def test_a_wrong_option_is_told(body: str, message: str, ready: Shell) -> None:
    ready.run("few = 2")

    lines = ready.fail(f"%%compile Parity --data train --val val\n{body}\n")

    assert message in "\n".join(lines)
    assert len(lines) <= 3


def test_a_plan_sends_nothing(ready: Shell, model: Interrupting) -> None:
    plan = ready.run(f"{COMPILE} --plan --max-calls 100 --threads 2")

    assert isinstance(plan, Plan)
    assert model.calls == 0
    assert len(ready.shown) == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("%compile Parity --val val", "%compile needs training examples."),
        ("%compile Parity --data train --with randm_search", "Did you mean random_search?"),
        ("%compile Party --data train", "Did you mean Parity?"),
        ("%compile Parity --data {train[:0]}", "empty"),
    ],
)
def test_a_mistake_is_short(line: str, message: str, ready: Shell) -> None:
    lines = ready.fail(line)

    assert message in "\n".join(lines)
    assert len(lines) <= 3


@pytest.mark.parametrize("option", ["--with randm_search", "--metric exact_mach"])
def test_a_misspelt_name_is_pointed_at(option: str, ready: Shell) -> None:
    _, text, caret = ready.fail(f"%compile Parity --data train {option}")

    name = option.split()[1]
    assert caret.index("^") == text.index(name)
    assert caret.count("^") == len(name)


def test_what_the_card_warns_of_is_not_warned_of_again(ready: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    result = ready.run("%compile Parity --data train --val train --out helper")

    (said,) = result.warnings
    assert ready.text.count(said) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("at", "improved"), [(1, False), (5, False), (12, False), (25, True), (33, True), (45, True)])
def test_an_interrupt_at_any_call_binds_the_best_so_far(
    at: int, improved: bool, ready: Shell, model: Interrupting
) -> None:  # fmt: skip
    model.at = at

    lines = ready.fail(f"{COMPILE} --test test --out helper")

    assert lines[0].startswith("Stopped: ")
    assert lines[0].endswith("helper holds it.")
    assert len(lines) <= 3
    assert isinstance(ready.user_ns["helper"], Predict)
    assert len(ready.shown) == 1
    assert ready.user_ns["helper"] is ready.raised.result.best
    model.at = 10**9
    assert ready.run("helper(number='8')").answer == "even"
    assert ready.run("helper(number='7')").answer == ("odd" if improved else "even")


def test_an_error_late_in_a_search_stays_an_error_and_the_best_is_bound(ready: Shell, model: Interrupting) -> None:
    model.at, model.raises = 33, NotConfigured("The key expired.")

    lines = ready.fail(f"{COMPILE} --out helper")

    assert lines[0] == "NotConfigured: The key expired."
    assert lines[1].endswith("helper holds the program.")
    assert len(lines) <= 3
    assert ready.user_ns["helper"] is ready.raised.result.best
    assert len(ready.shown) == 1
    assert "stopped: NotConfigured: The key expired." in ready.text
    model.at = 10**9
    assert ready.run("helper(number='7')").answer == "odd"


def test_an_interrupt_before_the_search_binds_what_went_in(ready: Shell, model: Interrupting) -> None:
    ready.run("class Pressed(list):\n    def __iter__(self):\n        raise KeyboardInterrupt\nval = Pressed(val)\n")

    lines = ready.fail(f"{COMPILE} --out helper")

    assert lines == ["Stopped: Nothing was scored yet; helper is the program that went in."]
    assert model.calls == 0
    assert ready.run("helper(number='8')").answer == "even"


def test_a_limit_ends_the_search_with_the_best_so_far(ready: Shell) -> None:
    result = ready.run(f"{COMPILE} --max-calls 15 --out helper")

    assert result.stopped is not None
    assert ready.user_ns["helper"] is result.best


def test_an_import_that_outlasts_a_search_is_as_quiet_as_before(ready: Shell) -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        ready.run(COMPILE)
        warnings.warn("Using `tqdm.autonotebook.tqdm` in notebook mode.", stacklevel=1)  # as the import of Optuna does
        warnings.warn("something else", stacklevel=1)

    assert [str(each.message) for each in heard] == ["something else"]
