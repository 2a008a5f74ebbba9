"""Signatures: what a model call must do, from a string, a class or a cell."""

from nbdspy.signatures.fields import Field, InputField, OutputField
from nbdspy.signatures.signature import Signature, SignatureType, called, ensure_signature, is_unnamed, make, whole
from nbdspy.signatures.spelling import to_text
from nbdspy.signatures.text import read_text
from nbdspy.signatures.type_spelling import spell_type

__all__ = [
    "Field",
    "InputField",
    "OutputField",
    "Signature",
    "SignatureType",
    "called",
    "ensure_signature",
    "is_unnamed",
    "make",
    "read_text",
    "spell_type",
    "to_text",
    "whole",
]
