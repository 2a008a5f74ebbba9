"""The notebook's face: magics, cards, completion. `%load_ext nbdspy` puts it on, `%unload_ext nbdspy` takes it off.

`playground` and `label` are the forms, for those who call them without a magic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from IPython.core.interactiveshell import InteractiveShell

from nbdspy.jupyter.extension import Extension
from nbdspy.jupyter.looking_back import Attention

if TYPE_CHECKING:
    from nbdspy.jupyter.forms import label as label
    from nbdspy.jupyter.forms import playground as playground

__all__ = ["label", "load", "playground", "unload"]

_loaded: Final[dict[InteractiveShell, Extension]] = {}  # a process may have several shells
_attention: Final = Attention()


def load(shell: InteractiveShell) -> None:
    """Add the magics to a shell; a shell that has them keeps them."""
    if shell not in _loaded:
        _loaded[shell] = Extension(shell)
        _attention.begin()


def unload(shell: InteractiveShell) -> None:
    """Take everything away that `load` added; variables stay."""
    extension = _loaded.pop(shell, None)
    if extension is not None:
        extension.remove()
        if not _loaded:
            _attention.end()


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"nbdspy.jupyter has no {name!r}.")
    from nbdspy.jupyter import forms  # which need more than loading the extension may wait for

    return getattr(forms, name)
