"""nbdspy under DSPy's names: `import dspy` for notebooks that were written for it."""

from nbdspy.compat.aliases import alias
from nbdspy.compat.installing import Installed, install_as_dspy

__all__ = ["Installed", "alias", "install_as_dspy"]
