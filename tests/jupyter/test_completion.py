"""What is offered at the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbdspy import configuration
from nbdspy.testing import FakeLM

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell


@pytest.fixture
def ready(shell: Shell) -> Shell:
    configuration.configure(lm=FakeLM(lambda request: "42"))
    shell.run("%signature Intent request, place -> intent;")
    shell.run(
        "%%module Careful\ndraft = Predict('question -> answer')\ndef forward(question):\n"
        "    return draft(question=question);"
    )
    shell.run(
        "import pandas, enum\n"
        "train = pandas.DataFrame({'request': ['a']})\n"
        "listed = [{'request': 'a'}]\n"
        "number = 3\n"
        "def my_metric(example, prediction): return 1\n"
        "class Tone(enum.Enum): dry = 'dry'\n"
        "from pandas import DataFrame, Series\n"
        "words, pair, empty, column = ['a'], (1, 2), [], train.request\n"
        "from nbdspy.datasets import Dataset, emojis\n"
        "class Sums(Dataset): _train, _test = [{'request': '1'}], [{'request': '2'}]\n"
        "sums = Sums()\n"
    )
    return shell


def offered(shell: Shell, cell: str) -> list[str]:
    """What a page offers at the end of a cell, most fitting first."""
    from IPython.core.completer import provisionalcompleter

    with provisionalcompleter():
        return [one.text for one in shell.Completer.completions(cell, len(cell))]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%compile Int", ["Intent"]),
        ("%compile Intent --da", ["--data"]),
        ("%compile Intent --data ", ["listed", "sums.test", "sums.train", "train"]),
        ("%compile Intent --data sums.tr", ["sums.train"]),
        ("%compile Intent --data train --with boot", ["bootstrap_few_shot"]),
        ("%compile Intent --data train --with Label", ["LabeledFewShot"]),
        ("%evaluate Intent --metric my", ["my_metric"]),
        ("%evaluate Intent --metric exact", ["exact_match"]),
        ("%lm smol", ["smollm2"]),
        ("%nbdspy as ", ["dspy"]),
        ("%nbdspy a", ["as"]),
        ("%lm smollm2 --max", ["--max-tokens"]),
        ("scored = %evaluate Intent --thr", ["--threads"]),
        ("%prompt Intent req", ["request="]),
        ("%trace Car", ["Careful"]),
        ("%trace num", []),
        ("%label ", ["listed", "sums.test", "sums.train", "train"]),
        ("%label train --wi", ["--with"]),
        ("%label train --with Int", ["Intent"]),
        ("%playground Intent Car", ["Careful"]),
        ("%playground Intent --lm smol", ["smollm2"]),
        ("%trace Careful --o", ["--out"]),
        ("%cassette re", ["record", "replay"]),
        ("%compile Intent --data train --auto ", ["heavy", "light", "medium"]),
        ("%compile Intent --b", ["--bg", "--budget"]),
        ("%evaluate Intent --data {train[:3]} --met", ["--metric"]),
        ("%evaluate Intent --data train # --me", []),
        ("%evaluate Intent --data train --sort re", ["request"]),
        ("%evaluate Careful --data train --sort e", ["expected_request"]),
        ("%evaluate Careful --data=train --sort=e", ["expected_request"]),
        ("%evaluate Intent --data=train --dat", []),
        ("%evaluate Intent --sort s", ["score", "seconds"]),
        ("%%signature Mood\nSay how it sounds.\n\nre", ["request: "]),
        ("%runs ", ["clear", "delete", "kept", "pause", "resume", "stop", "try", "wait"]),
        ("%programs r", ["restore"]),
        ("%programs diff Ca", ["Careful", "Careful@1"]),
        ("%programs restore ", ["Careful"]),
        ("%programs restore Careful ", ["1"]),
        ("%programs restore Careful 1 --o", ["--out"]),
        ("%nbdspy help comp", ["compile"]),
        ("%compile Intent --data train \\\n    --me", ["--metric"]),
        ("%compile Intent \\\n --data train \\\n --metric \\\n exact", ["exact_match"]),
        ("number = 3\nbest = %compile \\\nInt", ["Intent"]),
        ("%%time\n%evaluate Intent \\\n --thr", ["--threads"]),
        ("%%predict Int", ["Intent"]),
        ("%%predict Intent\nIt says \\\nreq", ["request: "]),
        ("%%predict Intent\nreq", ["request: "]),
        ("%%predict Careful\nques", []),
        ('%%signature QA\nquestion: Literal["a", Deci', []),
        ('%%signature QA\nquestion: Literal["a"] | Deci', ["Decimal"]),
        ("%%signature QA\nquestion: str = Deci", []),
        ("%%signature QA\nquestion: flo", ["float"]),
        ("%%signature QA\nquestion: list[Ton", ["Tone"]),
        ("%%signature QA\nquestion: Deci", ["Decimal"]),
        ("%compile Intent --data=tr", ["train"]),
        ("%compile Intent --with=mipro", ["mipro", "mipro_plus_plus", "miprov2"]),
        ("%%signature QA\nquestion: Lit", ["Literal["]),
        ("%%compile Intent --data train\nnum_c", ["num_candidate_programs = "]),
        ("%%compile Intent --data train --with labeled_few_shot\nk", ["k = "]),
        ("%%compile Intent --data train --with LabeledFewShot\nk", ["k = "]),
    ],
)
def test_only_what_can_stand_there_is_offered(cell: str, words: list[str], ready: Shell) -> None:
    assert offered(ready, cell) == words


@pytest.mark.parametrize("cell", ["%%signature Mood\nre", "%%signature Mood\n\nrequest: str\n->\nre"])
def test_a_column_is_no_field_in_an_instruction_nor_twice(cell: str, ready: Shell) -> None:
    assert "request: " not in offered(ready, cell)


def test_an_option_that_was_given_is_not_offered_again(ready: Shell) -> None:
    assert "--data" not in offered(ready, "%compile Intent --data train --")


def test_python_in_braces_is_completed_as_python(ready: Shell) -> None:
    assert "train" in offered(ready, "%compile Intent --data {tra")


def test_other_cells_are_left_alone(ready: Shell) -> None:
    assert "number" in offered(ready, "numb")
