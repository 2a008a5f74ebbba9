"""`streamify`: what a program's models say while they say it, and its result."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

import nbdspy
from nbdspy import Predict, asyncify, events, streamify, syncify
from nbdspy.configuration import context
from nbdspy.data import Prediction
from nbdspy.errors import ParseError, UsageError
from nbdspy.models import Request, use_cassette
from nbdspy.runtime import map_threads
from nbdspy.streaming import StatusMessage, StatusMessageProvider, StreamListener, StreamResponse, TextChunk
from nbdspy.testing import DummyLM, FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.types import Tool

QUESTION = {"question": "What is six times seven?"}
THOUGHT = {"reasoning": "Six sevens are forty two.", "answer": "42, of course"}
Read = Callable[..., list[Any]]


def read(program: Any, *args: Any, **options: Any) -> list[Any]:
    """The stream of a call, read in plain code."""
    return list(streamify(program, *args, async_streaming=False, **options)(**QUESTION))


def aread(program: Any, *args: Any, **options: Any) -> list[Any]:
    """The same, awaited."""

    async def reading() -> list[Any]:
        return [value async for value in streamify(program, *args, **options)(**QUESTION)]

    return asyncio.run(reading())


both = pytest.mark.parametrize("read", [read, aread])


def texts(stream: list[Any]) -> dict[str, str]:
    """What each output's pieces make together."""
    said: dict[str, str] = {}
    for value in stream:
        if isinstance(value, StreamResponse):
            name = value.signature_field_name
            said[name] = value.chunk if value.replaces else said.get(name, "") + value.chunk
    return said


class Twice(nbdspy.Module):
    """Asks one predictor twice, and then another."""

    def __init__(self) -> None:
        self.step = Predict("question -> thought")
        self.end = Predict("question -> answer")

    def forward(self, question: str) -> Any:
        self.step(question=question)
        self.step(question=question)
        return self.end(question=question)


class Later(nbdspy.Module):
    """The same with an async flow."""

    def __init__(self) -> None:
        self.step = Predict("question -> thought")
        self.end = Predict("question -> answer")

    async def forward(self, question: str) -> Any:
        await self.step.acall(question=question)
        return await self.end.acall(question=question)


def steps() -> DummyLM:
    return DummyLM([{"thought": "one two"}, {"thought": "three"}, {"answer": "42"}])


@both
def test_outputs_come_in_pieces_and_the_prediction_last(read: Read) -> None:
    with context(lm=DummyLM([THOUGHT])):
        stream = read(nbdspy.ChainOfThought("question -> answer"), None, [StreamListener("reasoning")])

    *pieces, prediction = stream
    assert prediction == Prediction(**THOUGHT)
    assert [piece.chunk for piece in pieces] == ["Six", " sevens", " are", " forty", " two.", ""]
    assert [piece.is_last_chunk for piece in pieces] == [False] * 5 + [True]
    assert {piece.predict_name for piece in pieces} == {"predict"}


@both
@pytest.mark.parametrize("adapter", ["ChatAdapter", "JSONAdapter", "XMLAdapter", "BAMLAdapter"])
def test_in_every_layout_the_pieces_are_the_prediction(read: Read, adapter: str) -> None:
    layout = getattr(nbdspy, adapter)()
    listeners = [StreamListener("reasoning"), StreamListener("answer")]

    with context(lm=DummyLM([THOUGHT], adapter=layout), adapter=layout):
        stream = read(nbdspy.ChainOfThought("question -> answer"), None, listeners)

    assert texts(stream) == THOUGHT
    assert [each.signature_field_name for each in stream[:-1] if each.is_last_chunk] == ["reasoning", "answer"]


@both
def test_in_the_completion_layout_too(read: Read) -> None:
    with context(lm=FakeLM(" Six sevens.\nAnswer: 42\n", prefers="completion")):
        stream = read(
            Predict("question -> reasoning, answer"), None, [StreamListener("reasoning"), StreamListener("answer")]
        )

    assert texts(stream) == {"reasoning": "Six sevens.", "answer": "42"}


@both
def test_without_listeners_every_piece_comes_as_the_model_says_it(read: Read) -> None:
    with context(lm=DummyLM([{"answer": "42"}])):
        *pieces, prediction = read(Predict("question -> answer"))

    assert "".join(piece.text for piece in pieces) == chat_text({"answer": "42"})
    assert pieces[0] == TextChunk("[[ ", "self", "dummy")
    assert pieces[0].choices[0].delta.content == "[[ "
    assert prediction.answer == "42"


def test_a_model_that_a_program_asks_itself_is_heard() -> None:
    class Plain(nbdspy.Module):
        def forward(self, question: str) -> Any:
            return Prediction(answer=lm(question)[0])

    lm = FakeLM("forty two")

    assert read(Plain()) == [
        TextChunk("forty ", "self", "fake"),
        TextChunk("two", "self", "fake"),
        Prediction(answer="forty two"),
    ]


@both
def test_a_predictor_is_heard_once_a_call_unless_it_may_be_heard_again(read: Read) -> None:
    with context(lm=steps()):
        once = read(Twice(), None, [StreamListener("thought")])
    with context(lm=steps()):
        again = read(Twice(), None, [StreamListener("thought", allow_reuse=True)])

    assert texts(once) == {"thought": "one two"}
    assert texts(again) == {"thought": "one twothree"}
    assert sum(piece.is_last_chunk for piece in again[:-1]) == 2


def test_a_copy_that_the_program_makes_is_heard_like_the_original() -> None:
    class Tries(nbdspy.Module):
        def __init__(self) -> None:
            self.inner = nbdspy.ChainOfThought("question -> answer")

        def forward(self, question: str) -> Any:
            return self.inner.deepcopy()(question=question)

    with context(lm=DummyLM([THOUGHT])):
        stream = read(Tries(), None, [StreamListener("answer")])

    assert texts(stream) == {"answer": THOUGHT["answer"]}
    assert stream[0].predict_name == "inner.predict"


def test_every_attempt_of_best_of_n_is_heard() -> None:
    program = nbdspy.BestOfN(Predict("question -> answer"), N=2, reward_fn=_is_right, threshold=1.0)
    listener = StreamListener("answer", predict_name=program.named_predictors()[0][0], allow_reuse=True)

    with context(lm=DummyLM([{"answer": "41"}, {"answer": "42"}])):
        *pieces, prediction = read(program, None, [listener])

    assert [piece.chunk for piece in pieces if piece.chunk] == ["41", "42"]
    assert prediction.answer == "42"


def _is_right(inputs: Any, prediction: Any) -> float:
    return float(prediction.answer == "42")


def test_a_streamed_program_is_called_as_often_as_one_likes() -> None:
    stream = streamify(
        Predict("question -> answer"), stream_listeners=[StreamListener("answer")], async_streaming=False
    )

    with context(lm=FakeLM(chat_text({"answer": "42"}))):
        assert [texts(list(stream(**QUESTION))) for _ in range(2)] == [{"answer": "42"}] * 2


@both
def test_an_async_flow_is_read_both_ways(read: Read) -> None:
    with context(lm=DummyLM([{"thought": "one"}, {"answer": "42"}])):
        stream = read(Later(), None, [StreamListener("answer"), StreamListener("thought")], is_async_program=True)

    assert texts(stream) == {"thought": "one", "answer": "42"}
    assert stream[-1] == Prediction(answer="42")


@both
def test_only_who_is_listened_to_is_streamed(read: Read) -> None:
    with context(lm=steps()):
        stream = read(Twice(), None, [StreamListener("answer")])

    assert texts(stream) == {"answer": "42"}


def test_the_prediction_can_be_left_out_where_something_was_heard() -> None:
    with context(lm=DummyLM([{"answer": "42"}])):
        stream = read(
            Predict("question -> answer"),
            None,
            [StreamListener("answer")],
            include_final_prediction_in_output_stream=False,
        )

    assert [type(value) for value in stream] == [StreamResponse] * 2


def test_typed_outputs_come_as_their_text() -> None:
    program = Predict("question -> sure: bool, tags: list[str]")

    with context(lm=DummyLM([{"sure": True, "tags": ["a", "b"]}])):
        stream = read(program, None, [StreamListener("sure"), StreamListener("tags")])

    assert texts(stream) == {"sure": "True", "tags": "['a', 'b']"}
    assert stream[-1].tags == ["a", "b"]


@both
def test_what_could_not_be_read_does_not_count(read: Read) -> None:
    failed = chat_text({"answer": "forty two"})  # without its reasoning
    again = '{"reasoning": "Six sevens.", "answer": "42"}'
    replies = iter([failed, again])

    with context(lm=FakeLM(lambda request: next(replies))):
        stream = read(nbdspy.ChainOfThought("question -> answer"), None, [StreamListener("answer")])

    pieces = stream[:-1]
    assert [(piece.chunk, piece.replaces) for piece in pieces if piece.chunk] == [
        ("forty", False),
        (" two", False),
        ("42", True),
    ]
    assert texts(stream) == {"answer": "42"} == {"answer": stream[-1].answer}


def test_a_program_whose_reply_nobody_can_read_ends_with_its_error() -> None:
    with context(lm=FakeLM("no idea")), pytest.raises(ParseError):
        read(Predict("question -> answer: int"), None, [StreamListener("answer")])


def test_a_reply_in_another_layout_comes_whole() -> None:
    with context(lm=FakeLM('{"answer": "forty two"}')):
        *pieces, _ = read(Predict("question -> answer"), None, [StreamListener("answer")])

    assert pieces == [StreamResponse("self", "answer", "forty two", True)]


def test_a_kept_reply_comes_in_one_piece() -> None:
    lm = FakeLM(chat_text({"answer": "forty two"}), cache=True)
    program = Predict("question -> answer")
    with context(lm=lm):
        program(**QUESTION)
        *pieces, prediction = read(program, None, [StreamListener("answer")])

    assert pieces == [StreamResponse("self", "answer", "forty two", True)]
    assert prediction.answer == "forty two"
    assert len(lm.requests) == 1


def test_a_recorded_reply_comes_in_one_piece_too(tmp_path: Any) -> None:
    program, tape = Predict("question -> answer"), tmp_path / "tape.jsonl"
    with context(lm=FakeLM(chat_text({"answer": "42"}))):
        with use_cassette("record", tape):
            recorded = read(program, None, [StreamListener("answer")])
        with use_cassette("replay", tape):
            replayed = read(program, None, [StreamListener("answer")])

    assert texts(replayed) == texts(recorded) == {"answer": "42"}
    assert replayed[-1] == recorded[-1]


@both
def test_a_streamed_call_is_kept_and_counted_like_a_plain_one(read: Read) -> None:
    with context(lm=DummyLM([{"answer": "42"}]), track_usage=True):
        program = Predict("question -> answer")
        *_, prediction = read(program, None, [StreamListener("answer")])

    (call,) = program.history
    assert call.outputs == [chat_text({"answer": "42"})]
    assert prediction.get_lm_usage() is not None


@both
def test_the_context_of_the_call_is_that_of_the_program(read: Read) -> None:
    stream = streamify(Predict("question -> answer"), async_streaming=False)

    with context(lm=DummyLM([{"answer": "42"}])):
        begun = stream(**QUESTION)

    assert list(begun)[-1].answer == "42"


@both
def test_an_error_of_the_program_comes_through(read: Read) -> None:
    def broken(question: str) -> None:
        raise LookupError(question)

    with pytest.raises(LookupError, match="six times seven"):
        read(broken)


@pytest.mark.parametrize(
    ("listener", "message"),
    [
        (StreamListener("anwser"), "has an output 'anwser'. Did you mean answer?"),
        (StreamListener("question"), "has an output 'question'. There are: answer."),
        (StreamListener("answer", predict_name="frist"), "has no predictor 'frist'. Did you mean first?"),
        (StreamListener("answer"), "Several predictors have an output 'answer': first, second."),
    ],
)  # fmt: skip
def test_a_listener_must_hear_one_predictor(listener: StreamListener, message: str) -> None:
    class Two(nbdspy.Module):
        def __init__(self) -> None:
            self.first, self.second = Predict("question -> answer"), Predict("question -> answer")

    with pytest.raises(UsageError) as caught:
        streamify(Two(), stream_listeners=[listener])

    assert message in str(caught.value)


@pytest.mark.parametrize("listeners", [StreamListener("answer"), "answer", ["answer"], {"answer": 1}])
def test_listeners_are_a_list(listeners: Any) -> None:
    with pytest.raises(UsageError, match=r"is no list of listeners\. Write stream_listeners=\[StreamListener"):
        streamify(Predict("question -> answer"), stream_listeners=listeners)


def test_of_two_predictors_with_the_same_output_one_is_named() -> None:
    class Two(nbdspy.Module):
        def __init__(self) -> None:
            self.first, self.second = Predict("question -> answer"), Predict("question -> answer")

        def forward(self, question: str) -> Any:
            self.first(question=question)
            return self.second(question=question)

    program = Two()
    for listener in (StreamListener("answer", predict=program.second), StreamListener("answer", predict_name="second")):
        with context(lm=DummyLM([{"answer": "no"}, {"answer": "yes"}])):
            stream = read(program, None, [listener])
        assert texts(stream) == {"answer": "yes"}
        assert stream[0].predict_name == "second"


class Telling(StatusMessageProvider):
    def module_start_status_message(self, instance: Any, inputs: dict[str, Any]) -> str:
        return f"{type(instance).__name__} begins with {inputs['kwargs']['question'][:4]}"

    def module_end_status_message(self, outputs: Any) -> str:
        return f"ended with {outputs.answer}"

    def lm_start_status_message(self, instance: Any, inputs: dict[str, Any]) -> str:
        return f"asks {instance.model} {len(inputs['messages'])} messages"

    def lm_end_status_message(self, outputs: Any) -> str:
        return f"said {len(outputs)} thing"


@both
def test_status_messages_come_where_they_happen(read: Read) -> None:
    with context(lm=DummyLM([THOUGHT])):
        stream = read(nbdspy.ChainOfThought("question -> answer"), Telling(), [StreamListener("answer")])

    said = [value.message if isinstance(value, StatusMessage) else type(value).__name__ for value in stream]
    assert said[:3] == ["ChainOfThought begins with What", "Predict begins with What", "asks dummy 2 messages"]
    assert said[-4:] == ["said 1 thing", "ended with 42, of course", "ended with 42, of course", "Prediction"]
    assert "StreamResponse" in said[3:-4]


@both
def test_tools_are_told_unasked(read: Read) -> None:
    def search(query: str) -> str:
        return "a passage"

    def finish() -> str:
        return "Completed."

    class Agent(nbdspy.Module):
        def forward(self, question: str) -> Any:
            found = Tool(search)(query=question)
            Tool(finish)()
            return Prediction(answer=found)

    assert read(Agent()) == [
        StatusMessage("Using the tool search…"),
        StatusMessage("The tool has answered; the model goes on with that."),
        Prediction(answer="a passage"),
    ]


def test_an_async_tool_and_an_async_flow_are_told_as_well() -> None:
    async def search(query: str) -> str:
        await asyncio.sleep(0)
        return "a passage"

    class Agent(nbdspy.Module):
        async def forward(self, question: str) -> Any:
            return Prediction(answer=await Tool(search).acall(query=question))

    for stream in (read(Agent()), aread(Agent())):
        assert [type(value) for value in stream] == [StatusMessage, StatusMessage, Prediction]


def test_a_provider_that_fails_is_told_once_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(StatusMessageProvider):
        def lm_start_status_message(self, instance: Any, inputs: dict[str, Any]) -> str:
            raise LookupError("no words")

    with context(lm=DummyLM([{"answer": "42"}])):
        stream = read(Predict("question -> answer"), Broken(), [StreamListener("answer")])

    assert texts(stream) == {"answer": "42"}
    assert len(caplog.records) == 1


@both
def test_two_streams_side_by_side_hear_their_own(read: Read) -> None:
    def answered(request: Request) -> str:
        return chat_text({"answer": str(request.messages)[-40:]})

    async def both_at_once() -> list[dict[str, str]]:
        async def one(question: str) -> dict[str, str]:
            return texts([value async for value in streamify(program, stream_listeners=listeners)(question=question)])

        return await asyncio.gather(one("first"), one("second"))

    program, listeners = Predict("question -> answer"), [StreamListener("answer")]
    with context(lm=DummyLM({"first": {"answer": "one"}, "second": {"answer": "two"}})):
        assert asyncio.run(both_at_once()) == [{"answer": "one"}, {"answer": "two"}]
        plain = streamify(program, stream_listeners=listeners, async_streaming=False)
        done = map_threads(lambda question: texts(list(plain(question=question))), ["first", "second"], threads=2)
        assert sorted(each.result["answer"] for each in done if each.result) == ["one", "two"]


def test_a_stream_leaves_no_thread_and_no_listener_behind() -> None:
    heard = events.heard()
    with context(lm=DummyLM([{"answer": "42"}])):
        read(Predict("question -> answer"))

    assert events.heard() == heard
    assert not [thread for thread in threading.enumerate() if thread.name == "nbdspy-stream"]


@both
def test_a_listener_to_a_predictor_of_another_program_says_that_it_heard_nothing(read: Read) -> None:
    stranger = Predict("question -> answer: int")

    with context(lm=DummyLM([{"answer": "42"}])), pytest.warns(UserWarning, match="Nothing was heard of 'answer'"):
        read(Predict("question -> answer"), None, [StreamListener("answer", predict=stranger)])


@both
def test_a_listener_to_a_predictor_beside_the_program_hears_it(read: Read) -> None:
    beside = Predict("question -> answer")

    class Uses(nbdspy.Module):
        def forward(self, question: str) -> Any:
            return beside(question=question)

    with context(lm=DummyLM([{"answer": "42"}])):
        assert texts(read(Uses(), None, [StreamListener("answer", predict=beside)])) == {"answer": "42"}


def test_a_stream_that_is_read_otherwise_says_how() -> None:
    stream = streamify(Predict("question -> answer"))(**QUESTION)

    with pytest.raises(UsageError, match=r"is read by `async for`\. Write streamify\(program, async_streaming=False\)"):
        list(stream)


def test_what_is_no_program_is_refused_at_once() -> None:
    for make in (streamify, asyncify, syncify):
        with pytest.raises(UsageError, match=r"3 is no program\. Give a module or a function\."):
            make(3)
