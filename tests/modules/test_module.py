"""Programs made of parts."""

from __future__ import annotations

import asyncio
import copy
import threading
from typing import Any

import pytest

from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import UsageError
from nbdspy.modules import ChainOfThought, Module, Predict, as_program, program_name
from nbdspy.signatures import InputField, OutputField, Signature
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.types import Reasoning


def answers(text: str = "42") -> FakeLM:
    return FakeLM(lambda request: chat_text({"reasoning": "r", "answer": text}))


class Parts(Module):
    """The program of the peer's reference, with paths of every kind."""

    def __init__(self) -> None:
        self.gen = ChainOfThought("context, question -> answer")
        self.hops = [Predict("question -> query"), ChainOfThought("question -> query")]
        self.by = {"judge": Predict("answer -> ok"), 7: Predict("answer -> ok")}
        self.pair = (Predict("a -> b"),)
        self.again = self.gen
        self.k = 3


class Ask(Module):
    def __init__(self) -> None:
        self.answer = Predict("question -> answer")

    def forward(self, question: str) -> Any:
        return self.answer(question=question)


class AskAsync(Module):
    def __init__(self) -> None:
        self.answer = Predict("question -> answer")

    async def forward(self, question: str) -> Any:
        return await self.answer.acall(question=question)


@pytest.mark.parametrize(
    "make", [Ask, AskAsync, lambda: Predict("question -> answer"), lambda: ChainOfThought("question -> answer")]
)
@pytest.mark.parametrize("name", ["forward", "aforward"])
def test_a_flow_set_on_one_program_is_what_its_calls_do(make: Any, name: str) -> None:
    async def awaited(question: str) -> str:
        return f"awaited {question}"

    for flow, answer in ((lambda question: f"plain {question}", "plain why"), (awaited, "awaited why")):
        program = make()
        setattr(program, name, flow)

        assert program(question="why") == answer
        assert asyncio.run(program.acall(question="why")) == answer
        assert program.deepcopy()(question="why") == answer


def test_a_flow_can_be_wrapped_around_the_programs_own() -> None:
    program = Predict("question -> answer")
    own = program.forward
    program.forward = lambda **inputs: f"<{own(**inputs).answer}>"

    with context(lm=answers()):
        assert (program(question="?"), asyncio.run(program.acall(question="?"))) == ("<42>", "<42>")


def test_paths_are_the_peers() -> None:
    assert [name for name, _ in Parts().named_predictors()] == [
        "gen.predict",
        "hops[0]",
        "hops[1].predict",
        "by['judge']",
        "by['7']",
        "pair[0]",
    ]


def test_a_bare_predictor_is_called_self() -> None:
    ask = Predict("question -> answer")

    assert ask.named_predictors() == [("self", ask)]


def test_a_shared_part_is_listed_once() -> None:
    program = Parts()

    assert program.again is program.gen
    assert sum(predictor is program.gen.predict for predictor in program.predictors()) == 1


def test_sub_modules_come_with_their_paths() -> None:
    program = Parts()

    found = dict(program.named_sub_modules())

    assert found["self"] is program
    assert found["gen"] is program.gen
    assert found["hops[1]"] is program.hops[1]


def test_a_program_that_holds_itself_is_walked_once() -> None:
    program = Ask()
    program.parent = program  # type: ignore[attr-defined]

    assert [name for name, _ in program.named_predictors()] == ["answer"]
    assert program.deepcopy().parent is not program  # type: ignore[attr-defined]


def test_a_copy_has_demos_of_its_own_and_shares_its_model() -> None:
    program, lm = Ask(), answers()
    program.set_lm(lm)
    program.answer.demos = [Example(question="a", answer="b")]

    twin = program.deepcopy()
    twin.answer.demos.append(Example(question="c", answer="d"))
    twin.answer.demos[0]["answer"] = "changed"
    twin.answer.config["temperature"] = 1.0

    assert twin.answer.lm is lm
    assert program.answer.demos == [Example(question="a", answer="b")]
    assert program.answer.config == {}


def test_the_copy_modules_way_is_the_same() -> None:
    program, lm = Ask(), answers()
    program.set_lm(lm)

    (twin,) = copy.deepcopy([program])

    assert twin.answer is not program.answer
    assert twin.answer.lm is lm


def test_parts_that_were_shared_stay_shared_in_the_copy() -> None:
    program = Parts()
    program.more = program.hops  # type: ignore[attr-defined]

    twin = program.deepcopy()

    assert twin.again is twin.gen
    assert twin.more is twin.hops  # type: ignore[attr-defined]


def test_what_cannot_be_copied_is_shared() -> None:
    program = Ask()
    program.lock = threading.Lock()  # type: ignore[attr-defined]
    program.mixed = [threading.Lock(), Predict("a -> b")]  # type: ignore[attr-defined]

    twin = program.deepcopy()

    assert twin.lock is program.lock  # type: ignore[attr-defined]
    assert twin.mixed[1] is not program.mixed[1]  # type: ignore[attr-defined]


def test_a_functions_own_part_is_the_copys() -> None:
    class Picks(Module):
        def __init__(self) -> None:
            self.answer = Predict("question -> answer")
            self.pick = lambda question, *, times=1: [self.answer(question=question) for _ in range(times)]

        def forward(self, question: str) -> Any:
            return self.pick(question, times=2)

    lm, program = answers(), Picks()
    twin = program.deepcopy()
    twin.answer.demos = [Example(question="DEMO", answer="x")]

    with context(lm=lm):
        assert len(twin(question="Why?")) == 2
        program(question="Why?")

    assert ["DEMO" in str(request.messages) for request in lm.requests] == [True, True, False, False]


def test_a_reset_copy_has_neither_demos_nor_models() -> None:
    program = Ask()
    program.set_lm(answers())
    program.answer.demos = [Example(question="a", answer="b")]

    twin = program.reset_copy()

    assert (twin.answer.demos, twin.answer.lm) == ([], None)
    assert len(program.answer.demos) == 1


def test_one_model_is_told_and_several_are_named() -> None:
    program, lm = Parts(), answers()
    assert program.get_lm() is None

    program.set_lm(lm)
    assert program.get_lm() is lm

    program.gen.predict.lm = FakeLM(lambda request: "", model="other")
    with pytest.raises(UsageError, match=r"Parts uses several models: .*other.*fake"):
        program.get_lm()


def test_a_subclass_needs_no_super_init() -> None:
    with context(lm=answers()):
        assert Ask()(question="Why?").answer == Ask()("Why?").answer == "42"


def test_an_async_forward_is_called_like_any_other() -> None:
    with context(lm=answers()):
        assert AskAsync()(question="Why?").answer == "42"


def test_an_async_forward_is_called_synchronously_while_a_loop_runs() -> None:
    async def cell() -> Any:
        return AskAsync()(question="Why?").answer

    with context(lm=answers()):
        assert asyncio.run(cell()) == "42"


@pytest.mark.parametrize("program", [Ask(), AskAsync(), ChainOfThought("question -> answer")])
def test_every_program_can_be_awaited(program: Module) -> None:
    async def cell() -> list[Any]:
        return await asyncio.gather(*(program.acall(question="Why?") for _ in range(3)))

    with context(lm=answers(), trace=[]):
        assert [prediction.answer for prediction in asyncio.run(cell())] == ["42"] * 3


def test_a_forward_that_hands_out_a_coroutine_is_awaited_to_its_end() -> None:
    class Hands(Ask):
        def forward(self, question: str) -> Any:
            return self.answer.acall(question=question)

    with context(lm=answers()):
        assert Hands()(question="Why?").answer == "42"
        assert asyncio.run(Hands().acall(question="Why?")).answer == "42"


def test_what_a_subclass_wrote_goes_before_what_it_inherits() -> None:
    class Shouts(ChainOfThought):
        def forward(self, **inputs: Any) -> Any:
            return super().forward(**inputs).answer.upper()

    class Whispers(ChainOfThought):
        async def aforward(self, **inputs: Any) -> Any:
            return (await super().aforward(**inputs)).answer.lower()

    with context(lm=answers("Yes")):
        assert Shouts("question -> answer")(question="x") == "YES"
        assert asyncio.run(Shouts("question -> answer").acall(question="x")) == "YES"
        assert Whispers("question -> answer")(question="x") == "yes"
        assert asyncio.run(Whispers("question -> answer").acall(question="x")) == "yes"


def test_a_program_without_forward_says_so() -> None:
    with pytest.raises(UsageError, match=r"Parts has no forward. Define `def forward"):
        Parts()(question="Why?")


def test_reasoning_comes_before_all_other_outputs() -> None:
    signature = ChainOfThought("question -> first, second").predict.signature

    assert list(signature.output_fields) == ["reasoning", "first", "second"]


def test_the_rationale_may_be_another_field_and_the_config_goes_to_the_predictor() -> None:
    program = ChainOfThought("question -> answer", rationale_field=OutputField("think aloud"), temperature=0.5)

    assert program.predict.signature.output_fields["reasoning"].description == "think aloud"
    assert program.predict.config == {"temperature": 0.5}


def test_the_reasoning_of_a_signature_class_leaves_the_class_alone() -> None:
    class Question(Signature):
        """Answer it."""

        question: str = InputField()
        answer: str = OutputField()

    ChainOfThought(Question)

    assert "reasoning" not in Question.output_fields


def test_a_signature_becomes_a_program_and_a_program_stays_one() -> None:
    program = Ask()

    assert as_program(program) is program
    assert isinstance(as_program("question -> answer"), Predict)
    assert isinstance(as_program(Predict("question -> answer").signature), Predict)


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (42, "42 is an int, not a program. Give a module or a signature."),
        (None, "None is a NoneType, not a program."),
        (Ask, r"Ask is a class, not a program. Make one: Ask\(...\)."),
    ],
)
def test_anything_else_is_no_program(thing: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        as_program(thing)


def test_programs_are_called_what_people_call_them() -> None:
    class Intent(Signature):
        """Name it."""

        request: str = InputField()
        intent: str = OutputField()

    assert program_name(Intent) == program_name(Predict(Intent)) == "Intent"
    assert program_name(Ask()) == "Ask"
    assert program_name(Predict("q -> a")) == program_name(Signature("q -> a")) == "q -> a"


def test_a_program_shows_its_predictors() -> None:
    assert repr(Ask()) == "Ask(\n  answer: question -> answer\n)"
    assert repr(Module()) == "Module()"


def test_the_thoughts_of_a_chain_of_thought_may_be_of_another_type() -> None:
    program = ChainOfThought("question -> answer", rationale_field_type=Reasoning)

    assert program.predict.signature.output_fields["reasoning"].type is Reasoning


class TestWhatIsLearned:
    def test_predictors_can_be_put_in_the_places_of_others(self) -> None:
        class Many(Module):
            def __init__(self) -> None:
                self.one = Predict("a -> b")
                self.same = self.one
                self.listed = [Predict("c -> d"), (Predict("e -> f"),)]
                self.named = {"judge": ChainOfThought("g -> h")}

        program = Many()
        seen: list[Predict] = []

        def longer(predictor: Predict) -> Predict:
            seen.append(predictor)
            return Predict(predictor.signature.with_instructions("Think."))

        assert program.map_named_predictors(longer) is program
        assert len(seen) == 4
        assert program.one is program.same
        assert {predictor.signature.instructions for predictor in program.predictors()} == {"Think."}
        assert program.named_parameters() == program.named_predictors()
        assert program.parameters() == program.predictors()
        assert [name for name, _ in program.named_sub_modules(ChainOfThought)] == ["named['judge']"]

    def test_a_predictor_has_no_place_of_its_own(self) -> None:
        with pytest.raises(UsageError, match="cannot take its own place"):
            Predict("a -> b").map_named_predictors(lambda predictor: predictor)

    def test_what_is_sent_with_each_request_can_be_changed(self) -> None:
        predictor = Predict("a -> b", n=2)

        predictor.update_config(temperature=0.5)

        assert predictor.get_config() == {"n": 2, "temperature": 0.5}
