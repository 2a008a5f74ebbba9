"""`Refine`: run a program several times, each time with advice on what was wrong with the last result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbdspy.configuration import settings
from nbdspy.data import Example
from nbdspy.errors import warn_caller
from nbdspy.modules.apart import Apart
from nbdspy.modules.best_of_n import Advice, Attempt, BestOfN
from nbdspy.modules.describing import code_of, code_of_program, predictors_of, value_as_text, values_as_text
from nbdspy.modules.module import Module
from nbdspy.modules.predict import Predict
from nbdspy.runtime import Run, Steps
from nbdspy.signatures import InputField, OutputField, Signature, SignatureType

HINT = "hint_"  # the input that a predictor with advice has besides its own
NOTHING = ("", "n/a", "na", "none")  # what models write for a predictor that needs no advice


class Feedback(Signature):
    """A program was run, and its result earned a lower reward than it should. Say how to earn more next time.

    Find out from the steps and from the code of the reward which predictors caused the shortfall, and give each of
    these advice for its next run. A predictor sees its advice and its inputs, and nothing of this run: so say in
    concrete words in which case to do what. For a predictor that did well write N/A.
    """

    program_code: str = InputField()
    predictors: str = InputField(desc="the predictors of the program with their instructions, inputs and outputs")
    program_inputs: str = InputField()
    program_steps: str = InputField(desc="which predictor was given what, and what it answered, in order")
    program_outputs: str = InputField()
    reward_code: str = InputField()
    reward: float = InputField(desc="what this run earned")
    threshold: float | None = InputField(desc="what it should earn; None when there is no limit")
    predictor_names: list[str] = InputField()
    discussion: str = OutputField(desc="what went wrong, and by which predictor")
    advice: dict[str, str] = OutputField(desc="for each of the predictor names, what it should do")


class Refine(BestOfN):
    """Runs a program up to N times as `BestOfN` does, with advice between the runs.

    After a run that misses the threshold, a model (the configured one, else the program's own) reads the program, its
    steps and the reward function, and advises predictors. Those that it advises find it in the next run as one more
    input, `hint_`; the program itself stays as it is, and no hint stands in the trace. Advice that fails counts as a
    failed run, and the next run has the advice of before; where none could be read, a warning says so. Rewards and
    programs need not have a source that can be found: what is known of them is told instead.

    Args:
        module: A program or a signature.
        N: The most runs.
        reward_fn: `reward_fn(inputs, prediction)` gives a number, higher is better; it may be async, and a module.
        threshold: The reward that is good enough; None runs all N.
        fail_count: How many failures are allowed; see `BestOfN`.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import DummyLM
        >>> one_word = lambda inputs, prediction: len(prediction.answer.split()) == 1
        >>> ask = Refine("question -> answer", N=2, reward_fn=one_word, threshold=1.0)
        >>> advised = {"discussion": "Three words.", "advice": "Answer in one word."}
        >>> lm = DummyLM([{"answer": "It is Brussels."}, advised, {"answer": "Brussels"}])
        >>> with context(lm=lm):
        ...     ask(question="What is the capital of Belgium?").answer
        'Brussels'
        >>> "Answer in one word." in lm.requests[-1].messages[-1]["content"]
        True
    """

    def _copied(self, number: int, advice: Advice) -> Module:
        program = super()._copied(number, advice)
        for name, predictor in program.named_predictors():
            if name in advice:
                field = InputField("advice from an earlier run", default=advice[name])
                predictor.signature = predictor.signature.append(HINT, field, str)
                predictor.demos = [_unadvised(demo) for demo in predictor.demos]
        return program

    def _advice(self, attempt: Attempt, inputs: Mapping[str, Any], rounds: list[bool]) -> Steps[Advice]:
        names = {id(predictor): name for name, predictor in self.module.named_predictors()}
        lm = settings.lm or next((predictor.lm for predictor in self.module.predictors() if predictor.lm), None)
        asked = {
            "program_code": code_of_program(self.module),
            "predictors": predictors_of(self.module),
            "program_inputs": values_as_text(inputs.items()),
            "program_steps": "\n\n".join(
                f"{names.get(id(predictor), 'another predictor')}\n"
                f"{values_as_text(given.items())}\n->\n{values_as_text(vars(said).items())}"
                for predictor, given, said in attempt.trace
            ),
            "program_outputs": _result(attempt.prediction),
            "reward_code": code_of(self.reward_fn),
            "reward": attempt.reward,
            "threshold": self.threshold,
            "predictor_names": list(names.values()),
        }
        rounds.append(False)
        feedback, _ = yield Apart(Run(Predict(_signature(len(names))), {**asked, "lm": lm}))
        rounds[-1] = True
        return _read(feedback.advice, list(names.values()))

    def _tell(self, rounds: Sequence[bool]) -> None:
        if rounds and not any(rounds):
            warn_caller(
                f"Refine refined nothing: no advice could be read in {len(rounds)} of {len(rounds)} rounds. Another "
                "model may write it better; without advice, BestOfN does the same for fewer calls."
            )

    def _own_inputs(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        return {name: value for name, value in given.items() if name != HINT}


def _signature(predictors: int) -> SignatureType:
    """What is asked for: for a single predictor just a text, which small models can write."""
    if predictors > 1:
        return Feedback
    return Feedback.with_updated_fields("advice", type_=str, desc="what the predictor should do")


def _read(advice: Mapping[str, str] | str, names: list[str]) -> Advice:
    """The advice that says something, by the names of predictors."""
    given = dict.fromkeys(names, advice) if isinstance(advice, str) else advice
    said = {name: text.strip() for name, text in given.items() if text.strip().rstrip(".").lower() not in NOTHING}
    return {name: text for name, text in said.items() if name in names}


def _unadvised(demo: Any) -> Any:
    """A demo with a hint that says nothing, so that it stays a whole one."""
    return Example(demo, **{HINT: "N/A"})


def _result(prediction: Any) -> str:
    return values_as_text(vars(prediction).items()) if isinstance(prediction, Example) else value_as_text(prediction)
