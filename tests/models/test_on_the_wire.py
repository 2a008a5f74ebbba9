"""What a program sends to an OpenAI-compatible server, as the server gets it."""

from __future__ import annotations

import base64
import json
from typing import Any, Literal

import pytest

from nbdspy.adapters import ChatAdapter, JSONAdapter
from nbdspy.configuration import context
from nbdspy.errors import LMError
from nbdspy.models import LM
from nbdspy.modules import Predict
from nbdspy.signatures import InputField, OutputField, Signature
from nbdspy.testing.fake import chat_text
from nbdspy.testing.faults import FaultServer, answer, fail
from nbdspy.types import Audio, Document, File, History, Image, Tool, ToolCalls

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
DESCRIBED = chat_text({"answer": "a boat"})


def sent(signature: Any, reply: str, *, adapter: Any = None, demos: Any = (), lm: Any = None, **inputs: Any) -> Any:
    """The body that the server got, and the prediction."""
    with FaultServer(answer(reply)) as server:
        model = LM("openai/test", api_base=server.url, api_key="none-needed", cache=False, **(lm or {}))
        with context(lm=model, adapter=adapter or ChatAdapter()):
            prediction = Predict(signature)(demos=list(demos), **inputs)
    (body,) = server.requests
    return body, prediction


def kinds(content: Any) -> list[str]:
    return [part["type"] for part in content]


def test_an_image_is_a_part_of_the_users_message() -> None:
    body, prediction = sent("photo: Image, question -> answer", DESCRIBED, photo=Image(PIXEL), question="What is it?")

    content = body["messages"][-1]["content"]
    assert kinds(content) == ["text", "image_url", "text"]
    url = content[1]["image_url"]["url"]
    assert url.startswith("data:image/png;base64,")
    assert base64.b64decode(url.partition(",")[2]) == PIXEL
    assert content[0]["text"].endswith("[[ ## photo ## ]]\n")
    assert prediction.answer == "a boat"


def test_an_address_of_an_image_is_passed_on_and_not_fetched() -> None:
    with FaultServer(answer("nothing")) as elsewhere:
        address = f"{elsewhere.url}/boat.png"
        body, _ = sent("photo: Image -> answer", DESCRIBED, photo=Image(address))

    assert body["messages"][-1]["content"][1]["image_url"]["url"] == address
    assert elsewhere.requests == []


def test_sounds_and_files_are_parts_too() -> None:
    sound = Audio(data=base64.b64encode(b"RIFF").decode(), audio_format="wav")
    body, _ = sent("sound: Audio, paper: File -> answer", DESCRIBED, sound=sound,
                   paper=File.from_bytes(b"%PDF-1.4", filename="paper.pdf"))  # fmt: skip

    content = body["messages"][-1]["content"]
    assert kinds(content) == ["text", "input_audio", "text", "file", "text"]
    assert content[1]["input_audio"] == {"data": base64.b64encode(b"RIFF").decode(), "format": "wav"}
    assert content[3]["file"]["filename"] == "paper.pdf"


@pytest.mark.parametrize("model_type", ["chat", "responses"])
def test_a_document_is_a_text_or_a_file_to_servers_that_know_no_documents(model_type: str) -> None:
    with FaultServer(answer(DESCRIBED)) as server:
        lm = LM("openai/test", model_type=model_type, api_base=server.url, api_key="k", cache=False)  # type: ignore[arg-type]
        with context(lm=lm, adapter=ChatAdapter()):
            ask = Predict(Signature("paper: Document, scan: Document -> answer", custom_types={"Document": Document}))
            ask(paper=Document(data="The sky is blue.", title="Sky"),
                scan=Document(data="JVBERi0=", media_type="application/pdf"))  # fmt: skip

    (body,) = server.requests
    content = body["messages" if model_type == "chat" else "input"][-1]["content"]
    assert [kind.removeprefix("input_") for kind in kinds(content)] == ["text", "text", "text", "file", "text"]
    assert content[1]["text"] == "Sky\nThe sky is blue."
    file = content[3].get("file", content[3])
    assert (file["file_data"], file["filename"]) == ("data:application/pdf;base64,JVBERi0=", "document.pdf")


@pytest.mark.usefixtures("loop")  # which LiteLLM would else make, and leave open
@pytest.mark.parametrize("engine", ["http", "litellm"])
def test_what_is_told_of_a_document_goes_with_it(engine: str) -> None:
    sky = Document(data="It is blue.", title="Sky", context="A note.")
    paper = Document(data="JVBERi0=", title="paper.pdf", media_type="application/pdf", context="A draft.")
    body, _ = sent("sky: Document, paper: Document -> answer", DESCRIBED, lm={"engine": engine}, sky=sky, paper=paper)

    content = body["messages"][-1]["content"]
    assert kinds(content) == ["text", "text", "text", "text", "file", "text"]
    assert content[1]["text"] == "Sky\nA note.\nIt is blue."
    assert content[3]["text"] == "A draft."
    assert content[4]["file"] == {"filename": "paper.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}


@pytest.mark.usefixtures("loop")
def test_a_model_that_cites_gets_a_document_as_one() -> None:
    paper = Document(data="The sky is blue.", title="Sky")
    with FaultServer(fail(400, "enough")) as server:
        lm = LM("anthropic/claude-sonnet-4-5", api_base=server.url, api_key="k", cache=False, num_retries=0)
        with context(lm=lm, adapter=ChatAdapter()), pytest.raises(LMError):
            Predict("paper: Document -> answer")(paper=paper)

    content = server.requests[0]["messages"][-1]["content"]
    assert kinds(content) == ["text", "document", "text"]
    assert content[1]["citations"] == {"enabled": True}


def test_a_demo_with_an_image_is_a_turn_with_one() -> None:
    demo = {"photo": Image(PIXEL), "answer": "a dot"}

    body, _ = sent("photo: Image -> answer", DESCRIBED, demos=[demo], photo=Image(PIXEL))

    assert [message["role"] for message in body["messages"]] == ["system", "user", "assistant", "user"]
    assert "image_url" in kinds(body["messages"][1]["content"])


def test_a_history_is_sent_as_turns() -> None:
    history = History(messages=[{"question": "Capital of France?", "answer": "Paris"}])

    body, _ = sent("history: History, question -> answer", DESCRIBED, history=history, question="And of Spain?")

    assert [message["role"] for message in body["messages"]] == ["system", "user", "assistant", "user"]
    assert "Paris" in body["messages"][2]["content"]


def weather(city: str) -> str:
    """The weather of a city."""
    return f"fair in {city}"


class Agent(Signature):
    """Use the tools."""

    question: str = InputField()
    tools: list[Tool] = InputField()
    calls: ToolCalls = OutputField()


def test_tools_are_sent_and_their_calls_read_and_made() -> None:
    with FaultServer(answer("", tool_calls=[("weather", '{"city": "Oslo"}')])) as server:
        lm = LM("openai/test", api_base=server.url, api_key="k", cache=False, supports_function_calling=True)
        with context(lm=lm, adapter=JSONAdapter()):
            calls = Predict(Agent)(question="Is it fair in Oslo?", tools=[Tool(weather)]).calls

    (body,) = server.requests
    assert body["tools"][0]["function"]["name"] == "weather"
    assert body["tools"][0]["function"]["parameters"]["required"] == ["city"]
    assert calls.execute(functions=[weather]).tool_call_results[0].value == "fair in Oslo"


def test_structured_output_is_asked_for_and_read() -> None:
    class Judge(Signature):
        """Judge it."""

        claim: str = InputField()
        verdict: Literal["yes", "no"] = OutputField()
        reasons: list[str] = OutputField()

    reply = json.dumps({"verdict": "yes", "reasons": ["because"]})
    body, prediction = sent(
        Judge, reply, adapter=JSONAdapter(), lm={"supports_response_schema": True}, claim="Water is wet."
    )

    schema = body["response_format"]["json_schema"]["schema"]
    assert schema["required"] == ["verdict", "reasons"]
    assert schema["properties"]["verdict"]["enum"] == ["yes", "no"]
    assert (prediction.verdict, prediction.reasons) == ("yes", ["because"])


class TestRealServer:
    """llama.cpp's own server, with a model too small to mean anything: what it is made to keep to, it keeps to."""

    @pytest.fixture
    def lm(self, llama_server: tuple[str, str]) -> LM:
        address, key = llama_server
        return LM("openai/tiny", api_base=address, api_key=key, cache=False, supports_response_schema=True, seed=1,
                  temperature=1.0, max_tokens=200, timeout=60)  # fmt: skip

    def test_a_schema_is_kept_to(self, lm: LM) -> None:
        signature = Signature('claim -> verdict: Literal["yes", "no"], sure: bool')

        with context(lm=lm, adapter=JSONAdapter()):
            prediction = Predict(signature)(claim="Water is wet.")

        assert prediction.verdict in ("yes", "no")
        assert prediction.sure in (True, False)

    def test_a_history_and_tools_are_taken(self, lm: LM) -> None:
        signature = Signature('history: History, tools: list[Tool], question -> verdict: Literal["yes", "no"]')
        history = History(messages=[{"question": "Is ice cold?", "verdict": "yes"}])

        with context(lm=lm, adapter=JSONAdapter()):
            prediction = Predict(signature)(history=history, tools=[Tool(weather)], question="Is it fair in Oslo?")

        assert prediction.verdict in ("yes", "no")

    def test_an_image_that_it_cannot_see_is_refused_in_its_own_words(self, lm: LM) -> None:
        with context(lm=lm, adapter=JSONAdapter()), pytest.raises(LMError, match="image"):
            Predict("photo: Image -> answer")(photo=Image(PIXEL))
