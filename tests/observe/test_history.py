"""The last calls: what an entry tells, whose it is, how many are kept, and how they read."""

import gc
import io
import weakref
from typing import Any

import pytest

from nbdspy import events
from nbdspy.configuration import configure, context
from nbdspy.errors import LMUnavailable, UsageError
from nbdspy.models import Reply, Request, Usage
from nbdspy.modules import ChainOfThought, Module, Predict
from nbdspy.observe import history, inspect_history
from nbdspy.runtime import map_threads
from nbdspy.testing import DummyLM, FakeLM

PAID = Reply(texts=("42",), usage=Usage(prompt=9, completion=2), cost=0.25, seconds=1.5)


def printed(n: int = 1, calls: Any = None) -> str:
    file = io.StringIO()
    (inspect_history if calls is None else calls.inspect_history)(n, file)
    return file.getvalue()


class Twice(Module):
    def __init__(self) -> None:
        self.first = Predict("question -> answer")
        self.second = ChainOfThought("answer -> verdict")

    def forward(self, question: str) -> Any:
        return self.second(answer=self.first(question=question).answer)


def canned(count: int) -> DummyLM:
    return DummyLM([{"answer": "42", "reasoning": "So.", "verdict": "fine"}] * count)


class TestAnEntry:
    def test_tells_what_was_sent_and_what_came_back(self) -> None:
        lm = FakeLM(lambda request: PAID, temperature=0.5, top_p=0.9)

        lm("Why?", max_tokens=7)

        (call,) = lm.history
        assert call["model"] == "fake"
        assert call["messages"] == [{"role": "user", "content": "Why?"}]
        assert call["prompt"] is None
        assert call["kwargs"] == {"temperature": 0.5, "max_tokens": 7, "top_p": 0.9}
        assert call["outputs"] == ["42"]
        assert call["usage"] == {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
        assert call["cost"] == 0.25
        assert call["model_type"] == "chat"
        assert call["timestamp"].startswith("20")

    def test_a_key_that_it_has_not_says_which_to_use(self) -> None:
        lm = FakeLM("42")
        lm("Why?")

        with pytest.raises(KeyError, match=r"A call has no 'response'\. Use 'outputs'\."):
            lm.history[-1]["response"]
        with pytest.raises(KeyError, match=r"Use 'messages'\."):
            lm.history[-1]["mesages"]
        with pytest.raises(KeyError, match="It has: model, "):
            lm.history[-1]["xyz"]
        assert "response" not in lm.history[-1]

    def test_how_many_are_shown_is_a_number(self) -> None:
        with pytest.raises(UsageError, match=r"n cannot be 'a'\. Give how many calls to show"):
            inspect_history(n="a")  # type: ignore[arg-type]

    def test_reads_by_key_and_by_attribute(self) -> None:
        lm = FakeLM("42")
        lm("Why?")
        call = lm.history[-1]

        assert {name: getattr(call, name) for name in call} == dict(call)
        assert call.get("nothing") is None
        with pytest.raises(KeyError):
            call["nothing"]

    def test_cannot_be_changed(self) -> None:
        lm = FakeLM("42")
        lm("Why?")

        with pytest.raises(AttributeError):
            lm.history[-1].outputs = ["43"]

    def test_has_a_name_of_its_own_that_stays(self) -> None:
        lm = FakeLM("42")
        lm("Why?")
        lm("Why?")

        first, second = lm.history
        assert first.uuid == lm.history[0].uuid != second.uuid
        assert first == lm.history[0] != second

    def test_tells_nothing_spent_for_what_the_cache_answered(self) -> None:
        lm = FakeLM(lambda request: PAID, cache=True, model="cached-in-history")
        lm("Why?")
        lm("Why?")

        paid, cached = lm.history
        assert (paid.cached, paid.cost) == (False, 0.25)
        assert (cached.cached, cached.cost, cached.usage) == (True, 0.0, {})

    def test_blacks_out_keys(self) -> None:
        key = "sk-0123456789abcdef0123"
        lm = FakeLM(f"You said {key}")
        lm(f"My key is {key}")

        call = lm.history[-1]
        assert key not in f"{dict(call)} {call}"
        assert "[redacted]" in call.outputs[0]
        assert "[redacted]" in call.messages[0]["content"]

    def test_holds_more_than_text_where_there_is_more(self) -> None:
        from nbdspy.models import Extras

        lm = FakeLM(lambda request: Reply(texts=("42", "43"), extras=(Extras(reasoning="Six sevens."), Extras())))
        lm("Why?")

        assert lm.history[-1].outputs == [{"text": "42", "reasoning_content": "Six sevens."}, {"text": "43"}]

    def test_of_a_plain_completion_has_the_prompt(self) -> None:
        lm = FakeLM("42")
        lm.send(lm.request(prompt="Six sevens are"))

        call = lm.history[-1]
        assert (call.model_type, call.prompt, call.messages) == ("text", "Six sevens are", None)
        assert "[prompt]\nSix sevens are" in str(call)


class TestWhose:
    def test_a_call_belongs_to_its_model_and_to_every_program_around(self) -> None:
        program, lm = Twice(), canned(2)

        with context(lm=lm):
            program(question="Why?")

        assert len(program.history) == len(lm.history) == len(history) == 2
        assert [len(part.history) for part in (program.first, program.second, program.second.predict)] == [1, 1, 1]
        assert "[[ ## verdict ## ]]" in program.second.history[0].outputs[0]

    def test_models_do_not_mix_also_when_one_is_a_copy_of_the_other(self) -> None:
        lm = FakeLM("42")
        other = lm.copy(temperature=1.0)

        lm("Why?")
        other("How?")
        other("Who?")

        assert [len(lm.history), len(other.history), len(history)] == [1, 2, 3]

    def test_threads_of_a_map_keep_the_program_they_work_for(self) -> None:
        ask, lm = Predict("question -> answer"), FakeLM("[[ ## answer ## ]]\n42")
        other = Predict("question -> answer")

        with context(lm=lm):
            list(map_threads(lambda number: (ask if number % 2 else other)(question=str(number)), range(20), threads=4))

        assert [len(ask.history), len(other.history), len(history)] == [10, 10, 20]

    async def _asked(self, program: Module) -> None:
        await program.acall(question="Why?")

    def test_an_awaited_call_is_kept_as_well(self) -> None:
        import asyncio

        program, lm = Twice(), canned(2)

        with context(lm=lm):
            asyncio.run(self._asked(program))

        assert len(program.history) == 2

    def test_a_streamed_call_is_kept_once_it_is_read_to_its_end(self) -> None:
        lm = FakeLM("forty two")

        stream = lm.stream(lm.request(messages=[{"role": "user", "content": "Why?"}]))
        assert next(stream) == "forty "
        assert len(lm.history) == 0
        assert list(stream) == ["two"]

        assert lm.history[0].outputs == ["forty two"]

    def test_a_failed_call_is_not_kept(self) -> None:
        def fails(request: Request) -> Reply:
            raise LMUnavailable("down")

        lm = FakeLM(fails)
        with pytest.raises(LMUnavailable):
            lm("Why?")

        assert len(lm.history) == 0

    def test_a_program_that_has_a_part_called_history_keeps_its_part(self) -> None:
        class Chat(Module):
            def __init__(self) -> None:
                self.history = ["Hello"]
                self.answer = Predict("question -> answer")

            def forward(self, question: str) -> Any:
                return self.answer(question=question)

        chat = Chat()
        with context(lm=canned(1)):
            chat(question="Why?")

        assert chat.history == ["Hello"]
        assert "Why?" in printed(1, chat)

    def test_nobody_is_kept_alive_by_it(self) -> None:
        program, lm = Twice(), canned(2)
        with context(lm=lm):
            program(question="Why?")
        gone = [weakref.ref(program), weakref.ref(lm)]

        del program, lm
        gc.collect()

        assert [known() for known in gone] == [None, None]
        assert len(history) == 2


class TestHowMany:
    def test_the_oldest_go_first(self) -> None:
        lm = FakeLM(lambda request: request.messages[-1]["content"])

        with context(max_history_size=3):
            for word in "abcde":
                lm(word)

            assert [call.outputs for call in lm.history] == [["c"], ["d"], ["e"]]

    def test_a_block_that_keeps_few_leaves_what_was_there_before(self) -> None:
        lm = FakeLM(lambda request: request.messages[-1]["content"])
        lm("a")
        lm("b")

        with context(max_history_size=1):
            lm("c")
            lm("d")
        lm("e")

        assert [call.outputs for call in lm.history] == [["a"], ["b"], ["d"], ["e"]]

    def test_a_block_may_keep_what_the_process_does_not(self) -> None:
        lm = FakeLM(lambda request: request.messages[-1]["content"])
        configure(max_history_size=0)

        lm("a")
        with context(max_history_size=2):
            lm("b")

        assert [call.outputs for call in lm.history] == [["b"]]

    def test_a_smaller_size_for_the_process_counts_at_once(self) -> None:
        lm = FakeLM(lambda request: request.messages[-1]["content"])
        for word in "abc":
            lm(word)

        configure(max_history_size=1)

        assert [call.outputs for call in lm.history] == [["c"]]

    def test_images_do_not_pile_up(self) -> None:
        lm = FakeLM("42")
        for number in range(30):
            url = f"data:image/png;base64,{number}{'a' * 10_000_000}"
            lm(messages=[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}])

        assert len(lm.history) == 19

    def test_none_with_the_history_disabled(self) -> None:
        lm = FakeLM("42")

        configure(disable_history=True)
        lm("Why?")
        with context(disable_history=False):
            lm("How?")
        with context(max_history_size=0):
            lm("Who?")

        assert [call.messages[0]["content"] for call in lm.history] == ["How?"]

    def test_they_can_be_cleared_for_one_owner(self) -> None:
        lm, other = FakeLM("42"), FakeLM("43")
        lm("Why?")
        other("How?")

        lm.history = []

        assert (len(lm.history), len(other.history)) == (0, 1)
        with pytest.raises(UsageError, match=r"lm\.history\.clear"):
            lm.history = ["something"]

    def test_slices_are_lists(self) -> None:
        lm = FakeLM(lambda request: request.messages[-1]["content"])
        for word in "abc":
            lm(word)

        assert [call.outputs[0] for call in lm.history[-2:]] == ["b", "c"]
        assert repr(lm.history) == "Calls(3 kept)"

    def test_a_history_does_not_make_anybody_listen(self) -> None:
        FakeLM("42")("Why?")

        assert not events.heard()
        assert len(history) == 1


class TestAsText:
    def test_the_last_call_with_its_roles_and_what_it_took(self) -> None:
        lm = FakeLM(lambda request: PAID)
        lm(messages=[{"role": "system", "content": "Be short."}, {"role": "user", "content": "Why?"}])

        text = printed()

        heading, rest = text.split("\n", 1)
        assert heading.endswith("· fake · 9 + 2 tokens · $0.25 · 1.5 s ---")
        assert rest == "\n[system]\nBe short.\n\n[user]\nWhy?\n\n[reply]\n42\n"

    def test_the_last_few_with_the_oldest_first(self, capsys) -> None:
        lm = FakeLM(lambda request: request.messages[-1]["content"].upper())
        for word in ("one", "two", "three"):
            lm(word)

        inspect_history(n=2)

        said = capsys.readouterr().out
        assert said.index("TWO") < said.index("THREE")
        assert "ONE" not in said

    def test_nothing_yet(self) -> None:
        assert printed() == "No calls are kept.\n"
        assert printed(0) == "No calls are kept.\n"

    def test_escapes_of_a_terminal_are_written_out(self) -> None:
        FakeLM("\x1b[31mred")("Why?")

        assert "\x1b" not in printed()
        assert "\\x1b[31mred" in printed()

    def test_an_image_is_named_not_printed(self) -> None:
        url = {"url": "data:image/png;base64," + "A" * 5_000}
        parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": url}]
        FakeLM("A cat.")(messages=[{"role": "user", "content": parts}])

        text = printed()

        assert "What is this?\n(image_url: " in text
        assert len(text) < 500

    def test_several_completions_are_numbered(self) -> None:
        lm = FakeLM(lambda request: Reply(texts=("42", "43")))
        lm("Why?", n=2)

        assert "[reply 1 of 2]\n42\n\n[reply 2 of 2]\n43" in printed(1, lm)

    def test_what_the_cache_answered_says_so(self) -> None:
        lm = FakeLM("42", cache=True, model="cached-as-text")
        lm("Why?")
        lm("Why?")

        assert "from the cache" in printed(1, lm)
