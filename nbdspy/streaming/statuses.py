"""`StatusMessageProvider`: what a program is doing, said in words while it does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from nbdspy import events
from nbdspy.models.calls import as_arguments, as_outputs
from nbdspy.streaming.messages import StatusMessage

_NAMES: Final = {"module": "module", "predict": "module", "lm": "lm", "tool": "tool"}
FINISH: Final = "finish"  # the tool by which an agent ends, which does nothing that is worth telling


class StatusMessageProvider:
    """Words for what begins and ends; subclass it and write those you want, None says nothing.

    `instance` is the program, the model or the tool, `inputs` what it was given and `outputs` what it returned; where
    it failed nothing is said. By default only tools are told.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.modules import Predict
        >>> from nbdspy.streaming import streamify
        >>> from nbdspy.testing import DummyLM
        >>> class Telling(StatusMessageProvider):
        ...     def lm_start_status_message(self, instance, inputs):
        ...         return f"Asking {instance.model}…"
        >>> ask = streamify(Predict("question -> answer"), Telling(), async_streaming=False)
        >>> with context(lm=DummyLM([{"answer": "42"}])):
        ...     next(ask(question="What is six times seven?"))
        StatusMessage(message='Asking dummy…')
    """

    def tool_start_status_message(self, instance: Any, inputs: dict[str, Any]) -> str | None:
        """A tool is called."""
        return f"Using the tool {instance.name}…"

    def tool_end_status_message(self, outputs: Any) -> str | None:
        """It has returned."""
        return "The tool has answered; the model goes on with that."

    def module_start_status_message(self, instance: Any, inputs: dict[str, Any]) -> str | None:
        """A program or a predictor is called."""
        return None

    def module_end_status_message(self, outputs: Any) -> str | None:
        """It has answered."""
        return None

    def lm_start_status_message(self, instance: Any, inputs: dict[str, Any]) -> str | None:
        """A model is asked."""
        return None

    def lm_end_status_message(self, outputs: Any) -> str | None:
        """It has answered."""
        return None


class Statuses:
    """A listener that gives on what a provider says of events.

    Args:
        provider: Who finds the words; if it raises, that is logged once and it is asked no more.
        give: Takes each `StatusMessage`.
    """

    def __init__(self, provider: StatusMessageProvider, give: Callable[[Any], None]) -> None:
        self._provider = provider
        self._give = give
        self._kinds: dict[int, str] = {}

    def __call__(self, event: events.Event) -> None:
        match event:
            case events.SpanStarted(number=number, kind=kind, instance=instance) if kind in _NAMES:
                if kind == "tool" and event.name == FINISH:
                    return
                self._kinds[number] = _NAMES[kind]
                self._say(
                    getattr(self._provider, f"{_NAMES[kind]}_start_status_message")(
                        instance, as_arguments(event.inputs)
                    )
                )
            case events.SpanEnded(number=number, error=None) if number in self._kinds:
                kind = self._kinds.pop(number)
                self._say(getattr(self._provider, f"{kind}_end_status_message")(as_outputs(event.outputs)))

    def _say(self, message: str | None) -> None:
        if message:
            self._give(StatusMessage(message))
