"""The local model, on real llama.cpp with a model made on the spot; what needs the real small model is marked."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import queue
import random
import re
import signal
import stat
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from nbdspy import events
from nbdspy.errors import ContextTooLong, LMRefused, LMUnavailable, UsageError
from nbdspy.models import LM, Budget, Reply, Request, Shape, spending
from nbdspy.models import engine as engines
from nbdspy.models.engine import Job, choose, shared
from nbdspy.models.gate import Token
from nbdspy.models.local import LocalLeaf, _wait, decided
from nbdspy.models.weights import KNOWN
from nbdspy.runtime import map_threads

INTENTS = ("alarm", "alert", "book", "bookmark", "timer", "weather")
FOREVER = {"prompt": "Once", "max_tokens": 7_000}  # the tiny model never ends by itself


@pytest.fixture
def leaf(tiny_model: str) -> Iterator[LocalLeaf]:
    leaf = LocalLeaf(tiny_model)
    yield leaf
    leaf.close()
    assert not engines._engines


def request(**values: Any) -> Request:
    return Request(model="tiny", **{"prompt": "Once upon a time", "max_tokens": 8, **values})


def choice(*choices: str, lead: str = " ") -> Shape:
    texts = tuple(lead + text for text in choices)
    return Shape(grammar=f"root ::= {' | '.join(map(json.dumps, texts))}", choices=texts)


class EndsAsTheStepDoes(Future[None]):
    """A job's end that comes in the moment in which its waiter gives up looking."""

    def result(self, timeout: float | None = None) -> None:
        if timeout is not None and not self.done():
            self.set_result(None)
            raise TimeoutError
        return super().result(timeout)


def test_an_answer_that_comes_as_a_step_of_the_wait_ends_is_taken() -> None:
    job = Job(body={}, hear=lambda piece: False, text="Once")
    job.done = EndsAsTheStepDoes()

    _wait(job)


class TestNames:
    def test_a_model_on_this_machine_takes_no_key_and_no_address(self) -> None:
        with pytest.raises(UsageError, match=r"smollm2 runs on this machine and takes no api_key\. Leave it out"):
            LM("smollm2", api_key="sk-1")
        with pytest.raises(UsageError, match="takes no api_base"):
            LM("smollm2", api_base="http://localhost:1")

    def test_settings_shared_with_remote_models_are_taken(self) -> None:
        assert LM("smollm2", num_retries=5, timeout=3.0).leaf.timeout == 3.0

    @pytest.mark.parametrize(
        ("name", "prefers"), [("smollm2", "completion"), ("qwen2.5-coder-1.5b", "chat"), ("any.gguf", "completion")]
    )
    def test_the_adapter_follows_the_model(self, name: str, prefers: str) -> None:
        assert LM(name).prefers == prefers

    def test_naming_a_model_loads_nothing(self) -> None:
        code = "import sys, nbdspy.models; nbdspy.models.LM('smollm2'); assert 'xllamacpp' not in sys.modules"

        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class TestReplies:
    def test_a_prompt_is_continued(self, leaf: LocalLeaf) -> None:
        reply = leaf.send(request())

        assert len(reply.text) >= 1
        assert reply.cost == 0.0
        assert reply.seconds > 0
        assert (reply.usage.completion, reply.finish_reasons) == (8, ("length",))
        assert reply.usage.prompt == len("Once upon a time") - 2  # one token a letter, but for " a" and " t"

    def test_messages_go_through_the_models_own_template(self, leaf: LocalLeaf) -> None:
        chat = leaf.send(request(prompt=None, messages=[{"role": "user", "content": "Hello"}]))
        plain = leaf.send(request(prompt="user: Hello\nassistant: "))

        assert chat.text == plain.text

    def test_equal_requests_get_equal_replies_whatever_was_asked_between(self, leaf: LocalLeaf) -> None:
        first = leaf.send(request(max_tokens=40)).text
        leaf.send(request(prompt="Something else"))
        leaf.send(request(prompt="Once upon another day"))

        assert leaf.send(request(max_tokens=40)).text == first

    def test_what_the_model_has_read_before_is_not_read_again(self, leaf: LocalLeaf) -> None:
        leaf.send(request(prompt="Demos. " * 20 + "one"))

        usage = leaf.send(request(prompt="Demos. " * 20 + "two")).usage

        assert usage.cached >= 0.9 * usage.prompt

    def test_several_completions_differ_and_a_seed_brings_them_back(self, leaf: LocalLeaf) -> None:
        one = leaf.send(request(n=3, temperature=1.5, seed=0))
        same = leaf.send(request(n=3, temperature=1.5, seed=0))

        assert len(set(one.texts)) == 3
        assert same.texts == one.texts
        assert one.usage.completion == 24

    def test_a_rollout_is_a_sample_of_its_own_and_can_be_repeated(self, leaf: LocalLeaf) -> None:
        texts = [leaf.send(request(temperature=1.5, rollout_id=rollout)).text for rollout in (1, 2, 1)]

        assert texts[0] == texts[2] != texts[1]

    def test_a_stop_text_ends_the_reply_before_it(self, leaf: LocalLeaf) -> None:
        whole = leaf.send(request(max_tokens=40)).text
        stop = whole[5:7]

        reply = leaf.send(request(max_tokens=40, stop=(stop,)))

        assert reply.text == whole[: whole.index(stop)]
        assert reply.finish_reasons == ("stop",)

    def test_options_reach_the_model(self, leaf: LocalLeaf) -> None:
        end = 256 + 5  # the tiny model's end token

        reply = leaf.send(request(options={"logit_bias": [[end, 100.0]]}))

        assert (reply.text, reply.finish_reasons) == ("", ("stop",))

    def test_what_has_no_effect_is_told_once_for_each(self, leaf: LocalLeaf) -> None:
        tool = {"type": "function", "function": {"name": "add", "parameters": {}}}
        form = {"type": "json_object"}
        options = {"foo": 3, "logprobs": True, "top_p": 0.9, "min_q": 1}
        asked = request(tools=[tool], response_format=form, options=options)

        with pytest.warns(UserWarning, match="has no effect") as warned:
            leaf.send(asked)
        leaf.send(asked)  # no warning, or this would fail

        said = [str(one.message).partition("where ")[2] for one in warned]
        assert [text.partition(" has")[0] for text in said] == ["foo", "logprobs", "min_q", "response_format", "tools"]
        assert said[0] == "foo has no effect. Leave it out."
        assert said[2].endswith("Did you mean min_p?")
        assert said[4].endswith("Give them to nbdspy.ReAct, which tells of them in words.")
        assert warned[0].filename == __file__

    def test_a_grammar_holds_the_reply(self, leaf: LocalLeaf) -> None:
        reply = leaf.send(request(shape=Shape(grammar='root ::= "<" [0-9] [0-9] ">"')))

        assert re.fullmatch(r"<\d\d>", reply.text)


class TestChoices:
    @pytest.mark.parametrize(
        ("text", "rest"),
        [
            ("", None),
            (" ", None),
            (" al", None),
            (" ala", "rm"),
            (" alarm", ""),
            (" book", None),  # may become "bookmark"
            (" bookm", "ark"),
            (" w", "eather"),
            (" x", None),
        ],
    )
    def test_a_reply_is_decided_when_only_one_choice_is_left(self, text: str, rest: str | None) -> None:
        assert decided(text, [f" {intent}" for intent in INTENTS]) == rest

    def test_a_lone_space_before_a_choice_does_not_count(self) -> None:
        assert [decided(text, INTENTS) for text in (" ", " t", "  t", "t")] == [None, "imer", "imer", "imer"]

    def test_a_reply_is_always_one_of_the_choices(self, leaf: LocalLeaf) -> None:
        rng = random.Random(0)
        for _ in range(60):
            prompt = "".join(rng.choices("abcdefgh ", k=12))
            shape = choice(*rng.sample(INTENTS, k=4), lead=rng.choice(["", " "]))

            reply = leaf.send(request(prompt=prompt, shape=shape))

            assert reply.text in shape.choices
            assert reply.finish_reasons == ("stop",)

    def test_a_chat_chooses_too(self, leaf: LocalLeaf) -> None:
        shape = choice(*INTENTS, lead="")

        reply = leaf.send(request(prompt=None, messages=[{"role": "user", "content": "Which?"}], shape=shape))

        assert reply.text in INTENTS

    def test_the_choice_is_what_the_model_finds_likeliest_of_them_token_by_token(self, leaf: LocalLeaf) -> None:
        whole = {
            prompt: leaf.send(request(prompt=prompt, shape=Shape(grammar='root ::= "t" | "w"'))).text
            for prompt in ("Once", "upon", "a time")
        }

        chosen = {
            prompt: leaf.send(request(prompt=prompt, shape=choice("timer", "weather", lead=""))) for prompt in whole
        }

        assert {prompt: reply.text[0] for prompt, reply in chosen.items()} == whole

    def test_the_same_choice_is_made_whatever_was_asked_before(self, leaf: LocalLeaf) -> None:
        prompts = [f"Demos. Demos. Demos. {number}" for number in range(30)]
        shape = choice(*INTENTS)

        forwards = {prompt: leaf.send(request(prompt=prompt, shape=shape)).text for prompt in prompts}
        leaf.close()
        backwards = {prompt: leaf.send(request(prompt=prompt, shape=shape)).text for prompt in reversed(prompts)}

        assert forwards == backwards

    def test_what_decides_after_one_token_costs_one_token(self, leaf: LocalLeaf) -> None:
        reply = leaf.send(request(shape=choice("timer", "weather", lead="")))

        assert reply.usage.completion == 1

    def test_letters_outside_of_the_alphabet_can_be_chosen(self, leaf: LocalLeaf) -> None:
        shape = choice("\u00e9t\u00e9", "\u00e8re", "\u4e2d", lead="")

        assert leaf.send(request(shape=shape)).text in shape.choices


class TestStreams:
    def test_pieces_come_one_by_one_and_add_up_to_the_reply(self, leaf: LocalLeaf) -> None:
        stream = leaf.stream(request(max_tokens=30))
        pieces, reply = drain(stream)

        assert len(pieces) > 10
        assert "".join(pieces) == reply.text == leaf.send(request(max_tokens=30)).text

    def test_a_decided_choice_streams_whole_and_once(self, leaf: LocalLeaf) -> None:
        pieces, reply = drain(leaf.stream(request(shape=choice(*INTENTS))))

        assert "".join(pieces) == reply.text
        assert reply.text.strip() in INTENTS

    def test_of_several_completions_the_first_is_streamed(self, leaf: LocalLeaf) -> None:
        pieces, reply = drain(leaf.stream(request(n=2, temperature=1.5, seed=1)))

        assert "".join(pieces) == reply.texts[0]
        assert len(reply.texts) == 2

    def test_closing_the_stream_stops_the_model(self, leaf: LocalLeaf) -> None:
        stream = leaf.stream(request(**FOREVER))
        next(stream)

        stream.close()

        assert seconds(lambda: leaf.send(request())) < 5

    def test_tokens_are_said_inside_the_callers_span(self, leaf: LocalLeaf) -> None:
        heard: list[Token] = []

        def listen(event: events.Event) -> None:
            if isinstance(event, Token):
                heard.append(event)

        with events.listening(listen), events.span("test", "outer") as outer:
            reply = leaf.send(request())

        assert "".join(token.text for token in heard) == reply.text
        assert {token.span for token in heard} == {outer.number}

    def test_an_error_ends_the_stream(self, leaf: LocalLeaf) -> None:
        with pytest.raises(ContextTooLong):
            next(leaf.stream(request(prompt="x " * 9000)))


async def collect(stream: Any) -> list[str | Reply]:
    return [piece async for piece in stream]


class TestAsyncStreams:
    def test_pieces_come_one_by_one_and_the_whole_reply_last(self, leaf: LocalLeaf) -> None:
        *pieces, reply = asyncio.run(collect(leaf.astream(request(max_tokens=30))))

        assert len(pieces) > 10
        assert isinstance(reply, Reply)
        assert "".join(map(str, pieces)) == reply.text == leaf.send(request(max_tokens=30)).text

    def test_the_loop_goes_on_between_the_pieces(self, leaf: LocalLeaf) -> None:
        async def beats() -> int:
            task = asyncio.ensure_future(collect(leaf.astream(request(max_tokens=300))))
            count = 0
            while not task.done():
                await asyncio.sleep(0)
                count += 1
            return count

        assert asyncio.run(beats()) > 300

    def test_a_reader_that_goes_stops_the_model(self, leaf: LocalLeaf) -> None:
        async def read_one() -> None:
            stream = leaf.astream(request(**FOREVER))
            await anext(stream)
            await stream.aclose()

        asyncio.run(read_one())

        assert seconds(lambda: leaf.send(request())) < 5

    def test_an_error_ends_the_stream(self, leaf: LocalLeaf) -> None:
        with pytest.raises(ContextTooLong):
            asyncio.run(collect(leaf.astream(request(prompt="x " * 9000))))


class TestAsync:
    def test_the_loop_goes_on_while_the_model_works(self, leaf: LocalLeaf) -> None:
        async def both() -> tuple[Reply, int]:
            beats = 0
            task = asyncio.ensure_future(leaf.asend(request(max_tokens=1000)))
            while not task.done():
                await asyncio.sleep(0.01)
                beats += 1
            return await task, beats

        reply, beats = asyncio.run(both())

        assert reply.usage.completion == 1000
        assert beats > 3

    def test_cancelling_the_task_stops_the_model(self, leaf: LocalLeaf) -> None:
        async def cancelled() -> None:
            await leaf.asend(request())
            await asyncio.wait_for(leaf.asend(request(**FOREVER)), timeout=0.3)

        with pytest.raises(TimeoutError):
            asyncio.run(cancelled())

        assert seconds(lambda: leaf.send(request())) < 5

    def test_an_error_reaches_the_task(self) -> None:
        with pytest.raises(LMUnavailable, match="There is no model file"):
            asyncio.run(LocalLeaf("nowhere/at-all.gguf").asend(request()))


class TestStopping:
    def test_a_limit_of_time_ends_what_is_out_and_what_waits_in_the_queue(self, leaf: LocalLeaf) -> None:
        def ask(number: int) -> None:
            leaf.send(request(**FOREVER))

        started = time.monotonic()
        with spending(Budget(seconds=0.5)) as budget:
            budget.admit()
            ended = [done.error for done in map_threads(ask, range(3), threads=3)]

        assert time.monotonic() - started < 5
        assert [str(error) for error in ended] == [
            "The time of 0.5 s is over. Budget(seconds=0.5) sets it: give it more, or None for no limit."
        ] * 3  # fmt: skip

    @pytest.mark.skipif(os.name == "nt", reason="sends itself a signal")
    def test_a_map_that_is_left_takes_its_requests_off_the_model(self, leaf: LocalLeaf) -> None:
        ended: queue.SimpleQueue[type[BaseException]] = queue.SimpleQueue()

        def ask(number: int) -> None:
            if number == 0:
                return
            try:
                leaf.send(request(**FOREVER))
            except BaseException as error:
                ended.put(type(error))
                raise

        done = map_threads(ask, range(4), threads=4)
        next(done)
        time.sleep(0.3)  # until the others are in the queue
        done.close()  # type: ignore[attr-defined]

        assert [ended.get(timeout=30) for _ in range(3)] == [KeyboardInterrupt] * 3

    def test_an_interrupt_gives_the_prompt_back_within_half_a_second(self, leaf: LocalLeaf) -> None:
        leaf.load()
        pressed: list[float] = []

        def press() -> None:
            pressed.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

        threading.Timer(0.3, press).start()
        with pytest.raises(KeyboardInterrupt):
            leaf.send(request(**FOREVER))

        assert (
            time.monotonic() - pressed[0] < 5
        )  # half a second on a machine that is free; the reply would take minutes
        assert seconds(lambda: leaf.send(request())) < 5

    def test_a_model_that_goes_on_for_ever_is_given_up_after_the_timeout(self, tiny_model: str) -> None:
        leaf = LocalLeaf(tiny_model, timeout=0.2)

        with pytest.raises(LMUnavailable, match=r"gave no whole answer within 0\.2 s\. Shorten inputs or demos"):
            leaf.send(request(**FOREVER))

        assert leaf.send(request()).usage.completion == 8
        leaf.close()

    def test_waiting_in_the_queue_does_not_count_as_the_models_time(self, tiny_model: str) -> None:
        leaf = LocalLeaf(tiny_model, timeout=0.5)
        leaf.load()
        leaf._opened().submit(slow_job(seconds=1.0))

        assert leaf.send(request()).usage.completion == 8
        leaf.close()


class TestErrors:
    def test_a_prompt_that_does_not_fit_says_by_how_much(self, tiny_model: str) -> None:
        lm = LM(tiny_model, context_length=512)

        with pytest.raises(ContextTooLong, match=r"has 600 tokens, and the model reads 512\. Shorten the inputs"):
            lm.send(lm.request(prompt="x" * 600))
        lm.close()

    def test_a_picture_is_refused(self, leaf: LocalLeaf) -> None:
        picture = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]

        with pytest.raises(LMRefused, match="image input is not supported"):
            leaf.send(request(prompt=None, messages=[{"role": "user", "content": picture}]))

    def test_a_grammar_that_cannot_be_read_is_refused(self, leaf: LocalLeaf) -> None:
        with pytest.raises(LMRefused, match="grammar"):
            leaf.send(request(shape=Shape(grammar="root ::= ((")))

    def test_a_file_that_is_no_model_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "text.gguf"
        path.write_text("hello")

        with pytest.raises(LMUnavailable, match=r"text\.gguf could not be opened as a model.*whole GGUF file"):
            LocalLeaf(str(path)).load()

    def test_a_missing_package_is_named(self, tiny_model: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "xllamacpp", None)

        with pytest.raises(LMUnavailable, match=r"need xllamacpp, .* pip install 'nbdspy\[local\]'"):
            LocalLeaf(tiny_model).load()


class TestQueue:
    def job(self, text: str, *, queued: float = 0.0) -> Job:
        return Job(body={}, text=text, hear=lambda piece: False, queued=queued)

    def test_what_shares_the_longest_beginning_with_the_last_is_next(self) -> None:
        jobs = [self.job("B one"), self.job("A one"), self.job("A two")]

        assert choose(jobs, "A two, three", now=0.0) is jobs[2]

    def test_of_equals_the_one_that_waits_longest_is_next(self) -> None:
        jobs = [self.job("A one"), self.job("A two")]

        assert choose(jobs, "A", now=0.0) is jobs[0]

    def test_nobody_is_passed_over_for_long(self) -> None:
        jobs = [self.job("B one"), self.job("A one", queued=2.0)]

        assert choose(jobs, "A", now=1.9) is jobs[1]
        assert choose(jobs, "A", now=2.1) is jobs[0]

    @pytest.mark.parametrize(
        ("one", "other", "length"), [("", "", 0), ("abc", "abd", 2), ("ab", "abc", 2), ("x", "y", 0), ("abc", "abc", 3)]
    )
    def test_the_common_beginning_is_measured(self, one: str, other: str, length: int) -> None:
        assert shared(one, other) == length

    def test_two_candidates_at_once_do_not_throw_each_others_beginning_out(self, leaf: LocalLeaf) -> None:
        beginnings = [f"Candidate {name}. " + f"demo {name} " * 60 for name in "AB"]
        requests = [request(prompt=beginnings[i % 2] + f"example {i}", max_tokens=1) for i in range(80)]

        replies = [done.result for done in map_threads(leaf.send, requests, threads=8)]

        read = sum(reply.usage.prompt - reply.usage.cached for reply in replies if reply)
        assert len(replies) == 80
        assert read < 80 * 40  # each prompt has some 500 tokens


class TestLifetime:
    def test_leaves_of_one_file_share_it_and_closing_one_leaves_the_other_alone(self, tiny_model: str) -> None:
        one, other = LocalLeaf(tiny_model), LocalLeaf(tiny_model)
        one.load()
        other.load()
        assert one._opened() is other._opened()

        one.close()

        assert other.send(request()).usage.completion == 8
        other.close()
        assert not engines._engines

    def test_a_closed_leaf_opens_again_by_itself(self, leaf: LocalLeaf) -> None:
        before = leaf.send(request()).text
        leaf.close()
        leaf.close()

        assert leaf.send(request()).text == before

    def test_a_forgotten_leaf_gives_its_model_back(self, tiny_model: str) -> None:
        leaf = LocalLeaf(tiny_model)
        leaf.load()
        thread = leaf._opened()._thread

        del leaf
        gc.collect()

        thread.join(5)
        assert not thread.is_alive()

    def test_closing_waits_a_moment_and_then_tells_whoever_still_waits(self, leaf: LocalLeaf) -> None:
        leaf.load()
        jobs = [slow_job(seconds=60.0), slow_job(seconds=60.0)]
        for job in jobs:
            leaf._opened().submit(job)

        assert 1.9 < seconds(leaf.close) < 4.0

        assert [str(job.done.exception(timeout=1)) for job in jobs] == [
            "tiny.gguf was stopped before it had answered."
        ] * 2

    def test_two_models_can_be_open_and_the_second_outlives_the_first(self, tiny_model: str) -> None:
        one, other = LocalLeaf(tiny_model, context_length=512), LocalLeaf(tiny_model, context_length=1024)
        expected = one.send(request()).text
        other.load()

        one.close()

        assert other.send(request()).text == expected
        other.close()

    def test_opening_and_closing_at_once_does_not_hang(self, tiny_model: str) -> None:
        for _ in range(20):
            leaf = LocalLeaf(tiny_model)
            leaf.load()
            leaf.close()

        assert not engines._engines

    def test_leaving_in_the_middle_of_a_reply_is_quiet(self, tiny_model: str) -> None:
        code = f"""
import contextlib, threading, time
from nbdspy.errors import LMUnavailable
from nbdspy.models import LM
lm = LM({tiny_model!r}, options={{"n_probs": 250}}).load()
def ask():
    with contextlib.suppress(LMUnavailable):
        lm("Once", max_tokens=8000)
threading.Thread(target=ask, daemon=True).start()
time.sleep(0.2)
"""
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)

        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


class TestManners:
    def test_nothing_is_printed(self, tiny_model: str, capfd: pytest.CaptureFixture[str]) -> None:
        leaf = LocalLeaf(tiny_model)
        leaf.send(request())
        drain(leaf.stream(request()))
        leaf.close()

        assert capfd.readouterr() == ("", "")

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no socket files; there the key is what protects")
    def test_no_port_is_open_and_the_socket_is_in_a_folder_of_the_user_alone(self, tiny_model: str) -> None:
        server, _, private = engines._open(Path(tiny_model), 1, 512)

        socket_file = Path(server.listening_address.removeprefix("unix://"))

        assert socket_file.parent == Path(private.name)
        assert stat.S_IMODE(os.stat(private.name).st_mode) == 0o700
        private.cleanup()

    def test_a_closed_model_leaves_no_folder_behind(self, leaf: LocalLeaf) -> None:
        leaf.load()
        private = Path(leaf._opened()._private.name)
        assert private.exists()

        leaf.close()

        assert not private.exists()

    def test_where_a_port_must_be_open_a_stranger_is_refused_and_we_are_not(self, tiny_model: str) -> None:
        server, tokenize, private = engines._open(Path(tiny_model), 1, 512, sockets=False)
        address = server.listening_address
        ask = urllib.request.Request(
            f"{address}/completion", data=b'{"prompt": "x"}', headers={"Authorization": "Bearer guess"}
        )

        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(ask, timeout=5)

        assert urlsplit(address).hostname == "127.0.0.1"
        assert tokenize("xy") == ((ord("x"), b"x"), (ord("y"), b"y"))
        private.cleanup()

    def test_the_spin_limit_is_not_left_in_the_environment(self, leaf: LocalLeaf) -> None:
        leaf.load()

        assert "GOMP_SPINCOUNT" not in os.environ


@pytest.mark.model
class TestSmallModel:
    """What a model of 80 kB cannot show."""

    @pytest.fixture(autouse=True)
    def small_model_is_here(self) -> None:
        if not KNOWN["smollm2"].present:
            pytest.skip("smollm2 has not been fetched to this machine")

    def test_it_knows_a_capital(self) -> None:
        lm = LM("smollm2", cache=False)

        reply = lm.send(lm.request(prompt="The capital of France is", max_tokens=2))

        assert reply.text == " Paris."
        lm.close()

    @pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads Linux's own account of memory")
    def test_closing_frees_the_memory(self) -> None:
        code = """
import os
from nbdspy.models import LM
def megabytes():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1_000_000
lm = LM("smollm2", cache=False)
lm("Hello", max_tokens=2)
used = megabytes()
lm.close()
print(used, megabytes())
"""
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
        used, left = map(int, ended.stdout.split())

        assert left < used - 150

    @pytest.mark.skipif(os.name == "nt", reason="sends itself a signal")
    def test_an_interrupt_while_a_long_prompt_is_read_is_answered_at_once(self) -> None:
        lm = LM("smollm2", cache=False).load()
        pressed: list[float] = []

        def press() -> None:
            pressed.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

        threading.Timer(0.3, press).start()

        with pytest.raises(KeyboardInterrupt):
            lm.send(lm.request(prompt="The quick brown fox. " * 1500, max_tokens=1))

        assert (
            time.monotonic() - pressed[0] < 5
        )  # half a second on a machine that is free; the reply would take minutes
        lm.close()


def slow_job(seconds: float) -> Job:
    """A job that keeps the model busy for so long, or until it is stopped."""
    deadline: list[float] = []

    def hear(piece: dict[str, Any]) -> bool:
        deadline.append(time.monotonic() + seconds)
        time.sleep(0.01)
        return time.monotonic() > deadline[0]

    return Job(body={"prompt": "x", "max_tokens": 8000}, text="x", hear=hear)


def drain(stream: Any) -> tuple[list[str], Reply]:
    pieces = []
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as stop:
            return pieces, stop.value


def seconds(function: Any) -> float:
    started = time.monotonic()
    function()
    return time.monotonic() - started
