"""Models without a model."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nbdspy.adapters import ChatAdapter, JSONAdapter, XMLAdapter
from nbdspy.configuration import context
from nbdspy.data import Example, Prediction
from nbdspy.errors import ParseError, UsageError
from nbdspy.models import Reply
from nbdspy.modules import Predict
from nbdspy.runtime import map_threads
from nbdspy.testing import DummyLM, FakeLM
from nbdspy.testing.fake import chat_text

PEER = Path(__file__).parents[2] / ".venv" / "peer" / "bin" / "python"


def test_a_fake_answers_by_its_function_and_remembers_what_it_was_asked() -> None:
    lm = FakeLM(lambda request: f"you said {request.messages[-1]['content']}")

    assert lm("hello") == ["you said hello"]
    assert asyncio.run(lm.acall("there")) == ["you said there"]
    assert [request.messages[-1]["content"] for request in lm.requests] == ["hello", "there"]


def test_a_fake_may_give_a_whole_reply_or_raise() -> None:
    assert FakeLM(lambda request: Reply(texts=("a", "b")))("x") == ["a", "b"]

    def broken(request: Any) -> str:
        raise RuntimeError("out of order")

    with pytest.raises(RuntimeError, match="out of order"):
        FakeLM(broken)("x")


def test_a_fake_gives_as_many_completions_as_asked() -> None:
    assert FakeLM(lambda request: "x")("hello", n=3) == ["x", "x", "x"]


def test_every_call_reaches_a_fake_unless_it_may_cache() -> None:
    always, once = FakeLM(lambda request: "always"), FakeLM(lambda request: "once", model="cached-fake", cache=True)

    for lm in (always, once):
        lm("the same")
        lm("the same")

    assert (len(always.requests), len(once.requests)) == (2, 1)


def test_a_fakes_settings_are_those_of_any_model() -> None:
    lm = FakeLM(lambda request: "x", temperature=0.5, top_p=0.9)

    lm("hello")
    lm.copy(temperature=0.1)("hello")

    assert [(request.temperature, request.options) for request in lm.requests] == [
        (0.5, {"top_p": 0.9}),
        (0.1, {"top_p": 0.9}),
    ]


@pytest.mark.parametrize("text", ["", "one", "two words", "  with\nall  its spaces \n"])
def test_a_streamed_reply_comes_in_pieces_that_make_up_the_whole(text: str) -> None:
    lm = FakeLM(lambda request: text)
    stream, pieces = lm.stream(lm.request(prompt="x")), []

    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as stop:
            reply = stop.value
            break

    assert "".join(pieces) == reply.text == text


def test_a_task_gets_the_same_pieces_and_then_the_reply() -> None:
    lm = FakeLM(lambda request: "two words")

    async def read() -> list[str | Reply]:
        return [piece async for piece in lm.astream(lm.request(prompt="x"))]

    *pieces, reply = asyncio.run(read())

    assert pieces == ["two ", "words"]
    assert isinstance(reply, Reply)
    assert reply.text == "two words"


def test_a_fake_is_safe_to_ask_from_many_threads() -> None:
    lm = FakeLM(lambda request: "x")

    list(map_threads(lambda number: lm(str(number)), range(200), threads=8))

    assert len(lm.requests) == 200


def test_a_list_is_used_up_in_order() -> None:
    ask = Predict("question -> answer")

    with context(lm=DummyLM([{"answer": "red"}, {"answer": "blue"}])):
        said = [ask(question="What colour?").answer for _ in range(3)]

    assert said == ["red", "blue", "No more responses"]


def test_a_list_gives_one_answer_for_each_completion() -> None:
    with context(lm=DummyLM([{"answer": "red"}, {"answer": "blue"}, {"answer": "green"}])):
        prediction = Predict("question -> answer")(question="What colour?", config={"n": 2})

    assert prediction.completions.answer == ["red", "blue"]


def test_a_dictionary_answers_by_what_stands_in_the_last_message() -> None:
    ask = Predict("question -> answer")
    ask.demos = [{"question": "the sea", "answer": "no"}]  # type: ignore[list-item]

    with context(lm=DummyLM({"sea": {"answer": "green"}, "sky": {"answer": "blue"}, "": {"answer": "none"}})):
        assert ask(question="the sky").answer == "blue"
        assert ask(question="the sea").answer == "green"
        assert ask(question="the sky over the sea").answer == "green"
        assert ask(question="a rose").answer == "none"


def test_a_dictionary_without_the_text_says_nothing_readable() -> None:
    with context(lm=DummyLM({"sky": {"answer": "blue"}})), pytest.raises(ParseError) as caught:
        Predict("question -> answer")(question="a rose")

    assert caught.value.reply == "No more responses"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (None, "The function that answers for fake returned None. Does it lack a `return`?"),
        (42, "The function that answers for fake returned 42. Return a text, or a whole Reply."),
    ],
)
def test_an_answer_that_is_none_is_told(said: Any, message: str) -> None:
    with context(lm=FakeLM(lambda request: said)), pytest.raises(UsageError) as caught:
        Predict("question -> answer")(question="6 * 7")

    assert str(caught.value) == message


def test_several_and_typed_values_are_read_back() -> None:
    with context(lm=DummyLM([{"reasoning": "Six\nsevens.", "answer": 42, "tags": ["a", "b"]}])):
        prediction = Predict("question -> reasoning, answer: int, tags: list[str]")(question="6 * 7")

    assert prediction == Prediction(reasoning="Six\nsevens.", answer=42, tags=["a", "b"])


PEER_CODE = """
import json, sys
import dspy
from dspy.utils import DummyLM

lists = DummyLM([{"answer": "red", "why": "so"}, {"answer": "blue"}])
texts = DummyLM({"sky": {"answer": "blue"}, "sea": {"answer": "green"}})
print(json.dumps([lists("x")[0], lists("x")[0], lists("x")[0], texts("the sea and the sky")[0], texts("a rose")[0]]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not PEER.exists(), reason="`make .venv/.peer` installs the peer")
def test_it_says_what_the_peers_says() -> None:
    done = subprocess.run([str(PEER), "-W", "ignore", "-c", PEER_CODE], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    lists = DummyLM([{"answer": "red", "why": "so"}, {"answer": "blue"}])
    texts = DummyLM({"sky": {"answer": "blue"}, "sea": {"answer": "green"}})

    ours = [lists("x")[0], lists("x")[0], lists("x")[0], texts("the sea and the sky")[0], texts("a rose")[0]]

    theirs = [text.replace("[[ ## completed ## ]]", "").strip() for text in json.loads(done.stdout)]
    assert [text.replace("[[ ## completed ## ]]", "").strip() for text in ours] == theirs
    assert chat_text({}) == "[[ ## completed ## ]]"


class TestDummyLMAsDSPyHasIt:
    def test_it_answers_in_the_layout_of_an_adapter(self) -> None:
        for adapter in (JSONAdapter(), XMLAdapter(), ChatAdapter()):
            with context(lm=DummyLM([{"answer": "Y"}], adapter=adapter), adapter=adapter):
                assert Predict("question -> answer")(question="?").answer == "Y"
        assert json.loads(DummyLM([{"answer": "Y"}], adapter=JSONAdapter())("?")[0]) == {"answer": "Y"}

    def test_it_says_that_it_has_thought(self) -> None:
        (said,) = DummyLM([{"answer": "Y"}], reasoning=True)("?")

        assert said["reasoning_content"] == "Some reasoning"
        assert said["text"].startswith("[[ ## answer ## ]]\nY")

    def test_it_follows_the_demo_of_the_same_input(self) -> None:
        lm = DummyLM([{"answer": "red"}] * 2, follow_examples=True)
        program = Predict("question -> answer")
        program.demos = [Example(question="sky?", answer="blue"), Example(question="grass?", answer="green")]

        answers = [program(question=question, lm=lm).answer for question in ("sky?", "grass?", "blood?")]

        assert answers == ["blue", "green", "red"]

    def test_a_conversation_can_be_looked_up(self) -> None:
        lm = DummyLM([{"answer": "Y"}])
        lm("Why?")

        messages, outputs = lm.get_convo(-1)

        assert messages == [{"role": "user", "content": "Why?"}]
        assert outputs[0].startswith("[[ ## answer ## ]]")
