"""Tools of real MCP servers, over standard streams and over HTTP, opened by nbdspy or by the user."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from nbclient import NotebookClient

import nbdspy
from nbdspy.errors import ToolError, UsageError
from nbdspy.runtime import portal
from nbdspy.tools import McpTools, mcp_tools
from nbdspy.types import Audio, File, Image, Tool
from nbdspy.types.tool_call import ToolCall


@pytest.fixture(scope="module", params=["command", "address"])
def tools(request: pytest.FixtureRequest) -> Iterator[McpTools]:
    with mcp_tools(request.getfixturevalue(request.param), timeout=30) as opened:
        yield opened


class TestSchemas:
    def test_names_and_descriptions_are_the_servers_in_letters_that_providers_take(self, tools: McpTools) -> None:
        assert [tool.name for tool in tools][:4] == ["add", "order", "depth", "shelf_clear-all"]
        assert (tools["add"].desc, tools[0] is tools["add"], len(tools[:2])) == ("Add two numbers.", True, 2)
        assert tools["shelf_clear-all"]() is None

    def test_what_a_schema_refers_to_and_what_it_may_lack_reaches_the_model(self, tools: McpTools) -> None:
        parameters = tools["order"].format_as_openai_tool()["function"]["parameters"]

        assert parameters["required"] == ["order", "kind"]
        assert parameters["properties"]["kind"]["enum"] == ["loan", "sale"]
        order = parameters["properties"]["order"]["properties"]
        assert order["author"]["properties"]["born"]["anyOf"] == [{"type": "integer"}, {"type": "null"}]
        assert order["mood"]["enum"] == ["dry", "warm"]
        assert "$ref" not in json.dumps(parameters)

    def test_a_type_that_holds_itself_is_defined_and_checked_to_the_ground(self, tools: McpTools) -> None:
        parameters = tools["depth"].format_as_openai_tool()["function"]["parameters"]

        assert parameters["properties"]["shelf"]["properties"]["inner"]["items"] == {"$ref": "#/$defs/Shelf"}
        assert parameters["$defs"]["Shelf"]["required"] == ["label"]
        assert tools["depth"](shelf={"label": "a", "inner": [{"label": "b"}]}) == "2"
        with pytest.raises(UsageError, match=r"inner\.0\.label: 3 is not of type 'string'"):
            tools["depth"](shelf={"label": "a", "inner": [{"label": 3}]})

    def test_a_tool_that_is_not_there_is_suggested(self, tools: McpTools) -> None:
        with pytest.raises(UsageError, match=r"has no tool 'ad'\. Did you mean add\?"):
            tools["ad"]


class TestCalls:
    def test_from_plain_code_and_from_threads(self, tools: McpTools) -> None:
        answers: list[Any] = [tools["add"](a=1, b="2")]
        thread = threading.Thread(target=lambda: answers.append(tools["add"](3)))
        thread.start()
        thread.join()

        assert answers == ["3", "4"]

    def test_awaited_on_any_loop_and_side_by_side(self, tools: McpTools) -> None:
        async def main() -> list[Any]:
            return await asyncio.gather(*(tools["add"].acall(a=n) for n in range(4)))

        assert asyncio.run(main()) == ["1", "2", "3", "4"]
        assert portal.run(main()) == ["1", "2", "3", "4"]

    def test_models_and_missing_options_are_sent_as_json(self, tools: McpTools) -> None:
        import pydantic

        class Order(pydantic.BaseModel):
            titles: list[str]
            author: dict[str, str]

        order = Order(titles=["A"], author={"name": "B"})

        assert tools["order"](order=order, kind="loan") == "loan of A by B, dry, None"

    @pytest.mark.parametrize(
        ("name", "arguments", "said"),
        [
            ("add", {"a": "x"}, "add cannot take a='x'"),
            ("add", {}, "add needs a"),
            ("add", {"a": 1, "c": 2}, "has no argument 'c'. It takes a: integer, b: integer"),
            ("order", {"order": {}, "kind": "rent"}, "'rent' is not one of"),
            ("order", {"order": {"titles": "A"}, "kind": "loan"}, "order cannot take order="),
        ],
    )
    def test_what_does_not_fit_is_said_before_the_call(
        self, tools: McpTools, name: str, arguments: Any, said: str
    ) -> None:
        with pytest.raises(UsageError, match=said):
            tools[name](**arguments)

    @pytest.mark.parametrize(
        ("kind", "value"),
        [
            ("text", "a text"),
            ("text text", ["a text", "a text"]),
            ("note", "a note"),
            ("link", "file:///terms.pdf"),
            ("image", Image(bytes.fromhex("89504e470d0a1a0a"))),
            ("audio", Audio(data=b"RIFF....WAVEfmt ", audio_format="wav")),
            (
                "terms",
                File.from_bytes(bytes.fromhex("89504e470d0a1a0a"), filename="terms.pdf", mime_type="application/pdf"),
            ),
            ("text image", ["a text", Image(bytes.fromhex("89504e470d0a1a0a"))]),
            ("", None),
        ],
    )
    def test_what_comes_back_is_a_value_of_ours(self, tools: McpTools, kind: str, value: Any) -> None:
        assert tools["media"](kind=kind) == value

    def test_an_error_of_the_tool_is_a_runtime_error_with_its_words(self, tools: McpTools) -> None:
        with pytest.raises(RuntimeError, match=r"fails failed: .*no such shelf") as raised:
            tools["fails"](why="no such shelf")

        assert isinstance(raised.value, ToolError)
        call = ToolCall(name="fails", args={"why": "no such shelf"})
        assert call.failed(raised.value).value == f"ToolError: {raised.value}"


class TestServers:
    def test_one_that_dies_in_a_call_ends_the_call_and_every_later_one(self, command: list[str]) -> None:
        with mcp_tools(command) as tools:
            for name, arguments in (("dies", {}), ("add", {"a": 1})):
                with pytest.raises(ToolError, match=f"{name} got no answer from its MCP server: Connection closed"):
                    tools[name](**arguments)

    def test_one_that_hangs_is_given_up_after_its_time(self, command: list[str]) -> None:
        started = time.monotonic()
        with mcp_tools(command, timeout=10) as tools, pytest.raises(ToolError, match="timed out"):
            tools["sleeps"](seconds=600)

        assert time.monotonic() - started < 60

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["no-such-command-here"], "No such file or directory: 'no-such-command-here'"),
            (
                [sys.executable, "-c", "import no_such_module"],
                r"python\S* -c import no_such_module did not start: Connection closed "
                r"\(it wrote: ModuleNotFoundError: No module named 'no_such_module'\)",
            ),
            ([sys.executable, f"/tmp/{'deep/' * 30}none.py"], r"none\.py': \[Errno 2\] No such file or directory"),
            (
                [sys.executable, "-c", "import time; time.sleep(600)"],
                r"no answer\. It had 1 s; give more with timeout=",
            ),
            ("http://127.0.0.1:9/mcp", "connection attempts failed"),
        ],
    )
    def test_one_that_does_not_start_says_why(self, words: Any, said: str) -> None:
        with pytest.raises(ToolError, match=said):
            mcp_tools(words, timeout=1 if "sleep" in str(words) else 30)

    @pytest.mark.parametrize(
        "words",
        [
            ["--api-key", "lovelace-1815"],
            ["--api-key=lovelace-1815"],
            ["-e", "LIBRARY_TOKEN=lovelace-1815"],
            ["--header", "Authorization: Bearer lovelace-1815"],
        ],
    )
    def test_one_that_is_given_a_key_and_writes_it_does_not_show_it(self, words: list[str]) -> None:
        refuses = "import sys; sys.exit('refused: ' + ' '.join(sys.argv[1:]))"

        with pytest.raises(ToolError, match=r"did not start.*\[redacted\]") as raised:
            mcp_tools([sys.executable, "-c", refuses, *words], timeout=30)

        assert "love" not in "".join(traceback.format_exception(raised.value))

    def test_half_a_key_is_not_shown_where_a_text_is_cut(self) -> None:
        refuses = "import sys; sys.exit('x' * 52 + sys.argv[-1])"

        with pytest.raises(ToolError, match=r"it wrote: x{52}") as raised:
            mcp_tools([sys.executable, "-c", refuses, "--api-key", "lovelace-of-1815" * 4], timeout=30)

        assert "love" not in str(raised.value)

    def test_a_key_in_the_environment_is_not_shown(self) -> None:
        refuses = "import os, sys; sys.exit('refused: ' + os.environ['LIBRARY_TOKEN'])"

        with pytest.raises(ToolError, match=r"refused: \[redacted\]"):
            mcp_tools([sys.executable, "-c", refuses], env={"LIBRARY_TOKEN": "lovelace-1816"}, timeout=30)

    @pytest.mark.parametrize(
        "address", ["http://ada:engine-1837@127.0.0.1:9/mcp", "http://127.0.0.1:9/?key=engine-1837"]
    )
    def test_a_key_in_an_address_is_not_shown(self, address: str) -> None:
        with pytest.raises(ToolError, match=r"\[redacted\]") as raised:
            mcp_tools(address, timeout=30)

        assert "engine-1837" not in "".join(traceback.format_exception(raised.value))

    def test_a_key_among_the_words_of_a_command_is_not_in_its_repr_nor_in_what_its_tools_say(
        self, command: list[str]
    ) -> None:
        run = f"runpy.run_path({command[1]!r}, run_name='__main__')"
        program = f"import runpy, sys; del sys.argv[1:]; {run}"

        with mcp_tools([command[0], "-c", program, "--api-key", "lovelace-1817"], timeout=30) as tools:
            with pytest.raises(ToolError, match=r"fails failed: .*the key \[redacted\]"):
                tools["fails"](why="the key lovelace-1817")
            with pytest.raises(UsageError) as raised:
                tools["nope"]
            assert "lovelace" not in repr(tools) + str(raised.value)

    @pytest.mark.parametrize(
        ("server", "options", "said"),
        [
            ("http://127.0.0.1:9/mcp", {"env": {}}, "env is only for a command"),
            ("python server.py", {"headers": {}}, "headers is only for an address"),
            ([], {}, "There is no command"),
        ],
    )
    def test_an_option_for_the_other_kind_is_refused(self, server: Any, options: Any, said: str) -> None:
        with pytest.raises(UsageError, match=said):
            mcp_tools(server, **options)

    def test_without_the_package_it_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "mcp", None)

        with pytest.raises(UsageError, match=r"Run: pip install 'nbdspy\[mcp\]'"):
            mcp_tools("python server.py")

    def test_it_ends_when_it_is_closed_and_its_tools_with_it(self, command: list[str]) -> None:
        tools = mcp_tools(command)
        tools.close()
        tools.close()

        with pytest.raises(ToolError, match=r"add cannot be called: its MCP server was closed.*`with` block\. Call it"):
            tools["add"](a=1)

    def test_one_that_nobody_has_any_more_ends_by_itself(self, tmp_path: Path, command: list[str]) -> None:
        ended = tmp_path / "ended"
        program = (
            "import runpy, sys\n"
            "server, ended = sys.argv[1:]\n"
            "sys.argv[1:] = []\n"
            "runpy.run_path(server, run_name='__main__')\n"
            "open(ended, 'w').close()\n"
        )

        def use() -> Tool:
            tools = mcp_tools([sys.executable, "-c", program, command[1], str(ended)])
            return tools["add"]

        add = use()
        assert add(a=1) == "2"  # a tool alone keeps its server
        del add
        gc.collect()

        deadline = time.monotonic() + 30
        while not ended.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert ended.exists()

    def test_a_process_that_leaves_one_open_ends_quietly(self, command: list[str]) -> None:
        code = f"import nbdspy; tools = nbdspy.mcp_tools({command!r}); print(tools['add'](1))"

        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)

        assert (ran.stdout, ran.stderr, ran.returncode) == ("2\n", "", 0)

    def test_headers_are_sent(self) -> None:
        import http.server

        seen: list[str | None] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                seen.append(self.headers["Authorization"])
                self.send_error(401)

            def log_message(self, *args: object) -> None:
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(ToolError, match="did not start"):
            mcp_tools(f"http://127.0.0.1:{server.server_port}/mcp", headers={"Authorization": "Bearer x"}, timeout=10)
        server.shutdown()
        server.server_close()

        assert seen[0] == "Bearer x"


class TestSessionsOfTheUser:
    @pytest.mark.parametrize("kind", ["command", "address"])
    def test_it_is_awaited_on_its_loop_and_a_plain_call_says_so(
        self, kind: str, request: pytest.FixtureRequest
    ) -> None:
        server = request.getfixturevalue(kind)
        opened = server if isinstance(server, str) else stdio_client(
            StdioServerParameters(command=server[0], args=server[1:])
        )  # fmt: skip

        async def main() -> tuple[Any, str, Any]:
            async with Client(opened) as client:
                listed = {tool.name: tool for tool in (await client.list_tools()).tools}
                add = Tool.from_mcp_tool(client, listed["add"])
                both = Tool.from_mcp_tool(client, listed["both"], result_mode="structured")
                with pytest.raises(UsageError, match=r"Write `await tool\.acall\(\.\.\.\)`") as raised:
                    add(a=1)
                return await add.acall(a=1), str(raised.value), await both.acall()

        answer, said, structured = asyncio.run(main())

        assert answer == "2"
        assert "add was opened on another loop" in said
        assert structured == {"count": 3}

    def test_a_mode_that_is_not_there_is_refused(self, tools: McpTools) -> None:
        with pytest.raises(UsageError, match="There is no result mode 'json'"):
            Tool.from_mcp_tool(None, type("T", (), {"name": "add"}), result_mode="json")  # type: ignore[arg-type]


def test_in_a_kernel_plain_calls_awaited_calls_and_a_session_of_the_user(command: list[str]) -> None:
    cells = [
        f"import nbdspy\ntools = nbdspy.mcp_tools({command!r}, timeout=60)\ntools['add'](a=1)",
        "await tools['add'].acall(a=2)",
        "calls = nbdspy.ToolCalls.from_dict_list([{'name': 'add', 'args': {'a': 3}}])\ncalls.execute(tools)",
        "from mcp import Client, StdioServerParameters\n"
        "from mcp.client.stdio import stdio_client\n"
        f"server = StdioServerParameters(command={command[0]!r}, args={command[1:]!r})\n"
        "async with Client(stdio_client(server, errlog=open('/dev/null', 'w'))) as client:\n"
        "    add = nbdspy.Tool.from_mcp_tool(client, (await client.list_tools()).tools[0])\n"
        "    answers = [await add.acall(a=4)]\n"
        "    try:\n        add(a=5)\n"
        "    except nbdspy.errors.UsageError as error:\n        answers.append(error.hint)\n"
        "answers",
        "tools.close()",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])

    ran = NotebookClient(book, timeout=60).execute()

    shown = [cell.outputs[-1].data["text/plain"] if cell.outputs else None for cell in ran.cells]
    assert shown[:3] == ["'2'", "'3'", "ToolCallResults(add → 4)"]
    assert "'5'" in shown[3]
    assert "Write `await tool.acall(...)`" in shown[3]
    assert [output for cell in ran.cells for output in cell.outputs if output.output_type != "execute_result"] == []


def test_an_interrupt_ends_a_call(command: list[str]) -> None:
    import _thread

    with nbdspy.mcp_tools(command, timeout=120) as tools:
        threading.Timer(0.5, _thread.interrupt_main).start()
        started = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            tools["sleeps"](seconds=5)
    assert time.monotonic() - started < 30
