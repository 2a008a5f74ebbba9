"""What a person does with a program by hand, without a page: trying it on inputs, and labelling what it answers."""

from nbdspy.forms.cases import Case, Given, Way
from nbdspy.forms.entries import Shape, entry_text, read_entry, shape_of
from nbdspy.forms.labels import Labels
from nbdspy.forms.playground import Answer, Playground, Trial

__all__ = [
    "Answer",
    "Case",
    "Given",
    "Labels",
    "Playground",
    "Shape",
    "Trial",
    "Way",
    "entry_text",
    "read_entry",
    "shape_of",
]
