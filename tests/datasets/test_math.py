"""MATH from an unpacked folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbdspy.data import Prediction
from nbdspy.datasets import MATH, math
from nbdspy.datasets.math import _packed
from nbdspy.errors import DataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "test" / "algebra"
    place.mkdir(parents=True)
    for number in range(12):
        solution = rf"So it is $\boxed{{\frac{{{number}}}{{7}}}}$." if number else "No box."
        problem = {"problem": f"Problem {number}", "level": "Level 1", "type": "Algebra", "solution": solution}
        (place / f"{number}.json").write_text(json.dumps(problem))
    return tmp_path


def test_the_test_problems_are_divided_and_those_without_an_answer_left_out(folder: Path) -> None:
    train, val, test = math("algebra", folder=folder)

    assert (len(train), len(val), len(test)) == (3, 3, 5)
    asked = [*train["question"], *val["question"], *test["question"]]
    assert len(set(asked)) == 11
    assert train["answer"].str.fullmatch(r"\\frac\{\d+\}\{7\}").all()


def test_the_class_has_the_metric(folder: Path) -> None:
    data = MATH("algebra", folder=folder)

    example = data.train[0]
    assert list(example.inputs()) == ["question"]
    assert data.metric(example, Prediction(answer=rf"\boxed{{{example.answer}}}"))
    assert not data.metric(example, Prediction(answer="100"))


def test_an_archive_is_read_by_subject(folder: Path) -> None:
    import tarfile

    with tarfile.open(folder / "MATH.tar", "w") as tar:
        tar.add(folder / "test", "MATH/test")

    assert len(list(_packed(folder / "MATH.tar", "MATH/test/algebra/"))) == 12
    assert list(_packed(folder / "MATH.tar", "MATH/test/geometry/")) == []


def test_what_is_missing_is_told(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (folder / "test" / "geometry").mkdir()

    with pytest.raises(DataError, match=r"MATH has no subject 'algbra'.*Did you mean algebra\?"):
        math("algbra", folder=folder)
    with pytest.raises(DataError, match="There are no problems in"):
        math("geometry", folder=folder)
    with pytest.raises(DataError, match=r"There is no file '.*MATH.tar'"):
        math("algebra", folder=tmp_path_factory.mktemp("empty"))
