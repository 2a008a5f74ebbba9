"""Models that answer what they are told to, and what tests of adapters, models and optimizers share."""

from nbdspy.testing.fake import DummyLM, FakeLM
from nbdspy.testing.planted import Planted

__all__ = ["DummyLM", "FakeLM", "Planted"]
