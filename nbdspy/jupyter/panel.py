"""The kernel's end of JupyterLab's side panel and status bar: it tells pages what there is, and does what they ask."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from IPython.core.interactiveshell import InteractiveShell

from nbdspy.errors import NbdspyError, described
from nbdspy.jupyter.catalogue import Catalogue
from nbdspy.jupyter.channel import GONE, Page, listen
from nbdspy.jupyter.namespace import Namespace
from nbdspy.jupyter.screen import Screen
from nbdspy.runtime import later, whole_import

if TYPE_CHECKING:
    from nbdspy.jupyter.panel_requests import Requests
    from nbdspy.jupyter.panel_sections import Sections
    from nbdspy.jupyter.place import Later

ADDRESS: Final = "panel"
BETWEEN_UPDATES: Final = 0.5  # seconds

logger = logging.getLogger("nbdspy")


class Panel:
    """Tells every page that watches what has changed, twice a second at most. Safe between threads.

    A page asks with `{"id": 7, "do": …}` and is answered with `{"answer": 7, "said": …}`, or with an `error` and what
    helps against it as `hint`. With `{"do": "watch", "sections": […]}` it names what it wants to know; it is told those
    sections and whether a cell runs, and later with `{"changed": {…}}` each section that has become another. Nothing is
    loaded before a page watches, and nothing looked at while none does.

    Args:
        shell: Whose cells are followed.
        names: The notebook's variables.
        catalogue: The versions of programs.
        screen: How things are shown.
        later: Calls a function once seconds have passed; its answer takes that back.
    """

    def __init__(
        self, shell: InteractiveShell, names: Namespace, catalogue: Catalogue, screen: Screen, *, later: Later = later
    ) -> None:  # fmt: skip
        self._shell = shell
        self._names = names
        self._catalogue = catalogue
        self._screen = screen
        self._later = later
        self._pages: dict[Page, dict[str, Any]] = {}  # with the sections as each was told them last
        self._telling = threading.RLock()
        self._due: set[str] = set()
        self._take_back: Callable[[], None] | None = None  # what is planned
        self._is_busy = shell.displayhook.exec_result is not None  # IPython fills it in while a cell runs
        self._has_runs = False
        self._parts: tuple[Sections, Requests] | None = None
        self._silence = listen(ADDRESS, self.hear)

    def install(self) -> None:
        """Follow the shell's cells."""
        self._shell.events.register("pre_run_cell", self._cell_began)
        self._shell.events.register("post_run_cell", self._cell_ended)

    def remove(self) -> None:
        """Follow none, say goodbye to every page, and hear no more."""
        self._shell.events.unregister("pre_run_cell", self._cell_began)
        self._shell.events.unregister("post_run_cell", self._cell_ended)
        self._silence()
        with self._telling:
            for page in tuple(self._pages):
                self._leave(page)
                page.say(GONE)
            if self._take_back is not None:
                self._take_back()
                self._take_back = None

    def hear(self, said: Mapping[str, Any], page: Page) -> None:
        """Answer what a page asks."""
        if said.get("do") == "watch":
            with self._telling:  # a page hears that a cell has ended after it was told that one runs
                self._answer(said, page)
        else:
            self._answer(said, page)
            self.tell()

    def tell(self) -> None:
        """Tell pages now what has become another."""
        with self._telling:
            if self._pages:
                self._due.update(self._ready()[0])
                self._update()

    def _answer(self, said: Mapping[str, Any], page: Page) -> None:
        answer: dict[str, Any]
        try:
            answer = {"said": self._answered(said, page)}
        except NbdspyError as error:
            answer = self._refused(error.message, error.hint or "")
        except Exception as error:  # what it asks about is the user's own
            answer = self._refused(described(error))
        page.say({"answer": said.get("id"), **answer})

    def _answered(self, said: Mapping[str, Any], page: Page) -> dict[str, Any]:
        sections, requests = self._ready()
        if said.get("do") != "watch":
            return requests.answer(said)
        wanted = said.get("sections")
        known = [name for name in sections if wanted is None or (isinstance(wanted, list) and name in wanted)]
        told = {name: sections[name] for name in known}
        is_new = page not in self._pages
        self._pages[page] = told
        if is_new:
            page.when_closed(lambda: self._leave(page))  # at once, if it has gone meanwhile
        self._follow()
        return {"sections": dict(told), "is_busy": self._is_busy}

    def _refused(self, message: str, hint: str = "") -> dict[str, Any]:
        from nbdspy.views import safe

        return {"error": safe.short(message, 300), "hint": safe.short(hint, 300)}

    def _ready(self) -> tuple[Sections, Requests]:
        """What the panel is made of, from its first use on: loading the extension must not wait for it."""
        if self._parts is None:
            whole_import("nbdspy.jupyter.panel_requests")
            from nbdspy.jupyter.panel_requests import Requests
            from nbdspy.jupyter.panel_sections import Sections
            from nbdspy.jupyter.shelf import Shelf

            shelf = Shelf(self._names, self._catalogue)
            self._parts = Sections(self._names, shelf), Requests(self._names, shelf, self._screen)
        return self._parts

    def _leave(self, page: Page) -> None:
        with self._telling:
            self._pages.pop(page, None)

    def _cell_began(self, _: Any) -> None:
        self._is_busy = True
        self._changed()

    def _cell_ended(self, _: Any) -> None:
        self._is_busy = False
        self._changed()

    def _changed(self) -> None:
        """Have pages told soon what has become another."""
        with self._telling:
            if self._pages:
                self._due.update(self._ready()[0])
                self._plan()

    def _plan(self) -> None:
        """Look when it is time; `_telling` is held."""
        if self._pages and self._take_back is None:
            self._take_back = self._later(BETWEEN_UPDATES, self._catch_up)

    def _catch_up(self) -> None:
        with self._telling:
            self._take_back = None
            self._update()

    def _update(self) -> None:
        """Tell each page what has become another of what it watches; `_telling` is held."""
        due, self._due = self._due, set()
        now = {name: self._made(name) for name in due if any(name in told for told in self._pages.values())}
        for page, told in self._pages.items():
            changed = {name: made for name, made in now.items() if name in told and made not in (None, told[name])}
            if changed:
                told.update(changed)
                page.say({"changed": changed})
        self._follow()

    def _made(self, name: str) -> Any:
        """A section; None when it cannot be told at this moment."""
        try:
            return self._ready()[0][name]
        except Exception:  # objects of the user's, which a cell may be changing
            logger.debug("The panel's %s could not be read.", name, exc_info=True)
            return None

    def _follow(self) -> None:
        """Look again as long as a cell or a run goes on, and once more at all when a run has ended."""
        from nbdspy.jupyter.panel_sections import LIVE, has_runs_in_flight

        had_runs, self._has_runs = self._has_runs, has_runs_in_flight()
        if self._is_busy or self._has_runs or had_runs:
            self._due.update(self._ready()[0] if had_runs and not self._has_runs else LIVE)
            self._plan()
