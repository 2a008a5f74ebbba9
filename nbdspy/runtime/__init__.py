"""The only maker of threads and loops: drivers for steps, the portal, and mapping over threads.

Work that calls out is written once, as a generator that yields effects. `drive` performs them on the caller's thread,
`adrive` awaits them; the work itself never knows which of the two it was.
"""

from nbdspy.runtime.effects import Ask, Do, Effect, Reading, Run, Steps, Use, Wait, Within, adrive, drive, read_by
from nbdspy.runtime.loop import Held, portal
from nbdspy.runtime.mapping import GRACE, Done, map_threads
from nbdspy.runtime.slots import Slots
from nbdspy.runtime.stopping import POLL, check_stopped, is_mapped, stopped_when
from nbdspy.runtime.threads import (
    aside,
    begin,
    import_ahead,
    in_thread,
    later,
    leaving,
    settle,
    start,
    whole,
    whole_import,
)

__all__ = [
    "GRACE",
    "POLL",
    "Ask",
    "Do",
    "Done",
    "Effect",
    "Held",
    "Reading",
    "Run",
    "Slots",
    "Steps",
    "Use",
    "Wait",
    "Within",
    "adrive",
    "aside",
    "begin",
    "check_stopped",
    "drive",
    "import_ahead",
    "in_thread",
    "is_mapped",
    "later",
    "leaving",
    "map_threads",
    "portal",
    "read_by",
    "settle",
    "start",
    "stopped_when",
    "whole",
    "whole_import",
]
