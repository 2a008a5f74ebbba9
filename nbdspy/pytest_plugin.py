"""For the tests of whoever installs nbdspy: the fixture `nbdspy_cassette`, which replays a test's calls from a file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import pytest

if TYPE_CHECKING:
    from nbdspy.models.cassette import Cassette

MODES: Final = ("replay", "record", "fill", "off")
MARKER: Final = "nbdspy_cassette"
OPTION: Final = "--nbdspy-cassette"
VARIABLE: Final = "NBDSPY_CASSETTE"
LONGEST: Final = 80  # letters of a file's name


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that says what the cassettes of tests are for."""
    told = "what the fixture nbdspy_cassette does: replay (the habit), record anew, fill what is missing, off"
    parser.getgroup("nbdspy").addoption(OPTION, choices=MODES, help=told)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, for suites that are strict about markers."""
    config.addinivalue_line("markers", f"{MARKER}(path): the file of the fixture nbdspy_cassette, beside the test")


@pytest.fixture
def nbdspy_cassette(request: pytest.FixtureRequest) -> Iterator[Cassette | None]:
    """The cassette of a test: its calls are answered from `cassettes/<module>/<test>.jsonl` beside it.

    `pytest --nbdspy-cassette=record` asks the models and writes the files, `fill` only what is missing, `off` uses
    none; `NBDSPY_CASSETTE` says the same where the option does not. A folder that the variable names is of notebooks,
    and tests keep to their own files. `@pytest.mark.nbdspy_cassette("file.jsonl")` names another file.

    Raises:
        UsageError: When there is none to replay.
    """
    from nbdspy.errors import UsageError
    from nbdspy.models import use_cassette

    mode, path = _wanted(request)
    if mode in ("record", "fill"):
        path.parent.mkdir(parents=True, exist_ok=True)
    elif mode == "replay" and not path.exists():
        raise UsageError(
            f"There is no cassette {str(path)!r} for this test.", hint=f"Record it: pytest {OPTION}=record."
        )
    used = "replay" if mode == "fill" else mode
    with use_cassette(cast(Any, used), None if mode == "off" else path, fill=mode == "fill") as cassette:
        if cassette is not None:
            cassette.remedy = f"Record what is missing: pytest {OPTION}=fill."
        yield cassette


def _wanted(request: pytest.FixtureRequest) -> tuple[str, Path]:
    """What the cassette is for, and where it is."""
    from nbdspy.errors import SettingsError

    mode, _, named = os.environ.get(VARIABLE, "").partition(":")
    if mode and mode not in MODES:
        raise SettingsError(f"{VARIABLE} starts with {mode!r}.", hint=f"Begin it with one of: {', '.join(MODES)}.")
    if Path(named).is_dir():  # of notebooks, each with a file of its name; and so has each test
        named = ""
    chosen = request.config.getoption(OPTION)
    if chosen or not mode:
        return chosen or "replay", _place(request.node)
    if named and mode in ("record", "fill"):
        raise SettingsError(
            f"{VARIABLE} names the file {named!r}, and each test has its own.", hint=f"Say {VARIABLE}={mode}."
        )
    return mode, Path(named) if named else _place(request.node)


def _place(test: pytest.Item) -> Path:
    """The file of a test; a name that no file could have is told apart by a few letters of its digest."""
    marker = test.get_closest_marker(MARKER)
    if marker is not None:
        return Path(test.path.parent, marker.args[0])
    name = re.sub(r"[^\w\-\[\].]+", "_", test.name)
    if name != test.name or len(name) > LONGEST:
        name = f"{name[:LONGEST]}-{sha256(test.name.encode()).hexdigest()[:8]}"
    return test.path.parent / "cassettes" / test.path.stem / f"{name}.jsonl"
