"""Small data to learn and measure with, as DataFrames."""

from nbdspy.datasets.clinc150 import clinc150
from nbdspy.datasets.household import requests

__all__ = ["clinc150", "requests"]
