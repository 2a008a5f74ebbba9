"""What a plan says of tokens, money and the calls of the metric, phase by phase."""

from __future__ import annotations

from typing import Any

import pytest

from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import DataError
from nbdspy.evaluation import SemanticF1
from nbdspy.models import LM, Reply, Usage
from nbdspy.models.model_list import abilities_of, cost
from nbdspy.modules import Module, Predict
from nbdspy.optimizers import MIPROv2, Plan, compile, plan
from nbdspy.testing import FakeLM, Planted
from nbdspy.testing.fake import FakeLeaf, chat_text, wanted
from nbdspy.views.bundle import bundle

from .conftest import learner, numbers

TRAIN, VAL, TEST = numbers(*range(20)), numbers(*range(100, 112)), numbers(*range(200, 215))
MINI = "openai/gpt-4o-mini"


class Paid(FakeLeaf):
    """A fake model of a provider: it costs what the provider takes."""

    free = False
    abilities = abilities_of(MINI)

    def __init__(self, model: str = MINI) -> None:
        super().__init__(self._answered, model=model)
        self.usd = 0.0
        self._learner = learner()

    def _answered(self, request: Any) -> Reply:
        said = self._learner.send(request).texts
        usage = Usage(
            prompt=sum(len(one["content"]) for one in request.messages) * 2 // 7, completion=len(said[0]) // 4
        )
        self.usd += cost(self.model, usage) or 0.0
        return Reply(texts=said, usage=usage)


def paid(model: str = MINI, **settings: Any) -> LM:
    return LM(model, leaf=Paid(model), cache=False, **settings)


def phases(made: Plan) -> dict[str, Any]:
    return {step.phase: expected for step, expected in zip(made.steps, made.expected, strict=True)}


def test_what_a_compile_costs_lies_in_the_range_that_its_plan_gave() -> None:
    leaf = Paid()
    with context(lm=LM(MINI, leaf=leaf, cache=False), num_threads=1):
        Predict("question -> answer")(question="number 7.")
        Predict("question -> answer")(question="number 1234.")
        leaf.usd = 0.0
        made = plan("question -> answer", TRAIN, val=VAL, test=TEST, optimizer="bootstrap_few_shot")
        compile("question -> answer", TRAIN, val=VAL, test=TEST, optimizer="bootstrap_few_shot")

    assert made.usd is not None
    assert 0 < made.usd[0] <= leaf.usd <= made.usd[1] < 10 * leaf.usd
    assert made.reply_tokens is not None
    assert "Replies are taken to be as long" not in repr(made)


def test_every_phase_has_its_tokens_and_money_and_all_of_them_a_total() -> None:
    with context(lm=paid(max_tokens=100)):
        made = plan("question -> answer", TRAIN, val=VAL, test=TEST, optimizer="bootstrap_few_shot")

    assert [*phases(made)] == ["bootstrap", "check", "held out"]
    assert made.reply_tokens == (made.calls[0], 100 * made.calls[1])
    for end in (0, 1):
        assert all(one.usd and one.usd[end] > 0 for one in made.expected)
        assert made.usd is not None
        assert made.usd[end] == pytest.approx(sum(one.usd[end] for one in made.expected if one.usd))
    lines = repr(made).splitlines()
    assert lines[1].split("  ")[1] == "phase"
    assert [line.split()[0] for line in lines[2:6]] == ["bootstrap", "check", "held", "total"]
    assert lines[5].count("$") == 2
    assert lines[-1] == "Replies are taken to be as long as the model allows at most, as it was not asked yet."
    shown = bundle(made)["text/html"]
    assert all(cell in shown for cell in made.rows()[-1])


def test_the_longest_reply_that_the_provider_allows_counts_where_no_limit_is_set() -> None:
    with context(lm=paid()):
        made = plan("question -> answer", TRAIN, val=VAL, optimizer="labeled_few_shot")

    assert made.reply_tokens == (24, 24 * 16_384)


def test_each_model_has_its_own_price() -> None:
    planted = Planted()
    data: dict[str, Any] = {"trainset": planted.examples(0, 40), "valset": planted.examples(100, 40)}
    with context(lm=planted.lm()):
        made, taught, dear, run_by = (
            optimizer.plan(planted.program(), **data)
            for optimizer in (
                MIPROv2(prompt_model=paid(max_tokens=9)),
                MIPROv2(teacher_settings={"lm": paid(max_tokens=9)}),
                MIPROv2(prompt_model=paid("openai/gpt-4o", max_tokens=9)),
                MIPROv2(task_model=paid(max_tokens=9)),
            )
        )

    def priced(plan: Plan) -> set[str]:
        return {phase for phase, one in phases(plan).items() if one.usd is None or one.usd[1]}

    assert priced(made) == priced(dear) == {"look", "propose"}
    assert priced(taught) == {"bootstrap"}
    assert priced(run_by) == {"base", "bootstrap", "search"}
    assert made.usd is not None
    assert dear.usd is not None
    assert dear.usd[1] > 5 * made.usd[1]


def test_a_teacher_is_paid_where_it_teaches(lm: FakeLM) -> None:
    teacher = Predict("question -> answer")
    teacher.lm = paid(max_tokens=9)
    made = plan("question -> answer", TRAIN, val=VAL, teacher=teacher)

    assert {phase for phase, one in phases(made).items() if one.usd != (0.0, 0.0)} == {"bootstrap"}


def test_a_plan_refuses_what_the_compile_would(lm: FakeLM) -> None:
    data = [Example(question="number 1.", reply="1").with_inputs("question")] * 12
    said = []
    for work in (plan, compile):
        with pytest.raises(DataError) as failed:
            work("question -> answer", data, val=data)
        said.append(str(failed.value))

    assert said[0] == said[1]


def test_an_unknown_price_of_one_phase_makes_the_total_unknown() -> None:
    planted = Planted()
    data: dict[str, Any] = {"trainset": planted.examples(0, 40), "valset": planted.examples(100, 40)}
    with context(lm=planted.lm()):
        made = MIPROv2(prompt_model=LM("openai/some-model")).plan(planted.program(), **data)

    assert phases(made)["base"].usd == (0.0, 0.0)
    assert phases(made)["propose"].usd is None
    assert made.usd is None
    assert "$" not in repr(made)
    assert made.outline.splitlines()[0].endswith("price unknown")


def test_what_replies_were_like_is_not_told_where_every_session_is_to_say_the_same() -> None:
    with context(lm=paid(), num_threads=1):
        before = plan("question -> answer", TRAIN, val=VAL)
        Predict("question -> answer")(question="number 7.")
        after = plan("question -> answer", TRAIN, val=VAL)

    assert repr(before) != repr(after)
    assert bundle(before, volatile=False) == bundle(after, volatile=False)


class Judge(Module):
    """A metric that asks a model."""

    def __init__(self) -> None:
        self.first = Predict("question, answer -> doubt")
        self.second = Predict("doubt -> verdict: bool")

    def forward(self, example: Example, prediction: Any, trace: Any = None) -> bool:
        doubt = self.first(question=example.question, answer=str(prediction.get("answer"))).doubt
        return bool(self.second(doubt=doubt).verdict)


def judged() -> FakeLM:
    """A model that answers and judges, always in favour."""
    known = {"recall": 1.0, "precision": 1.0, "verdict": True}
    return FakeLM(lambda request: chat_text({name: known.get(name, "a word") for name in wanted(request)}))


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")  # that nothing is told apart
@pytest.mark.parametrize(("metric", "judges"), [("SemanticF1", 1), (SemanticF1(), 1), (Judge(), 2)])
@pytest.mark.parametrize("optimizer", ["bootstrap_few_shot", "random_search", "copro"])
def test_the_calls_of_a_metric_that_is_a_program_are_counted(optimizer: str, metric: Any, judges: int) -> None:
    data = [Example(question=f"number {n}.", response=str(n)).with_inputs("question") for n in range(32)]
    arguments: dict[str, Any] = {
        "data": data[:20], "val": data[20:], "optimizer": optimizer, "metric": metric,
        "options": {"breadth": 3, "depth": 2} if optimizer == "copro" else {},
    }  # fmt: skip
    with context(lm=(lm := judged()), num_threads=1):
        made = plan("question -> response", **arguments)
        compile("question -> response", **arguments)

    assert made.judges == judges
    assert made.calls[0] <= len(lm.requests) <= made.calls[1]
    sent = sum(len(message["content"]) for request in lm.requests for message in request.messages or ())
    assert made.prompt_tokens[0] <= sent / 4 < sent / 3 <= made.prompt_tokens[1]
    assert "Not counted: second attempts" in repr(made)


def test_a_plan_says_that_it_does_not_know_what_a_function_asks(lm: FakeLM) -> None:
    ours, another = (
        plan("question -> answer", TRAIN, val=VAL, metric=metric)
        for metric in ("exact_match", lambda example, prediction, trace=None: True)
    )

    assert ours.calls == another.calls
    assert "what the metric asks" not in repr(ours)
    said = "Not counted: what the metric asks, and second attempts where a reply cannot be read."
    assert said in repr(another).splitlines()
    assert said in bundle(another)["text/html"]


def test_a_limit_is_doubted_with_the_calls_of_the_metric_counted() -> None:
    with context(lm=judged()):
        made = plan("question -> response", TRAIN, val=VAL, metric=Judge())

    assert made.doubt(35) is not None
    assert "36 to score the program that goes in" in str(made.doubt(35))
    assert made.doubt(36) is None
    with context(lm=judged()), pytest.warns(match="35 calls are used up before anything is scored"):
        compile("question -> answer", TRAIN, val=VAL, metric=Judge(), max_calls=35)
