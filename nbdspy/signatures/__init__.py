"""Signatures: what a model call must do, from a string, a class or a cell."""

from nbdspy.signatures.fields import Field, InputField, OutputField
from nbdspy.signatures.signature import Signature, SignatureType, make

__all__ = ["Field", "InputField", "OutputField", "Signature", "SignatureType", "make"]
