"""What a kernel says to the side panel: the one truth that its Python and the page's TypeScript are held to.

`python -m tests.jupyter.panel_cases` writes down what the kernel says now.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from traitlets.config import Config

PLACE: Final = Path(__file__).with_name("panel_cases.json")
COMPILE: Final = "%compile Parity --data train --val val --metric exact_match --with random_search --out helper;"
TABLES: Final = """
def table(*numbers):
    return [{"number": str(n), "answer": "odd" if n % 2 else "even"} for n in numbers]
train, val = table(*range(10)), table(*range(20, 30))
"""
_TIME: Final = re.compile(r"[\d.]+ (s|min.*)")


def cases() -> dict[str, Any]:
    """Each case: one message of the kernel, by what it is an example of."""
    found: dict[str, Any] = json.loads(PLACE.read_text(encoding="utf-8"))
    return found


def said() -> dict[str, Any]:
    """What the kernel says in these cases now; this process must have done nothing before."""
    from nbdspy.jupyter import load, unload
    from nbdspy.optimizers import begun_runs
    from tests.jupyter.listening import watch

    with _shell() as shell:
        load(shell)
        found = {"empty": watch().heard[0]}
        model = _Model()
        model.choose(shell)
        shell.run("%signature Parity number -> answer;")
        shell.run("%%signature Tone\nName the tone.\n\nmessage: str\nlanguage: str\n->\ntone: str")
        shell.run(TABLES)
        shell.run(COMPILE)
        shell.run(COMPILE.replace("helper", "second"))
        shell.run("second.demos = []\nother = nbdspy.Predict(Tone)")
        Path("kept.jsonl").write_text('{"nbdspy_cassette": 1}\n', encoding="utf-8")
        shell.run("%cassette record mine.jsonl")
        shell.run("nbdspy.Predict(Parity)(number='4');")
        page = watch()
        found["told"] = page.heard[0]
        shell.user_ns["watch"] = watch
        shell.run("busy = watch('model')")
        found["busy"] = shell.user_ns["busy"].heard[0]
        found["restored"] = page.ask(do="restore", program="second@1")
        found["refused"] = page.ask(do="stop", run=9)
        shell.run("%cassette off")
        model.hold()
        shell.run(COMPILE.replace("helper;", "third --bg;"))
        model.asked.wait(30)
        found["going"] = watch().heard[0]
        run = begun_runs[3]
        found["paused"] = page.ask(do="pause", run=3)
        found["changed"] = {"changed": {"runs": page.changes("runs")[-1]}}
        page.ask(do="stop", run=3)
        found["stopping"] = watch("runs").heard[0]
        model.release()
        run.wait()
        found["stopped"] = watch("runs").heard[0]
        shell.run("del helper")
        found["kept"] = watch("programs").heard[0]
        unload(shell)
        found["gone"] = watch().heard[0]
    return {name: _timeless(message) for name, message in found.items()}


class _Model:
    """A model that learns from examples whether a number is odd, and can be made to wait."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._goes_on = threading.Event()
        self._goes_on.set()

    def choose(self, shell: Any) -> None:
        """Have programs ask it."""
        from nbdspy import configuration
        from nbdspy.testing import FakeLM

        shell.run("import nbdspy")
        configuration.configure(lm=FakeLM(self._answer, model="smollm2", temperature=0.7), num_threads=1)

    def hold(self) -> None:
        """Answer nothing."""
        self.asked.clear()
        self._goes_on.clear()

    def release(self) -> None:
        """Answer again."""
        self._goes_on.set()

    def _answer(self, request: Any) -> str:
        from nbdspy.testing.fake import chat_text

        self.asked.set()
        self._goes_on.wait(30)
        messages = list(request.messages or ())
        number = int(str(messages[-1]["content"]).split("]]")[1].split()[0])
        return chat_text({"answer": ("odd" if number % 2 else "even") if len(messages) > 2 else "even"})


@contextmanager
def _shell() -> Iterator[Any]:
    """A shell in a folder of its own, with a store of its own."""
    from tests.jupyter.conftest import Shell

    config = Config()
    config.HistoryManager.enabled = False
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NBDSPY_HOME"] = str(Path(folder) / "home")
        os.chdir(folder)
        try:
            yield Shell(config=config)
        finally:
            os.chdir(before)


def _timeless(value: Any) -> Any:
    """The same without what takes another time on each machine."""
    if isinstance(value, dict):
        return {key: _timeless(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_timeless(each) for each in value if not (isinstance(each, str) and _TIME.fullmatch(each))]
    return value


if __name__ == "__main__":
    PLACE.write_text(json.dumps(said(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
