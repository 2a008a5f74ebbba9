"""Programs that answer by a program."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from nbdspy.adapters import ChatAdapter
from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import CodeExecutionError, ParseError, SandboxError, UsageError
from nbdspy.evaluation import Evaluate
from nbdspy.models import Request
from nbdspy.modules import ProgramOfThought, read_inputs
from nbdspy.signatures import Signature
from nbdspy.testing import DummyLM, FakeLM
from nbdspy.testing.fake import chat_text

from .here import Here


@pytest.fixture(autouse=True)
def made() -> list[Here]:
    Here.made.clear()
    return Here.made


def program(**options: Any) -> ProgramOfThought:
    return ProgramOfThought("question -> answer: int", interpreter_factory=Here, **options)


def code(text: str) -> dict[str, str]:
    return {"reasoning": "r", "generated_code": text}


ANSWER = {"reasoning": "r", "answer": "42"}


def asked(lm: FakeLM, number: int) -> str:
    return str((lm.requests[number].messages or [])[-1]["content"])


@pytest.mark.parametrize(
    ("written", "output"),
    [
        ("```python\nprint(6 * 7)\n```", "42"),
        ("print(6 * 7)", "42"),
        ("6 * 7", "42"),
        ("answer = 6 * 7", "42"),
        ("SUBMIT(answer=6 * 7)", '{"answer": 42}'),
        ("SUBMIT({'answer': 6 * 7})", '{"answer": 42}'),
        ("```python\na = 6\n```\nthen\n```python\nprint(a * 7)\n```", "42"),
    ],
)
def test_the_output_of_the_program_is_read_as_the_answer(written: str, output: str) -> None:
    lm = DummyLM([code(written), ANSWER])

    with context(lm=lm):
        prediction = program()(question="Six times seven?")

    assert prediction.answer == 42
    assert f"[[ ## code_output ## ]]\n{output}\n" in asked(lm, 1)
    assert "Six times seven?" in asked(lm, 1)


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("print(", "SyntaxError"),
        ("```python\nprint(\n```", "SyntaxError"),
        ("It is 42, of course.", "Write nothing but Python code, or put the code in a fence"),
        ("", "There is no code in the reply"),
        ("def solve():\n    return 42", "The code printed nothing"),
        ("while True:\n    pass", "ran for more than 1 s. Define again what is still needed"),
    ],
)
def test_a_program_that_fails_is_mended(written: str, error: str, made: list[Here]) -> None:
    lm = DummyLM([code(written), code("print(42)"), ANSWER])

    with context(lm=lm):
        prediction = program()(question="Six times seven?")

    assert prediction.answer == 42
    assert error in asked(lm, 1)
    assert made[0].shutdowns == 1


def test_a_program_that_never_runs_ends_with_its_code_and_its_error(made: list[Here]) -> None:
    lm = DummyLM([code("1 / 0"), code("2 / 0"), code("int('x')")])

    with (
        context(lm=lm),
        pytest.raises(CodeExecutionError, match="No program that runs was written") as caught,
    ):
        program()(question="?")

    assert "invalid literal for int() with base 10: 'x'" in str(caught.value)
    assert str(caught.value).splitlines()[2] == "int('x')"
    assert len(lm.requests) == 3
    assert [one.shutdowns for one in made] == [1]


def test_one_try_is_one_program() -> None:
    lm = DummyLM([code("1 / 0")])

    with context(lm=lm), pytest.raises(CodeExecutionError, match="max_iters=1"):
        program(max_iters=1)(question="?")

    assert len(lm.requests) == 1


def test_a_reply_in_no_layout_is_taken_for_the_code_it_holds() -> None:
    replies = iter(["I will compute it.\n```python\nprint(42)\n```", chat_text(ANSWER)])

    with context(lm=FakeLM(lambda _: next(replies)), adapter=ChatAdapter(use_json_adapter_fallback=False)):
        assert program()(question="?").answer == 42


def test_a_long_output_keeps_its_ends() -> None:
    lm = DummyLM([code("print('a' * 500_000 + 'z' * 500_000)"), ANSWER])

    with context(lm=lm):
        program(max_output_chars=100)(question="?")

    assert f"{'a' * 50}\n… (999,901 characters left out) …\n{'z' * 49}" in asked(lm, 1)


def test_the_task_stands_in_each_instruction_and_a_made_one_does_not() -> None:
    told = ProgramOfThought(Signature("question -> answer", "Count the sheep."))
    made_up = ProgramOfThought("question -> answer")

    for _, predictor in told.named_predictors():
        assert predictor.signature.instructions.startswith("Count the sheep.\n\n")
    for _, predictor in made_up.named_predictors():
        assert "Given the fields" not in predictor.signature.instructions


def test_its_parts_have_dspys_names_and_fields() -> None:
    assert [(name, part.signature.signature) for name, part in program().named_predictors()] == [
        ("code_generate.predict", "question -> reasoning, generated_code"),
        ("code_regenerate.predict", "question, previous_code, error -> reasoning, generated_code"),
        ("generate_output.predict", "question, final_generated_code, code_output -> reasoning, answer"),
    ]


def test_a_cell_is_read_as_the_inputs_of_its_signature() -> None:
    assert read_inputs(program(), "Six times seven?") == {"question": "Six times seven?"}


def test_an_awaited_call_does_the_same_without_holding_up_the_loop(made: list[Here]) -> None:
    async def main() -> Any:
        with context(lm=DummyLM([code("1 / 0"), code("print(42)"), ANSWER])):
            return await program().acall(question="?"), threading.get_ident()

    prediction, loop_thread = asyncio.run(main())

    assert prediction.answer == 42
    assert loop_thread not in made[0].threads
    assert made[0].shutdowns == 1


def test_calls_side_by_side_share_no_state(made: list[Here]) -> None:
    def answer(request: Request) -> str:
        content = str((request.messages or [])[-1]["content"])
        number = content.split("## question ## ]]\n")[1].split("\n")[0]
        if "code_output" in content:
            return chat_text({"reasoning": "r", "answer": content.split("## code_output ## ]]\n")[1].split("\n")[0]})
        return chat_text(code(f"seen = globals().get('seen', []) + [{number}]\nprint(sum(seen))"))

    examples = [Example(question=str(number), answer=number).with_inputs("question") for number in range(40)]
    evaluate = Evaluate(devset=examples, metric=lambda one, pred: one.answer == pred.answer, num_threads=8)

    with context(lm=FakeLM(answer)):
        result = evaluate(program())

    assert result.score == 100.0
    assert len(made) == 40
    assert {one.shutdowns for one in made} == {1}


@pytest.mark.parametrize("failure", [KeyboardInterrupt, SystemExit, RuntimeError, SandboxError])
def test_the_interpreter_is_shut_down_whatever_ends_the_call(failure: type[BaseException], made: list[Here]) -> None:
    def answer(request: Request) -> str:
        if len(lm.requests) == 2:
            raise failure("now")
        return chat_text(code("1 / 0"))

    lm = FakeLM(answer)

    with context(lm=lm), pytest.raises(failure, match="now"):
        program()(question="?")

    assert [one.shutdowns for one in made] == [1]


def test_the_interpreter_of_a_cancelled_call_is_shut_down(made: list[Here]) -> None:
    began, go_on = threading.Event(), threading.Event()

    class Slow(Here):
        def execute(self, code: str, variables: Any = None) -> Any:
            began.set()
            go_on.wait(10)
            return super().execute(code, variables)

    async def main() -> None:
        with context(lm=DummyLM([code("print(42)")])):
            asking = ProgramOfThought("question -> answer", interpreter_factory=Slow).acall(question="?")
            task = asyncio.create_task(asking)
            await asyncio.to_thread(began.wait, 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    before = made[0].shutdowns
    go_on.set()
    for _ in range(1000):
        if made[0].shutdowns > 1:
            break
        threading.Event().wait(0.01)

    assert before == 1
    assert made[0].names is None  # what ran on started nothing that stays


def test_a_sandbox_that_is_not_there_is_no_fault_of_the_code() -> None:
    class Missing(Here):
        def start(self) -> None:
            raise SandboxError("There is no Deno here.")

    lm = DummyLM([code("print(42)")])

    with context(lm=lm), pytest.raises(SandboxError, match="no Deno"):
        ProgramOfThought("question -> answer", interpreter_factory=Missing)(question="?")

    assert len(lm.requests) == 1


def test_an_interpreter_of_the_callers_is_used_and_left_running(made: list[Here]) -> None:
    mine = Here()
    mine.execute("known = 42")

    with context(lm=DummyLM([code("print(known)"), ANSWER])):
        assert program()(mine, question="?").answer == 42

    assert made == [mine]
    assert mine.shutdowns == 0
    assert mine.execute("known") == 42


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ProgramOfThought("question -> answer", max_iters=0), "max_iters cannot be 0"),
        (lambda: ProgramOfThought("question -> answer", max_output_chars=-1), "max_output_chars cannot be -1"),
        (lambda: ProgramOfThought("question, error -> answer"), "'error' is a field of the program's own"),
        (lambda: ProgramOfThought("question -> code_output"), "'code_output' is a field of the program's own"),
        (lambda: ProgramOfThought("question -> answer", interpreter_factory=Here()), "interpreter_factory cannot be"),  # type: ignore[arg-type]
        (lambda: ProgramOfThought("question -> answer", interpreter_factory=3), "interpreter_factory cannot be 3"),  # type: ignore[arg-type]
    ],
)
def test_what_it_cannot_be_made_with_is_refused_at_once(make: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make()


def test_a_factory_that_makes_something_else_is_told_what_is_needed() -> None:
    with context(lm=DummyLM([])), pytest.raises(UsageError, match="is no interpreter"):
        ProgramOfThought("question -> answer", interpreter_factory=dict)(question="?")  # type: ignore[arg-type]


def test_the_answer_that_cannot_be_read_is_a_parse_error(made: list[Here]) -> None:
    with context(lm=DummyLM([code("print(42)"), {"reasoning": "r", "answer": "many"}])), pytest.raises(ParseError):
        program()(question="?")

    assert made[0].shutdowns == 1
