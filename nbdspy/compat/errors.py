"""Errors of DSPy's that nothing here raises, for code that raises or catches them; and the question about them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbdspy.errors import LMError, LMUnavailable


class LMUnsupportedFeatureError(LMError):
    """What a model cannot do is asked of it; where nbdspy knows, it raises a UsageError."""

    code = "unsupported_feature"

    def __init__(
        self, message: str = "", *, features: Sequence[str] | None = None, feature: str | None = None,
        issues: Sequence[str] | None = None, **known: Any,
    ) -> None:  # fmt: skip
        super().__init__(message, **known)
        self.feature = feature
        self.features = list(features or filter(None, [feature]))
        self.issues = list(issues or ())


class LMUnexpectedError(LMError):
    """What nobody foresaw; nbdspy lets such an error through as it is."""

    code = "unexpected"


def is_retryable_lm_error(error: Exception) -> bool:
    """Whether asking again may help.

    Example:
        >>> from nbdspy.errors import LMRefused, RateLimited
        >>> is_retryable_lm_error(RateLimited("Too many requests.")), is_retryable_lm_error(LMRefused("No."))
        (True, False)
    """
    return isinstance(error, LMUnavailable) and error.transient
