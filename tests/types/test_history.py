"""Earlier turns."""

import pydantic
import pytest

import nbdspy
from nbdspy.errors import UsageError
from nbdspy.testing import FakeLM
from nbdspy.types import History, Image


def test_messages_become_turns_of_the_conversation() -> None:
    asked = []
    lm = FakeLM(lambda request: asked.append(request) or "[[ ## answer ## ]]\nMadrid")
    history = History(messages=[{"question": "Of France?", "answer": "Paris"}])

    with nbdspy.context(lm=lm):
        nbdspy.Predict("history: History, question -> answer")(history=history, question="Of Spain?")

    roles = [message["role"] for message in asked[0].messages]
    assert roles == ["system", "user", "assistant", "user"]
    assert "Of France?" in asked[0].messages[1]["content"]
    assert "Paris" in asked[0].messages[2]["content"]
    assert "history" not in asked[0].messages[0]["content"]


def test_a_message_without_any_field_of_the_signature_is_refused() -> None:
    lm = FakeLM("unread")
    history = History(messages=[{"role": "user", "content": "hi"}])

    with nbdspy.context(lm=lm), pytest.raises(UsageError, match=r"'role': 'user'.*holds.*'question': …, 'answer': …"):
        nbdspy.Predict("history: History, question -> answer")(history=history, question="Of Spain?")

    assert not lm.requests


def test_a_longer_history_is_another_one() -> None:
    history = History(messages=[])

    longer = history.with_turn(question="?", self="it")

    assert (len(history.messages), longer.messages) == (0, [{"question": "?", "self": "it"}])
    with pytest.raises(pydantic.ValidationError):
        history.messages = []


@pytest.mark.parametrize("bad", ["hello", [1], {"messages": "x"}, {"messages": [], "more": 1}])
def test_what_is_no_list_of_dicts_is_refused(bad) -> None:
    with pytest.raises(ValueError, match="History"):
        History.model_validate(bad)


def test_it_says_how_long_it_is_and_shows_no_bytes() -> None:
    picture = Image(bytes.fromhex("89504e470d0a1a0a"))

    assert repr(History(messages=[{"photo": picture}])) == "History(1 message)"
    assert History(messages=[{"photo": picture, "answer": "x"}]).format() == "photo: Image(image/png, 8 B)\nanswer: x"
