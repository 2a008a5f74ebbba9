"""Examples and predictions, and the way between them and DataFrames."""

from nbdspy.data.example import Example
from nbdspy.data.prediction import Completions, Prediction
from nbdspy.data.tables import to_examples, to_frame

__all__ = ["Completions", "Example", "Prediction", "to_examples", "to_frame"]
