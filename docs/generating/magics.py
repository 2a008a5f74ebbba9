"""The page of magics, from their manuals, and the preferences that `%config` knows."""

from __future__ import annotations

import re

from docs.generating.markdown import cell, code, fence, spoken, table
from nbdspy.jupyter.extension import GROUPS
from nbdspy.jupyter.manuals import MANUALS, Manual
from nbdspy.jupyter.preferences import WANTED, NbDspy

FUNCTIONS = {
    "lm": "nbdspy.configure(lm=nbdspy.LM(...))",
    "signature": "nbdspy.signature(text)",
    "module": "nbdspy.module(text)",
    "tool": "nbdspy.tool(text)",
    "predict": "nbdspy.Predict(signature)(**nbdspy.read_inputs(...))",
    "evaluate": "nbdspy.evaluate(program, data, metric=...)",
    "check": "nbdspy.check(text, name, points=...)",
    "compile": "nbdspy.compile(program, ...), nbdspy.start(...), nbdspy.plan(...)",
    "prompt": "nbdspy.prompt(program, ...)",
    "trace": "nbdspy.trace(...)",
    "runs": "nbdspy.runs, nbdspy.kept_runs()",
    "playground": "nbdspy.Playground(...)",
    "label": "nbdspy.Labels(...)",
    "cassette": "nbdspy.use_cassette(mode, path)",
}
"""What does the same in Python, for magics that have one such function."""

_OPENING = """# Magics

This page is written from the same text that `%lm?` and its kin show in a notebook. `%load_ext nbdspy` brings all of
them. A line takes what the magic is about first, then options, in any order, as `--data df` or `--data=df`:

- a bare word is looked up among your variables where an option takes one;
- `{expression}` is evaluated in the notebook, as your own code: `--data {df[df.x > 3]}`;
- quotes hold a text with spaces together;
- Tab completes magics' options, programs, optimizers, models and columns.
"""


def page() -> str:
    """All of it, as Markdown."""
    parts = [_OPENING, _overview(), *(_entry(manual) for manual in MANUALS.values()), _preferences()]
    return "\n".join(parts)


def _overview() -> str:
    rows = [(f"[`{manual.called}`](#{anchor(manual)})", cell(_in_short(manual))) for manual in MANUALS.values()]
    rows.append(("[`%config NbDspy`](#config-nbdspy)", "Your defaults."))
    return table(("magic", "does"), rows)


def _in_short(manual: Manual) -> str:
    """The summary up to its first break."""
    return re.split(r"[.:;](?=\s|$)", manual.summary)[0] + "."


def anchor(manual: Manual) -> str:
    """Where the page tells about a magic."""
    return f"magic-{manual.name}"


def _entry(manual: Manual) -> str:
    options = [(code(name), cell(text)) for name, text in manual.listed()]
    parts = [
        f"({anchor(manual)})=\n## `{manual.called}`\n",
        spoken(manual.summary) + "\n",
        fence("\n".join(_forms(manual))),
        table(("option", "does"), options),
        "For example:\n",
        fence(manual.shown),
    ]
    if manual.name in FUNCTIONS:
        parts.append(f"In Python: {code(FUNCTIONS[manual.name])}\n")
    return "\n".join(part for part in parts if part)


def _forms(manual: Manual) -> list[str]:
    """How its line begins, for a line alone and for a cell."""
    rest = f"{manual.name} {manual.target}" + (" [options]" if manual.options else "")
    kinds = {kind for group in GROUPS for kind in ("line", "cell") if manual.name in group.magics[kind]}
    return [f"{'%' if kind == 'line' else '%%'}{rest}" for kind in sorted(kinds, reverse=True)]


def _preferences() -> str:
    traits = NbDspy.class_traits(config=True)
    rows = [
        (code(name), code(f"NBDSPY_{name.upper()}"), cell(f"{traits[name].help} It takes {takes}."))
        for name, takes in WANTED.items()
    ]
    return "\n".join(
        [
            "(config-nbdspy)=\n## `%config NbDspy`\n",
            "What holds when a line does not say. `%config NbDspy.threads = 4` is asked first, then the variable of "
            "the environment, then `[tool.nbdspy]` in the `pyproject.toml` of the working directory. Of `budget_usd` "
            "and `max_calls` the environment's is the most that a kernel gets, whatever a notebook says.\n",
            table(("name", "variable", "does"), rows),
        ]
    )
