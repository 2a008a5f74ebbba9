"""The settings: defaults for the process by `configure`, for a block by `context`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from nbdspy import histories, render
from nbdspy.errors import SettingsError, did_you_mean, nearest, warn_caller

DEFAULTS: Final[Mapping[str, Any]] = {
    "lm": None,  # the model of predictors that have none of their own
    "adapter": None,  # None: the one that the model prefers
    "rm": None,  # what Retrieve searches with: called with a query and k
    "num_threads": 8,  # calls that may be out at once
    "max_errors": 10,  # failed examples after which an evaluation gives up
    "trace": None,  # a list that collects (predictor, inputs, prediction)
    "max_trace_size": 10_000,  # the most it holds; the oldest go first
    "callbacks": [],  # that watch every call; see nbdspy.BaseCallback
    "interpreter_factory": None,  # makes what runs model-written code; None: nbdspy.PythonInterpreter
    "track_usage": False,  # predictions tell the tokens of the calls that made them: get_lm_usage()
    "disable_history": False,  # keep no calls for inspect_history
    "max_history_size": histories.LIMIT,  # the calls that it keeps
}

_NO_EFFECT: Final[Mapping[str, str]] = {
    "async_max_workers": "num_threads counts calls, awaited ones too",
    "provide_traceback": "an error keeps its traceback, and a failed example tells its error",
    "warn_on_type_mismatch": "inputs of another type are always warned of; Python's warnings filter can hide that",
    "allow_tool_async_sync_conversion": "a tool that is async is always run where it is called without await",
    "experimental": "nothing here has to be switched on",
}  # of DSPy, by what makes them superfluous: taken with a warning, because first cells set them
_OTHERWISE: Final[Mapping[str, str]] = {
    "send_stream": "Write nbdspy.streamify(program), which needs no setting.",
    "stream_listeners": "Write nbdspy.streamify(program, stream_listeners=[...]).",
    "usage_tracker": "Write `with nbdspy.track_usage() as tracker`.",
    "caller_modules": "Look at nbdspy.tracing, or at callbacks.",
    "caller_predict": "Look at nbdspy.tracing, or at callbacks.",
    "branch_idx": "It has no effect in DSPy either.",
}
_ADAPTERS: Final[Mapping[str, str]] = {
    "chat": "ChatAdapter", "json": "JSONAdapter", "xml": "XMLAdapter", "baml": "BAMLAdapter",
}  # fmt: skip
"""By the names that people try."""
_PICKLED: Final = ("save", "load")

_process: dict[str, Any] = dict(DEFAULTS)
_block: ContextVar[Mapping[str, Any]] = ContextVar("nbdspy_settings", default={})  # noqa: B039 (never changed in place)


def configure(**values: Any) -> None:
    """Set defaults for the whole process, from any thread, task or cell.

    Raises:
        SettingsError: For a name that is no setting, with the nearest that is; for a value that it cannot take; inside
            a `context` block, where the block's value would hide the new one.
    """
    values = _known(values)
    hidden = [name for name in values if name in _block.get()]
    if hidden:
        raise SettingsError(
            f"{hidden[0]!r} is set by the `context` block around this call, which would hide the new value.",
            hint="Configure outside of the block, or open another block.",
        )
    _process.update(values)
    if "max_history_size" in values:
        histories.trim(values["max_history_size"])


@contextmanager
def context(**values: Any) -> Iterator[None]:
    """Settings for a block, and for the threads it maps over; other threads do not see them.

    Raises:
        SettingsError: For a name that is no setting, or a value that it cannot take.
    """
    values = _known(values)
    token = _block.set({**_block.get(), **values})
    try:
        if "max_history_size" in values:
            with histories.at_most(values["max_history_size"]):
                yield
        else:
            yield
    finally:
        _block.reset(token)


class Settings:
    """The settings in force here: those of the innermost `context`, then the process's.

    Example:
        >>> with context(num_threads=2):
        ...     settings.num_threads
        2
    """

    __slots__ = ()

    configure = staticmethod(configure)  # as DSPy's papers and tutorials write it
    context = staticmethod(context)

    def __getattr__(self, name: str) -> Any:
        block = _block.get()
        if name in block:
            return block[name]
        try:
            return _process[name]
        except KeyError:
            if name in _PICKLED:
                told = "is left out: it is about a pickle. Write configure(...) in the first cell."
                raise AttributeError(f"settings.{name} {told}") from None
            raise AttributeError(_unknown(name)) from None

    @property
    def config(self) -> dict[str, Any]:
        """All settings in force; DSPy's name for `copy()`."""
        return self.copy()

    def __getitem__(self, name: str) -> Any:
        if name not in _process:
            raise KeyError(_unknown(name))
        return getattr(self, name)

    def __contains__(self, name: object) -> bool:
        return name in _process

    def __iter__(self) -> Iterator[str]:
        return iter(_process)

    def get(self, key: str, default: Any = None) -> Any:
        """A setting by name, or `default` when there is none of that name."""
        return getattr(self, key) if key in _process else default

    def copy(self) -> dict[str, Any]:
        """All settings in force, as a dictionary of their own."""
        return {**_process, **_block.get()}

    def __setattr__(self, name: str, value: Any) -> None:
        raise SettingsError(f"settings.{name} cannot be assigned.", hint=f"Write configure({name}=…).")

    def __repr__(self) -> str:
        return f"settings({', '.join(f'{name}={value!r}' for name, value in self.copy().items())})"


settings = Settings()

callback_types: tuple[type, ...] = ()
"""What `callbacks` may hold; said by the room that tells them, which stands above this one."""


def _calls_kept() -> int:
    """How many calls the history keeps, none where it is disabled; asked at each call, so without ceremony."""
    block = _block.get()
    if block.get("disable_history", _process["disable_history"]):
        return 0
    most: int = max(_process["max_history_size"], block.get("max_history_size", 0))
    return most


histories.limit = _calls_kept


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings among some values, checked; what DSPy has besides is warned of where it does not matter."""
    idle = [name for name in values if name in _NO_EFFECT]
    if idle:
        told = "; ".join(f"{name} has no effect ({_NO_EFFECT[name]})" for name in idle)
        warn_caller(f"{told}.")
    known = {name: value for name, value in values.items() if name not in idle}
    for name, value in known.items():
        if name in _OTHERWISE:
            raise SettingsError(f"{name} is no setting here.", hint=_OTHERWISE[name])
        if name not in DEFAULTS:
            raise SettingsError(_unknown(name), hint=did_you_mean(name, DEFAULTS))
        _check(name, value)
    return known


def check_model(value: Any) -> None:
    """Make sure that a value is a model, or None.

    Raises:
        SettingsError: When it is something else; as `configure(lm=...)` says it.
    """
    _check("lm", value)


def _check(name: str, value: Any) -> None:
    if hint := _correction(name, value):
        raise SettingsError(f"{name} cannot be {render.short(repr(value))}.", hint=hint)


def _correction(name: str, value: Any) -> str | None:
    """What to write instead of a value that a setting cannot take."""
    match name, value:
        case "lm", str():
            return f"Write lm=nbdspy.LM({value!r})."
        case "lm", _ if value is not None and not _is_model(value):
            return 'Give a model, such as nbdspy.LM("openai/gpt-5-mini"), or an object of your own BaseLM.'
        case "adapter", str() if meant := nearest(value.removesuffix("Adapter"), _ADAPTERS):
            return f"Write adapter=nbdspy.{_ADAPTERS[meant]}()."
        case "adapter", type() if hasattr(value, "steps"):
            return f"Give an object of it: {value.__name__}()."
        case "adapter", type():
            return "Give an adapter, such as nbdspy.ChatAdapter()."
        case "adapter", _ if value is not None and not hasattr(value, "steps"):
            return "Give an adapter, such as nbdspy.ChatAdapter(), or None."
        case "interpreter_factory", _ if value is not None and not callable(value):
            return "Give a function without arguments that makes an interpreter, such as nbdspy.PythonInterpreter."
        case "interpreter_factory", _ if hasattr(value, "execute") and not isinstance(value, type):
            return "Give what makes an interpreter, not one: each program makes its own."
        case "rm", _ if isinstance(value, type) or (value is not None and not callable(value)):
            return "Give a search, such as nbdspy.BM25(passages), or a function of a query and k."
        case "num_threads", _ if not isinstance(value, int) or value < 1:
            return "Give a whole number, at least 1."
        case "max_errors", _ if not isinstance(value, int | float) or value < 0:
            return "Give a number, at least 0."
        case "max_trace_size" | "max_history_size", _ if type(value) is not int or value < 0:
            return "Give a whole number, at least 0."
        case "track_usage" | "disable_history", _ if not isinstance(value, bool):
            return "Give True or False."
        case "trace", _ if value is not None and not isinstance(value, list):
            return "Give a list that collects the steps, or None."
        case "callbacks", _ if not isinstance(value, list | tuple):
            return "Give a list of callbacks."
        case "callbacks", _ if value and not (callback_types and all(isinstance(one, callback_types) for one in value)):
            return "Each must be an object whose class is made from nbdspy.BaseCallback."
    return None


def _is_model(value: Any) -> bool:
    """Whether a value can be asked: an object of a class of models, or one that answers as they do."""
    return not isinstance(value, type) and any(hasattr(value, way) for way in ("send", "forward", "aforward"))


def _unknown(name: str) -> str:
    return f"There is no setting {name!r}; there are: {', '.join(DEFAULTS)}."
