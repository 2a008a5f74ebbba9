"""Which widget a field is entered in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import ipywidgets as widgets

from nbdspy.adapters.kinds import kind_of
from nbdspy.adapters.wording import describe_type
from nbdspy.forms import Shape, entry_text, shape_of
from nbdspy.forms.entries import choices_of
from nbdspy.render import visible
from nbdspy.signatures import Field
from nbdspy.types import sources

NAMED: Final = {"description_width": "112px"}
WIDE: Final = {"width": "auto", "max_width": "840px"}


@dataclass(frozen=True, eq=False)
class Control:
    """A field's widget: `read` gives what stands in it, a text or a value, and `show` puts a value in.

    `box` is what stands in the form; `entry` the part of it that takes the focus.
    """

    field: Field
    box: Any
    entry: Any
    read: Callable[[], Any]
    show: Callable[[Any], None]


def control(field: Field) -> Control:
    """The widget of a field, with the field's default in it.

    Example:
        >>> made = control(Field(role="input", name="days", type=int))
        >>> made.entry.value = "3"
        >>> made.read()
        '3'
    """
    made = MAKERS[shape_of(field)](field)
    if not field.required:
        made.show(field.default)
    return made


def _several_lines(field: Field, hint: str = "", rows: int = 2) -> Control:
    return _typed(field, widgets.Textarea, placeholder=_hint(field, hint), rows=rows)


def _text(field: Field) -> Control:
    return _several_lines(field, "" if field.type is str else describe_type(field.type))


def _lines(field: Field) -> Control:
    return _several_lines(field, "one a line", rows=3)


def _json(field: Field) -> Control:
    return _several_lines(field, f"{describe_type(field.type)}, as JSON", rows=4)


def _number(field: Field) -> Control:
    """As text: an empty one is not 0, and one of twenty digits stays what it is, as in no number of a browser."""
    whole = getattr(kind_of(field.type).type, "__name__", "") == "int"
    return _typed(field, widgets.Text, placeholder=_hint(field, "a whole number" if whole else "a number"))


def _typed(field: Field, kind: type[Any], **traits: Any) -> Control:
    entry = kind(continuous_update=False, **_named(field), **traits)
    entry.add_class("nbdspy-entry")

    def show(value: Any) -> None:
        entry.value = visible(entry_text(value, field))

    return Control(field, entry, entry, lambda: entry.value, show)


def _hint(field: Field, hint: str) -> str:
    """What stands in an empty widget: what the field is, and how it is entered."""
    return visible(" · ".join(filter(None, [field.description, hint])))


def _truth(field: Field) -> Control:
    entry = widgets.Checkbox(value=False, indent=True, **_named(field))

    def show(value: Any) -> None:
        entry.value = value is True

    return Control(field, entry, entry, lambda: entry.value, show)


def _choice(field: Field) -> Control:
    """The empty one stands for what was not said yet, or for None."""
    options = [("–", ""), *((visible(text), text) for text in choices_of(field))]
    entry = widgets.Dropdown(options=options, value="", **_named(field))

    def show(value: Any) -> None:
        text = entry_text(value, field)
        entry.value = text if text in choices_of(field) else ""

    return Control(field, entry, entry, lambda: entry.value, show)


def _file(field: Field) -> Control:
    """A file of the reader's machine, or an address; a value that came from elsewhere stays until one is given."""
    name = kind_of(field.type).type.__name__
    accept = {"Image": "image/*", "Audio": "audio/*"}.get(name, "")
    upload = widgets.FileUpload(
        accept=accept, multiple=False, description=f"Choose {field.name}", layout={"width": "auto"}
    )
    address = widgets.Text(placeholder="or its address: https://…", continuous_update=False, **_named(field))
    held: list[Any] = []

    def read() -> Any:
        if upload.value:
            return _uploaded(field, upload.value[0])
        return address.value if address.value or not held else held[0]

    def show(value: Any) -> None:
        held[:] = [] if value is None else [value]
        upload.value = ()
        address.value = ""
        address.placeholder = visible(repr(value)) if held else "or its address: https://…"

    return Control(
        field, widgets.VBox([address, widgets.HBox([upload], layout={"margin": "0 0 0 118px"})]), address, read, show
    )


def _uploaded(field: Field, given: Mapping[str, Any]) -> Any:
    """A value of the field's type, of the bytes that a page sent."""
    from nbdspy.types import Audio, File, Image

    data, name = bytes(given["content"]), str(given["name"])
    kind = kind_of(field.type).type
    if issubclass(kind, Image):
        return kind(data)
    if issubclass(kind, Audio):
        return kind(data, audio_format=name.rpartition(".")[2].lower() or "wav")
    assert issubclass(kind, File)
    return kind.from_bytes(data, filename=name, mime_type=sources.kind_by_name(name))


def _named(field: Field) -> dict[str, Any]:
    """What the widget is called: a page ties the name to it as its label."""
    return {"description": field.name, "tooltip": visible(field.description), "style": NAMED, "layout": dict(WIDE)}


MAKERS: Final[Mapping[Shape, Callable[[Field], Control]]] = {
    "text": _text,
    "number": _number,
    "truth": _truth,
    "choice": _choice,
    "lines": _lines,
    "file": _file,
    "json": _json,
}
"""By how the field's values are entered."""
