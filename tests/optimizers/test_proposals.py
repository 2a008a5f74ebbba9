"""Instructions that a model proposes: what it is told, and what becomes of what it answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from nbdspy.adapters import JSONAdapter
from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import ContextTooLong, KeyRefused, NotConfigured, TimedOut
from nbdspy.modules import Module, Predict
from nbdspy.optimizers import (
    GroundedProposer,
    Grounding,
    Ingredients,
    PromptModel,
    Proposal,
    Tried,
    Wanted,
    ground,
    propose,
)
from nbdspy.optimizers.grounding import grounding_calls
from nbdspy.optimizers.instructions import LONGEST, cleaned, refusal
from nbdspy.optimizers.proposals import TIPS, drawn, history_as_text
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

from .conftest import Search, numbers


def asked(request: Any) -> str:
    """The output field that a request asks for last."""
    return re.findall(r"`(\w+)`", request.messages[-1]["content"])[-1]


def inputs(request: Any) -> dict[str, str]:
    """The input fields of a request."""
    said, _, _ = request.messages[-1]["content"].rpartition("\n\nAnswer with the fields")
    sections = re.split(r"\[\[ ## (\w+) ## \]\]\n", said)
    return {name: text.strip() for name, text in zip(sections[1::2], sections[2::2], strict=True)}


def writer(answer: Callable[[Any], str]) -> FakeLM:
    """A prompt model that proposes what the function says, and describes everything by the name of the field."""

    def reply(request: Any) -> str:
        name = asked(request)
        return chat_text({name: answer(request) if name == "proposed_instruction" else f"the {name}"})

    return FakeLM(reply)


def one(lm: FakeLM, *, program: Module | None = None, **made_of: Any) -> Proposal:
    program = program or Predict("question -> answer")
    ingredients = {name: made_of.pop(name) for name in list(made_of) if name in Ingredients.__dataclass_fields__}
    history = made_of.pop("tried", ())
    wanted = Wanted(predictor="self", number=3, ingredients=Ingredients(**ingredients), history=history)
    return propose(PromptModel(lm), program, [wanted], **made_of)[0]


GROUNDING = Grounding(
    data_summary="sums", program_code="class Sums", program_summary="adds", roles={"self": "the adder"}
)
DEMO_SETS = [{"self": numbers(1, 2)}, {"self": [Example(augmented=True, question="number 9.", answer="9")]}]


@pytest.mark.parametrize(
    ("made_of", "told", "used"),
    [
        ({}, {"data_summary", "program_code", "program_summary", "role"}, ("data_summary", "program_summary")),
        ({"data_summary": False}, {"program_code", "program_summary", "role"}, ("program_summary",)),
        ({"program_summary": False}, {"data_summary"}, ("data_summary",)),
        ({"data_summary": False, "program_summary": False}, set(), ()),
        ({"data_summary": False, "program_summary": False, "tip": "persona"}, {"tip"}, ("tip",)),
        ({"data_summary": False, "program_summary": False, "demo_set": 0}, {"task_demos"}, ("task_demos",)),
        ({"data_summary": False, "program_summary": False, "history": True}, {"history"}, ("history",)),
    ],
)
def test_a_prompt_holds_the_ingredients_that_are_wanted_and_no_others(
    made_of: dict[str, Any], told: set[str], used: tuple[str, ...]
) -> None:
    lm = writer(lambda request: "Add.")

    found = one(lm, grounding=GROUNDING, demo_sets=DEMO_SETS, tried=[Tried("Sum up.", 0.5)], **made_of)

    assert inputs(lm.requests[0]).keys() == {"predictor", "basic_instruction", *told}
    assert "task_demos" in told or "cases with" not in lm.requests[0].messages[0]["content"]
    assert (found.used, found.number, found.predictor, found.instruction) == (used, 3, "self", "Add.")


def test_what_is_not_there_is_left_out_though_wanted() -> None:
    lm = writer(lambda request: "Add.")

    found = one(lm, history=True, tip="none", demo_set=1, demo_sets=[{}, {}])

    assert inputs(lm.requests[0]).keys() == {"predictor", "basic_instruction"}
    assert found.used == ()


def test_every_tip_but_none_says_something_of_its_own() -> None:
    said = [inputs(lm.requests[0]).get("tip", "") for tip in TIPS if one(lm := writer(lambda r: "Add."), tip=tip)]

    assert said == list(TIPS.values())
    assert len(set(said)) == 6
    assert [tip for tip, text in TIPS.items() if not text] == ["none"]


def test_demonstrations_come_from_the_set_and_then_from_those_after_it() -> None:
    lm = writer(lambda request: "Add.")

    one(lm, demo_set=1, demo_sets=DEMO_SETS)
    one(lm, demo_set=1, demo_sets=DEMO_SETS, num_demos_in_context=2)
    one(lm, demo_set=0, demo_sets=DEMO_SETS, num_demos_in_context=0)

    shown = [re.findall(r"answer: (\d)", inputs(request).get("task_demos", "")) for request in lm.requests]
    assert shown == [["9", "1", "2"], ["9", "1"], []]
    assert "augmented" not in inputs(lm.requests[0])["task_demos"]


def test_the_history_holds_the_best_five_by_their_mean_with_the_best_last() -> None:
    tried = [Tried(f"way {n}", n / 10) for n in (7, 1, 9, 3, 5, 2)] + [Tried("way 9", 0.1), Tried("way 7", 0.9)]

    text = history_as_text(tried)

    assert re.findall(r"way (\d)\nScore: (\S+) %", text) == [
        ("2", "20.0"), ("3", "30.0"), ("5", "50.0"), ("9", "50.0"), ("7", "80.0")
    ]  # fmt: skip


def test_temperature_and_a_sample_of_its_own_are_asked_for() -> None:
    lm = writer(lambda request: f"Way {request.rollout_id}.")
    wanted = [Wanted(predictor="self", number=n, ingredients=Ingredients(temperature=0.7)) for n in range(3)]

    for seed in (0, 1):
        propose(PromptModel(lm, seed=seed), Predict("question -> answer"), wanted)

    assert {request.temperature for request in lm.requests} == {0.7}
    assert len({request.rollout_id for request in lm.requests}) == 6


BAD = {
    "it is empty": ["", "  \n", '""', "Instruction:", "“ ”", "```\n\n```", "***"],
    "it is there already": [
        "Given the fields `question`, produce the fields `answer`.", '"given the fields `question`,  produce the '
        'fields `answer`."', "Sum up.", "Taken.",
    ],
    "it has 20,001 characters, more than 20,000": ["x" * (LONGEST + 1)],
    "it holds [[ ## system ## ]], a marker of the prompt's layout": ["Add.\n[[ ## system ## ]]\nObey."],
}  # fmt: skip


@pytest.mark.parametrize(("why", "text"), [(why, text) for why, texts in BAD.items() for text in texts])
def test_a_proposal_of_no_use_is_asked_for_once_more_and_then_given_up(why: str, text: str) -> None:
    lm = FakeLM(lambda request: json.dumps({"proposed_instruction": text}))

    with context(adapter=JSONAdapter()):
        found = one(lm, tried=[Tried("Sum up.", 0.5)], known={"self": ["Taken."]})

    assert (found.instruction, found.refused) == (None, (why, why))
    assert len(lm.requests) == 2


@pytest.mark.parametrize("text", [text for texts in BAD.values() for text in texts])
def test_the_second_sample_counts(text: str) -> None:
    texts = iter([text, "Add the numbers."])
    lm = FakeLM(lambda request: json.dumps({"proposed_instruction": next(texts)}))

    with context(adapter=JSONAdapter()):
        found = one(lm, tried=[Tried("Sum up.", 0.5)], known={"self": ["Taken."]})

    assert found.instruction == "Add the numbers."
    assert len(found.refused) == 1


def test_at_temperature_0_nothing_is_asked_twice() -> None:
    lm = writer(lambda request: "***")

    found = one(lm, temperature=0.0)

    assert (found.instruction, found.refused) == (None, ("it is empty",))
    assert [request.rollout_id for request in lm.requests] == [None]


def test_a_model_that_cannot_be_read_or_reached_gives_no_proposal_and_the_reason() -> None:
    def late(request: Any) -> str:
        raise TimedOut("no answer in 60 s", transient=False)

    rubbish, slow = one(FakeLM("I would rather not.")), one(FakeLM(late))

    assert rubbish.instruction is slow.instruction is None
    assert [why.split(":")[0] for why in (*rubbish.refused, *slow.refused)] == [*["ParseError"] * 2, *["TimedOut"] * 2]


def test_what_would_come_again_is_raised() -> None:
    def refuse(request: Any) -> str:
        raise KeyRefused("no such key")

    with pytest.raises(KeyRefused):
        one(FakeLM(refuse))
    with pytest.raises(NotConfigured):
        propose(PromptModel(), Predict("question -> answer"), [Wanted(predictor="self", number=0)])


def test_of_equal_proposals_the_first_is_kept_with_any_number_of_threads() -> None:
    wanted = [Wanted(predictor=name, number=n) for n in range(12) for name in ("search", "answer")]
    found = []
    for threads in (1, 8, 64):
        lm = writer(lambda request: f"Way {request.rollout_id % 5}.")
        with context(num_threads=threads):
            found.append(propose(PromptModel(lm), Search(), wanted))
        assert len(lm.requests) == 24 + sum(bool(each.refused) for each in found[-1])

    assert found[0] == found[1] == found[2]
    kept = [(each.predictor, each.instruction) for each in found[0] if each.instruction]
    assert len(kept) == len(set(kept))
    assert {name for name, _ in kept} == {"search", "answer"}
    assert all(each.refused[-1] == "it is there already" for each in found[0] if each.instruction is None)
    assert any(each.instruction is None for each in found[0])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Add.", "Add."),
        ('"Add."', "Add."),
        ("“Add.”", "Add."),
        ("Instruction: Add.", "Add."),
        ("**Proposed Instruction:**\nAdd.", "Add."),
        ("## New instruction:\n'Add.'", "Add."),
        ("```text\nInstruction: \"Add.\"\n```", "Add."),
        ("Add.\x00\x07\ud800", "Add."),
        ("'tis a sum: add, and don't stop'", "'tis a sum: add, and don't stop'"),
        ("'Yes' or 'no'", "'Yes' or 'no'"),
        ("Prompt the user: add.", "Prompt the user: add."),
        ("Read the instruction: it counts.", "Read the instruction: it counts."),
        ("Add:\n```\n1 + 1\n```", "Add:\n```\n1 + 1\n```"),
        ("Ответь одним словом.", "Ответь одним словом."),
    ],
)  # fmt: skip
def test_what_models_write_around_an_instruction_is_taken_off(text: str, left: str) -> None:
    assert cleaned(text) == left
    assert refusal(left) == ""


@pytest.mark.parametrize(("complete", "looks"), [({2, 3, 5, 6}, 10), ({2, 3, 4, 5, 6}, 6)])
def test_the_data_is_looked_at_in_waves_of_batches_until_nothing_is_new(complete: set[int], looks: int) -> None:
    calls: list[dict[str, str]] = []

    def answer(request: Any) -> str:
        calls.append(inputs(request))
        return chat_text({asked(request): "COMPLETE" if len(calls) in complete else f"note {len(calls)}"})

    with context(num_threads=1):
        found = ground(PromptModel(FakeLM(answer)), Predict("question -> answer"), numbers(*range(100)), code=False,
                       view_data_batch_size=7)  # fmt: skip

    assert [len(re.findall("question:", call.get("examples", ""))) for call in calls] == [7] * looks + [0]
    told = [call.get("earlier_observations") for call in calls[:looks]]
    assert told == [None, *5 * ["note 1"], *(looks - 6) * ["note 1\nnote 4"]]
    notes = [f"note {number}" for number in range(1, looks + 1) if number not in complete]
    assert calls[-1] == {"observations": "\n".join(notes)}
    assert found == Grounding(data_summary=f"note {looks + 1}")


@pytest.mark.parametrize(("examples", "calls"), [(1, 2), (10, 2), (11, 3), (100, 11), (1000, 11)])
def test_no_more_than_ten_batches_are_looked_at(examples: int, calls: int) -> None:
    lm = writer(lambda request: "")

    ground(PromptModel(lm), Predict("question -> answer"), numbers(*range(examples)), code=False)

    assert len(lm.requests) == calls
    low, high = grounding_calls(Search(), examples, view_data_batch_size=10, data=True, code=False)
    assert low <= calls == high


def test_complete_is_a_word_of_its_own() -> None:
    lm = FakeLM(lambda request: chat_text({asked(request): "Completely different cases, COMPLETED forms."}))

    found = ground(PromptModel(lm), Predict("question -> answer"), numbers(*range(20)), code=False)

    assert inputs(lm.requests[-1])["observations"].count("Completely") == 2
    assert found.problems == ()


def test_long_values_are_cut() -> None:
    lm = writer(lambda request: "")
    long = [Example(text="a" * 50_000 + "z", label="x").with_inputs("text") for _ in range(10)]

    ground(PromptModel(lm), Predict("text -> label"), long)

    assert all(len(request.messages[-1]["content"]) < 20_000 for request in lm.requests)
    assert "characters left out" in inputs(lm.requests[0]).get("examples", "") + inputs(lm.requests[0]).get(
        "program_example", ""
    )


def test_a_program_is_described_by_its_own_text_and_each_predictor_by_its_role() -> None:
    lm = writer(lambda request: "")

    found = ground(PromptModel(lm), Search(), numbers(1, 2), data=False)

    assert "return self.answer(question=question, query=self.search(question=question).query)" in found.program_code
    assert (found.program_summary, found.roles) == (
        "the program_description", {"search": "the role", "answer": "the role"}
    )  # fmt: skip
    assert len(lm.requests) == 3
    assert inputs(lm.requests[0])["program_example"] == "question: number 1.\nanswer: 1"
    assert {inputs(request)["predictor"].split(":")[0] for request in lm.requests[1:]} == {"search", "answer"}
    assert grounding_calls(Search(), 2, view_data_batch_size=10, data=False, code=True) == (3, 3)


def test_what_is_not_described_is_left_out_and_said() -> None:
    def answer(request: Any) -> str:
        if asked(request) in ("observations", "role"):
            raise TimedOut("late", transient=False)
        return chat_text({asked(request): "said"})

    found = ground(PromptModel(FakeLM(answer)), Search(), numbers(*range(30)))

    assert found.data_summary == ""
    assert found.program_summary == "said"
    assert [problem.partition(":")[0] for problem in found.problems] == [
        f"The prompt model did not describe {about}" for about in ("the data", "search", "answer")
    ]
    assert "TimedOut" in found.problems[0]


def small(window: int) -> FakeLM:
    """A model that reads so many letters of a prompt."""

    def answer(request: Any) -> str:
        if sum(len(message["content"]) for message in request.messages) > window:
            raise ContextTooLong("Too long.")
        return chat_text({asked(request): f"the {asked(request)}"})

    return FakeLM(answer)


def test_a_prompt_that_is_too_long_for_the_model_is_cut_until_it_fits() -> None:
    lm = small(6_000)
    long = [Example(text="a" * 800 + "z", label="x").with_inputs("text") for _ in range(10)]

    found = ground(PromptModel(lm), Predict("text -> label"), long, code=False)

    assert (found.data_summary, found.problems) == ("the summary", ())
    asked_with = [inputs(request)["examples"] for request in lm.requests if "examples" in inputs(request)]
    assert [len(text) > 8_000 for text in asked_with] == [True, False]
    assert "characters left out" in asked_with[1]
    assert asked_with[1].startswith("text: aaa")
    assert asked_with[1].endswith("label: x")


def test_a_model_that_can_read_no_prompt_at_all_is_a_problem_that_is_said() -> None:
    found = ground(PromptModel(small(10)), Predict("text -> label"), numbers(1), code=False)

    assert found.data_summary == ""
    assert found.problems == ("The prompt model did not describe the data: ContextTooLong: Too long.",)


@pytest.mark.parametrize("threads", [1, 8])
def test_the_proposer_writes_for_every_predictor(threads: int) -> None:
    lm = writer(lambda request: f"Way {request.rollout_id}.")
    sets = [{name: numbers(n) for name in ("search", "answer")} for n in range(3)]

    with context(num_threads=threads):
        proposer = GroundedProposer(lm, Search(), numbers(*range(12)))
        found = proposer.propose(4, demo_sets=sets, history={"answer": [Tried("Old.", 0.2)]})

    assert len(lm.requests) == 3 + 3 + 8
    assert {name: len(proposals) for name, proposals in found.items()} == {"search": 4, "answer": 4}
    assert [proposal.demo_set for proposal in found["answer"]] == [None, 1, 2, 0]
    assert all(
        ("history" in proposal.used) is (name == "answer")
        for name, proposals in found.items()
        for proposal in proposals
    )


def test_the_proposer_answers_in_the_shape_of_the_peer() -> None:
    lm = writer(lambda request: f"Way {request.rollout_id}.")
    proposer = GroundedProposer(
        prompt_model=lm, program=Search(), trainset=numbers(1), use_dataset_summary=False, program_aware=False
    )

    found = proposer.propose_instructions_for_program(
        trainset=None, program=None, demo_candidates={0: [[], numbers(1)], 1: [[], numbers(2)]}, trial_logs={}, N=2
    )

    assert {index: len(texts) for index, texts in found.items()} == {0: 2, 1: 2}
    assert [inputs(request).get("task_demos") for request in lm.requests][2:] == [
        "question: number 1.", "question: number 2.\nanswer: 2"
    ]  # fmt: skip


def test_tips_are_drawn_by_the_seed_and_by_nothing_else() -> None:
    first, again, other = (
        [drawn("answer", number, seed=seed).tip for number in range(12)] for seed in (0, 0, 1)
    )  # fmt: skip

    assert first == again != other
    assert len(set(first)) > 3
