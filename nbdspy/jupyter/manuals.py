"""Every magic as its user sees it: a sentence, an example that runs as it stands, and the options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import dedent, indent
from typing import Final

from nbdspy.jupyter.namespace import Namespace
from nbdspy.jupyter.options import (
    Arguments,
    Option,
    amount,
    count,
    integer,
    new_name,
    number,
    one_of,
    points,
    read_line,
    seconds,
    text,
    variable,
    variable_or_text,
)
from nbdspy.jupyter.words import COMPILED, DEFAULT_METRIC, DEFAULT_OPTIMIZER


@dataclass(frozen=True, slots=True)
class Manual:
    """One magic: its name without the percent signs, what stands before its options, and the options.

    `marks` are its percent signs: two when it needs a cell's text and has no form of one line.
    """

    name: str
    target: str
    summary: str
    example: str
    options: tuple[Option, ...] = ()
    marks: str = "%"

    @property
    def called(self) -> str:
        """The name as it is typed."""
        return f"{self.marks}{self.name}"

    def read(self, line: str, names: Namespace, *, is_cell: bool = False) -> Arguments:
        """The line after the magic's name."""
        return read_line(line, magic=f"{'%%' if is_cell else '%'}{self.name}", options=self.options, names=names)

    def listed(self) -> list[tuple[str, str]]:
        """Each option with what it takes, and what it does."""
        return [(f"{option.name} {option.takes}".strip(), option.help) for option in self.options]

    def __str__(self) -> str:
        width = max((len(name) for name, _ in self.listed()), default=0)
        options = "\n".join(f"  {name:<{width}}  {text}" for name, text in self.listed())
        parts = [self.summary, f"Example:\n{indent(self.shown, '  ')}", f"Options:\n{options}" if options else ""]
        return "\n\n".join(part for part in parts if part)

    @property
    def shown(self) -> str:
        """The example without the indentation it has in this file."""
        return dedent(self.example).strip()


_DATA = Option("--data", "DF", "the examples: a DataFrame, or a list of examples or dictionaries", variable)
_METRIC = Option("--metric", "METRIC", f"a metric's name or a function of yours; {DEFAULT_METRIC}", variable_or_text)
_THREADS = Option("--threads", "N", "examples at once; 8", count)
_SEED = Option("--seed", "N", "of every random choice; 0", integer)

LM: Final = Manual(
    "lm",
    "MODEL",
    "Choose the model that programs ask; alone, it says which is chosen and what it has cost.",
    """
    %lm smollm2
    %lm openai/gpt-4.1-mini --temperature 0.7 --as teacher
    %lm
    """,
    (
        Option("--as", "NAME", "bind the model to a variable", new_name, key="name"),
        Option("--temperature", "X", "of sampling; 0 gives the likeliest answer", number),
        Option("--max-tokens", "N", "of each reply", count),
        Option("--api-base", "URL", "of a server of your own, for example http://localhost:8000/v1", text),
    ),
)

SIGNATURE: Final = Manual(
    "signature",
    "NAME",
    "Say what a model call must do, and bind it to NAME.",
    """
    %%signature Intent
    Name what the person wants from the assistant.

    request: str                       # one short message
    ->
    intent: Literal["alarm", "timer"]

    %signature QA question, context: list[str] -> answer: bool
    """,
)

MODULE: Final = Manual(
    "module",
    "NAME",
    "Write a program, by parts and `def forward` or as a class; bind it to NAME.",
    """
    %%module Careful
    draft = ChainOfThought("question -> answer")
    check = Predict("question, answer -> verdict: bool")

    def forward(question):
        answer = draft(question=question).answer
        return check(question=question, answer=answer)
    """,
    marks="%%",
)

TOOL: Final = Manual(
    "tool",
    "NAME",
    "Write a function that a model may call: its docstring and its types are what the model is told; bind it to NAME.",
    """
    %%tool rate
    from typing import Literal

    RATES = {"EUR": 1.0, "USD": 1.09, "JPY": 171.0}

    def rate(currency: Literal["EUR", "USD", "JPY"], amount: float = 1.0) -> float:
        "Say what an amount in euros is worth in another currency."
        return amount * RATES[currency]
    """,
    marks="%%",
)

PREDICT: Final = Manual(
    "predict",
    "PROGRAM",
    "Run a signature or a program on the text of the cell.",
    """
    %%predict QA
    question: Who wrote {{book}}?
    context: {{passages}}
    """,
    (
        Option("--out", "NAME", "bind the prediction to a variable", new_name),
        Option("-n", "N", "completions to ask for", count),
    ),
    marks="%%",
)

EVALUATE: Final = Manual(
    "evaluate",
    "PROGRAM",
    "Score a program on data, with a 95 % interval; of two, what the second gains and loses against the first.",
    """
    %evaluate Intent --data test --metric exact_match
    %evaluate Intent helper --data test
    %evaluate Intent --data {test[test.length > 3]} --metric my_metric --out scored
    scored.show("wrong", sort="request")

    %evaluate Intent --data test --show wrong --sort request --rows 100
    """,
    (
        _DATA,
        _METRIC,
        _THREADS,
        Option("--out", "NAME", "bind the result to a variable", new_name),
        Option("--show", "wrong|right|failed", "show these rows alone", one_of("wrong", "right", "failed"), "only"),
        Option("--sort", "COLUMN", "the order of the rows: a column of the result's frame, row or seconds", text),
        Option("--desc", "", "the largest first", key="descending"),
        Option("--rows", "N", "how many rows, at most 200; 50", count),
    ),
)

COMPILE: Final = Manual(
    "compile",
    "PROGRAM",
    "Search for demonstrations that make a program better, and bind the best to a variable.",
    """
    %compile Intent --data train --val val --metric exact_match --with random_search --out helper

    %%compile Intent --data train --val val --with random_search --out helper
    num_candidate_programs = 6
    max_bootstrapped_demos = 2

    %compile Intent --data train --val val --out helper --bg
    """,
    (
        Option(
            "--with",
            "OPTIMIZER",
            f"an optimizer's name or an object; {DEFAULT_OPTIMIZER}",
            variable_or_text,
            "optimizer",
        ),
        Option("--data", "DF", "the training examples", variable),
        Option(
            "--val",
            "DF",
            "the examples that choose; without, random_search chooses by the training ones, which flatters, and "
            "labeled_few_shot and bootstrap_few_shot score nothing",
            variable,
        ),
        Option("--test", "DF", "examples that nothing is chosen by, scored once at the end", variable),
        _METRIC,
        Option("--out", "NAME", f"the variable of the best program; <program>{COMPILED}", new_name),
        _THREADS,
        _SEED,
        Option(
            "--auto",
            "light|medium|heavy",
            "how much to do, for optimizers that plan by it",
            one_of("light", "medium", "heavy"),
        ),
        Option("--teacher", "PROGRAM", "a program that shows how it is done; the program itself", variable),
        Option("--budget", "USD", "stop when this much money is spent", amount),
        Option("--max-calls", "N", "stop when this many calls are made", count),
        Option("--max-tokens", "N", "stop when this many tokens are read and written", count),
        Option("--timeout", "TIME", "stop after this time: seconds, or 90s, 10m, 1h", seconds),
        Option(
            "--bg",
            "",
            "go on in the background: the cell ends at once, and the variable holds the best so far; see %runs",
            key="background",
        ),
        Option("--resume", "", "go on with the last run of the same variable, if it was ended before it was done"),
        Option("--reuse", "", "take over what earlier compiles have scored, where nothing about it changed"),
        Option("--force", "", "run it again though nothing changed since it ran"),
        Option("--plan", "", "only say what it would take: calls, tokens, money"),
    ),
)

CHECK: Final = Manual(
    "check",
    "NAME",
    "Check what was made, by ordinary assertions, and say why one fails: with the values on its sides, and the comment "
    "above or behind it as a hint. What the cell assigns is gone afterwards.",
    """
    %%check "Exercise 1" --points 2
    # Somebody who is to be woken wants an alarm. Say so in the instruction.
    assert Intent(request="wake me at seven").intent == "alarm"
    for request in test.request[:3]:
        assert helper(request=request).intent != "weather"  # none of the first three is about the weather
    """,
    (
        Option("--points", "N", "what it is worth, all of it or none", points),
        Option("--out", "NAME", "bind what was found to a variable", new_name),
    ),
    marks="%%",
)

PROMPT: Final = Manual(
    "prompt",
    "PROGRAM",
    "Show exactly what a program sends for some inputs; nothing is sent.",
    """
    %prompt helper request="it is freezing in here"
    %prompt helper request="it is freezing in here" --diff Intent
    """,
    (Option("--diff", "PROGRAM", "show what differs from the prompt of another program", variable),),
)

CASSETTE: Final = Manual(
    "cassette",
    "MODE",
    "Record every reply of this notebook in a file, or replay what was recorded; alone, it says what is in use.",
    """
    %cassette record first.jsonl
    %cassette replay first.jsonl
    %cassette off
    """,
    (Option("--fill", "", "replay what is there and record what is missing"),),
)

NBDSPY: Final = Manual(
    "nbdspy",
    "TOPIC",
    "The workbench: alone its status; `help` lists the magics, `doctor` finds what is wrong, `cache clear` forgets, "
    "`as dspy` makes `import dspy` give nbdspy.",
    """
    %nbdspy
    %nbdspy help compile
    %nbdspy doctor
    %nbdspy cache clear
    %nbdspy as dspy
    """,
)

TRACE: Final = Manual(
    "trace",
    "WHICH",
    "Show what the last run did: modules, calls with their exact messages, tools and retrievals, with times and costs. "
    "A number asks for so many runs; a prediction, a result or a program for its own.",
    """
    %trace
    %trace 3
    %trace helper
    %trace {scored.rows[0].prediction} --out looked
    looked.find("heating")

    %trace helper --find heating
    %trace helper --step 4
    """,
    (
        Option("--all", "", "list every step by its number, in place of the tree", key="whole"),
        Option("--find", "TEXT", "list the steps that were given, gave or failed with this text", text),
        Option("--step", "N", "show one step, with the exact messages and replies of its calls", integer),
        Option("--out", "NAME", "bind what is shown to a variable", new_name),
    ),
)

RUNS: Final = Manual(
    "runs",
    "DO",
    "The compiles of this kernel, in flight and done: show one, or stop, pause, resume or wait for it; `try` has an "
    "instruction of yours compared with the rest. Without a number it is the one that goes on. `kept` lists those that "
    "the store keeps, of other kernels too, by numbers of their own; `delete` forgets some of them, `clear` all that "
    "nobody can go on with.",
    """
    %runs
    %runs 2
    %runs pause
    %runs resume
    %runs stop 2
    %runs wait helper
    %runs try helper "Say which device it is about."
    %runs kept
    %runs delete 3 4
    %runs clear --older 30d --plan
    """,
    (
        Option("--older", "TIME", "clear only what began so long ago: 12h, 30d", seconds),
        Option("--unfinished", "", "delete or clear what can be resumed, too"),
        Option("--plan", "", "only say what would be deleted"),
    ),
)

PROGRAMS: Final = Manual(
    "programs",
    "WHAT",
    "The programs of this kernel in every version that %compile or %%module bound, with scores and parents: show what "
    "changed from one to the other, or bring one back.",
    """
    %programs
    %programs diff helper
    %programs diff Intent helper@2
    %programs restore helper 1
    %programs restore helper 1 --out older
    """,
    (Option("--out", "NAME", "the variable to bind; the one that held it", new_name),),
)

PLAYGROUND: Final = Manual(
    "playground",
    "PROGRAM",
    "Try a signature or a program by hand, in a form; beside another program or another model, if one is named. Good "
    "cases are kept as examples.",
    """
    %playground Intent
    %playground Intent helper
    %playground Intent --lm larger --out tried
    tried.examples
    """,
    (
        Option("--lm", "MODEL", "another model: for the second program, or for the same one beside itself", text),
        Option("--out", "NAME", "the variable of the playground; playground", new_name, "name"),
        Option("--fresh", "", "forget the examples that were kept under that name"),
    ),
)

LABEL: Final = Manual(
    "label",
    "DATA",
    "Label rows by hand, in a form: those of a DataFrame, with a program's proposals, or the predictions of an "
    "evaluation. What was said of a row stays when the cell is run again.",
    """
    %label {test[:80]} --with Intent --out labels
    labels.frame
    trainset = labels.examples
    better = labels.as_demos(Intent)

    %label scored --with Intent
    """,
    (
        Option("--with", "PROGRAM", "says which fields are labelled, and proposes values where there are none", text),
        Option("--out", "NAME", "the variable of the labels; <data>_labels", new_name, "name"),
        Option("--blank", "", "do not ask the program: begin with what the data have, or with empty fields"),
        Option("--fresh", "", "forget what was said under that name"),
    ),
)

_ALL = (
    LM, SIGNATURE, MODULE, TOOL, PREDICT, EVALUATE, CHECK, COMPILE, PROMPT, TRACE, RUNS, PROGRAMS, PLAYGROUND, LABEL,
    CASSETTE, NBDSPY,
)  # fmt: skip

MANUALS: Final[Mapping[str, Manual]] = {manual.name: manual for manual in _ALL}
