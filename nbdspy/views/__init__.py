"""Runs and definitions to cards: HTML that needs no script, no kernel and no style sheet, and a few lines of text."""

from nbdspy.views.bundle import bundle, card
from nbdspy.views.drawing import Bundle, Card, with_notes
from nbdspy.views.lineage import Compiled
from nbdspy.views.prediction import Answered
from nbdspy.views.programs import ProgramDiff, Programs
from nbdspy.views.prompt import PromptDiff
from nbdspy.views.status import Check, Checkup, Help, Limit, Status
from nbdspy.views.table import Table

__all__ = [
    "Answered",
    "Bundle",
    "Card",
    "Check",
    "Checkup",
    "Compiled",
    "Help",
    "Limit",
    "ProgramDiff",
    "Programs",
    "PromptDiff",
    "Status",
    "Table",
    "bundle",
    "card",
    "with_notes",
]
