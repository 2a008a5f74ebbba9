"""`Code`: source text of a language, without the fence around it."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any, ClassVar

import pydantic
from pydantic_core import CoreSchema

from nbdspy.errors import UsageError
from nbdspy.types.type import Type, positional

_FENCED = re.compile(r"^(?P<fence>`{3,})[^\n`]*\n(?P<code>.*?)(?:\n?(?P=fence)`*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"\A(`{1,3})(?!`)(?P<code>[^\n`]+)\1\Z")
_RUN = re.compile(r"`{3,}")


class Code(Type):
    """Source text; `Code["java"]` says of which language, Python unless told.

    A model is asked for a fence around it; the fence and the words around it are taken off.

    Example:
        >>> Code["java"].model_validate("Here it is:\\n```java\\nreturn 1;\\n```").code
        'return 1;'
        >>> print(Code(code="x = 1").format())
        ```python
        x = 1
        ```
    """

    language: ClassVar[str] = "python"
    only_text: ClassVar[bool] = True
    verbatim: ClassVar[bool] = True

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    code: str

    def __init__(self, code: Any = None, /, **values: Any) -> None:
        positional(self, code, "code", values)

    def __class_getitem__(cls, language: Any) -> type[Code]:
        if not isinstance(language, str) or not language.strip():
            raise UsageError(f"Code takes the name of a language, not {language!r}.", hint='Write Code["java"].')
        return _of_language(language.strip())

    @classmethod
    def description(cls) -> str:
        """What a model is told of the fence and the language."""
        return f"{cls.language} code, in a fence: ```{cls.language} on a line before it, ``` on a line after it"

    def format(self) -> str:
        """The code in a fence that is longer than any inside."""
        longest = max(map(len, _RUN.findall(self.code)), default=2)
        fence = "`" * (longest + 1)
        return f"{fence}{self.language}\n{self.code}\n{fence}"

    def as_plain(self) -> Any:
        """The code alone."""
        return self.code

    @pydantic.model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"code": _unfenced(value)}
        if isinstance(value, Mapping) and isinstance(value.get("code"), str):
            whole = value["code"].strip()
            return {**value, "code": _unfenced(whole) if _FENCED.fullmatch(whole) else value["code"]}
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: pydantic.GetJsonSchemaHandler) -> Any:
        """A text, which is all that a model writes."""
        return {"type": "string", "description": f"{cls.language} code"}

    def __str__(self) -> str:
        return self.code

    def __reduce__(self) -> Any:
        return _revived, (self.language, self.code)


@functools.cache
def _of_language(language: str) -> type[Code]:
    """The one class for a language, so that equal types are the same."""
    if language == Code.language:
        return Code
    made = pydantic.create_model(f'Code["{language}"]', __base__=Code, __module__=__name__)
    made.language = language
    return made


def _revived(language: str, code: str) -> Code:
    return _of_language(language)(code=code)


def _unfenced(text: str) -> str:
    """What the first fence holds, up to its end or to where the text was cut; without a fence the whole text."""
    fenced = _FENCED.search(text) or _INLINE.match(text.strip())
    return fenced["code"] if fenced else text.strip("\n")
