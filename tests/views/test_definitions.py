"""The cards of what is defined and of what it sends: signatures, programs, prompts, predictions."""

from __future__ import annotations

from nbdspy import views
from nbdspy.data import Example
from nbdspy.modules import Predict, prompt
from nbdspy.testing import FakeLM
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
    assert "TwoSteps · 2 predictors query.predict question -> reasoning, query" in text


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
    assert text.index("answer 42") < text.index("reasoning Six sevens")


def test_a_prediction_holds_its_prompt_and_its_reply(samples, read):
    text = shown(samples.predictions()["prediction"], read)
    assert "0.09 s · 231 tokens in, 1 out · cached prefix 215 · smollm2" in text
    assert "Prompt exactly as sent" in text
    assert "Reply [[ ## intent ## ]] heating" in text


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
