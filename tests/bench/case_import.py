"""Importing the library in a fresh interpreter: time, memory, modules. Imports nothing that a library might need."""

import sys
import time
from importlib import import_module

from tests.bench.memory import resident


def main(side: str) -> None:
    modules, memory, started = len(sys.modules), resident(), time.perf_counter()
    library = import_module("nbdspy" if side == "ours" else "dspy")
    imported = time.perf_counter()
    megabytes, count = resident() - memory, len(sys.modules) - modules
    for name in getattr(library, "__all__", ()):
        getattr(library, name)
    resolved, all_megabytes = time.perf_counter(), resident() - memory

    from tests.bench.sides import say

    say(milliseconds=(imported - started) * 1e3, megabytes=megabytes, modules=count)
    say(all_milliseconds=(resolved - started) * 1e3, all_megabytes=all_megabytes)


if __name__ == "__main__":
    main(sys.argv[1])
