"""The limits of a compile, which are raised by its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nbdspy.models.budget import Budget, Resource

ARGUMENTS: Final[Mapping[Resource, str]] = {
    "usd": "budget",
    "calls": "max_calls",
    "tokens": "max_tokens",
    "seconds": "timeout",
}


class CompileBudget(Budget):
    """What a compile may spend, as `nbdspy.compile` and `%compile` are told; what was found until then is kept."""

    def _name(self, of: Resource) -> str:
        """The argument."""
        return ARGUMENTS[of]

    def _remedy(self, of: Resource, *, is_unknown: bool) -> str:
        """Which argument or option to change."""
        option = _option(of)
        if is_unknown:
            return f"Leave {option} out and limit the calls: {_option('calls')}."
        return f"Raise {option} and resume (--resume)."


def _option(of: Resource) -> str:
    argument = ARGUMENTS[of]
    return f"{argument} (--{argument.replace('_', '-')})"
