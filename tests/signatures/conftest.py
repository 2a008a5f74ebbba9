"""What the tests of signatures share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from nbdspy.errors import SignatureError
from nbdspy.signatures import read_text

Refused = Callable[..., SignatureError]


@pytest.fixture
def refused() -> Refused:
    """Reads a text that must be refused, and checks that the caret stands under the given words of the given line."""

    def check(text: str, *, under: str, line: int = 1, scope: Mapping[str, Any] | None = None) -> SignatureError:
        with pytest.raises(SignatureError) as caught:
            read_text(text, scope=scope, name="Intent")

        error = caught.value
        assert error.place is not None, error
        assert (error.place.source, error.place.line) == ("Intent", line)
        assert error.place.text == text.split("\n")[line - 1]
        caret = slice(error.place.column - 1, error.place.column - 1 + error.place.width)
        assert error.place.text[caret] == under
        return error

    return check
