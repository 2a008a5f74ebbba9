"""The memory of this process. Imports nothing that a library might need, so as not to hide what it costs."""

import os
import sys


def resident() -> float:
    """Megabytes of this process in memory; where the system tells only the most there ever was, that."""
    if sys.platform.startswith("linux"):
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
