"""A model's file: where it is, fetched once and whole, and what a user reads when that fails."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nbdspy.errors import LMUnavailable, UsageError
from nbdspy.models.downloads import Progress, Source
from nbdspy.models.weights import KNOWN, Weights, fetch, fetch_weights, find, folder, installed, is_local

CONTENT = b"GGUF" + bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NBDSPY_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@dataclass
class Place:
    """A source that writes `content`, or fails; counts how often it was asked."""

    content: bytes = CONTENT
    error: Exception | None = None
    gate: threading.Event | None = None
    states: str | None = None
    asked: list[int] = field(default_factory=list)

    def download(self, partial: Path, *, size: int, progress: Progress) -> str | None:
        self.asked.append(size)
        half = len(self.content) // 2
        partial.write_bytes(self.content[:half])
        progress(half, size)
        if self.gate is not None:
            self.gate.wait(10)
        if self.error is not None:
            raise self.error
        partial.write_bytes(self.content)
        return self.states


def weights_from(*sources: Source, sha256: str | None = None, size: int = len(CONTENT)) -> Weights:
    pinned = sha256 or hashlib.sha256(CONTENT).hexdigest()
    return Weights(name="tiny", file="tiny.gguf", size=size, sha256=pinned, sources=sources)


@pytest.mark.parametrize("name", ["smollm2", "qwen2.5-coder-1.5b", "hf:owner/repository/file.gguf", "models/My.GGUF"])
def test_names_of_files_on_this_machine_are_local(name: str) -> None:
    assert is_local(name)


@pytest.mark.parametrize("name", ["openai/gpt-5-mini", "smollm", "gguf"])
def test_other_names_are_not_local(name: str) -> None:
    assert not is_local(name)


def test_known_models_say_what_nbdspy_models_lists() -> None:
    assert {
        name: (weights.size, weights.licence, weights.prefers, weights.present) for name, weights in KNOWN.items()
    } == {
        "smollm2": (98_362_432, "Apache-2.0", "completion", False),
        "qwen2.5-coder-1.5b": (1_117_320_768, "Apache-2.0", "chat", False),
    }
    assert installed() == []


def test_without_the_variable_files_are_kept_in_the_user_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NBDSPY_MODELS")

    assert folder().parts[-2:] == ("nbdspy", "models")


def test_an_empty_machine_fetches_the_file_and_says_how_far_it_is() -> None:
    heard: list[tuple[int, int]] = []

    path = fetch_weights(weights_from(Place()), progress=lambda done, total: heard.append((done, total)))

    assert path.read_bytes() == CONTENT
    assert heard == [(len(CONTENT) // 2, len(CONTENT)), (len(CONTENT), len(CONTENT))]


def test_a_file_that_is_there_is_not_fetched_again() -> None:
    place = Place()
    fetch_weights(weights_from(place))

    fetch_weights(weights_from(Place(error=AssertionError("asked the network"))))

    assert place.asked == [len(CONTENT)]


def test_a_file_put_there_by_hand_is_checked_and_used(models: Path) -> None:
    models.mkdir()
    (models / "tiny.gguf").write_bytes(CONTENT)

    assert fetch_weights(weights_from()) == models / "tiny.gguf"


def test_a_whole_file_is_hashed_once_and_again_only_when_it_has_changed(models: Path) -> None:
    path = fetch_weights(weights_from(Place()))
    stat = path.stat()
    path.write_bytes(CONTENT[:-1] + b"!")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    trusted = fetch_weights(weights_from())
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))

    assert trusted == path
    with pytest.raises(LMUnavailable, match="damaged: its sha256 is"):
        fetch_weights(weights_from())
    assert not path.exists()


def test_a_truncated_file_is_removed_and_named(models: Path) -> None:
    models.mkdir()
    (models / "tiny.gguf").write_bytes(CONTENT[:100])

    with pytest.raises(LMUnavailable, match=r"has 100 bytes, not 10,244.*removed; try again"):
        fetch_weights(weights_from())

    assert not (models / "tiny.gguf").exists()


def test_a_download_that_came_out_damaged_is_removed(models: Path) -> None:
    with pytest.raises(LMUnavailable, match="damaged"):
        fetch_weights(weights_from(Place(content=b"x" * len(CONTENT))))

    assert list(models.glob("tiny.gguf*")) == [models / "tiny.gguf.lock"]


def test_the_hash_that_the_place_states_is_checked_when_nobody_pinned_one() -> None:
    weights = Weights(name="tiny", file="tiny.gguf", sources=(Place(states="0" * 64),))

    with pytest.raises(LMUnavailable, match="damaged"):
        fetch_weights(weights)


def test_where_the_first_place_cannot_be_reached_the_next_is_asked() -> None:
    path = fetch_weights(weights_from(Place(error=LMUnavailable("The hub is down.")), Place()))

    assert path.read_bytes() == CONTENT


def test_when_no_place_can_be_reached_the_error_says_why_and_what_else_there_is(models: Path) -> None:
    places = (Place(error=LMUnavailable("The hub is down.")), Place(error=LMUnavailable("pip said: no.", hint="Do A.")))

    with pytest.raises(LMUnavailable) as caught:
        fetch_weights(weights_from(*places))

    assert caught.value.message == "tiny could not be downloaded. The hub is down. pip said: no."
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("Do A. ")
    assert str(models / "tiny.gguf") in caught.value.hint


def test_what_has_arrived_is_kept_for_the_next_time(models: Path) -> None:
    with pytest.raises(LMUnavailable):
        fetch_weights(weights_from(Place(error=LMUnavailable("gone"))))

    assert (models / "tiny.gguf.partial").read_bytes() == CONTENT[: len(CONTENT) // 2]


def test_a_full_disk_is_noticed_before_anything_is_fetched() -> None:
    place = Place()

    with pytest.raises(LMUnavailable, match=r"needs 1,000,000,000 GB more in .*NBDSPY_MODELS"):
        fetch_weights(weights_from(place, size=10**18))

    assert place.asked == []


def test_a_disk_that_fills_up_on_the_way_says_what_is_missing() -> None:
    place = Place(error=OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    with pytest.raises(LMUnavailable, match=r"tiny needs .* more in .*, where .* are free\. Make room"):
        fetch_weights(weights_from(place))


def test_a_folder_that_cannot_be_made_is_named(models: Path) -> None:
    models.write_text("a file where the folder should be")

    with pytest.raises(LMUnavailable, match=r"cannot be kept in .*NBDSPY_MODELS"):
        fetch_weights(weights_from(Place()))


def test_two_that_start_at_once_fetch_once_and_the_second_sees_the_progress_of_the_first() -> None:
    gate = threading.Event()
    place = Place(gate=gate)
    seen: list[int] = []
    paths: list[Path] = []

    def watch(done: int, total: int) -> None:
        seen.append(done)
        gate.set()

    first = threading.Thread(target=lambda: paths.append(fetch_weights(weights_from(place))))
    first.start()
    while not place.asked:
        time.sleep(0.01)
    second = threading.Thread(target=lambda: paths.append(fetch_weights(weights_from(place), progress=watch)))
    second.start()
    first.join(10)
    second.join(10)

    assert len(place.asked) == 1
    assert len(paths) == 2
    assert seen[0] == len(CONTENT) // 2


def test_a_path_is_the_users_own_file_and_stays_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.gguf"
    path.write_bytes(b"GGUF")

    assert fetch(str(path)) == path


def test_a_path_that_is_not_there_lists_what_is_near(tmp_path: Path) -> None:
    (tmp_path / "mistral-7b.gguf").touch()

    with pytest.raises(
        LMUnavailable, match=r"There is no model file .*mistral-8b\.gguf\. Did you mean mistral-7b\.gguf"
    ):
        fetch(str(tmp_path / "mistral-8b.gguf"))
    with pytest.raises(LMUnavailable, match=r"In .* there is mistral-7b\.gguf\."):
        fetch(str(tmp_path / "q.gguf"))
    with pytest.raises(LMUnavailable, match=r"There is no \.gguf file in .*nowhere"):
        fetch(str(tmp_path / "nowhere" / "q.gguf"))


def test_a_relative_path_names_the_folder_it_was_looked_for_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(LMUnavailable, match=rf"no \.gguf file in {re.escape(str(tmp_path.resolve()))}\."):
        fetch("./q.gguf")


@pytest.mark.parametrize("name", ["hf:owner/repository", "hf:file.gguf", "hf:owner/../../file.gguf"])
def test_a_hub_name_that_leads_to_no_file_shows_the_form(name: str) -> None:
    with pytest.raises(UsageError, match=r"Write hf:owner/repository/file\.gguf"):
        find(name)


def test_a_hub_name_is_kept_under_its_owner(models: Path) -> None:
    weights = find("hf:owner/repository/folder/file.gguf")

    assert weights is not None
    assert weights.path == models / "hub" / "owner" / "repository" / "folder" / "file.gguf"
