"""Everything nbdspy raises on purpose.

NbdspyError
├── UsageError (ValueError)        what the user typed
│   ├── SignatureError             a signature that cannot be read
│   ├── SettingsError              a setting nobody knows
│   ├── DataError                  examples or tables that do not fit
│   └── ToolCallError              a call that no tool takes; a model may have written it
├── LMError                        what a model did
│   ├── LMUnavailable              no answer: server down, timeout, missing package or file
│   │   ├── RateLimited (ProviderError)   too many requests
│   │   ├── TimedOut (ProviderError)      no answer in time
│   │   ├── ServerFailed (ProviderError)  the server says that it failed
│   │   └── Unreachable            the server cannot be reached, or broke off
│   ├── ProviderError              the provider answered with an error
│   │   └── LMRefused              it declined the request
│   │       ├── RequestRefused     for what is asked
│   │       │   ├── ContextTooLong the prompt does not fit
│   │       │   └── NoSuchModel    it has no such model
│   │       ├── KeyRefused         for the key
│   │       └── NothingLeft        for the account has nothing left
│   └── NotConfigured              no model chosen, or no key for it
├── ParseError (ValueError)        a reply that does not hold the outputs
├── CassetteMiss                   a replay met a request that was never recorded
├── TooManyErrors                  an evaluation gave up
├── CheckFailed (AssertionError)   assertions of a check do not hold
├── BudgetExceeded                 a limit of calls, money or time was reached
├── ToolError (RuntimeError)       a tool from elsewhere failed, or does not answer
├── SavedStateError                a file that is not a program of this shape
├── StoreError                     where runs are kept cannot be opened, read or written
├── SearchFailed                   a search server gave no passages
└── SandboxError                   model-written code cannot be run
    └── CodeExecutionError         it failed by itself; other code may not

Stopped (KeyboardInterrupt)        a run was interrupted; holds what was finished
CompileWarning (UserWarning)       a compile whose result is worth less than it looks
"""

from __future__ import annotations

import difflib
import re
import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a text a mistake stands; lines and columns count from 1."""

    source: str
    line: int
    column: int
    text: str
    width: int = 1

    def lines(self) -> list[str]:
        """The offending line and a caret under the mistake."""
        before = "".join(letter if letter == "\t" else " " for letter in self.text[: self.column - 1])
        return [f"  {self.text}", f"  {before:<{self.column - 1}}" + "^" * max(1, self.width)]


class NbdspyError(Exception):
    """Base of all errors that nbdspy raises on purpose.

    Args:
        message: What happened, with the value that caused it.
        hint: What to do about it, one sentence.
        place: Where in the user's text the mistake stands.
    """

    def __init__(self, message: str, *, hint: str | None = None, place: Place | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.place = place

    def __str__(self) -> str:
        if self.place:
            return "\n".join(self.lines()[1:])
        return ("\n" if "\n" in self.message else " ").join(self._sentences())

    def lines(self) -> list[str]:
        """The error as a notebook shows it: kind and place, the line with a caret, the hint."""
        kind = type(self).__name__
        if self.place is None:
            return [f"{kind}: {self.message}", *([self.hint] if self.hint else []), *self._notes()]
        where = f"{kind} in {self.place.source}, line {self.place.line}, column {self.place.column}"
        text, caret = self.place.lines()
        return [where, text, " ".join([caret, *self._sentences()]), *self._notes()]

    def _sentences(self) -> list[str]:
        """The message, which foreign words may end without a full stop, and the hint after it."""
        if not self.hint or not self.message:
            return [self.message or self.hint or ""]
        return [self.message if "\n" in self.message else ended(self.message), self.hint]

    def _notes(self) -> list[str]:
        """What was added on the way up, such as what had been found before, in one line."""
        notes = getattr(self, "__notes__", ())
        return [" ".join(notes)] if notes else []

    def _render_traceback_(self) -> list[str]:
        """IPython's hook: a few lines instead of a stack, for mistakes that are not ours."""
        return self.lines()


class UsageError(NbdspyError, ValueError):
    """The call, the cell or the option cannot be what the user meant."""


class SignatureError(UsageError):
    """A signature that cannot be read; `place` points at the mistake."""


class SettingsError(UsageError):
    """A setting that does not exist or cannot take this value."""


class DataError(UsageError):
    """Examples, tables or splits that do not fit what is asked of them."""


class ToolCallError(UsageError):
    """A tool is called that there is not, or with arguments that it does not take, as a model may have written it."""


class LMError(NbdspyError):
    """A language model did not do what it was asked.

    Args:
        message: What happened.
        hint: What to do about it.
        code: The kind of error, in one word.
        model: Which model it was.
        provider: Whose it is.
        provider_code: The provider's own name for the error.
        status: Of the HTTP answer.
        request_id: By which the provider knows the request.
        retry_after: The seconds that the provider asks to wait.
    """

    code: str | None = None

    def __init__(
        self, message: str = "", *, hint: str | None = None, code: str | None = None, model: str | None = None,
        provider: str | None = None, provider_code: str | None = None, status: int | None = None,
        request_id: str | None = None, retry_after: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message, hint=hint)
        self.code = code or type(self).code
        self.model = model
        self.provider = provider
        self.provider_code = provider_code
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after


class ProviderError(LMError):
    """The provider answered, with an error."""

    code = "provider"


class LMUnavailable(LMError):
    """The model cannot be reached or started; when `transient`, trying again may help.

    `retry_after` are the seconds after which to try, when it said so.
    """

    transient = False

    def __init__(
        self, message: str = "", *, hint: str | None = None, transient: bool | None = None, **known: Any
    ) -> None:
        super().__init__(message, hint=hint, **known)
        if transient is not None:
            self.transient = transient


class RateLimited(LMUnavailable, ProviderError):
    """The provider asks to wait; `retry_after` is in seconds when it said for how long."""

    code = "rate_limit"
    transient = True


class TimedOut(LMUnavailable, ProviderError):
    """No answer came in time."""

    code = "timeout"
    transient = True


class ServerFailed(LMUnavailable, ProviderError):
    """The server says that it failed."""

    code = "server"
    transient = True


class Unreachable(LMUnavailable):
    """The server cannot be reached, or broke off."""

    code = "transport"
    transient = True


class LMRefused(ProviderError):
    """The provider declined the request; sending it again will not help."""


class RequestRefused(LMRefused):
    """What is asked is not taken; another request may be."""

    code = "invalid_request"


class ContextTooLong(RequestRefused):
    """The prompt, with room for the answer, does not fit the model's context."""

    code = "context_window_exceeded"

    def __init__(self, message: str = "The prompt is too long for the model.", **known: Any) -> None:
        super().__init__(message, **known)


class NoSuchModel(RequestRefused):
    """The provider has no model of this name, or not for this account."""

    code = "unsupported_model"


class KeyRefused(LMRefused):
    """The provider does not accept the key, or not for this."""

    code = "auth"


class NothingLeft(LMRefused):
    """The account has nothing left to pay with."""

    code = "billing"


class NotConfigured(LMError):
    """No model was chosen, or the chosen one has no key."""

    code = "not_configured"


class ParseError(NbdspyError, ValueError):
    """A reply that does not hold the signature's outputs; `reply` keeps the whole text.

    Args:
        message: What is wrong; by default said of the adapter and the signature.
        reply: What the model wrote.
        field: The output that could not be read.
        expected: What should have been there, in words.
        hint: What to do about it.
        adapter_name: The class of the adapter that read it.
        signature: Whose outputs they are.
        lm_response: Another name for `reply`, that of DSPy.
        parsed_result: The values that could be read.
        wrote: The text that stood there for the field.
    """

    def __init__(
        self, message: str | None = None, *, reply: str = "", field: str | None = None, expected: str | None = None,
        hint: str | None = None, adapter_name: str = "", signature: Any = None, lm_response: str | None = None,
        parsed_result: Mapping[str, Any] | None = None, wrote: str | None = None,
    ) -> None:  # fmt: skip
        self.reply = reply if lm_response is None else lm_response
        if message is None:
            wanted = ", ".join(signature.output_fields) if signature is not None else "the outputs"
            message = f"{adapter_name or 'The adapter'} cannot read {wanted} out of the reply: {self.reply[:200]}"
        super().__init__(message, hint=hint)
        self.field = field
        self.expected = expected
        self.adapter_name = adapter_name
        self.signature = signature
        self.parsed_result = parsed_result
        self.wrote = wrote

    @property
    def lm_response(self) -> str:
        """What the model wrote, under DSPy's name."""
        return self.reply

    def __reduce__(self) -> Any:
        return type(self), self.args, {**vars(self), "signature": None}  # which cannot travel to another process


class CassetteMiss(NbdspyError):
    """Strict replay met a request that was never recorded."""


class TooManyErrors(NbdspyError):
    """More examples failed than `max_errors` allows; `failures` holds them, `scored` those that did not fail.

    `result` is what there is of the whole, where the work was to give one thing, such as a table.
    """

    def __init__(
        self, message: str, *, failures: Sequence[Any] = (), scored: Sequence[Any] = (), result: Any = None,
        hint: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message, hint=hint)
        self.failures = list(failures)
        self.scored = list(scored)
        self.result = result


class CheckFailed(NbdspyError, AssertionError):
    """A check found what is not as it should be; `checked` holds what became of each assertion.

    Args:
        message: The verdict and why, line by line.
        checked: The check.
        is_shown: Whether a card above says why, so that a traceback need not.
    """

    def __init__(self, message: str, *, checked: Any = None, is_shown: bool = False) -> None:
        super().__init__(message)
        self.checked = checked
        self.is_shown = is_shown

    def lines(self) -> list[str]:
        """The verdict alone where the rest is on the page."""
        first, *rest = self.message.splitlines()
        return [f"{type(self).__name__}: {first}", *([] if self.is_shown else rest)]


class BudgetExceeded(NbdspyError):
    """A limit on calls, money or time was reached before the next call was sent.

    `result` is what there is of the whole, where the work was to give one thing, such as a table.
    """

    result: Any = None


class ToolError(NbdspyError, RuntimeError):
    """A tool that comes from elsewhere says that it failed, or whoever runs it does not answer."""


class SavedStateError(NbdspyError):
    """A file that does not hold the state of this program."""


class StoreError(NbdspyError):
    """What is kept of runs cannot be read or written: a full disk, a damaged file, a database that lets nobody in."""


class SearchFailed(NbdspyError):
    """A search server cannot be reached, or did not answer with passages."""


class SandboxError(NbdspyError):
    """The sandbox cannot be started, was ended by a limit, or was left unusable by the code it ran.

    Args:
        message: What happened.
        hint: What to do about it.
        output: What the code had printed until then.
    """

    def __init__(self, message: str, *, hint: str | None = None, output: str = "") -> None:
        super().__init__(message, hint=hint)
        self.output = output


class CodeExecutionError(SandboxError):
    """The code itself failed, by an error or by its syntax; the sandbox goes on, so the code can be written again."""


ENDING = (BudgetExceeded, CassetteMiss, NotConfigured, KeyRefused, NothingLeft, StoreError)
"""What every further call would meet, too, whatever a model does; so it ends the work of which a call is a part."""


def is_everywhere(error: BaseException) -> bool:
    """Whether an error of one run is to be expected of every other: the user has to mend what it says."""
    return isinstance(error, (UsageError, *ENDING)) and not isinstance(error, ToolCallError)


class CompileWarning(UserWarning):
    """What makes the result of a compile worth less than it looks; its card and `result.warnings` say it too."""


class Stopped(KeyboardInterrupt):
    """A run was stopped by the user; `result` holds everything that was finished.

    It is a KeyboardInterrupt, so that "run all" stops where the user stopped.
    """

    def __init__(self, message: str, *, result: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.result = result

    def _render_traceback_(self) -> list[str]:
        return [f"Stopped: {self.message}"]


def first_of(error: BaseException) -> BaseException:
    """The error itself; of a group the first one in it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def words_of(error: BaseException) -> str:
    """What an error says: nothing, when its own words fail."""
    try:
        return str(error)
    except Exception:  # a `__str__` is foreign code
        return ""


def described(error: BaseException) -> str:
    """The kind of an error, and what it says."""
    return f"{type(error).__name__}: {words_of(error)}"


def unknown_name(error: NameError, text: str, *, filename: str, source: str, known: Iterable[str]) -> UsageError | None:
    """What to say of a name in a user's text that nothing has; None when it stands in other code.

    Args:
        error: What Python said of it.
        text: The user's.
        filename: Under which the text was compiled.
        source: What people call the text.
        known: The names that there are.
    """
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    name, lines = str(error.name), text.splitlines()
    if at is None or at.tb_frame.f_code.co_filename != filename or not 0 < at.tb_lineno <= len(lines):
        return None
    line = lines[at.tb_lineno - 1]
    found = re.search(rf"\b{re.escape(name)}\b", line)
    place = Place(source, at.tb_lineno, found.start() + 1 if found else 1, line, width=len(name))
    return UsageError(
        f"There is no {name!r}.", hint=did_you_mean(name, known) or "Import it, or define it before.", place=place
    )


def ended(text: str) -> str:
    """A text that a sentence can follow: with a full stop, where it has no end of its own."""
    return text if text.rstrip("'\")`")[-1:] in (".", "!", "?", "…", ":", ";") else f"{text}."


_NOT_THE_USERS = ("nbdspy.", "IPython.core.", "threading.")
"""Code between a warning and the line, or the cell, that it is about."""


def warn_caller(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line of the user's that led here; on a thread of ours, which none did, at no line of Python's own."""
    frame: FrameType | None = sys._getframe(1)
    level = 2
    while frame is not None and f"{frame.f_globals.get('__name__')}.".startswith(_NOT_THE_USERS):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A suggestion for a misspelt word, or None when nothing is close."""
    close = nearest(word, known)
    return None if close is None else f"Did you mean {close}?"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a misspelt one is closest to, or None when none is close.

    The dashes of options do not count, or all options would be alike.
    """
    folded: dict[str, list[str]] = {}
    for name in known:
        folded.setdefault(name.lstrip("-").lower(), []).insert(0, name)
    close = difflib.get_close_matches(word.lstrip("-").lower(), folded, n=1, cutoff=0.6)
    if not close:
        return None
    return max(folded[close[0]], key=lambda name: sum(a == b for a, b in zip(name, word, strict=False)))
