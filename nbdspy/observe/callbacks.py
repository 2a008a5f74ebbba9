"""`BaseCallback`: the event stream as DSPy's callbacks hear it, a start and an end of every piece of work."""

from __future__ import annotations

import logging
import threading
import uuid
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from nbdspy import configuration, events
from nbdspy.configuration import settings
from nbdspy.models.calls import as_arguments, as_outputs

logger = logging.getLogger("nbdspy")

_NAMES: Final[Mapping[str, str]] = {
    "module": "module",
    "predict": "module",
    "lm": "lm",
    "adapter_format": "adapter_format",
    "adapter_parse": "adapter_parse",
    "tool": "tool",
    "evaluate": "evaluate",
    "compile": "compile",
    "interpreter_startup": "interpreter_startup",
    "interpreter_execute": "interpreter_execute",
    "interpreter_tool_call": "interpreter_tool_call",
    "interpreter_shutdown": "interpreter_shutdown",
}
"""What a kind of span is called in the names of the handlers."""


class BaseCallback:
    """Hears of calls: subclass it, write the handlers you need, and say whose calls you mean.

    That is `configure(callbacks=[...])` for all, `context(callbacks=[...])` for a block, `LM(..., callbacks=[...])`,
    `Predict(..., callbacks=[...])` or `program.callbacks = [...]` for one object. At a start `inputs` are the call's
    arguments by name; at an end there are `outputs`, or the `exception` that ended it. Both carry the same `call_id`;
    `ACTIVE_CALL_ID.get()` is that of the call around it. Handlers run on the thread of the call and should be quick. A
    handler that raises is logged once and hears no more; the others of its callback do, and the call goes on.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.modules import Predict
        >>> from nbdspy.testing import DummyLM
        >>> class Tell(BaseCallback):
        ...     def on_module_end(self, call_id, outputs, exception=None):
        ...         print("It said", outputs.answer)
        >>> with context(lm=DummyLM([{"answer": "42"}]), callbacks=[Tell()]):
        ...     _ = Predict("question -> answer")(question="What is six times seven?")
        It said 42
    """

    def __new__(cls, *_: Any, **__: Any) -> Self:
        callback = super().__new__(cls)
        _attend(callback)
        return callback

    def __deepcopy__(self, memo: Any) -> Self:
        return self  # a copied program is watched by the same

    def on_module_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """A program or a predictor is called; `inputs["kwargs"]` are the inputs by name."""

    def on_module_end(self, call_id: str, outputs: Any | None, exception: BaseException | None = None) -> None:
        """It answered with a prediction."""

    def on_lm_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """A model is asked; `inputs` are `prompt`, `messages` and the settings as `kwargs`."""

    def on_lm_end(self, call_id: str, outputs: Any | None, exception: BaseException | None = None) -> None:
        """It answered, or the cache did; `outputs` has an entry for each completion."""

    def on_adapter_format_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """A prompt is made of `signature`, `demos` and `inputs`."""

    def on_adapter_format_end(
        self, call_id: str, outputs: Any | None, exception: BaseException | None = None
    ) -> None:  # fmt: skip
        """It is made: messages, or the text of a plain completion."""

    def on_adapter_parse_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """A `completion` is read by a `signature`."""

    def on_adapter_parse_end(
        self, call_id: str, outputs: Any | None, exception: BaseException | None = None
    ) -> None:  # fmt: skip
        """It is read: the outputs' values by name."""

    def on_tool_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """A tool is used."""

    def on_tool_end(self, call_id: str, outputs: Any | None, exception: BaseException | None = None) -> None:
        """It gave its result."""

    def on_interpreter_startup_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """A sandbox for code is started."""

    def on_interpreter_startup_end(
        self, call_id: str, outputs: Any | None, exception: BaseException | None = None
    ) -> None:
        """It has started."""

    def on_interpreter_execute_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """Code is run; `inputs` are `code` and `variables`."""

    def on_interpreter_execute_end(
        self, call_id: str, outputs: Any | None, exception: BaseException | None = None
    ) -> None:
        """It was run; `outputs` is what it printed, or a `FinalOutput`."""

    def on_interpreter_tool_call_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """Code calls a tool; `inputs` are `tool_name`, `args` and `kwargs`."""

    def on_interpreter_tool_call_end(
        self, call_id: str, outputs: Any | None, exception: BaseException | None = None
    ) -> None:
        """The tool gave its result."""

    def on_interpreter_shutdown_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """A sandbox is ended."""

    def on_interpreter_shutdown_end(
        self, call_id: str, outputs: Any | None, exception: BaseException | None = None
    ) -> None:
        """It has ended."""

    def on_evaluate_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """A `program` is scored."""

    def on_evaluate_end(self, call_id: str, outputs: Any | None, exception: BaseException | None = None) -> None:
        """It has a score, an `EvaluationResult`."""

    def on_compile_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """An optimizer begins on a `student`."""

    def on_compile_end(self, call_id: str, outputs: Any | None, exception: BaseException | None = None) -> None:
        """It found a program."""


configuration.callback_types = (BaseCallback,)


@dataclass(frozen=True, slots=True)
class _Open:
    """A span that has not ended, who was told of it, and the id of the nearest call that somebody was told of."""

    name: str
    call_id: str | None
    told: tuple[BaseCallback, ...] = ()


class _ActiveCallId:
    """The id of the call that this code runs in, as DSPy's context variable of this name tells it."""

    def get(self, default: str | None = None) -> str | None:
        """The id, or `default` outside of all calls that a callback was told of."""
        call_id = _call_id(events.current_span())
        return default if call_id is None else call_id


ACTIVE_CALL_ID = _ActiveCallId()

_open: dict[int, _Open] = {}
_alive: weakref.WeakValueDictionary[int, BaseCallback] = weakref.WeakValueDictionary()  # by identity
_failed: weakref.WeakValueDictionary[tuple[int, str], BaseCallback] = weakref.WeakValueDictionary()
"""By identity and the name of a handler that raised, which hears no more."""
_lock = threading.Lock()
_attends = False


def _attend(callback: BaseCallback) -> None:
    """Listen as long as there is a callback, however it is registered."""
    global _attends
    with _lock:
        _alive[id(callback)] = callback
        if not _attends:
            _attends = True
            events.subscribe(_hear)


def _leave() -> None:
    global _attends
    with _lock:
        if not _alive and _attends:
            _attends = False
            events.unsubscribe(_hear)
            _open.clear()


@events.hears(events.Span)
def _hear(work: events.Span) -> None:
    if work.is_over:
        _ended(work)
    else:
        _started(work)
    if not _alive:
        _leave()


def _started(work: events.Span) -> None:
    name = _NAMES.get(work.kind)
    told = _callbacks_of(work.instance) if name else ()
    if name is None or not told:
        _open[work.number] = _Open("", _call_id(work.around))
        return
    call_id = uuid.uuid4().hex
    _open[work.number] = _Open(name, call_id, told)
    inputs = as_arguments(work.inputs)
    for callback in told:
        _tell(callback, f"on_{name}_start", call_id=call_id, instance=work.instance, inputs=inputs)


def _ended(work: events.Span) -> None:
    began = _open.pop(work.number, None)
    if began is None or not began.told:
        return
    outputs = None if work.error is not None else as_outputs(work.outputs)
    for callback in began.told:
        _tell(callback, f"on_{began.name}_end", call_id=began.call_id, outputs=outputs, exception=work.error)


def _callbacks_of(instance: Any) -> tuple[BaseCallback, ...]:
    """Those of the settings, then the object's own; each once."""
    own = getattr(instance, "callbacks", None) or ()
    found = {id(callback): callback for callback in (*settings.callbacks, *own) if isinstance(callback, BaseCallback)}
    return tuple(found.values())


def _tell(callback: BaseCallback, handler: str, **said: Any) -> None:
    if _failed.get((id(callback), handler)) is callback:
        return
    heard: Callable[..., None] = getattr(callback, handler)
    try:
        heard(**said)
    except Exception:  # a callback is foreign code and must not break the call it watches
        _failed[id(callback), handler] = callback
        logger.exception("nbdspy: %s of the callback %r failed; it hears no more", handler, callback)


def _call_id(span: int | None) -> str | None:
    around = None if span is None else _open.get(span)
    return None if around is None else around.call_id
