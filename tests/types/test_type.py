"""`Type` for subclasses of the user's own, through prompts and replies."""

from typing import Any

import pydantic
import pytest

import nbdspy
from nbdspy.errors import ParseError, UsageError
from nbdspy.signatures import Signature
from nbdspy.testing import DummyLM, FakeLM
from nbdspy.types import Audio, Code, History, Image, Type


class Money(Type):
    """A docstring for readers of Python."""

    amount: float
    currency: str

    @pydantic.model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            amount, _, currency = value.partition(" ")
            return {"amount": amount, "currency": currency}
        return value

    def format(self) -> str:
        return f"{self.amount:.2f} {self.currency}"

    @classmethod
    def description(cls) -> str:
        return "an amount, a blank and a currency"


class Bare(Type):
    x: int


class Pay(Signature):
    """Double it."""

    price: Money = nbdspy.InputField()
    photo: Image = nbdspy.InputField()
    doubled: Money = nbdspy.OutputField()


def test_a_type_of_the_users_goes_out_as_its_text_and_is_read_back() -> None:
    asked: list[Any] = []
    lm = FakeLM(lambda request: asked.append(request) or "[[ ## doubled ## ]]\n6.00 EUR\n\n[[ ## completed ## ]]")

    with nbdspy.context(lm=lm):
        prediction = nbdspy.Predict(Pay)(price=Money(amount=3, currency="EUR"), photo=Image("https://a.example/c.png"))

    assert prediction.doubled == Money(amount=6, currency="EUR")
    system, user = asked[0].messages
    assert "an amount, a blank and a currency" in system["content"]
    assert "docstring" not in system["content"]
    texts = [part.get("text", part) for part in user["content"]]
    assert "3.00 EUR" in texts[0]
    assert texts[1] == {"type": "image_url", "image_url": {"url": "https://a.example/c.png"}}


def test_a_text_that_the_validators_refuse_is_a_parse_error() -> None:
    lm = DummyLM([{"doubled": "much"}])

    with nbdspy.context(lm=lm), pytest.raises(ParseError, match="doubled"):
        nbdspy.Predict("price -> doubled: Money")(price="3")


def test_a_class_without_format_says_what_to_define() -> None:
    with pytest.raises(NotImplementedError, match=r"Bare must define format\(\)"):
        Bare(x=1).format()


def test_a_schema_tells_the_description_not_the_docstring() -> None:
    assert Money.model_json_schema()["description"] == "an amount, a blank and a currency"
    assert Code["java"].model_json_schema() == {"type": "string", "description": "java code"}


def test_inside_of_a_structure_a_type_is_its_text() -> None:
    from nbdspy import render

    assert render.written({"paid": [Money(amount=1, currency="EUR")]}) == '{"paid": ["1.00 EUR"]}'


def test_the_obvious_field_needs_no_name() -> None:
    turns = [{"question": "?"}]

    assert Code("x = 1") == Code(code="x = 1")
    assert Audio("AAAA", audio_format="wav") == Audio(data="AAAA", audio_format="wav")
    assert History(turns) == History(messages=turns)
    with pytest.raises(UsageError, match="That is no Audio: audio_format: field required"):
        Audio("AAAA")
    with pytest.raises(UsageError, match="That is no History: messages"):
        History("hello")


@pytest.mark.parametrize("hook", ["parse_lm_response", "parse_stream_chunk", "is_streamable"])
def test_a_hook_of_dspys_that_would_never_be_called_is_refused(hook: str) -> None:
    with pytest.raises(UsageError, match=f"Mine.{hook} would never be called"):
        type("Mine", (Type,), {hook: classmethod(lambda cls: None)})
