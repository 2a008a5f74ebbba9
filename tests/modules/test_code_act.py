"""Agents that act by code."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pandas as pd
import pydantic
import pytest

from nbdspy import events
from nbdspy.adapters import ChatAdapter
from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import BudgetExceeded, ContextTooLong, UsageError
from nbdspy.models import Budget, Request, spending
from nbdspy.modules import RLM, CodeAct, Predict, Retrieve, read_inputs
from nbdspy.retrieval import BM25
from nbdspy.testing import DummyLM, FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.types import Tool, ToolCalled

from .here import Here

PASSAGES = ["The tides rise twice a day. " + "x" * 300, "The tides of the Bay of Fundy are high. " + "y" * 300]


class Place(pydantic.BaseModel):
    name: str
    height: int = 0


def height(mountain: str, unit: str = "m") -> str:
    """Look up how high a mountain is."""
    return f"{mountain}: 4478 {unit}"


async def later(number: int) -> int:
    """Double a number, some time."""
    await asyncio.sleep(0)
    return 2 * number


def tall(place: Place) -> Place:
    """Make a place taller."""
    return Place(name=place.name, height=place.height + 1)


def broken(number: int) -> int:
    """Fail."""
    raise RuntimeError(f"no {number} today")


@pytest.fixture(autouse=True)
def made() -> list[Here]:
    Here.made.clear()
    return Here.made


def agent(*tools: Any, **options: Any) -> CodeAct:
    return CodeAct("question -> answer", tools=tools, interpreter_factory=Here, **options)


def code(text: str, *, finished: bool = False) -> dict[str, Any]:
    return {"generated_code": text, "finished": finished}


ANSWER = {"reasoning": "r", "answer": "42"}


def asked(lm: FakeLM, number: int) -> str:
    return str((lm.requests[number].messages or [])[-1]["content"])


@pytest.mark.parametrize(
    ("tool", "written", "output"),
    [
        (height, "print(height('Eiger'))", "Eiger: 4478 m\n"),
        (height, "print(height('Eiger', 'ft'))", "Eiger: 4478 ft\n"),
        (height, "print(height(unit='ft', mountain='Eiger'))", "Eiger: 4478 ft\n"),
        (Tool(height, name="how_high"), "how_high('Eiger')", "Eiger: 4478 m"),
        (later, "later(21)", "42"),
        (later, "later('21')", "42"),
        (tall, "tall({'name': 'Eiger'})['height']", "1"),
        (lambda: 42, "42", "42"),
        (Tool(lambda: pd.DataFrame({"a": range(90)}), name="table"), "table()[70]", '{"a": 70}'),
    ],
)
def test_code_calls_tools_of_every_kind(tool: Any, written: str, output: str) -> None:
    tool = Tool(tool, name="answer_to_all") if getattr(tool, "__name__", "") == "<lambda>" else tool

    with context(lm=DummyLM([code(written, finished=True), ANSWER])):
        prediction = agent(tool)(question="?")

    assert prediction.trajectory == {"generated_code_0": written, "code_output_0": output}
    assert prediction.answer == "42"
    assert prediction.reasoning == "r"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("broken(3)", "RuntimeError: no 3 today"),
        ("height()", "height needs mountain"),
        ("height('a', 'b', 'c')", "height cannot take ('a', 'b', 'c'). It takes mountain"),
        ("height('a', mountain='b')", "height cannot take ('a', mountain)"),
        ("broken('many')", "broken cannot take number='many'"),
        ("handle()", "What handle returned is a object, which cannot enter the sandbox"),
        ("nowhere()", "name 'nowhere' is not defined"),
        ("while True: pass", "Define again what is still needed"),
        ("", "There is no code in the reply"),
    ],
)
def test_what_goes_wrong_is_observed(written: str, said: str) -> None:
    lm = DummyLM([code(written, finished=True), code("print('better')", finished=True), ANSWER])

    with context(lm=lm):
        prediction = agent(height, broken, Tool(object, name="handle", args={}))(question="?")

    assert said in prediction.trajectory["observation_0"]
    assert prediction.trajectory["code_output_1"] == "better\n"
    assert said in asked(lm, 1)


@pytest.mark.parametrize("kind", [CodeAct, RLM])
@pytest.mark.parametrize(
    ("tool", "written", "output"),
    [
        (BM25(PASSAGES, k=2), "print(BM25('Fundy')['passages'][0])", PASSAGES[1]),
        (Retrieve(k=1), "print(Retrieve('twice')['passages'][0])", PASSAGES[0]),
        (Predict("word -> length: int, letters: list[str]"), "print(Predict(word='a')['letters'])", "['a']"),
        (Tool(lambda: [Example(text=PASSAGES[0])], name="read"), "print(read()[0]['text'])", PASSAGES[0]),
    ],
)
def test_code_gets_all_fields_of_what_programs_and_searches_give(
    kind: type[CodeAct | RLM], tool: Any, written: str, output: str
) -> None:
    lm = DummyLM([
        {"generated_code": written, "code": written, "reasoning": "r", "finished": True},
        *[{"length": "1", "letters": '["a"]'}] * isinstance(tool, Predict), ANSWER,
    ])  # fmt: skip

    with context(lm=lm, rm=BM25(PASSAGES)):
        prediction = kind("question -> answer", tools=[tool], max_iters=1, interpreter_factory=Here)(question="?")

    steps = prediction.trajectory
    assert (steps["code_output_0"] if kind is CodeAct else steps[0]["output"]) == f"{output}\n"


def test_code_can_handle_what_a_tool_raises() -> None:
    written = "try:\n    broken(1)\nexcept Exception as error:\n    print('caught', error)"

    with context(lm=DummyLM([code(written, finished=True), ANSWER])):
        prediction = agent(broken)(question="?")

    assert prediction.trajectory["code_output_0"] == "caught no 1 today\n"


def test_state_lasts_from_step_to_step_and_not_to_the_next_call(made: list[Here]) -> None:
    replies = [code("x = 41"), code("print(x + 1)", finished=True), ANSWER, code("print(x)", finished=True)]
    lm = DummyLM([*replies, code("SUBMIT(0)"), ANSWER])

    with context(lm=lm):
        first, second = agent()(question="?"), agent()(question="?")

    assert first.trajectory["code_output_1"] == "42\n"
    assert "name 'x' is not defined" in second.trajectory["observation_0"]
    assert [one.shutdowns for one in made] == [1, 1]


def test_a_step_that_was_taken_before_is_told_so() -> None:
    lm = DummyLM([code("1 / 0"), code("1 / 0"), code("print(1)", finished=True), ANSWER])

    with context(lm=lm):
        prediction = agent()(question="?")

    assert "did and brought the same" not in prediction.trajectory["observation_0"]
    assert "(Step 1 did and brought the same." in prediction.trajectory["observation_1"]


def test_handing_in_ends_the_steps() -> None:
    with context(lm=DummyLM([code("SUBMIT(answer=42)"), ANSWER])):
        prediction = agent()(question="?")

    assert prediction.trajectory["code_output_0"] == '{"answer": 42}'


def test_the_steps_end_when_they_are_spent() -> None:
    lm = DummyLM([code("1"), code("2"), code("3"), ANSWER])

    with context(lm=lm):
        prediction = agent(max_iters=3)(question="?")

    assert list(prediction.trajectory) == [
        f"{part}_{n}" for n in range(3) for part in ("generated_code", "code_output")
    ]
    assert prediction.answer == "42"


def test_a_call_may_say_how_many_steps() -> None:
    with context(lm=DummyLM([code("1"), ANSWER])):
        assert len(agent()(question="?", max_iters=1).trajectory) == 2


def test_a_long_output_keeps_its_ends_in_trajectory_and_prompt() -> None:
    lm = DummyLM([code("print('a' * 100_000 + 'z' * 100_000)", finished=True), ANSWER])

    with context(lm=lm):
        output = agent(max_output_chars=1000)(question="?").trajectory["code_output_0"]

    assert output.startswith("a" * 500 + "\n… (199,001 characters left out) …\nzz")
    assert output in asked(lm, 1)


def test_the_oldest_steps_are_left_out_when_all_are_too_long_for_the_model() -> None:
    replies = iter([*(chat_text(code(f"print('{number}' * 900)")) for number in range(5)), chat_text(ANSWER)])

    def answer(request: Request) -> str:
        if len(str(request.messages)) > 4000:
            raise ContextTooLong
        return next(replies)

    lm = FakeLM(answer)
    with context(lm=lm):
        prediction = agent()(question="?")

    assert prediction.answer == "42"
    assert len(prediction.trajectory) == 10
    assert "older steps left out)" in asked(lm, -1)
    assert "4" * 900 in asked(lm, -1)
    assert "0" * 900 not in asked(lm, -1)


def test_a_limit_that_a_tool_reaches_ends_the_agent_whatever_its_code_does(made: list[Here]) -> None:
    inner = Predict("word -> length")

    def measure(word: str) -> str:
        """Measure a word."""
        return str(inner(word=word).length)

    written = "try:\n    measure('a')\nexcept Exception:\n    print('went on')"
    with context(lm=DummyLM([code(written), ANSWER])), spending(Budget(calls=1)), pytest.raises(BudgetExceeded):
        agent(measure)(question="?")

    assert made[0].shutdowns == 1


def test_a_tool_that_is_interrupted_ends_the_agent(made: list[Here]) -> None:
    def pressed() -> None:
        """Press the button."""
        raise KeyboardInterrupt

    with context(lm=DummyLM([code("pressed()"), ANSWER])), pytest.raises(KeyboardInterrupt):
        agent(pressed)(question="?")

    assert made[0].shutdowns == 1


def test_an_awaited_agent_runs_its_async_tools_on_the_callers_loop(made: list[Here]) -> None:
    seen: list[Any] = []

    async def where() -> int:
        """Say where."""
        await asyncio.sleep(0)
        seen.append(asyncio.get_running_loop())
        return 1

    async def main() -> Any:
        with context(lm=DummyLM([code("print(where() + where())", finished=True), ANSWER])):
            return await agent(where).acall(question="?"), asyncio.get_running_loop()

    prediction, loop = asyncio.run(main())

    assert prediction.trajectory["code_output_0"] == "2\n"
    assert seen == [loop, loop]
    assert threading.get_ident() not in made[0].threads


def test_cancelling_an_awaited_agent_cancels_its_tool(made: list[Here]) -> None:
    ended = threading.Event()

    async def forever() -> None:
        """Wait."""
        began.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async def main() -> None:
        with context(lm=DummyLM([code("forever()")])):
            task = asyncio.create_task(agent(forever).acall(question="?"))
            await began.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0.05)

    began = asyncio.Event()
    asyncio.run(main())

    assert ended.is_set()
    assert made[0].shutdowns >= 1


def test_a_tool_that_code_calls_is_told_once() -> None:
    heard: list[ToolCalled] = []

    with (
        events.listening(lambda event: heard.append(event) if isinstance(event, ToolCalled) else None),
        context(lm=DummyLM([code("height('Eiger')", finished=True), ANSWER])),
    ):
        agent(height)(question="?")

    assert [(one.tool, one.arguments) for one in heard] == [("height", {"mountain": "Eiger"})]


def test_code_is_run_although_the_rest_of_the_reply_cannot_be_read() -> None:
    replies = [{"generated_code": "x = 1", "finished": "perhaps"}, code("print(x)", finished=True), ANSWER]

    with context(lm=DummyLM(replies), adapter=ChatAdapter(use_json_adapter_fallback=False)):
        prediction = agent()(question="?")

    assert prediction.trajectory["generated_code_0"] == "x = 1"
    assert prediction.trajectory["code_output_1"] == "1\n"


def test_the_instruction_says_how_the_tools_are_called() -> None:
    told = agent(height, later, tall).codeact.signature.instructions

    assert "- `height(mountain: str, unit: str = 'm') -> str`: Look up how high a mountain is." in told
    assert "- `later(number: int) -> int`: Double a number, some time." in told
    assert "- `tall(place: dict) -> Place`: Make a place taller." in told


def test_its_parts_have_dspys_names_and_fields() -> None:
    assert [(name, part.signature.signature) for name, part in agent().named_predictors()] == [
        ("codeact", "question, trajectory -> generated_code, finished"),
        ("extractor.predict", "question, trajectory -> reasoning, answer"),
    ]


def test_a_cell_is_read_as_the_inputs_of_its_signature() -> None:
    assert read_inputs(agent(), "Who?") == {"question": "Who?"}


def test_an_interpreter_of_the_callers_keeps_its_own_tools(made: list[Here]) -> None:
    mine = Here()
    mine.tools["own"] = lambda: 1

    with context(lm=DummyLM([code("print(own(), height('Eiger'))", finished=True), ANSWER])):
        prediction = agent(height)(mine, question="?")

    assert prediction.trajectory["code_output_0"] == "1 Eiger: 4478 m\n"
    assert list(mine.tools) == ["own"]
    assert mine.shutdowns == 0


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: agent(height, height), "Two tools are called 'height'"),
        (lambda: agent(height, Tool(later, name="height")), "Two tools are called 'height'"),
        (lambda: agent(Tool(later, name="look-up")), "that is no name in Python. Write Tool.*'look_up'"),
        (lambda: agent(Tool(later, name="SUBMIT")), "cannot be called 'SUBMIT'"),
        (lambda: CodeAct("trajectory -> answer", tools=[]), "'trajectory' is a field"),
        (lambda: CodeAct("question -> answer", tools=[], max_iters=0), "max_iters cannot be 0"),
        (lambda: CodeAct("question -> answer", tools=[], max_output_chars=0), "max_output_chars cannot be 0"),
    ],
)
def test_what_it_cannot_be_made_with_is_refused_at_once(make: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make()


@pytest.mark.parametrize("tools", [len, Tool(len, "length"), "len"])
def test_tools_are_a_list(tools: Any) -> None:
    with pytest.raises(UsageError, match=r"is no list\. Write tools=\[search\]"):
        CodeAct("question -> answer", tools=tools)
