"""One call of a model by a signature."""

from __future__ import annotations

import asyncio
import warnings
from pathlib import Path
from typing import Any, Literal

import pytest

import nbdspy
from nbdspy import events
from nbdspy.adapters import CompletionAdapter
from nbdspy.configuration import configure, context, settings
from nbdspy.data import Example, Prediction
from nbdspy.errors import NotConfigured, ParseError, SettingsError, SignatureError, UsageError
from nbdspy.evaluation import evaluate
from nbdspy.models import Reply
from nbdspy.modules import ChainOfThought, Predict, Predicted
from nbdspy.signatures import InputField, OutputField, Signature
from nbdspy.testing import DummyLM, FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.types import Tool, Type


class Sort(Signature):
    """Sort it."""

    text: str = InputField()
    limit: int = InputField(default=3)
    kind: Literal["a", "b"] = OutputField()


def answers(text: str = "42") -> FakeLM:
    return FakeLM(lambda request: chat_text({"answer": text}))


def said(lm: FakeLM) -> str:
    """Everything that stands in the last request."""
    return str(lm.requests[-1].messages)


def test_sync_and_async_send_the_same_and_answer_the_same() -> None:
    lm, ask = answers(), Predict("question -> answer: int", max_tokens=9)

    with context(lm=lm):
        called = ask(question="6 * 7")
        awaited = asyncio.run(ask.acall(question="6 * 7"))

    assert called == awaited == Prediction(answer=42)
    assert lm.requests[0] == lm.requests[1]


def test_async_reports_the_same_mistakes() -> None:
    with context(lm=answers()), pytest.raises(UsageError, match="'question' is missing"):
        asyncio.run(Predict("question -> answer").acall())


def test_a_missing_input_is_named_and_the_close_one_suggested() -> None:
    lm = answers()

    with context(lm=lm), pytest.raises(UsageError) as caught:
        Predict("question -> answer")(qustion="Why?")

    assert "The input 'question' is missing" in caught.value.message
    assert caught.value.hint == "You gave 'qustion'; did you mean 'question'?"
    assert not lm.requests


def test_a_default_fills_in_for_an_input_that_is_not_given() -> None:
    lm = FakeLM(lambda request: chat_text({"kind": "a"}))

    with context(lm=lm):
        Predict(Sort)(text="x")

    assert "[[ ## limit ## ]]\n3" in lm.requests[-1].messages[-1]["content"]


def test_an_unknown_input_warns_once_and_is_not_sent() -> None:
    lm = answers()

    with context(lm=lm), pytest.warns(UserWarning, match="no input") as warned:
        Predict("question, context -> answer")(question="Why?", context="c", contxt="SECRET")

    assert [str(each.message) for each in warned] == [
        "'question, context -> answer' has no input 'contxt'; Did you mean context?"
    ]
    assert "SECRET" not in said(lm)


def test_a_setting_among_the_inputs_is_told_where_it_belongs() -> None:
    program = Predict("question -> answer")

    with context(lm=DummyLM([{"answer": "a"}])), pytest.warns(UserWarning, match=r"no input 'n'; .*config={'n': …}"):
        program(question="?", n=3)


def test_an_unknown_input_that_is_close_to_nothing_lists_the_inputs() -> None:
    with context(lm=answers()), pytest.warns(UserWarning, match="its inputs are: question"):
        Predict("question -> answer")(question="Why?", zzz=1)


@pytest.mark.parametrize(("spec", "value", "given"), [
    ("question -> answer", None, "str, but is None"),
    ("question -> answer", 5, "str, but is an int"),
    ("question: int -> answer", None, "int, but is None"),
])  # fmt: skip
def test_a_value_that_is_missing_or_no_text_warns(spec: str, value: object, given: str) -> None:
    with context(lm=answers()), pytest.warns(UserWarning, match=f"The input 'question' should be {given}."):
        Predict(spec)(question=value)


@pytest.mark.parametrize("spec", ["question: Optional[str] -> answer", "question: Any -> answer"])
def test_none_is_a_value_where_the_type_says_so(spec: str) -> None:
    with context(lm=answers()):
        assert Predict(spec)(question=None).answer


def test_none_is_a_value_where_it_is_the_default() -> None:
    signature = Predict("question -> answer").signature.with_updated_fields("question", default=None)

    with context(lm=answers()):
        assert Predict(signature)().answer
        assert Predict(signature)(question=None).answer


def test_a_mistyped_input_warns_at_the_callers_line_and_is_sent() -> None:
    lm = answers()

    with context(lm=lm), pytest.warns(UserWarning, match=r"'limit' should be int, but is a str") as warned:
        Predict("limit: int -> answer")(limit="three")

    assert len(warned) == 1
    assert warned[0].filename == __file__
    assert "three" in said(lm)


def test_inputs_of_the_right_type_do_not_warn() -> None:
    with context(lm=answers()), warnings.catch_warnings():
        warnings.simplefilter("error")
        Predict("limit: int, tags: list[str], kind: Literal['a', 'b'] -> answer")(limit=3, tags=["x"], kind="a")


def test_inputs_without_names_are_refused() -> None:
    with pytest.raises(UsageError, match=r"Inputs are given by name. Write program\(question=…, context=…\)"):
        Predict("question, context -> answer")("Why?")


def test_several_completions_are_all_kept() -> None:
    lm = FakeLM(lambda request: Reply(texts=tuple(chat_text({"answer": word}) for word in ("x", "y", "z"))))

    with context(lm=lm):
        prediction = Predict("question -> answer", n=3)(question="Why?")

    assert lm.requests[0].n == 3
    assert prediction.answer == "x"
    assert prediction.completions.answer == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("own", "config", "expected"),
    [
        (None, {"n": 2}, 0.7),
        (0.0, {"n": 2}, 0.7),
        (0.9, {"n": 2}, None),
        (0.0, {"n": 2, "temperature": 0.0}, 0.0),
        (0.0, {"n": 1}, None),
    ],
)
def test_several_completions_raise_a_temperature_that_would_make_them_equal(
    own: float | None, config: dict[str, Any], expected: float | None
) -> None:
    lm = FakeLM(lambda request: chat_text({"answer": "x"}), temperature=own)

    with context(lm=lm):
        Predict("question -> answer")(question="Why?", config=config)

    assert lm.requests[0].temperature == (own if expected is None else expected)


def test_a_model_that_always_gives_several_completions_gets_the_temperature_too() -> None:
    lm = FakeLM(lambda request: chat_text({"answer": "x"}), n=2)

    with context(lm=lm):
        Predict("question -> answer")(question="Why?")

    assert lm.requests[0].temperature == 0.7


def test_the_calls_config_goes_before_the_predictors_and_leaves_it_alone() -> None:
    lm, ask = answers(), Predict("question -> answer", temperature=0.1, max_tokens=5)

    with context(lm=lm):
        ask(question="Why?", config={"temperature": 0.5, "rollout_id": 3})
        ask(question="Why?")

    first, second = lm.requests
    assert (first.temperature, first.max_tokens, first.rollout_id) == (0.5, 5, 3)
    assert (second.temperature, second.max_tokens, second.rollout_id) == (0.1, 5, None)


def test_what_no_request_knows_goes_to_the_provider() -> None:
    lm = FakeLM(lambda request: chat_text({"answer": "x"}), top_k=5)

    with context(lm=lm):
        Predict("question -> answer", top_p=0.5)(question="Why?")

    assert lm.requests[0].options == {"top_k": 5, "top_p": 0.5}


def test_a_call_can_bring_its_own_signature_as_a_text() -> None:
    lm = FakeLM(lambda request: chat_text({"colour": "red"}))

    with context(lm=lm):
        prediction = Predict("question -> answer")(thing="sky", signature="thing -> colour")

    assert prediction == Prediction(colour="red")


def test_a_call_can_bring_its_own_demos_and_model() -> None:
    others, own = answers("theirs"), answers("mine")
    ask = Predict("question -> answer")
    ask.demos = [Example(question="OLD", answer="o")]

    with context(lm=others):
        prediction = ask(question="Why?", demos=[{"question": "NEW", "answer": "n"}], lm=own)

    assert prediction.answer == "mine"
    assert not others.requests
    assert "NEW" in said(own)
    assert "OLD" not in said(own)
    assert ask.demos == [Example(question="OLD", answer="o")]


def test_a_calls_empty_demos_hide_the_predictors_own() -> None:
    lm, ask = answers(), Predict("question -> answer")
    ask.demos = [Example(question="OLD", answer="o")]

    with context(lm=lm):
        ask(question="Why?", demos=[])

    assert "OLD" not in said(lm)


def test_the_predictors_model_goes_before_the_configured_one() -> None:
    configured, own = answers("theirs"), answers("mine")
    ask = Predict("question -> answer")
    ask.lm = own

    with context(lm=configured):
        assert ask(question="Why?").answer == "mine"


def test_the_adapter_is_the_one_that_the_model_prefers_unless_one_is_set() -> None:
    lm = FakeLM(lambda request: " blue", prefers="completion")

    with context(lm=lm):
        assert Predict("thing -> colour")(thing="sky").colour == "blue"
    assert lm.requests[0].prompt is not None

    chatty = FakeLM(lambda request: " blue")
    with context(lm=chatty, adapter=CompletionAdapter()):
        Predict("thing -> colour")(thing="sky")
    assert chatty.requests[0].prompt == lm.requests[0].prompt


def test_without_a_model_the_error_says_how_to_choose_one() -> None:
    with context(lm=None), pytest.raises(NotConfigured) as caught:
        Predict("question -> answer")(question="Why?")

    assert "No model is chosen to fill 'question -> answer'" in str(caught.value)
    assert "%lm smollm2" in str(caught.value)


@pytest.mark.parametrize("reply", ["", "I would rather not.", "[[ ## other ## ]]\nx"])
def test_a_reply_without_the_outputs_is_a_parse_error_that_keeps_it(reply: str) -> None:
    with context(lm=FakeLM(lambda request: reply)), pytest.raises(ParseError) as caught:
        Predict("question -> answer")(question="Why?")

    assert caught.value.reply == reply
    assert caught.value.field == "answer"


def test_a_value_of_another_type_is_a_parse_error_that_keeps_the_reply() -> None:
    reply = chat_text({"answer": "many"})

    with context(lm=FakeLM(lambda request: reply)), pytest.raises(ParseError, match="should be int") as caught:
        Predict("question -> answer: int")(question="Why?")

    assert caught.value.reply == reply


def test_a_reply_without_any_text_is_a_parse_error() -> None:
    with context(lm=FakeLM(lambda request: Reply(texts=()))), pytest.raises(ParseError):
        Predict("question -> answer")(question="Why?")


def test_the_trace_collects_predictor_inputs_and_prediction() -> None:
    ask, trace = Predict("question -> answer"), []

    with context(lm=answers(), trace=trace):
        prediction = ask(question="Why?", config={"temperature": 1.0}, demos=[])

    assert trace == [(ask, {"question": "Why?"}, prediction)]


def test_a_failed_call_leaves_no_trace() -> None:
    with context(lm=FakeLM(lambda request: ""), trace=[]):
        with pytest.raises(ParseError):
            Predict("question -> answer")(question="Why?")

        assert settings.trace == []


def test_a_trace_is_bounded_and_the_oldest_go_first() -> None:
    ask, steps = Predict("question -> answer"), []

    with context(lm=FakeLM("[[ ## answer ## ]]\n42"), trace=steps, max_trace_size=2):
        for question in "abc":
            ask(question=question)
        assert settings.trace is steps
        assert [inputs["question"] for _, inputs, _ in steps] == ["b", "c"]
    with context(lm=FakeLM("[[ ## answer ## ]]\n42"), trace=[], max_trace_size=0):
        ask(question="d")
        assert settings.trace == []


def test_listeners_hear_the_prediction_inside_its_span() -> None:
    heard: list[Any] = []
    ask = Predict("question -> answer")

    with context(lm=answers()), events.listening(heard.append):
        ask(question="Why?")

    span = next(event for event in heard if isinstance(event, events.SpanStarted))
    (predicted,) = [event for event in heard if isinstance(event, Predicted)]
    assert (span.kind, predicted.span) == ("predict", span.number)
    assert (predicted.predictor, predicted.inputs, predicted.prediction.answer) == (ask, {"question": "Why?"}, "42")


def test_the_configured_model_survives_to_the_next_call() -> None:
    try:
        configure(lm=DummyLM([{"answer": "1"}, {"answer": "2"}]))
        ask = Predict("question -> answer")

        assert [ask(question="x").answer, ask(question="x").answer] == ["1", "2"]
    finally:
        configure(lm=None)


def test_reset_forgets_demos_and_model() -> None:
    ask = Predict("question -> answer", temperature=0.3)
    ask.demos, ask.lm = [Example(question="a", answer="b")], answers()

    ask.reset()

    assert (ask.demos, ask.lm, ask.config) == ([], None, {"temperature": 0.3})


def test_a_field_may_be_named_like_a_method_of_examples() -> None:
    lm = FakeLM(lambda request: chat_text({"items": "x", "keys": "y"}))
    ask = Predict("copy, values -> items, keys")
    ask.demos = [Example(copy="DEMO", values="v", items="i", keys="k")]

    with context(lm=lm, trace=[]):
        prediction = ask(copy="c", values="v")

    assert (prediction["items"], prediction["keys"]) == ("x", "y")
    assert "DEMO" in said(lm)


def test_a_subclass_runs_its_own_forward_and_asks_by_super() -> None:
    class Twice(Predict):
        def forward(self, **inputs: Any) -> Prediction:
            said = super().forward(**{**inputs, "question": inputs["question"] + " Really?"})
            return Prediction(answer=said.answer * 2)

    lm, ask = answers("a"), Twice("question -> answer")
    with context(lm=lm):
        called = ask(question="Why?")
        awaited = asyncio.run(ask.acall(question="Why?"))

    assert called.answer == awaited.answer == "aa"
    assert "Why? Really?" in said(lm)


def test_a_subclass_runs_its_own_aforward_wherever_it_is_called() -> None:
    class Patient(Predict):
        async def aforward(self, **inputs: Any) -> Prediction:
            return Prediction(answer=(await super().aforward(**inputs)).answer + "!")

    with context(lm=answers("a")):
        called = Patient("question -> answer")(question="Why?")
        awaited = asyncio.run(Patient("question -> answer").acall(question="Why?"))

    assert called.answer == awaited.answer == "a!"


def test_a_subclass_without_a_forward_asks_as_predict_does() -> None:
    class Named(Predict):
        pass

    with context(lm=answers("a")):
        assert Named("question -> answer")(question="Why?").answer == "a"
        assert asyncio.run(Named("question -> answer").acall(question="Why?")).answer == "a"


def test_a_list_of_messages_is_a_history() -> None:
    lm = answers("Madrid")
    turns = [{"question": "Of France?", "answer": "Paris"}]

    with context(lm=lm), warnings.catch_warnings(action="error"):
        Predict("history: History, question -> answer")(history=turns, question="Of Spain?")

    roles = [message["role"] for message in lm.requests[-1].messages or ()]
    assert roles == ["system", "user", "assistant", "user"]


@pytest.mark.filterwarnings("ignore:The input 'history' should be")
@pytest.mark.parametrize("given", ["hello", [1]])
def test_what_is_no_history_is_refused(given: Any) -> None:
    lm, ask = answers(), Predict("history: History, question -> answer")

    with context(lm=lm), pytest.raises(UsageError, match="History"):
        ask(history=given, question="Of Spain?")

    assert not lm.requests


SOUND = b"RIFF....WAVEfmt "


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("Image", "cat.png"), ("Image", b"\x89PNG\r\n\x1a\n"), ("Image", "data:image/png;base64,iVBORw0KGgo="),
        ("File", "terms.pdf"), ("File", b"%PDF-1.7"), ("File", "data:application/pdf;base64,JVBERi0="),
        ("Audio", "sound.wav"), ("Audio", SOUND), ("Audio", "data:audio/wav;base64,UklGRi4u"), ("Document", "A text."),
    ],
)  # fmt: skip
def test_what_a_content_part_is_made_of_is_answered_with_code_that_makes_it(
    type_: str, value: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in {"cat.png": b"\x89PNG\r\n\x1a\n", "terms.pdf": b"%PDF-1.7", "sound.wav": SOUND}.items():
        (tmp_path / name).write_bytes(content)

    with context(lm=answers()), pytest.warns(UserWarning, match="should be") as warned:
        Predict(f"given: {type_} -> answer")(given=value)

    advice = str(warned[0].message).partition("Write given=")[2].removesuffix(".")
    assert isinstance(eval(advice, {"nbdspy": nbdspy}), getattr(nbdspy.types, type_))


def test_a_type_that_says_no_way_to_make_it_is_only_named() -> None:
    class Money(Type):
        amount: float

        def format(self) -> list[dict[str, Any]]:
            return [{"type": "text", "text": f"{self.amount:.2f}"}]

    signature = Signature({"price": (Money, InputField()), "answer": (str, OutputField())})

    with context(lm=answers()), pytest.warns(UserWarning, match=r"should be Money, but is a str\.$"):
        Predict(signature)(price="three")


def test_warnings_point_at_the_callers_line_through_a_subclass() -> None:
    class Mine(Predict):
        pass

    with context(lm=answers()), pytest.warns(UserWarning, match="no input 'more'") as warned:
        Mine("question -> answer")(question="?", more=1)

    assert [each.filename for each in warned] == [__file__]


def test_a_signature_without_a_side_is_refused_before_a_call_is_spent() -> None:
    lm, ask = answers(), Predict("question -> answer", lm=answers())
    without = ask.signature.delete("answer")

    with pytest.raises(SignatureError, match=r"'question -> ' has no output field\. Declare at least one\."):
        Predict(without)
    with pytest.raises(SignatureError, match="no output field"):
        ask(question="Why?", signature=without, lm=lm)
    assert not lm.requests


@pytest.mark.parametrize("type_", ["Tool", "Optional[Tool]", "list[Tool]", "list[Tool] | None"])
def test_a_plain_function_where_a_tool_is_expected_becomes_one(type_: str) -> None:
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    lm = answers()
    given: Any = [add, Tool(add, name="plus")] if "list" in type_ else add

    with context(lm=lm), warnings.catch_warnings(action="error"):
        Predict(f"tools: {type_} -> answer")(tools=given)

    assert "add: Add two numbers. Arguments" in said(lm)
    assert ("plus: Add two numbers." in said(lm)) == ("list" in type_)
    assert "<function" not in said(lm)


def test_what_is_no_demo_is_refused() -> None:
    ask = Predict("question -> answer", lm=answers())
    ask.demos = [Example(question="a", answer="b"), 3]  # type: ignore[list-item]

    with pytest.raises(UsageError, match=r"3 among the demos is no example\. Give Example\("):
        ask(question="Why?")


def test_what_is_no_signature_is_refused() -> None:
    with pytest.raises(UsageError, match=r"5 is no signature\. Write 'question -> answer'"):
        Predict(5)  # type: ignore[arg-type]


class TestTheModelOfItsOwn:
    def test_it_may_be_given_where_the_predictor_is_made(self) -> None:
        lm = answers()

        program, thinking = Predict("question -> answer", lm=lm), ChainOfThought("question -> answer", lm=lm)

        assert program.lm is thinking.get_lm() is lm
        assert program.config == {}
        assert program(question="Why?").answer

    @pytest.mark.parametrize(("value", "hint"), [("smollm2", r"lm=nbdspy\.LM\('smollm2'\)"), (42, "Give a model")])
    def test_what_is_no_model_is_refused_as_configure_refuses_it(self, value: Any, hint: str) -> None:
        program = Predict("question -> answer")
        assigned = Predict("question -> answer")
        assigned.lm = value
        said = rf"lm cannot be '?{value}'?\. .*{hint}"

        with pytest.raises(SettingsError, match=said):
            configure(lm=value)
        with pytest.raises(SettingsError, match=said):
            program.set_lm(value)
        with pytest.raises(SettingsError, match=said):
            Predict("question -> answer", lm=value)
        with pytest.raises(SettingsError, match=said):
            program(question="Why?", lm=value)
        with pytest.raises(SettingsError, match=said):
            assigned(question="Why?")
        with pytest.raises(SettingsError, match=said):
            evaluate(assigned, [{"question": "Why?", "answer": "So."}])
        assert program.lm is None


def test_a_misspelt_setting_is_told_as_by_a_model() -> None:
    with pytest.warns(UserWarning, match=r"tempratur is sent to the model as it is\. Did you mean temperature\?"):
        Predict("question -> answer", tempratur=1)
