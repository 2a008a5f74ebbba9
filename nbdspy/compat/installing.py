"""`import dspy` gives nbdspy: existing notebooks and scripts run as they are."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

from nbdspy.compat.aliases import Alias, alias, missing
from nbdspy.compat.names import MODULES
from nbdspy.errors import UsageError

PEER: Final = "dspy"


class Aliases(MetaPathFinder, Loader):
    """Finds and loads DSPy's modules."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Say that a module is ours; for what `from … import` lacks, why.

        Raises:
            ImportError: For a name of DSPy's that is not here; says what to use.
        """
        if fullname != PEER and not fullname.startswith(f"{PEER}."):
            return None
        if fullname not in MODULES:
            raise ImportError(missing(fullname), name=fullname)
        return ModuleSpec(fullname, self, origin="nbdspy", is_package=True)

    def create_module(self, spec: ModuleSpec) -> Alias:
        """The module that stands for it."""
        return alias(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""


class Installed:
    """Says that `import dspy` gives nbdspy, until `undo()`; in a `with`, until its end."""

    def undo(self) -> None:
        """Let `import dspy` find DSPy again; what was imported so far stays what it is."""
        if _finder in sys.meta_path:
            sys.meta_path.remove(_finder)
        for path in MODULES:
            if isinstance(sys.modules.get(path), Alias):
                del sys.modules[path]

    def __enter__(self) -> Installed:
        return self

    def __exit__(self, *_: object) -> None:
        self.undo()

    def __repr__(self) -> str:
        return "import dspy now gives nbdspy; a name that is not here says what to use."


def install_as_dspy() -> Installed:
    """Make `import dspy`, `from dspy.teleprompt import …` and their kin give nbdspy in this process.

    Raises:
        UsageError: When the real DSPy is imported already, for then some objects would be its own.

    Example:
        >>> with install_as_dspy():
        ...     from dspy.signatures import Signature
        >>> Signature("question -> answer").signature
        'question -> answer'
    """
    there = sys.modules.get(PEER)
    if there is not None and not isinstance(there, Alias):
        raise UsageError(
            f"DSPy itself is imported already ({getattr(there, '__version__', 'of no version')}).",
            hint="Restart the kernel, and do this before the first `import dspy`.",
        )
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    return Installed()


_finder: Final = Aliases()
