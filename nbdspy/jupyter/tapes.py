"""Which cassette a notebook gets: what its cells say, unless the environment says otherwise."""

from __future__ import annotations

import os
from typing import Any, Final, cast

from nbdspy.errors import SettingsError

VARIABLE: Final = "NBDSPY_CASSETTE"
MODES: Final = ("record", "replay", "fill", "off")


def insert(mode: str, path: str | None, *, fill: bool = False) -> Any:
    """Put a cassette in as a cell says; what `NBDSPY_CASSETTE` says goes before it.

    So one command records a notebook anew and another replays it, whatever its cells say.
    """
    set_mode, set_path = _environment()
    return _use(set_mode or ("fill" if fill else mode), set_path or path)


def insert_from_environment() -> None:
    """Put in the cassette of `NBDSPY_CASSETTE=MODE:FILE`, for notebooks that name none."""
    mode, path = _environment()
    if mode and path:
        _use(mode, path)


def _use(mode: str, path: str | None) -> Any:
    from nbdspy.models import use_cassette

    return use_cassette("replay", path, fill=True) if mode == "fill" else use_cassette(cast(Any, mode), path)


def _environment() -> tuple[str, str]:
    mode, _, path = os.environ.get(VARIABLE, "").partition(":")
    if mode and mode not in MODES:
        raise SettingsError(f"{VARIABLE} starts with {mode!r}.", hint=f"Begin it with one of: {', '.join(MODES)}.")
    return mode, path
