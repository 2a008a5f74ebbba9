"""A process and its lines, with small scripts in place of Deno."""

import sys
import time
from typing import Any

import pytest

from nbdspy.sandbox.process import Ended, Process

ECHO = """
import json, sys
secret = json.loads(sys.stdin.readline())["secret"]
say = lambda **message: print(secret + json.dumps(message), flush=True)
"""


def process(script: str, longest: int = 10_000_000) -> Process:
    made = Process([sys.executable, "-c", ECHO + script], {}, longest=longest)
    made.send(secret=made.secret)
    return made


def heard(made: Process, **limits: Any) -> Any:
    try:
        return made.receive(time.monotonic() + 20, **limits)
    finally:
        made.end()


def test_only_lines_with_the_secret_are_heard() -> None:
    forged = "print('{}'); print(json.dumps({'kind': 'forged'})); print('x' * 32 + '{}'); print(' ' + secret + '{}')"

    assert heard(process(f"{forged}; say(kind='true')")) == {"kind": "true"}


def test_a_flood_without_an_end_of_line_takes_no_memory() -> None:
    made = process("for _ in range(1000): sys.stdout.write('x' * 10**5)\nprint(); say(kind='true')", longest=1000)

    assert heard(made) == {"kind": "true"}


def test_large_messages_pass_both_ways_at_once() -> None:
    made = process("say(text='a' * 5_000_000)\nprint(secret + sys.stdin.readline(), flush=True)")
    made.send(text="b" * 5_000_000)

    assert made.receive(time.monotonic() + 20)["text"] == "a" * 5_000_000
    assert heard(made)["text"] == "b" * 5_000_000


def test_its_end_is_told_with_its_last_words() -> None:
    made = process("print('out of luck', file=sys.stderr)")

    with pytest.raises(Ended, match=": out of luck"):
        heard(made)


def test_silence_ends_in_time() -> None:
    made = process("sys.stdin.read()")
    started = time.monotonic()

    with pytest.raises(TimeoutError):
        made.receive(time.monotonic() + 0.2)

    assert time.monotonic() - started < 5
    made.end()
    assert not made.is_alive


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not tell")
def test_memory_that_grows_is_seen() -> None:
    made = process("say(kind='ready')\nfilled = []\nwhile True: filled.append(bytearray(10**6))")
    made.receive(time.monotonic() + 20)

    with pytest.raises(MemoryError):
        heard(made, most_memory=300e6)


@pytest.mark.skipif(sys.platform != "linux", reason="the system cannot")
def test_files_can_be_forbidden(tmp_path: Any) -> None:
    made = process(
        "sys.stdin.readline()\n"
        f"try: open({str(tmp_path / 'x')!r}, 'w', buffering=1).write('text\\n'); say(wrote=True)\n"
        "except OSError as error: say(wrote=False)"
    )
    made.forbid_files()
    made.send()

    assert heard(made) == {"wrote": False}
