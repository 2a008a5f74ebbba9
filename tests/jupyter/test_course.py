"""How far a run is, in the words and the bar of its card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nbdspy import events
from nbdspy.configuration import context
from nbdspy.jupyter.course import Course
from nbdspy.models import Reply, Request
from nbdspy.optimizers import compile
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.views.progress import Progress, card

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell

TRAIN, VAL, TEST = (
    [{"number": str(n), "answer": "odd" if n % 2 else "even"} for n in numbers]
    for numbers in (range(30), range(30, 80), range(80, 110))
)


def answer(request: Request) -> Reply:
    return Reply(texts=(chat_text({"answer": "even"}),), cost=0.0)


def course_of(**arguments: Any) -> list[Progress]:
    """The states that a compile goes through, one a second."""
    seconds = iter(range(10**6))
    course = Course("Parity", clock=lambda: float(next(seconds)))
    states: list[Progress] = []

    def hear(event: events.Event) -> None:
        if course.hear(event):
            states.append(course.progress)

    with context(lm=FakeLM(answer), num_threads=1), events.listening(hear):
        compile("number -> answer", data=TRAIN, val=VAL, options={"num_candidate_programs": 3}, **arguments)
    return states


def test_a_bootstrap_counts_its_examples_and_traces_beside_what_is_scored() -> None:
    states = course_of()

    fifth = next(state for state in states if state.counted.startswith("5 of"))
    assert (fifth.done, fifth.total) == (5 + 100, 30 + 100)
    assert fifth.counted == "5 of 30 examples · 3 of 12 traces kept · 2 of 2 programs · 50 of 50 examples"
    assert "105 of at most 330 calls" in fifth.facts


def test_a_search_counts_programs_and_the_examples_of_each_and_never_goes_back() -> None:
    states = [state for state in course_of() if "of 4 programs ·" in state.counted]

    assert states[20].counted == "1 of 4 programs · 10 of 50 examples"
    assert {state.total for state in states} == {200}
    shares = [state.done for state in states]
    assert shares == sorted(shares)
    last = card(states[-1]).text
    assert last.startswith("Parity · scoring candidates · 4 of 4 programs · 50 of 50 examples · best 50 %")


def test_the_comparison_on_test_data_has_a_course_of_its_own() -> None:
    held_out = [state for state in course_of(test=TEST) if state.doing == "scoring on test examples"]

    assert held_out[-1].counted == "1 of 1 program · 30 of 30 examples"
    assert held_out[-1].done == held_out[-1].total == 30


@pytest.mark.parametrize("mode", ["live", "lines"])
def test_a_limit_that_is_too_small_is_said_before_the_first_call(
    mode: str, shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NBDSPY_MODE", mode)
    said_at_first_call: list[str] = []

    def look(request: Request) -> Reply:
        said_at_first_call.append(str(shell.shown) + capsys.readouterr().err)
        return answer(request)

    shell.user_ns |= {"train": TRAIN, "val": VAL, "model": FakeLM(look)}
    shell.run("%lm {model};")

    result = shell.run("%compile number->answer --data train --val val --max-calls 20 --threads 1 --out helper")

    doubt = "20 calls are used up before anything is scored"
    assert any(doubt in said for said in said_at_first_call[:2])
    assert any(doubt in warning for warning in result.warnings)
    assert "it takes 50 to score the program that goes in" in shell.text


def test_an_evaluation_says_what_it_does(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBDSPY_MODE", "live")
    cards: list[str] = []

    def look(request: Request) -> Reply:
        cards.append(shell.shown[0]["text/html"])
        return answer(request)

    shell.user_ns |= {"rows": VAL[:3], "model": FakeLM(look)}
    shell.run("%lm {model};")
    shell.run("%evaluate number->answer --data rows --threads 1")

    assert all("scoring by exact_match" in card for card in cards)
    assert not any("starting" in card for card in cards)
