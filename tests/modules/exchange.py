"""One script for two libraries: `exchange.py LIBRARY save FOLDER`, or `exchange.py LIBRARY load FOLDER OUT`.

It builds the same programs with nbdspy or with DSPy, writes their files, or reads files and says what is in them now.
A module that is new here joins by a line in PROGRAMS.
"""

from __future__ import annotations

import datetime
import enum
import importlib
import json
import sys
from pathlib import Path
from typing import Any, Literal, Optional

import pydantic

if sys.argv[1] == "nbdspy":
    importlib.import_module("nbdspy").install_as_dspy()
lib = importlib.import_module("dspy")


class Person(pydantic.BaseModel):
    name: str
    born: datetime.date


class Mood(enum.Enum):
    GOOD = "good"
    BAD = "bad"


class Judge(lib.Signature):
    """Judge it."""

    answer: str = lib.InputField()
    ok: bool = lib.OutputField(desc="whether it is right")


class Rich(lib.Signature):
    """Find everything."""

    context: list[str] = lib.InputField(desc="passages\nin order")
    author: Person = lib.InputField()
    people: list[Person] = lib.OutputField()
    mood: Mood = lib.OutputField()
    scores: dict[str, int] = lib.OutputField(desc="by name")
    kind: Literal["letter", "song"] = lib.OutputField()
    note: Optional[str] = lib.OutputField()  # noqa: UP045


class Money(lib.Type):
    amount: float

    def format(self) -> str:
        return f"{self.amount} EUR"


class Looking(lib.Signature):
    """Look."""

    picture: lib.Image = lib.InputField()
    more: list[lib.Image] = lib.InputField()
    sound: lib.Audio = lib.InputField()
    paper: lib.File = lib.InputField()
    price: Money = lib.OutputField()
    answer: str = lib.OutputField()


class Writing(lib.Signature):
    """Write."""

    question: str = lib.InputField()
    code: lib.Code = lib.OutputField()
    calls: lib.ToolCalls = lib.OutputField()


def look_up(name: str) -> str:
    """Look a name up."""
    return name


class Hop(lib.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ask = lib.ChainOfThought("question, context: list[str] -> search_query2")

    def forward(self, **inputs: Any) -> Any:
        return self.ask(**inputs)


class Nested(lib.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hop = Hop()
        self.hops = [Hop(), lib.Predict("question -> HTMLText")]
        self.by = {"judge": lib.Predict(Judge), "it's": lib.Predict(Judge), 7: lib.ChainOfThought(Judge)}
        self.pair = (lib.Predict("answer -> a1b2, my_aB"),)
        self.again = self.pair[0]
        self.limit = 3

    def forward(self, **inputs: Any) -> Any:
        return self.hop(**inputs)


def reward(inputs: dict[str, Any], prediction: Any) -> float:
    return float(len(prediction.answer))


def search(query: str, limit: int = 5) -> list[str]:
    """Search."""
    return [query] * limit


PROGRAMS = {
    "Predict": lambda: lib.Predict("question -> answer"),
    "Predict of a class": lambda: lib.Predict(Judge),
    "Predict of many types": lambda: lib.Predict(Rich),
    "ChainOfThought": lambda: lib.ChainOfThought("question, context: list[str] -> answer"),
    "ChainOfThought of many types": lambda: lib.ChainOfThought(Rich),
    "Predict of content parts": lambda: lib.Predict(Looking),
    "Predict of types without parts": lambda: lib.Predict(Writing),
    "ReAct": lambda: lib.ReAct("question -> answer", tools=[search]),
    "ReAct of many types": lambda: lib.ReAct(Rich, tools=[search]),
    "ReActV2": lambda: lib.ReActV2("question -> answer", tools=[search]),
    "SemanticF1": lambda: lib.evaluate.SemanticF1(),
    "SemanticF1 of key ideas": lambda: lib.evaluate.SemanticF1(decompositional=True),
    "CompleteAndGrounded": lambda: lib.evaluate.CompleteAndGrounded(),
    "MultiChainComparison": lambda: lib.MultiChainComparison("question, context: list[str] -> answer", M=2),
    "BestOfN": lambda: lib.BestOfN(lib.ChainOfThought(Judge), N=2, reward_fn=reward, threshold=1.0),
    "Refine": lambda: lib.Refine(Hop(), N=2, reward_fn=reward, threshold=1.0),
    "ProgramOfThought": lambda: lib.ProgramOfThought("question, context: list[str] -> answer"),
    "CodeAct": lambda: lib.CodeAct("question -> answer", tools=[look_up]),
    "RLM": lambda: lib.RLM("question, context: list[str] -> answer"),
    "nested": Nested,
}

ADA = Person(name="Ada „L“", born=datetime.date(1815, 12, 10))
VALUES = {
    "question": ("Who?\nAnd why?", "q2", "q3"),
    "context": (["a", "„Ü“ [[ x ]]"], [], ["b"]),
    "author": (ADA, ADA, ADA),
    "people": ([ADA], [], [ADA, ADA]),
    "mood": (Mood.GOOD, Mood.BAD, Mood.GOOD),
    "scores": ({"a": 1}, {}, {"b": 2}),
    "kind": ("letter", "song", "song"),
    "ok": (True, False, True),
    "picture": [lib.Image(f"https://a.example/{name}.png") for name in ("1", "ü", "3")],
    "more": ([lib.Image("https://a.example/4.png")] * 2, [], [lib.Image("https://a.example/5.png")]),
    "sound": [lib.Audio(data="QUJD", audio_format="wav")] * 3,
    "paper": [lib.File(file_id="f1", filename="a.pdf")] * 3,
    "price": [Money(amount=3)] * 3,
    "code": [lib.Code(code="print(1)\nprint(2)")] * 3,
    "trajectory": ("[[ ## thought_0 ## ]]\nLook.\n\n[[ ## tool_name_0 ## ]]\nfinish", "", "[[ ## thought_0 ## ]]\nHm."),
    "next_tool_name": ("search", "finish", "finish"),
    "next_tool_args": ({"query": "ü"}, {}, {"query": "x", "limit": 3}),
    "history": [lib.History(messages=[])] * 3,
    "tools": [[]] * 3,
    "tool_calls": [lib.ToolCalls.from_dict_list([{"name": "search", "args": {"query": "x"}}])] * 3,
    "calls": [lib.ToolCalls.from_dict_list([{"name": "search", "args": {"query": "x"}}])] * 3,
}
SETTINGS = {
    "temperature": 0.3, "max_tokens": 100, "top_p": 0.4, "stop": ["x"], "cache": False, "num_retries": 5, "timeout": 30,
}  # fmt: skip


def dress(program: Any) -> None:
    """What a compile and a careful user leave behind in every predictor."""
    for number, (_, predictor) in enumerate(program.named_predictors()):
        fields = list(predictor.signature.fields)
        whole = [{name: VALUES.get(name, ("text", "", "t3"))[at] for name in fields} for at in range(3)]
        whole[0]["augmented"] = True
        if len(predictor.signature.output_fields) > 1:
            whole[1][fields[-1]] = None
        del whole[2][fields[0]]
        predictor.demos = [lib.Example(**values) for values in whole]
        signature = predictor.signature.with_instructions(f"Do number {number}.\n\nBe „brief“.")
        in_words_of_its_library = type(program) not in (lib.Predict, lib.ChainOfThought, Nested)
        for name in fields:
            if number % 2 or in_words_of_its_library or name == "reasoning":
                signature = signature.with_updated_fields(name, desc=f"the {name}")
            if type(program) is lib.MultiChainComparison and sys.argv[1] == "dspy":  # which has words in its prefixes
                signature = signature.with_updated_fields(name, prefix=f"{name.replace('_', ' ').title()}:")
        predictor.signature = signature
        kind = {} if number % 4 else {"model_type": "text"}
        predictor.lm = None if number % 2 else lib.LM("openai/gpt-4o-mini", **SETTINGS, **kind)


def facts(program: Any) -> dict[str, Any]:
    """What every predictor has, and what it would send."""
    return {name: _facts(predictor) for name, predictor in program.named_predictors()}


def _facts(predictor: Any) -> dict[str, Any]:
    signature = predictor.signature
    inputs = {name: VALUES.get(name, ("text",))[0] for name in signature.input_fields}
    lm = predictor.lm
    return {
        "demos": predictor.dump_state()["demos"],
        "instructions": signature.instructions,
        "inputs": list(signature.input_fields),
        "outputs": list(signature.output_fields),
        "lm": lm and [lm.model, lm.cache, *_settings(lm)],
        "messages": [dict(message) for message in lib.ChatAdapter().format(signature, predictor.demos, inputs)],
    }


def _settings(lm: Any) -> list[Any]:
    if sys.argv[1] == "dspy":
        return [lm.kwargs["temperature"], lm.kwargs["max_tokens"], lm.num_retries, lm.kwargs["timeout"]]
    return [lm.temperature, lm.max_tokens, lm.leaf.attempts - 1, lm.leaf.timeout]


def main(action: str, folder: Path, out: Path | None = None) -> None:
    found = {}
    for name, make in PROGRAMS.items():
        program = make()
        if action == "save":
            dress(program)
            program.save(folder / f"{name}.json")
        else:
            program.load(folder / f"{name}.json")
            assert out is not None
            program.save(out / f"{name}.json")
        found[name] = facts(program)
    print(json.dumps(found, default=lambda member: member.value))


if __name__ == "__main__":
    main(sys.argv[2], *map(Path, sys.argv[3:]))
