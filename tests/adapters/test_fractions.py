"""Fractions in JSON: a Decimal has every digit of them, a text their spelling, and all else gets a float."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pydantic
import pytest

from nbdspy.adapters import Adapter, ChatAdapter, JSONAdapter, XMLAdapter
from nbdspy.signatures import InputField, OutputField, Signature

LONG = "12345678901234567890.1234567890123456789"


class Bill(pydantic.BaseModel):
    total: Decimal
    parts: list[Decimal | None] = []
    share: float = 0.0


def read(adapter: Adapter, type_: Any, reply: str) -> Any:
    return adapter.parse(Signature({"question": InputField(), "answer": (type_, OutputField())}), reply)["answer"]


@pytest.mark.parametrize("number", ["0.10", LONG, "1e400", "-0.0", "7"])
@pytest.mark.parametrize("quotes", ["", '"'])
def test_a_decimal_keeps_its_precision(number: str, quotes: str) -> None:
    said, right = f"{quotes}{number}{quotes}", repr(Decimal(number))

    assert repr(read(JSONAdapter(), Decimal, f'{{"answer": {said}}}')) == right
    assert repr(read(JSONAdapter(), Decimal | None, f"{{'answer': {said}}}")) == right
    assert repr(read(JSONAdapter(), dict[str, list[Decimal]], f'{{"answer": {{"a": [{said}]}}}}')["a"][0]) == right
    assert repr(read(ChatAdapter(), list[Decimal], f"[[ ## answer ## ]]\n[{said}]\n")[0]) == right
    assert repr(read(XMLAdapter(), list[Decimal], f"<answer><item>{number}</item></answer>")[0]) == right


def test_a_decimal_inside_of_a_model_keeps_its_precision() -> None:
    bill = read(JSONAdapter(), Bill, f'{{"answer": {{"total": 0.10, "parts": [{LONG}, null], "share": 0.10}}}}')

    assert repr(bill) == f"Bill(total=Decimal('0.10'), parts=[Decimal('{LONG}'), None], share=0.1)"


@pytest.mark.parametrize(
    ("type_", "reply", "value"),
    [
        (str, '{"answer": 4.10}', "4.10"),
        (str | None, '{"answer": 4.10}', "4.10"),
        (list[str], '{"answer": [4.10]}', ["4.10"]),
        (str, 'Here: {"result": {"answer": 4.10,}}', "4.10"),
    ],
)
def test_a_text_has_a_fraction_letter_for_letter(type_: Any, reply: str, value: Any) -> None:
    assert read(JSONAdapter(), type_, reply) == value


@pytest.mark.parametrize("type_", [float, Any, int | float, float | Decimal, dict[str, Any], list[Any], list])
def test_everything_else_gets_a_plain_float(type_: Any) -> None:
    said = '{"a": [0.50]}' if type_ == dict[str, Any] else "[0.50]" if type_ in (list, list[Any]) else "0.50"

    found = read(JSONAdapter(), type_, f'{{"answer": {said}}}')

    while isinstance(found, list | dict):
        found = next(iter(found.values() if isinstance(found, dict) else found))
    assert (type(found), str(found)) == (float, "0.5")
