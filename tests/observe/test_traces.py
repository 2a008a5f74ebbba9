"""Traces: the tree of what a block did, as data and as text."""

import threading
from typing import Any

import pydantic
import pytest

from nbdspy import events
from nbdspy.adapters import ChatAdapter
from nbdspy.configuration import context
from nbdspy.errors import LMRefused, ParseError, UsageError
from nbdspy.models import Reply, Request, Usage
from nbdspy.modules import ChainOfThought, Predict
from nbdspy.observe import Step, tracing
from nbdspy.runtime import map_threads
from nbdspy.testing import FakeLM
from nbdspy.types import Tool

ANSWER = "[[ ## reasoning ## ]]\nSix sevens.\n\n[[ ## answer ## ]]\n42"


def paid(text: str = ANSWER, **settings: Any) -> FakeLM:
    reply = Reply(texts=(text,), usage=Usage(prompt=90, completion=20), cost=0.25)
    return FakeLM(lambda request: reply, **settings)


def kinds(step: Step) -> list[Any]:
    return [step.kind, [kinds(inner) for inner in step.steps]]


def test_the_tree_has_programs_prompts_replies_and_what_they_took() -> None:
    program = ChainOfThought("question -> answer")

    with context(lm=paid()), tracing() as trace:
        prediction = program(question="Why?")

    (root,) = trace.steps
    assert kinds(root) == ["module", [["predict", [["adapter_format", []], ["lm", []], ["adapter_parse", []]]]]]
    assert root.outputs is prediction
    call = root.steps[0].steps[1]
    assert isinstance(call.inputs, Request)
    assert call.outputs.text == ANSWER
    assert (root.spent.calls, root.spent.cost, root.spent.usage.total) == (1, 0.25, 110)
    assert trace.spent == root.spent
    assert root.seconds is not None
    assert root.seconds >= call.seconds > 0


def test_tools_are_in_it() -> None:
    def double(number: int) -> int:
        return 2 * number

    with tracing() as trace:
        Tool(double)(number=21)

    assert "tool double" in str(trace)
    assert "number: 21" in str(trace)
    assert "out: 42" in str(trace)


def test_it_is_of_the_block_and_of_the_threads_that_it_maps_over_alone() -> None:
    lm = paid()
    go, done = threading.Event(), threading.Event()

    def beside() -> None:
        go.wait(10)
        lm("beside")
        done.set()

    thread = threading.Thread(target=beside)
    thread.start()
    with tracing() as trace:
        go.set()
        assert done.wait(10)
        list(map_threads(lm, ["a", "b", "c"], threads=3))
    lm("after")
    thread.join()

    asked = sorted(step.inputs.messages[0]["content"] for step in trace.steps)
    assert asked == ["a", "b", "c"]


def test_an_error_stands_where_it_happened() -> None:
    with context(lm=FakeLM("what?", prefers="completion")), tracing() as trace, pytest.raises(ParseError):
        Predict("question -> answer: int")(question="Why?")

    (root,) = trace.steps
    assert isinstance(root.error, ParseError)
    assert root.steps[-1].kind == "adapter_parse"
    assert root.steps[-1].error is root.error
    assert "adapter parse completion" in str(trace)
    assert "error: ParseError: " in str(trace)


def test_it_can_be_read_while_it_grows() -> None:
    seen: list[str] = []

    with tracing() as trace:
        lm = FakeLM(lambda request: seen.append(str(trace)) or "42")
        lm("Why?")

    assert "lm fake · running" in seen[0]
    assert "running" not in str(trace)


def test_it_is_bounded_and_says_what_it_left_out() -> None:
    lm = paid()

    with tracing(limit=3) as trace:
        for number in range(10):
            lm(str(number))

    assert (len(trace.steps), trace.left_out) == (3, 7)
    assert str(trace).endswith("… and 7 more pieces of work")


def test_what_is_left_out_is_counted_where_it_would_stand_with_what_it_took() -> None:
    lm = paid()

    with tracing(limit=3) as trace:
        with events.span("module", "outer"):
            with events.span("tool", "inner"):
                lm("kept")
                lm("left out")
            with events.span("tool", "left out too"):
                lm("with what is inside")
        lm("after")

    (outer,) = trace.steps
    (inner,) = outer.steps
    assert [step.left_out for step in (inner, outer)] == [1, 2]
    assert (inner.spent.calls, outer.spent.calls, trace.spent.calls, trace.left_out) == (2, 3, 4, 4)


def test_a_trace_that_begins_inside_of_some_work_has_what_comes_at_its_top() -> None:
    nobody = events.listening(lambda event: None)
    with nobody, events.span("module", "outer"), tracing() as trace, events.span("tool", "inner") as inner:
        inner.outputs = 42

    assert [(step.name, step.outputs) for step in trace.steps] == [("inner", 42)]
    assert trace.left_out == 0


def test_many_threads_keep_as_much_as_fits_and_count_the_rest() -> None:
    lm = paid()

    with tracing(limit=150) as trace:
        list(map_threads(lambda number: lm(str(number)), range(400), threads=16))

    assert (len(trace.steps), trace.left_out, trace.spent.calls) == (150, 250, 400)


def test_a_limit_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot keep 0"), tracing(limit=0):
        pass


def test_as_text_it_is_short_and_indented() -> None:
    with context(lm=paid()), tracing() as trace:
        ChainOfThought("question -> answer")(question="Why? " * 100)

    lines = str(trace).splitlines()
    assert lines[0].startswith("module ChainOfThought · 90 + 20 tokens · $0.25 · ")
    assert lines[1].startswith("  question: Why? Why?")
    assert any(line.startswith("    lm fake · 90 + 20 tokens") for line in lines)
    assert any(line.startswith("      reply: [[ ## reasoning ## ]]") for line in lines)
    assert lines[-1] == "  answer: 42"
    assert max(map(len, lines)) < 150


def test_what_stands_in_a_value_of_a_class_is_found() -> None:
    class Note(pydantic.BaseModel):
        text: str

    with tracing() as trace:
        Tool(lambda note: note, name="use")(note=Note(text="a needle"))
        Tool(lambda note: None, name="forget")(note={"hay"})

    assert [step.name for step in trace.find("Needle")] == ["use"]
    assert [step.name for step in trace.find("hay")] == ["forget"]
    assert trace.find("none") == ()


def test_keys_are_blacked_out() -> None:
    key = "sk-0123456789abcdef0123"

    with tracing() as trace:
        FakeLM(f"You said {key}")(f"My key is {key}")

    assert key not in str(trace)
    assert "[redacted]" in str(trace)


def test_what_the_cache_answered_says_so() -> None:
    lm = paid(cache=True, model="cached-in-trace")
    lm("Why?")

    with tracing() as trace:
        lm("Why?")

    assert "from the cache" in str(trace)
    assert trace.spent.cost == 0


def test_nothing_is_nothing() -> None:
    with tracing() as trace:
        pass

    assert str(trace) == "Nothing has run."
    assert trace.steps == ()


@pytest.mark.parametrize("before", range(80, 120, 5))
def test_a_key_where_a_line_is_cut_is_not_half_shown(before: int) -> None:
    with context(lm=FakeLM(lambda request: "[[ ## answer ## ]]\n42\n\n[[ ## completed ## ]]")), tracing() as trace:
        Predict("question -> answer")(question=f"{'x' * before} sk-0123456789abcdef0123456789")

    assert "sk-0" not in str(trace)


@pytest.mark.parametrize("reply", ["[[ ## answer ## ]]\n", ""], ids=["no number", "no field"])
@pytest.mark.parametrize("before", range(135, 185, 10))
def test_a_key_where_an_error_cuts_a_reply_is_not_half_shown(before: int, reply: str) -> None:
    wrote = f"{reply}{'x' * before} sk-0123456789abcdef0123456789{' and so on' * 9}"

    chat = ChatAdapter(use_json_adapter_fallback=False)
    lm = FakeLM(lambda request: wrote)

    with context(lm=lm, adapter=chat), tracing() as trace, pytest.raises(ParseError) as caught:
        Predict("question -> answer: int")(question="How many?")

    assert "sk-0" not in str(caught.value) + str(trace)


def test_a_key_where_a_refusal_is_cut_is_not_half_shown() -> None:
    reply = Reply(texts=(f"{'x' * 160} sk-0123456789abcdef0123456789{' and so on' * 9}",), finish_reasons=("refusal",))

    with context(lm=FakeLM(lambda request: reply)), pytest.raises(LMRefused) as caught:
        Predict("question -> answer")(question="How many?")

    assert "sk-0" not in str(caught.value)


def test_steps_that_were_found_are_short_and_the_same_on_each_run() -> None:
    asked = Request(model="m", messages=[{"role": "user", "content": "x" * 200_000}])
    call = Step(kind="lm", name="far/away", inputs=asked, outputs=Reply(texts=("42",)), seconds=1.5)
    whole = Step(kind="module", name="QA", part="answer", inputs=None, error=KeyError("lost"), steps=(call,))

    assert repr(call) == "<Step lm far/away>"
    assert repr(whole) == "<Step module answer, 1 inside, failed: 'lost'>"
