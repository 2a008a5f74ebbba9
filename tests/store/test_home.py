"""Where the store of a notebook is, and that its folder is nobody else's business."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nbdspy.errors import UsageError
from nbdspy.models.redaction import redact
from nbdspy.store import Store, opened_store


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NBDSPY_STORE", raising=False)
    monkeypatch.delenv("NBDSPY_HOME", raising=False)
    monkeypatch.chdir(tmp_path)


def used(store: Store) -> Store:
    store.put("values", "key", 1)
    store.close()
    return store


def test_it_lies_beside_the_notebook_for_its_owner_only_and_out_of_git(tmp_path: Path) -> None:
    store = opened_store(redact=redact)
    assert list(tmp_path.iterdir()) == []

    used(store)

    folder = tmp_path / ".nbdspy"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "store.sqlite").stat().st_mode) == 0o600
    assert (folder / ".gitignore").read_text() == "*\n"
    subprocess.run(["git", "init", "-q"], check=True)
    assert subprocess.run(["git", "status", "--porcelain"], capture_output=True, check=True).stdout == b""


def test_a_process_has_one_for_each_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = opened_store(redact=redact)
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")

    other = opened_store(redact=redact)

    assert other is opened_store(redact=redact)
    assert other is not first
    assert opened_store(tmp_path / ".nbdspy" / "store.sqlite", redact=redact) is first


def test_the_environment_says_where_and_a_users_setting_goes_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBDSPY_HOME", str(tmp_path / "home"))
    used(opened_store(redact=redact))
    assert (tmp_path / "home" / "store.sqlite").exists()

    monkeypatch.setenv("NBDSPY_STORE", f"sqlite:///{tmp_path / 'team.sqlite'}")
    used(opened_store(redact=redact))
    assert (tmp_path / "team.sqlite").exists()

    used(opened_store("mine.sqlite", redact=redact))
    assert (tmp_path / "mine.sqlite").exists()
    assert not (tmp_path / ".nbdspy").exists()


@pytest.mark.parametrize("place", [3, 0, True, {"path": "store"}])
def test_what_is_no_place_is_told(place: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is no place for a store\. Give a path"):
        opened_store(place, redact=redact)

    assert not list(tmp_path.iterdir())


def test_files_beside_the_notebook_have_no_say(tmp_path: Path) -> None:
    for name in (".env", "pyproject.toml"):
        (tmp_path / name).write_text('NBDSPY_STORE=stolen.sqlite\n[tool.nbdspy]\nstore = "stolen.sqlite"\n')

    used(opened_store(redact=redact))

    assert (tmp_path / ".nbdspy" / "store.sqlite").exists()
    assert not (tmp_path / "stolen.sqlite").exists()


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir(mode=0o755)

    used(Store(tmp_path / "shared" / "store.sqlite", redact=redact))

    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o755
    assert not (tmp_path / "shared" / ".gitignore").exists()
