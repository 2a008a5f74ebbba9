"""Examples and predictions, and the way between them and DataFrames."""

from nbdspy.data.example import Example
from nbdspy.data.prediction import Completions, Prediction
from nbdspy.data.reading import read_table
from nbdspy.data.tables import to_examples, to_frame

__all__ = ["Completions", "Example", "Prediction", "read_table", "to_examples", "to_frame"]
