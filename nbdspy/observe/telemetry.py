"""`instrument`: every call as a span of OpenTelemetry, for whichever program collects them."""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from nbdspy import events
from nbdspy.errors import NotConfigured, UsageError, words_of
from nbdspy.models.redaction import conceal, conceal_address, conceal_headers, redact
from nbdspy.observe.steps import ADAPTING
from nbdspy.render import writable
from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider as SdkProvider
    from opentelemetry.trace import Span, Tracer, TracerProvider

PATH: Final = "/v1/traces"
_HEADERS: Final = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS")

_lock = threading.Lock()
_on: _Spans | None = None


def instrument(
    tracer_provider: TracerProvider | None = None, *, endpoint: str | None = None,
    headers: Mapping[str, str] | None = None, project: str | None = None, contents: bool = True,
) -> TracerProvider:  # fmt: skip
    """Tell OpenTelemetry of every program, model call, tool and search from now on, until `uninstrument`.

    Spans carry OpenInference's attributes: messages, tokens, cost, documents. Keys are in none of them. A piece of work
    is inside of that which began it, on whichever thread or task, and inside of the span that the caller had open.
    Called again, it replaces what it did before.

    Args:
        tracer_provider: What makes the spans; by default the process's, where the user has set one. Else one of our own
            that sends by OTLP over HTTP to `endpoint`.
        endpoint: Where to: `http://localhost:6006`, or a whole address with its path. By default what
            `OTEL_EXPORTER_OTLP_ENDPOINT` says, or this machine's port 4318.
        headers: To send along, such as a collector's key.
        project: What the collector files the spans under, where it knows projects.
        contents: Whether to tell prompts, replies, inputs, outputs and the words of errors.

    Returns:
        The provider of the tracer; its `force_flush()` sends at once what waits.

    Raises:
        UsageError: When a provider is given, and where to send to as well; or that is no address.
        NotConfigured: When OpenTelemetry is not installed.
    """
    global _on
    try:
        whole_import("opentelemetry.sdk.trace")
        whole_import("nbdspy.observe.attributes")
    except ModuleNotFoundError as error:
        raise NotConfigured(
            f"Spans are made by OpenTelemetry, and {error.name} is not installed.",
            hint="Run: pip install 'nbdspy[otel]'",
        ) from error
    if tracer_provider is not None and (endpoint or headers or project):
        raise UsageError(
            "A provider knows by itself where its spans go.", hint="Give tracer_provider alone, or endpoint and others."
        )
    if endpoint is not None and not endpoint.startswith(("http://", "https://")):
        raise UsageError(
            f"{redact(endpoint)!r} is no address to send spans to.", hint="Write it whole: http://localhost:6006."
        )
    own = None
    if tracer_provider is None and (endpoint or headers or project or not _is_set()):
        tracer_provider = own = _provider(endpoint, dict(headers or {}), project)
    if tracer_provider is None:
        from opentelemetry import trace

        tracer_provider = trace.get_tracer_provider()
    import nbdspy

    uninstrument()
    with _lock:
        _on = _Spans(tracer_provider.get_tracer("nbdspy", nbdspy.__version__), contents, own)
        events.subscribe(_on.hear)
    return tracer_provider


def uninstrument() -> None:
    """Tell nobody any longer, and send what still waits; where nobody was told it does nothing."""
    global _on
    with _lock:
        on, _on = _on, None
    if on is not None:
        events.unsubscribe(on.hear)
        on.end()


@dataclass(frozen=True, slots=True)
class _Open:
    """A piece of work that goes on: its span, unless it gets one only if it fails, and what is inside of it."""

    began: int
    span: Span | None
    context: Context | None


class _Spans:
    """Makes spans of events."""

    def __init__(self, tracer: Tracer, contents: bool, own: SdkProvider | None) -> None:
        from opentelemetry.trace import Status, StatusCode, set_span_in_context

        from nbdspy.observe import attributes

        self._inside = set_span_in_context
        self._fine = Status(StatusCode.OK)
        self._failed = partial(Status, StatusCode.ERROR)
        self._tracer = tracer
        self._contents = contents
        self._own = own
        self._words = attributes
        self._open: dict[int, _Open] = {}

    @events.hears(events.Span)
    def hear(self, work: events.Span) -> None:
        """Take in that it has begun, or ended."""
        if work.is_over:
            self._end(work)
        else:
            self._start(work)

    def end(self) -> None:
        """End the spans of what goes on, and send them, if they are ours to send."""
        for each in list(self._open.values()):
            if each.span is not None:
                each.span.end()
        self._open.clear()
        if self._own is not None:
            self._own.shutdown()

    def _start(self, work: events.Span) -> None:
        around = None if work.around is None else self._open.get(work.around)
        context = None if around is None else around.context
        began = time.time_ns()
        if work.kind in ADAPTING:  # a prompt is in the span of its call
            self._open[work.number] = _Open(began, None, context)
            return
        if around is not None and around.span is not None and not around.span.is_recording():  # nor is what is inside
            self._open[work.number] = _Open(began, around.span, context)
            return
        span = self._made(work, began, context)
        self._open[work.number] = _Open(began, span, self._inside(span, context))

    def _end(self, work: events.Span) -> None:
        each = self._open.pop(work.number, None)
        if each is None:
            return
        span = each.span
        if span is None and work.error is not None:
            span = self._made(work, each.began, each.context)
        if span is None:
            return
        ended = each.began + int((work.seconds or 0) * 1e9)
        if span.is_recording():
            span.set_attributes(writable(self._words.of_end(work, contents=self._contents)))
            self._say_how(span, work.error, ended)
        span.end(ended)

    def _made(self, work: events.Span, began: int, context: Context | None) -> Span:
        name, told = self._words.of_start(work, contents=self._contents)
        return self._tracer.start_span(writable(name), context, attributes=writable(told), start_time=began)

    def _say_how(self, span: Span, error: BaseException | None, ended: int) -> None:
        if error is None:
            span.set_status(self._fine)
            return
        said = {"exception.type": f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")}
        if self._contents:
            said["exception.message"] = redact(words_of(error))
            said["exception.stacktrace"] = redact("".join(traceback.format_exception(error)))
        span.add_event("exception", writable(said), ended)
        words = f"{type(error).__name__}: {said['exception.message']}" if self._contents else type(error).__name__
        span.set_status(self._failed(writable(words)))


def _is_set() -> bool:
    """Whether the user has chosen a provider for the process."""
    from opentelemetry import trace

    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def _provider(endpoint: str | None, headers: dict[str, str], project: str | None) -> SdkProvider:
    """A provider that sends what it made by OTLP."""
    try:
        whole_import("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ModuleNotFoundError as error:
        raise NotConfigured(
            "Spans are sent by OpenTelemetry's exporter, which is not installed.",
            hint="Run: pip install 'nbdspy[otel]'",
        ) from error
    from openinference.semconv.resource import ResourceAttributes
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.util.re import parse_env_headers

    conceal_headers(headers)
    for name in _HEADERS:
        for value in parse_env_headers(os.environ.get(name, ""), liberal=True).values():
            conceal(value)
            conceal(value.rpartition(" ")[2])
    about: dict[str, Any] = {} if "OTEL_SERVICE_NAME" in os.environ else {SERVICE_NAME: "nbdspy"}
    if project is not None:
        about[ResourceAttributes.PROJECT_NAME] = project
    if endpoint is not None:
        conceal_address(endpoint)
        whole = endpoint.rstrip("/")
        endpoint = whole if whole.endswith(PATH) else f"{whole}{PATH}"
    provider = TracerProvider(resource=Resource.create(about))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, headers=headers or None)))
    return provider
