"""The card of a trace."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import pytest

from nbdspy import events, views
from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.evaluation import Evaluate
from nbdspy.models import Extras, Reply, Request, Usage
from nbdspy.modules import ChainOfThought, Predict
from nbdspy.observe import Step, Trace
from nbdspy.observe.recorder import Recorder
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.views.trace import Axis
from tests.views import hostile

KEY = "sk-0123456789abcdef0123"


def recorded(run, *, lm=None):
    recorder = Recorder(20_000)
    with events.listening(recorder.hear), context(lm=lm):
        run()
    return Trace(recorder.read)


def many(count):
    """A trace of an evaluation of so many examples, each with a predictor and its call."""
    said = Reply(texts=("42",), usage=Usage(prompt=90, completion=3), cost=0.001)
    asked = Request(model="far/away", messages=[{"role": "user", "content": "What is six times seven?"}])
    steps = tuple(
        Step(
            kind="predict", name="QA", inputs={"kwargs": {"question": f"{number}?"}}, at=number / 100, seconds=0.02,
            error=KeyError("lost") if number % 1000 == 999 else None,
            steps=(Step(kind="lm", name="far/away", inputs=asked, outputs=said, at=number / 100, seconds=0.01),),
        )
        for number in range(count)
    )  # fmt: skip
    root = Step(kind="evaluate", name="QA", inputs=None, at=0.0, seconds=count / 100, steps=steps)
    whole = Step(kind="trace", name="", inputs=None, steps=(root,))
    return Trace(lambda: whole)


def evaluation(threads, *, fails=""):
    def answer(request):
        said = str(request.messages[-1]["content"])
        return "what?" if fails and fails in said else chat_text({"answer": "42"})

    rows = [Example(question=f"Question {number}", answer="42").with_inputs("question") for number in range(30)]
    evaluate = Evaluate(devset=rows, num_threads=threads)
    return recorded(lambda: evaluate(Predict("question -> answer: int")), lm=FakeLM(answer))


def test_the_answer_to_what_ran_is_in_the_header_and_the_steps_follow(things, read):
    page = read(views.bundle(things["trace"])["text/html"])

    assert page.text.startswith("MultiHop program · ")
    assert "4 calls · 1,656 tokens · no cost" in page.text
    titles = re.findall(r"– (query\[\d\]|answer|BM25|smollm2)", page.text)
    assert titles == ["query[0]", "BM25", "query[1]", "BM25", "answer", "smollm2", "smollm2"]


def test_a_click_shows_the_exact_messages_and_the_reply(things, read):
    html = views.bundle(things["trace"])["text/html"]
    page = read(html)

    assert "[[ ## question ## ]] How high is the Matterhorn?" in page.text
    assert "reply [[ ## reasoning ## ]] Look it up." in page.text
    assert "reply It is high." in page.text
    assert html.count("<details open") == 2  # the whole, and the answer that took two calls; prompts are closed


def test_what_was_asked_again_is_said_where_it_happened(things, read):
    page = read(views.bundle(things["trace"])["text/html"])

    assert re.search(r"answer ChainOfThought 2 calls .*! asked again for json: The reply has no value", page.text)


def test_an_error_stands_where_it_began_and_is_told_once(things, read):
    agent = read(views.bundle(things["trace of an agent"])["text/html"])
    failure = read(views.bundle(things["trace of a failure"])["text/html"])

    assert "1 error" in agent.text
    assert re.search(r"height tool Zugspitze .*mountain: Zugspitze KeyError: 'Zugspitze'", agent.text)
    assert failure.text.count("ParseError: The reply has no value for 'intent'") == 1


def test_bars_stand_where_their_time_is(read):
    inner = Step(kind="lm", name="fake", inputs=None, at=15.0, seconds=2.5)
    root = Step(kind="module", name="Late", inputs=None, at=10.0, seconds=10.0, steps=(inner, inner))
    whole = Step(kind="trace", name="", inputs=None, steps=(root,))

    images = read(views.bundle(Trace(lambda: whole))["text/html"]).images

    drawn = [base64.b64decode(str(image["src"]).partition("base64,")[2]).decode() for image in images]
    assert 'x="0.0%" y="3" width="100.0%"' in drawn[0]
    assert 'x="50.0%" y="3" width="25.0%"' in drawn[1]
    assert images[1]["alt"] == "from 50% to 75% of the time"


def test_pauses_between_runs_take_no_room():
    def ran(at, seconds):
        return Step(kind="lm", name="fake", inputs=None, at=at, seconds=seconds)

    axis = Axis.of([ran(0.0, 1.0), ran(0.5, 1.5), ran(1_000.0, 2.0)])

    assert axis.seconds == 4.0
    assert [axis.share(at) for at in (0.0, 2.0, 500.0, 1_001.0, 1_002.0)] == [0.0, 0.5, 0.5, 0.75, 1.0]


def test_what_goes_on_says_so(read):
    running = Step(kind="lm", name="fake", inputs=None, at=1.0)
    whole = Step(kind="trace", name="", inputs=None, steps=(running,))

    assert "running" in read(views.bundle(Trace(lambda: whole))["text/html"]).text


def test_ten_thousand_steps_are_summed_up_first_and_the_rest_is_said(read):
    bundle = views.bundle(many(5_000))
    page = read(bundle["text/html"])

    assert len(bundle["text/html"]) < 50_000
    assert "Summary 10,001 steps" in page.text
    assert "QA Predict 5,000 20 ms 20 ms 5 far/away" in page.text
    assert "far/away model 5,000 10 ms 10 ms 465 k" in page.text
    assert "Errors 5 QA KeyError: 'lost'" in page.text
    assert "QA Predict 999?" in page.text  # the first that failed has a row, far behind those at the beginning
    assert "… and 4,990 more steps" in page.text
    assert "trace.to_frame()" in page.text
    assert len(bundle["text/plain"]) < 2_000
    assert "… and 4,990 more" in bundle["text/plain"]


def test_steps_in_steps_in_steps_stay_within_bounds(read):
    def tree(depth):
        inside = tuple(tree(depth - 1) for _ in range(9)) if depth else ()
        return Step(kind="module", name="Deep", inputs={"kwargs": {"text": "x" * 5_000}}, seconds=0.1, steps=inside)

    whole = Step(kind="trace", name="", inputs=None, steps=(tree(4),))
    bundle = views.bundle(Trace(lambda: whole))

    assert len(bundle["text/html"]) < 100_000
    assert "more step" in read(bundle["text/html"]).text


def test_long_prompts_are_cut_and_every_call_keeps_its_reply(read):
    lm = FakeLM(lambda request: "the reply " * 20)

    def run():
        with events.span("module", "Talker"):
            for number in range(10):
                lm("talk " * 20_000 + str(number))

    bundle = views.bundle(recorded(run))
    page = read(bundle["text/html"])

    assert len(bundle["text/html"]) < 100_000
    assert page.text.count("reply " + ("the reply " * 20).strip()) == 10
    assert len(re.findall(r"100,001 characters, the first [\d,]+ shown", page.text)) == 10


def test_tool_calls_and_thoughts_of_a_reply_are_shown(read):
    extra = Extras(tool_calls=({"id": "1", "name": "height", "arguments": {"mountain": "Eiger"}},), reasoning="Look.")
    lm = FakeLM(lambda request: Reply(texts=("",), extras=(extra,)))

    page = read(views.bundle(recorded(lambda: lm("How high?")))["text/html"])

    assert 'Look. {"id": "1", "name": "height", "arguments": {"mountain": "Eiger"}}' in page.text


def test_keys_are_blacked_out_wherever_they_stand():
    def tool(place):
        raise LookupError(f"no {KEY}")

    def run():
        ChainOfThought("question -> answer")(question=f"My key is {KEY}")
        with events.span("tool", f"use {KEY}", inputs={"kwargs": {"place": KEY}}) as span:
            span.outputs = {"got": [KEY]}
        with pytest.raises(LookupError), events.span("tool", "failing"):
            tool("?")

    trace = recorded(run, lm=FakeLM(lambda request: chat_text({"reasoning": KEY, "answer": KEY}), model=f"m/{KEY}"))

    bundles = [hostile.parts(views.bundle(trace, volatile=volatile)) for volatile in (True, False)]
    for shown in (*(part for bundle in bundles for part in bundle.values()), str(trace)):
        assert KEY not in shown
        assert "[redacted]" in shown
    assert KEY not in trace.to_frame().to_csv()


@pytest.mark.parametrize("before", range(110, 165, 5))
def test_a_key_where_a_line_is_cut_is_not_half_shown(before):
    def run():
        with events.span("tool", "look", inputs={"kwargs": {"place": f"{'x' * before} {KEY}"}}):
            pass

    assert "sk-0" not in "".join(hostile.parts(views.bundle(recorded(run))).values())


def test_a_static_card_is_the_same_on_every_run_whatever_the_threads_do():
    bundles = [views.bundle(evaluation(threads, fails="Question 27"), volatile=False) for threads in (1, 8, 8)]

    assert bundles[0] == bundles[1] == bundles[2]
    assert not re.search(r"\d m?s\b", bundles[0]["text/html"].replace("font:14px", ""))
    assert "<img" not in bundles[0]["text/html"]
    assert "Question 27" in bundles[0]["text/plain"]


def test_the_text_says_neither_times_nor_what_the_cache_spared():
    lm = FakeLM(lambda request: "42", cache=True, model="cached-in-card")
    first, second = (views.bundle(recorded(lambda: lm("Why?"))) for _ in range(2))

    assert first["text/plain"] == second["text/plain"] == "cached-in-card · model"
    assert "from cache" in second["text/html"]
    assert "from cache" not in first["text/html"]


def test_recorded_replies_say_so_and_have_no_times(read):
    said = Reply(texts=("42",), recorded=True)
    asked = Request(model="far/away", prompt="Why?")
    whole = Step(
        kind="trace", name="", inputs=None,
        steps=(Step(kind="lm", name="far/away", inputs=asked, outputs=said, at=1.0, seconds=2.0),),
    )  # fmt: skip

    page = read(views.bundle(Trace(lambda: whole))["text/html"])

    assert "recorded · 1 reply" in page.text
    assert "2.0 s" not in page.text
    assert page.images == []


def test_several_runs_are_counted(read):
    lm = FakeLM(lambda request: "42")
    page = read(views.bundle(recorded(lambda: [lm(str(number)) for number in range(20)]))["text/html"])

    assert page.text.startswith("20 runs · ")
    assert "… and 8 more runs" in page.text


def test_nothing_is_said_to_be_nothing(things, read):
    bundle = views.bundle(things["no trace"])

    assert bundle["text/plain"] == "Nothing has run."
    assert read(bundle["text/html"]).text == "Trace Nothing has run."


def wide(calls, *, demos=0, values=0, remarks=0):
    """A trace of calls with many short messages, and of tools that were given many values, with remarks."""
    messages = [
        {"role": "user" if turn % 2 else "assistant", "content": f"{turn} <b>"} for turn in range(2 * demos + 1)
    ]
    asked = Request(model="far/away", messages=messages)
    given = {f"{number}": "<" * 200 for number in range(values)}
    steps = [Step(kind="lm", name="far/away", inputs=asked, outputs=Reply(texts=("42",)))] * calls
    tools = [Step(kind="tool", name="look", inputs=given, outputs=given, remarks=("&" * 400,) * remarks)] * (12 - calls)
    parts = tuple(Step(kind="module", name="QA", inputs=None, steps=(step, step)) for step in (steps + tools)[:12])
    return Trace(lambda: Step(kind="trace", name="", inputs=None, steps=parts))


def test_calls_with_many_short_messages_do_not_make_the_card_large_and_what_is_left_out_is_said(read):
    html = views.bundle(wide(12, demos=40))["text/html"]
    page = read(html)

    assert len(html.encode()) < 150_000
    assert "80 &lt;b&gt;" in html  # the last message, which differs from call to call
    assert re.search(r"… \d+ earlier messages not shown", page.text)
    assert page.text.count("reply 42") == 24


def test_values_and_remarks_that_take_much_room_do_not_make_the_card_large(read):
    html = views.bundle(wide(0, values=20, remarks=12))["text/html"]
    page = read(html)

    assert len(html.encode()) < 150_000
    assert "… : 12 more not shown" in page.text.replace("…:", "… :")
    assert "… 4 more not shown" in page.text


def test_without_times_examples_stand_as_their_numbers_count():
    text = views.bundle(evaluation(4), volatile=False)["text/plain"]

    assert re.findall(r"Question (\d+)", text) == ["0", "1", "2", "3", "4", "5"]


def test_steps_in_a_list_stand_under_their_numbers_and_what_is_hidden_is_counted(read):
    step = Step(kind="tool", name="look", inputs={"kwargs": {"place": "attic"}}, seconds=0.5)
    failed = replace(step, error=ValueError("no light"))
    many = Trace(lambda: Step(kind="", name="", inputs=None, steps=(*[step] * 400, failed)))

    page = read(views.bundle(many.listed())["text/html"]).text

    assert "401 steps · first 120 shown" in page
    assert "119 look tool attic 500 ms" in page
    assert "120 look" not in page
    assert len(views.bundle(many.listed())["text/html"].encode()) < 100_000
    found = read(views.bundle(many.listed("no light"))["text/html"]).text
    assert "“no light”" in found
    assert "400 look tool attic ValueError: no light" in found
    assert "No step says that." in read(views.bundle(many.listed("cellar"))["text/html"]).text
    assert many.step(400).steps == (failed,)
