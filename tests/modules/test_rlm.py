"""A model that reads long inputs by code."""

from __future__ import annotations

import asyncio
import logging
import threading
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

from nbdspy import events
from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import BudgetExceeded, ContextTooLong, LMUnavailable, SettingsError, UsageError
from nbdspy.models import Budget, Replied, Request, spending
from nbdspy.modules import RLM, read_inputs
from nbdspy.signatures import InputField, OutputField, Signature
from nbdspy.testing import DummyLM, FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.types import Tool

from .here import Here


class Book(Signature):
    """Find out who did it."""

    book: str = InputField(desc="a crime novel")
    question: str = InputField()
    culprit: Literal["butler", "gardener"] = OutputField(desc="who it was")
    page: int = OutputField()


@pytest.fixture(autouse=True)
def made() -> list[Here]:
    Here.made.clear()
    return Here.made


def rlm(**options: Any) -> RLM:
    return RLM("book, question -> answer: int", interpreter_factory=Here, **options)


def code(text: str) -> dict[str, str]:
    return {"reasoning": "r", "code": text}


def asked(lm: FakeLM, number: int) -> str:
    return str((lm.requests[number].messages or [])[-1]["content"])


def whole(lm: FakeLM) -> str:
    return "".join(str(request.messages) for request in lm.requests)


def outputs(prediction: Any) -> list[str]:
    return [step["output"] for step in prediction.trajectory]


def answering(*codes: str, sub: str = "yes") -> FakeLM:
    """A model that writes these codes one after another, and answers a plain prompt with a word."""
    left = iter(codes)

    def answer(request: Request) -> str:
        if len(request.messages or []) == 1:
            return sub
        return chat_text(code(next(left)))

    return FakeLM(answer)


def test_a_long_input_is_a_variable_and_never_in_a_prompt() -> None:
    book = "".join(f"page {number}. " for number in range(200_000))
    lm = DummyLM([code("print(len(book), book[:7])"), code("SUBMIT(answer=book.count('page'))")])

    with context(lm=lm):
        prediction = rlm()(book=book, question="How many pages?")

    assert prediction.answer == 200_000
    assert outputs(prediction) == [f"{len(book)} page 0.\n", '{"answer": 200000}']
    assert prediction.trajectory[0] == {
        "reasoning": "r", "code": "print(len(book), book[:7])", "output": f"{len(book)} page 0.\n",
    }  # fmt: skip
    assert prediction.final_reasoning == "r"
    assert len(whole(lm)) < 10_000
    assert f"`book`: str, {len(book):,} characters\npage 0. page 1. " in asked(lm, 0)
    assert "characters left out) …" in asked(lm, 0)
    assert "page 199999." in asked(lm, 0)


def test_the_model_reads_what_its_variables_are() -> None:
    lm = DummyLM([code("SUBMIT(['butler', len(book)])")])

    with context(lm=lm):
        prediction = RLM(Book, interpreter_factory=Here)(book=["one", "two"], question="Who?")

    assert "`book` (a crime novel): list, 2 items, 14 characters" in asked(lm, 0)
    assert "`question`: str, 4 characters\nWho?" in asked(lm, 0)
    assert (prediction.culprit, prediction.page) == ("butler", 2)


@pytest.mark.parametrize(
    ("book", "looked", "seen", "told"),
    [
        (
            pd.DataFrame({"page": range(900), "text": [f"page {number}" for number in range(899)] + [None]}),
            "[len(book), book[500], book[-1]]",
            [900, {"page": 500, "text": "page 500"}, {"page": 899, "text": None}], "list, 900 items",
        ),
        ([Example(text="x" * 500)], "book[0]", {"text": "x" * 500}, "list, 1 items"),
        (Example(text="x" * 500), "book", {"text": "x" * 500}, "dict, 1 items"),
        (np.arange(900), "len(book)", 900, "list, 900 items"),
        ({"rows": pd.Series([1.5])}, "book", {"rows": [1.5]}, "dict, 1 items"),
        (Decimal("1.50"), "[book]", ["1.50"], "str"),
    ],
)  # fmt: skip
def test_a_variable_is_whole_whatever_it_is_made_of(book: Any, looked: str, seen: Any, told: str) -> None:
    lm = DummyLM([code(f"SUBMIT({looked})")])

    with context(lm=lm):
        prediction = RLM("book: Any -> answer: Any", interpreter_factory=Here)(book=book)

    assert prediction.answer == seen
    assert f"`book`: {told}, " in asked(lm, 0)


@pytest.mark.parametrize(
    ("book", "said"),
    [
        (object(), "The variable 'book' is a object, which cannot enter the sandbox"),
        ([len], "The variable 'book' is a list, which cannot enter the sandbox: .*builtin_function"),
    ],
)
def test_a_variable_of_which_code_would_see_a_few_words_is_refused(book: Any, said: str) -> None:
    with context(lm=DummyLM([])), pytest.raises(UsageError, match=said):
        RLM("book: Any -> answer", interpreter_factory=Here)(book=book)


@pytest.mark.parametrize(
    ("submitted", "said"),
    [
        ("SUBMIT(culprit='cook', page=7)", "culprit should be one of: butler, gardener, not 'cook'"),
        ("SUBMIT(culprit='butler', page='seven')", "page should be int, not 'seven'"),
        ("SUBMIT(culprit='butler')", "page is missing"),
        ("SUBMIT({'who': 'butler'})", "culprit is missing"),
        ("SUBMIT(None)", "culprit is missing; page is missing"),
    ],
)
def test_what_is_handed_in_wrong_is_told_to_the_code(submitted: str, said: str) -> None:
    lm = DummyLM([code(submitted), code("SUBMIT(culprit='butler', page='7')")])

    with context(lm=lm):
        prediction = RLM(Book, interpreter_factory=Here)(book="b", question="Who?")

    assert (prediction.culprit, prediction.page) == ("butler", 7)
    assert said in outputs(prediction)[0]
    assert said in asked(lm, 1)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("x = 1", "The code printed nothing"),
        ("", "There is no code in the reply"),
        ("while True:\n    pass", "Define again what is still needed"),
    ],
)
def test_what_goes_wrong_is_told_to_the_code(written: str, said: str) -> None:
    lm = DummyLM([code(written), code("SUBMIT(len(book))")])

    with context(lm=lm):
        prediction = rlm()(book="four", question="?")

    assert prediction.answer == 4
    assert said in asked(lm, 1)


def test_a_step_that_was_taken_before_is_told_so() -> None:
    lm = DummyLM([code("print(1)"), code("x = 2"), code("print(1)"), code("SUBMIT(1)")])

    with context(lm=lm):
        prediction = rlm()(book="b", question="?")

    assert outputs(prediction)[2].splitlines() == [
        "1", "(Step 1 did and brought the same. Do something else, or hand in the result.)",
    ]  # fmt: skip
    assert "(Step 1 did and brought the same." in asked(lm, 3)


def test_after_a_limit_the_variables_are_there_again(made: list[Here]) -> None:
    lm = DummyLM([code("book = 'changed'"), code("while True: pass"), code("SUBMIT(len(book))")])

    with context(lm=lm):
        assert rlm()(book="four", question="?").answer == 4

    assert made[0].starts == 2
    assert made[0].shutdowns == 1


def test_code_asks_a_model_one_prompt_or_many() -> None:
    written = "print(llm_query('is it?'))\nprint(llm_query_batched(['a', 'b', 'c']))"
    lm = answering(written, "SUBMIT(1)")

    with context(lm=lm):
        prediction = rlm()(book="b", question="?")

    assert outputs(prediction)[0] == "yes\n['yes', 'yes', 'yes']\n"
    prompts = [(request.messages or [{}])[0]["content"] for request in lm.requests if len(request.messages or []) == 1]
    assert prompts[0] == "is it?"
    assert sorted(prompts[1:]) == ["a", "b", "c"]


def test_another_model_may_answer_the_code(made: list[Here]) -> None:
    main, sub = answering("print(llm_query('is it?'))", "SUBMIT(1)"), FakeLM("no")

    with context(lm=main):
        prediction = rlm(sub_lm=sub)(book="b", question="?")

    assert outputs(prediction)[0] == "no\n"
    assert len(sub.requests) == 1
    assert len(main.requests) == 2


def test_the_model_of_the_program_answers_the_code_too() -> None:
    program, lm = rlm(), answering("print(llm_query('is it?'))", "SUBMIT(1)")
    program.set_lm(lm)

    assert outputs(program(book="b", question="?"))[0] == "yes\n"


def test_the_calls_are_counted_and_the_code_is_told_when_they_are_spent() -> None:
    written = "print(llm_query('a'))\nllm_query_batched(['b', 'c', 'd'])"
    lm = answering(written, "print(llm_query_batched(['b', 'c']))", "llm_query('e')", "SUBMIT(1)")

    with context(lm=lm):
        prediction = rlm(max_llm_calls=3)(book="b", question="?")

    assert (
        "3 more queries of a language model cannot be made: 1 of 3 are spent. Make at most 2" in outputs(prediction)[0]
    )
    assert outputs(prediction)[1] == "['yes', 'yes']\n"
    assert (
        "1 more query of a language model cannot be made: 3 of 3 are spent. Go on in Python" in outputs(prediction)[2]
    )
    assert len(lm.requests) == 4 + 3


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("llm_query(' ')", "the prompt is empty"),
        ("llm_query(3)", "llm_query cannot take prompt=3"),
        ("llm_query_batched('abc')", "llm_query_batched cannot take prompts='abc'"),
        ("print(llm_query_batched([]))", "[]\n"),
        ("llm_query()", "llm_query needs prompt"),
    ],
)
def test_a_prompt_that_is_none_is_told_to_the_code(written: str, said: str) -> None:
    with context(lm=answering(written, "SUBMIT(1)")):
        assert said in outputs(rlm()(book="b", question="?"))[0]


@pytest.mark.parametrize("failure", [ContextTooLong("too long"), LMUnavailable("not here")])
def test_a_query_that_fails_is_an_error_in_the_code_and_alone_in_its_batch(failure: Exception) -> None:
    def sub(request: Request) -> str:
        if "bad" in str(request.messages):
            raise failure
        return "fine"

    lm = answering("llm_query('bad')", "print(llm_query_batched(['a', 'bad', 'c']))", "SUBMIT(1)")
    with context(lm=lm):
        prediction = rlm(sub_lm=FakeLM(sub, num_retries=0))(book="b", question="?")

    assert str(failure) in outputs(prediction)[0]
    assert outputs(prediction)[1] == f"['fine', '[ERROR] {failure}', 'fine']\n"


@pytest.mark.parametrize("query", ["llm_query('a')", "llm_query_batched(['a', 'b'])"])
def test_a_limit_that_a_query_reaches_ends_the_program_whatever_the_code_does(query: str, made: list[Here]) -> None:
    lm = answering(f"try:\n    {query}\nexcept Exception:\n    print('went on')", "SUBMIT(1)")

    with context(lm=lm), spending(Budget(calls=1)), pytest.raises(BudgetExceeded):
        rlm()(book="b", question="?")

    assert made[0].shutdowns == 1


def test_queries_are_told_and_kept_like_every_call() -> None:
    lm = answering("print(llm_query('a'))", "SUBMIT(1)")
    heard: list[Replied] = []

    with events.listening(lambda one: heard.append(one) if isinstance(one, Replied) else None), context(lm=lm):
        rlm()(book="b", question="?")

    assert len(heard) == 3


def test_spent_steps_are_read_for_the_outputs() -> None:
    lm = DummyLM([code("print('the answer is', 40)"), code("print('or', 42)"), {"answer": 42}])

    with context(lm=lm):
        prediction = rlm(max_iters=2)(book="b", question="?")

    assert prediction.answer == 42
    assert outputs(prediction) == ["the answer is 40\n", "or 42\n"]
    assert prediction.final_reasoning == "The steps were spent, so the outputs were read from them."
    assert "the answer is 40" in asked(lm, 2)
    assert "[[ ## iteration ## ]]\n2/2" in asked(lm, 1)


def test_the_models_context_is_never_too_short_for_the_steps() -> None:
    """A model that reads 9,000 characters, of which the instruction takes some, takes forty steps that print 3,000."""
    shown: list[int] = []

    def answer(request: Request) -> str:
        size = len(str(request.messages))
        if size > 9_000:
            raise ContextTooLong(f"{size} characters")
        shown.append(size)
        number = len(shown)
        return chat_text(code("SUBMIT(42)" if number == 40 else f"print('{number} ' * 1500)"))

    lm = FakeLM(answer)
    with context(lm=lm):
        prediction = rlm(max_iters=40)(book="b" * 1_000_000, question="?")

    assert prediction.answer == 42
    assert len(shown) == 40
    assert "39 39 39" in asked(lm, -1)
    assert "older steps left out" in asked(lm, -1)
    assert len(lm.requests) < 50


def test_a_step_that_alone_is_too_long_loses_its_middle() -> None:
    def answer(request: Request) -> str:
        text = str(request.messages)
        if len(text) > 9_000:
            raise ContextTooLong
        return chat_text(code("SUBMIT(42)" if "Step 1" in text else "print('a' * 100_000)"))

    with context(lm=FakeLM(answer)):
        assert rlm(max_output_chars=50_000)(book="b", question="?").answer == 42


def test_an_instruction_that_does_not_fit_says_so() -> None:
    def answer(request: Request) -> str:
        raise ContextTooLong("The prompt has 900 tokens, and the model reads 512.")

    with context(lm=FakeLM(answer)), pytest.raises(ContextTooLong, match="900 tokens"):
        rlm()(book="b", question="?")


def test_tools_and_queries_stand_beside_each_other() -> None:
    async def price(name: str) -> int:
        """Look up a price."""
        return len(name)

    program = rlm(tools=[price])
    with context(lm=answering("print(price('four'), llm_query('a'))", "SUBMIT(1)")):
        prediction = program(book="b", question="?")

    assert outputs(prediction)[0] == "4 yes\n"
    assert "- `price(name: str) -> int`: Look up a price." in program.generate_action.signature.instructions
    assert list(program.tools) == ["price"]


def test_an_awaited_call_does_the_same(made: list[Here]) -> None:
    async def main() -> Any:
        with context(lm=answering("print(llm_query_batched(['a', 'b']))", "SUBMIT(len(book))")):
            return await rlm().acall(book="four", question="?")

    prediction = asyncio.run(main())

    assert prediction.answer == 4
    assert outputs(prediction)[0] == "['yes', 'yes']\n"
    assert threading.get_ident() not in made[0].threads
    assert made[0].shutdowns == 1


def test_a_cancelled_call_sends_no_more_of_its_batch() -> None:
    sent: list[str] = []
    began, go_on = threading.Event(), threading.Event()

    def sub(request: Request) -> str:
        sent.append(str(request.messages))
        began.set()
        go_on.wait(10)
        return "yes"

    async def main() -> None:
        with context(lm=answering("llm_query_batched(list('abcdefgh'))"), num_threads=2):
            task = asyncio.create_task(rlm(sub_lm=FakeLM(sub)).acall(book="b", question="?"))
            await asyncio.to_thread(began.wait, 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            go_on.set()
            await asyncio.sleep(0.2)

    asyncio.run(main())

    assert len(sent) <= 2


def test_a_call_may_say_which_interpreter(made: list[Here]) -> None:
    class Other(Here):
        pass

    with context(lm=DummyLM([code("SUBMIT(1)")])):
        rlm()(book="b", question="?", interpreter_factory=Other)

    assert [type(one) for one in made] == [Other]


def test_verbose_logs_each_step(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="nbdspy"), context(lm=DummyLM([code("SUBMIT(1)")])):
        rlm(verbose=True)(book="b", question="?")

    assert "Step 1" in caplog.text
    assert "SUBMIT(1)" in caplog.text


def test_inputs_are_checked_before_anything_is_asked() -> None:
    lm = DummyLM([code("SUBMIT(1)")])

    with context(lm=lm), pytest.raises(UsageError, match="The input 'question' is missing"):
        rlm()(book="b")
    with context(lm=lm), pytest.warns(UserWarning, match="has no input 'boook'"):
        rlm()(book="b", question="?", boook="c")

    assert len(lm.requests) == 1


def test_its_parts_have_dspys_names_and_fields() -> None:
    assert [(name, part.signature.signature) for name, part in rlm().named_predictors()] == [
        ("generate_action", "variables_info, repl_history, iteration -> reasoning, code"),
        ("extract", "variables_info, repl_history -> answer"),
    ]


def test_a_cell_is_read_as_the_inputs_of_its_signature() -> None:
    assert read_inputs(rlm(), "book: b\nquestion: Who?") == {"book": "b", "question": "Who?"}


def test_the_instruction_says_what_is_wanted() -> None:
    told = RLM(Book, max_llm_calls=7).generate_action.signature.instructions

    assert told.startswith("Find out who did it.")
    assert "- `culprit`: one of: butler, gardener, who it was\n- `page`: int" in told
    assert "`SUBMIT(culprit=…, page=…)`" in told
    assert "At most 7 prompts" in told


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: RLM("llm_query -> answer"), "'llm_query' is something else in the code"),
        (lambda: RLM("interpreter_factory -> answer"), "'interpreter_factory' is something else"),
        (lambda: RLM("question -> trajectory"), "'trajectory' is something else in the prediction"),
        (lambda: rlm(tools=[Tool(len, name="llm_query", args={})]), "cannot be called 'llm_query'"),
        (lambda: rlm(tools=[Tool(len, name="book", args={})]), "cannot be called 'book'"),
        (lambda: rlm(max_iters="many"), "max_iters cannot be 'many'"),
        (lambda: rlm(max_llm_calls="x"), "max_llm_calls cannot be 'x'"),
        (lambda: rlm(max_output_chars=-1), "max_output_chars cannot be -1"),
    ],
)
def test_what_it_cannot_be_made_with_is_refused_at_once(make: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make()


def test_what_is_no_model_is_refused_at_once() -> None:
    with pytest.raises(SettingsError, match=r"lm cannot be 'openai/gpt'\. Write lm=nbdspy\.LM\('openai/gpt'\)"):
        rlm(sub_lm="openai/gpt")
