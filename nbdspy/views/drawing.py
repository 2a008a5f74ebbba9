"""Templates to fragments, and fragments to a card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from nbdspy.runtime import whole_import
from nbdspy.views import figures, palette, safe

if TYPE_CHECKING:
    from jinja2 import Environment

Bundle = dict[str, Any]
"""What a notebook stores of an output by mimetype: a text, or what JSON has where the mimetype ends in `+json`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A drawn thing: named pieces of HTML in their order, and the same in a few lines of text.

    A piece whose content is not known is absent, so that a live view can put it in later without a blank before. The
    piece `controls` has buttons, which need a kernel that hears them: it is in the live view only.
    """

    fragments: Mapping[str, str]
    text: str

    def html(self) -> str:
        """The pieces in their frame, as a page without a kernel shows them."""
        kept = [html for name, html in self.fragments.items() if name != "controls"]
        return _environment().get_template("card.html").render(fragments=kept, is_live=False)

    def frame(self) -> str:
        """The frame alone, for a view that puts the pieces in as they come."""
        return _environment().get_template("card.html").render(fragments=(), is_live=True)

    def bundle(self) -> Bundle:
        """The card by mimetype, as a notebook keeps it."""
        return {"text/plain": safe.plain(self.text), "text/html": self.html()}


def fragments(template: str, /, **data: Any) -> dict[str, str]:
    """Every block of a template by its name, drawn from data; blocks that draw nothing are left out."""
    loaded = _environment().get_template(template)
    context = loaded.new_context(data)
    drawn = {name: "".join(block(context)).strip() for name, block in loaded.blocks.items()}
    return {name: html for name, html in drawn.items() if html}


def drawn(template: str, /, **data: Any) -> str:
    """A template as one piece."""
    return _environment().get_template(template).render(data)


def with_notes(bundle: Bundle, notes: Sequence[str]) -> Bundle:
    """A bundle with sentences under it."""
    noted = {**bundle, "text/plain": "\n".join([bundle["text/plain"], *map(safe.plain, notes)])}
    if "text/html" in bundle:
        noted["text/html"] += _environment().get_template("notes.html").render(notes=notes)
    return noted


@cache
def _environment() -> Environment:
    whole_import("jinja2")
    import jinja2
    import markupsafe

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("nbdspy.views"),
        autoescape=True,
        auto_reload=False,
        undefined=jinja2.StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["short"] = safe.short
    environment.globals["figures"] = figures
    environment.globals["ink"] = {
        name: markupsafe.Markup(colour) for name, colour in vars(palette).items() if name.isupper()
    }
    environment.globals["ui"] = environment.get_template("macros.html").module
    return environment


def _visible(value: Any) -> Any:
    """What a template prints: finished HTML as it is, everything else as text that may be shown."""
    return value if hasattr(value, "__html__") else safe.plain(value)
