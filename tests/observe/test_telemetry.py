"""Spans of OpenTelemetry: what they tell, where they stand, and what they keep to themselves."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from nbdspy import events
from nbdspy.configuration import context
from nbdspy.errors import NotConfigured, ParseError, UsageError
from nbdspy.evaluation import Evaluate
from nbdspy.models import LM, Reply, Request, Usage
from nbdspy.models.embedder import Embedder
from nbdspy.models.messages import Extras
from nbdspy.modules import ChainOfThought, Module, Predict, ReAct, Retrieve
from nbdspy.observe import instrument, uninstrument
from nbdspy.observe.attributes import LONGEST_DATA
from nbdspy.retrieval import BM25
from nbdspy.runtime import map_threads, start
from nbdspy.testing import DummyLM, FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.testing.faults import FaultServer, fail
from nbdspy.types import Tool

SECRET = "sk-0123456789abcdef0123"
ASK = Predict("question -> answer")


class Told:
    """What OpenTelemetry was told."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    def one(self, kind: str) -> ReadableSpan:
        (span,) = self.of(kind)
        return span

    def of(self, kind: str) -> list[ReadableSpan]:
        return [span for span in self.spans if _attributes(span)["openinference.span.kind"] == kind]

    def around(self, span: ReadableSpan) -> str | None:
        """The name of the span around one."""
        if span.parent is None:
            return None
        (parent,) = [each for each in self.spans if each.context.span_id == span.parent.span_id]
        return parent.name

    def text(self) -> str:
        return "\n".join(span.to_json() for span in self.spans)


def _attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


@pytest.fixture
def told() -> Iterator[Told]:
    told = Told()
    instrument(told.provider)
    yield told
    uninstrument()


def paid(answer: str = "42") -> FakeLM:
    reply = Reply(
        texts=(chat_text({"reasoning": "Six sevens.", "answer": answer}),),
        usage=Usage(prompt=90, completion=20, cached=64),
        cost=0.25,
        finish_reasons=("stop",),
    )
    return FakeLM(lambda request: reply, model="openai/fake", temperature=0.5)


def test_a_call_of_a_model_tells_messages_tokens_cost_and_settings(told: Told) -> None:
    with context(lm=paid()):
        ChainOfThought("question -> answer")(question="Why?")

    lm = told.one("LLM")
    said = _attributes(lm)
    assert lm.name == said["llm.model_name"] == "openai/fake"
    assert json.loads(said["llm.invocation_parameters"])["temperature"] == 0.5
    assert said["llm.input_messages.0.message.role"] == "system"
    assert "Why?" in said["llm.input_messages.1.message.content"]
    assert said["llm.output_messages.0.message.role"] == "assistant"
    assert "Six sevens." in said["llm.output_messages.0.message.content"]
    assert [said[f"llm.token_count.{of}"] for of in ("prompt", "completion", "total")] == [90, 20, 110]
    assert said["llm.token_count.prompt_details.cache_read"] == 64
    assert (said["llm.cost.total"], said["llm.finish_reason"]) == (0.25, "stop")
    assert said["output.value"].endswith("42\n\n[[ ## completed ## ]]")
    assert lm.status.is_ok


def test_programs_are_chains_around_it_with_inputs_and_outputs(told: Told) -> None:
    with context(lm=paid()):
        ChainOfThought("question -> answer")(question="Why?")

    predict, outer = told.of("CHAIN")
    assert [told.around(span) for span in (told.one("LLM"), predict, outer)] == [predict.name, outer.name, None]
    said = _attributes(outer)
    assert json.loads(said["input.value"]) == {"question": "Why?"}
    assert json.loads(said["output.value"]) == {"reasoning": "Six sevens.", "answer": "42"}
    assert said["output.mime_type"] == "application/json"
    assert len({span.context.trace_id for span in told.spans}) == 1
    assert outer.start_time <= predict.start_time < predict.end_time <= outer.end_time + 1_000_000  # type: ignore[operator]


def test_a_reply_of_a_cache_took_no_tokens(told: Told) -> None:
    cached = Reply(texts=("42",), usage=Usage(prompt=1, completion=1), cost=1.0, cached=True)

    FakeLM(lambda request: cached)("Why?")

    said = _attributes(told.one("LLM"))
    assert said["nbdspy.cached"] is True
    assert not any(name.startswith(("llm.token_count", "llm.cost")) for name in said)


def test_a_plain_completion_tells_its_prompt(told: Told) -> None:
    LM("text/fake", model_type="text", leaf=FakeLM("42").leaf, cache=False)("Once upon")

    said = _attributes(told.one("LLM"))
    assert said["llm.prompts.0.prompt.text"] == said["input.value"] == "Once upon"


def test_agents_tools_and_calls_of_tools(told: Told) -> None:
    def double(number: int) -> int:
        """Twice a number."""
        return 2 * number

    answers = [
        {"next_thought": "Double it.", "next_tool_name": "double", "next_tool_args": '{"number": 21}'},
        {"next_thought": "Done.", "next_tool_name": "finish", "next_tool_args": "{}"},
        {"reasoning": "So.", "answer": "42"},
    ]
    with context(lm=DummyLM(answers)):
        ReAct("question -> answer", tools=[double])(question="Twice 21?")

    tool = next(span for span in told.of("TOOL") if span.name == "double")
    said = _attributes(tool)
    assert (said["tool.name"], said["tool.description"]) == ("double", "Twice a number.")
    assert json.loads(said["input.value"]) == {"number": 21}
    assert json.loads(said["tool.parameters"])["number"]["type"] == "integer"
    assert said["output.value"] == "42"
    assert told.around(tool) == told.one("AGENT").name


def test_calls_of_tools_in_messages_and_replies(told: Told) -> None:
    call = {"id": "1", "name": "double", "arguments": {"number": 21}}
    reply = Reply(texts=("",), extras=(Extras(tool_calls=(call,)),))
    sent = {"id": "0", "type": "function", "function": {"name": "halve", "arguments": '{"number": 2}'}}
    schema = {"type": "function", "function": {"name": "double", "parameters": {}}}

    FakeLM(lambda request: reply)(
        messages=[
            {"role": "assistant", "content": None, "tool_calls": [sent]},
            {"role": "tool", "tool_call_id": "0", "content": "1"},
        ],
        tools=[schema],
    )

    said = _attributes(told.one("LLM"))
    given, made = "llm.input_messages.0.message.tool_calls.0", "llm.output_messages.0.message.tool_calls.0"
    assert said[f"{given}.tool_call.function.name"] == "halve"
    assert said[f"{given}.tool_call.function.arguments"] == '{"number": 2}'
    assert said["llm.input_messages.1.message.tool_call_id"] == "0"
    assert said[f"{made}.tool_call.function.name"] == "double"
    assert json.loads(said[f"{made}.tool_call.function.arguments"]) == {"number": 21}
    assert json.loads(said["llm.tools.0.tool.json_schema"]) == schema


def test_searches_tell_their_documents(told: Told) -> None:
    search = BM25(["Paris is the capital of France.", "Rome lies on the Tiber."])

    with context(rm=search):
        Retrieve(k=1)("the river in Rome")

    inner, outer = told.of("RETRIEVER")
    said = _attributes(inner)
    assert said["input.value"] == "the river in Rome"
    assert said["retrieval.documents.0.document.content"] == "Rome lies on the Tiber."
    assert said["retrieval.documents.0.document.id"] == "1"
    assert said["retrieval.documents.0.document.score"] > 0
    assert _attributes(outer)["retrieval.documents.0.document.content"] == "Rome lies on the Tiber."
    assert told.around(inner) == outer.name


def test_embedders_tell_their_texts(told: Told) -> None:
    Embedder(lambda texts: [[1.0] for _ in texts])(["one", "two"])

    said = _attributes(told.one("EMBEDDING"))
    assert [said[f"embedding.embeddings.{n}.embedding.text"] for n in (0, 1)] == ["one", "two"]
    assert said["embedding.model_name"]


def test_an_evaluation_is_brief_however_much_it_scores(told: Told) -> None:
    devset = [{"question": "x" * 1_000, "answer": "42"}] * 20

    with context(lm=paid()):
        Evaluate(devset=devset)(ASK)

    (span,) = told.of("EVALUATOR")
    assert len(_attributes(span)["input.value"]) < 2_000
    assert len(told.of("LLM")) == 20


def test_pictures_are_said_and_not_sent_whole(told: Told) -> None:
    small, large = "data:image/png;base64,AAAA", f"data:image/png;base64,{'A' * LONGEST_DATA}"
    parts = [{"type": "text", "text": "Look."}] + [
        {"type": "image_url", "image_url": {"url": u}} for u in (small, large)
    ]

    FakeLM("42")(messages=[{"role": "user", "content": parts}])

    said = _attributes(told.one("LLM"))
    place = "llm.input_messages.0.message.contents"
    assert said[f"{place}.0.message_content.text"] == "Look."
    assert said[f"{place}.1.message_content.image.image.url"] == small
    assert said[f"{place}.2.message_content.image.image.url"] == "data:image/png;base64,… (32,022 characters)"
    assert max(len(str(value)) for value in said.values()) < LONGEST_DATA + 100


def test_an_error_is_a_status_and_an_exception_in_every_span_around(told: Told) -> None:
    def refuse(request: Request) -> str:
        raise RuntimeError("no more")

    with context(lm=FakeLM(refuse)), pytest.raises(RuntimeError):
        ASK(question="Why?")

    for span in told.spans:
        assert not span.status.is_ok
        assert span.status.description == "RuntimeError: no more"
        (event,) = span.events
        assert dict(event.attributes or {})["exception.type"] == "RuntimeError"
        assert "raise RuntimeError" in str(dict(event.attributes or {})["exception.stacktrace"])


def test_a_reply_that_cannot_be_read_shows_where(told: Told) -> None:
    with context(lm=FakeLM(chat_text({"answer": "many"}))), pytest.raises(ParseError):
        Predict("question -> answer: int")(question="Why?")

    failed = [span for span in told.spans if not span.status.is_ok]
    assert {told.around(span) for span in failed} == {None, "question -> answer"}
    assert len(told.of("LLM")) >= 1


def test_the_tree_is_true_across_threads_and_tasks(told: Told) -> None:
    class Spread(Module):
        def forward(self, question: str) -> Any:
            return list(map_threads(lambda n: ASK(question=f"{question} {n}"), range(4), threads=4))

        async def aforward(self, question: str) -> Any:
            return await asyncio.gather(*(ASK.acall(question=f"{question} {n}") for n in range(4)))

    async def both() -> None:
        await asyncio.gather(Spread().acall(question="a"), Spread().acall(question="b"))

    with context(lm=paid()):
        list(map_threads(lambda name: Spread()(question=name), ["c", "d"], threads=2))
        asyncio.run(both())

    roots = [span for span in told.spans if span.parent is None]
    assert len(roots) == 4
    for root in roots:
        (asked,) = json.loads(_attributes(root)["input.value"]).values()
        inside = [span for span in told.spans if span.parent and span.parent.span_id == root.context.span_id]
        given = sorted(json.loads(_attributes(span)["input.value"])["question"] for span in inside)
        assert given == [f"{asked} {n}" for n in range(4)]
    assert len(told.of("LLM")) == 16


def test_it_is_inside_of_the_callers_own_span(told: Told) -> None:
    with told.provider.get_tracer("theirs").start_as_current_span("theirs"), context(lm=paid()):
        list(map_threads(lambda n: ASK(question=str(n)), range(2), threads=2))

    theirs = next(span for span in told.spans if span.name == "theirs")
    outer = [span for span in told.spans if span.parent and span.parent.span_id == theirs.context.span_id]
    assert len(outer) == 2


def test_no_key_is_told(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = 'pass"word\\of mine'
    monkeypatch.setenv("ODD_SECRET", odd)
    tool = Tool(lambda key, other: f"{key} {other}", name="use", desc=f"uses {SECRET}")

    with FaultServer(fail(400, f"bad {SECRET} and {odd}")) as server:
        lm = LM(
            "openai/x", api_base=server.url, api_key="plain-looking-key-1", cache=False,
            extra_body={"password": "hidden"}, extra_headers={"Authorization": "Basic hidden-in-header"},
        )  # fmt: skip
        with context(lm=lm), pytest.raises(Exception, match="bad"):
            ASK(question=f"{SECRET} {odd} plain-looking-key-1")
    tool(key=SECRET, other=odd)
    paid(SECRET)(f"say {SECRET} {odd}")
    Embedder(lambda texts: [[1.0] for _ in texts])([SECRET])
    BM25([f"passage {SECRET} words", "other"])(f"words {SECRET}")
    with pytest.raises(ValueError, match="sk-"), events.span("module", f"named {SECRET}"):
        raise ValueError(SECRET)

    text = told.text()
    assert len(told.spans) == 7
    for planted in (SECRET, odd, json.dumps(odd)[1:-1], "plain-looking-key-1", "hidden"):
        assert planted not in text
        assert json.dumps(planted)[1:-1] not in text


def test_contents_can_be_left_out() -> None:
    told = Told()
    instrument(told.provider, contents=False)

    def refuse(request: Request) -> str:
        raise RuntimeError("about a private matter")

    try:
        with context(lm=paid()):
            ASK(question="a private matter")
        with context(lm=FakeLM(refuse)), pytest.raises(RuntimeError):
            ASK(question="a private matter")
        Tool(lambda matter: matter, name="use")(matter="private")
        BM25(["a private matter", "other"])("a private matter")
        Embedder(lambda texts: [[1.0] for _ in texts])(["private"])
    finally:
        uninstrument()

    assert "private" not in told.text()
    assert "Six sevens" not in told.text()
    said = _attributes(told.of("LLM")[0])
    assert (said["llm.model_name"], said["llm.token_count.total"]) == ("openai/fake", 110)
    assert any(span.status.description == "RuntimeError" for span in told.spans)


def test_on_twice_is_once_and_off_is_off(told: Told) -> None:
    instrument(told.provider)

    paid()("one")
    uninstrument()
    uninstrument()
    paid()("two")

    assert len(told.of("LLM")) == 1


def test_what_goes_on_ends_when_it_is_turned_off(told: Told) -> None:
    with events.span("module", "long"):
        uninstrument()

    assert [span.name for span in told.spans] == ["long"]


def test_what_is_not_sampled_is_not_told() -> None:
    told = Told()
    told.provider = TracerProvider(sampler=ALWAYS_OFF)
    told.provider.add_span_processor(SimpleSpanProcessor(told.exporter))
    instrument(told.provider)
    try:
        with context(lm=paid()):
            assert ASK(question="Why?").answer == "42"
    finally:
        uninstrument()

    assert told.spans == ()


@pytest.mark.parametrize("more", [{"endpoint": "http://127.0.0.1:1"}, {"project": "mine"}, {"headers": {"a": "b"}}])
def test_a_provider_and_a_place_are_one_too_many(more: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="knows by itself"):
        instrument(TracerProvider(), **more)


class Collector(BaseHTTPRequestHandler):
    """Takes in what is sent by OTLP over HTTP."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        server.got = []  # type: ignore[attr-defined]
        start(lambda: server.serve_forever(poll_interval=0.01), "collector")
        yield server
        server.shutdown()


@pytest.mark.parametrize("way", ["argument", "whole", "environment"])
def test_spans_arrive_where_they_are_sent(
    way: str, collector: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"http://127.0.0.1:{collector.server_port}"
    places = {"argument": {"endpoint": address}, "whole": {"endpoint": f"{address}/v1/traces"}}
    given: dict[str, Any] = dict(places.get(way, {}))
    headers = {"x-api-key": "collector-key-1"}
    if way == "environment":
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=collector-key-1")
    else:
        given |= {"headers": headers, "project": "mine"}

    instrument(**given)
    with context(lm=paid()):
        ASK(question="Why? collector-key-1")
    uninstrument()

    ((path, sent, body),) = collector.got  # type: ignore[attr-defined]
    assert path == "/v1/traces"
    assert sent["x-api-key"] == "collector-key-1"
    assert b"collector-key-1" not in body
    (resource,) = ExportTraceServiceRequest.FromString(body).resource_spans
    about = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert about["service.name"] == "nbdspy"
    assert about.get("openinference.project.name") == (None if way == "environment" else "mine")
    (scope,) = resource.scope_spans
    assert [span.name for span in scope.spans] == ["openai/fake", "question -> answer"]
    assert scope.spans[0].parent_span_id == scope.spans[1].span_id
    assert threading.active_count() < 50


def test_without_opentelemetry_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)

    with pytest.raises(NotConfigured, match=r"opentelemetry\.sdk\.trace is not installed") as error:
        instrument()

    assert "nbdspy[otel]" in str(error.value.hint)


@pytest.mark.parametrize("endpoint", ["nowhere", "localhost:6006", ""])
def test_what_is_no_address_is_refused(endpoint: str) -> None:
    with pytest.raises(UsageError, match="is no address to send spans to"):
        instrument(endpoint=endpoint)


def test_half_a_character_does_not_keep_spans_from_being_sent(told: Told) -> None:
    with pytest.raises(ValueError, match="half"):
        FakeLM(_fails)("half \ud83d")
    FakeLM(lambda request: "half \ud83d")("whole")

    spans = told.exporter.get_finished_spans()

    assert len(spans) == 2
    assert encode_spans(spans).SerializeToString()


def _fails(request: Request) -> str:
    raise ValueError("half \ud83d")
