"""Programs travel between DSPy and nbdspy as files: both run the same script, each reads what the other wrote."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import nbdspy

pytestmark = pytest.mark.slow

HERE = str(Path(nbdspy.__file__).parents[1])
SCRIPT = Path(__file__).with_name("exchange.py")
PROGRAMS = tuple(re.findall(r'^    "(.+)": ', SCRIPT.read_text("utf-8").split("PROGRAMS = {")[1].split("\n}")[0], re.M))
MARKER = re.compile(r"^\[\[ ## (\w+) ## \]\]$", re.MULTILINE)


@dataclass(frozen=True)
class Exchange:
    """What both libraries wrote, what each made of the other's files, and what all programs are then, by program."""

    folder: Path
    facts: dict[str, Any]

    def file(self, folder: str, program: str) -> Any:
        state = json.loads((self.folder / folder / f"{program}.json").read_text("utf-8"))
        del state["metadata"]
        return state


@pytest.fixture(scope="module")
def exchange(peer: str, tmp_path_factory: pytest.TempPathFactory) -> Exchange:
    folder = tmp_path_factory.mktemp("exchange")
    for name in ("ours", "theirs", "ours by them", "theirs by us"):
        (folder / name).mkdir()
    jobs = {
        "ours": (sys.executable, "nbdspy", "save", "ours"),
        "theirs": (peer, "dspy", "save", "theirs"),
        "ours by them": (peer, "dspy", "load", "ours", "ours by them"),
        "theirs by us": (sys.executable, "nbdspy", "load", "theirs", "theirs by us"),
    }
    facts = {}
    for name, (python, *arguments) in jobs.items():
        done = subprocess.run(
            [python, str(SCRIPT), *arguments], cwd=folder, env={**os.environ, "PYTHONPATH": HERE},
            capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        facts[name] = json.loads(done.stdout)
    return Exchange(folder, facts)


def test_every_program_is_exchanged(exchange: Exchange) -> None:
    assert len(PROGRAMS) >= 6
    assert all(set(facts) == set(PROGRAMS) for facts in exchange.facts.values())


@pytest.mark.parametrize("program", PROGRAMS)
def test_both_write_the_same_file(exchange: Exchange, program: str) -> None:
    assert exchange.file("ours", program) == exchange.file("theirs", program)


@pytest.mark.parametrize("program", PROGRAMS)
def test_our_file_comes_back_from_the_peer_as_it_was(exchange: Exchange, program: str) -> None:
    assert exchange.file("ours by them", program) == exchange.file("ours", program)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_peers_file_comes_back_from_us_as_it_was(exchange: Exchange, program: str) -> None:
    assert exchange.file("theirs by us", program) == exchange.file("theirs", program)


@pytest.mark.parametrize("program", PROGRAMS)
def test_demos_instructions_and_settings_arrive_in_both(exchange: Exchange, program: str) -> None:
    def without_prompts(name: str) -> dict[str, Any]:
        return {path: {**facts, "messages": None} for path, facts in exchange.facts[name][program].items()}

    written = without_prompts("ours")

    assert any(facts["demos"] for facts in written.values())
    assert any(facts["lm"] for facts in written.values())
    for name in ("theirs", "ours by them", "theirs by us"):
        assert without_prompts(name) == written


OTHERWISE = {"ReActV2", "CodeAct"}  # the history of the one is turns here, the past of the other a text in fences


@pytest.mark.parametrize("program", [name for name in PROGRAMS if name not in OTHERWISE])
def test_a_file_gives_prompts_of_the_same_layout_in_both(exchange: Exchange, program: str) -> None:
    ours, theirs = exchange.facts["theirs by us"][program], exchange.facts["ours by them"][program]

    for path in ours:
        here, there = layout(ours[path]["messages"]), layout(theirs[path]["messages"])
        assert here == in_our_words(there, here)
        assert ours[path]["instructions"].splitlines()[0] in ours[path]["messages"][0]["content"]
        assert theirs[path]["instructions"].splitlines()[0] in theirs[path]["messages"][0]["content"]


def layout(messages: list[dict[str, Any]]) -> list[Any]:
    """The roles, the markers and what stands below them; each library's own words are left out."""
    system, *turns, question = messages
    shown = [(turn["role"], [(name, _said(text)) for name, text in marked(turn)]) for turn in turns]
    *known, (last, text) = marked(question)
    words_at_the_end = text.rpartition("\n\n")
    return [
        (system["role"], [name for name, _ in marked(system)]),
        *shown,
        (question["role"], [*known, (last, words_at_the_end[0])]),
    ]


def in_our_words(there: Any, here: Any) -> Any:
    """The peer's layout; where it writes None for an output that must not be None, we say it is not supplied."""
    if isinstance(there, list | tuple) and isinstance(here, list | tuple) and len(there) == len(here):
        return type(there)(in_our_words(*pair) for pair in zip(there, here, strict=True))
    return here if (there, here) == ("None", "not supplied") else there


def marked(message: dict[str, Any]) -> list[tuple[str, str]]:
    """The markers of a message with the text below each; content parts stand in it as they are."""
    content = message["content"]
    if isinstance(content, list):
        content = "".join(part["text"] if part["type"] == "text" else f"({json.dumps(part)})" for part in content)
    parts = MARKER.split(content.replace('"({', "({").replace('})"', "})"))  # the peer quotes parts inside of a list
    return [(name, text.strip()) for name, text in zip(parts[1::2], parts[2::2], strict=True)]


def _said(text: str) -> str:
    """A value; that it is not supplied is said in words of one's own, and we show code in a fence."""
    if text.startswith("Not supplied"):
        return "not supplied"
    return re.sub(r"\A```\w*\n(.*)\n```\Z", r"\1", text, flags=re.DOTALL)
