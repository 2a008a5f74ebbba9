"""`%load_ext nbdspy` in a fresh IPython."""

import sys
import time


def main(side: str) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    started = time.perf_counter()
    shell.run_line_magic("load_ext", "nbdspy")
    seconds = time.perf_counter() - started
    assert "predict" in shell.magics_manager.magics["cell"]

    from tests.bench.sides import say

    say(milliseconds=seconds * 1e3)


if __name__ == "__main__":
    main(sys.argv[1])
