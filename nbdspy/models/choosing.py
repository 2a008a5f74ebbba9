"""Holding a model to a few texts, token by token as it would write them itself.

A grammar of letters lets a model write " alarm" as " ", "al", "arm". It has never seen that, so what it then prefers
says little: on household requests a small model named 22 % of the intents by letters and 52 % by its own tokens.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from nbdspy.errors import LMUnavailable

Piece = tuple[int, bytes]  # a token: its number, and what it stands for
Tokenize = Callable[[str], tuple[Piece, ...]]


@dataclass(frozen=True, slots=True)
class Choosing:
    """How to make a model choose: a grammar of its tokens, and how many of them always decide."""

    grammar: str
    tokens: int


def choosing(choices: Sequence[str], tokenize: Tokenize) -> Choosing:
    """The way to make a model say one of `choices`."""
    spelled = {choice: tokenize(choice) for choice in choices}
    if any(_broken(piece) for pieces in spelled.values() for _, piece in pieces):
        # llama.cpp loses its way in a grammar of tokens that are parts of letters (rare scripts, emoji)
        letters = (json.dumps(choice, ensure_ascii=False) for choice in choices)
        longest = max(len(choice.encode()) for choice in choices)
        return Choosing(grammar=f"root ::= {' | '.join(letters)}\n", tokens=longest + 1)
    rules = (" ".join(f"<[{number}]>" for number, _ in pieces) for pieces in spelled.values())
    return Choosing(
        grammar=f"root ::= {' | '.join(rules)}\n", tokens=max(_deciding(choice, spelled) for choice in spelled)
    )


def _broken(piece: bytes) -> bool:
    return "\ufffd" in piece.decode(errors="replace")


def _deciding(choice: str, spelled: Mapping[str, Sequence[Piece]]) -> int:
    """After how many tokens a text can only be this choice; one that begins another is told by its end.

    White space at the beginning decides nothing: some vocabularies put it there by themselves.
    """
    others = [other.encode().lstrip() for other in spelled if other != choice]
    said = b""
    for count, (_, piece) in enumerate(spelled[choice], start=1):
        said += piece
        if not any(other.startswith(said.lstrip()) for other in others):
            return count
    return len(spelled[choice]) + 1


class Tokenizer:
    """Asks the server inside an opened model how the model cuts a text.

    Args:
        address: A socket file, or the address of a server on this machine.
        key: What the server lets in.
    """

    def __init__(self, address: Path | str, key: str) -> None:
        self._address = address
        self._key = key

    def __call__(self, text: str) -> tuple[Piece, ...]:
        """The tokens of a text, without those that models put at its ends."""
        connection = _connection(self._address)
        try:
            body = json.dumps({"content": text, "add_special": False, "with_pieces": True})
            headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
            connection.request("POST", "/tokenize", body, headers)
            tokens = json.load(connection.getresponse())["tokens"]
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            raise LMUnavailable(f"The model on this machine does not tell its tokens: {error!r}.") from error
        finally:
            connection.close()
        # a token that is part of a letter comes as numbers
        return tuple(
            (token["id"], piece.encode() if isinstance(piece := token["piece"], str) else bytes(piece))
            for token in tokens
        )


class _SocketFile(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _connection(address: Path | str) -> http.client.HTTPConnection:
    return (
        _SocketFile(address)
        if isinstance(address, Path)
        else http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    )
