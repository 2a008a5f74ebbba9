"""The store of this notebook: `.nbdspy/` beside it, or where the environment says."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbdspy import render
from nbdspy.errors import UsageError
from nbdspy.store.store import Store

FOLDER = ".nbdspy"
FILE = "store.sqlite"

_lock = threading.Lock()
_opened: dict[tuple[str, Callable[[Any], Any]], Store] = {}


def opened_store(address: str | os.PathLike[str] | None = None, *, redact: Callable[[Any], Any]) -> Store:
    """The store of the working directory, one for the whole process; nothing is made before something is kept in it.

    Files in the working directory have no say in where it is.

    Args:
        address: What the user's own settings say: a path or a URL. By default that of `NBDSPY_STORE`, else a file in
            the folder of `NBDSPY_HOME`, else one in `.nbdspy/` in the working directory.
        redact: As `Store` takes it.

    Raises:
        UsageError: When it is neither a path nor a URL.
        StoreError: When the address cannot be read.
    """
    if not isinstance(address, str | os.PathLike | None):
        raise UsageError(
            f"{render.short(repr(address))} is no place for a store.",
            hint="Give a path, a database's URL or a Store; False keeps nothing.",
        )
    place = str(address or os.environ.get("NBDSPY_STORE") or home() / FILE)
    if "://" not in place:
        place = str(Path(place).expanduser().absolute())
    with _lock:
        if (place, redact) not in _opened:
            _opened[place, redact] = Store(place, redact=redact)
        return _opened[place, redact]


def home() -> Path:
    """The folder of what is kept for this notebook."""
    chosen = os.environ.get("NBDSPY_HOME")
    return Path(chosen).expanduser().absolute() if chosen else Path.cwd() / FOLDER
