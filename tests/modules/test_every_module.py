"""What every module can do, for each of them: a new one joins by a line in CASES."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import nbdspy
from nbdspy import events
from nbdspy.configuration import context
from nbdspy.data import Example, Prediction
from nbdspy.errors import LMUnavailable, UsageError
from nbdspy.events import SpanEnded, SpanStarted
from nbdspy.modules import (
    RLM,
    BestOfN,
    ChainOfThought,
    CodeAct,
    Module,
    MultiChainComparison,
    Parallel,
    Predict,
    ProgramOfThought,
    ReAct,
    ReActV2,
    Refine,
    module,
)
from nbdspy.modules.folder import load
from nbdspy.modules.stepwise import Stepwise
from nbdspy.observe import BaseCallback
from nbdspy.runtime import Run, Steps
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

from .here import Here

SAID = {"reasoning": "r", "rationale": "r", "answer": "42", "query": "q", "discussion": "d", "advice": "{}"}
"""What the model says to everything; a field that nobody asked for is passed over."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A module, how it is called, the paths of its predictors, and those of the steps of a call in their order.

    `says` is what the model says, where the module needs other fields than those of SAID.
    """

    make: Callable[[], Any]
    paths: Sequence[str]
    steps: Sequence[str]
    inputs: Mapping[str, Any] = field(default_factory=lambda: {"question": "Why?"})
    says: Mapping[str, Any] = field(default_factory=dict)

    def lm(self) -> FakeLM:
        return FakeLM(lambda request: chat_text({**SAID, **self.says}))


def reward(inputs: dict[str, Any], prediction: Prediction) -> float:
    return float(len(prediction.answer))


def search(query: str) -> str:
    """Look it up."""
    return query


class TwoSteps(Stepwise):
    """A program of the user's own, written as steps."""

    def __init__(self) -> None:
        self.look = Predict("question -> query")
        self.answers = [ChainOfThought("question, query -> answer")]

    def steps(self, question: str) -> Steps[Any]:
        found = yield Run(self.look, {"question": question})
        return (yield Run(self.answers[0], {"question": question, "query": found.query}))


class Awaiting(Module):
    """A program of the user's own, async only."""

    def __init__(self) -> None:
        self.by = {"first": Predict("question -> answer")}

    async def forward(self, question: str) -> Any:
        return await self.by["first"].acall(question=question)


class SideBySide(Module):
    """A program of the user's own that runs its parts side by side."""

    def __init__(self) -> None:
        self.parallel = Parallel(num_threads=2)
        self.ask = Predict("question -> answer")

    def forward(self, question: str) -> Any:
        return self.parallel([(self.ask, {"question": question}), (self.ask, {"question": question})])[0]


CELL = """
class Inner(Module):
    def __init__(self):
        self.ask = Predict("question -> answer")

    def forward(self, question):
        return self.ask(question=question)

inner = Inner()
answer = ChainOfThought("question -> answer")

def forward(question):
    return answer(question=inner(question=question).answer)
"""
ATTEMPTS = [{"reasoning": "r", "answer": "1"}, {"reasoning": "r", "answer": "2"}]

CASES = {
    "Predict": Case(make=lambda: Predict("question -> answer"), paths=["self"], steps=["self"]),
    "ChainOfThought": Case(make=lambda: ChainOfThought("question -> answer"), paths=["predict"], steps=["predict"]),
    "MultiChainComparison": Case(
        make=lambda: MultiChainComparison("question -> answer", M=2), paths=["predict"], steps=["predict"],
        inputs={"question": "Why?", "completions": ATTEMPTS},
    ),
    "BestOfN": Case(
        make=lambda: BestOfN(TwoSteps(), N=2, reward_fn=reward, threshold=9),
        paths=["module.look", "module.answers[0].predict"], steps=["module.look", "module.answers[0].predict"],
    ),
    "Refine": Case(
        make=lambda: Refine(ChainOfThought("question -> answer"), N=3, reward_fn=reward, threshold=9),
        paths=["module.predict"], steps=["module.predict"], says={"advice": "Write more."},
    ),
    "ReAct": Case(
        make=lambda: ReAct("question -> answer", tools=[search]), paths=["react", "extract.predict"],
        steps=["react", "extract.predict"],
        says={"next_thought": "I know.", "next_tool_name": "finish", "next_tool_args": "{}"},
    ),
    "ReActV2": Case(
        make=lambda: ReActV2("question -> answer", tools=[search]), paths=["react"], steps=["react"],
        says={"next_thought": "I know.", "tool_calls": '[{"name": "submit", "args": {"answer": "42"}}]'},
    ),
    "ProgramOfThought": Case(
        make=lambda: ProgramOfThought("question -> answer", interpreter_factory=Here),
        paths=["code_generate.predict", "code_regenerate.predict", "generate_output.predict"],
        steps=["code_generate.predict", "generate_output.predict"], says={"generated_code": "print(42)"},
    ),
    "CodeAct": Case(
        make=lambda: CodeAct("question -> answer", tools=[search], interpreter_factory=Here),
        paths=["codeact", "extractor.predict"], steps=["codeact", "extractor.predict"],
        says={"generated_code": "print(42)", "finished": "True"},
    ),
    "RLM": Case(
        make=lambda: RLM("question -> answer", interpreter_factory=Here),
        paths=["generate_action", "extract"], steps=["generate_action"], says={"code": "SUBMIT(answer='42')"},
    ),
    "a program in steps": Case(
        make=TwoSteps, paths=["look", "answers[0].predict"], steps=["look", "answers[0].predict"]
    ),
    "an async program": Case(make=Awaiting, paths=["by['first']"], steps=["by['first']"]),
    "a program side by side": Case(make=SideBySide, paths=["ask"], steps=["ask", "ask"]),
    "a cell's program": Case(
        make=lambda: module(CELL, name="Cell", scope={"__name__": "__main__"}),
        paths=["inner.ask", "answer.predict"], steps=["inner.ask", "answer.predict"],
    ),
}  # fmt: skip

every = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def ways(program: Any, case: Case) -> list[Any]:
    """What a call gives, and what an awaited one gives."""
    return [program(**case.inputs), asyncio.run(program.acall(**case.inputs))]


def test_every_module_of_nbdspy_is_here() -> None:
    public = [getattr(nbdspy, name) for name in nbdspy.__all__]
    modules = {made for made in public if isinstance(made, type) and issubclass(made, Module)}

    asks_nobody = {Module, nbdspy.Retrieve}
    assert modules - asks_nobody <= {type(case.make()) for case in CASES.values()}


@every
def test_its_predictors_are_found_by_their_paths(case: Case) -> None:
    program = case.make()

    assert [path for path, _ in program.named_predictors()] == list(case.paths)
    assert program.predictors() == [predictor for _, predictor in program.named_predictors()]
    assert program.named_parameters() == program.named_predictors()
    assert program.parameters() == program.predictors()


@every
def test_its_sub_modules_are_found(case: Case) -> None:
    program = case.make()
    found = dict(program.named_sub_modules())

    assert next(iter(found.items())) == ("self", program)
    assert found.keys() >= set(case.paths)
    assert [path for path, _ in program.named_sub_modules(Predict)] == list(case.paths)


@every
def test_called_and_awaited_it_answers_the_same(case: Case) -> None:
    with context(lm=case.lm()):
        called, awaited = ways(case.make(), case)

    assert called.answer == "42"
    assert vars(called) == vars(awaited)


@every
def test_a_model_of_its_own_is_all_it_asks(case: Case) -> None:
    program, lm = case.make(), case.lm()
    program.set_lm(lm)

    with context(lm=None):
        ways(program, case)

    assert program.get_lm() is lm
    assert len(lm.requests) >= 2 * len(case.steps)
    program.set_lm(None)
    assert program.get_lm() is None


@every
def test_a_copy_has_demos_of_its_own_and_shares_its_model(case: Case) -> None:
    program, lm = case.make(), case.lm()
    program.set_lm(lm)
    watch = BaseCallback()
    program.callbacks = [watch]

    twin = program.deepcopy()
    for predictor in twin.predictors():
        predictor.demos.append(
            Example(question="q", variables_info="q", answer="DEMO", next_thought="DEMO", code="DEMO")
        )

    assert type(twin) is type(program)
    assert [path for path, _ in twin.named_predictors()] == list(case.paths)
    assert twin.get_lm() is lm
    assert twin.callbacks == [watch]
    assert not set(map(id, twin.predictors())) & set(map(id, program.predictors()))
    assert all(predictor.demos == [] for predictor in program.predictors())
    assert [vars(found)["answer"] for found in ways(twin, case)] == ["42", "42"]
    assert "DEMO" in str(lm.requests[-1].messages)


@every
def test_a_reset_copy_has_learned_nothing(case: Case) -> None:
    program = case.make()
    program.set_lm(case.lm())
    for predictor in program.predictors():
        predictor.demos = [Example(question="q", answer="a")]

    fresh = program.reset_copy()

    assert fresh.get_lm() is None
    assert [predictor.demos for predictor in fresh.predictors()] == [[]] * len(case.paths)
    assert all(predictor.demos for predictor in program.predictors())


@every
def test_other_predictors_can_take_the_places_of_its_own(case: Case) -> None:
    program = case.make()
    if case.paths == ["self"]:
        with pytest.raises(UsageError, match="cannot take its own place"):
            program.map_named_predictors(lambda predictor: predictor)
        return

    program.map_named_predictors(lambda one: Predict(one.signature.with_instructions("NEW"), **one.config))
    with context(lm=case.lm()) as _, context(trace=[]):
        found = ways(program, case)
        trace = nbdspy.settings.trace

    assert [vars(one)["answer"] for one in found] == ["42", "42"]
    assert {predictor.signature.instructions for predictor, _, _ in trace} == {"NEW"}


@every
def test_its_state_is_saved_and_loaded(case: Case, tmp_path: Path) -> None:
    program, other = case.make(), case.make()
    for path, predictor in program.named_predictors():
        predictor.demos = [Example(question=path, answer="a")]
        predictor.signature = predictor.signature.with_instructions(f"Do {path}.")

    program.save(tmp_path / "state.json")
    other.load(tmp_path / "state.json")

    assert other.dump_state() == program.dump_state()
    assert [predictor.signature.instructions for predictor in other.predictors()] == [
        f"Do {path}." for path in case.paths
    ]


@every
def test_it_is_saved_whole_and_loaded(case: Case, tmp_path: Path) -> None:
    program = case.make()
    for predictor in program.predictors():
        predictor.demos = [Example(question="q", answer="a")]

    program.save(tmp_path / "program", save_program=True)
    again = load(tmp_path / "program", trust=True)

    assert repr(again) == repr(program)
    assert again.dump_state() == program.dump_state()
    with context(lm=case.lm()):
        assert [vars(found)["answer"] for found in ways(again, case)] == ["42", "42"]


@every
def test_it_shows_its_predictors(case: Case) -> None:
    program = case.make()

    assert repr(program).startswith(f"{type(program).__name__}(")
    assert all(path in repr(program) for path in case.paths if path != "self")


@every
def test_a_trace_has_its_own_steps_in_their_order(case: Case) -> None:
    program = case.make()
    names = {id(predictor): path for path, predictor in program.named_predictors()}

    with context(lm=case.lm()):
        for way in (lambda: program(**case.inputs), lambda: asyncio.run(program.acall(**case.inputs))):
            with context(trace=[]):
                way()
                trace = nbdspy.settings.trace
            assert [names.get(id(predictor)) for predictor, _, _ in trace] == list(case.steps)
            for predictor, inputs, prediction in trace:
                assert set(inputs) == set(predictor.signature.input_fields)
                assert set(vars(prediction)) == set(predictor.signature.output_fields)


@every
def test_a_call_is_one_span_with_all_others_inside(case: Case) -> None:
    program, seen = case.make(), []  # type: ignore[var-annotated]

    with context(lm=case.lm()):
        for way in (lambda: program(**case.inputs), lambda: asyncio.run(program.acall(**case.inputs))):
            seen.clear()
            with events.listening_here(seen.append):
                result = way()
            begun = [event for event in seen if isinstance(event, SpanStarted)]
            ended = {event.number: event for event in seen if isinstance(event, SpanEnded)}
            known: set[int] = set()
            for number, event in enumerate(begun):
                assert (event.span in known) == (number > 0)
                known.add(event.number)
            assert begun[0].instance is program
            assert ended.keys() == known
            assert ended[begun[0].number].outputs is result
            assert {"lm", "predict"} <= {event.kind for event in begun}


@every
def test_callbacks_hear_it_begin_and_end(case: Case) -> None:
    heard: list[str] = []

    class Hearing(BaseCallback):
        def on_module_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
            heard.append(f"{type(instance).__name__} begins")

        def on_module_end(self, call_id: str, outputs: Any, exception: Exception | None = None) -> None:
            heard.append("ends")

    program = case.make()
    with context(lm=case.lm(), callbacks=[Hearing()]):
        program(**case.inputs)

    assert (heard[0], heard[-1]) == (f"{type(program).__name__} begins", "ends")
    assert heard.count("ends") == len(heard) / 2


@every
def test_a_model_that_fails_is_told(case: Case) -> None:
    def failing(request: Any) -> str:
        raise LMUnavailable("The model is gone.")

    program = case.make()
    with context(lm=FakeLM(failing), max_errors=0):
        for way in (lambda: program(**case.inputs), lambda: asyncio.run(program.acall(**case.inputs))):
            with pytest.raises(Exception, match="The model is gone"):
                way()


@every
def test_a_batch_runs_side_by_side(case: Case) -> None:
    with context(lm=case.lm()):
        found = case.make().batch([case.inputs, case.inputs, case.inputs], num_threads=2)

    assert [one.answer for one in found] == ["42"] * 3


@every
def test_it_prints_nothing(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    with context(lm=case.lm()):
        ways(case.make(), case)

    assert capsys.readouterr() == ("", "")


PLAIN_PYTHON = {"an async program", "a program side by side", "a cell's program", "a program in steps"}


@pytest.mark.parametrize("name", [name for name in CASES if name not in PLAIN_PYTHON])
def test_inputs_without_their_names_are_refused_by_all_alike(name: str) -> None:
    program = CASES[name].make()
    begins = r"Inputs are given by name\. Write program\(question=…"
    if name == "MultiChainComparison":
        begins = "The attempts to compare cannot be 'Why\\?'"

    with pytest.raises(UsageError, match=begins):
        program("Why?")
    with pytest.raises(UsageError, match=begins):
        asyncio.run(program.acall("Why?"))


def test_steps_that_do_not_fit_a_call_say_what_they_take() -> None:
    with pytest.raises(UsageError, match=r"'question' is missing for TwoSteps\. You gave 'qestion'; did you mean"):
        TwoSteps()(qestion="Why?")
    with pytest.raises(UsageError, match=r"TwoSteps has no input 'anwser'\. Its inputs are: question\."):
        TwoSteps()(question="Why?", anwser="So.")
    with pytest.raises(UsageError, match=r"Inputs are given by name\. Write program\(question=…\)"):
        TwoSteps()("Why?", "So.")
    with pytest.raises(UsageError, match=r"The input 'completions' is missing for MultiChainComparison\. Write"):
        MultiChainComparison("question -> answer")(question="Why?")
    with pytest.raises(UsageError, match=r"The input 'query' is missing for Retrieve\. Write query=…"):
        nbdspy.Retrieve(k=2)(question="Why?")


def test_an_error_inside_of_steps_is_their_own() -> None:
    class Broken(Stepwise):
        def steps(self, question: str) -> Steps[Any]:
            yield Run(Predict("question -> answer"), {"question": question})
            return len(42)  # type: ignore[arg-type]

    with context(lm=FakeLM(lambda request: chat_text(SAID))), pytest.raises(TypeError, match="has no len"):
        Broken()(question="Why?")
