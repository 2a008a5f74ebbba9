"""The cards of what is defined and of what it sends: signatures, programs, prompts, predictions."""

from __future__ import annotations

import re

import pytest

from nbdspy import views
from nbdspy.data import Example, Prediction
from nbdspy.models import Reply, Usage
from nbdspy.modules import Predict, ReAct, prompt
from nbdspy.optimizers import Result
from nbdspy.optimizers.proposals import Proposal
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.types import Tool


def shown(thing, read, **how):
    return read(views.bundle(thing, **how)["text/html"]).text


def test_a_signature_shows_its_instruction_and_each_field(samples, read):
    text = shown(samples.Intent, read)
    assert "Intent request -> intent Name what the person wants" in text
    assert "input request str · one short message" in text
    assert "output intent one of: alarm, timer" in text


def test_a_program_shows_its_demonstrations_and_how_many_are_not_shown(read):
    program = Predict("question -> answer")
    program.demos = [Example(question=f"q{n}", answer="a") for n in range(12)]
    assert "12 demonstrations first 8 shown question answer q0 a" in shown(program, read)


def test_parts_of_a_program_stand_under_their_names(samples, read):
    text = shown(samples.TwoSteps(), read)
    assert "Structure 4 modules part kind self TwoSteps query ChainOfThought query.predict Predict question ->" in text
    assert "query.predict question -> reasoning, query" in text.partition("answer Predict")[2]


def test_a_predictor_says_what_it_asks_and_with_which_settings(read):
    program = Predict("question -> answer", temperature=0.7, api_key="not to be seen")
    assert "asks the configured model · temperature 0.7 · api_key [redacted]" in shown(program, read)
    program.lm = FakeLM("42", model="far/away")
    assert "asks far/away" in shown(program, read)


def test_the_tools_of_an_agent_are_in_its_structure(samples, read):
    text = shown(ReAct("question -> answer", tools=[samples.forecast]), read)
    assert "self ReAct tools: forecast, finish" in text


def test_a_compiled_program_says_where_each_part_is_from(runs, read):
    result = runs["compile"]
    text = shown(views.Compiled(program=result.best, result=result), read)
    assert re.search(r"Where this comes from compiled by random_search, \d+ of \d+ parts new", text)
    assert "Name what the person wants from the assistant. as it came" in text
    assert re.search(r"→ \w+ (bootstrapped from|labelled,) train \d+, first in trial \d", text)


def test_each_sentence_of_an_instruction_has_its_own_origin(read):
    base, best = Predict("question -> answer"), Predict("question -> answer")
    base.signature = base.signature.with_instructions("Answer the question. Be brief.")
    best.signature = base.signature.with_instructions("Answer the question. Think of units.")
    proposal = Proposal(predictor="self", number=3, instruction="Think of units.")
    result = Result(
        best=best, base=base, program="QA", optimizer="copro", metric="exact_match", seed=0, proposed=(proposal,)
    )
    text = shown(views.Compiled(program=best, result=result), read)
    assert "Answer the question. as it came Think of units. proposal 3" in text


def test_a_tool_shows_what_a_model_is_told_of_it(samples, read):
    tool = Tool(samples.forecast)
    text = shown(tool, read)
    assert text.startswith("forecast (city, days, units, near) Say what the weather will be.")
    assert "days integer · from today · default 1 units one of metric/imperial · default metric" in text
    assert "near array of string or null · may be left out" in text
    assert '"name": "forecast", "description": "Say what the weather' in text
    assert views.bundle(tool)["text/plain"].splitlines()[2:4] == [
        "  city: string",
        "  days: integer (from today · default 1)",
    ]


def test_a_tool_says_what_a_model_is_not_told(samples, read):
    tool = samples.definitions()["tool without words"]
    text = shown(tool, read)
    assert "! It has no docstring" in text
    assert "! city, days: no type, so a model may give anything. Write one, for example `city: str`" in text
    assert "! city, days: no type" in views.bundle(tool)["text/plain"]
    assert "!" not in shown(samples.definitions()["tool that takes nothing"], read)


def test_a_prompt_is_shown_exactly_by_role(samples, read):
    sent = prompt(Predict(samples.Intent), request="it is freezing in here")
    text = shown(sent, read)
    for message in sent.parts[0].messages:
        assert f"{message['role']} {' '.join(message['content'].split())}" in text


def test_inputs_that_are_not_known_yet_are_named(samples, read):
    text = shown(prompt(samples.TwoSteps(), question="Which?"), read)
    assert "{passages} known only when it runs" in text


def test_equal_prompts_are_said_to_be_equal(samples, read):
    sent = prompt(Predict(samples.Intent), request="x")
    change = views.PromptDiff(before=sent, after=sent)
    assert shown(change, read) == "Prompt what changed The prompts are equal."
    assert views.bundle(change)["text/plain"] == "The prompts are equal."


def test_a_prompt_diff_folds_what_is_equal(samples):
    before = prompt(Predict(samples.Intent), request="x")
    after = prompt(Predict(samples.Intent.with_instructions("Name the device.")), request="x")
    html = views.bundle(views.PromptDiff(before=before, after=after))["text/html"]
    assert "equal lines ⋯" in html
    assert "device.</ins>" in html


def test_an_answer_comes_before_its_reasoning(samples, read):
    predictions = samples.predictions()
    text = shown(predictions["with reasoning"], read)
    assert text.index("answer 42") < text.index("Reasoning Six sevens") < text.index("Prompt exactly as sent")


def test_a_prediction_holds_its_prompt_and_its_reply(samples, read):
    text = shown(samples.predictions()["prediction"], read)
    assert "0.09 s · 231 tokens in, 1 out · cached prefix 215 · smollm2" in text
    assert "Prompt exactly as sent" in text
    assert re.search(r"Reply [\w. ]+ s · 231 tokens in, 1 out · no cost \[\[ ## intent ## \]\] heating", text)


def test_each_reply_says_where_it_is_from_and_what_it_took(samples, read):
    replies = iter(
        [
            Reply(texts=(chat_text({"answer": "41"}),), usage=Usage(prompt=90, completion=3), cost=0.02, seconds=1.5),
            Reply(texts=(chat_text({"answer": "4"}),), cached=True, cost=0.0, finish_reasons=("length",)),
        ]
    )
    twice = [Predict("question -> answer") for _ in range(2)]

    def ask(**inputs):
        return [program(**inputs) for program in twice][-1]

    with pytest.warns(UserWarning, match="cut off"):
        answered = samples.answered(ask, FakeLM(lambda request: next(replies)), question="?")

    text = shown(answered, read)
    assert "2 calls · 90 tokens in, 3 out · $0.02 · fake" in text
    assert "Reply 1 1.5 s · 90 tokens in, 3 out · $0.02" in text
    assert "Reply 2 from cache · cut off at the most tokens" in text


def test_reasoning_alone_is_the_answer(read):
    text = shown(Prediction(reasoning="It follows."), read)
    assert text == "Prediction reasoning It follows."


def test_equal_predictions_leave_equal_cards(samples, read):
    text = shown(samples.predictions()["prediction"], read, volatile=False)
    assert "0.09 s" not in text
    assert "cached prefix" not in text
    assert "231 tokens in, 1 out · smollm2" in text


def test_several_completions_stand_in_a_table(samples, read):
    assert "Completions 3 intent alarm timer alarm" in shown(samples.predictions()["three completions"], read)


def test_calls_beyond_the_first_dozen_are_counted(samples, read):
    lm = FakeLM(lambda request: samples.chat({"answer": "42"}))

    def many(**inputs):
        return [Predict("question -> answer")(**inputs) for _ in range(15)][-1]

    assert "3 more calls not shown" in shown(samples.answered(many, lm, question="?"), read)


def test_images_in_a_prompt_are_named_not_loaded():
    from nbdspy.views.messages import content

    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "http://x/y.png"}}]
    assert content(parts) == "What is this?\n[image_url]"
