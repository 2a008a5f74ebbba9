"""Things to draw: real objects, made with a model that is a function; shared by the tests and `screenshots.py`."""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import pydantic

from nbdspy import events
from nbdspy.checks import checked
from nbdspy.configuration import context
from nbdspy.data import Example, Prediction
from nbdspy.datasets import requests
from nbdspy.errors import CompileWarning, ParseError
from nbdspy.evaluation import compare, evaluate
from nbdspy.forms import Labels, Playground
from nbdspy.models import Replied, Reply, Request, Spent, Usage
from nbdspy.modules import ChainOfThought, Module, Predict, ReAct, prompt
from nbdspy.observe import Trace
from nbdspy.observe.recorder import Recorder
from nbdspy.optimizers import BegunRuns, Deleted, Result, Run, Score, Version, compile, plan
from nbdspy.optimizers import begun_runs as every_run
from nbdspy.optimizers.deleting import KeptRun, KeptRuns
from nbdspy.optimizers.runs import Record
from nbdspy.plots import GroupScore
from nbdspy.retrieval import BM25
from nbdspy.signatures import InputField, OutputField, Signature
from nbdspy.testing import DummyLM, FakeLM
from nbdspy.types import Tool
from nbdspy.views import (
    Answered,
    Card,
    Check,
    Checkup,
    Compiled,
    Help,
    ProgramDiff,
    Programs,
    PromptDiff,
    Status,
    Table,
    compilation,
)
from nbdspy.views import labels as label_cards
from nbdspy.views import playground as try_cards
from nbdspy.views.arriving import Arriving, Asked, Work
from nbdspy.views.progress import Progress
from nbdspy.views.underway import Draft, Phase, Underway

FREE = Usage()
INTENTS = Literal["alarm", "timer", "lights", "heating", "music", "shopping", "calendar", "weather"]


class Intent(Signature):
    """Name what the person wants from the assistant."""

    request: str = InputField(desc="one short message")
    intent: INTENTS = OutputField()


class Passages(Signature):
    """Answer from the passages alone."""

    question: str = InputField()
    passages: list[str] = InputField(desc="what was found")
    answer: bool = OutputField(desc="whether it holds")


class TwoSteps(Module):
    """A query, then an answer."""

    def __init__(self) -> None:
        self.query = ChainOfThought("question -> query")
        self.answer = Predict(Passages)

    def forward(self, question: str) -> Any:
        found = self.query(question=question)
        return self.answer(question=question, passages=[found.query])


def household() -> FakeLM:
    """A model that is right more often the more demonstrations it sees, and always in the same cases."""
    tables = requests()
    truth = {text: intent for table in tables for text, intent in table.itertuples(index=False)}
    intents = sorted(set(truth.values()))

    def answer(request: Request) -> Reply:
        said = [str(message["content"]) for message in request.messages or ()]
        text = re.findall(r"\[\[ ## request ## \]\]\n(.*)", said[-1])[0]
        demos = sum(message["role"] == "assistant" for message in request.messages or ())
        luck, mood = number(text), number(text + str(sum(map(len, said[:-1]))))
        usage = Usage(prompt=90 + 40 * demos, completion=3)
        if mood % 211 == 3:
            return Reply(texts=("I cannot say.",), usage=usage, cost=0.0)
        right = luck % 100 < 56 + 1.4 * demos + mood % 9
        return chat({"intent": truth.get(text, "alarm") if right else intents[luck % 8]}, usage)

    return FakeLM(answer, model="smollm2")


def chat(values: dict[str, str], usage: Usage = FREE) -> Reply:
    """A reply in the chat layout that costs nothing."""
    text = "\n\n".join(f"[[ ## {name} ## ]]\n{value}" for name, value in values.items())
    return Reply(texts=(f"{text}\n\n[[ ## completed ## ]]",), usage=usage, cost=0.0)


def number(text: str) -> int:
    """A number that is the same for the same text on every machine."""
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def answered(program: Any, lm: FakeLM, **inputs: Any) -> Answered:
    """A prediction with the calls that made it."""
    heard: list[Replied] = []
    with context(lm=lm), events.listening(lambda event: heard.append(event) if isinstance(event, Replied) else None):
        prediction = program(**inputs)
    return Answered(program="Intent", prediction=prediction, calls=tuple(heard), seconds=0.094)


@dataclass(frozen=True)
class Hostile:
    """Every place that foreign text can come from, filled with one text."""

    text: str

    def everything(self) -> dict[str, Any]:
        text = self.text
        signature = Intent.with_instructions(_encodable(text)).with_updated_fields("request", desc=text)
        lm = FakeLM(lambda request: chat({"answer": text}), model=text)
        program = Predict("question -> answer").deepcopy()
        program.signature = program.signature.with_instructions(_encodable(text))
        program.demos = [Example(question=text, answer=text)]
        data = [{"question": f"{text} {n}", "answer": text if n % 2 else "42"} for n in range(6)]
        tool = Tool(lambda place: text, name="tool", args={"place": {"type": "string"}})
        with context(lm=lm), _unwarned():
            sent = prompt(program, question=text)
            scored = evaluate(program, data=data, metric="exact_match")
            found = compile(program, data=data, val=data, test=data, metric="exact_match", options=FEW)
        return {
            "signature": signature,
            "program": program,
            "prediction": answered(program, lm, question=text),
            "prompt": sent,
            "prompt diff": PromptDiff(before=prompt(Predict("question -> answer"), question="?"), after=sent),
            "evaluation": scored,
            "chosen rows": scored.show("right", sort="question"),
            "comparison": compare(scored, replace(scored, rows=tuple(replace(row, score=0.5) for row in scored.rows))),
            "compile": found,
            "compile that failed": compilation.card(found, volatile=True, failure=text),
            "compile under way": compilation.card(found, volatile=True, underway=_underway(found, text)),
            "compiled program": Compiled(program=program, result=replace(found, best=program, base=Predict(Intent))),
            "programs": Programs(
                versions=[
                    Version(
                        name=text,
                        number=1,
                        made_by=text,
                        parent=text,
                        score=Score(mean=0.5, low=0.4, high=0.6, n=3, metric=text),
                    )
                ],
                others={text: text},
            ),
            "program diff": ProgramDiff(before=Predict("question -> answer"), after=program, names=(text, text)),
            "score plot": replace(found.plot(unit="trials"), program=text, metric=text, unit=text),
            "group plot": scored.plot(by="answer"),
            "confusion plot": scored.plot_confusion(),
            "comparison plot": replace(compare(scored, scored).plot(), metric=text, after=_whole(text)),
            "plain prediction": _several(text),
            "run": _register(text)[1],
            "run that failed": _failed(text),
            "check": replace(checked(ASKED, scope={"answer": text, "wanted": f"{text} 2"}), name=text),
            "kept runs": _Kept(_deleted(text)),
            "runs": _register(text),
            "deleted": _deleted(text),
            **_by_hand(text),
            "examples": [Example(row).with_inputs("question") for row in data],
            "table": Table(called=text, parts={text: [{text: text}], "test": data}),
            "trace": traced(lm, lambda: (program(question=text), tool(place=text))),
            "listed steps": replace(traced(lm, lambda: (program(question=text), tool(place=text))).listed(), text=text),
            "tool": Tool(
                len, name="tool", desc=text, args={text: {"enum": [text], "description": text, "default": text}}
            ),
            "status": Status(model=text, spent=Spent(), settings=[text], details=[(text, text)]),
            "doctor": Checkup((Check(name=text, is_well=False, found=text, next_step=text),)),
            "help": Help(name=text, summary=text, example=text, options=[(text, text)]),
        }


def _whole(text: str) -> GroupScore:
    return GroupScore(label=text, score=0.5, low=0.4, high=0.6, n=6)


def _several(text: str) -> Prediction:
    """An answer with more than one completion."""
    return Prediction.from_completions([{"reasoning": text, "answer": text}, {"reasoning": text, "answer": "42"}])


def _encodable(text: str) -> str:
    """No instruction can hold half a character: it is the docstring of a class."""
    return text.encode("utf-8", "replace").decode()


def _by_hand(text: str) -> dict[str, Any]:
    """What a person did who was given, and typed, nothing else."""
    labels = Labels([{"question": text, "answer": text}, {"question": f"{text} 2"}], "question -> answer", called=text)
    row = label_cards.row_card(labels)
    labels.accept()
    tried = Playground("question -> answer", "question -> answer", names=(text, text), name=text)
    with context(lm=FakeLM(lambda request: chat({"answer": text}), model=text)):
        labels.correct(answer=f"{text} 2")
        tried.run(question=text)
    with context(lm=FakeLM(lambda request: text, model=text)):
        tried.run(question=f"{text} 2")
    tried.keep(answer=text)
    answered, failed = (try_cards.answers(trial, volatile=True) for trial in tried.trials)
    return {
        "labels": labels, "row to label": row, "playground": tried,
        "answers side by side": Card(fragments={"answers": answered}, text=text),
        "failed answers": Card(fragments={"answers": failed}, text=text),
    }  # fmt: skip


def _register(why: str) -> BegunRuns:
    """A run that was stopped, for a reason."""
    known = BegunRuns()
    run = Run(Predict("question -> answer"), optimizer=why, metric=None)
    run.stop(why)
    run.go(run.result)
    known.add(run)
    return known


def _failed(why: str) -> Run:
    """A run that an error ended."""
    run = Run(Predict("question -> answer"), optimizer=why, metric=None)

    def fail() -> Result:
        raise ValueError(why)

    with suppress(ValueError):
        run.go(fail)
    return run


def _underway(found: Result, text: str) -> Underway:
    """A run that goes on, with all that its card can hold."""
    assert found.best_trial is not None
    return Underway(
        phase=text, text=text, calls=2_000, state=text, phases=[Phase(name=text, state="now", note=text)], done=1,
        total=9, counted=text, last=found.best_trial.evaluation.rows[0], left=118.0, buttons=[(text, text)],
        drafts=[Draft(predictor=text, text=text), Draft(predictor="self", text=text)], compared=9, said=text,
        doubts=[text],
    )  # fmt: skip


def forecast(
    city: str,
    days: Annotated[int, pydantic.Field(ge=1, le=14, description="from today")] = 1,
    units: Literal["metric", "imperial"] = "metric",
    near: list[str] | None = None,
) -> str:
    """Say what the weather will be.

    Knows the next two weeks; beyond these it answers with the average of the season.
    """
    return f"{city} {days} {units} {near}"


def _shown(table: Any) -> Predict:
    """The program with the first examples as demonstrations."""
    shown = Predict(Intent)
    shown.demos = [Example(row) for row in table[:12].to_dict("records")]
    return shown


FEW = {"num_candidate_programs": 3}


def definitions() -> dict[str, Any]:
    """What is defined and what is asked, without a model."""
    shown = Predict(Intent)
    shown.demos = [
        Example(request="could you wake me before the kids get up", intent="alarm"),
        Example(request="we are out of oat milk again", intent="shopping"),
    ]
    reworded = Predict(
        Intent.with_instructions(
            "Name the one device or list the person wants changed, even when the message only hints at it."
        )
    )
    before, after = (prompt(program, request="it is freezing in here") for program in (shown, reworded))
    return {
        "signature": Intent,
        "program": shown,
        "program of two": TwoSteps(),
        "tool": Tool(forecast),
        "tool without words": Tool(lambda city, days=1: None, name="forecast"),
        "tool that takes nothing": Tool(lambda: None, name="now", desc="Say what time it is."),
        "table": Table(called="train", parts={"": requests()[0]}),
        "prompt": before,
        "prompt of two": prompt(TwoSteps(), question="Which came first?"),
        "prompt diff": PromptDiff(before=before, after=after),
        "programs": Programs(
            versions=[
                Version(name="Intent", number=1, made_by="as it came", score=_scored(0.58)),
                Version(name="helper", number=1, made_by="random_search", parent="Intent@1", score=_scored(0.84)),
                Version(name="helper", number=2, made_by="mipro_v2", parent="helper@1", score=_scored(0.86)),
            ],
            bound=frozenset({"Intent@1", "helper@2"}),
            others={"qa": "no version kept"},
        ),
        "no programs": Programs(versions=[], others={}),
        "program diff": ProgramDiff(before=Predict(Intent), after=shown, names=("Intent", "helper@2")),
    }


def _scored(mean: float) -> Score:
    return Score(mean=mean, low=mean - 0.07, high=mean + 0.06, n=100, metric="exact_match")


ASKED = """
assert len(answer) > 0
assert answer == wanted, f"it said {answer}"
raise ValueError(answer)
"""
CHECK = """
import warnings
wanted = ["alarm", "alarm", "heating"]
# To be woken is an alarm; say so in the instruction.
assert answers[0] == "alarm"
for answer, one in zip(answers, wanted):
    assert answer == one, f"this one is {one}"  # look at the demonstrations
assert len(answers) == len(wanted)
if not answers:
    assert False, "there are no answers"
warnings.warn("Only three were asked.")
"""


def workbench() -> dict[str, Any]:
    """The extension's own cards."""
    return {
        "check": checked(CHECK, "Exercise 1", points=2, scope={"answers": ["timer", "alarm", "lights"]}),
        "check that passed": checked("assert 6 * 7 == 42", "Numbers", points=1),
        "check that ended": checked("assert True\nhelper()", "Exercise 2"),
        "status": Status(
            model="smollm2",
            settings=["temperature 0", "completion prompts"],
            spent=Spent(calls=1904, cached=212, usage=Usage(prompt=390_000, completion=1904)),
            details=[("cassette", "first.jsonl, replaying"), ("cache", "2,104 replies in memory")],
            version="0.1.0",
        ),
        "arriving": Arriving(
            program="Intent",
            doing="writing",
            answers={"reasoning": "They want it warmer, so", "intent": ""},
            asked=Asked(
                request=Request(
                    model="smollm2",
                    messages=[
                        {"role": "system", "content": "Name what the person wants from the assistant."},
                        {"role": "user", "content": "it is freezing in here"},
                    ],
                ),
                number=3,
            ),
            work=Work(
                kind="tool",
                name="devices",
                inputs={"kwargs": {"room": "kitchen"}},
                outputs=["thermostat", "lamp"],
                is_over=True,
            ),
            spent=Spent(calls=2, cost=0.0031, usage=Usage(prompt=812, completion=64)),
        ),
        "arriving at work": Arriving(
            program="Intent",
            doing="calling devices",
            answers={},
            work=Work(kind="tool", name="devices", inputs={"kwargs": {"room": "kitchen"}}),
        ),
        "progress": Progress(
            title="Intent",
            doing="scoring candidates",
            done=220,
            total=1900,
            counted="3 of 19 programs · 20 of 100 examples",
            facts=["best 51 %", "411 of at most 2,050 calls", "34 s"],
            doubts=["20 calls are used up before anything is scored."],
        ),
        "paused": Progress(title="Intent", doing="scoring candidates", done=2, total=9, state="paused"),
        "no runs": BegunRuns(),
        "deleted": _deleted(),
        "no model": Status(model=None, spent=Spent()),
        "doctor": Checkup(
            (
                Check(name="Python", is_well=True, found="3.13.1"),
                Check(name="xllamacpp", is_well=False, found="not installed", next_step="pip install 'nbdspy[local]'"),
                Check(name="smollm2", is_well=True, found="here, 98 MB"),
            )
        ),
        "help": Help(
            name="%compile",
            summary="Search for demonstrations that make a program better, and bind the best to a variable.",
            example="%compile Intent --data train --val val --metric exact_match --out helper",
            options=[
                ("--data DF", "the training examples"),
                ("--val DF", "the examples that candidates are chosen by"),
            ],
        ),
    }


def predictions() -> dict[str, Any]:
    """Answers, each with its prompt and its reply."""
    usage = Usage(prompt=231, completion=1, cached=215)
    heating = FakeLM(lambda request: chat({"intent": "heating"}, usage), model="smollm2")
    reasons = "Six sevens are forty-two: five sevens are thirty-five, and seven more make it."
    thinking = FakeLM(lambda request: chat({"reasoning": reasons, "answer": "42"}), model="smollm2")
    three = iter(["alarm", "timer", "alarm"])
    several = FakeLM(
        lambda request: Reply(texts=tuple(chat({"intent": name}).text for name in three), cost=None), model="far/away"
    )
    return {
        "prediction": answered(Predict(Intent), heating, request="it is freezing in here"),
        "with reasoning": answered(ChainOfThought("question -> answer"), thinking, question="What is six times seven?"),
        "three completions": answered(Predict(Intent, n=3), several, request="get me up at seven"),
    }


def _deleted(name: str = "helper") -> Deleted:
    """What was deleted of a store, and a run that was left."""
    record = Record(number=2, name=name, program="Intent", optimizer="random_search", parts={})
    gone = KeptRun(record=record, state="done", can_go_on=False, size=1_200_000)
    left = KeptRun(record=replace(record, number=3), state="stopped", can_go_on=True, size=40_000)
    return Deleted(runs=(gone,), left=(left,), freed=1_200_000, is_smaller=False)


class _Kept(KeptRuns):
    """What a store keeps, without the store."""

    def __init__(self, runs: Deleted) -> None:
        self._all = [*runs.runs, *runs.left]

    def __iter__(self) -> Iterator[KeptRun]:
        return iter(self._all)


class MultiHop(Module):
    """Looks things up twice, then answers."""

    def __init__(self) -> None:
        self.query = [ChainOfThought("question -> query"), ChainOfThought("question, found -> query")]
        self.answer = ChainOfThought("question, found -> answer: int")
        passages = ["The Matterhorn is 4,478 m high.", "The Eiger is 3,967 m high.", "Mont Blanc is 4,806 m high."]
        self.search = BM25(passages, k=2)

    def forward(self, question: str) -> Any:
        found: list[str] = []
        for hop, query in enumerate(self.query):
            asked = query(question=question, found=found) if hop else query(question=question)
            found += self.search(asked.query).passages
        return self.answer(question=question, found=found)


def traces() -> dict[str, Any]:
    """Runs looked back on: one call, some hops with a retry, an agent, an evaluation with failures, a failed call."""
    usage = Usage(prompt=390, completion=24)
    query = chat({"reasoning": "Look it up.", "query": "height of the Matterhorn"}, usage)
    prose = Reply(texts=("It is high.",), usage=usage, cost=0.0)
    answer = Reply(texts=('{"reasoning": "It says so.", "answer": 4478}',), usage=usage, cost=0.0)
    said = iter([query, query, query, prose, answer])
    climber = FakeLM(lambda request: next(said), model="smollm2")
    agent = DummyLM(
        [
            {"next_thought": "Look.", "next_tool_name": "height", "next_tool_args": '{"mountain": "Matterhorn"}'},
            {"next_thought": "Once more.", "next_tool_name": "height", "next_tool_args": '{"mountain": "Zugspitze"}'},
            {"next_thought": "I know.", "next_tool_name": "finish", "next_tool_args": "{}"},
            {"reasoning": "It is 4,478 m high.", "answer": "4478"},
        ]
    )
    return {
        "trace of a call": traced(climber, lambda: climber("How high is the Matterhorn?")),
        "trace": traced(climber, lambda: MultiHop()(question="How high is the Matterhorn?")),
        "trace of an agent": traced(agent, lambda: ReAct("question -> answer: int", tools=[height])(question="How?")),
        "trace of an evaluation": traced(household(), lambda: evaluate(Intent, data=requests()[2][:60])),
        "trace of a failure": traced(FakeLM("no idea", model="smollm2"), lambda: Predict(Intent)(request="warmer")),
        "no trace": traced(agent, lambda: None),
        "listed steps": traced(household(), lambda: evaluate(Intent, data=requests()[2][:60])).listed("lights"),
        "no listed steps": traced(agent, lambda: None).listed("thermostat"),
    }


def height(mountain: str) -> str:
    """Look up how high a mountain is."""
    return {"Matterhorn": "4,478 m"}[mountain]


def traced(lm: FakeLM, run: Callable[[], Any]) -> Trace:
    """What a run did."""
    recorder = Recorder(20_000)
    with context(lm=lm), events.listening_here(recorder.hear), suppress(ParseError):
        run()
    return Trace(recorder.read)


def forms() -> dict[str, Any]:
    """What was labelled and tried by hand."""
    labels = Labels(requests()[2][:80], Intent, called="test", name="labels")
    for said in ("lights", "music", "alarm", "music", "lights", None, "calendar"):
        labels.skip() if said is None else labels.correct(intent=said)
    tried = Playground(Intent, ChainOfThought(Intent), names=("Intent", "helper"), name="tried")
    reply = {"reasoning": "Cold is felt, so warmth is wanted.", "intent": "heating"}
    with context(lm=FakeLM(lambda request: chat(reply), model="smollm2")):
        for request in ("could you wake me before the kids get up", "it is freezing in here"):
            tried.run(request=request)
        tried.keep()
    return {
        "labels": labels,
        "no labels": Labels([{"request": "jazz"}], Intent),
        "playground": tried,
        "no tries": Playground("question, passages: list[str] -> answer"),
    }


def runs(*, val: int = 100, test: int = 350, candidates: int = 16) -> dict[str, Any]:
    """An evaluation, a plan, and compiles that end in different ways."""
    trainset, valset, testset = (table[:most] for table, most in zip(requests(), (150, val, test), strict=True))
    before = [run for _, run in every_run]
    garbage = FakeLM(lambda request: "no idea", model="smollm2")
    many = {"num_candidate_programs": candidates}
    with context(lm=household(), max_errors=100), _unwarned():
        found: dict[str, Any] = {
            "evaluation": evaluate(Intent, data=testset),
            "comparison": compare(evaluate(Intent, data=testset), evaluate(_shown(trainset), data=testset)),
            "plan": plan(Intent, data=trainset, val=valset, test=testset),
            "compile": compile(Intent, data=trainset, val=valset, test=testset, options=many),
            "compile on validation": compile(Intent, data=trainset, val=valset[:30], options=FEW),
            "compile that was stopped": compile(Intent, data=trainset, val=valset, max_calls=150 + 2 * val),
            "compile that compares nothing": compile(Intent, data=trainset, optimizer="labeled_few_shot"),
        }
    found["score plot"] = found["compile"].plot()
    found["group plot"] = found["evaluation"].plot()
    found["confusion plot"] = found["evaluation"].plot_confusion()
    found["comparison plot"] = found["comparison"].plot()
    found["compile that rewords"] = _reworded(found["compile"])
    found["compiled program"] = Compiled(program=found["compile"].best, result=found["compile"])
    known = BegunRuns()
    for run in (run for _, run in every_run if run not in before):
        known.add(run)
    found["runs"] = known
    with context(lm=garbage, max_errors=100), _unwarned():
        found["compile of garbage"] = compile(Intent, data=trainset[:9], val=valset[:8], options=FEW)
    return found


def _reworded(found: Result) -> Result:
    """The compile, had it changed the instruction, too."""
    best = found.best.deepcopy()
    best.signature = best.signature.with_instructions("Name the one device or list the person wants changed.")
    return replace(found, best=best, optimizer="miprov2")


@contextmanager
def _unwarned() -> Iterator[None]:
    """Compiles that end badly on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CompileWarning)
        yield
