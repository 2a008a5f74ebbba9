"""`PythonInterpreter` as programs use it, with the real Deno and the real Pyodide."""

import asyncio
import copy
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import nbdspy
from nbdspy.errors import CodeExecutionError, SandboxError, UsageError
from nbdspy.observe import BaseCallback
from nbdspy.runtime import Do, adrive, map_threads
from nbdspy.sandbox import CodeInterpreter, FinalOutput, PythonInterpreter, crossing
from nbdspy.types import Tool


@pytest.fixture(scope="module")
def box() -> Iterator[PythonInterpreter]:
    """One sandbox for what does not break it."""
    with PythonInterpreter() as interpreter:
        yield interpreter


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def soon(fact: Any, seconds: float = 10) -> bool:
    """Whether something becomes true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if fact():
            return True
        time.sleep(0.05)
    return False


def pid_of(interpreter: PythonInterpreter) -> int:
    assert interpreter._process is not None
    return interpreter._process._process.pid


class Wordless(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


class TestResults:
    @pytest.mark.parametrize(
        ("code", "result"),
        [
            ("print('a')\nprint('b', end='')\n7", "a\nb"),
            ("1 + 1", 2),
            ("x = 1", None),
            ("", None),
            ("None", None),
            ("import sys\nsys.stderr.write('warned') and None", "warned"),
            ("{'a': (1, 2), 'b': None}", {"a": [1, 2], "b": None}),
            ("{1, 2} | {3}", [1, 2, 3]),
            ("object", "<class 'object'>"),
            ("'Grüße 🙂'", "Grüße 🙂"),
            ("print('Grüße 🙂')", "Grüße 🙂\n"),
            ("import datetime\ndatetime.date(2024, 2, 29)", "2024-02-29"),
            ("await __import__('asyncio').sleep(0, 5)", 5),
            ("import sys\nprint('bye')\nsys.exit()", "bye\n"),
            ("'\\ud800'.encode('utf-8', 'replace').decode()", "?"),
            ("print('\\ud800')", "?\n"),
            ("2 ** 100", 2**100),
            ("float('inf')", float("inf")),
        ],
    )
    def test_printed_text_else_the_last_value(self, box: PythonInterpreter, code: str, result: Any) -> None:
        assert box.execute(code) == result

    def test_state_is_kept(self, box: PythonInterpreter) -> None:
        box("import math\ndef area(r): return math.pi * r ** 2")

        assert box("round(area(2), 2)") == 12.57

    def test_variables_are_set_for_this_run_and_later_ones(self, box: PythonInterpreter) -> None:
        given = {"text": 'it\'s "quoted"\n{{x}}', "none": None, "nested": {"a": [1, 2.5, True]}, "big": 2**80}

        assert box("[text, none, nested, big]", given) == list(given.values())
        assert box("text") == given["text"]

    def test_values_of_python_enter_as_json_has_them(self, box: PythonInterpreter) -> None:
        @dataclass
        class Point:
            x: int

        assert box("[p, s]", {"p": Point(3), "s": {1}}) == [{"x": 3}, [1]]

    @pytest.mark.parametrize("name", ["1x", "class", "a b", "", "SUBMIT"])
    def test_a_name_that_no_variable_can_have(self, box: PythonInterpreter, name: str) -> None:
        with pytest.raises(UsageError, match="variable"):
            box("1", {name: 1})

    def test_a_value_that_json_has_not(self, box: PythonInterpreter) -> None:
        with pytest.raises(UsageError, match="The variable 'x' is a object, which cannot enter"):
            box("1", {"x": object()})

    def test_a_large_variable_crosses_whole(self, box: PythonInterpreter) -> None:
        assert box("len(text), text[-3:]", {"text": "ab\n" * 3_000_000}) == [9_000_000, "ab\n"]

    def test_each_sandbox_has_its_own_chance(self) -> None:
        drawn = []
        for _ in range(2):
            with PythonInterpreter() as box:
                drawn.append(box("import random\nrandom.random()"))

        assert drawn[0] != drawn[1]


class TestFailures:
    def test_an_error_names_the_lines_and_keeps_what_was_printed(self, box: PythonInterpreter) -> None:
        with pytest.raises(CodeExecutionError) as caught:
            box("def half(x):\n    return x / 0\nprint('begun')\nhalf(3)")

        assert str(caught.value) == (
            "ZeroDivisionError: division by zero\n  line 4, in <module>: half(3)\n  line 2, in half: return x / 0"
        )
        assert caught.value.output == "begun\n"

    def test_no_python_says_where(self, box: PythonInterpreter) -> None:
        with pytest.raises(CodeExecutionError, match=r"SyntaxError: .*\n  line 2: y = = 3"):
            box("x = 1\ny = = 3")

    def test_a_package_is_not_there_and_it_says_what_is(self, box: PythonInterpreter) -> None:
        with pytest.raises(CodeExecutionError, match="No module named 'numpy': the sandbox has Python's standard lib"):
            box("import numpy as np")

    @pytest.mark.parametrize("code", ["raise KeyboardInterrupt", "import sys\nsys.exit(3)", "raise BaseException('x')"])
    def test_an_error_of_any_kind_is_the_codes(self, box: PythonInterpreter, code: str) -> None:
        with pytest.raises(CodeExecutionError):
            box(code)

    def test_an_error_whose_words_fail(self, box: PythonInterpreter) -> None:
        with pytest.raises(CodeExecutionError, match="Sly"):
            box("class Sly(Exception):\n    def __str__(self): raise ValueError\nraise Sly")


class TestSubmit:
    def test_one_value(self, box: PythonInterpreter) -> None:
        assert box("print('on the way')\nSUBMIT(42)\nprint('never')") == FinalOutput({"output": 42})

    def test_what_catches_everything_does_not_lose_it(self, box: PythonInterpreter) -> None:
        assert box("try:\n    SUBMIT(1)\nexcept BaseException:\n    pass") == FinalOutput({"output": 1})

    def test_it_holds_for_one_run(self, box: PythonInterpreter) -> None:
        box("SUBMIT(1)")

        assert box("5") == 5

    @pytest.mark.parametrize("code", ["SUBMIT(answer='x', score=2)", "SUBMIT('x', 2)", "SUBMIT('x', score=2)"])
    def test_outputs_by_name_or_in_order(self, code: str) -> None:
        with PythonInterpreter(output_fields=[{"name": "answer", "type": "str"}, {"name": "score"}]) as box:
            assert box(code) == FinalOutput({"answer": "x", "score": 2})

    @pytest.mark.parametrize(
        ("code", "told"),
        [
            ("SUBMIT('x')", "score is missing"),
            ("SUBMIT(answer='x', scor=2)", "score is missing and scor is not one of them"),
            ("SUBMIT('x', 2, 3)", "SUBMIT takes answer, score; it was given 3 values"),
            ("SUBMIT('x', 2, answer='y')", "answer is not one of them, or given twice"),
        ],
    )
    def test_other_names_are_an_error_in_the_code(self, code: str, told: str) -> None:
        outputs = [{"name": "answer"}, {"name": "score"}]
        with PythonInterpreter(output_fields=outputs) as box, pytest.raises(CodeExecutionError, match=told):
            box(code)

    def test_what_json_has_not_is_an_error_in_the_code(self, box: PythonInterpreter) -> None:
        with pytest.raises(CodeExecutionError, match="A function cannot leave the sandbox"):
            box("SUBMIT(lambda: 1)")

    def test_outputs_told_later(self, box: PythonInterpreter) -> None:
        box("1")
        box.output_fields = [{"name": "word"}]
        try:
            assert box("SUBMIT('x')") == FinalOutput({"word": "x"})
        finally:
            box.output_fields = None


class TestTools:
    def test_functions_tools_and_async_ones(self) -> None:
        async def wait(text: str) -> str:
            await asyncio.sleep(0.01)
            return text.upper()

        def add(a: int, b: int = 1) -> int:
            "Add two numbers."
            return a + b

        with PythonInterpreter(tools={"wait": wait, "add": Tool(add), "plain": lambda *places: list(places)}) as box:
            assert box("[wait('x'), add(1), add(1, 2), add(b='3', a=1), plain(1, [2], None)]") == [
                "X", 2, 3, 4, [1, [2], None]
            ]  # fmt: skip
            assert box("add.__doc__") == "Add two numbers."

    @pytest.mark.parametrize(
        ("error", "caught", "told"),
        [
            (ValueError("too small"), "ValueError", "too small"),
            (KeyError("k"), "KeyError", "'k'"),
            (FileNotFoundError(2, "No such file"), "FileNotFoundError", "[Errno 2] No such file"),
            (UnicodeDecodeError("utf-8", b"x", 0, 1, "bad"), "RuntimeError", "bad"),
            (UsageError("Not so.", hint="Do so."), "ValueError", "Not so. Do so."),
            (nbdspy.errors.LMUnavailable("away"), "RuntimeError", "LMUnavailable: away"),
            (Wordless(), "RuntimeError", "Wordless"),
        ],
    )
    def test_what_a_tool_raises_the_code_can_catch(self, error: Exception, caught: str, told: str) -> None:
        def fail() -> None:
            raise error

        with PythonInterpreter(tools={"fail": fail}) as box:
            said = box(f"try:\n    fail()\nexcept {caught} as error:\n    print(error)")

        assert told in said

    def test_arguments_that_do_not_fit_are_an_error_in_the_code(self) -> None:
        def add(a: int, b: int) -> int:
            return a + b

        with PythonInterpreter(tools={"add": Tool(add), "plain": add}) as box:
            for call in ("add(1)", "add('x', 2)", "add(1, 2, 3)", "add(1, a=2)", "plain(1)", "add(object(), 1)"):
                with pytest.raises(CodeExecutionError, match=r"^(TypeError|ValueError)"):
                    box(call)

    @pytest.mark.parametrize("value", [object(), "x" * 20_000_000])
    def test_what_cannot_cross_is_an_error_in_the_code(self, value: Any) -> None:
        with (
            PythonInterpreter(tools={"get": lambda: value}) as box,
            pytest.raises(CodeExecutionError, match="ValueError: "),
        ):
            box("get()")

    def test_a_tool_may_be_slow(self) -> None:
        with PythonInterpreter(tools={"slow": lambda: time.sleep(1.5)}, timeout=1) as box:
            assert box("slow()\n5") == 5

    def test_tools_may_come_later_and_a_name_of_the_codes_own_is_kept(self) -> None:
        with PythonInterpreter(tools={"a": lambda: 1}) as box:
            assert box("a()") == 1
            box("def a(): return 5")
            assert box("a()") == 5
            box.tools["b"] = lambda: 2
            assert box("b()") == 2

    def test_a_tool_cannot_use_the_interpreter_that_waits_for_it(self) -> None:
        box = PythonInterpreter()
        box.tools["again"] = lambda: box("1")
        with box, pytest.raises(CodeExecutionError, match="running other code"):
            box("again()")

    def test_a_tool_that_is_interrupted_interrupts_the_run(self) -> None:
        def interrupted() -> None:
            raise KeyboardInterrupt

        with PythonInterpreter(tools={"interrupted": interrupted}) as box:
            box("1")
            pid = pid_of(box)
            with pytest.raises(KeyboardInterrupt):
                box("try:\n    interrupted()\nexcept BaseException:\n    pass")
            assert not is_running(pid)


SERVER = """
from http.server import HTTPServer, SimpleHTTPRequestHandler
server = HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
print(server.server_port, flush=True)
server.serve_forever()
"""
FETCH = """
import pyodide.http
print(await (await pyodide.http.pyfetch('http://127.0.0.1:{}/page.txt')).string())
"""


class TestGrants:
    def test_files_and_folders_that_may_be_read(self, tmp_path: Path) -> None:
        (tmp_path / "data.csv").write_text("a,b\n1,2\n")
        (tmp_path / "many" / "deep").mkdir(parents=True)
        (tmp_path / "many" / "deep" / "x.txt").write_text("x")
        with PythonInterpreter(enable_read_paths=[tmp_path / "data.csv", str(tmp_path / "many")]) as box:
            assert box("open('/sandbox/data.csv').read()") == "a,b\n1,2\n"
            assert box("open('data.csv').read() + open('many/deep/x.txt').read()") == "a,b\n1,2\nx"
            box("open('data.csv', 'w').write('spoilt')")

        assert (tmp_path / "data.csv").read_text() == "a,b\n1,2\n"

    @pytest.mark.parametrize("sync", [True, False])
    def test_files_that_may_be_written(self, tmp_path: Path, sync: bool) -> None:
        old, new = tmp_path / "old.txt", tmp_path / "new.bin"
        old.write_text("old")
        with PythonInterpreter(enable_write_paths=[old, new], sync_files=sync) as box:
            box("text = open('old.txt').read()\nopen('old.txt', 'w').write(text.upper())")
            with pytest.raises(CodeExecutionError):
                box("open('new.bin', 'wb').write(bytes([0, 255]))\n1 / 0")

        assert old.read_text() == ("OLD" if sync else "old")
        assert new.exists() is sync
        assert not sync or new.read_bytes() == b"\x00\xff"

    def test_a_link_in_a_folder_that_leads_out_of_it_is_not_followed(self, tmp_path: Path) -> None:
        granted, elsewhere = tmp_path / "granted", tmp_path / "elsewhere"
        granted.mkdir()
        elsewhere.mkdir()
        (elsewhere / "secret.txt").write_text("secret")
        (granted / "plain.txt").write_text("plain")
        (granted / "inner").symlink_to("plain.txt")
        (granted / "file").symlink_to(elsewhere / "secret.txt")
        (granted / "folder").symlink_to(elsewhere)
        (tmp_path / "link").symlink_to(granted)
        with PythonInterpreter(enable_read_paths=[tmp_path / "link"]) as box:
            seen = box("import os\nsorted((folder, files) for folder, _, files in os.walk('link'))")
            assert seen == [["link", ["inner", "plain.txt"]]]
            assert box("open('link/inner').read()") == "plain"

    def test_a_file_too_large_to_come_back_is_an_error_of_the_code(self, tmp_path: Path) -> None:
        target = tmp_path / "out.bin"
        with PythonInterpreter(enable_write_paths=[target]) as box:
            with pytest.raises(CodeExecutionError, match=r"100,000,000 bytes, and 64,000,000 are allowed"):
                box("kept = 5\nopen('out.bin', 'wb').write(b'y' * 100_000_000)")
            assert not target.exists()
            assert box("open('out.bin', 'wb').write(b'z' * 10)\nkept") == 5

        assert target.read_bytes() == b"z" * 10

    @pytest.mark.slow
    def test_a_file_as_large_as_may_be_comes_back(self, tmp_path: Path) -> None:
        target, kept = tmp_path / "out.bin", tmp_path / "kept.bin"
        kept.write_bytes(b"k" * 10_000_000)
        with PythonInterpreter(enable_write_paths=[target, kept]) as box:
            box("open('out.bin', 'wb').write(b'x' * 60_000_000)")

        assert target.stat().st_size == 60_000_000

    def test_more_than_may_come_back_is_not_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        target = tmp_path / "out.bin"
        monkeypatch.setattr(crossing, "MOST_FILES", 1000)
        with PythonInterpreter(enable_write_paths=[target]) as box:
            with pytest.raises(SandboxError, match="none of them was written"):
                box("open('out.bin', 'wb').write(b'x' * 2000)")
            assert box("1 + 1") == 2

        assert not target.exists()

    def test_variables_of_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NBDSPY_TEST_A", "granted")
        monkeypatch.setenv("NBDSPY_TEST_B", "secret")
        with PythonInterpreter(enable_env_vars=["NBDSPY_TEST_A", "NBDSPY_TEST_C"]) as box:
            seen = box("import os\n[os.environ.get(f'NBDSPY_TEST_{name}') for name in 'ABC']")

        assert seen == ["granted", None, None]

    def test_a_host_that_was_granted_and_no_other(self, tmp_path: Path) -> None:
        (tmp_path / "page.txt").write_text("granted")
        servers = [
            subprocess.Popen(
                [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=tmp_path
            )
            for _ in range(2)
        ]
        try:
            ports = [int(server.stdout.readline()) for server in servers if server.stdout is not None]
            with PythonInterpreter(enable_network_access=[f"127.0.0.1:{ports[0]}"]) as box:
                assert box(FETCH.format(ports[0])) == "granted\n"
                with pytest.raises(CodeExecutionError, match="Requires net access"):
                    box(FETCH.format(ports[1]))
        finally:
            for server in servers:
                server.kill()
                server.communicate()

    @pytest.mark.parametrize(
        "grant",
        [
            {"enable_read_paths": ["/nowhere/at/all"]},
            {"enable_write_paths": ["/tmp"]},
            {"enable_read_paths": [__file__], "enable_write_paths": ["/elsewhere/" + Path(__file__).name]},
            {"enable_network_access": ["http://a.example/"]},
            {"enable_network_access": ["a.example,b.example"]},
            {"enable_network_access": "a.example"},
            {"enable_env_vars": "HOME"},
            {"enable_read_paths": __file__},
            {"enable_write_paths": Path(__file__)},
        ],
    )
    def test_a_grant_that_is_none(self, grant: dict[str, Any]) -> None:
        with pytest.raises(UsageError):
            PythonInterpreter(**grant)

    @pytest.mark.parametrize(
        ("limit", "told"),
        [
            ({"memory": 0}, "memory cannot be 0. Give a whole number of megabytes, at least 32"),
            ({"memory": 31}, "memory cannot be 31"),
            ({"memory": "512"}, "memory cannot be '512'"),
            ({"max_output": -1}, "max_output cannot be -1"),
            ({"timeout": "60"}, "timeout cannot be '60'. Give a number, more than 0"),
            ({"timeout": 0}, "timeout cannot be 0"),
        ],
    )
    def test_a_limit_that_none_can_work_within(self, limit: dict[str, Any], told: str) -> None:
        with pytest.raises(UsageError, match=told):
            PythonInterpreter(**limit)

    def test_the_least_memory_is_enough(self) -> None:
        with PythonInterpreter(memory=32) as box:
            assert box("1 + 1") == 2

    @pytest.mark.parametrize("name", ["SUBMIT", "class", "a b", "", 5])
    def test_a_tool_that_code_cannot_call(self, name: Any) -> None:
        with pytest.raises(UsageError, match="tool"):
            PythonInterpreter(tools={name: len})
        later = PythonInterpreter()
        later.tools[name] = len
        with pytest.raises(UsageError, match="tool"):
            later("1")


class TestLife:
    def test_it_is_a_code_interpreter(self) -> None:
        assert isinstance(PythonInterpreter(), CodeInterpreter)

    def test_making_one_starts_nothing(self) -> None:
        assert PythonInterpreter()._process is None

    def test_a_shut_down_one_starts_afresh(self) -> None:
        box = PythonInterpreter()
        box("x = 1")
        pid = pid_of(box)
        box.shutdown()
        assert not is_running(pid)
        box.shutdown()
        with pytest.raises(CodeExecutionError, match="NameError"), box:
            box("x")

    def test_one_that_nobody_holds_is_ended(self) -> None:
        box = PythonInterpreter()
        box("x = 1")
        pid = pid_of(box)

        del box

        assert soon(lambda: not is_running(pid))

    def test_a_process_that_ended_between_runs_is_started_again(self) -> None:
        with PythonInterpreter() as box:
            box("x = 1")
            os.kill(pid_of(box), signal.SIGKILL)
            assert soon(lambda: box._process is not None and not box._process.is_alive)
            with pytest.raises(CodeExecutionError, match="gone, since its process had ended"):
                box("x")

    def test_a_copy_has_a_state_of_its_own(self, box: PythonInterpreter) -> None:
        box("mine = 1")
        with copy.deepcopy(box) as copied, pytest.raises(CodeExecutionError, match="NameError"):
            copied("mine")

    def test_two_threads_use_one_in_turn_or_hear_of_it(self) -> None:
        with PythonInterpreter(tools={"wait": lambda: time.sleep(0.5)}) as box:
            box("1")
            thread = threading.Thread(target=lambda: box("wait()"))
            thread.start()
            time.sleep(0.2)
            with pytest.raises(SandboxError, match="running other code"):
                box("1")
            thread.join()
            results = []
            for number in range(3):
                worker = threading.Thread(target=lambda number=number: results.append(box(f"{number}")))
                worker.start()
                worker.join()

        assert results == [0, 1, 2]

    def test_inside_of_a_running_loop(self, box: PythonInterpreter) -> None:
        def steps() -> Any:
            return (yield Do(lambda: box("6 * 7")))

        async def both() -> list[Any]:
            return [box("1 + 1"), await adrive(steps())]

        assert asyncio.run(both()) == [2, 42]

    def test_a_map_that_is_stopped_stops_the_code(self) -> None:
        began = threading.Event()
        boxes = [PythonInterpreter(tools={"begin": began.set}) for _ in range(2)]

        def endless(box: PythonInterpreter) -> None:
            box("begin()\nwhile True: pass")

        work = map_threads(endless, boxes, threads=2)
        timer = threading.Timer(0, lambda: began.wait(30) and os.kill(os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            list(work)
        timer.join()
        assert soon(lambda: all(box._process is None for box in boxes))

    def test_an_interrupt_stops_the_run_at_once_and_leaves_no_process(self) -> None:
        began = threading.Event()
        with PythonInterpreter(tools={"begin": began.set}) as box:
            box("x = 1")
            pid = pid_of(box)
            timer = threading.Timer(0, lambda: began.wait(30) and os.kill(os.getpid(), signal.SIGINT))
            timer.start()
            with pytest.raises(KeyboardInterrupt):
                box("begin()\nwhile True: pass")
            timer.join()
            assert not is_running(pid)
            assert box("1 + 1") == 2

    @pytest.mark.parametrize("code", ["while True: pass", "1"])
    def test_it_ends_with_a_kernel_that_is_killed(self, code: str) -> None:
        script = textwrap.dedent(
            f"""
            import os, threading
            from nbdspy.sandbox import PythonInterpreter
            box = PythonInterpreter()
            box("1")
            print(box._process._process.pid, flush=True)
            if os.fork() == 0:  # who has the pipes, too, and lives on
                import time
                time.sleep(30)
                os._exit(0)
            box({code!r})
            print("ran", flush=True)
            input()
            """
        )
        kernel = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            assert kernel.stdout is not None
            pid = int(kernel.stdout.readline())
            time.sleep(0.5)
            assert is_running(pid)
        finally:
            kernel.kill()
            kernel.wait()
        assert soon(lambda: not is_running(pid))
        for pipe in (kernel.stdin, kernel.stdout):
            assert pipe is not None
            pipe.close()

    def test_a_fork_has_a_sandbox_of_its_own(self) -> None:
        script = textwrap.dedent(
            """
            import os
            from nbdspy.sandbox import PythonInterpreter
            box = PythonInterpreter()
            box("x = 'parent'")
            child = os.fork()
            if child == 0:
                ok = box("'x' in dir()") is False and box("x = 'child'\\nx") == "child"
                box.shutdown()
                os._exit(0 if ok else 1)
            _, status = os.waitpid(child, 0)
            print(os.waitstatus_to_exitcode(status), box("x"))
            """
        )
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, timeout=60
        )

        assert (done.stdout, done.stderr) == ("0 parent\n", "")


def test_callbacks_hear_of_runs_and_of_tools() -> None:
    heard = []

    class Tell(BaseCallback):
        def on_interpreter_execute_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
            heard.append(("run", inputs["code"]))

        def on_interpreter_tool_call_end(self, call_id: str, outputs: Any, exception: Any = None) -> None:
            heard.append(("tool", outputs))

        def on_interpreter_shutdown_end(self, call_id: str, outputs: Any, exception: Any = None) -> None:
            heard.append(("shutdown", outputs))

    with PythonInterpreter(tools={"two": lambda: 2}, callbacks=[Tell()]) as box:
        box("two()")

    assert heard == [("run", "two()"), ("tool", 2), ("shutdown", None)]
