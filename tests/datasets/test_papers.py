"""The small tasks of the MIPRO paper, and BIG-bench hard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from nbdspy.datasets import big_bench_hard, heart_disease, iris, iris_typo, scone
from nbdspy.errors import DataError


def test_iris_has_its_three_species_in_every_split(local: Callable[[str], Path]) -> None:
    for table in iris(folder=local("iris")):
        assert set(table["answer"]) == {"setosa", "versicolor", "virginica"}
        assert table.drop(columns="answer").dtypes.eq(float).all()


def test_the_flowers_of_iris_typo_are_those_of_iris(local: Callable[[str], Path]) -> None:
    for one, other in zip(iris(folder=local("iris")), iris_typo(folder=local("iris")), strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_patients_are_told_in_words(local: Callable[[str], Path]) -> None:
    patients = pd.concat(heart_disease(folder=local("heart_disease")), ignore_index=True)

    assert len(patients) == 303
    assert patients["answer"].value_counts().to_dict() == {"no": 164, "yes": 139}
    assert set(patients["sex"]) == {"female", "male"}
    assert set(patients["cp"]) == {"typical angina", "atypical angina", "non-anginal pain", "asymptomatic"}
    assert set(patients["thal"]) == {"normal", "fixed defect", "reversible defect", "unknown"}
    assert (patients == "unknown").sum().sum() == 6
    assert patients["oldpeak"].str.fullmatch(r"\d(\.\d)?").all()


def test_the_file_of_the_archive_gives_the_same_patients_as_the_table(
    local: Callable[[str], Path], tmp_path: Path
) -> None:
    rows = (local("heart_disease") / "cleveland.csv").read_text().splitlines()[2:]
    gaps = [",".join(cell or "?" for cell in row.split(",")) for row in rows]
    (tmp_path / "processed.cleveland.data").write_text("\n".join(gaps) + "\n")

    tables = zip(heart_disease(folder=local("heart_disease")), heart_disease(folder=tmp_path), strict=True)
    for one, other in tables:
        pd.testing.assert_frame_equal(one, other)


def test_questions_of_scone_ask_whether_it_follows(local: Callable[[str], Path]) -> None:
    train, _, test = scone(folder=local("scone"))

    assert test["answer"].value_counts().to_dict() == {"Yes": 600, "No": 600}
    assert test["category"].value_counts().eq(200).all()
    assert train["category"].nunique() == 6
    assert test["question"].str.fullmatch(r"Can we logically conclude for sure that [^A-Z].*[^.]\?").mean() > 0.99


def test_a_task_of_big_bench_hard_that_is_misspelt_gets_a_suggestion(
    local: Callable[[str], Path], tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"has no task 'navigat' here. Did you mean navigate\?"):
        big_bench_hard("navigat", folder=local("bbh"))
    with pytest.raises(DataError, match=r"There is no file '.*dyck_languages.json'. Put dyck_languages.json of github"):
        big_bench_hard("dyck_languages", folder=tmp_path)


def test_any_task_of_big_bench_hard_may_lie_in_a_folder(tmp_path: Path) -> None:
    examples = ", ".join(f'{{"input": "{number}", "target": "Yes"}}' for number in range(178))
    (tmp_path / "snarks.json").write_text(f'{{"canary": "none", "examples": [{examples}]}}')

    train, val, test = big_bench_hard("snarks", folder=tmp_path)

    assert (len(train), len(val), len(test)) == (50, 50, 78)
