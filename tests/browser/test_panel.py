"""The side panel, the status bar and the commands in a real JupyterLab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.lab import CURRENT, wait
from tests.browser.panel import PANEL, SidePanel, findings
from tests.browser.ten_minutes import CANNED, COMPILE, SIGNATURE, START, begin_compile, notebook

if TYPE_CHECKING:
    from tests.browser.lab import Lab

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.usefixtures("extension"),
]


def test_the_panel_follows_a_compile_while_its_cell_runs_and_stops_it(lab: Lab) -> None:
    begin_compile(lab, "busy.ipynb", seconds=0.3)
    panel = SidePanel(lab)
    panel.open()

    wait(lambda: panel.state == "A cell is running", seconds=20)
    wait(lambda: "of 17 programs" in panel.text and "best " in panel.text, seconds=60)
    assert toolbar(lab) == {"nbdspy:stop"}
    panel.photograph("panel-busy")
    panel.press("Pause", "Run 1, helper")
    wait(lambda: "paused" in panel.text, seconds=10)
    assert not lab.do("return window.ended;")
    panel.press("Resume")
    wait(lambda: "paused" not in panel.text, seconds=10)
    before = panel.status
    assert before.startswith("smollm2")
    wait(lambda: panel.status != before, seconds=20)

    panel.focus("Stop, keep best")
    ActionChains(lab.driver).send_keys(Keys.ENTER).perform()

    wait(lambda: lab.do("return window.ended;"), seconds=60)
    wait(lambda: panel.state == "Ready", seconds=20)
    wait(lambda: "You stopped it." in panel.text, seconds=20)
    assert "You stopped it." in lab.shows(4)
    wait(lambda: panel.unfold() or "helper@1" in panel.text, seconds=20)  # its programs come after its state
    wait(lambda: toolbar(lab) == set(), seconds=10)


def test_the_panel_says_its_state_and_comes_back_after_a_restart(lab: Lab) -> None:
    lab.open("states.ipynb", notebook("x = 1", "%load_ext nbdspy", SIGNATURE))
    panel = SidePanel(lab)
    panel.open()
    wait(lambda: panel.state == "nbdspy is not loaded", seconds=20)
    panel.photograph("panel-not-loaded")

    panel.press("Load nbdspy")
    wait(lambda: panel.state == "Ready", seconds=30)
    lab.run(2)
    wait(lambda: "Intent" in panel.text, seconds=20)
    assert "No model is chosen yet." in panel.text
    assert panel.status == "no model"
    lab.do(f"{CURRENT} await panel.sessionContext.session.kernel.restart();")
    wait(lambda: panel.state == "nbdspy is not loaded", seconds=30)
    assert "Intent" not in panel.text
    assert panel.status == ""

    lab.run(1)

    wait(lambda: panel.state == "Ready", seconds=30)
    lab.do(f"{CURRENT} await panel.sessionContext.shutdown();")
    wait(lambda: panel.state == "No kernel", seconds=30)


def test_a_cell_that_runs_is_told_of_after_another_notebook_was_in_front(lab: Lab) -> None:
    waits = "import pathlib, time\nwhile not pathlib.Path('go on').exists(): time.sleep(0.1)"
    lab.open("left.ipynb", notebook("%load_ext nbdspy", waits))
    nbformat.write(notebook("x = 1"), lab.notebooks / "other.ipynb")
    panel = SidePanel(lab)
    panel.open()
    lab.run(0)
    wait(lambda: panel.state == "Ready", seconds=30)
    lab.start(1)
    wait(lambda: panel.state == "A cell is running", seconds=20)

    lab.do(
        "window.left = jupyterapp.shell.currentWidget;"
        "await jupyterapp.commands.execute('docmanager:open', {path: given[0]});",
        f"{lab.notebooks.name}/other.ipynb",
    )
    wait(lambda: panel.state == "nbdspy is not loaded", seconds=30)
    lab.do("jupyterapp.shell.activateById(window.left.id);")
    wait(lambda: panel.state not in ("nbdspy is not loaded", "No kernel", "Asking the kernel"), seconds=20)

    assert panel.state == "A cell is running"
    (lab.notebooks / "go on").touch()
    wait(lambda: panel.state == "Ready", seconds=20)


@pytest.mark.usefixtures("axe")
def test_programs_are_shown_compared_exported_and_brought_back_by_keyboard(lab: Lab) -> None:
    lab.open("programs.ipynb", notebook(CANNED, START, SIGNATURE, COMPILE, "helper.demos = []", "len(helper.demos)"))
    for cell in range(5):
        lab.run(cell)
    panel = SidePanel(lab)
    panel.open()
    wait(lambda: "changed since" in panel.text, seconds=30)
    panel.unfold()
    panel.photograph("panel-programs", height=1500)
    assert findings(lab, "#nbdspy-panel") == []
    assert findings(lab, ".nbdspy-Status") == []
    lab.theme("Dark")
    assert findings(lab, "#nbdspy-panel") == []
    lab.theme("Light")
    lab.do(
        "window.saved = []; window.kept = [];"
        "HTMLAnchorElement.prototype.click = function () { saved.push(this.download); kept.push(this.href); };"
    )
    main = "const panel = jupyterapp.shell.widgets('main').next().value, notebook = panel.content;"

    def by_keyboard(label: str, group: str) -> None:
        panel.focus(label, group)
        ActionChains(lab.driver).send_keys(Keys.ENTER).perform()

    def card() -> str:
        return str(lab.do("return document.querySelector('.nbdspy-Card')?.innerText ?? '';"))

    by_keyboard("Export", "helper@1")
    wait(lambda: lab.do("return saved.join();") == "helper-1.json", seconds=10)
    assert '"demos"' in lab.do("return await (await fetch(kept[0])).text();")  # the browser reads it after the click
    by_keyboard("Restore", "helper@1")
    wait(lambda: "helper@1 -> helper" in panel.text, seconds=10)
    by_keyboard("Compare", "helper@1")
    wait(lambda: "what changed from Intent@1 to helper@1" in card(), seconds=20)
    panel.photograph("panel-card")
    lab.do(f"const choice = {PANEL}.querySelector('[aria-label=\"Compare helper@1 with\"]'); choice.focus();")
    ActionChains(lab.driver).send_keys(Keys.ARROW_DOWN).perform()
    by_keyboard("Compare", "helper@1")
    wait(lambda: "what changed from helper to helper@1" in card(), seconds=20)
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        assert findings(lab, ".nbdspy-Card") == []
    by_keyboard("Show", "Intent")
    wait(lambda: "Name what the person wants" in card(), seconds=20)
    by_keyboard("Show", "Run 1, helper")
    wait(lambda: "Trials" in card(), seconds=20)
    by_keyboard("Insert", "helper@1")
    wait(lambda: lab.do(f"{main} return notebook.activeCell.model.sharedModel.getSource();")
         == "%programs restore helper 1", seconds=10)  # fmt: skip
    lab.do(f"{main} jupyterapp.shell.activateById(panel.id);")


@pytest.mark.usefixtures("axe")
def test_a_dialog_writes_the_line_that_compiles(lab: Lab) -> None:
    lab.open("commands.ipynb", notebook(SIGNATURE, "train, val = [], []"))
    lab.do(f"{CURRENT} notebook.node.focus();")
    lab.chord("d")
    wait(lambda: lab.do("return !!document.querySelector('.nbdspy-Form');"), seconds=20)
    line = "return document.querySelector('.nbdspy-Written').innerText;"
    assert lab.do(line) == "%compile Intent --data train --val val --metric exact_match --with random_search"
    SidePanel(lab).photograph("dialog")
    assert findings(lab, ".jp-Dialog") == []

    keys = ActionChains(lab.driver)
    for _ in range(4):
        keys.send_keys(Keys.TAB)
    keys.send_keys("df[df.x > 3]", Keys.TAB, Keys.TAB, "my helper", Keys.TAB, "abc", Keys.TAB, "-3").perform()
    wait(lambda: "--max-calls -3" in lab.do(line), seconds=10)
    lab.do(INSERT + "if (!insert.disabled) throw new Error('The line is wrong, and can be inserted.');")
    SidePanel(lab).photograph("dialog-wrong")
    assert findings(lab, ".jp-Dialog") == []
    check = "const box = document.querySelector('.nbdspy-Check').getBoundingClientRect();"
    body = "const body = document.querySelector('.jp-Dialog-body').getBoundingClientRect();"
    assert lab.do(f"{check} {body} return box.bottom <= body.bottom;")
    ActionChains(lab.driver).send_keys(Keys.ENTER).perform()
    assert lab.do("return document.querySelectorAll('.nbdspy-Lack').length;") == 3
    for _ in range(3):
        ActionChains(lab.driver).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).perform()
        ActionChains(lab.driver).send_keys(Keys.BACKSPACE).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(
            Keys.SHIFT
        ).perform()
    wait(lambda: not lab.do(f"{INSERT} return insert.disabled;"), seconds=10)
    assert "--test {df[df.x > 3]}" in lab.do(line)
    ActionChains(lab.driver).send_keys(Keys.ENTER).perform()

    wait(lambda: not lab.do("return !!document.querySelector('.nbdspy-Form');"), seconds=10)
    assert lab.source(1) == (
        "%compile Intent --data train --val val --test {df[df.x > 3]} --metric exact_match --with random_search"
    )


def test_commands_stand_in_the_palette_in_a_menu_and_on_the_launcher_and_write_cells(lab: Lab) -> None:
    lab.open("cells.ipynb", notebook("x = 1"))
    every = set(lab.do("return jupyterapp.commands.listCommands().filter(each => each.startsWith('nbdspy:'));"))
    assert len(every) == 10
    assert not lab.do("return jupyterapp.commands.isEnabled('nbdspy:stop');")
    assert toolbar(lab) == set()

    lab.do("await jupyterapp.commands.execute('apputils:activate-command-palette');")
    wait(lambda: offered(lab, ".lm-CommandPalette-item") == every - {"nbdspy:stop"}, seconds=20)
    ActionChains(lab.driver).send_keys(Keys.ESCAPE).perform()
    click(lab, ".lm-MenuBar-item", "Run")
    click(lab, ".lm-Menu-item", "nbdspy")
    wait(lambda: offered(lab, ".lm-Menu-item") == every - {"nbdspy:stop"}, seconds=10)
    ActionChains(lab.driver).send_keys(Keys.ESCAPE, Keys.ESCAPE).perform()

    for command, start in (("signature", "%%signature"), ("module", "%%module"), ("compile", "%compile")):
        lab.do("await jupyterapp.commands.execute(given[0]);", f"nbdspy:insert-{command}")
        assert lab.do(f"{CURRENT} return notebook.activeCell.model.sharedModel.getSource();").startswith(start)
    lab.do("void jupyterapp.commands.execute('nbdspy:course', {cwd: ''});")

    wait(lambda: "The course is not here" in lab.do("return document.body.innerText;"), seconds=10)
    ActionChains(lab.driver).send_keys(Keys.ENTER).perform()
    lab.do("window.left = jupyterapp.shell.currentWidget; await jupyterapp.commands.execute('launcher:create');")
    cards = "return [...document.querySelectorAll('.jp-LauncherCard-label')].map(each => each.innerText.trim());"
    wait(lambda: "nbdspy course" in lab.do(cards), seconds=20)
    lab.do("jupyterapp.shell.activateById(window.left.id);")


def test_the_dialog_begins_with_what_the_settings_say(lab: Lab) -> None:
    save = "await jupyterapp.serviceManager.settings.save('nbdspy:commands', given[0]);"
    lab.open("before.ipynb", notebook(SIGNATURE))
    lab.do(save, '{"optimizer": "MIPROv2", "metric": "mine"}')
    lab.saved("before.ipynb")  # so that its page may be left
    try:
        lab.open("settings.ipynb", notebook(SIGNATURE))
        lab.do("void jupyterapp.commands.execute('nbdspy:compile', {program: 'Intent'});")
        line = "return document.querySelector('.nbdspy-Written')?.innerText;"
        wait(lambda: lab.do(line) == "%compile Intent --data train --val val --metric mine --with MIPROv2", seconds=20)
        assert lab.do("return document.querySelector('.nbdspy-Form select').value;") == "MIPROv2"
        ActionChains(lab.driver).send_keys(Keys.ESCAPE).perform()
    finally:
        lab.do(save, "{}")


def toolbar(lab: Lab) -> set[str]:
    """Which commands of ours the notebook's toolbar has a button for."""
    return offered(lab, ".jp-Toolbar [data-command]")


def offered(lab: Lab, item: str) -> set[str]:
    """Which commands of ours a list holds."""
    found: list[str] = lab.do(
        "const all = [...document.querySelectorAll(given[0])].filter(each => each.checkVisibility());"
        "return all.map(each => each.dataset.command ?? '');",
        item,
    )
    return {each for each in found if each.startswith("nbdspy:")}


def click(lab: Lab, item: str, label: str) -> None:
    """Press an item of a menu, once it is there."""
    find = "return [...document.querySelectorAll(arguments[0])].find(each => each.innerText.trim() === arguments[1]);"
    wait(lambda: lab.driver.execute_script(find, item, label), seconds=10)  # type: ignore[no-untyped-call]
    found = lab.driver.execute_script(find, item, label)  # type: ignore[no-untyped-call]
    ActionChains(lab.driver).click(found).perform()


INSERT = "const insert = document.querySelector('.jp-Dialog .jp-mod-accept');"
TIMED = """
    window.activated = {};
    window._JUPYTERLAB = new Proxy({}, {set(all, name, container) {
        all[name] = name !== 'nbdspy' ? container : {
            init: (...given) => container.init(...given),
            get: async part => {
                const load = await container.get(part);
                return () => {
                    const loaded = load();
                    [loaded.default].flat().filter(each => each?.activate).forEach(plugin => {
                        const {activate} = plugin;
                        plugin.activate = (...given) => {
                            const began = performance.now();
                            const made = activate(...given);
                            window.activated[plugin.id] = performance.now() - began;
                            return made;
                        };
                    });
                    return loaded;
                };
            },
        };
        return true;
    }});
"""
"""Has a page measure how long each of our plugins takes to begin, in milliseconds."""


def test_our_plugins_begin_within_fifty_milliseconds(lab: Lab) -> None:
    added = lab.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": TIMED})  # type: ignore[no-untyped-call]
    try:
        fastest = float("inf")
        for number in range(3):  # the machine may be busy with something else
            lab.open(f"fast-{number}.ipynb", notebook("x = 1"))
            wait(lambda: "nbdspy:commands" in lab.do("return window.activated;"), seconds=20)
            took = lab.do("return window.activated;")
            assert set(took) >= {"nbdspy:cells", "nbdspy:workbench", "nbdspy:panel", "nbdspy:status"}
            fastest = min(fastest, sum(took.values()))
            if fastest < 50:
                break
            lab.shut()
        assert fastest < 50, took
    finally:
        lab.driver.execute_cdp_cmd(  # type: ignore[no-untyped-call]
            "Page.removeScriptToEvaluateOnNewDocument", {"identifier": added["identifier"]}
        )
