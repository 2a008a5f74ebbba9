"""Several runs of a program, of which the best counts; with advice between them, and without."""

from __future__ import annotations

import asyncio
import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import nbdspy
from nbdspy.configuration import context
from nbdspy.data import Example, Prediction
from nbdspy.errors import BudgetExceeded, LMUnavailable, NothingLeft, ParseError, UsageError
from nbdspy.models import Budget, spending
from nbdspy.modules import BestOfN, ChainOfThought, Module, Predict, Refine, module
from nbdspy.modules.describing import code_of, code_of_program
from nbdspy.testing import DummyLM, FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.types import Tool, ToolCall

KINDS = (BestOfN, Refine)
both = pytest.mark.parametrize("kind", KINDS)


def length(inputs: dict[str, Any], prediction: Prediction) -> float:
    return float(len(prediction.answer))


def shortness(inputs: dict[str, Any], prediction: Prediction) -> float:
    return -length(inputs, prediction)


def shortest(inputs: dict[str, Any], prediction: Prediction, limit: int) -> bool:
    return len(prediction.answer) < limit


class Answers:
    """Answers one after another; an exception among them is raised. Advice is given where it is asked for."""

    def __init__(self, *answers: str | Exception, advice: str = "Be brief.") -> None:
        self._answers: Iterator[str | Exception] = iter(answers)
        self._advice = advice
        self.lm = FakeLM(self._said)

    def _said(self, request: Any) -> str:
        if is_feedback(request):
            return chat_text({"discussion": "Too long.", "advice": self._advice})
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer if answer.startswith("[[") or not answer else chat_text({"reasoning": "r", "answer": answer})

    @property
    def asked(self) -> list[Any]:
        """The requests of the program, without those for feedback."""
        return [request for request in self.lm.requests if not is_feedback(request)]


def is_feedback(request: Any) -> bool:
    return "reward_code" in str(request.messages)


def both_ways(program: Module, lm: Callable[[], Any], **inputs: Any) -> list[Any]:
    """What a call gives, and what an awaited one does."""
    with context(lm=lm()):
        called = program(**inputs)
    with context(lm=lm()):
        return [called, asyncio.run(program.acall(**inputs))]


@both
def test_the_highest_reward_wins_and_the_first_among_equals(kind: type[BestOfN]) -> None:
    program = kind("question -> answer", N=4, reward_fn=length, threshold=None)

    for found in both_ways(program, lambda: Answers("a", "ccc", "bbb", "dd").lm, question="?"):
        assert found.answer == "ccc"


@both
def test_the_threshold_ends_it(kind: type[BestOfN]) -> None:
    answers = Answers("a", "bb", "ccc")

    with context(lm=answers.lm):
        found = kind("question -> answer", N=3, reward_fn=length, threshold=2)(question="?")

    assert found.answer == "bb"
    assert len(answers.asked) == 2


@both
def test_every_run_is_another_rollout_at_temperature_1(kind: type[BestOfN]) -> None:
    answers = Answers("a", "a", "a")

    with context(lm=answers.lm):
        kind(Predict("question -> answer", temperature=0.2), N=3, reward_fn=length, threshold=9)(question="?")

    assert [(request.temperature, request.rollout_id) for request in answers.asked] == [(1.0, 0), (1.0, 1), (1.0, 2)]


def test_the_cache_answers_no_two_runs_alike_even_in_runs_of_runs() -> None:
    said: list[int | None] = []

    def answer(request: Any) -> str:
        said.append(request.rollout_id)
        return chat_text({"answer": "a"})

    inner = BestOfN("question -> answer", N=3, reward_fn=length, threshold=9)
    with context(lm=FakeLM(answer, cache=True)):
        BestOfN(inner, N=2, reward_fn=length, threshold=9)(question="?")

    assert said == [0, 1, 2, 3, 4, 5]


def test_a_model_with_a_rollout_of_its_own_starts_elsewhere() -> None:
    answers = Answers("a", "a")
    program = BestOfN("question -> answer", N=2, reward_fn=length, threshold=9)
    program.set_lm(answers.lm.copy(rollout_id=3, temperature=1.0))

    program(question="?")

    assert [request.rollout_id for request in answers.asked] == [6, 7]


@both
def test_the_program_stays_as_it_is(kind: type[BestOfN]) -> None:
    inner = Predict("question -> answer", temperature=0.2)
    inner.demos = [Example(question="q", answer="a")]
    program = kind(inner, N=2, reward_fn=length, threshold=9)
    before = program.dump_state()

    with context(lm=Answers("a", "b").lm):
        program(question="?")

    assert program.module is inner
    assert program.dump_state() == before
    assert inner.config == {"temperature": 0.2}


@both
def test_the_trace_holds_the_winners_steps_by_the_programs_own_predictors(kind: type[BestOfN]) -> None:
    inner = ChainOfThought("question -> answer")
    judge = Predict("answer -> verdict")

    def reward(inputs: Any, prediction: Any) -> float:
        judge(answer=prediction.answer)
        return length(inputs, prediction)

    def said(request: Any) -> str:
        if "verdict" in str(request.messages):
            return chat_text({"verdict": "fine"})
        if is_feedback(request):
            return chat_text({"discussion": "d", "advice": "Write more."})
        return chat_text({"reasoning": "r", "answer": "a" * (1 + (request.rollout_id == 1))})

    program = kind(inner, N=3, reward_fn=reward, threshold=9)
    with context(lm=FakeLM(said), trace=[]):
        program(question="?")
        ((predictor, given, prediction),) = nbdspy.settings.trace

    assert predictor is inner.predict
    assert dict(given) == {"question": "?"}
    assert prediction.answer == "aa"


def test_a_program_inside_of_it_can_be_bootstrapped() -> None:
    program = BestOfN("question -> answer", N=2, reward_fn=length, threshold=9)
    trainset = [Example(question="Why?", answer="bb").with_inputs("question")]
    answers = Answers("a", "bb")

    with context(lm=answers.lm):
        result = nbdspy.BootstrapFewShot(metric="exact_match", max_labeled_demos=0).run(program, trainset=trainset)

    assert [demo.answer for demo in result.best.module.demos] == ["bb"]


@both
@pytest.mark.parametrize("way", ["def", "async def", "partial", "object", "module"])
def test_a_reward_may_be_anything_that_is_called(kind: type[BestOfN], way: str) -> None:
    async def awaited(inputs: dict[str, Any], prediction: Prediction) -> float:
        await asyncio.sleep(0)
        return length(inputs, prediction)

    class Counting:
        def __call__(self, inputs: dict[str, Any], prediction: Prediction) -> float:
            return length(inputs, prediction)

    class Judging(Module):
        def __init__(self) -> None:
            self.unused = Predict("a -> b")

        def forward(self, inputs: dict[str, Any], prediction: Prediction) -> Prediction:
            return Prediction(score=length(inputs, prediction))

    def weighted(weight: float, inputs: dict[str, Any], prediction: Prediction) -> float:
        return weight * length(inputs, prediction)

    rewards: dict[str, Any] = {
        "def": length, "async def": awaited, "partial": functools.partial(weighted, 1.0), "object": Counting(),
        "module": Judging(),
    }  # fmt: skip
    program = kind("question -> answer", N=2, reward_fn=rewards[way], threshold=9)

    assert [name for name, _ in program.named_predictors()] == ["module"]
    for found in both_ways(program, lambda: Answers("a", "bb").lm, question="?"):
        assert found.answer == "bb"


def test_the_reward_gets_the_inputs_and_cannot_change_them() -> None:
    seen: list[dict[str, Any]] = []

    def reward(inputs: dict[str, Any], prediction: Prediction) -> bool:
        seen.append(dict(inputs))
        inputs.clear()
        return False

    with context(lm=Answers("a", "b").lm):
        BestOfN("question -> answer", N=2, reward_fn=reward, threshold=1.0)(question="?")

    assert seen == [{"question": "?"}, {"question": "?"}]


@both
@pytest.mark.parametrize(
    ("reward", "message"),
    [
        (None, r"The reward function mine returned None\. Does it lack a `return`\?"),
        (math.nan, r"mine returned nan\. Return a number"),
        ("0.5", r"mine returned '0\.5'"),
        ([1], r"mine returned \[1\]"),
    ],
)
def test_a_reward_that_is_no_number_stops_at_once(kind: type[BestOfN], reward: Any, message: str) -> None:
    def mine(inputs: Any, prediction: Any) -> Any:
        return reward

    answers = Answers("a", "b", "c")
    with context(lm=answers.lm), pytest.raises(UsageError, match=message):
        kind("question -> answer", N=3, reward_fn=mine, threshold=1.0)(question="?")

    assert len(answers.asked) == 1


def test_a_bool_and_infinity_are_numbers() -> None:
    rewards = iter([-math.inf, True, math.inf])
    with context(lm=Answers("a", "b", "c").lm):
        found = BestOfN("question -> answer", N=3, reward_fn=lambda *_: next(rewards), threshold=None)(question="?")

    assert found.answer == "c"


@both
def test_a_run_that_fails_does_not_count(kind: type[BestOfN]) -> None:
    program = kind("question -> answer", N=3, reward_fn=length, threshold=9)

    for found in both_ways(program, lambda: Answers(LMUnavailable("gone"), "bb", "a").lm, question="?"):
        assert found.answer == "bb"


@both
def test_a_reward_that_raises_is_a_run_that_fails(kind: type[BestOfN]) -> None:
    def reward(inputs: Any, prediction: Any) -> float:
        return 1 / (len(prediction.answer) - 1)

    with context(lm=Answers("a", "bb").lm):
        assert kind("question -> answer", N=2, reward_fn=reward, threshold=9)(question="?").answer == "bb"


@both
def test_when_every_run_fails_the_last_error_is_raised(kind: type[BestOfN]) -> None:
    failing = [LMUnavailable("one"), LMUnavailable("two")]
    with context(lm=Answers(*failing).lm), pytest.raises(LMUnavailable, match="two") as caught:
        kind("question -> answer", N=2, reward_fn=length, threshold=9)(question="?")

    assert "This was run 2 of 2, and failure 2." in caught.value.lines()


@both
@pytest.mark.parametrize("allowed", [0, 1, 2])
def test_one_failure_too_many_is_raised(kind: type[BestOfN], allowed: int) -> None:
    program = kind("question -> answer", N=5, reward_fn=length, threshold=9, fail_count=allowed)

    for _ in range(2):  # what is allowed is not used up by calls
        answers = Answers(*[LMUnavailable(str(number)) for number in range(5)])
        with context(lm=answers.lm), pytest.raises(LMUnavailable, match=f"^{allowed}"):
            program(question="?")
        assert len(answers.asked) == allowed + 1


def test_a_reply_that_cannot_be_read_is_a_run_that_fails() -> None:
    with context(lm=Answers("", "", "bb").lm), pytest.raises(ParseError):
        BestOfN("question -> answer", N=1, reward_fn=length, threshold=9)(question="?")


@both
def test_a_limit_that_is_reached_ends_it_at_once(kind: type[BestOfN]) -> None:
    answers = Answers("a", "b", "c")
    with context(lm=answers.lm), spending(Budget(calls=1)), pytest.raises(BudgetExceeded):
        kind("question -> answer", N=3, reward_fn=length, threshold=9)(question="?")

    assert len(answers.asked) == 1


@pytest.mark.parametrize("ending", [NothingLeft("Pay."), UsageError("Mend it.")])
@both
def test_what_would_meet_every_run_ends_it_at_once(kind: type[BestOfN], ending: Exception) -> None:
    runs = []

    def fails(inputs: Any, prediction: Any) -> float:
        runs.append(prediction.answer)
        raise ending

    with context(lm=Answers("a", "b").lm), pytest.raises(type(ending)):
        kind("question -> answer", N=2, reward_fn=fails, threshold=9)(question="?")

    assert runs == ["a"]


@both
def test_arguments_that_a_model_wrote_and_no_tool_takes_are_a_run_that_fails(kind: type[BestOfN]) -> None:
    double = Tool(lambda number: 2 * number, name="double", arg_types={"number": int})

    class Doubles(Module):
        def __init__(self) -> None:
            self.ask = Predict("question -> answer")

        def forward(self, question: str) -> Prediction:
            said = self.ask(question=question).answer
            called = {"name": "double", "args": {"number": said}} if said != "no" else {"name": "halve"}
            return Prediction(answer=str(ToolCall.model_validate(called).execute([double])))

    with context(lm=Answers("many", "no", "21").lm):
        assert kind(Doubles(), N=3, reward_fn=length, threshold=2)(question="?").answer == "42"


@both
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"N": 0}, "N cannot be 0"),
        ({"N": True}, "N cannot be True"),
        ({"threshold": "0.5"}, "threshold cannot be '0.5'"),
        ({"threshold": float("nan")}, "threshold cannot be nan"),
        ({"fail_count": -1}, "fail_count cannot be -1"),
        ({"reward_fn": 3}, "The reward is 3"),
        ({"reward_fn": lambda answer: 1.0}, r"<lambda> cannot be called with \(inputs, prediction\): too many"),
        ({"reward_fn": shortest}, r"shortest cannot be called .*'limit'\. Write def shortest\(inputs, prediction\)"),
        ({"fail_count": "2"}, "fail_count cannot be '2'"),
        ({"fail_count": True}, "fail_count cannot be True"),
        ({"module": 3}, "3 is an int, not a program"),
    ],
)
def test_what_cannot_be_run_says_so(kind: type[BestOfN], arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        kind(**{"module": "question -> answer", "N": 2, "reward_fn": length, "threshold": 1, **arguments})


class Two(Module):
    """Drafts, then shortens."""

    def __init__(self) -> None:
        self.draft = ChainOfThought("question -> answer")
        self.cut = Predict("answer -> short")

    def forward(self, question: str) -> Prediction:
        return Prediction(answer=self.cut(answer=self.draft(question=question).answer).short)


def two(advice: str) -> FakeLM:
    def said(request: Any) -> str:
        if is_feedback(request):
            return chat_text({"discussion": "d", "advice": advice})
        return chat_text({"reasoning": "r", "answer": "long answer", "short": "short"})

    return FakeLM(said)


class TestAdvice:
    def test_who_needs_it_gets_it_and_nobody_else(self) -> None:
        lm = two('{"draft.predict": "N/A", "cut": "Cut more.", "nobody": "Hm."}')

        with context(lm=lm):
            Refine(Two(), N=2, reward_fn=shortness, threshold=0)(question="?")

        hinted = [request for request in lm.requests if "hint_" in str(request.messages)]
        assert [request.messages[-1]["content"] for request in hinted] == [lm.requests[-1].messages[-1]["content"]]
        assert "[[ ## hint_ ## ]]\nCut more." in hinted[0].messages[-1]["content"]

    @pytest.mark.parametrize("advice", ["n/a.", "None"])
    def test_advice_that_says_nothing_is_not_given(self, advice: str) -> None:
        answers = Answers("aa", "a", advice=advice)

        with context(lm=answers.lm):
            Refine("question -> answer", N=2, reward_fn=shortness, threshold=0)(question="?")

        assert "hint_" not in str(answers.asked[-1].messages)

    def test_the_only_predictor_is_advised_in_plain_text(self) -> None:
        answers = Answers("aa", "a")

        with context(lm=answers.lm):
            Refine("question -> answer", N=2, reward_fn=shortness, threshold=0)(question="?")

        assert "[[ ## hint_ ## ]]\nBe brief." in answers.asked[-1].messages[-1]["content"]

    def test_demos_stay_whole_beside_a_hint(self) -> None:
        predictor = Predict("question -> answer")
        predictor.demos = [Example(question="Q1", answer="A1"), {"question": "Q2", "answer": "A2"}]
        answers = Answers("aa", "a")

        with context(lm=answers.lm):
            Refine(predictor, N=2, reward_fn=shortness, threshold=0)(question="?")

        first, last = (
            [message["content"].split("\n\n[[ ## hint_")[0] for message in request.messages[1:-1]]
            for request in answers.asked
        )
        assert first == last
        assert len(first) == 4

    def test_what_the_model_reads(self) -> None:
        lm = two('{"cut": "Cut more."}')

        with context(lm=lm):
            Refine(Two(), N=2, reward_fn=shortness, threshold=0.5)(question="Why so?")

        (asked,) = [request for request in lm.requests if is_feedback(request)]
        text = asked.messages[-1]["content"]
        for part in (
            "class Two(Module):\n", "draft.predict:", "Why so?", "long answer", "return -length(inputs, prediction)",
            "-5.0", "0.5",
        ):  # fmt: skip
            assert part in text
        assert [asked.temperature, asked.rollout_id] == [None, None]

    def test_it_is_asked_of_the_programs_own_model_where_none_is_configured(self) -> None:
        answers = Answers("aa", "a")
        program = Refine("question -> answer", N=2, reward_fn=shortness, threshold=0)
        program.set_lm(answers.lm)

        program(question="?")

        assert sum(map(is_feedback, answers.lm.requests)) == 1

    def test_advice_that_fails_is_a_failure_and_the_next_run_goes_without(self) -> None:
        lm = two("no dictionary")
        program = Refine(Two(), N=2, reward_fn=shortness, threshold=0)

        with context(lm=lm):
            with pytest.warns(UserWarning, match="no advice could be read in 1 of 1 rounds"):
                assert program(question="?").answer == "short"
            program.fail_count = 0
            with pytest.raises(ParseError):
                program(question="?")
        assert "hint_" not in str(lm.requests[-1].messages)

    def test_one_warning_says_that_nothing_was_refined(self) -> None:
        program = Refine(Two(), N=3, reward_fn=shortness, threshold=0)

        with context(lm=two("no dictionary")), pytest.warns(UserWarning, match="in 2 of 2 rounds") as told:
            program(question="?")

        assert len(told) == 1

    def test_no_advice_is_asked_for_after_the_last_run(self) -> None:
        answers = Answers("aa")

        with context(lm=answers.lm):
            Refine("question -> answer", N=1, reward_fn=shortness, threshold=0)(question="?")

        assert len(answers.lm.requests) == 1


class TestWhatIsKnownOfCode:
    def test_a_function_and_a_class_are_told_as_they_were_typed(self) -> None:
        assert code_of(shortness).startswith("def shortness(inputs: dict[str, Any]")
        assert code_of(Two).startswith("class Two(Module):\n")

    def test_a_lambda_is_told_by_its_line_and_a_partial_by_its_function(self) -> None:
        rewards = [lambda inputs, prediction: 42.0]

        assert code_of(rewards[0]) == "rewards = [lambda inputs, prediction: 42.0]"
        assert code_of(functools.partial(shortness)) == code_of(shortness)

    def test_what_was_never_typed_is_named(self) -> None:
        scope: dict[str, Any] = {}
        exec("def made(inputs, prediction):\n    'Rewards.'\n    return 1", scope)

        assert code_of(scope["made"]) == "made: Rewards."

    def test_a_cells_program_is_told_by_its_cell(self) -> None:
        text = 'answer = Predict("question -> answer")\n\ndef forward(question):\n    return answer(question=question)'

        assert code_of_program(module(text, scope={"__name__": "__main__"})) == text

    def test_our_own_modules_are_told_in_a_line_and_a_users_parts_in_full(self) -> None:
        class Outer(Module):
            def __init__(self) -> None:
                self.inner = Two()

            def forward(self, question: str) -> Any:
                return self.inner(question=question)

        assert code_of_program(ChainOfThought("a -> b")).startswith("ChainOfThought: A predictor whose signature")
        text = code_of_program(Outer())
        assert text.startswith("class Outer(Module):\n")
        assert "class Two(Module):" in text
        assert "class ChainOfThought" not in text


def test_a_dummy_model_is_enough_to_learn_it() -> None:
    lm = DummyLM([{"answer": "It is Brussels."}, {"answer": "Brussels"}, {"answer": "never asked"}])
    with context(lm=lm):
        found = BestOfN("question -> answer", N=3, reward_fn=shortness, threshold=-8)(question="The capital?")

    assert found.answer == "Brussels"
