"""What a program gives to the code in its sandbox: values in the types that JSON has, or an error that says why not."""

from __future__ import annotations

from typing import Any

from nbdspy.adapters.values import jsonable
from nbdspy.data.tables import is_frame, records
from nbdspy.sandbox.crossing import as_json


def entering(value: Any, what: str) -> Any:
    """A value as code has it: examples and models as dicts, DataFrames as a dict for each row, arrays as lists.

    Args:
        value: What the code is to have.
        what: What that is, at the beginning of a sentence, for the error.

    Raises:
        UsageError: For what JSON has no form for, so that the code would see no more of it than a few words.

    Example:
        >>> from nbdspy.data import Example
        >>> entering([Example(text="The tides rise.", scores=(1, 2))], "What search returned")
        [{'text': 'The tides rise.', 'scores': [1, 2]}]
    """

    def otherwise(part: Any) -> Any:
        return records(part, what) if is_frame(part) else as_json(part, what)

    return jsonable(value, otherwise)
