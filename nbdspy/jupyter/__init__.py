"""The notebook's face: magics, cards, completion. `%load_ext nbdspy` puts it on, `%unload_ext nbdspy` takes it off."""

from __future__ import annotations

from typing import Final

from IPython.core.interactiveshell import InteractiveShell

from nbdspy.jupyter.extension import Extension
from nbdspy.jupyter.looking_back import Attention

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
