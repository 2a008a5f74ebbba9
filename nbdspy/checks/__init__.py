"""Checks: assertions about what a notebook made, which explain what they found and may be worth points."""

from nbdspy.checks.checking import check, checked
from nbdspy.checks.results import Assertion, Checked

__all__ = ["Assertion", "Checked", "check", "checked"]
