"""Callbacks: what they are told of each piece of work, whose calls they hear, and that they can break nothing."""

import asyncio
import copy
import gc
import logging
from dataclasses import dataclass
from typing import Any

import pytest

from nbdspy import events
from nbdspy.adapters import ChatAdapter
from nbdspy.configuration import configure, context, settings
from nbdspy.data import Example
from nbdspy.errors import ParseError, SettingsError
from nbdspy.evaluation import Evaluate
from nbdspy.models import Reply
from nbdspy.modules import ChainOfThought, Module, Predict
from nbdspy.observe import ACTIVE_CALL_ID, BaseCallback
from nbdspy.optimizers import LabeledFewShot
from nbdspy.runtime import map_threads
from nbdspy.testing import DummyLM, FakeLM
from nbdspy.types import Tool

KINDS = ("module", "lm", "adapter_format", "adapter_parse", "tool", "evaluate", "compile")


class Heard(BaseCallback):
    """Writes down everything that it is told."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []

    def of(self, handler: str) -> list[dict[str, Any]]:
        return [said for said in self.said if said["handler"] == handler]

    @property
    def handlers(self) -> list[str]:
        return [said["handler"] for said in self.said]


def _writes(handler: str) -> Any:
    def write(self: Heard, **said: Any) -> None:
        self.said.append({"handler": handler, "around": ACTIVE_CALL_ID.get(), **said})

    return write


for kind in KINDS:
    for moment in ("start", "end"):
        setattr(Heard, f"on_{kind}_{moment}", _writes(f"{kind}_{moment}"))


def canned(count: int = 1) -> DummyLM:
    return DummyLM([{"reasoning": "So.", "answer": "42"}] * count)


class TestWhatIsTold:
    def test_a_call_of_a_predictor_from_its_start_to_its_end(self) -> None:
        ask, lm, heard = Predict("question -> answer"), canned(), Heard()

        with context(lm=lm, callbacks=[heard]):
            prediction = ask(question="Why?")

        assert heard.handlers == [
            "module_start", "adapter_format_start", "adapter_format_end", "lm_start", "lm_end",
            "adapter_parse_start", "adapter_parse_end", "module_end",
        ]  # fmt: skip
        began, ended = heard.said[0], heard.said[-1]
        assert began["instance"] is ask
        assert began["inputs"] == {"args": (), "kwargs": {"question": "Why?"}}
        assert ended["outputs"] is prediction
        assert ended["exception"] is None
        assert began["call_id"] == ended["call_id"]

    def test_a_model_is_told_as_it_was_asked_and_as_it_answered(self) -> None:
        lm, heard = FakeLM(lambda request: Reply(texts=("42", "43")), temperature=0.5), Heard()

        with context(callbacks=[heard]):
            lm("Why?", n=2)

        (began,), (ended,) = heard.of("lm_start"), heard.of("lm_end")
        assert began["instance"] is lm
        assert began["inputs"] == {
            "prompt": None,
            "messages": [{"role": "user", "content": "Why?"}],
            "kwargs": {"temperature": 0.5, "n": 2},
        }
        assert ended["outputs"] == ["42", "43"]

    def test_an_adapter_is_told_with_what_it_wrote_and_read(self) -> None:
        ask, heard = Predict("question -> answer: int"), Heard()

        with context(lm=canned(), callbacks=[heard]):
            ask(question="Why?")

        (wrote,), (written,) = heard.of("adapter_format_start"), heard.of("adapter_format_end")
        (read,), (values,) = heard.of("adapter_parse_start"), heard.of("adapter_parse_end")
        assert isinstance(wrote["instance"], ChatAdapter)
        assert wrote["inputs"] == {"signature": ask.signature, "demos": [], "inputs": {"question": "Why?"}}
        assert "Why?" in written["outputs"][-1]["content"]
        assert "[[ ## answer ## ]]" in read["inputs"]["completion"]
        assert values["outputs"] == {"answer": 42}

    def test_a_tool_is_told_with_its_arguments_and_its_result(self) -> None:
        def double(number: int) -> int:
            return 2 * number

        tool, heard = Tool(double), Heard()
        with context(callbacks=[heard]):
            tool(number=21)

        (began,), (ended,) = heard.of("tool_start"), heard.of("tool_end")
        assert (began["instance"], began["inputs"]) == (tool, {"kwargs": {"number": 21}})
        assert ended["outputs"] == 42

    def test_an_evaluation_and_what_it_calls_on_its_threads(self) -> None:
        ask, heard = Predict("question -> answer"), Heard()
        devset = [Example(question=str(number), answer="42").with_inputs("question") for number in range(6)]

        with context(lm=FakeLM("[[ ## answer ## ]]\n42"), callbacks=[heard]):
            result = Evaluate(devset=devset, metric="exact_match", num_threads=3)(ask)

        (began,), (ended,) = heard.of("evaluate_start"), heard.of("evaluate_end")
        assert began["inputs"]["program"] is ask
        assert began["inputs"]["devset"] is devset
        assert ended["outputs"] is result
        assert [said["around"] for said in heard.of("module_start")] == [began["call_id"]] * 6

    def test_a_compile_and_the_program_that_it_found(self) -> None:
        ask, heard = Predict("question -> answer"), Heard()
        trainset = [Example(question="6 * 7", answer="42").with_inputs("question")] * 10

        with context(lm=canned(), callbacks=[heard]):
            better = LabeledFewShot(k=1).compile(ask, trainset=trainset)

        (began,), (ended,) = heard.of("compile_start"), heard.of("compile_end")
        assert began["inputs"]["student"] is ask
        assert ended["outputs"] is better

    def test_an_error_is_told_at_every_end_that_it_passes(self) -> None:
        heard = Heard()

        lm = FakeLM("nothing of the kind", prefers="completion")
        with context(lm=lm, callbacks=[heard]), pytest.raises(ParseError) as raised:
            Predict("question -> answer: int")(question="Why?")

        ends = {said["handler"]: said for said in heard.said if said["handler"].endswith("_end")}
        assert ends["module_end"]["exception"] is ends["adapter_parse_end"]["exception"] is raised.value
        assert ends["module_end"]["outputs"] is None
        assert ends["lm_end"]["exception"] is None

    def test_inputs_are_those_that_were_given(self) -> None:
        heard = Heard()

        with context(callbacks=[heard]):
            Predict("question -> answer")(question="Why?", lm=canned(), config={"temperature": 0.1})

        assert heard.said[0]["inputs"]["kwargs"].keys() == {"question", "lm", "config"}


class TestParents:
    def test_each_call_knows_the_one_around_it(self) -> None:
        program, heard = ChainOfThought("question -> answer"), Heard()

        with context(lm=canned(), callbacks=[heard]):
            program(question="Why?")

        outer, inner = heard.of("module_start")
        assert (outer["instance"], inner["instance"]) == (program, program.predict)
        assert outer["around"] is None
        assert inner["around"] == outer["call_id"]
        assert heard.of("lm_start")[0]["around"] == heard.of("lm_end")[0]["around"] == inner["call_id"]
        assert heard.of("module_end")[-1]["around"] is None
        assert ACTIVE_CALL_ID.get() is None

    def test_tasks_do_not_mix(self) -> None:
        program, heard = ChainOfThought("question -> answer"), Heard()

        async def both() -> None:
            await asyncio.gather(program.acall(question="Why?"), program.acall(question="How?"))

        with context(lm=canned(2), callbacks=[heard]):
            asyncio.run(both())

        outer = {said["call_id"] for said in heard.of("module_start") if said["instance"] is program}
        inner = [said["around"] for said in heard.of("module_start") if said["instance"] is program.predict]
        assert set(inner) == outer
        assert len(inner) == len(outer) == 2

    def test_a_call_that_nobody_was_told_of_is_no_parent(self) -> None:
        heard = Heard()
        lm = FakeLM("[[ ## answer ## ]]\n42", callbacks=[heard])

        with context(lm=lm):
            Predict("question -> answer")(question="Why?")

        assert heard.handlers == ["lm_start", "lm_end"]
        assert heard.said[0]["around"] is None

    def test_a_stream_that_is_read_slowly_is_no_parent_of_what_the_reader_does(self) -> None:
        heard = Heard()
        lm = FakeLM("forty two")

        with context(callbacks=[heard]):
            stream = lm.stream(lm.request(messages=[{"role": "user", "content": "Why?"}]))
            next(stream)
            assert ACTIVE_CALL_ID.get() is None
            list(stream)

        assert heard.handlers == ["lm_start", "lm_end"]
        assert heard.said[-1]["outputs"] == ["forty two"]


class TestWhoseCalls:
    def test_all_of_the_process_on_every_thread(self) -> None:
        heard = Heard()
        configure(lm=FakeLM("[[ ## answer ## ]]\n42"), callbacks=[heard])

        list(map_threads(lambda text: Predict("question -> answer")(question=text), ["a", "b", "c"], threads=3))

        assert len(heard.of("module_end")) == 3

    def test_those_of_a_block(self) -> None:
        heard, ask = Heard(), Predict("question -> answer")

        with context(lm=canned(3)):
            ask(question="before")
            with context(callbacks=[heard]):
                ask(question="inside")
            ask(question="after")

        assert [said["inputs"]["kwargs"]["question"] for said in heard.of("module_start")] == ["inside"]

    def test_those_of_one_object(self) -> None:
        mine, ours = Heard(), Heard()
        ask, other = Predict("question -> answer", callbacks=[mine]), Predict("question -> answer")

        with context(lm=canned(2), callbacks=[ours]):
            ask(question="Why?")
            other(question="How?")

        assert mine.handlers == ["module_start", "module_end"]
        assert len(ours.of("module_start")) == 2

    def test_of_a_program_and_of_an_adapter(self) -> None:
        mine, writers = Heard(), Heard()

        class Answers(Module):
            def __init__(self) -> None:
                super().__init__(callbacks=[mine])
                self.ask = Predict("question -> answer")

            def forward(self, question: str) -> Any:
                return self.ask(question=question)

        with context(lm=canned(), adapter=ChatAdapter(callbacks=[writers])):
            Answers()(question="Why?")

        assert mine.handlers == ["module_start", "module_end"]
        assert writers.handlers == [
            "adapter_format_start", "adapter_format_end", "adapter_parse_start", "adapter_parse_end"
        ]  # fmt: skip

    def test_once_also_when_registered_twice(self) -> None:
        heard = Heard()

        with context(lm=canned(), callbacks=[heard]):
            Predict("question -> answer", callbacks=[heard])(question="Why?")

        assert len(heard.of("module_start")) == 1

    def test_a_copied_program_is_watched_by_the_same(self) -> None:
        heard = Heard()
        ask = Predict("question -> answer", callbacks=[heard])

        with context(lm=canned(2)):
            ask.deepcopy()(question="Why?")
            copy.deepcopy(ask)(question="How?")

        assert len(heard.of("module_end")) == 2

    def test_a_copied_model_keeps_its_callbacks(self) -> None:
        heard = Heard()

        FakeLM("42", callbacks=[heard]).copy(temperature=1.0)("Why?")

        assert heard.handlers == ["lm_start", "lm_end"]


class TestBeingForeign:
    def test_a_handler_that_raises_is_logged_once_and_hears_no_more_but_the_others_do(self, caplog) -> None:
        class Fails(BaseCallback):
            calls = ends = 0

            def on_lm_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
                Fails.calls += 1
                raise ValueError("no")

            def on_lm_end(self, call_id: str, outputs: Any, exception: BaseException | None = None) -> None:
                Fails.ends += 1

        heard = Heard()
        with context(lm=canned(2), callbacks=[Fails(), heard]), caplog.at_level(logging.ERROR, "nbdspy"):
            answers = [Predict("question -> answer")(question=text).answer for text in "ab"]

        assert answers == ["42", "42"]
        assert (Fails.calls, Fails.ends) == (1, 2)
        assert [record.getMessage().split(" of ")[0] for record in caplog.records] == ["nbdspy: on_lm_start"]
        assert len(heard.of("lm_end")) == 2
        caplog.clear()  # a traceback keeps the callback

    def test_one_needs_neither_an_init_nor_a_hash(self) -> None:
        @dataclass
        class Counts(BaseCallback):
            ends: int = 0

            def on_module_end(self, call_id: str, outputs: Any, exception: BaseException | None = None) -> None:
                self.ends += 1

        one, other = Counts(), Counts()
        with context(lm=canned(), callbacks=[one, other]):
            Predict("question -> answer")(question="Why?")

        assert (one.ends, other.ends) == (1, 1)

    def test_without_any_nobody_listens(self) -> None:
        heard = Heard()
        assert events.heard()

        del heard
        gc.collect()
        with events.span("module", "last"):
            pass

        assert not events.heard()
        again = Heard()
        with context(lm=canned(), callbacks=[again]):
            Predict("question -> answer")(question="Why?")
        assert again.handlers[-1] == "module_end"

    def test_what_is_no_callback_is_refused(self) -> None:
        for wrong in (Heard, Heard(), ["print"], [print]):
            with pytest.raises(SettingsError, match=r"callback"):
                configure(callbacks=wrong)
        assert settings.callbacks == []

    def test_the_base_hears_everything_and_does_nothing(self) -> None:
        with context(lm=canned(), callbacks=[BaseCallback()]):
            assert Predict("question -> answer")(question="Why?").answer == "42"


def test_a_callback_may_have_any_attribute_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    class Counting(BaseCallback):
        def __init__(self) -> None:
            self._failed = 0
            self.ended = 0

        def on_module_end(self, call_id: str, outputs: Any, exception: BaseException | None = None) -> None:
            self.ended += 1
            self._failed += exception is not None
            assert self.ended < 3

    callback = Counting()
    with context(lm=FakeLM(lambda request: ""), callbacks=[callback]):
        for _ in range(4):
            with pytest.raises(ParseError):
                Predict("question -> answer: int")(question="?")

    assert vars(callback) == {"_failed": 3, "ended": 3}
    assert caplog.text.count("it hears no more") == 1
    caplog.clear()  # a traceback keeps the callback
