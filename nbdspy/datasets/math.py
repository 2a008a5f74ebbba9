"""`math`: problems of mathematics competitions (Hendrycks et al. 2021, MIT), from a local folder or fetched once."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbdspy.datasets.files import DataFile, data_folder
from nbdspy.datasets.splits import Splits, draw
from nbdspy.errors import DataError, did_you_mean
from nbdspy.evaluation.mathematics import boxed

FILE = DataFile(
    dataset="math",
    name="MATH.tar",
    address="https://people.eecs.berkeley.edu/~hendrycks/MATH.tar",
    sha256=("01256fd7cd5430596fdf07e6e6a5827111b5235b7ffed679c662a12f898932da",),
    origin="github.com/hendrycks/math, or what is in it (test/algebra/1.json and so on),",
)
SUBJECTS = (
    "algebra",
    "counting_and_probability",
    "geometry",
    "intermediate_algebra",
    "number_theory",
    "prealgebra",
    "precalculus",
)


def math(subset: str = "algebra", *, folder: str | os.PathLike[str] | None = None) -> Splits:
    """Training, validation and test problems of one subject: `question`, `reasoning`, `answer` and `level`.

    All come from the data's own test problems, as models have seen its training problems: up to 350 to train, as many
    to validate, the rest to test. The authors' server has not always served the file.

    Args:
        subset: The subject.
        folder: Where `MATH.tar` lies, or its unpacked folder `test`; by default `$NBDSPY_DATA/math`, else the file is
            fetched once into the cache folder and checked.

    Raises:
        DataError: When there is no such subject, or the file cannot be had, or is another one.
    """
    import pandas as pd

    if subset not in SUBJECTS:
        raise DataError(
            f"MATH has no subject {subset!r}; there are: {', '.join(SUBJECTS)}.", hint=did_you_mean(subset, SUBJECTS)
        )
    rows = pd.DataFrame(
        [
            {
                "question": problem["problem"],
                "reasoning": problem["solution"],
                "answer": boxed(problem["solution"]),
                "level": problem["level"],
            }
            for problem in _problems(subset, folder)
        ],
        columns=["question", "reasoning", "answer", "level"],
    ).dropna(subset=["answer"])
    size = min(350, len(rows) // 3)
    train, val, test = draw(rows, (size, size, len(rows) - 2 * size), by=["question"], called="MATH")
    return train, val, test


def _problems(subset: str, folder: str | os.PathLike[str] | None) -> list[Any]:
    """The subject's problems in the order of their numbers."""
    local = data_folder("math", folder)
    unpacked = [local / "test" / subset, local / "MATH" / "test" / subset] if local else []
    found = next((place for place in unpacked if place.is_dir()), None)
    texts = _unpacked(found) if found else _packed(FILE.path(folder), f"MATH/test/{subset}/")
    problems = [json.loads(text) for _, text in sorted(texts)]
    if not problems:
        raise DataError(f"There are no problems in {str(found or FILE.name)!r}.", hint="Give a whole copy of MATH.")
    return problems


def _unpacked(folder: Path) -> Iterator[tuple[int, bytes]]:
    for path in folder.glob("*.json"):
        yield int(path.stem), path.read_bytes()


def _packed(archive: Path, folder: str) -> Iterator[tuple[int, bytes]]:
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.name.startswith(folder) and member.name.endswith(".json"):
                file = tar.extractfile(member)
                assert file is not None  # it is a file, not a folder
                yield int(Path(member.name).stem), file.read()
