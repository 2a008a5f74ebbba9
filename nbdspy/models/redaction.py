"""Keeping keys out of everything that is written or shown: one function, on every way out."""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Mapping
from contextlib import suppress
from functools import cache, lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

MARK = "[redacted]"

# What keys look like, whoever issued them: the lower case of what stands in each, which is looked for first because it
# is found a hundred times faster, and the pattern. A digit is asked for where plain words could match. Of what matches,
# the groups with a name are kept.
_FORMS = (
    (tuple(f"{start}{dash}" for start in ("sk", "pk", "rk", "xai", "gsk") for dash in "-_"),
     r"\b(?:sk|pk|rk|xai|gsk)[-_](?=[\w-]*\d)[\w-]{16,}"),  # OpenAI, Anthropic, Stripe, xAI, Groq
    (("gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat_"), r"\bgh[oprsu]_\w{20,} | \bgithub_pat_\w{20,}"),  # GitHub
    (("hf_",), r"\bhf_\w{20,}"),  # Hugging Face
    (("aiza",), r"\bAIza[\w-]{30,}"),  # Google
    (("akia",), r"\bAKIA[A-Z0-9]{16}\b"),  # AWS
    (("xox",), r"\bxox[abeprs]-[\w-]{10,}"),  # Slack
    (("eyj",), r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*"),  # JSON web tokens
    (("bearer ",), r"(?i:(?<=\bbearer\ ))(?=\S*\d)[\w.~+/-]{16,}=*"),
    (("://",), r"""(?P<scheme>://)[^\s/?\#"'<>@:]*:[^\s/?\#"'<>@]+(?=@)"""),  # user:password@ in an address
    (tuple(f"{name}=" for name in ("key", "token", "secret", "password", "signature", "sig")),
     r"""(?P<name>[?&](?i:[\w.-]*(?:api-?key|[_-]key|[_-]token|secret|password|signature)
     |(?:key|token|sig)(?==[^\s&\#]*\d))=)[^\s&\#"'<>]{8,}"""),  # and among its parameters
)  # fmt: skip
_SECRET_NAME = re.compile(
    r"(?:api[_-]?key|access[_-]key(?:[_-]id)?|private[_-]key(?:[_-]id)?|[_-]token|secret|password|authorization"
    r"|credentials?|cookie)$",
    re.IGNORECASE,
)
_SECRET_VARIABLE = re.compile(r"(?:^|[_-])(?:key|token|passwd|passphrase)$", re.IGNORECASE)
_FILE = re.compile(r"(?:~|\.{0,2}[/\\]|[A-Za-z]:[/\\])\S*\.\w{1,5}")  # a key that lies in one is named by its place
_SHORTEST = 8  # a shorter "secret" is a placeholder such as "test", and would black out ordinary words

_concealed: set[str] = set()


def conceal(secret: str) -> None:
    """Remember a key that stands in no environment variable, so that `redact` finds it."""
    if len(secret) >= _SHORTEST:
        _concealed.add(secret)


def conceal_headers(headers: Mapping[str, Any]) -> None:
    """Remember the keys among headers, or variables, with the word before them, such as `Bearer`, and without it."""
    for name, value in headers.items():
        if _is_secret_variable(name) and isinstance(value, str):
            conceal(value)
            conceal(value.rpartition(" ")[2])


def conceal_address(url: str) -> None:
    """Remember the password in an address, and the keys among its parameters."""
    with suppress(ValueError):  # of what is no address, which whoever opens it says
        parts = urlsplit(url)
        conceal(parts.password or "")
        for name, value in parse_qsl(parts.query):
            if names_secret(name) or name.lower() in ("key", "token", "sig"):
                conceal(value)


def shown_cause(error: BaseException) -> BaseException | None:
    """The error, as the cause of one of ours; None when its traceback would show a key."""
    text = "".join(traceback.format_exception(error))
    return error if redact(text) == text else None


def names_secret(name: str) -> bool:
    """Whether an option or a header of this name holds a key.

    Example:
        >>> names_secret("aws_secret_access_key"), names_secret("max_tokens")
        (True, False)
    """
    return _SECRET_NAME.search(name) is not None


def _is_secret_variable(name: str) -> bool:
    """Whether a variable of the environment, or a header, of this name holds a key.

    There a name such as `OPENAI_KEY` or `TOKEN` says so too; among options `prompt_cache_key` and `token` hold none.
    """
    return names_secret(name) or _SECRET_VARIABLE.search(name) is not None


def redact(value: Any) -> Any:
    """The same text, mapping or list without the keys in it; for what users and models say.

    Found are texts that look like a key, passwords and keys in addresses, keys given to an LM or to a server, and the
    values of environment variables whose names are those of keys, such as `OPENAI_API_KEY` or `db_password`. What a
    field or a tool's argument is called says nothing of what it holds.

    Example:
        >>> redact({"password": "a field", "note": "use sk-0123456789abcdef0123 for now"})
        {'password': 'a field', 'note': 'use [redacted] for now'}
    """
    return _without(_secrets(), value, named=False)


def redact_settings(settings: Any) -> Any:
    """The same settings without the keys in them: what stands under the name of a key is one, whatever it looks like.

    Example:
        >>> redact_settings({"api_key": "anything", "top_p": 0.9})
        {'api_key': '[redacted]', 'top_p': 0.9}
    """
    return _without(_secrets(), settings, named=True)


_content: Any = vars(os.environ).get("_data")
"""What the environment holds, as a dictionary that is compared in a microsecond; None in a Python that has no such."""
_looked_up: tuple[Any, frozenset[str], tuple[str, ...]] = (None, frozenset(), ())


def _secrets() -> tuple[str, ...]:
    """The keys that are known, the longest first: looked up again where something was set or concealed since."""
    global _looked_up
    content, concealed, secrets = _looked_up
    if _content is None or content != _content or concealed != _concealed:
        content, concealed = (
            dict(_content or {}),
            frozenset(_concealed),
        )  # before the look: what changes meanwhile is new
        secrets = _look_up()
        _looked_up = content, concealed, secrets
    return secrets


def _look_up() -> tuple[str, ...]:
    found = {os.environ.get(name, "") for name in list(os.environ) if _is_secret_variable(name)}
    keys = {text for text in found if len(text) >= _SHORTEST and not _FILE.fullmatch(text)}
    return tuple(sorted(keys | _concealed, key=len, reverse=True))


def _without(secrets: tuple[str, ...], value: Any, *, named: bool) -> Any:
    if isinstance(value, str):
        return (_known_text if len(value) in _OFTEN else _text)(secrets, value)
    if isinstance(value, Mapping):
        return {
            _text(secrets, name) if isinstance(name, str) else name: MARK
            if named and isinstance(item, str | bytes | Mapping) and names_secret(str(name))
            else _without(secrets, item, named=named)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        found = [_without(secrets, item, named=named) for item in value]
        return tuple(found) if type(value) is tuple else found
    return value


def _text(secrets: tuple[str, ...], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, MARK)
    return _without_forms(text)


_STARTS = tuple(start for starts, _ in _FORMS for start in starts)
_OFTEN = range(200, 20_000)  # characters of a text that is worth remembering: a prompt goes out a thousand times
_known_text = lru_cache(maxsize=128)(_text)


def _without_forms(text: str) -> str:
    """The text without what looks like a key."""
    lower = text.lower()
    if not any(map(lower.__contains__, _STARTS)):
        return text
    patterns = tuple(pattern for starts, pattern in _FORMS if any(start in lower for start in starts))
    return _any_of(patterns).sub(_marked, text) if patterns else text


def _marked(found: re.Match[str]) -> str:
    return "".join(part for part in found.groupdict().values() if part) + MARK


@cache
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(" | ".join(patterns), re.VERBOSE)
