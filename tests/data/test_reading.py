"""Files of examples as tables."""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path

import pandas as pd
import pytest

from nbdspy.data import read_table
from nbdspy.errors import DataError

needs_parquet = pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="pyarrow is not installed")


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


RECORDS = [{"question": "6 * 7", "answer": "42"}, {"question": "zwölf", "answer": "12"}]
AS_LIST = '[{"question": "6 * 7", "answer": "42"},\n {"question": "zwölf", "answer": "12"}]'
AS_LINES = '{"question": "6 * 7", "answer": "42"}\n\n{"question": "zwölf", "answer": "12"}\n'
AS_CSV = 'question,answer\n6 * 7,"42"\nzwölf,12\n'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", AS_LIST),
        ("a.json", AS_LINES),
        ("a.jsonl", AS_LINES),
        ("a.ndjson", AS_LINES.replace("\n", "\r\n")),
        ("A.JSONL", AS_LINES),
        ("a.jsonl", "\ufeff" + AS_LINES),
        ("a.json.gz", gzip.compress(AS_LIST.encode())),
        ("a.v2.jsonl.gz", gzip.compress(AS_LINES.encode())),
    ],
)
def test_json_in_a_list_or_by_lines(tmp_path: Path, name: str, content: str | bytes) -> None:
    frame = read_table(written(tmp_path / name, content))

    assert frame.to_dict(orient="records") == RECORDS


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", AS_CSV),
        ("a.csv", "\ufeff" + AS_CSV),
        ("a.csv.gz", gzip.compress(AS_CSV.encode())),
        ("a.tsv", AS_CSV.replace(",", "\t")),
    ],
)
def test_csv(tmp_path: Path, name: str, content: str | bytes) -> None:
    frame = read_table(written(tmp_path / name, content))

    assert list(frame.columns) == ["question", "answer"]
    assert frame["question"].tolist() == ["6 * 7", "zwölf"]
    assert frame["answer"].tolist() == [42, 12]


def test_in_csv_only_an_empty_cell_is_a_gap(tmp_path: Path) -> None:
    frame = read_table(written(tmp_path / "a.csv", "question,intent\na,None\nb,NA\nc,\n"))

    assert frame["intent"].tolist()[:2] == ["None", "NA"]
    assert frame["intent"].isna().tolist() == [False, False, True]


def test_values_in_json_stay_as_they_are(tmp_path: Path) -> None:
    line = '{"code": "007", "day": "2024-01-02", "n": 42, "tags": ["a"], "gap": null}\n{"code": "1"}\n'
    frame = read_table(written(tmp_path / "a.jsonl", line))

    assert frame.iloc[0].to_dict() == {"code": "007", "day": "2024-01-02", "n": 42, "tags": ["a"], "gap": None}
    assert type(frame.loc[0, "n"]) is int


def test_a_single_line_is_a_record(tmp_path: Path) -> None:
    assert len(read_table(written(tmp_path / "a.json", AS_LINES.split("\n")[0]))) == 1


@needs_parquet
def test_parquet(tmp_path: Path) -> None:
    pd.DataFrame(RECORDS).to_parquet(tmp_path / "a.parquet")

    assert read_table(tmp_path / "a.parquet").to_dict(orient="records") == RECORDS


@needs_parquet
def test_damaged_parquet_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a.parquet' cannot be read as .parquet"):
        read_table(written(tmp_path / "a.parquet", "nothing of the kind"))


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is not None, reason="pyarrow is installed")
@pytest.mark.skipif(importlib.util.find_spec("fastparquet") is not None, reason="fastparquet is installed")
def test_without_pyarrow_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Run: pip install pyarrow"):
        read_table(written(tmp_path / "a.parquet", "PAR1"))


def test_columns_come_in_the_order_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "a,b,c\n1,2,3\n")

    assert list(read_table(path, fields=["c", "a"]).columns) == ["c", "a"]
    assert list(read_table(path, fields="b").columns) == ["b"]


def test_an_unknown_column_gets_a_suggestion(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", AS_CSV)

    with pytest.raises(DataError, match=r"has no column 'quesiton'; it has: question, answer. Did you mean question\?"):
        read_table(path, fields=["quesiton"])


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "", "cannot be read as .csv: No columns"),
        ("a.csv", "question,answer\n", "holds no rows"),
        ("a.csv", 'a,b\n1,2,3,4\n"', "cannot be read as .csv: Error tokenizing"),
        ("a.csv", b"a,b\n\xff\xfe,2\n", "cannot be read as .csv: 'utf-8' codec"),
        ("a.csv.gz", "no gzip", "cannot be read as .csv"),
        ("a.jsonl.gz", gzip.compress(AS_LINES.encode())[:-12], "cannot be read as .jsonl"),
        ("a.jsonl", "", "holds no rows"),
        ("a.json", "[]", "holds no rows"),
        ("a.json", "", "holds no rows"),
        ("a.json", '[{"a": 1}', "cannot be read as .json: Expecting"),
        ("a.jsonl", '{"a": 1}\n{"a": ', "cannot be read as .jsonl: record 2: Expecting value"),
        ("a.json", '{"a": 1}\n{"a": ', "cannot be read as .json: record 2: Expecting value"),
        ("a.json", "[1, 2]", "Record 1 of '.*' is an int, not named values: 1"),
        ("a.jsonl", '{"a": 1}\n["b"]', "Record 2 of '.*' is a list, not named values"),
        ("a.json", '{"canary": "c",\n"examples": []}', "holds one dict with canary, examples, not a list of records"),
        ("a.json", "42", "holds one int, not a list"),
        ("a.jsonl", b"\xff", "cannot be read as .jsonl: 'utf-8' codec"),
        ("a.xlsx", "x", "is no kind of table that is known by its name. Known are: .csv"),
        ("table", "x", "is no kind of table"),
        ("a.gz", "x", "is no kind of table"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, name: str, content: str | bytes, said: str) -> None:
    path = written(tmp_path / name, content)

    with pytest.raises(DataError, match=said):
        read_table(path)


def test_a_missing_file_gets_a_suggestion(tmp_path: Path) -> None:
    written(tmp_path / "train.csv", AS_CSV)

    with pytest.raises(DataError, match=r"There is no file '.*trian.csv'. Did you mean train.csv\?"):
        read_table(tmp_path / "trian.csv")
    with pytest.raises(DataError, match="There is no folder"):
        read_table(tmp_path / "nowhere" / "train.csv")
    with pytest.raises(DataError, match="It is looked for in"):
        read_table(tmp_path / "xyz")
    with pytest.raises(DataError, match="is a folder"):
        read_table(tmp_path)
