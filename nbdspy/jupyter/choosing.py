"""`%lm`: the model that programs ask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from IPython.core.magic import line_magic, magics_class

from nbdspy.errors import NotConfigured
from nbdspy.jupyter import manuals
from nbdspy.jupyter.base import NotebookMagics, documented
from nbdspy.jupyter.tokenizer import Word

if TYPE_CHECKING:
    from nbdspy.jupyter.download import Download


@magics_class
class ChoosingMagics(NotebookMagics):
    """The magic that chooses."""

    @line_magic
    @documented(manuals.LM)
    def lm(self, line: str) -> Any:
        from nbdspy.configuration import configure, settings
        from nbdspy.jupyter.download import Download
        from nbdspy.jupyter.status import model_status

        arguments = manuals.LM.read(line, self.names)
        given = dict(arguments.given)
        name = given.pop("name", None)
        before = settings.lm
        if not arguments.targets and not arguments.given:
            return model_status(before)
        if arguments.targets:
            lm = self._made(arguments.target("a model's name"), given)
        elif before is None:
            raise NotConfigured("No model is chosen that could be changed.", hint="Write %lm smollm2 for example.")
        else:
            lm = before.copy(**given) if given else before
        if before is not None and before.leaf is not lm.leaf and not _is_used(before, self.names.values.items()):
            before.close()  # first, so that a small machine need not hold both
        download = Download(self.screen, lm.model, quiet=arguments.line.quiet)
        _load(lm, download)
        configure(lm=lm)
        # Shown wherever in a cell it stands: loading is worth a word, and it is seldom the last line.
        download.finish(lm, notes=() if name is None else self.bind(name, lm))
        return lm

    def _made(self, word: Word, settings: dict[str, Any]) -> Any:
        """The model of this name: a variable that holds one, or a new one."""
        from nbdspy.models import LM, BaseLM

        known = None if word.is_quoted else self.names.find(word)
        if isinstance(known, BaseLM):
            return known.copy(**settings) if settings else known
        return LM(word.text, **settings)


def _load(lm: Any, download: Download) -> None:
    """Make the model ready now, where the wait is expected; a replay needs none."""
    from nbdspy.models import gate

    if gate.cassette is not None and not gate.cassette.records:
        return
    if hasattr(lm.leaf, "progress"):  # a file that may have to be fetched
        lm.leaf.progress = download.show
    lm.load()


def _is_used(lm: Any, variables: Iterable[tuple[str, Any]]) -> bool:
    """Whether a variable of the user holds the model, or a program that has it for its own."""
    from nbdspy.models import BaseLM
    from nbdspy.modules import Module

    for name, value in variables:
        if name.startswith("_"):
            continue
        if isinstance(value, BaseLM) and value.leaf is lm.leaf:
            return True
        if isinstance(value, Module) and any(part.lm and part.lm.leaf is lm.leaf for part in value.predictors()):
            return True
    return False
