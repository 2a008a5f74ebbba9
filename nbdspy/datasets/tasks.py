"""Data sets in three splits with what there is to do on each: signature, metric, sizes, source and licence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from nbdspy.datasets.big_bench_hard import FILES, big_bench_hard
from nbdspy.datasets.clinc150 import SIX, clinc150
from nbdspy.datasets.gsm8k import gsm8k
from nbdspy.datasets.heart_disease import heart_disease
from nbdspy.datasets.hotpotqa import hotpotqa, hotpotqa_small
from nbdspy.datasets.household import INTENTS, requests
from nbdspy.datasets.hover import hover
from nbdspy.datasets.iris import iris, iris_typo
from nbdspy.datasets.math import math
from nbdspy.datasets.novels import novels
from nbdspy.datasets.scone import scone
from nbdspy.datasets.splits import Splits

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A data set with what it takes to work on it.

    Args:
        name: What it is called.
        about: What a program has to do.
        signature: The text of a signature for it, as `nbdspy.signature` and `%%signature` read it.
        metric: The name of its metric, as `--metric` takes it.
        sizes: How many training, validation and test examples there are.
        source: Where the data are from.
        licence: Theirs.
        load: Gives the three tables; takes `folder=` where files are needed.

    Example:
        >>> task = TASKS["requests"]
        >>> train, val, test = task.load()
        >>> task.metric, task.sizes, len(train)
        ('exact_match', (150, 100, 350), 150)
    """

    name: str
    about: str
    signature: str
    metric: str
    sizes: tuple[int, int, int]
    source: str
    licence: str
    load: Callable[..., Splits]


def catalog() -> pd.DataFrame:
    """All tasks as a table, by name."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for task in TASKS.values():
        train, val, test = task.sizes
        rows.append(
            {
                "name": task.name,
                "about": task.about,
                "metric": task.metric,
                "train": train,
                "val": val,
                "test": test,
                "source": task.source,
                "licence": task.licence,
            }
        )
    return pd.DataFrame(rows).set_index("name")


def _choices(names: tuple[str, ...]) -> str:
    return f"Literal[{', '.join(f'{name!r}' for name in names)}]"


def _flower(species: str) -> str:
    return f"""\
Name the species of an iris from the size of its petals and sepals in centimetres.

petal_length: float
petal_width: float
sepal_length: float
sepal_width: float
->
answer   # {species}
"""


_PATIENT = """\
Say whether a patient has heart disease.

age        # in years
sex        # female or male
cp         # chest pain: typical angina, atypical angina, non-anginal pain or asymptomatic
trestbps   # blood pressure at rest, in mm Hg
chol       # serum cholesterol, in mg/dl
fbs        # is the fasting blood sugar above 120 mg/dl, yes or no
restecg    # ECG at rest: normal, ST-T wave abnormality or left ventricular hypertrophy
thalach    # highest heart rate reached
exang      # does exercise bring on angina, yes or no
oldpeak    # ST depression under exercise against rest
slope      # the ST segment at peak exercise: upsloping, flat or downsloping
ca         # how many of the major vessels fluoroscopy shows, 0 to 3
thal       # thallium scan: normal, fixed defect or reversible defect
->
answer     # yes or no
"""

_QUESTION = "question -> answer"
_UCI = "archive.ics.uci.edu"

TASKS: Mapping[str, Task] = {
    task.name: task
    for task in (
        Task(
            name="requests",
            about="Name what a person wants from a household assistant.",
            signature=f"request -> intent: {_choices(INTENTS)}",
            metric="exact_match",
            sizes=(150, 100, 350),
            source="written for nbdspy",
            licence="MIT",
            load=requests,
        ),
        Task(
            name="novels",
            about="Answer a question from one or two of 99 passages about novels, authors and towns.",
            signature=_QUESTION,
            metric="answer_exact_match",
            sizes=(56, 63, 112),
            source="written for nbdspy",
            licence="MIT",
            load=novels,
        ),
        Task(
            name="clinc150",
            about="Name the intent of a request, one of six.",
            signature=f"request -> intent: {_choices(SIX)}",
            metric="exact_match",
            sizes=(300, 120, 180),
            source="github.com/clinc/oos-eval",
            licence="CC BY 3.0",
            load=clinc150,
        ),
        Task(
            name="gsm8k",
            about="Solve a word problem; the answer is a number.",
            signature=_QUESTION,
            metric="gsm8k_metric",
            sizes=(200, 300, 1319),
            source="github.com/openai/grade-school-math",
            licence="MIT",
            load=gsm8k,
        ),
        Task(
            name="math",
            about="Solve a problem of a mathematics competition; the answer is a formula.",
            signature=_QUESTION,
            metric="math_metric",
            sizes=(350, 350, 487),
            source="github.com/hendrycks/math",
            licence="MIT",
            load=math,
        ),
        Task(
            name="hotpotqa",
            about="Answer a question that needs two pages of Wikipedia.",
            signature=_QUESTION,
            metric="answer_exact_match",
            sizes=(500, 500, 2000),
            source="hotpotqa.github.io",
            licence="CC BY-SA 4.0",
            load=hotpotqa,
        ),
        Task(
            name="hotpotqa_small",
            about="The same with 5,918 pages to search instead of five million.",
            signature=_QUESTION,
            metric="answer_exact_match",
            sizes=(100, 200, 300),
            source="hotpotqa.github.io",
            licence="CC BY-SA 4.0",
            load=hotpotqa_small,
        ),
        Task(
            name="hover",
            about="Find the three pages of Wikipedia that decide whether a claim is true.",
            signature="claim -> retrieved_docs: list[str]",
            metric="hover_metric",
            sizes=(500, 500, 1520),
            source="github.com/hover-nlp/hover",
            licence="CC BY-SA 4.0",
            load=hover,
        ),
        Task(
            name="scone",
            about="Say whether a sentence follows from another, negations and all.",
            signature="context, question -> answer",
            metric="answer_exact_match",
            sizes=(500, 500, 1200),
            source="github.com/selenashe/ScoNe",
            licence="CC0 1.0",
            load=scone,
        ),
        Task(
            name="iris",
            about="Name the species of a flower from four measures.",
            signature=_flower("setosa, versicolor or virginica"),
            metric="answer_exact_match",
            sizes=(50, 25, 75),
            source=f"{_UCI}, by github.com/mwaskom/seaborn-data",
            licence="CC BY 4.0",
            load=iris,
        ),
        Task(
            name="iris_typo",
            about="The same when the signature spells a species wrongly.",
            signature=_flower("setosa, versicolour or virginica"),
            metric="answer_exact_match",
            sizes=(50, 25, 75),
            source=f"{_UCI}, by github.com/mwaskom/seaborn-data",
            licence="CC BY 4.0",
            load=iris_typo,
        ),
        Task(
            name="heart_disease",
            about="Say whether a patient has heart disease.",
            signature=_PATIENT,
            metric="answer_exact_match",
            sizes=(80, 40, 183),
            source=_UCI,
            licence="CC BY 4.0",
            load=heart_disease,
        ),
        *(
            Task(
                name=name,
                about=f"BIG-bench hard: {name.replace('_', ' ')}.",
                signature=_QUESTION,
                metric="exact_match",
                sizes=(50, 50, 150),
                source="github.com/suzgunmirac/BIG-Bench-Hard",
                licence="MIT",
                load=partial(big_bench_hard, name),
            )
            for name in FILES
        ),
    )
}
"""The tasks by name, each with its data, its metric and where both come from; `emojis`, in two splits, is no task."""
