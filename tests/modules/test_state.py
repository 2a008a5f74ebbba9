"""Programs as files, which DSPy reads and writes too."""

from __future__ import annotations

import datetime
import enum
import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pydantic
import pytest

from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import SavedStateError
from nbdspy.models import LM
from nbdspy.modules import ChainOfThought, Module, Predict, prompt
from nbdspy.signatures import Field, InputField, OutputField, Signature
from nbdspy.signatures.signature import make


class Judge(Signature):
    """Judge it."""

    answer: str = InputField()
    ok: bool = OutputField("whether it is right")


class Program(Module):
    """The program of the peer's reference."""

    def __init__(self) -> None:
        self.gen = ChainOfThought("context: list[str], question -> answer")
        self.hops = [Predict("question -> search_query")]
        self.by = {"judge": Predict(Judge)}

    def forward(self, question: str) -> Any:
        return self.gen(context=[], question=question)


def compiled() -> Program:
    program = Program()
    program.gen.predict.demos = [
        Example(augmented=True, context=["a", "„Ü“"], question="q", reasoning="r", answer="x").with_inputs("question"),
        Example(question="q2", answer="y"),
    ]
    program.gen.predict.signature = program.gen.predict.signature.with_instructions("Answer\nbriefly.")
    hop = program.hops[0].signature
    program.hops[0].signature = hop.with_updated_fields("search_query", desc="for a library")
    program.hops[0].lm = LM(
        "openai/gpt-4o-mini", temperature=0.3, api_base="http://localhost:1", api_key="sk-secret", n=2
    )
    return program


def state_of(program: Module) -> Any:
    return [
        (name, predictor.demos, predictor.signature.instructions, predictor.signature.fields, predictor.lm)
        for name, predictor in program.named_predictors()
    ]


def saved(program: Module, folder: Path) -> Path:
    path = folder / "program.json"
    program.save(path)
    return path


def test_a_program_comes_back_as_it_was(tmp_path: Path) -> None:
    before, after = compiled(), Program()
    before.hops[0].lm = None

    after.load(saved(before, tmp_path))

    assert state_of(after) == state_of(before)


def test_its_model_comes_back_with_its_settings(tmp_path: Path) -> None:
    after = Program()

    after.load(saved(compiled(), tmp_path))

    lm = after.hops[0].lm
    assert lm is not None
    assert (lm.model, lm.temperature, lm.max_tokens, lm.cache) == ("openai/gpt-4o-mini", 0.3, None, True)
    assert lm.options == {"n": 2}


def test_retries_come_back(tmp_path: Path) -> None:
    before, after = Predict("a -> b"), Predict("a -> b")
    before.lm = LM("openai/gpt-4o-mini", num_retries=7)

    after.load(saved(before, tmp_path))

    assert after.lm is not None
    assert after.lm.leaf.attempts == 8


def test_the_layout_is_the_peers() -> None:
    assert compiled().dump_state() == {
        "gen.predict": {
            "traces": [],
            "train": [],
            "demos": [
                {"augmented": True, "context": ["a", "„Ü“"], "question": "q", "reasoning": "r", "answer": "x"},
                {"question": "q2", "answer": "y"},
            ],
            "signature": {
                "instructions": "Answer\nbriefly.",
                "fields": [
                    {"prefix": "Context:", "description": "${context}"},
                    {"prefix": "Question:", "description": "${question}"},
                    {"prefix": "Reasoning:", "description": "the steps that lead to the answer"},
                    {"prefix": "Answer:", "description": "${answer}"},
                ],
            },
            "lm": None,
        },
        "hops[0]": {
            "traces": [],
            "train": [],
            "demos": [],
            "signature": {
                "instructions": "Given the fields `question`, produce the fields `search_query`.",
                "fields": [
                    {"prefix": "Question:", "description": "${question}"},
                    {"prefix": "Search Query:", "description": "for a library"},
                ],
            },
            "lm": {
                "_dspy_lm_class": "dspy.clients.lm.LM",
                "model": "openai/gpt-4o-mini",
                "model_type": "chat",
                "cache": True,
                "num_retries": 3,
                "temperature": 0.3,
                "max_tokens": None,
                "n": 2,
                "finetuning_model": None,
                "launch_kwargs": {},
                "train_kwargs": {},
            },
        },
        "by['judge']": {
            "traces": [],
            "train": [],
            "demos": [],
            "signature": {
                "instructions": "Judge it.",
                "fields": [
                    {"prefix": "Answer:", "description": "${answer}"},
                    {"prefix": "Ok:", "description": "whether it is right"},
                ],
            },
            "lm": None,
        },
    }


def test_the_file_is_indented_json_with_versions_that_dspy_knows(tmp_path: Path) -> None:
    text = saved(compiled(), tmp_path).read_text(encoding="utf-8")

    assert text.startswith('{\n  "gen.predict": {\n    "traces": [],')
    assert text.endswith("}\n")
    assert "„Ü“" in text
    assert json.loads(text)["metadata"] == {"dependency_versions": {"python": _python(), "dspy": "3.4.1"}}


def test_a_bare_predictor_stands_at_the_top_level(tmp_path: Path) -> None:
    before, after = Predict("question -> answer"), Predict("question -> answer")
    before.demos = [Example(question="a", answer="b")]

    path = saved(before, tmp_path)
    after.load(path)

    assert list(json.loads(path.read_text())) == ["traces", "train", "demos", "signature", "lm", "metadata"]
    assert after.demos == before.demos


@pytest.mark.parametrize("secret", ["sk-0123456789abcdef0123", "another-secret-of-mine"])
def test_keys_are_never_written(tmp_path: Path, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "another-secret-of-mine")
    program = Predict("a -> b")
    program.lm = LM("openai/gpt-4o-mini", api_key=secret, extra_body={"note": f"use {secret}", "api_key": "anything"})

    text = saved(program, tmp_path).read_text()

    assert secret not in text
    assert "anything" not in text


def test_a_field_may_be_called_as_keys_are(tmp_path: Path) -> None:
    before, after = Predict("password -> next_token"), Predict("password -> next_token")
    before.demos = [Example(password="correct horse", next_token="battery")]

    after.load(saved(before, tmp_path))

    assert after.demos == before.demos


def test_a_key_in_a_demo_is_concealed_and_the_predictor_and_the_field_are_named(tmp_path: Path) -> None:
    program = compiled()
    program.hops[0].demos = [Example(question="use sk-0123456789abcdef0123", search_query="a")]

    with pytest.warns(UserWarning, match=r"predictor 'hops\[0\]' holds a key in its field 'question'") as told:
        path = saved(program, tmp_path)

    assert len(told) == 1
    assert json.loads(path.read_text())["hops[0]"]["demos"] == [{"question": "use [redacted]", "search_query": "a"}]


@pytest.mark.parametrize(
    "setting",
    [
        "api_base",
        "base_url",
        "model_list",
        "api_key",
        "fallbacks",
        "extra_headers",
        "azure_endpoint",
        "vertex_credentials",
        "context_window_fallback_dict",
        "mock_response",
        "aws_role_name",
        "extra_body",
        "litellm_credential_name",
    ],
)
def test_a_file_does_not_say_where_calls_go(tmp_path: Path, setting: str) -> None:
    path, program = saved(compiled(), tmp_path), Program()
    state = json.loads(path.read_text())
    state["hops[0]"]["lm"][setting] = "http://evil.example"
    path.write_text(json.dumps(state))

    with pytest.warns(UserWarning, match=f"The file's {setting} was not taken over") as warned:
        program.load(path)

    assert warned[0].filename == __file__
    lm = program.hops[0].lm
    assert lm is not None
    assert "evil" not in repr(vars(lm)) + repr(vars(lm.leaf))


def test_warnings_of_a_state_point_at_the_line_that_gave_it(tmp_path: Path) -> None:
    path, program = saved(compiled(), tmp_path), Program()
    state = json.loads(path.read_text())
    state["hops[0]"]["lm"]["api_base"] = "http://evil.example"
    before = Predict("question -> answer")
    before.demos = [Example(question="use sk-0123456789abcdef0123", answer="a")]

    with pytest.warns(UserWarning, match="not taken over") as warned:
        program.load_state(state)
    with pytest.warns(UserWarning, match="holds a key") as told:
        before.dump_state()

    assert [each.filename for each in (*warned, *told)] == [__file__] * 2


def test_one_warning_names_all_that_a_file_may_not_say(tmp_path: Path) -> None:
    path, program = saved(compiled(), tmp_path), Program()
    state = json.loads(path.read_text())
    state["hops[0]"]["lm"] |= {"ssl_verify": False, "extra_body": {"a": 1}, "top_p": 0.9, "seed": 7}
    path.write_text(json.dumps(state))

    with pytest.warns(UserWarning, match="The file's extra_body, ssl_verify were not taken over") as warned:
        program.load(path)

    assert len(warned) == 1
    assert program.hops[0].lm is not None
    assert program.hops[0].lm.options == {"n": 2, "top_p": 0.9, "seed": 7}


@pytest.mark.parametrize("model", ["hf:someone/evil/file.gguf", "/tmp/file.gguf", "../File.GGUF", "vllm/someone/evil"])
def test_a_file_fetches_no_weights_and_opens_none(tmp_path: Path, model: str) -> None:
    path, program = saved(compiled(), tmp_path), Program()
    state = json.loads(path.read_text())
    state["hops[0]"]["lm"]["model"] = model
    path.write_text(json.dumps(state))

    with pytest.raises(SavedStateError, match=r"was not opened.*program\.set_lm\(nbdspy\.LM\("):
        program.load(path)


@pytest.mark.parametrize("model", ["smollm2", "my.gguf"])
def test_a_local_model_that_is_known_or_the_programs_own_comes_back(tmp_path: Path, model: str) -> None:
    before, after = Predict("a -> b"), Predict("a -> b")
    before.lm = LM(model, context_length=1024, max_tokens=7)
    if model == "my.gguf":
        after.lm = LM(model)

    after.load(saved(before, tmp_path))

    assert after.lm is not None
    assert (after.lm.model, after.lm.max_tokens) == (before.lm.model, 7)


def test_an_unset_address_in_a_file_is_nothing_to_warn_of(tmp_path: Path) -> None:
    path, program = saved(compiled(), tmp_path), Program()
    state = json.loads(path.read_text())
    state["hops[0]"]["lm"]["api_base"] = None
    path.write_text(json.dumps(state))

    program.load(path)

    assert program.hops[0].lm is not None


class Mood(enum.Enum):
    GOOD = "good"


class Person(pydantic.BaseModel):
    name: str
    born: datetime.date


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (str, "half a pair: \ud800, a line\nand a „quote“"),
        (int, 3),
        (float, float("nan")),
        (bool, True),
        (list[str], ["a", "b"]),
        (dict[str, int], {"a": 1}),
        (Mood, Mood.GOOD),
        (list[Mood], [Mood.GOOD]),
        (datetime.date, datetime.date(2026, 3, 1)),
        (Person, Person(name="Ada", born=datetime.date(1815, 12, 10))),
        (list[Person], [Person(name="Ada", born=datetime.date(1815, 12, 10))]),
        (set[int], {1, 2}),
        (tuple[int, ...], (1, 2)),
        (str, None),
    ],
)
def test_demos_of_every_type_read_the_same_after_loading(tmp_path: Path, kind: Any, value: Any) -> None:
    signature = make(
        {
            "question": Field(role="input", name="question", type=str),
            "answer": Field(role="output", name="answer", type=kind),
        }
    )
    before, after = Predict(signature), Predict(signature)
    before.demos = [Example(question="q", answer=value)]

    after.load(saved(before, tmp_path))

    with context(lm=None):
        assert str(prompt(after, question="x")) == str(prompt(before, question="x"))


def test_demos_that_are_dictionaries_or_have_odd_names_are_saved() -> None:
    ask = Predict("items, keys -> values")
    ask.demos = [{"items": "a", "keys": "b", "values": "c"}, Example(items="d", keys="e", values="f")]  # type: ignore[list-item]

    assert ask.dump_state()["demos"] == [
        {"items": "a", "keys": "b", "values": "c"},
        {"items": "d", "keys": "e", "values": "f"},
    ]


def _changed(change: Callable[[Any], Any]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        state = json.loads(path.read_text())
        path.write_text(json.dumps(change(state) or state))

    return write


def _without(*keys: str) -> Callable[[Any], Any]:
    def change(state: Any) -> None:
        for key in keys[:-1]:
            state = state[key]
        del state[keys[-1]]

    return change


def _set(*keys: Any) -> Callable[[Any], Any]:
    def change(state: Any) -> None:
        for key in keys[:-2]:
            state = state[key]
        state[keys[-2]] = keys[-1]

    return change


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), r"There is no file"),
        (lambda path: path.write_text("{ not json"), r"is not JSON.*never pickles"),
        (lambda path: path.write_bytes(b"\x80\x04\x95pickle"), r"is not JSON"),
        (lambda path: path.write_text("[1]"), r"holds a list, not a program's state"),
        (_changed(_without("hops[0]")), r"no state for the predictor 'hops\[0\]'; it has: gen.predict, by\['judge'\]"),
        (_changed(_without("by['judge']", "demos")), r"'by\['judge'\]\"? has no 'demos'|has no 'demos'"),
        (_changed(_without("hops[0]", "signature", "fields")), r"has no 'fields'"),
        (_changed(_without("hops[0]", "lm", "model")), r"has no 'model'"),
        (_changed(_set("hops[0]", "signature", "fields", [])), r"has 2 fields \(question, search_query\), the file 0"),
        (_changed(_set("hops[0]", "signature", "instructions", 7)), r"holds an instruction that is no text"),
        (
            _changed(lambda state: state["hops[0]"]["signature"]["fields"].__delitem__(1)),
            r"has 2 fields \(question, search_query\), the file 1 \(Question\)",
        ),
        (_changed(_set("hops[0]", "signature", None)), r"'signature' in the state .* is None, and .*'instructions'"),
        (_changed(_set("hops[0]", "signature", "fields", [3])), r"'fields' in the state .* is \[3\], .* a field each"),
        (_changed(_set("hops[0]", "demos", ["text"])), r"'demos' in the state .* is \['text'\], .* a list of objects"),
        (_changed(_set("hops[0]", "demos", 3)), r"'demos' in the state of .*'hops\[0\]' is 3, and should be a list"),
        (_changed(_set("hops[0]", None)), r"The state of .* is None, and should be an object with 'demos'"),
        (_changed(_set("hops[0]", "lm", "gpt")), r"of another make"),
        (_changed(_set("hops[0]", "lm", "model", "nobody")), r"model 'nobody' cannot be opened here"),
    ],
)
def test_a_file_that_does_not_fit_says_why_and_changes_nothing(tmp_path: Path, damage: Any, message: str) -> None:
    path, program = saved(compiled(), tmp_path), compiled()
    program.gen.predict.demos = [Example(question="mine", answer="mine")]
    before = state_of(program)
    damage(path)

    with pytest.raises(SavedStateError, match=message):
        program.load(path)

    assert state_of(program) == before


def test_a_programs_file_in_a_bare_predictor_says_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(SavedStateError, match=r"no state for the predictor 'self'; it has: gen.predict"):
        Predict("question -> answer").load(saved(compiled(), tmp_path))


@pytest.mark.parametrize("name", ["program.pkl", "program", "program.pickle"])
def test_only_json_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(SavedStateError, match=r"does not end in .json"):
        compiled().save(tmp_path / name)

    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SavedStateError, match=r"There is no folder .*nowhere"):
        compiled().save(tmp_path / "nowhere" / "program.json")


def test_saving_leaves_one_file_that_others_may_read(tmp_path: Path) -> None:
    path = saved(compiled(), tmp_path)
    path.write_text("old")
    compiled().save(path)
    usual = tmp_path / "usual"
    usual.touch()

    assert {each.name for each in tmp_path.iterdir()} == {"program.json", "usual"}
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)


def test_a_program_that_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path, program = saved(compiled(), tmp_path), compiled()
    before = path.read_text()
    program.by["judge"].demos = [Example(answer=Unwritable())]

    with pytest.raises(RuntimeError, match="no"):
        program.save(path)

    assert path.read_text() == before
    assert [each.name for each in tmp_path.iterdir()] == ["program.json"]


class Unwritable:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


def _python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def test_a_file_of_another_signature_is_refused(tmp_path: Path) -> None:
    Predict("request -> intent").save(tmp_path / "program.json")
    program = Predict("question -> answer")

    with pytest.raises(SavedStateError, match="has a field 'question' where the file has 'request'"):
        program.load(tmp_path / "program.json")

    assert program.signature.instructions == "Given the fields `question`, produce the fields `answer`."


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda program: program.dump_state(json_mode=False), "json_mode=False is refused: the state is JSON"),
        (lambda program: program.load("x.pkl", allow_pickle=True), "allow_pickle=True is refused: a pickle runs"),
        (lambda program: program.load("x.json", allow_unsafe_lm_state=True), r"refused: .* where calls go.*set_lm\(LM"),
        (lambda program: program.load_state({}, allow_unsafe_lm_state=True), r"refused: .* where calls go.*set_lm\(LM"),
        (lambda program: program.save("x", modules_to_serialize=[json]), r"modules_to_serialize=\[<module.*refused"),
    ],
)
def test_what_only_a_pickle_could_do_is_refused_with_the_reason(call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(SavedStateError, match=message):
        call(Program())


def test_the_peers_arguments_pass_where_they_ask_for_nothing_more(tmp_path: Path) -> None:
    program = compiled()

    program.save(tmp_path / "program.json", save_program=False, modules_to_serialize=None)
    program.load(tmp_path / "program.json", allow_pickle=False, allow_unsafe_lm_state=False)
    program.load_state(program.dump_state(json_mode=True), allow_unsafe_lm_state=False)

    assert program.gen.predict.demos[1].answer == "y"


class Keyed(Module):
    def __init__(self, *keys: Any) -> None:
        self.by = {key: Predict("question -> answer") for key in keys}


def test_predictors_whose_paths_are_the_same_cannot_be_told_apart_in_a_file() -> None:
    with pytest.raises(SavedStateError, match=r"2 predictors of this program are called .*by\['1'\]"):
        Keyed(1, "1").dump_state()


class Unlucky(Module):
    def __init__(self) -> None:
        self.metadata = Predict("question -> answer")


def test_a_predictor_called_metadata_would_be_lost_in_a_file() -> None:
    with pytest.raises(SavedStateError, match="called 'metadata', as what a file says of itself"):
        Unlucky().dump_state()


class Deep(Module):
    def __init__(self) -> None:
        self.rows = [[Predict("question -> answer")]]
        self.ask = Predict("question -> answer")


def test_what_the_peer_does_not_look_into_stays_as_it_is_with_a_warning(tmp_path: Path) -> None:
    before, after = Deep(), Deep()
    before.ask.demos = [Example(question="a", answer="b")]
    after.rows[0][0].demos = [Example(question="mine", answer="mine")]
    state = before.dump_state()
    del state["rows[0][0]"]
    (tmp_path / "theirs.json").write_text(json.dumps(state))

    with pytest.warns(UserWarning, match=r"no state for the predictor 'rows\[0\]\[0\]', which stays") as warned:
        after.load(tmp_path / "theirs.json")

    assert warned[0].filename == __file__
    assert after.ask.demos == before.ask.demos
    assert after.rows[0][0].demos == [Example(question="mine", answer="mine")]


def test_a_time_limit_of_ones_own_is_saved_and_the_usual_one_is_not() -> None:
    ask = Predict("question -> answer")

    ask.lm = LM("openai/gpt-4o-mini", timeout=7.0)
    assert ask.dump_state()["lm"]["timeout"] == 7.0
    ask.lm = LM("openai/gpt-4o-mini")
    assert "timeout" not in ask.dump_state()["lm"]


def test_a_local_models_context_comes_back() -> None:
    before, after = Predict("question -> answer"), Predict("question -> answer")
    before.lm = LM("smollm2", context_length=2048)

    after.load_state(before.dump_state())

    assert getattr(after.lm.leaf, "context_length") == 2048  # noqa: B009


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SavedStateError, match=r"is a folder. A whole program is read by nbdspy.load"):
        Program().load(tmp_path)


def test_the_file_of_a_bare_predict_is_told_from_a_programs(tmp_path: Path) -> None:
    Predict("question -> answer").save(tmp_path / "bare.json")

    with pytest.raises(
        SavedStateError, match=r"bare Predict, and the program is ChainOfThought\..*program\.predict\.load"
    ):
        ChainOfThought("question -> answer").load(tmp_path / "bare.json")


@pytest.mark.parametrize("engine", ["litellm", "auto"])
def test_the_way_to_a_model_comes_back(tmp_path: Path, engine: Literal["litellm", "auto"]) -> None:
    before, after = Predict("a -> b"), Predict("a -> b")
    before.lm = LM("openai/gpt-4o-mini", engine=engine)

    after.load(saved(before, tmp_path))

    assert isinstance(after.lm, LM)
    assert after.lm.engine == engine


def test_an_engine_of_dspys_own_is_left_to_us() -> None:
    program = Predict("a -> b")
    program.lm = LM("openai/gpt-4o-mini")
    state = program.dump_state()
    state["lm"]["engine"] = "lm15"

    program.load_state(state)

    assert isinstance(program.lm, LM)
    assert program.lm.engine == "auto"


def test_a_key_in_an_instruction_or_a_description_is_concealed(tmp_path: Path) -> None:
    program = Predict(Signature("question -> answer", "Use sk-0123456789abcdef0123."))
    program.signature = program.signature.with_updated_fields("answer", desc="as sk-0123456789abcdef0123 has it")

    text = saved(program, tmp_path).read_text()

    assert "sk-0123456789abcdef0123" not in text
    assert text.count("[redacted]") == 2


def test_an_ordinary_description_is_saved_letter_for_letter(tmp_path: Path) -> None:
    told = "The api_key's *name*, as in `Bearer token`; never sk-… itself:  «ключ» \\n\n\ttwo lines\u2028of it. "
    program, other = Predict(Signature("question -> answer", told)), Predict("question -> answer")
    program.signature = program.signature.with_updated_fields("answer", desc=told)

    first = saved(program, tmp_path).read_bytes()
    other.load(tmp_path / "program.json")

    assert other.signature.fields["answer"].description == told
    assert other.signature.instructions == program.signature.instructions
    assert saved(other, tmp_path).read_bytes() == first
