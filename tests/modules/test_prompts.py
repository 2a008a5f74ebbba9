"""What is shown is what is sent."""

from __future__ import annotations

from typing import Any

import pytest

from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import UsageError
from nbdspy.modules import ChainOfThought, Module, Predict, prompt
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

DEMO = Example(question="Is ice cold?", answer="yes")
SEVERAL = [DEMO, {"question": "And fire?"}, {"answer": "no", "question": "Fire?"}]


def chat() -> FakeLM:
    return FakeLM(lambda request: chat_text({"query": "q", "reasoning": "r", "answer": "42"}))


def completion() -> FakeLM:
    return FakeLM(lambda request: " because.\nAnswer: 42", prefers="completion")


class Search(Module):
    def __init__(self) -> None:
        self.search = Predict("question -> query")
        self.answer = ChainOfThought("context, question -> answer")

    def forward(self, question: str, k: int = 3) -> Any:
        query = self.search(question=question).query
        return self.answer(context=query * k, question=question)


@pytest.mark.parametrize("lm", [chat(), completion()], ids=["chat", "completion"])
@pytest.mark.parametrize("demos", [[], [DEMO], SEVERAL])
def test_what_is_shown_is_what_is_sent(lm: FakeLM, demos: list[Any]) -> None:
    ask = Predict("question -> reasoning, answer")
    ask.demos = demos

    with context(lm=lm):
        (shown,) = prompt(ask, question="Is fire?").parts
        ask(question="Is fire?")

    sent = lm.requests[-1]
    assert (shown.messages, shown.text) == (sent.messages, sent.prompt)
    assert (shown.predictor, shown.open) == ("self", ())


@pytest.mark.parametrize("lm", [chat(), completion()], ids=["chat", "completion"])
def test_it_follows_every_change_of_the_demos(lm: FakeLM) -> None:
    ask = ChainOfThought("question -> answer")
    ask.predict.demos = [DEMO.copy()]
    changes: list[Any] = [
        lambda demos: demos.append(Example(question="And steam?", answer="NO")),
        lambda demos: demos[0].__setitem__("answer", "CERTAINLY"),
        lambda demos: demos.pop(),
        lambda demos: demos.clear(),
    ]
    seen = []

    with context(lm=lm):
        for change in changes:
            change(ask.predict.demos)
            (shown,) = prompt(ask, question="Is fire?").parts
            ask(question="Is fire?")
            assert (shown.messages, shown.text) == (lm.requests[-1].messages, lm.requests[-1].prompt)
            seen.append(str(shown))

    assert len(set(seen)) == len(changes)


def test_it_follows_the_instruction_and_the_model() -> None:
    ask, chatty, plain = Predict("question -> answer"), chat(), completion()
    ask.signature = ask.signature.with_instructions("Be brief.")

    with context(lm=chatty):
        assert "Be brief." in str(prompt(ask, question="x"))
        (shown,) = prompt(ask, lm=plain, question="x").parts

    assert (shown.adapter, shown.messages) == ("completion", None)


def test_nothing_is_sent() -> None:
    lm = chat()

    with context(lm=lm):
        prompt(Search(), question="x")

    assert not lm.requests


def test_no_model_is_needed() -> None:
    with context(lm=None):
        (shown,) = prompt("question -> answer", question="x").parts

    assert shown.adapter == "chat"


def test_inputs_that_come_from_another_predictor_stand_open() -> None:
    shown = prompt(Search(), question="Why?")

    search, answer = shown.parts
    assert (search.predictor, search.open) == ("search", ())
    assert (answer.predictor, answer.open) == ("answer.predict", ("context",))
    assert "[[ ## context ## ]]\n{context}\n\n[[ ## question ## ]]\nWhy?" in answer.messages[-1]["content"]


def test_every_predictor_of_a_program_sends_what_is_shown() -> None:
    lm, program = chat(), Search()

    with context(lm=lm):
        shown = prompt(program, question="Why?", context="qqq")
        program(question="Why?")

    assert [part.messages for part in shown.parts] == [request.messages for request in lm.requests]


def test_inputs_that_are_not_given_stand_open_whatever_their_type() -> None:
    (shown,) = prompt("limit: int, tags: list[str] -> answer").parts

    assert shown.open == ("limit", "tags")
    assert "[[ ## limit ## ]]\n{limit}\n\n[[ ## tags ## ]]\n{tags}" in shown.messages[-1]["content"]


def test_an_input_of_the_program_that_no_predictor_takes_is_fine() -> None:
    assert prompt(Search(), question="Why?", k=2) == prompt(Search(), question="Why?")


@pytest.mark.parametrize("program", ["question -> answer", ChainOfThought("question -> answer"), Search()])
def test_an_input_that_nobody_takes_is_refused_with_the_close_one(program: Any) -> None:
    with pytest.raises(UsageError, match=r"takes no input 'qestion'.*Did you mean question\?"):
        prompt(program, qestion="Why?")


def test_a_prompt_reads_as_text_with_headings_only_where_there_are_several() -> None:
    one, several = str(prompt("question -> answer", question="Why?")), str(prompt(Search(), question="Why?"))

    assert one.startswith("[system]\n")
    assert "\n[user]\n[[ ## question ## ]]\nWhy?" in one
    assert "--- search ---" in several
    assert "--- answer.predict ---" in several


def test_the_difference_of_two_prompts_shows_what_was_added() -> None:
    plain, shown = Predict("question -> answer"), Predict("question -> answer")
    shown.demos = [DEMO]

    difference = prompt(plain, question="x").diff(prompt(shown, question="x"))

    assert "+Is ice cold?" in difference.splitlines()
    assert not [line for line in difference.splitlines() if line.startswith("-") and not line.startswith("---")]
    assert prompt(plain, question="x").diff(prompt(plain, question="x")) == ""
