"""`Declined`: a request that was turned down, as a cassette keeps it and a replay raises it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from nbdspy.errors import ContextTooLong, LMRefused, NoSuchModel, RequestRefused, UsageError
from nbdspy.models.redaction import redact
from nbdspy.render import short

KINDS: Final[Mapping[str, type[LMRefused]]] = {
    kind.__name__: kind for kind in (LMRefused, RequestRefused, ContextTooLong, NoSuchModel)
}
"""What the same request would meet again. A key that is refused and an account that is empty can be mended."""
_KNOWN = ("code", "model", "provider", "provider_code", "status", "request_id", "retry_after")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """What was said instead of a reply; `known` are the error's other attributes, by their names, where there are any.

    Example:
        >>> declined = Declined.of(ContextTooLong("The prompt is too long.", status=400))
        >>> raised = declined.error()
        >>> type(raised).__name__, raised.message, raised.status
        ('ContextTooLong', 'The prompt is too long.', 400)
    """

    kind: type[LMRefused]
    message: str
    hint: str | None = None
    known: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, error: LMRefused) -> Declined | None:
        """An error without the keys in it; None when not the request is to blame.

        A user's own class of error is kept as the one of ours that it is made from.
        """
        ours = next(kind for kind in type(error).__mro__ if kind.__module__ == LMRefused.__module__)
        if ours not in KINDS.values():
            return None
        known = {name: getattr(error, name) for name in _KNOWN}
        return cls(
            kind=ours,
            message=redact(error.message),
            hint=redact(error.hint),
            known=redact({name: value for name, value in known.items() if value is not None}),
        )

    def error(self) -> LMRefused:
        """The error, to be raised once."""
        return self.kind(self.message, hint=self.hint, **self.known)

    def as_dict(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return {
            "kind": self.kind.__name__,
            "message": self.message,
            **({} if self.hint is None else {"hint": self.hint}),
            **self.known,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Declined:
        """Read what `as_dict` wrote.

        Raises:
            UsageError: When the kind is one that this version does not know.
        """
        if values["kind"] not in KINDS:
            raise UsageError(
                f"there is no kind of refusal {short(repr(values['kind']), 40)}; known are {', '.join(KINDS)}",
                hint="Update nbdspy, or record it anew with `nbdspy cassette record NOTEBOOK`.",
            )
        return cls(
            kind=KINDS[values["kind"]],
            message=values["message"],
            hint=values.get("hint"),
            known={name: values[name] for name in _KNOWN if name in values},
        )
