"""Programs of code with the real sandbox."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any

import pytest

from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import BudgetExceeded, CodeExecutionError
from nbdspy.evaluation import Evaluate
from nbdspy.models import Budget, Request, spending
from nbdspy.modules import RLM, CodeAct, ProgramOfThought
from nbdspy.sandbox import PythonInterpreter
from nbdspy.testing import DummyLM, FakeLM
from nbdspy.testing.fake import chat_text

ANSWER = {"reasoning": "r", "answer": "42"}


def code(text: str) -> dict[str, str]:
    return {"reasoning": "r", "generated_code": text}


def action(text: str) -> dict[str, str]:
    return {"reasoning": "r", "code": text}


def asked(lm: FakeLM, number: int) -> str:
    return str((lm.requests[number].messages or [])[-1]["content"])


@pytest.fixture
def made() -> Any:
    """The interpreters that were made, of which none may be left running."""
    found: list[PythonInterpreter] = []
    yield found
    assert found
    assert all(one._process is None for one in found)


@pytest.fixture
def factory(made: list[PythonInterpreter]) -> Any:
    def make(**options: Any) -> PythonInterpreter:
        made.append(PythonInterpreter(**options))
        return made[-1]

    return make


@pytest.mark.slow
def test_a_program_is_mended_until_it_runs(factory: Any) -> None:
    tries = [code("print('so far')\n1 / 0"), code("while True:\n    pass"), code("import math\nans = math.comb(5, 2)")]
    lm = DummyLM([*tries, ANSWER])

    with context(lm=lm):
        program = ProgramOfThought("question -> answer", interpreter_factory=partial(factory, timeout=2))
        prediction = program(question="?")

    assert prediction.answer == "42"
    assert "so far\n\nZeroDivisionError: division by zero\n  line 2" in asked(lm, 1)
    assert "The code ran for more than 2 seconds" in asked(lm, 2)
    assert "[[ ## code_output ## ]]\n10\n" in asked(lm, 3)


def test_the_setting_says_which_sandbox(factory: Any) -> None:
    with context(lm=DummyLM([code("SUBMIT(answer=6 * 7)"), ANSWER]), interpreter_factory=factory):
        assert ProgramOfThought("question -> answer")(question="?").answer == "42"


def test_code_calls_plain_and_async_tools(factory: Any) -> None:
    def height(mountain: str, unit: str = "m") -> dict[str, Any]:
        """Look up how high a mountain is."""
        return {"height": 4478, "unit": unit}

    async def later(number: int) -> int:
        """Double a number, some time."""
        await asyncio.sleep(0)
        return 2 * number

    def broken() -> None:
        """Fail."""
        raise RuntimeError("not today")

    written = (
        "print(height('Eiger', unit='ft'), later(21))\ntry:\n    broken()\nexcept RuntimeError as e:\n    print(e)"
    )
    lm = DummyLM([{"generated_code": written, "finished": True}, ANSWER] * 2)
    agent = CodeAct("question -> answer", tools=[height, later, broken], interpreter_factory=factory)

    with context(lm=lm):
        called = agent(question="?")
        awaited = asyncio.run(agent.acall(question="?"))

    assert called.trajectory["code_output_0"] == "{'height': 4478, 'unit': 'ft'} 42\nnot today\n"
    assert awaited.trajectory == called.trajectory


def test_a_text_of_ten_million_characters_is_read_by_code(factory: Any) -> None:
    book = "the whale swam on. " * 500_000 + "It was the butler."

    def answer(request: Request) -> str:
        if len(request.messages or []) == 1:
            return "the butler"
        return chat_text(action(next(codes)))

    codes = iter(["print(len(book), book[-18:])", "who = llm_query(book[-100:])\nSUBMIT(culprit=who, words=3)"])
    lm = FakeLM(answer)
    with context(lm=lm):
        prediction = RLM("book, question -> culprit, words: int", interpreter_factory=factory)(
            book=book, question="Who?"
        )

    assert (prediction.culprit, prediction.words) == ("the butler", 3)
    assert prediction.trajectory[0]["output"] == f"{len(book)} It was the butler.\n"
    assert sum(len(str(request.messages)) for request in lm.requests) < 20_000


def test_a_limit_reached_in_the_code_ends_the_program(factory: Any) -> None:
    lm = FakeLM(lambda _: chat_text(action("try:\n    llm_query('a')\nexcept Exception:\n    print('went on')")))

    with context(lm=lm), spending(Budget(calls=1)), pytest.raises(BudgetExceeded):
        RLM("book -> answer", interpreter_factory=factory)(book="b")


@pytest.mark.slow
def test_an_output_beyond_all_measure_is_an_error_of_the_code(factory: Any) -> None:
    lm = DummyLM([action("print('x' * 10_000_000)"), action("SUBMIT(1)")])

    with context(lm=lm):
        prediction = RLM("book -> answer: int", interpreter_factory=factory)(book="b")

    assert prediction.answer == 1
    assert "printed more than 1,000,000 characters" in prediction.trajectory[0]["output"]
    assert len(prediction.trajectory[0]["output"]) < 21_000


@pytest.mark.slow
def test_programs_side_by_side_share_nothing(factory: Any, made: list[PythonInterpreter]) -> None:
    def answer(request: Request) -> str:
        content = str((request.messages or [])[-1]["content"])
        number = content.split("## question ## ]]\n")[1].split("\n")[0]
        if "code_output" in content:
            return chat_text({"reasoning": "r", "answer": content.split("## code_output ## ]]\n")[1].split("\n")[0]})
        return chat_text(code(f"seen = globals().get('seen', []) + [{number}]\nprint(sum(seen))"))

    examples = [Example(question=str(number), answer=number).with_inputs("question") for number in range(6)]
    evaluate = Evaluate(devset=examples, metric=lambda one, pred: one.answer == pred.answer, num_threads=3)

    with context(lm=FakeLM(answer)):
        result = evaluate(ProgramOfThought("question -> answer: int", interpreter_factory=factory))

    assert result.score == 100.0
    assert len(made) == 6


def test_a_cancelled_call_leaves_an_interpreter_of_somebody_elses_ready_for_use() -> None:
    async def main(box: PythonInterpreter) -> None:
        agent = CodeAct("question -> answer", tools=[])
        with context(lm=DummyLM([{"generated_code": "while True:\n    pass", "finished": False}])):
            task = asyncio.create_task(agent.acall(box, question="?"))
            while box._runs < 2:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        with pytest.raises(CodeExecutionError, match="What earlier code had defined is gone"):
            box("known")
        assert box("1 + 1") == 2

    with PythonInterpreter(timeout=20) as box:
        box("known = 5")
        began = time.monotonic()
        asyncio.run(main(box))

        assert time.monotonic() - began < 15
        assert box.tools == {}


def test_a_cancelled_call_leaves_no_sandbox_behind(factory: Any, made: list[PythonInterpreter]) -> None:
    async def main() -> None:
        program = ProgramOfThought("question -> answer", interpreter_factory=factory)
        with context(lm=DummyLM([code("while True:\n    pass")])):
            task = asyncio.create_task(program.acall(question="?"))
            while not (made and made[0]._process and made[0]._runs):
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    began = time.monotonic()
    asyncio.run(main())

    assert time.monotonic() - began < 30
