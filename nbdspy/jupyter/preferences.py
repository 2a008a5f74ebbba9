"""What a user prefers when a line does not say: `%config NbDspy`, then `NBDSPY_*`, then `[tool.nbdspy]`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

from IPython.core.interactiveshell import InteractiveShell
from traitlets import Enum, Float, Int, TraitError, observe, validate
from traitlets.config import Config, Configurable

from nbdspy.errors import SettingsError, did_you_mean

MODES: Final = ("auto", "static", "lines", "live")
WANTED: Final[Mapping[str, str]] = {
    "budget_usd": "a number from 0",
    "max_calls": "a whole number above 0",
    "threads": "a whole number above 0",
    "mode": "static, lines or live",
}
"""Everything that can be preferred. Where a model is and what code runs is not for a file to say."""

FILE: Final = "pyproject.toml"
"""Where a project says what it prefers."""

LIMITS: Final = ("budget_usd", "max_calls")
"""Those that hold for everything that the kernel does."""


class NbDspy(Configurable):
    """Preferences of nbdspy. What is None is taken from NBDSPY_<NAME>, then from [tool.nbdspy] in pyproject.toml."""

    budget_usd = Float(
        None, allow_none=True, help="US dollars that this kernel may spend in all; 0: only what is free."
    ).tag(config=True)
    max_calls = Int(None, allow_none=True, help="Calls of models that this kernel may make in all.").tag(config=True)
    threads = Int(None, allow_none=True, help="Examples at once, for %compile and %evaluate without --threads.").tag(
        config=True
    )
    mode = Enum(
        MODES, None, allow_none=True,
        help="How a run shows that it goes on: live on a page, in lines, static only at its end; auto looks who reads.",
    ).tag(config=True)  # fmt: skip

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(parent=shell)
        self._shell = shell
        self._configured = deepcopy(shell.config.get("NbDspy"))
        self._filed = _filed(Path(FILE))

    def install(self) -> None:
        """Let `%config` find the preferences, and let the limits hold."""
        self._shell.configurables.append(self)  # type: ignore[arg-type]  # IPython keeps every Configurable there
        if any(self.preferred(name) is not None for name in LIMITS):  # else loading need not wait for the models
            self._limit()

    def remove(self) -> None:
        """Take them away, with what `%config` said: it leaves that in the shell, for the next one to find."""
        self._shell.configurables.remove(self)  # type: ignore[arg-type]
        self._shell.config.pop("NbDspy", None)
        if "nbdspy.models.tallies" in sys.modules:
            self._limit(of_nobody=True)
        if self._configured:
            self._shell.config["NbDspy"] = self._configured

    def preferred(self, name: str) -> Any:
        """The value in force; None when nobody said one.

        Raises:
            SettingsError: When the environment holds what cannot be meant.
        """
        value = getattr(self, name)
        value = _from_environment(name) if value is None else value
        return self._filed.get(name) if value is None else value

    def defaults(self, **names: str) -> dict[str, Any]:
        """Arguments of a function, each from the preference of that name; those that nobody said are left out."""
        found = {argument: self.preferred(name) for argument, name in names.items()}
        return {argument: value for argument, value in found.items() if value is not None}

    def update_config(self, config: Config) -> None:
        """Take what `%config` says. It only logs an error; so a limit that cannot be meant stops what is asked.

        Raises:
            TraitError: When a value cannot be meant, or goes past what the environment allows.
        """
        given = {name: value for name, value in config.get("NbDspy", {}).items() if name in LIMITS}
        try:
            super().update_config(config)
        except TraitError as error:
            wrong = next((name for name, value in given.items() if not _fits(name, value)), None)
            if wrong is None:
                raise
            from nbdspy.models.tallies import total

            total.wrong = f"NbDspy.{wrong} is {given[wrong]!r}; it takes {WANTED[wrong]}. No model is asked."
            raise TraitError(total.wrong) from error
        if given:  # also where the value is the one before a wrong one
            self._limit()

    @validate("budget_usd", "max_calls", "threads")
    def _fitting(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        if value is not None and not _fits(name, value):
            raise TraitError(f"NbDspy.{name} is {value}; it takes {WANTED[name]}.")
        if value is not None and name in LIMITS and (most := _allowed(name)) is not None and value > most:
            raise TraitError(f"NBDSPY_{name.upper()} allows {most:g}; a notebook can lower that, and not raise it.")
        return value

    @observe(*LIMITS)
    def _limited(self, change: Any) -> None:
        self._limit()

    def _limit(self, *, of_nobody: bool = False) -> None:
        """Have the limits of this kernel be what the notebook or its project says; the environment's hold anyway."""
        from nbdspy.models.tallies import allowed, total

        allowed()  # read now, before a cell can change it
        said = {name: getattr(self, name) for name in LIMITS}
        filed = {name: self._filed[name] for name in LIMITS if said[name] is None and name in self._filed}
        usd, calls = (None if of_nobody else filed.get(name, said[name]) for name in LIMITS)
        total.limit(usd=usd, calls=calls, set_by=dict.fromkeys(filed, f"[tool.nbdspy] in {FILE}"))


def _allowed(name: str) -> float | None:
    """What the environment allows, as it was when the kernel began to think of models."""
    from nbdspy.models.tallies import allowed

    return next((budget.usd if name == "budget_usd" else budget.calls for budget in allowed()), None)


def _from_environment(name: str) -> Any:
    variable = f"NBDSPY_{name.upper()}"
    text = os.environ.get(variable)
    if not text:
        return None
    value = text if name == "mode" else _number(text)
    if not _fits(name, value):
        raise SettingsError(f"{variable} is {text!r}.", hint=f"Set it to {WANTED[name]}, or not at all.")
    return value


def _filed(path: Path) -> Mapping[str, Any]:
    """What a project's file prefers.

    Raises:
        SettingsError: When it cannot be read, or holds a name or a value that nobody can prefer.
    """
    if not path.is_file():
        return {}
    import tomllib

    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("nbdspy", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.", hint="Correct it, or move it away.") from error
    if not isinstance(table, dict):
        raise SettingsError(f"tool.nbdspy in {path} is {table!r}.", hint="Write a table, [tool.nbdspy].")
    for name, value in table.items():
        if name not in WANTED:
            hint = did_you_mean(name, WANTED) or f"There are: {', '.join(WANTED)}."
            raise SettingsError(f"[tool.nbdspy] in {path} has no setting {name!r}.", hint=hint)
        if not _fits(name, value):
            raise SettingsError(f"{name} in [tool.nbdspy] of {path} is {value!r}.", hint=f"Write {WANTED[name]}.")
    return table


def _number(text: str) -> float | None:
    try:
        return int(text) if text.strip().isdecimal() else float(text)
    except ValueError:
        return None


def _fits(name: str, value: Any) -> bool:
    if name == "mode":
        return value in MODES
    if name == "budget_usd":
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
