"""The colours of all cards, which are those of figures."""

from nbdspy.plots.palette import ACCENT, BETTER, DOUBT, LINE, QUIET, WASH, WORSE

__all__ = ["ACCENT", "BETTER", "DOUBT", "LINE", "QUIET", "WASH", "WORSE"]
