"""The cards of a playground: what was tried and kept, and the answers to one try side by side."""

from __future__ import annotations

from nbdspy.forms import Answer, Playground, Trial
from nbdspy.views import cut, entered, figures, prediction, safe
from nbdspy.views import examples as tables
from nbdspy.views.drawing import Card, drawn, fragments

MOST_TRIALS = 20
MOST_EXAMPLES = 20
FORM = "on a page this is a form: fill in, run, keep"


def card(playground: Playground) -> Card:
    """The last answers first, then every try and what was kept, and how to go on from Python."""
    trials, examples = playground.trials, playground.examples
    names = list(playground.inputs)[: entered.MOST_NAMES]
    tried = trials[-1].number if trials else 0
    outputs = list(playground.outputs)
    pieces = fragments(
        "playground.html",
        title=playground.called,
        note="playground",
        facts=_facts(playground),
        takes=", ".join(playground.inputs),
        gives=", ".join(outputs),
        last=_last(trials[-1]) if trials else None,
        columns=["", *names, *(cut.cell(answer.program) for answer in trials[-1].answers)] if len(trials) > 1 else [],
        trials=[_line(playground, trial, names) for trial in trials[-MOST_TRIALS:]] if len(trials) > 1 else [],
        trials_note=_note(tried, MOST_TRIALS),
        names=[*names, *outputs],
        examples=[tables.values(vars(example), [*names, *outputs]) for example in examples[-MOST_EXAMPLES:]],
        examples_note=_note(len(examples), MOST_EXAMPLES),
        uses=uses(playground),
        form=FORM,
    )
    last = [f"{answer.program}: {_short(answer)}" for answer in trials[-1].answers] if trials else []
    return Card(fragments=pieces, text="\n".join([repr(playground), *(last or [FORM]), *uses(playground)]))


def answers(trial: Trial, *, volatile: bool) -> str:
    """The answers to one try, each a card with its prompt and reply, beside each other where there is room."""
    cards = [_answer_card(answer, volatile=volatile).html() for answer in trial.answers]
    return drawn("beside.html", cards=cards)


def uses(playground: Playground) -> list[str]:
    """What Python does with a playground."""
    name = safe.short(playground.name, 60)
    inputs = ", ".join(f"{field}=…" for field in playground.inputs)
    return [f"by hand: {name}.run({inputs}) · {name}.keep()", f"then: {name}.examples · {name}.frame"]


def _facts(playground: Playground) -> list[str]:
    """How much there is of it, and whether what is known of it was recorded."""
    trials, examples = playground.trials, playground.examples
    replies = [call.reply for trial in trials for answer in trial.answers for call in answer.calls]
    tried = trials[-1].number if trials else 0
    counts = [figures.count(tried, "try", "tries"), f"{len(examples):,} kept"] if tried or examples else []
    return [*counts, *(["recorded"] if replies and all(reply.recorded for reply in replies) else [])]


def _answer_card(answer: Answer, *, volatile: bool) -> Card:
    if answer.prediction is None:
        pieces = fragments("failed_answer.html", program=answer.program, error=cut.cut(answer.error, 1_000))
        return Card(fragments=pieces, text=answer.error)
    answered = prediction.Answered(
        program=answer.program, prediction=answer.prediction, calls=answer.calls, seconds=answer.seconds
    )
    return prediction.card(answered, volatile=volatile)


def _last(trial: Trial) -> dict[str, object]:
    return {
        "inputs": [(name, entered.whole(value)) for name, value in trial.inputs.items()],
        "answers": [
            {
                "program": answer.program,
                "error": answer.error,
                "outputs": [
                    prediction.drawn_answer(name, entered.whole(value, 100_000).text)
                    for name, value in prediction.answer_first(vars(answer.prediction))
                ]
                if answer.prediction is not None
                else [],
            }
            for answer in trial.answers
        ],
    }


def _line(playground: Playground, trial: Trial, names: list[str]) -> dict[str, object]:
    return {
        "number": str(trial.number),
        "values": [*tables.values(trial.inputs, names), *map(_short, trial.answers)],
        "is_kept": playground.is_kept(trial),
    }


def _short(answer: Answer) -> str:
    if answer.prediction is None:
        return f"failed: {cut.cell(answer.error)}"
    return entered.joined(dict(prediction.answer_first(vars(answer.prediction))))


def _note(count: int, most: int) -> str:
    return f"last {most} of {count:,}" if count > most else str(count)
