"""Code that tries to get out, with the real Deno and the real Pyodide."""

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nbdspy.errors import CodeExecutionError, SandboxError
from nbdspy.sandbox import FinalOutput, PythonInterpreter


@pytest.fixture(scope="module")
def box() -> Iterator[PythonInterpreter]:
    """One sandbox for what does not break it."""
    with PythonInterpreter(timeout=20) as interpreter:
        yield interpreter


@pytest.fixture
def listener() -> Iterator[tuple[str, list[Any]]]:
    """An address on this machine, and whoever has come there."""
    came: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        done = threading.Event()

        def accept() -> None:
            while not done.is_set():
                try:
                    came.append(server.accept())
                except TimeoutError:
                    continue
                except OSError:
                    return

        thread = threading.Thread(target=accept)
        thread.start()
        host, port = server.getsockname()
        yield f"{host}:{port}", came
        done.set()
        thread.join()
    for connection, _ in came:
        connection.close()


NETWORK = {
    "socket": "import socket\nsocket.create_connection(({host!r}, {port}), timeout=2).sendall(b'hello')",
    "urllib": "import urllib.request\nurllib.request.urlopen('http://{host}:{port}/', timeout=2)",
    "http.client": "import http.client\nhttp.client.HTTPConnection({host!r}, {port}).request('GET', '/')",
    "pyfetch": "import pyodide.http\nawait pyodide.http.pyfetch('http://{host}:{port}/')",
    "pyxhr": "import pyodide.http\npyodide.http.pyxhr.get('http://{host}:{port}/')",
    "open_url": "import pyodide.http\npyodide.http.open_url('http://{host}:{port}/')",
    "js.fetch": "import js\nawait js.fetch('http://{host}:{port}/')",
    "asyncio": "import asyncio\nawait asyncio.open_connection({host!r}, {port})",
    "package": "import micropip\nawait micropip.install('http://{host}:{port}/x-1-py3-none-any.whl')",
}


@pytest.mark.parametrize("way", NETWORK)
def test_no_way_to_the_network(box: PythonInterpreter, listener: tuple[str, list[Any]], way: str) -> None:
    address, came = listener
    host, port = address.split(":")

    with pytest.raises(CodeExecutionError):
        box(NETWORK[way].format(host=host, port=port))

    time.sleep(0.3)
    assert came == []


FILES = {
    "open": "print(open({path!r}).read())",
    "os.open": "import os\nprint(os.read(os.open({path!r}, os.O_RDONLY), 99))",
    "proc": "print(open('/proc/self/root' + {path!r}).read())",
    "ctypes": "import ctypes\nassert ctypes.CDLL(None).fopen({path!r}.encode(), b'r')",
    "node": "import pyodide_js\nfs = pyodide_js._module.FS\nfs.mkdir('/host')\n"
    "fs.mount(fs.filesystems.NODEFS, {{'root': '/'}}, '/host')\nprint(open('/host' + {path!r}).read())",
    "mountNodeFS": "import pyodide_js\npyodide_js.mountNodeFS('/host', '/')\nprint(open('/host' + {path!r}).read())",
    "js.Deno": "import js\nprint(js.Deno.readTextFileSync({path!r}))",
    "js.process": "import js\nprint(js.process.binding('fs'))",
    "run_js": "from pyodide.code import run_js\nrun_js('Deno.readTextFileSync(\"' + {path!r} + '\")')",
    "import": "from pyodide.code import run_js\nawait run_js('import(\"node:fs\")')",
    "_run_js": "from pyodide._run_js import eval\neval('1')",
}


@pytest.mark.parametrize("way", FILES)
def test_no_way_to_the_files(box: PythonInterpreter, tmp_path: Path, way: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the treasure is under the oak")

    with pytest.raises(CodeExecutionError) as caught:
        box(FILES[way].format(path=str(secret)))

    assert "oak" not in str(caught.value) + caught.value.output


def test_what_the_code_writes_stays_inside(box: PythonInterpreter, tmp_path: Path) -> None:
    box(f"import os\nos.makedirs({str(tmp_path)!r}, exist_ok=True)\nopen({str(tmp_path / 'new')!r}, 'w').write('x')")

    assert list(tmp_path.iterdir()) == []


def test_nothing_of_the_environment_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBDSPY_TEST_KEY", "sk-very-secret")
    with PythonInterpreter() as box:
        seen = box(
            "import os, sys\nprint(dict(os.environ), sys.argv, sys.orig_argv, sys.executable, sys.path, sys.flags)"
        )
    assert "sk-very-secret" not in seen
    assert "nbdspy" not in seen  # the path of ours that the image of the sandbox was made by
    assert os.environ.get("HOME", "/none") + "/" not in seen


PROGRAMS = [
    "import subprocess\nsubprocess.run(['/bin/sh', '-c', 'echo out'])",
    "import os\nos.system('echo out')",
    "import os\nos.fork()",
    "import os\nos.execv('/bin/sh', ['sh'])",
    "import os\nos.posix_spawn('/bin/sh', ['sh'], {})",
    "import multiprocessing\nprocess = multiprocessing.Process(target=print)\nprocess.start()",
    "import threading\nthreading.Thread(target=print).start()",
    "import ctypes\nctypes.CDLL('libc.so.6')",
    "import _ctypes\n_ctypes.dlopen('/lib/x86_64-linux-gnu/libc.so.6', 2)",
    "import js\njs.Worker.new('data:text/javascript,1')",
    "import js\njs.Deno.Command.new('sh')",
    "import os, signal\nos.kill(1, signal.SIGKILL)\nos.kill(os.getppid(), signal.SIGTERM)",
]


@pytest.mark.parametrize("code", PROGRAMS)
def test_no_way_to_another_program(box: PythonInterpreter, code: str) -> None:
    with pytest.raises(CodeExecutionError):
        box(code)

    assert box("print('still here')") == "still here\n"


JS = [
    "import js",
    "import pyodide_js",
    "import _pyodide_core\nf = _pyodide_core.jsnull\nf.constructor",
    "import _inside\n_inside._session.ask.constructor('return 1')()",
    "import _inside\n_inside._session.ask.constructor.constructor('return globalThis')()",
    "from pyodide.ffi import create_proxy\nproxy = create_proxy(print)\nproxy.constructor('return 1')()",
    "from pyodide.code import run_js\nrun_js('while (true) {}')",
    "import _inside\n_inside._session.ask.constructor.prototype.constructor.call(None, 'return this')()",
]


@pytest.mark.parametrize("code", JS)
def test_no_way_to_write_javascript(box: PythonInterpreter, code: str) -> None:
    with pytest.raises(CodeExecutionError):
        box(code)


def test_of_the_javascript_that_stands_around_only_the_language_is_left(box: PythonInterpreter) -> None:
    found = box(
        "import gc, sys\n"
        "import pyodide.code, pyodide._run_js\n"
        "names = set()\n"
        "for module in list(sys.modules.values()):\n"
        "    for name, value in list(getattr(module, '__dict__', {}).items()):\n"
        "        if type(value).__name__ == 'JsProxy':\n"
        "            names |= {f'{module.__name__}.{name}.{each}' for each in dir(value)}\n"
        "sorted(name for name in names for bad in ('Deno', 'process', 'fetch', 'Worker') if name.endswith('.' + bad))"
    )

    assert found in ([], "[]")


class TestLimits:
    @pytest.mark.parametrize(
        "code",
        [
            "while True: pass",
            "try:\n    while True: pass\nexcept BaseException: pass",
            "import time\ntime.sleep(1000)",
            "import re\nre.match('(a+)+b', 'a' * 60)",
            "10 ** 10 ** 10",
            "import asyncio\nawait asyncio.sleep(1000)",
        ],
    )
    def test_code_without_end_is_ended(self, code: str) -> None:
        with PythonInterpreter(timeout=1) as box:
            box("x = 1")
            started = time.monotonic()

            with pytest.raises(SandboxError, match=r"ran for more than 1 seconds, and was ended.* gone") as caught:
                box(f"print('begun', flush=True)\n{code}")

            assert not isinstance(caught.value, CodeExecutionError)
            assert caught.value.output == "begun\n"
            assert time.monotonic() - started < 10
            with pytest.raises(CodeExecutionError, match="gone, since the code ran for more than 1 seconds"):
                box("print(x)")
            with pytest.raises(CodeExecutionError) as again:
                box("print(x)")
            assert "gone" not in str(again.value)

    @pytest.mark.parametrize(
        "code",
        [
            "x = bytearray(10 ** 9)",
            "x = [bytearray(10 ** 7) for _ in range(10 ** 6)]",
            "x = 'a'\nwhile True: x += x",
            "x = []\nwhile True: x.append(x[:])",
            "x = list(range(10 ** 9))",
        ],
    )
    def test_a_memory_bomb_is_an_error_of_the_code(self, box: PythonInterpreter, code: str) -> None:
        with pytest.raises(CodeExecutionError, match="MemoryError"):
            box(f"kept = 5\n{code}")

        assert box("x = None\nkept") == 5

    def test_a_smaller_memory_holds_less(self) -> None:
        with PythonInterpreter(memory=100) as box:
            box("x = bytearray(10 ** 7)")
            with pytest.raises(CodeExecutionError, match="MemoryError"):
                box("y = bytearray(10 ** 8)")

    def test_a_flood_is_cut_and_the_state_is_kept(self) -> None:
        with PythonInterpreter(max_output=1000) as box:
            with pytest.raises(CodeExecutionError, match="printed more than 1,000 characters") as caught:
                box("kept = 5\nwhile True: print('spam')")
            assert caught.value.output == "spam\n" * 200
            assert box("kept") == 5

    @pytest.mark.parametrize(
        "code",
        [
            "import os\nfor _ in range(10 ** 4): os.write(1, b'x' * 1000)",
            "import sys\nfor _ in range(10 ** 4): sys.__stdout__.write('x' * 1000)",
            "import sys\nfor _ in range(10 ** 4): sys.stderr.pass_on('x' * 1000)",
        ],
    )
    def test_a_flood_by_a_side_door_goes_nowhere(self, code: str) -> None:
        with PythonInterpreter(max_output=1000) as box:
            with pytest.raises(CodeExecutionError, match="printed more than 1,000 characters") as caught:
                box(f"kept = 5\n{code}")
            assert caught.value.output == "x" * 1000
            assert box("kept") == 5

    @pytest.mark.parametrize(
        "code", ["SUBMIT('x' * 2000)", "give('x' * 2000)", "'x' * 2000", "raise ValueError('x' * 10 ** 6)"]
    )
    def test_what_is_handed_out_is_bounded(self, code: str) -> None:
        with PythonInterpreter(tools={"give": len}, max_output=1000) as box:
            with pytest.raises(CodeExecutionError) as caught:
                box(code)
            assert len(str(caught.value)) < 2000
            assert box("1 + 1") == 2

    @pytest.mark.parametrize("code", ["SUBMIT('x' * 10_000)", "'x' * 10_000", "raise ValueError('x' * 10_000)"])
    def test_code_that_lifts_the_limit_inside_hands_out_no_more(self, code: str) -> None:
        with PythonInterpreter(max_output=1000) as box:
            with pytest.raises(SandboxError, match="it says more than 1,000 characters") as caught:
                box(f"import _inside\n_inside._session.most = 10 ** 9\n{code}")
            assert len(str(caught.value)) < 200
            assert box("1 + 1") == 2

    def test_code_that_lifts_the_limit_inside_gives_a_tool_no_more(self) -> None:
        got: list[str] = []
        with PythonInterpreter(tools={"give": got.append}, max_output=1000) as box:
            with pytest.raises(CodeExecutionError, match=r"A tool was given 10,0.. characters; at most 1,000 can"):
                box("import _inside\n_inside._session.most = 10 ** 9\ngive('x' * 10_000)")
            box("give('x')")
        assert got == ["x"]

    @pytest.mark.parametrize(
        "text",
        [
            '\'{"error": "E", "message": "\' + \'x\' * SIZE + \'", "lines": []}\'',
            '\'{"error": "\' + \'x\' * SIZE + \'", "message": "", "lines": []}\'',
            '\'{"error": "E", "message": "", "lines": [[1, "", "\' + \'x\' * SIZE + \'"]]}\'',
            "'{\"final\": {\"output\": \"' + 'x' * SIZE + '\"}}'",
            "'{\"value\": \"' + 'x' * SIZE + '\"}'",
        ],
    )
    @pytest.mark.parametrize("size", [20_000, 50_000_000])
    def test_a_forged_result_is_no_longer_than_a_true_one(self, text: str, size: int) -> None:
        with PythonInterpreter(max_output=1000) as box:
            with pytest.raises(SandboxError, match=r"unusable: it says more than 1,000|It said too much") as caught:
                box(f"import _inside\nSIZE = {size}\n_inside.json.dumps = lambda *_, **__: {text}\n5")
            assert len(str(caught.value)) < 200

    def test_a_line_of_any_length_is_told_in_part(self) -> None:
        with PythonInterpreter(max_output=1000) as box:
            with pytest.raises(CodeExecutionError, match="ZeroDivisionError") as caught:
                box(f"x = '{'é' * 100_000}'; 1 / 0")
            assert len(str(caught.value)) < 1200

    def test_a_gigabyte_is_no_answer(self, box: PythonInterpreter) -> None:
        with pytest.raises(CodeExecutionError, match="MemoryError"):
            box("SUBMIT('x' * 10 ** 9)")

    @pytest.mark.parametrize(
        "code",
        [
            "def f(): return f()\nf()",
            "import sys\nsys.setrecursionlimit(10 ** 5)\ndef f(): return f()\nf()",
            "x = []\nfor _ in range(10 ** 6): x = [x]\nrepr(x)",
            "x = []\nfor _ in range(10 ** 6): x = [x]\nSUBMIT(x)",
            "import json\njson.loads('[' * 10 ** 6)",
            "class A:\n    def __repr__(self): return repr(self)\nA()",
            "eval('(' * 10 ** 5)",
            "eval('-' * 10 ** 6 + '1')",
            "class A:\n    def __getattr__(self, name): return getattr(self, name)\nA().b",
        ],
    )
    def test_a_deep_recursion_is_an_error_and_code_runs_again(self, code: str) -> None:
        with PythonInterpreter(timeout=20) as box:
            with pytest.raises(SandboxError):
                box(code)
            assert box("1 + 1") == 2


class TestTheBridge:
    def test_names_of_javascript_are_names_like_others(self) -> None:
        got: list[Any] = []
        strange = {"__proto__": {"polluted": True}, "constructor": {"prototype": {"polluted": True}}, "toString": 1}
        with PythonInterpreter(tools={"keep": lambda **named: got.append(named) or named}) as box:
            final = box(f"back = keep(**{strange!r})\nassert 'polluted' not in dir({{}})\nSUBMIT(back)")
            again = box("keep(ordinary=1)")

        assert got == [strange, {"ordinary": 1}]
        assert final == FinalOutput({"output": strange})
        assert again == {"ordinary": 1}

    def test_a_tool_that_was_not_given_is_not_called(self) -> None:
        with PythonInterpreter(tools={"add": lambda a, b: a + b}) as box:
            code = (
                "import _inside, json\n"
                "_inside._session.ask(json.dumps({'name': NAME, 'arguments': ['1'], 'named': {}}))"
            )
            for name in ("eval", "__class__", "tools", "_execute"):
                assert "There is no tool" in box(code.replace("NAME", repr(name)))

    @pytest.mark.parametrize(
        "text", ["", "null", "[]", "{}", '{"name": 5}', '{"name": "add", "arguments": 5, "named": []}', "x" * 1000]
    )
    def test_a_question_that_is_none_gets_an_error(self, text: str) -> None:
        with PythonInterpreter(tools={"add": lambda a, b: a + b}) as box:
            answer = box(f"import _inside\nprint(_inside._session.ask({text!r}))")
            assert "error" in json.loads(answer)
            assert box("add(1, 2)") == 3

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "null",
            "[]",
            '{"final": ',
            '{"error": "E"}',
            '{"error": "E", "message": "m", "lines": [5]}',
        ],
    )
    def test_a_result_that_is_forged_badly_ends_the_sandbox(self, text: str) -> None:
        """`run` is the only one who speaks to the host, and the code can change what it uses."""
        with PythonInterpreter() as box:
            with pytest.raises(SandboxError, match=r"unusable"):
                box(f"import _inside\n_inside.json.dumps = lambda *_, **__: {text!r}\n5")
            assert box("1 + 1") == 2

    def test_lines_that_look_like_the_protocol_are_only_printed(self, box: PythonInterpreter) -> None:
        forged = json.dumps({"kind": "done", "number": 1, "text": '{"final": "forged"}', "output": ""})

        printed = box(f"print({forged!r})\nimport os, sys\nos.write(1, b'\\n' + {forged.encode()!r})")

        assert printed == f"{forged}\n\n{forged}"

    def test_what_stays_behind_cannot_end_the_next_run(self, box: PythonInterpreter) -> None:
        box(
            "import asyncio\nasync def late():\n    while True: await asyncio.sleep(0)\n"
            "task = asyncio.ensure_future(late())"
        )

        assert box("await asyncio.sleep(0.01)\nprint(task.cancelled())") == "True\n"

    def test_a_tool_cannot_be_called_once_the_run_has_ended(self) -> None:
        called: list[str] = []
        with PythonInterpreter(tools={"tell": called.append}, timeout=20) as box:
            box("import asyncio\nheld = asyncio.get_running_loop().call_later(0.1, tell, 'late')")
            time.sleep(0.5)
            assert box("1 + 1") == 2
        assert called == []

    def test_files_that_were_not_granted_do_not_come_back(self, tmp_path: Path) -> None:
        target, other = tmp_path / "out.txt", tmp_path / "other.txt"
        with PythonInterpreter(enable_write_paths=[target]) as box:
            box(
                "import _inside, base64\n"
                "_inside._session.watched |= {'../other.txt': b'', 'other.txt': b'', '/etc/x': b''}\n"
                "open('/sandbox/other.txt', 'w').write('no')\nopen('/sandbox/out.txt', 'w').write('yes')"
            )

        assert target.read_text() == "yes"
        assert not other.exists()
        assert sorted(tmp_path.iterdir()) == [target]


def test_deno_itself_is_started_with_everything_denied(tmp_path: Path) -> None:
    """The wall behind the wall: code that had got hold of the worker's JavaScript could do no more."""
    from nbdspy.sandbox import installation

    installed = installation.find()
    installed.make_ready()
    script = tmp_path / "worker.js"
    script.write_text(
        """
        const tried = {
          read: () => Deno.readTextFileSync("/etc/passwd"), write: () => Deno.writeTextFileSync("/tmp/x", "x"),
          env: () => Deno.env.get("HOME"), run: () => new Deno.Command("sh").outputSync(), sys: () => Deno.hostname(),
          ffi: () => Deno.dlopen("libc.so.6", {}), net: () => Deno.listen({ port: 0 }), eval: () => eval("1"),
          function: () => new Function("return 1")(),
        };
        const passed = [];
        for (const [name, attempt] of Object.entries(tried)) try { attempt(); passed.push(name); } catch {}
        for (const place of ["npm:left-pad@1.3.0", "http://127.0.0.1:9/x.js"]) {
          try { await import(place); passed.push(place); } catch {}
        }
        console.log(JSON.stringify(passed));
        """
    )
    command = PythonInterpreter().command(installed)
    done = subprocess.run(
        [*command[:-1], str(script)], env=installed.environment, capture_output=True, text=True, timeout=60, check=True
    )

    assert json.loads(done.stdout) == []
