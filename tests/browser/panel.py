"""The side panel in JupyterLab: opened, read and pressed; and what an accessibility checker says of a page's part."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.browser.lab import photograph, wait

if TYPE_CHECKING:
    from tests.browser.lab import Lab

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
LOOKED = ("passes", "violations", "incomplete")
PANEL = "document.querySelector('#nbdspy-panel')"


class SidePanel:
    """The panel of a page.

    Args:
        lab: The page, in which a notebook is open.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def open(self) -> None:
        """Bring it into view."""
        self._lab.do("await jupyterapp.commands.execute('nbdspy:panel');")

    @property
    def is_open(self) -> bool:
        """Whether it is in view."""
        return bool(self._lab.do(f"return {PANEL}?.checkVisibility() ?? false;"))

    @property
    def text(self) -> str:
        """All that can be read."""
        return str(self._lab.do(f"return {PANEL}?.innerText ?? '';"))

    @property
    def state(self) -> str:
        """Which state it says that it is in."""
        return str(self._lab.do(f"return {PANEL}?.querySelector('.nbdspy-State')?.innerText.trim() ?? '';"))

    @property
    def status(self) -> str:
        """What stands at the foot of the page."""
        return str(self._lab.do("return document.querySelector('.nbdspy-Status')?.innerText ?? '';"))

    def unfold(self) -> None:
        """Open everything that opens."""
        self._lab.do(f"{PANEL}.querySelectorAll('details').forEach(each => {{ each.open = true; }});")

    def focus(self, label: str, group: str = "", *, then: str = "") -> None:
        """Go to the first button of a label, within the group of a name if one is given, once it is there.

        Args:
            label: What stands on it.
            group: The group's name.
            then: What else to do with `button` before the panel may be drawn anew.
        """
        find = (
            f"const within = given[1] ? `[aria-label=\"${{given[1]}}\"] button` : 'button';"
            f"const button = [...({PANEL}?.querySelectorAll(within) ?? [])].find(each => each.innerText === given[0]);"
            f"button?.focus(); {then} return !!button;"
        )
        wait(lambda: self._lab.do(find, label, group), seconds=20)

    def press(self, label: str, group: str = "") -> None:
        """Press a button."""
        self.focus(label, group, then="button?.click();")

    def photograph(self, name: str, *, height: int = 900) -> None:
        """Keep a picture of the page in both themes."""
        for theme in ("Light", "Dark"):
            self._lab.theme(theme)
            photograph(self._lab.driver, f"lab-{name}-{theme.lower()}", height=height)
        self._lab.theme("Light")


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


def findings(lab: Lab, selector: str) -> list[str]:
    """What is seriously wrong for readers who cannot see, or use no mouse, in a part of the page that is there."""
    lab.driver.execute_script(_axe())  # type: ignore[no-untyped-call]
    lab.do("document.body.style.minHeight = '100vh';")  # in a body of no height it takes all for hidden
    looked: dict[str, Any] = lab.do("return await axe.run(given[0]);", selector)
    assert "color-contrast" in [each["id"] for kind in LOOKED for each in looked[kind]], f"{selector} was not seen"
    found: list[dict[str, Any]] = looked["violations"]
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary']}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
