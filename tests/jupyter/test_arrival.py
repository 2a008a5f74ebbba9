"""An answer while it is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

import nbdspy
from nbdspy.configuration import context
from nbdspy.jupyter.arrival import Arrival
from nbdspy.jupyter.preferences import NbDspy
from nbdspy.jupyter.screen import Screen
from nbdspy.models import Reply, Request, Usage
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.views.arriving import Arriving, Asked, card

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell

QUESTION = {"question": "Why?"}
ANSWER = nbdspy.Predict("question -> answer")


class Told:
    """A shell's page with everything that it has shown, and a clock that goes on with each look."""

    def __init__(self, shell: Shell, seconds: float = 0.125) -> None:
        self._shell = shell
        self._now, self._seconds = 0.0, seconds
        shell.published.clear()

    @property
    def texts(self) -> list[str]:
        return [bundle["text/plain"] for bundle in self._shell.published]

    @property
    def pages(self) -> list[str]:
        return [bundle["text/html"] for bundle in self._shell.published]

    @property
    def html(self) -> str:
        html: str = self._shell.published[-1]["text/html"]
        return html

    def clock(self) -> float:
        self._now += self._seconds
        return self._now

    def arrival(self, title: str = "QA") -> Arrival:
        return Arrival(Screen(self._shell, NbDspy(self._shell)), title, clock=self.clock)


@pytest.fixture
def live(bare_shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("NBDSPY_MODE", "live")
    bare_shell.shown.clear()
    return bare_shell


def watched(told: Told, program: Any, lm: FakeLM) -> Any:
    arrival = told.arrival()
    with context(lm=lm), arrival.watching(program):
        prediction = program(**QUESTION)
    arrival.finish(prediction, prediction)
    return prediction


def test_outputs_grow_in_their_places(live: Shell) -> None:
    told = Told(live)

    watched(
        told, nbdspy.ChainOfThought("question -> answer"), FakeLM(chat_text({"reasoning": "so it is", "answer": "42"}))
    )

    assert told.texts == [
        "QA · asking fake",
        "QA · writing · predict\nreasoning: so",
        "QA · writing · predict\nreasoning: so it",
        "QA · writing · predict\nreasoning: so it is",
        "QA · writing · predict\nreasoning: so it is",
        "QA · writing · predict\nanswer: 42\nreasoning: so it is",
        "QA · writing · predict\nanswer: 42\nreasoning: so it is",
        "QA · writing · predict\nanswer: 42\nreasoning: so it is",
        "Prediction(reasoning='so it is', answer='42')",
    ]
    assert len(live.shown) == 1


def test_a_page_is_not_drawn_more_often_than_ten_times_a_second(live: Shell) -> None:
    told = Told(live, seconds=0.001)

    watched(told, nbdspy.Predict("question -> answer"), FakeLM(chat_text({"answer": "word " * 500})))

    assert 3 <= len(told.texts) <= 10


def test_what_replaces_a_reply_that_could_not_be_read_is_shown_instead(live: Shell) -> None:
    told, replies = Told(live), iter([chat_text({"answer": "forty two"}), '{"reasoning": "so", "answer": "42"}'])

    watched(told, nbdspy.ChainOfThought("question -> answer"), FakeLM(lambda request: next(replies)))

    assert "QA · writing · predict\nanswer: forty two" in told.texts
    assert told.texts[-2] == "QA · writing · predict\nanswer: 42\nreasoning: so"


def test_the_next_predictors_outputs_take_the_place_of_the_lasts(live: Shell) -> None:
    class Two(nbdspy.Module):
        def __init__(self) -> None:
            self.first, self.second = nbdspy.Predict("question -> query"), nbdspy.Predict("query -> answer")

        def forward(self, question: str) -> Any:
            return self.second(query=self.first(question=question).query)

    def answer(request: Request) -> str:
        return chat_text({"query": "q"} if "query" in str(request.messages[-1]).split("Answer")[1] else {"answer": "a"})

    told = Told(live)
    watched(told, Two(), FakeLM(answer))

    assert "QA · writing · first\nquery: q" in told.texts
    assert told.texts[-2] == "QA · writing · second\nanswer: a"


def test_the_prompt_that_was_sent_is_behind_a_closed_click(live: Shell) -> None:
    told = Told(live)

    watched(told, nbdspy.Predict("question -> answer"), FakeLM(chat_text({"answer": "42"})))

    first: str = told.pages[0]
    assert "exactly as sent to fake" in first
    assert "Why?" in first
    assert "<details open" not in first


def test_of_several_steps_the_prompt_of_the_last_is_shown(live: Shell) -> None:
    class Two(nbdspy.Module):
        def __init__(self) -> None:
            self.first, self.second = nbdspy.Predict("question -> query"), nbdspy.Predict("query -> answer")

        def forward(self, question: str) -> Any:
            return self.second(query=self.first(question=question).query)

    replies = iter([chat_text({"query": "the query asked"}), chat_text({"answer": "a"})])
    told = Told(live)
    watched(told, Two(), FakeLM(lambda request: next(replies)))

    assert ">Prompt<" in told.pages[0]
    assert ">Prompt 2<" in told.pages[-2]
    assert "Why?" not in told.pages[-2]
    assert "the query asked" in told.pages[-2]


def test_calls_tokens_and_cost_are_counted_while_it_goes_on(live: Shell) -> None:
    reply = Reply(texts=(chat_text({"answer": "42"}),), cost=0.02, usage=Usage(prompt=100, completion=20))
    told = Told(live)

    watched(told, nbdspy.Predict("question -> answer"), FakeLM(lambda request: reply))

    assert "$0.02" not in told.pages[0]
    assert all(fact in told.pages[-2] for fact in ("1 call", "120 tokens", "$0.02"))


def test_a_tool_at_work_is_seen_with_what_it_was_given_and_then_with_what_it_gave(live: Shell) -> None:
    def height(mountain: str) -> str:
        """How high a mountain is."""
        if mountain == "none":
            raise ValueError("no such mountain")
        return "4,478 m"

    class Looked(nbdspy.Module):
        def __init__(self) -> None:
            self.tool, self.answer = nbdspy.Tool(height), nbdspy.Predict("question -> answer")

        def forward(self, question: str) -> Any:
            self.answer(question=question)
            self.tool(mountain="Matterhorn")
            self.tool(mountain="none")

    told = Told(live)
    program, lm = Looked(), FakeLM(chat_text({"answer": "42"}))
    with context(lm=lm), pytest.raises(ValueError, match="no such"), told.arrival().watching(program):
        program(**QUESTION)

    at_work = next(page for page in told.pages if "Matterhorn" in page)
    assert "calling height" in at_work
    assert "at work" in at_work
    assert any("4,478 m" in page and "at work" not in page for page in told.pages)
    assert "ValueError: no such mountain" in told.pages[-1]


def test_a_long_prompt_is_cut_so_that_it_can_be_sent_with_each_update(live: Shell) -> None:
    told = Told(live)
    with context(lm=FakeLM(chat_text({"answer": "42"}))), told.arrival().watching(ANSWER):
        ANSWER(question="so " * 200_000)

    assert "characters, the first" in told.pages[0]
    assert all(len(page.encode()) < 20_000 for page in told.pages)


def test_of_a_long_conversation_the_last_messages_are_shown() -> None:
    messages = [{"role": "user", "content": f"message {number}."} for number in range(200)]
    page = card(Arriving(program="QA", answers={}, asked=Asked(request=Request(model="small", messages=messages))))

    assert "… 184 earlier messages not shown" in page.html()
    assert "message 199." in page.html()
    assert "message 183." not in page.html()


def test_what_a_model_writes_is_text(live: Shell) -> None:
    told = Told(live)
    arrival = told.arrival("<b>QA</b>")
    program = nbdspy.Predict("question -> answer")

    with context(lm=FakeLM(chat_text({"answer": "<script>alert(1)</script>"}))), arrival.watching(program):
        program(**QUESTION)

    assert "<script>" not in told.html
    assert "&lt;script&gt;" in told.html
    assert not re.search("<b>QA", told.html)


@pytest.mark.parametrize("mode", ["static", "lines"])
def test_without_a_page_nothing_is_shown_and_nothing_is_streamed(
    mode: str, bare_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBDSPY_MODE", mode)
    bare_shell.shown.clear()
    told = Told(bare_shell)
    program = nbdspy.Predict("question -> answer")
    with context(lm=FakeLM(chat_text({"answer": "42"}))), told.arrival().watching(program):
        program(**QUESTION)

    assert told.texts == []
    assert bare_shell.shown == []
