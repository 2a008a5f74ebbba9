"""An interrupt in the middle of an import: it lands beside it, and what it was for works in the same process."""

import signal
import subprocess
import sys
import textwrap

import pytest

PRESSING = """
import signal, sys, threading

class Pressing:
    "Interrupts the main thread when a module is looked for; once."

    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            sys.meta_path.remove(self)
            print("torn" if threading.current_thread() is threading.main_thread() else "whole")
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

sys.meta_path.insert(0, Pressing())
"""
USES = {
    "numpy._core.numeric": """
        from nbdspy.datasets import requests
        def use(): return len(requests()[1]) == 100
        """,
    "pydantic_core.core_schema": """
        from nbdspy.adapters.values import read_value
        from nbdspy.signatures import Signature
        numbers = Signature("question -> numbers: list[int]").fields["numbers"]
        def use(): return read_value("[1, 2]", numbers) == [1, 2]
        """,
    "jinja2.runtime": """
        from nbdspy.views import bundle
        from nbdspy.signatures import Signature
        def use(): return "question" in bundle(Signature("question -> answer"))["text/html"]
        """,
    "pandas._libs": """
        from nbdspy.datasets import requests
        def use(): return len(requests()[0]) == 150
        """,
    "litellm.types.utils": """
        from nbdspy.models.litellm_loaded import litellm_package
        def use(): return callable(litellm_package().completion)
        """,
    "sqlalchemy.sql": """
        from nbdspy.store import Store
        def use(): return Store("sqlite://", redact=str).append("stream", 1) == 1
        """,
    "psycopg.pq": """
        from nbdspy.errors import StoreError
        from nbdspy.store import Store
        def use():
            try:
                Store("postgresql://me@127.0.0.1:1/db", redact=str).append("stream", 1)
            except StoreError as error:
                return "cannot be reached" in error.message
        """,
    "xllamacpp": """
        from pathlib import Path
        from nbdspy.errors import LMUnavailable
        from nbdspy.models.engine import Engine
        def use():
            try:
                Engine(Path(sys.executable), 1, 512)
            except LMUnavailable as error:
                return "could not be opened as a model" in error.message
        """,
}
"""By the module in whose import the interrupt lands: something that needs it."""

TWICE = """
try:
    use()
except KeyboardInterrupt:
    print("interrupted")
print(use())
"""


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs pthread_kill")
@pytest.mark.parametrize("module", USES)
def test_an_interrupt_does_not_tear_an_import(module: str) -> None:
    code = PRESSING + textwrap.dedent(USES[module]) + TWICE

    ran = subprocess.run([sys.executable, "-c", code, module], capture_output=True, text=True, timeout=120)

    assert ran.stdout.splitlines() == ["whole", "interrupted", "True"], ran.stderr
