"""Where a store lies: the path of a file, or the address of a database."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nbdspy.errors import StoreError
from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    from sqlalchemy import URL

FILES = "sqlite"
KINDS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}  # what is meant by the short names
IN_MEMORY = (None, "", ":memory:")
_EXAMPLE = "postgresql://user:password@host/database"


@dataclass(frozen=True, slots=True)
class Address:
    """Either the path of an SQLite file, or SQLAlchemy's URL of another database."""

    path: Path | None = None
    url: URL | None = None

    @classmethod
    def of(cls, given: str | os.PathLike[str]) -> Address:
        """Read what a user gives: a URL has `://` in it, all else is a path.

        Raises:
            StoreError: When a URL cannot be read.
        """
        text = os.fspath(given)
        if not text:
            raise StoreError("The store's address is empty.", hint=f"Give a path, or a URL such as {_EXAMPLE}.")
        if "://" not in text:
            return cls(path=Path(text).expanduser().absolute())
        whole_import("sqlalchemy")
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            url = make_url(text)
        except (ArgumentError, ValueError):  # which may show the password
            kind = text.partition("://")[0]
            raise StoreError(
                f"The store's address, {kind}://…, cannot be read.",
                hint=f"Write it as in {_EXAMPLE}; in the password %40 stands for an @, %2F for a slash.",
            ) from None
        if url.drivername.split("+")[0] == FILES and url.database not in IN_MEMORY and not url.query:
            return cls(path=Path(str(url.database)).absolute())
        return cls(url=url.set(drivername=KINDS.get(url.drivername, url.drivername)))

    def __str__(self) -> str:
        """The address as it may be shown: without password and options."""
        if self.url is None:
            return str(self.path)
        return self.url.set(query={}).render_as_string(hide_password=True)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may show."""
        if self.url is None:
            return ()
        options = [text for name, text in self.url.query.items() if "pass" in name and isinstance(text, str)]
        return tuple(text for text in (self.url.password, *options) if text)

    @property
    def open_url(self) -> str | None:
        """SQLAlchemy's URL with the password, for libraries and for no eyes; None of what lives in memory."""
        if self.path is not None:
            return f"{FILES}:///{self.path}"
        assert self.url is not None
        return None if self.url.get_backend_name() == FILES else self.url.render_as_string(hide_password=False)

    def exists(self) -> bool:
        """Whether there is something to read; a database is taken to be there."""
        return self.path is None or self.path.exists()

    def make_place(self) -> None:
        """Make the file, for its owner only, and the folder it lies in; a folder made here keeps itself out of git.

        Raises:
            OSError: When that cannot be.
        """
        if self.path is None:
            return
        make_folder(self.path.parent)
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def make_folder(folder: Path) -> None:
    """Make a folder for its owner only, which git does not see; one that is there is left as it is."""
    if folder.is_dir():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError), (folder / ".gitignore").open("x", encoding="utf-8") as file:
        file.write("*\n")
