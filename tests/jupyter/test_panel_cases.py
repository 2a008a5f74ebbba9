"""The cases that the page's reading of the side panel is tested with say what a kernel says."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.jupyter.panel_cases import cases

SAID = "import json; from tests.jupyter.panel_cases import said; print('\\n' + json.dumps(said()))"


def test_a_kernel_says_what_the_cases_say() -> None:
    ran = subprocess.run([sys.executable, "-c", SAID], capture_output=True, text=True, timeout=120, check=False)

    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout.splitlines()[-1]) == cases()
