"""What charts show, as data that a card, Matplotlib and Altair all draw from."""

from nbdspy.plots.comparison import ComparisonPlot
from nbdspy.plots.confusion import ConfusionPlot
from nbdspy.plots.groups import GroupPlot, GroupScore
from nbdspy.plots.plot import Plot
from nbdspy.plots.scores import ScorePlot, ScorePoint

__all__ = ["ComparisonPlot", "ConfusionPlot", "GroupPlot", "GroupScore", "Plot", "ScorePlot", "ScorePoint"]
