"""The last runs: what is kept of them, how a run is found again, and that it stays bounded."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from nbdspy import events
from nbdspy.configuration import context
from nbdspy.data import Example, Prediction
from nbdspy.errors import ParseError, UsageError
from nbdspy.evaluation import Evaluate, evaluate
from nbdspy.models import Reply, Request, Usage
from nbdspy.modules import ChainOfThought, Module, Predict, ReAct, majority
from nbdspy.observe import Step, forget_runs, recent, remember_runs, trace, tracing
from nbdspy.observe.recorder import Recorder
from nbdspy.optimizers import Result, compile
from nbdspy.testing import DummyLM, FakeLM
from nbdspy.testing.fake import chat_text


@pytest.fixture
def kept() -> Iterator[None]:
    remember_runs()
    yield
    forget_runs()


def says(**values: str) -> FakeLM:
    reply = Reply(texts=(chat_text(values),), usage=Usage(prompt=90, completion=20), cost=0.25)
    return FakeLM(lambda request: reply)


def shape(step: Step) -> list[Any]:
    return [step.kind, step.part or step.name, [shape(inner) for inner in step.steps]]


def rows(count: int) -> list[Example]:
    return [Example(question=f"{number}?", answer="42").with_inputs("question") for number in range(count)]


def compiled(program: Module) -> Result:
    """A small compile with a model that knows half of the answers."""
    lm = FakeLM(lambda request: chat_text({"answer": "42" if "1" in request.messages[-1]["content"][-90:] else "41"}))
    with context(lm=lm):
        return compile(program, data=rows(24)[:12], val=rows(24)[12:], optimizer="bootstrap_few_shot")


class Careful(Module):
    """A draft and a check."""

    def __init__(self) -> None:
        self.draft = ChainOfThought("question -> answer")
        self.checks = [Predict("question, draft -> answer")]

    def forward(self, question: str) -> Any:
        draft = self.draft(question=question)
        return self.checks[0](question=question, draft=draft.answer)


@pytest.mark.usefixtures("kept")
def test_parts_go_by_their_paths_and_adapters_that_did_well_are_left_out() -> None:
    with context(lm=says(reasoning="So.", answer="42")):
        Careful()(question="6 * 7")

    (root,) = trace().steps
    call = ["lm", "fake", []]
    assert shape(root) == [
        "module",
        "Careful",
        [["module", "draft", [["predict", "predict", [call]]]], ["predict", "checks[0]", [call]]],
    ]


def test_a_program_is_searched_for_its_parts_once_however_often_it_runs() -> None:
    walks = 0

    class Watched(Careful):
        def named_sub_modules(self, type_: type | None = None) -> Iterator[tuple[str, Module]]:
            nonlocal walks
            walks += 1
            return super().named_sub_modules(type_)

    program = Watched()
    with context(lm=says(reasoning="So.", answer="42")):
        program(question="?")  # whatever a first call looks up
        walks = 0
        with tracing() as trace:
            for _ in range(5):
                program(question="?")

    assert [step.part for step in trace.steps[4].steps] == ["draft", "checks[0]"]
    assert walks == 1


@pytest.mark.usefixtures("kept")
def test_an_agent_has_its_tools_and_what_they_raised() -> None:
    def height(mountain: str) -> str:
        return {"Matterhorn": "4,478 m"}[mountain]

    lm = DummyLM(
        [
            {"next_thought": "Look.", "next_tool_name": "height", "next_tool_args": '{"mountain": "Everest"}'},
            {"next_thought": "I know.", "next_tool_name": "finish", "next_tool_args": "{}"},
            {"reasoning": "It is high.", "answer": "8849"},
        ]
    )
    with context(lm=lm):
        ReAct("question -> answer", tools=[height])(question="How high?")

    (root,) = trace().steps
    assert [(step.kind, step.part or step.name) for step in root.steps] == [
        ("predict", "react"), ("tool", "height"), ("predict", "react"), ("tool", "finish"), ("module", "extract"),
    ]  # fmt: skip
    failed = root.steps[1]
    assert isinstance(failed.error, KeyError)
    assert failed.error.args == ("Everest",)
    assert failed.error.__traceback__ is None  # its frames would keep alive whatever stood in them


@pytest.mark.usefixtures("kept")
def test_an_evaluation_on_threads_has_a_step_for_each_example_in_it() -> None:
    with context(lm=says(answer="42")):
        Evaluate(devset=rows(20), num_threads=8)(Predict("question -> answer"))

    (root,) = trace().steps
    assert root.kind == "evaluate"
    assert [shape(step)[0] for step in root.steps] == ["predict"] * 20
    assert root.spent.calls == 20
    assert sorted(step.inputs["kwargs"]["question"] for step in root.steps) == sorted(f"{n}?" for n in range(20))


@pytest.mark.usefixtures("kept")
def test_a_run_that_failed_is_kept_with_its_error_and_what_was_tried_again() -> None:
    with context(lm=FakeLM("what?")), pytest.raises(ParseError) as caught:
        Predict("question -> answer: int")(question="Why?")

    (root,) = trace().steps
    assert isinstance(root.error, ParseError)
    assert str(root.error) == str(caught.value)
    assert [text.split(":")[0] for text in root.remarks] == ["asked again for json"]
    assert "remark: asked again for json" in str(trace())


@pytest.mark.usefixtures("kept")
def test_the_last_runs_are_those_that_began_last() -> None:
    lm = says(answer="42")
    for number in range(5):
        lm(str(number))

    asked = [step.inputs.messages[0]["content"] for step in trace(2).steps]

    assert asked == ["3", "4"]
    assert len(trace(100).steps) == 5


@pytest.mark.usefixtures("kept")
def test_a_run_is_found_by_what_it_gave_and_by_its_program() -> None:
    program, other = Careful(), Predict("question -> answer")
    with context(lm=says(reasoning="So.", answer="42")):
        first = program(question="6 * 7")
        other(question="?")
        scored = evaluate(other, data=rows(3))
    found = compiled(other)

    assert trace(first).steps[0].name == "Careful"  # and not the part that gave it first
    assert trace(program).steps[0].outputs is first
    assert trace(scored).steps[0].outputs == scored.summary
    assert trace(replace(scored, program="renamed")).steps[0].kind == "evaluate"
    assert trace(scored.rows[1].prediction).steps[0].inputs["kwargs"] == {"question": "1?"}
    assert trace(found).steps[0].kind == "compile"
    assert trace(trace(first)).steps[0].name == "Careful"


@pytest.mark.usefixtures("kept")
@pytest.mark.usefixtures("kept")
def test_the_runs_behind_a_vote_are_those_that_it_chose_from() -> None:
    asks = Predict("question -> answer")
    with context(lm=says(answer="42")):
        answers = [asks(question="6 * 7?"), asks(question="7 * 6?")]
        asks(question="What else?")

    found = trace(majority(answers))

    assert [step.inputs["kwargs"]["question"] for step in found.steps] == ["6 * 7?", "7 * 6?"]
    assert found.spent.calls == 2
    assert trace(majority(answers[1])).steps == found.steps[1:]
    for partly_known in (majority([answers[0], Prediction(answer="42")]), majority([{"answer": "42"}])):
        with pytest.raises(UsageError, match="is not kept"):
            trace(partly_known)


@pytest.mark.parametrize("thing", [Example(question="?"), None, True, "text"])
def test_what_no_run_gave_is_said_not_to_be_kept(thing: Any) -> None:
    with pytest.raises(UsageError, match=r"is not kept.* `with nbdspy\.tracing\(\) as trace:`"):
        trace(thing)


def test_no_runs_are_refused_and_without_any_there_is_nothing() -> None:
    with pytest.raises(UsageError, match="0 is too few runs"):
        trace(0)
    assert str(trace()) == "Nothing has run."


@pytest.mark.usefixtures("kept")
def test_where_no_history_is_kept_no_run_is() -> None:
    lm = says(answer="42")

    with context(lm=lm, disable_history=True):
        Predict("question -> answer")(question="?")

    assert trace().steps == ()


@pytest.mark.usefixtures("kept")
def test_a_run_can_be_looked_at_while_it_goes_on() -> None:
    seen: list[Step] = []

    lm = FakeLM(lambda request: seen.extend(trace().steps) or "42")
    lm("Why?")

    assert seen[0].seconds is None
    assert trace().steps[0].seconds is not None


def test_forgotten_runs_are_gone_and_nobody_listens() -> None:
    remember_runs()
    remember_runs()
    says(answer="42")("Why?")

    forget_runs()

    assert trace().steps == ()
    assert not events.heard()


def test_only_the_last_pieces_of_work_are_kept_of_many_runs() -> None:
    recorder = Recorder(10)

    with events.listening(recorder.hear):
        for number in range(1_000):
            with events.span("module", "outer"), events.span("tool", str(number)):
                pass

    steps = recorder.read().steps
    assert [step.steps[0].name for step in steps] == [str(number) for number in range(995, 1_000)]


def test_of_a_long_run_the_earliest_examples_are_left_out_and_still_counted() -> None:
    lm = says(answer="42")
    recorder = Recorder(50)

    with events.listening(recorder.hear), context(lm=lm):
        Evaluate(devset=rows(100), num_threads=1)(Predict("question -> answer"))

    (root,) = recorder.read().steps
    kept = [step.inputs["kwargs"]["question"] for step in root.steps]
    assert kept[-1] == "99?"
    assert len(list(root.walk())) <= 50
    assert root.left_out + len(list(root.walk())) == 201
    assert (root.spent.calls, root.spent.cost) == (100, 25.0)


def test_a_run_that_is_one_long_piece_keeps_its_beginning_and_counts_the_rest() -> None:
    lm = says(answer="42")
    recorder = Recorder(10)

    with events.listening(recorder.hear), events.span("module", "endless"):
        for number in range(100):
            lm(str(number))

    (root,) = recorder.read().steps
    assert (len(root.steps), root.left_out) == (9, 91)
    assert root.spent.calls == 100


def test_long_prompts_are_left_out_by_their_size() -> None:
    recorder = Recorder(1_000, most_bytes=1_000)

    with events.listening(recorder.hear):
        for _ in range(20):
            says(answer="42")("x" * 400)

    assert 1 <= len(recorder.read().steps) <= 4


@pytest.mark.usefixtures("kept")
def test_programs_are_not_kept_alive() -> None:
    program = Careful()
    with context(lm=says(reasoning="So.", answer="42")):
        program(question="?")
    gone = weakref.ref(program)

    del program
    gc.collect()

    assert gone() is None
    assert trace().steps[0].steps[0].part == "draft"


@pytest.mark.usefixtures("kept")
def test_what_an_optimizer_does_is_bounded_and_its_evaluations_say_their_scores() -> None:
    compiled(Predict("question -> answer"))

    (root,) = trace().steps
    scored = [step for step in root.walk() if step.kind == "evaluate"]
    assert scored
    assert {type(step.outputs) for step in scored} == {str}
    assert {step.inputs for step in scored} == {None}


@pytest.mark.usefixtures("kept")
def test_many_threads_lose_nothing() -> None:
    lm = says(answer="42")

    def work() -> None:
        for number in range(50):
            with events.span("module", "outer"):
                lm(str(number))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    steps = trace(1_000).steps
    assert len(steps) == 400
    assert all(len(step.steps) == 1 for step in steps)
    assert not recent.recorder._open


class Odd(Exception):
    """An error that cannot be made without its parts."""

    def __new__(cls, *, part: str) -> Any:
        made = super().__new__(cls)
        made.part = part
        return made

    def __init__(self, *, part: str) -> None: ...

    def __str__(self) -> str:
        return f"odd {self.part}"


@pytest.mark.usefixtures("kept")
def test_an_error_that_cannot_be_copied_is_kept_in_words() -> None:
    with pytest.raises(Odd), events.span("tool", "odd"):
        raise Odd(part="thing")

    assert str(trace().steps[0].error) == "Odd: odd thing"


@pytest.mark.usefixtures("kept")
def test_steps_are_found_by_what_they_say_and_not_by_keys() -> None:
    key = "sk-0123456789abcdef0123"

    def answer(request: Request) -> str:
        return chat_text({"answer": f"Heating {key}" if "cold" in str(request.messages) else "Lights"})

    with context(lm=FakeLM(answer)):
        for question in ("it is cold", "it is dark"):
            Predict("question -> answer")(question=question)

    found = trace(2).find("HEATING")
    assert [step.kind for step in found] == ["predict", "lm"]
    assert trace(2).find(key) == ()
    assert trace(2).find("nothing of the kind") == ()


@pytest.mark.usefixtures("kept")
def test_as_a_table_it_has_a_row_for_each_step() -> None:
    lm = says(reasoning="So.", answer="42")
    with context(lm=lm):
        ChainOfThought("question -> answer")(question="?")
    with context(lm=FakeLM("sk-0123456789abcdef0123")), pytest.raises(ParseError):
        Predict("question -> answer: int")(question="?")

    frame = trace(2).to_frame()

    assert list(frame.index) == list(range(len(frame)))
    assert list(frame.kind[:3]) == ["module", "predict", "lm"]
    assert frame.parent[:3].to_list()[1:] == [0, 1]
    assert frame.parent.isna().sum() == 2
    assert frame.tokens[2] == 110
    assert frame.cost[2] == 0.25
    assert frame.answered_by[2] == "model"
    assert (frame.seconds >= 0).all()
    assert frame.began[0] == 0
    assert frame.error.notna().sum() >= 1
    assert not frame.error.astype(str).str.contains("sk-0").any()


def test_a_table_of_nothing_has_its_columns() -> None:
    assert list(trace().to_frame().columns)[:3] == ["parent", "kind", "name"]
