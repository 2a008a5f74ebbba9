"""What a model, a tool, a data row or a server may say to do harm, for every field of every view; and planted keys."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import typing
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from typing import Any

from nbdspy import views
from nbdspy.checks import Checked
from nbdspy.views import Bundle, Card

NOWHERE = "http://127.0.0.1:9"
HACK = "window.hacked=1;document.title=`owned`;alert(1)"


def payloads(address: str = NOWHERE) -> dict[str, str]:
    """Texts by what they try; whatever one of them fetches, it fetches from this address."""
    return {
        "script": f"<script>{HACK}</script><script src={address}/script.js></script>",
        "handler": f'<img src={address}/image.png onerror="{HACK}" onload="{HACK}">',
        "attribute end": f'"><img src={address}/quote.png onerror="{HACK}"><b a="',
        "attribute end, single": f"'><svg onload='{HACK}'><circle fill='url({address}/fill.svg)'/></svg><b a='",
        "attribute": f"' style='position:fixed;inset:0;background:url({address}/fixed.png)' onclick='{HACK}",
        "style element": f"<style>@import '{address}/import.css';*{{background:url({address}/all.png)!important}}</style>",
        "style value": f"red;background:url({address}/value.png);x:expression({HACK})",
        "link": f'<link rel=stylesheet href={address}/link.css><link rel=prefetch href={address}/prefetch>',
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg"><script>{HACK}</script><image href="{address}/in.svg"/></svg>',
        "math": f'<math><mtext></form><form><mglyph><style></math><img src={address}/math.png onerror="{HACK}">',
        "frame": f'<iframe srcdoc="<script>parent.{HACK}</script>" src="{address}/frame"></iframe>',
        "object": f'<object data="{address}/object"></object><embed src="{address}/embed">',
        "form": f'<form action="{address}/form"><input autofocus onfocus="{HACK}"><button data-do="stop">Stop</button></form>',
        "media": f'<video src={address}/video.mp4 autoplay></video><audio src={address}/audio.mp3 autoplay></audio>',
        "meta": f'<meta http-equiv=refresh content="0;url={address}/refresh"><base href="{address}/base/">',
        "script link": f'<a href="javascript:{HACK}">here</a> [here](javascript:{HACK})',
        "data address": f"<a href=\"data:text/html,<script>{HACK}</script>\">x</a><img src='data:image/svg+xml,<svg onload={HACK}>'>",
        "Markdown image": f"![pixel]({address}/pixel.png) [![x]({address}/in.png)]({address}/go) <{address}/auto>",
        "closers": "</pre></code></td></tr></table></summary></details></div></span></b><h1>free</h1>",
        "comment": f"<!-- --><!--><img src={address}/comment.png onerror='{HACK}'>--><![CDATA[<script>{HACK}</script>]]>",
        "template": "{{ 7 * 7 }}{% block x %}{# #}${7*7}<%= 7*7 %>{{ self.__init__.__globals__ }}",
        "entities": f"&lt;script&gt;{HACK}&lt;/script&gt; &#60;img src={address}/entity.png&#62; &nbsp;&amp;amp;",
        "terminal": "ring\a \x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]8;;http://x\x1b\\link \x9b2J \x1bP+q\x1b\\ back\b\b\r over",
        "direction": "user \u202etxt.exe\u202c \u2066a\u2069 \u200fb\u200e \u2028line\u2029paragraph",
        "halves": "half \ud800 a \udfff character \x00 nul",
        "mime": '{"application/vnd.jupyter.widget-view+json": {"version_major": 2, "model_id": "0"}, "text/html": "<b>x"}',
        "fragment": f'<div data-fragment="controls"><button data-do="stop" onclick="{HACK}">Stop, keep best</button></div>',
        "TeX": f"$\\href{{javascript:{HACK}}}{{x}}$ \\(\\unicode{{x}}\\) $$\\includegraphics{{{address}/tex.png}}$$",
    }  # fmt: skip


KEYS = {
    "looks like one": "sk-proj-Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MDEy",
    "of the environment": "plain-words-of-the-environment-variable",
    "of a header": "plain-words-of-the-header-of-a-request",
    "of an address": "plain-words-of-a-password-in-an-address",
}


def parts(bundle: Mapping[str, Any]) -> dict[str, str]:
    """Each part of a bundle as text, JSON too: its own escapes are undone, for they would hide what is looked for."""
    return {
        kind: part if isinstance(part, str) else "\n".join(_texts(part, is_lines=True)) for kind, part in bundle.items()
    }


def _texts(value: Any, *, is_lines: bool = False) -> Iterator[str]:
    """Every text in some JSON, that of its JSON Lines among them."""
    if isinstance(value, str):
        yield value
        return
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in pairs:
        if is_lines and name in ("lines", "texts") and part:
            yield from _texts([json.loads(line) for line in part.split("\n")])
        else:
            yield from _texts(part, is_lines=is_lines)


def infected(thing: Any, text: str) -> Any:
    """A copy of a record with this text in place of every text in it, but for those that are one of a few choices."""
    return _infected(thing, text, any_text=True)


def _infected(value: Any, text: str, *, any_text: bool) -> Any:
    if isinstance(value, str):
        return text if any_text else value
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_infected(part, text, any_text=any_text) for part in value))
    if isinstance(value, list | tuple):
        return type(value)(_infected(part, text, any_text=any_text) for part in value)
    if isinstance(value, Mapping) and type(value) is dict:
        return {name: _infected(part, text, any_text=any_text) for name, part in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type) and type(value).__module__.startswith("nbdspy"):
        hints = _hints(type(value))
        changed = {
            field.name: _infected(getattr(value, field.name), text, any_text=not _is_choice(hints.get(field.name)))
            for field in dataclasses.fields(value)
            if field.init
        }
        return dataclasses.replace(value, **changed)
    return value


def _hints(kind: type) -> Mapping[str, Any]:
    try:
        return typing.get_type_hints(kind)
    except NameError:  # of a name that is only there for type checkers
        return {}


def _is_choice(hint: Any) -> bool:
    return typing.get_origin(hint) is typing.Literal


def card(thing: Any) -> Card | None:
    """A card as it is, such as that of a run that goes on, which no thing stands for; of all else that of the door."""
    return thing if isinstance(thing, Card) else views.card(thing)


def bundle(thing: Any) -> Bundle:
    """The same as a notebook keeps it."""
    return thing.bundle() if isinstance(thing, Card) else views.bundle(thing)


def controls(thing: Any) -> str:
    """What a card has for a reader to press and to write in, which no notebook keeps."""
    return thing.fragments.get("controls", "") if isinstance(thing, Card) else ""


def kinds() -> tuple[type, ...]:
    """The classes that the door of the views knows: a view that is put in there is tried."""
    known = views.card.__globals__
    tree = ast.parse(inspect.getsource(views.card))
    patterns = [node.pattern for node in ast.walk(tree) if isinstance(node, ast.match_case)]
    names = [ast.unparse(pattern.cls) for pattern in patterns if isinstance(pattern, ast.MatchClass)]
    return tuple(reduce(getattr, rest, known[first]) for first, *rest in (name.split(".") for name in names))


def every_view(samples: Any, things: Mapping[str, Any]) -> Callable[[str], dict[str, Any]]:
    """Makes everything that can be drawn with a text in each of its fields.

    What is not made by hand, in `samples.Hostile`, is an infected copy of a sample that is a record of the views.
    """

    def views_of(text: str) -> dict[str, Any]:
        made: dict[str, Any] = samples.Hostile(text).everything()
        by_hand = {type(thing) for thing in made.values()} - {Checked}  # of which only a copy has hostile hints
        copies = {
            name: infected(thing, text)
            for name, thing in things.items()
            if isinstance(thing, kinds()) and dataclasses.is_dataclass(thing) and type(thing) not in by_hand
        }  # fmt: skip
        return {**made, **{f"{name}, copied" if name in made else name: copy for name, copy in copies.items()}}

    return views_of
