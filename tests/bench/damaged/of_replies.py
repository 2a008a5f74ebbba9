"""Damages of whole replies: cut, doubled, wrapped in prose, in another layout, and with broken marks of each layout."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.bench.damaged.layouts import COMPLETED, Layout, Written, elements, labels, markers, pretty, title, write
from tests.bench.damaged.of_values import NOTHING
from tests.bench.damaged.tasks import TASKS, Address, Output, Person, Task

Damage = Callable[[str], str]
"""From a correct reply to a damaged one; one that stays as it was does not count."""

HUGE = "So it goes. " * 8_000  # 96 kB
CUTS = 10

NAMES = "|".join(
    sorted({*Person.model_fields, *Address.model_fields, *(name for task in TASKS for name in task.outputs), "item"})
)


def _respelled(place: str, spell: Callable[[str], str], text: str) -> str:
    """The text with all names of fields in another case; the keys of a dictionary are data, and stay."""
    return re.sub(place.format(NAMES), lambda name: spell(name[0]), text)


ALL: dict[str, Damage] = {
    "byte order mark": lambda text: f"\ufeff{text}",
    "line ends of Windows": lambda text: text.replace("\n", "\r\n"),
    "space around": lambda text: f" \t\n\n  {text}\n\n \t ",
    "much space below": lambda text: f"{text}{' ' * 50_000}{chr(10) * 50_000}",
    "zero-width space before": lambda text: f"\u200b{text}",
}
"""Damages that every layout can have."""

WITH_ENDS: dict[str, Damage] = {
    "prose before": lambda text: f"Sure! Here is what you asked for:\n\n{text}",
    "prose after": lambda text: f"{text}\n\nLet me know if there is anything else!",
    "prose around": lambda text: f"Of course.\n\n{text}\n\nThis keeps to the format.",
    "huge prose before": lambda text: f"{HUGE}\n\n{text}",
    "huge prose after": lambda text: f"{text}\n\n{HUGE}",
    "thought before": lambda text: f"<think>\nThey want [fields], {{so}} I write 1 or 2 of them.\n</think>\n\n{text}",
    "fence around": lambda text: f"```\n{text.strip()}\n```",
    "named fence around": lambda text: f"Here:\n```json\n{text.strip()}\n```\nDone.",
    "doubled": lambda text: f"{text.strip()}\n\n{text}",
    "doubled with prose between": lambda text: f"{text.strip()}\n\nOnce more:\n\n{text}",
    "control characters around": lambda text: f"\x00\x1b[0m\n{text}\n\x00",
    "zeros behind": lambda text: f"{text}\x00\x00",
}
"""Damages of layouts that say where a reply ends."""

ON_MARKERS: dict[str, Damage] = {
    "no marker at the end": lambda text: text.removesuffix(f"\n\n{COMPLETED}"),
    "markers without spaces": lambda text: text.replace("[[ ## ", "[[##").replace(" ## ]]", "##]]"),
    "markers with one hash": lambda text: text.replace("##", "#"),
    "markers with three hashes": lambda text: text.replace("##", "###"),
    "markers without hashes": lambda text: text.replace(" ## ", " "),
    "markers with single brackets": lambda text: text.replace("[[", "[").replace("]]", "]"),
    "markers that lack a bracket": lambda text: text.replace("]]", "]"),
    "markers that lack their end": lambda text: text.replace(" ## ]]", ""),
    "markers in bold": lambda text: re.sub(r"(\[\[ ## \w+ ## \]\])", r"**\1**", text),
    "markers in back quotes": lambda text: re.sub(r"(\[\[ ## \w+ ## \]\])", r"`\1`", text),
    "markers as headings": lambda text: text.replace("[[ ##", "### [[ ##"),
    "markers as quotes": lambda text: text.replace("[[ ##", "> [[ ##"),
    "markers with bullets": lambda text: text.replace("[[ ##", "- [[ ##"),
    "markers with colons": lambda text: text.replace("## ]]\n", "## ]]:\n"),
    "markers in capitals": lambda text: re.sub(r"## (\w+) ##", lambda name: name[0].upper(), text),
    "markers as titles": lambda text: re.sub(r"## (\w+) ##", lambda name: name[0].title(), text),
    "markers indented": lambda text: text.replace("[[ ##", "    [[ ##"),
    "markers of wide signs": lambda text: text.replace("[[", "［［").replace("]]", "］］").replace("##", "＃＃"),
    "values beside their markers": lambda text: text.replace("## ]]\n", "## ]] "),
    "headings instead": lambda text: re.sub(r"\[\[ ## (\w+) ## \]\]", r"## \1", text).removesuffix("\n\n## completed"),
    "bold labels instead": lambda text: re.sub(r"\[\[ ## (\w+) ## \]\]\n", r"**\1:** ", text).removesuffix(COMPLETED),
    "one more field": lambda text: text.replace(COMPLETED, f"[[ ## confidence ## ]]\nhigh\n\n{COMPLETED}"),
    "the question again": lambda text: f"[[ ## question ## ]]\nWhich is it?\n\n{text}",
    "the next case": lambda text: f"{text}\n\n[[ ## question ## ]]\nAnd now?\n\n[[ ## answer ## ]]\nThis.",
    "spaces behind markers": lambda text: text.replace("## ]]\n", "## ]]   \t\n"),
}

ON_OBJECTS: dict[str, Damage] = {
    "a comma at the end": lambda text: re.sub(r"(\n?)\}$", r",\1}", text),
    "commas at all ends": lambda text: re.sub(r'(["\d\w])(\n?[\]}])', r"\1,\2", text),
    "a comma too many": lambda text: text.replace(', "', ',, "').replace(",\n", ",,\n"),
    "no commas between": lambda text: text.replace(",\n", "\n").replace(', "', ' "'),
    "comments of one line": lambda text: text.replace("{", "{ // as asked\n", 1),
    "comments of Python": lambda text: text.replace("{", "{ # as asked\n", 1),
    "comments in stars": lambda text: text.replace("{", "{ /* as {asked} */ ", 1),
    "the last brace missing": lambda text: text.rstrip().removesuffix("}"),
    "a brace too many": lambda text: f"{text}}}",
    "a bracket around": lambda text: f"[{text}]",
    "no braces around": lambda text: text.strip()[1:-1],
    "written as Python": lambda text: repr(json.loads(text)),
    "keys without quotes": lambda text: re.sub(r'"(\w+)": ', r"\1: ", text),
    "keys in single quotes": lambda text: re.sub(r'"(\w+)": ', r"'\1': ", text),
    "smart quotes": lambda text: re.sub(r'"([^"]*)"', r"“\1”", text),
    "guillemets": lambda text: re.sub(r'"([^"]*)"', r"«\1»", text),
    "lines in texts": lambda text: text.replace("\\n", "\n"),
    "names in capitals": lambda text: _respelled(r'"({})":', str.upper, text),
    "names as titles": lambda text: _respelled(r'"({})":', str.title, text),
    "spaces before colons": lambda text: re.sub(r'": ', '"  :\u00a0', text),
    "equals signs": lambda text: re.sub(r'"(\w+)": ', r"\1 = ", text),
    "one more name": lambda text: re.sub(r"\{", '{"note_to_self": "short", ', text, count=1),
    "wrapped": lambda text: f'{{"response": {text}}}',
    "escaped as a text": lambda text: json.dumps(text, ensure_ascii=False),
    "after the word json": lambda text: f"json\n{text}",
    "after a label": lambda text: f"Output: {text}",
    "braces doubled": lambda text: f"{{{text}}}",
    "an empty object before": lambda text: f"{{}}\n{text}",
    "an object before": lambda text: f'{{"plan": "first think"}}\n{text}',
    "a fence that is not closed": lambda text: f"```json\n{text}",
    "ends with an ellipsis": lambda text: f"{text} …",
}

ON_ELEMENTS: dict[str, Damage] = {
    "tags in capitals": lambda text: _respelled(r"</?({})>", str.upper, text),
    "tags as titles": lambda text: _respelled(r"</?({})>", str.title, text),
    "spaces in tags": lambda text: re.sub(r"(</?)(\w+)>", r"\1 \2 >", text),
    "attributes": lambda text: re.sub(r"<(\w+)>", r'<\1 type="x" n=\'1\'>', text),
    "a root around": lambda text: f"<response>\n{text}\n</response>",
    "a head": lambda text: f'<?xml version="1.0" encoding="UTF-8"?>\n{text}',
    "the last tag missing": lambda text: re.sub(r"\n</\w+>\s*\Z", "\n", text),
    "no tag at any end": lambda text: re.sub(r"\n</\w+>", "\n", text),
    "an unnamed tag at the end": lambda text: re.sub(r"</\w+>\s*\Z", "</>", text),
    "sections of raw text": lambda text: re.sub(r"<(\w+)>\n([^<]*)\n</", r"<\1><![CDATA[\2]]></", text),
    "signs that are not escaped": lambda text: text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"),
    "a comment": lambda text: f"<!-- as <asked> -->\n{text}",
    "one more element": lambda text: f"{text}<confidence>high</confidence>",
    "the question again": lambda text: f"<question>\nWhich is it?\n</question>\n\n{text}",
    "nothing between": lambda text: text.replace(">\n", ">").replace("\n<", "<").replace("\n<", "<"),
    "elements in lines": lambda text: re.sub(r"(</\w+>)(?=<)", r"\1\n    ", text),
    "tags in back quotes": lambda text: re.sub(r"(?m)^(</?\w+>)$", r"`\1`", text),
    "a stray end before": lambda text: f"</think>\n{text}",
    "a line that breaks XML": lambda text: f"1 < 2 & 3 > 2\n{text}",
}

ON_LABELS: dict[str, Damage] = {
    "a line of its own": lambda text: f"\n{text.lstrip()}",
    "a rule at the end": lambda text: f"{text.rstrip()}\n\n---",
    "the next case": lambda text: f"{text.rstrip()}\n\n---\n\nQuestion: And now?\nAnswer: This.",
    "labels in bold": lambda text: re.sub(r"(?m)^([A-Z][\w ]+:)", r"**\1**", text),
    "labels in capitals": lambda text: re.sub(r"(?m)^([A-Z][\w ]+:)", lambda label: label[0].upper(), text),
    "labels in small letters": lambda text: re.sub(r"(?m)^([A-Z][\w ]+:)", lambda label: label[0].lower(), text),
    "labels with a space": lambda text: re.sub(r"(?m)^([A-Z][\w ]+):", r"\1 :", text),
    "labels on lines of their own": lambda text: re.sub(r"(?m)^([A-Z][\w ]+:) ", r"\1\n", text),
    "blank lines between": lambda text: re.sub(r"(?m)^([A-Z][\w ]+:)", r"\n\1", text),
    "labels as headings": lambda text: re.sub(r"(?m)^([A-Z][\w ]+:)", r"### \1", text),
}

OF_LAYOUT: dict[Layout, dict[str, Damage]] = {
    "chat": ALL | WITH_ENDS | ON_MARKERS,
    "json": ALL | WITH_ENDS | ON_OBJECTS,
    "xml": ALL | WITH_ENDS | ON_ELEMENTS,
    "baml": ALL | WITH_ENDS | ON_OBJECTS,
    "completion": ALL | ON_LABELS,
}


def fields(task: Task, layout: Layout) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    """Replies whose fields are missing, repeated, in another order or another layout: name, text and right values."""
    plain, names = task.plain, list(task.outputs)
    first, last = names[0], names[-1]
    if len(names) > 1:
        yield "the first field missing", write(layout, {n: plain[n] for n in names[1:]}).text, None
        left = write(layout, {n: plain[n] for n in names[:-1]}).text
        missing = {**task.values, last: None} if task.outputs[last].optional else None
        yield "the last field missing", left, missing
        yield "fields in another order", _turned(layout, {n: plain[n] for n in reversed(names)}), task.values
    if layout == "completion":
        yield "labelled from the start", f"{title(first)}:{write(layout, plain).text}", task.values
        yield "labelled by name", f"{first}:{write(layout, plain).text}", task.values
    else:
        other = _others(task)
        yield "two different replies", f"{write(layout, plain).text.strip()}\n\n{write(layout, other).text}", None
    if layout != "chat":
        yield "markers instead", markers(plain).text, task.values
    if layout not in ("json", "baml"):
        yield "JSON instead", pretty(plain).text, task.values
        yield "fenced JSON instead", f"```json\n{pretty(plain).text}\n```", task.values
    if layout != "xml":
        yield "elements instead", elements(plain).text, task.values
    if layout not in ("completion", "chat"):
        yield "labels instead", f"{title(first)}:{labels(plain).text}", task.values
    yield "nothing at all", "", None
    for name, text in (
        ("prose alone", "I am sorry, but that I cannot say."),
        ("only brackets", "[[[[{{{{<<<<" * 1_000),
    ):
        yield name, text, {first: text} if layout == "completion" and task.name == "text" else None


def cuts(task: Task, layout: Layout) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    """A reply that ends too early, at many places: name, text, and the values if they are still there.

    Where nothing tells a cut, what stands there is right: half a text under a marker, three digits of four. JSON and
    elements do tell.
    """
    whole = write(layout, task.plain)
    for number in range(1, CUTS + 1):
        place = len(whole.text.rstrip()) * number // (CUTS + 1)
        yield f"cut after {number} of {CUTS + 1}", whole.text[:place], _left(task, layout, whole, place)


def _left(task: Task, layout: Layout, whole: Written, place: int) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    behind = 0
    for name, (start, end) in whole.spans.items():
        output = task.outputs[name]
        if place >= end:
            values[name], behind = output.value, end
        elif place > start:
            values[name], behind = _half(output, layout, whole.text[start:place].strip()), place
        elif output.optional and values and _ends_clean(layout, list(values)[-1], whole.text[behind:place].strip()):
            values[name] = None
        else:
            return None
        if values[name] is NOTHING:
            return None
    return values


def _half(output: Output, layout: Layout, there: str) -> Any:
    """What half a value is."""
    if layout in ("json", "baml"):
        return NOTHING
    if output.type in (str, str | None):
        return there
    if output.type in (int, float, int | None) and layout != "xml":
        return (float if output.type is float else int)(there)
    return NOTHING


def _ends_clean(layout: Layout, last: str, behind: str) -> bool:
    """Whether nothing tells that a reply was to go on behind its last value."""
    return layout not in ("json", "baml") and behind in ("", f"</{last}>")


def _others(task: Task) -> dict[str, Any]:
    """Other values of the same types."""
    others: dict[str, Any] = {}
    for name, output in task.outputs.items():
        match output.plain:
            case bool():
                others[name] = not output.plain
            case int() | float():
                others[name] = 1
            case list():
                others[name] = output.plain[:1]
            case dict():
                others[name] = {**output.plain, "apples": 99, "name": "Bo"} if name == "person" else {"apples": 99}
            case _:
                kinds = {"intent": "timer", "mood": "glad", "verdict": "skip", "day": "2020-01-01"}
                others[name] = kinds.get(name, "Something else.")
    return others


def _turned(layout: Layout, values: dict[str, Any]) -> str:
    if layout != "completion":
        return write(layout, values).text
    return "\n".join(f"{title(name)}:{labels({name: value}).text.rstrip()}" for name, value in values.items())
