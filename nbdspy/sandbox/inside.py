"""What stands around the code inside of the sandbox: it runs it, and gives it the host's tools and `SUBMIT`.

This file is loaded by the Python in the sandbox, which is newer than what the host may have, and knows nothing of the
rest of nbdspy. Nothing here guards anything: the code can change all of it. What must not happen is kept from happening
outside.
"""

from __future__ import annotations

import asyncio
import base64
import builtins
import contextlib
import dataclasses
import datetime
import io
import json
import linecache
import os
import random
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

WRITTEN = "/sandbox"  # where files that the host granted are
LINE, NAME = 1_000, 100  # characters that are told of a line of the code that failed, and of a name in it


class Submitted(BaseException):
    """Ends the code once it has called `SUBMIT`."""


class OutputLimit(BaseException):
    """Ends the code once it has printed, or said, more than it may."""


class ToolError(RuntimeError):
    """What a tool raised, when it is none of Python's own errors."""


class _Session:
    """What lasts from one run to the next."""

    def __init__(self) -> None:
        self.ask: Callable[[str], str] = str
        self.most = 1_000_000  # characters that may be printed, submitted, or given to a tool
        self.runs = 0
        self.submitted: list[str] = []
        self.watched: dict[str, int | None] = {}  # files to send back, by a hash of what was in them when last sent
        self.most_files = 0  # bytes that these may have together


_session = _Session()


def connect(write: Callable[[str], None], ask: Callable[[str], str]) -> None:
    """Take the two ways out; called once, when the sandbox starts."""
    _session.ask = ask
    sys.stdout = sys.stderr = _Output(write)
    os.system = _no_programs
    random.seed()  # whose state came from an image that all sandboxes share
    os.makedirs(WRITTEN, exist_ok=True)
    os.chdir(WRITTEN)


def _no_programs(command: Any) -> int:
    raise OSError("The sandbox starts no programs.")


def forget(*modules: str) -> None:
    """Make modules that stand for JavaScript's global objects unknown."""
    from pyodide.ffi import unregister_js_module

    for name in modules:
        unregister_js_module(name)
        sys.modules.pop(name, None)


async def run(text: str) -> str:
    """Run what the host sent, and say in JSON how it ended."""
    given = json.loads(text)
    names = sys.modules["__main__"].__dict__
    _prepare(given, names)
    output = sys.stdout = sys.stderr = _fresh(sys.stdout)
    _session.submitted.clear()
    try:
        value = await _evaluate(given["code"], names)
        said = {} if value is None or output.count else {"value": _said(value)}
    except Submitted:
        said = {}
    except BaseException as error:
        said = _failure(error)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    if _session.submitted and "error" not in said:
        said = {"final": json.loads(_session.submitted[-1])}
    try:
        return _told(said)
    except (OSError, MemoryError) as error:
        return json.dumps(_failure(error))


def _prepare(given: dict[str, Any], names: dict[str, Any]) -> None:
    """Set what the host sent along with the code."""
    _session.most = given["most"]
    os.environ.update(given.get("environment", {}))
    for path, data in given.get("files", {}).items():
        place = Path(WRITTEN, path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(base64.b64decode(data))
    _session.most_files = given.get("most_files", _session.most_files)
    for path in given.get("watched", ()):
        place = Path(WRITTEN, path)
        _session.watched[path] = hash(place.read_bytes()) if place.exists() else None
    if "tools" in given:
        names |= {tool["name"]: _tool(**tool) for tool in given["tools"]}
        names["SUBMIT"] = _submit(given["outputs"])
    names |= given["variables"]


async def _evaluate(code: str, names: dict[str, Any]) -> Any:
    from pyodide.code import eval_code_async

    _session.runs += 1
    file = f"<run {_session.runs}>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    try:
        return await eval_code_async(code, names, filename=file, quiet_trailing_semicolon=False)
    except SystemExit as left:
        if left.code:
            raise
        return None


def _said(value: Any) -> Any:
    """A value as JSON has it, or in Python's own words."""
    try:
        text = json.dumps(value, default=_simple)
    except (TypeError, ValueError, RecursionError):
        text = json.dumps(repr(value))
    if len(text) > _session.most:
        raise OutputLimit
    return json.loads(text)


def _failure(error: BaseException) -> dict[str, Any]:
    """An error in words, with the lines of the code that led to it."""
    if isinstance(error, OutputLimit):
        return {"error": "OutputLimit"}
    if isinstance(error, SyntaxError) and str(error.filename).startswith("<run"):
        lines = [[error.lineno, "", (error.text or "").strip()[:LINE]]]
        message = error.msg
    else:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith("<run")]
        lines = [
            [frame.lineno, frame.name[:NAME], (frame.line or "").strip()[:LINE]]
            for frame in [*frames[:1], *frames[1:][-4:]]
        ]
        message = _words(error)
    if isinstance(error, ModuleNotFoundError) and error.name and "." not in error.name:
        message += ": the sandbox has Python's standard library, and no packages"
    traceback.clear_frames(error.__traceback__)
    return {"error": type(error).__name__[:NAME], "message": message[: _session.most], "lines": lines}


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # the code's own error may fail to say what it is
        return ""


class _Output(io.TextIOBase):
    """Standard output and standard error, counted."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self.pass_on = write
        self.count = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() needs a str, not {type(text).__name__}")
        room = _session.most - self.count
        self.count += len(text)
        self.pass_on(text[: max(0, room)].encode("utf-8", "replace").decode())
        if len(text) > room:
            raise OutputLimit
        return len(text)


def _fresh(output: Any) -> Any:
    return _Output(output.pass_on) if isinstance(output, _Output) else output


def _tool(name: str, about: str) -> Callable[..., Any]:
    """A function that asks the host to call its tool of this name."""

    def call(*arguments: Any, **named: Any) -> Any:
        text = json.dumps({"name": name, "arguments": arguments, "named": named}, default=_simple)
        if len(text) > _session.most:
            raise ValueError(f"{name} was given {len(text):,} characters; at most {_session.most:,} can be passed.")
        answer = json.loads(_session.ask(text))
        if "error" in answer:
            raise _raised(answer["error"], answer["message"])
        return answer["value"]

    call.__name__ = call.__qualname__ = name
    call.__doc__ = about
    return call


def _raised(kind: str, message: str) -> Exception:
    """The error that a tool raised, as Python's own error of that name."""
    known = getattr(builtins, kind, None)
    if isinstance(known, type) and issubclass(known, Exception):
        with contextlib.suppress(TypeError):  # some want more than a message
            return known(message)
    return ToolError(message)


def _submit(outputs: list[dict[str, Any]] | None) -> Callable[..., Any]:
    """`SUBMIT`, which takes a value, or the outputs by name or in their order."""
    wanted = [output["name"] for output in outputs or ()]

    def submit(*values: Any, **named: Any) -> None:
        if not wanted:
            if len(values) + bool(named) != 1:
                raise TypeError("SUBMIT takes one value, or values by name.")
            result = named or {"output": values[0]}
        else:
            if len(values) > len(wanted):
                raise TypeError(f"SUBMIT takes {', '.join(wanted)}; it was given {len(values)} values.")
            result = dict(zip(wanted, values, strict=False))
            twice = [name for name in named if name in result or name not in wanted]
            result |= named
            missing = [name for name in wanted if name not in result]
            if twice or missing:
                raise TypeError(f"SUBMIT takes {', '.join(wanted)}; {_wrong(twice, missing)}.")
        text = json.dumps(result, default=_simple)
        if len(text) > _session.most:
            raise ValueError(f"SUBMIT was given {len(text):,} characters; at most {_session.most:,} can be handed in.")
        _session.submitted.append(text)
        raise Submitted

    submit.__name__ = submit.__qualname__ = "SUBMIT"
    return submit


def _wrong(surplus: list[str], missing: list[str]) -> str:
    told = [f"{', '.join(missing)} is missing"] if missing else []
    return " and ".join([*told, *([f"{', '.join(surplus)} is not one of them, or given twice"] if surplus else [])])


def _simple(value: Any) -> Any:
    """What JSON has not, as something that it has."""
    if isinstance(value, set | frozenset):
        return list(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    raise TypeError(f"A {type(value).__name__} cannot leave the sandbox: make it text, a number, a list or a dict.")


def _told(said: dict[str, Any]) -> str:
    """How the run ended, with the files that the host wants back and that the code has changed.

    Raises:
        OSError: When these are too large.
    """
    files, hashes, size = {}, {}, 0
    for path, before in _session.watched.items():
        place = Path(WRITTEN, path)
        if not place.is_file():
            continue
        length = place.stat().st_size
        data = place.read_bytes() if length <= _session.most_files else b""
        if length == len(data) and hash(data) == before:
            continue
        size += length
        if size > _session.most_files:
            raise OSError(
                f"The files that may leave the sandbox have {size:,} bytes, and {_session.most_files:,} are allowed: "
                f"write less to {path}"
            )
        files[path], hashes[path] = base64.b64encode(data).decode(), hash(data)
    text = json.dumps({**said, "files": files})
    _session.watched |= hashes
    return text
