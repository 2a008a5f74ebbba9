"""Which layout suits a small model: accuracy of several, on several data sets, without demonstrations and with eight.

By this the layout of the Completion adapter was chosen. Its validation examples are asked, never those that results are
told of. With demonstrations it is the mean of two draws, each with as many of every label as there are.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

from tests.bench.sides import library, say
from tests.bench.small_model import NAME, missing

LAYOUTS = {
    "ours": "demos, instruction, format",
    "paper": "instruction, format, demos",
    "listed": "as ours, the values listed",
    "minimal": "instruction, demos, no format",
    "chat": "chat markup",
}
SETS = {"household": "household", "clinc": "CLINC150, six intents"}
SHOWN = (0, 8)
ASKED, DRAWS = 60, 2


def figure(layout: str, shown: int) -> str:
    """The key of one figure."""
    return f"{layout}_{shown}"


def main(data: str) -> None:
    nbdspy = library("ours")
    if reason := missing():
        say(skipped=reason)
        return
    try:
        train, val, _ = nbdspy.datasets.requests() if data == "household" else nbdspy.datasets.clinc150()
    except nbdspy.errors.DataError as error:
        say(skipped=str(error))
        return
    val = val.sample(min(ASKED, len(val)), random_state=0)
    labels = ", ".join(f'"{label}"' for label in sorted(set(train["intent"])))
    signature = nbdspy.signature(
        f"Name what the person wants.\n\nrequest: str\n->\nintent: Literal[{labels}]", name="Intent"
    )
    demos = [nbdspy.Example(row).with_inputs("request") for row in train.to_dict("records")]
    nbdspy.configure(lm=nbdspy.LM(NAME))
    figures = {}
    for layout, adapter in _adapters().items():
        for shown in SHOWN:
            scores = [
                _accuracy(nbdspy, signature, adapter, _drawn(demos, shown, draw), val)
                for draw in range(DRAWS if shown else 1)
            ]
            figures[figure(layout, shown)] = 100 * mean(scores)
    say(**figures)


def _drawn(demos: Sequence[Any], shown: int, draw: int) -> list[Any]:
    """Examples at random, each label as often as the others."""
    from nbdspy.optimizers.demos import spread

    return spread(demos, shown, random.Random(draw), by=lambda demo: demo.intent)


def _accuracy(nbdspy: Any, signature: Any, adapter: Any, demos: Sequence[Any], val: Any) -> float:
    program = nbdspy.Predict(signature)
    program.demos = list(demos)
    with nbdspy.context(adapter=adapter):
        return float(nbdspy.evaluate(program, data=val, metric="exact_match", max_errors=len(val)).mean)


def _adapters() -> Mapping[str, Any]:
    from nbdspy.adapters import ChatAdapter, CompletionAdapter
    from nbdspy.adapters.wording import literal_choices

    class Arranged(CompletionAdapter):
        """The blocks of our layout in another order, or other blocks."""

        def __init__(self, layout: str) -> None:
            super().__init__()
            self.name = layout

        def ask(self, signature: Any, demos: Any, inputs: Any, **how: Any) -> dict[str, Any]:
            asked = super().ask(signature, demos, inputs, **how)
            rule = "\n\n---\n\n"
            *shown, instruction, form, query = asked["prompt"].split(rule)
            if self.name == "listed":
                (output,) = signature.output_fields.values()
                form += f" ({', '.join(literal_choices(output.type))})"
            blocks = {
                "paper": [instruction, form, *shown, query],
                "listed": [*shown, instruction, form, query],
                "minimal": [instruction, *shown, query],
            }[self.name]
            return {**asked, "prompt": ("\n\n" if self.name == "minimal" else rule).join(blocks)}

    made: dict[str, Any] = {name: Arranged(name) for name in ("paper", "listed", "minimal")}
    return {"ours": CompletionAdapter(), **made, "chat": ChatAdapter()}


if __name__ == "__main__":
    assert sys.argv[1] == "ours", "the peer runs no model of its own"
    main(sys.argv[2])
