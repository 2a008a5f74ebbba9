"""The files of data sets: from a local folder, or fetched once and checked."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from nbdspy.errors import DataError

BLOCK = 1 << 20  # bytes read at a time
SILENCE = 60.0  # seconds without a byte after which a connection counts as broken


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """One file of a data set.

    Args:
        dataset: The name of the data set, which is also its folder's.
        name: The file's path in that folder.
        address: Where it is fetched from; None when it must be put there by hand.
        sha256: Of the copies that are known, the first being what the address serves; without any, every file will do.
        origin: Where people find it, for messages.
    """

    dataset: str
    name: str
    address: str | None = None
    sha256: tuple[str, ...] = ()
    origin: str = ""

    def path(self, folder: str | os.PathLike[str] | None = None) -> Path:
        """Where the checked file lies on this machine; it is fetched when no folder is given by anybody.

        Args:
            folder: The data set's folder; by default `$NBDSPY_DATA/<dataset>`, else one in the user's cache.

        Raises:
            DataError: When the file cannot be had, or is another one.
        """
        local = data_folder(self.dataset, folder)
        path = (local or _cache_folder() / self.dataset) / self.name
        if path.is_file():
            self._check(_sha256(path) if self.sha256 else "", str(path))
        elif local is not None:
            way_out = "Unset NBDSPY_DATA" if folder is None else "Leave the folder out"
            hint = self._by_hand() if self.address is None else f"{way_out} and it is fetched."
            raise DataError(f"There is no file {str(path)!r}.", hint=hint)
        else:
            self._fetch(path)
        return path

    def _fetch(self, path: Path) -> None:
        from http.client import HTTPException
        from urllib.error import URLError
        from urllib.request import urlopen

        if self.address is None:
            raise DataError(f"{self.dataset} cannot be fetched: {self.name} has no address.", hint=self._by_hand())
        partial = path.with_name(f"{path.name}.{os.getpid()}.part")
        partial.parent.mkdir(parents=True, exist_ok=True)
        try:
            with urlopen(self.address, timeout=SILENCE) as answer, partial.open("wb") as file:
                while block := answer.read(BLOCK):
                    file.write(block)
            self._check(_sha256(partial), self.address)
            os.replace(partial, path)
        except (URLError, TimeoutError, ConnectionError, HTTPException) as error:
            raise DataError(f"{self.dataset} cannot be fetched: {error}.", hint=self._by_hand()) from error
        finally:
            partial.unlink(missing_ok=True)

    def _check(self, found: str, where: str) -> None:
        if self.sha256 and found not in self.sha256:
            known = " or ".join(f"{digest[:12]}…" for digest in self.sha256)
            raise DataError(f"{where} is not the file we know: its sha256 is {found[:12]}…, not {known}.")

    def _by_hand(self) -> str:
        origin = f" of {self.origin}" if self.origin else ""
        return f"Put {self.name}{origin} into a folder and give `folder=`."


def data_folder(dataset: str, folder: str | os.PathLike[str] | None = None) -> Path | None:
    """The folder of a data set that somebody named: the argument, else one in `NBDSPY_DATA`; None when nobody did."""
    if folder is not None:
        return Path(folder)
    shelf = os.environ.get("NBDSPY_DATA")
    return Path(shelf) / dataset if shelf else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _cache_folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("nbdspy") / "data"
