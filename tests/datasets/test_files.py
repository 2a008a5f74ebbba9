"""The files of data sets, local and fetched."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from nbdspy.datasets.files import DataFile
from nbdspy.errors import DataError

CONTENT = b"question,answer\n6 * 7,42\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("NBDSPY_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def served(tmp_path: Path) -> Path:
    path = tmp_path / "server" / "sums.csv"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    return path


def sums(address: str | None, *digests: str) -> DataFile:
    return DataFile(dataset="sums", name="train/sums.csv", address=address, sha256=digests, origin="example.org/sums")


@pytest.mark.usefixtures("cache")
def test_a_file_is_fetched_once_and_kept(served: Path) -> None:
    file = sums(served.as_uri(), DIGEST)
    path = file.path()
    served.unlink()

    assert path.read_bytes() == CONTENT
    assert file.path() == path
    assert [kept.name for kept in path.parent.iterdir()] == ["sums.csv"]


def test_a_file_that_came_out_as_another_is_not_kept(served: Path, cache: Path) -> None:
    with pytest.raises(DataError, match=rf"sums.csv is not the file we know: its sha256 is {DIGEST[:12]}…, not 0000"):
        sums(served.as_uri(), "0" * 64).path()

    assert [path for path in cache.rglob("*") if path.is_file()] == []


@pytest.mark.usefixtures("cache")
def test_a_server_that_has_no_such_file_is_told_with_the_way_out(tmp_path: Path) -> None:
    missing = (tmp_path / "nothing.csv").as_uri()
    with pytest.raises(DataError, match=r"sums cannot be fetched: .*Put train/sums.csv of example.org/sums into"):
        sums(missing, DIGEST).path()


@pytest.mark.usefixtures("cache")
def test_a_file_without_an_address_must_be_put_there() -> None:
    with pytest.raises(DataError, match=r"train/sums.csv has no address. Put train/sums.csv of example.org/sums"):
        sums(None).path()


def local(folder: Path, content: bytes = CONTENT) -> Path:
    path = folder / "train" / "sums.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("digests", [(DIGEST,), ("0" * 64, DIGEST), ()])
def test_a_local_file_may_be_any_copy_that_is_known(tmp_path: Path, digests: tuple[str, ...]) -> None:
    path = local(tmp_path)

    assert sums(None, *digests).path(tmp_path) == path


def test_a_local_file_that_is_another_is_refused(tmp_path: Path) -> None:
    local(tmp_path, b"something else")

    with pytest.raises(DataError, match=rf"is not the file we know: .*, not {DIGEST[:12]}… or 000000000000…"):
        sums(None, DIGEST, "0" * 64).path(tmp_path)


def test_the_folder_in_the_environment_holds_a_folder_for_each_data_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = local(tmp_path / "sums")
    monkeypatch.setenv("NBDSPY_DATA", str(tmp_path))

    assert sums(None, DIGEST).path() == path


def test_a_folder_without_the_file_is_told_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"There is no file '.*sums.csv'. Leave the folder out and it is fetched"):
        sums("https://example.org/sums.csv", DIGEST).path(tmp_path)
    with pytest.raises(DataError, match=r"There is no file '.*sums.csv'. Put train/sums.csv of example.org/sums into"):
        sums(None).path(tmp_path)

    monkeypatch.setenv("NBDSPY_DATA", str(tmp_path))
    with pytest.raises(DataError, match="Unset NBDSPY_DATA and it is fetched"):
        sums("https://example.org/sums.csv", DIGEST).path()
