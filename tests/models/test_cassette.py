"""Cassettes: what is recorded is replayed, what was not is explained, and no key ever reaches the file."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nbdspy.errors import (
    BudgetExceeded,
    CassetteMiss,
    ContextTooLong,
    KeyRefused,
    LMError,
    LMRefused,
    NoSuchModel,
    NothingLeft,
    RateLimited,
    RequestRefused,
    TimedOut,
    UsageError,
)
from nbdspy.models import Budget, Extras, Reply, Request, Usage, gate, spending, use_cassette
from nbdspy.models.cassette import Cassette, read, twice
from nbdspy.models.redaction import conceal
from nbdspy.runtime import map_threads
from nbdspy.testing import FakeLM


def question(text: str, **settings: Any) -> Request:
    return Request(model="fake", messages=[{"role": "user", "content": text}], **settings)


def recorded(path: Path, *texts: str) -> Path:
    """A cassette that answers each text with itself in capitals."""
    cassette = Cassette(path, replays=False, records=True)
    for text in texts:
        cassette.add(question(text), Reply(texts=(text.upper(),)))
    cassette.close()
    return path


def shouted(request: Request) -> Reply:
    assert request.messages
    return Reply(texts=(request.messages[-1]["content"].upper(),))


def silent(request: Request) -> str:
    raise AssertionError("the model was asked")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notebook.jsonl"


def test_a_recorded_reply_is_replayed_without_the_model(path: Path) -> None:
    with use_cassette("record", path):
        first = FakeLM(lambda request: Reply(texts=("42",), usage=Usage(prompt=7, completion=1), cost=0.01)).send(
            question("six times seven?")
        )

    with use_cassette("replay", path):
        again = FakeLM(silent).send(question("six times seven?"))

    assert not first.recorded
    assert again.recorded
    assert (again.texts, again.usage, again.cost) == (first.texts, first.usage, first.cost)


def test_what_a_block_records_is_copied_from_the_cassette_around_it(path: Path, tmp_path: Path) -> None:
    recorded(path, "six", "seven")

    with use_cassette("replay", path) as around:
        with use_cassette("record", tmp_path / "part.jsonl"):
            reply = FakeLM(silent).send(question("six"))
        with use_cassette("record", tmp_path / "nothing.jsonl"), pytest.raises(CassetteMiss) as missed:
            FakeLM(silent).send(question("eight"))

    assert reply.text == "SIX"
    assert str(path) in str(missed.value)
    assert [entry.reply for entry in read(tmp_path / "part.jsonl")] == [read(path)[1].reply]
    assert around is not None
    assert (len(around.report().unused), len(around.report().missed)) == (1, 1)


def test_a_reply_that_a_limit_refused_still_counts_when_it_is_given(path: Path) -> None:
    recorded(path, "six", "seven")

    with use_cassette("replay", path):
        with spending(Budget(calls=0)), pytest.raises(BudgetExceeded):
            FakeLM(silent).send(question("six"))
        with spending(Budget()) as later:
            replies = [FakeLM(silent).send(question("six")) for _ in range(2)]

    assert [reply.cached for reply in replies] == [False, True]
    assert later.used == (0.0, 1)


def test_what_a_block_records_is_recorded_by_the_cassette_around_it_too(path: Path, tmp_path: Path) -> None:
    with use_cassette("record", path):
        FakeLM(shouted).send(question("six"))
        with use_cassette("record", tmp_path / "part.jsonl"):
            FakeLM(silent).send(question("six"))
            FakeLM(shouted).send(question("seven"))

    assert (tmp_path / "part.jsonl").read_bytes() == path.read_bytes()
    assert len(read(path)) == 2


def test_a_prompt_is_replayed_as_messages_are(path: Path) -> None:
    with use_cassette("record", path):
        FakeLM(lambda request: "42").send(Request(model="fake", prompt="6 * 7 =", stop=("\n",)))

    with use_cassette("replay", path):
        assert FakeLM(silent).send(Request(model="fake", prompt="6 * 7 =", stop=("\n",))).text == "42"


def test_the_same_request_is_recorded_once_and_its_answer_kept(path: Path) -> None:
    answers = iter(["first", "second"])
    lm = FakeLM(lambda request: next(answers))

    with use_cassette("record", path):
        texts = [lm("again?"), lm("again?")]

    assert texts == [["first"], ["first"]]
    assert len(lm.requests) == len(read(path)) == 1


def test_the_file_is_plain_sorted_readable_jsonl(path: Path) -> None:
    recorded(path, "größe?", "alter?")

    header, *lines = path.read_text(encoding="utf-8").splitlines()
    assert json.loads(header) == {"nbdspy_cassette": 1}
    assert "GRÖSSE?" in path.read_text(encoding="utf-8")
    for line in lines:
        assert line == json.dumps(json.loads(line), sort_keys=True, ensure_ascii=False)


def test_the_file_does_not_depend_on_who_was_answered_first(tmp_path: Path) -> None:
    texts = [f"question {number}" for number in range(50)]
    one = recorded(tmp_path / "one.jsonl", *texts)
    other = tmp_path / "other.jsonl"

    with use_cassette("record", other):
        lm = FakeLM(shouted)
        list(map_threads(lambda text: lm.send(question(text)), reversed(texts), threads=8))

    assert other.read_bytes() == one.read_bytes()


def test_each_reply_is_on_the_disk_before_it_is_handed_on(path: Path) -> None:
    with use_cassette("record", path):
        for number in range(3):
            FakeLM(lambda request: "yes")(f"question {number}")
            assert len(read(path)) == number + 1


def test_an_old_cassette_stays_until_there_is_a_new_reply(path: Path) -> None:
    recorded(path, "old")

    with use_cassette("record", path), pytest.raises(ZeroDivisionError):
        FakeLM(lambda request: str(1 / 0))("new")
    assert [entry.reply.text for entry in read(path)] == ["OLD"]

    with use_cassette("record", path):
        FakeLM(lambda request: "NEW")("new")
    assert [entry.reply.text for entry in read(path)] == ["NEW"]


def test_a_recording_that_is_never_closed_is_put_in_order_when_python_ends(path: Path) -> None:
    script = (
        "from nbdspy.models import use_cassette; from nbdspy.testing import FakeLM\n"
        f"use_cassette('record', {str(path)!r})\n"
        "for text in 'cab': FakeLM(lambda request: 'yes')(text)"
    )

    subprocess.run([sys.executable, "-c", script], check=True)

    assert [entry.request["messages"][0]["content"] for entry in read(path)] == ["a", "b", "c"]


def test_a_recording_whose_folder_is_gone_when_python_ends_is_no_error(tmp_path: Path) -> None:
    script = """
import shutil, sys
from nbdspy.models import Reply, Request
from nbdspy.models.cassette import Cassette
cassette = Cassette(sys.argv[1] + "/file.jsonl", replays=False, records=True)
cassette.add(Request(model="fake", prompt="a"), Reply(texts=("b",)))
shutil.rmtree(sys.argv[1])
"""
    folder = tmp_path / "folder"
    folder.mkdir()

    done = subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True)

    assert done.stderr == ""


def test_a_change_of_folder_does_not_move_the_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)

    with use_cassette("record", "notebook.jsonl"):
        FakeLM(lambda request: "yes")("one")
        monkeypatch.chdir(tmp_path / "elsewhere")
        FakeLM(lambda request: "yes")("two")

    assert len(read(tmp_path / "notebook.jsonl")) == 2
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_closed_recording_that_is_used_again_goes_on(path: Path) -> None:
    cassette = Cassette(path, replays=False, records=True)
    cassette.add(question("one"), Reply(texts=("1",)))
    cassette.close()

    cassette.add(question("two"), Reply(texts=("2",)))

    assert len(read(path)) == 2
    cassette.close()


def test_eight_threads_record_every_reply(path: Path) -> None:
    texts = [f"question {number % 100}" for number in range(400)]
    with use_cassette("record", path):
        lm = FakeLM(lambda request: "yes")
        done = list(map_threads(lm, texts, threads=8))

    assert [one.error for one in done if one.error] == []
    assert len(read(path)) == 100


def test_a_local_model_is_replayed_without_its_weights_or_its_engine(path: Path, tmp_path: Path) -> None:
    cassette = Cassette(path, replays=False, records=True)
    cassette.add(Request(model="smollm2", prompt="6 * 7 ="), Reply(texts=("42",)))
    cassette.close()
    script = (
        "import sys; sys.modules['xllamacpp'] = None\n"
        "from nbdspy.models import LM, use_cassette\n"
        f"use_cassette('replay', {str(path)!r})\n"
        "lm = LM('smollm2'); assert lm.send(lm.request(prompt='6 * 7 =')).text == '42'"
    )

    subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        check=True,
        env={**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")},
    )

    assert not (tmp_path / "cache").exists()


def test_a_miss_shows_the_request_the_nearest_and_the_difference(path: Path) -> None:
    recorded(path, "Name the intent.\nrequest: wake me at six", "Name the intent.\nrequest: what is the weather")

    with use_cassette("replay", path), pytest.raises(CassetteMiss) as caught:
        FakeLM(silent).send(question("Name the intent.\nrequest: wake me at seven"))

    text = str(caught.value)
    assert "request: wake me at seven" in text
    assert "- user: request: wake me at six" in text
    assert "+ user: request: wake me at seven" in text
    assert "weather" not in text
    assert f"--fill {path}" in text


def test_a_miss_shows_no_request_of_another_kind(path: Path) -> None:
    vectors = Request(model="fake", endpoint="embeddings", options={"input": ["wake me at six"]})
    cassette = Cassette(recorded(path, "Name the intent of all this.\nrequest: go to sleep"), records=True)
    cassette.add(vectors, Reply(texts=("[[1.0]]",)))
    cassette.close()

    with use_cassette("replay", path) as replayed:
        assert replayed is not None
        assert "- user: request: go to sleep" in str(replayed.miss(question("wake me at six")))
    with use_cassette("replay", recorded(path.with_name("texts.jsonl"), "wake me at six")) as replayed:
        assert replayed is not None
        assert "It holds replies to requests of another kind alone." in str(replayed.miss(vectors))


def test_a_miss_by_a_setting_shows_the_setting(path: Path) -> None:
    recorded(path, "the same")

    with use_cassette("replay", path), pytest.raises(CassetteMiss, match=r"\+ temperature: 0\.7") as caught:
        FakeLM(silent).send(question("the same", temperature=0.7))

    assert "- " not in str(caught.value).split("asked):")[1]


def test_a_difference_far_into_a_long_line_is_in_sight(path: Path) -> None:
    recorded(path, "x " * 2_000 + "six")

    with use_cassette("replay", path), pytest.raises(CassetteMiss) as caught:
        FakeLM(silent).send(question("x " * 2_000 + "seven"))

    lines = caught.value.lines()[0].split("\n")
    assert any(line.endswith("x six") for line in lines)
    assert all(len(line) < 200 for line in lines)


def test_a_miss_on_a_cassette_without_replies_says_so(path: Path) -> None:
    path.write_text('{"nbdspy_cassette": 1}\n')

    with use_cassette("replay", path), pytest.raises(CassetteMiss, match="no replies at all"):
        FakeLM(silent)("anything")


def test_fill_replays_what_is_there_and_records_only_what_is_missing(path: Path) -> None:
    recorded(path, "old")
    lm = FakeLM(lambda request: "NEW")

    with use_cassette("replay", path, fill=True):
        texts = [lm.send(question(text)).text for text in ("old", "new")]

    assert texts == ["OLD", "NEW"]
    assert len(lm.requests) == 1
    assert sorted(entry.reply.text for entry in read(path)) == ["NEW", "OLD"]


def test_fill_begins_a_file_that_is_not_there(path: Path) -> None:
    with use_cassette("replay", path, fill=True):
        FakeLM(lambda request: "yes")("anything")

    assert len(read(path)) == 1


def test_fill_records_anew_what_was_cut_off_while_it_was_written(path: Path) -> None:
    recorded(path, "one", "two")
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(UsageError, match="Line 3"):
        use_cassette("replay", path)
    with use_cassette("replay", path, fill=True):
        assert FakeLM(lambda request: "TWO").send(question("two")).text == "TWO"

    assert sorted(entry.reply.text for entry in read(path)) == ["ONE", "TWO"]


@pytest.mark.parametrize("line", ["{", '{"key": "x"}', "[]", '{"key": 1, "request": {}, "reply": 1}'])
def test_a_damaged_line_is_named(path: Path, line: str) -> None:
    recorded(path, "one", "two")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], line, *lines[2:]]) + "\n")

    with pytest.raises(UsageError, match=r"Line 3 of .* is damaged"):
        use_cassette("replay", path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"city,country\nUlm,DE\n", "is not a cassette: it starts with 'city,country'"),
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "only says where git keeps the cassette"),
        (b"interactions:\n- request:\n", "is not a cassette: it starts with 'interactions:'"),
        (b"\xff\xfe\x00binary", "cannot be read as a cassette"),
        (b'{"nbdspy_cassette": 2}\n', "version 2; this nbdspy reads version 1"),
        (None, "There is no cassette"),
    ],
)
def test_what_is_no_cassette_is_refused(path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UsageError, match=said) as caught:
        use_cassette("replay", path)

    assert caught.value.hint
    assert gate.cassette is None


def test_a_folder_is_no_cassette(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read as a cassette"):
        use_cassette("replay", tmp_path)


def test_recording_never_replaces_a_file_that_is_no_cassette(tmp_path: Path) -> None:
    table = tmp_path / "data.csv"
    table.write_text("city,country\n")

    with pytest.raises(UsageError, match="is not a cassette"):
        use_cassette("record", table)

    assert table.read_text() == "city,country\n"


def test_recording_into_a_folder_that_is_not_there_fails_before_the_first_call(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no folder"):
        use_cassette("record", tmp_path / "nowhere" / "file.jsonl")


def test_no_key_reaches_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_SERVICE_API_KEY", "plain-words-as-a-key")
    conceal("given-to-the-model")
    request = question(
        "sk-proj-0123456789abcdef01234567, plain-words-as-a-key, given-to-the-model",
        options={"azure_ad_token": "abc", "extra": {"Authorization": "Basic abc"}},
    )

    with use_cassette("record", path), pytest.warns(UserWarning, match=r"reply of fake holds a key; .*\[redacted\]"):
        FakeLM(lambda request: "curl -H 'Authorization: Bearer abcdefghijkl0123456789'").send(request)
    with use_cassette("replay", path):
        reply = FakeLM(silent).send(request)

    text = path.read_text()
    for secret in ("0123456789", "plain-words", "given-to", "abc", "Basic"):
        assert secret not in text
    assert reply.text.startswith("curl -H")


def test_what_a_tool_is_called_with_is_replayed_whatever_it_is_called(path: Path) -> None:
    call = {"id": "1", "name": "login", "arguments": {"password": "hunter2", "page_token": "p2"}}
    request = Request(model="fake", messages=[{"role": "assistant", "content": None, "tool_calls": [call]}])
    reply = Reply(texts=("",), extras=(Extras(tool_calls=(call,)),))
    with use_cassette("record", path):
        FakeLM(lambda request: reply).send(request)

    with use_cassette("replay", path):
        again = FakeLM(silent).send(request)

    assert again.extras == reply.extras
    assert read(path)[0].request["messages"] == request.messages


def test_keys_in_many_replies_are_warned_of_once(path: Path) -> None:
    lm = FakeLM(lambda request: "use sk-0123456789abcdef01234567")

    with use_cassette("record", path):
        with pytest.warns(UserWarning, match="holds a key"):
            lm.send(question("one"))
        lm.send(question("two"))  # where a second warning would be an error


def test_no_key_is_shown_by_a_miss(path: Path) -> None:
    recorded(path, "use sk-0123456789abcdef01234567")

    with use_cassette("replay", path), pytest.raises(CassetteMiss) as caught:
        FakeLM(silent).send(question("use sk-abcdef0123456789abcdef01"))

    assert "abcdef" not in str(caught.value)


def test_half_a_surrogate_pair_and_line_separators_survive(path: Path) -> None:
    strange = "half \ud83d, line\u2028separator, return\r"

    recorded(path, strange)

    with use_cassette("replay", path):
        assert FakeLM(silent).send(question(strange)).text == strange.upper()
    path.read_bytes().decode()  # and the file itself is proper UTF-8


def test_a_block_puts_back_the_cassette_that_was_there(tmp_path: Path) -> None:
    outer = recorded(tmp_path / "outer.jsonl", "outer")
    inner = recorded(tmp_path / "inner.jsonl", "inner")

    with use_cassette("replay", outer) as one:
        with use_cassette("replay", inner) as other:
            assert gate.cassette is other
        assert gate.cassette is one
        with use_cassette("off"):
            assert FakeLM(lambda request: "live")("anything") == ["live"]
    assert gate.cassette is None


def test_a_recording_goes_on_after_a_block_inside_it(tmp_path: Path, path: Path) -> None:
    inner = recorded(tmp_path / "inner.jsonl", "inner")
    lm = FakeLM(lambda request: "live")

    with use_cassette("record", path):
        lm("one")
        with use_cassette("replay", inner):
            lm.send(question("inner"))
        lm("two")

    assert len(read(path)) == 2


def test_a_mistyped_mode_gets_a_suggestion(path: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean replay"):
        use_cassette("repaly", path)  # type: ignore[arg-type]


def test_a_missing_file_name_is_asked_for() -> None:
    with pytest.raises(UsageError, match="Which file to record"):
        use_cassette("record")


def test_the_report_tells_what_was_used_missed_and_left(path: Path) -> None:
    recorded(path, "one", "two", "three")

    with use_cassette("replay", path) as cassette:
        FakeLM(silent).send(question("one"))
        FakeLM(silent).send(question("one"))
        with pytest.raises(CassetteMiss):
            FakeLM(silent).send(question("four"))

    assert cassette is not None
    report = cassette.report()
    assert (report.entries, report.replayed, report.recorded) == (3, 1, 0)
    assert report.missed == ("four",)
    assert sorted(entry.reply.text for entry in report.unused) == ["THREE", "TWO"]


def test_an_entry_under_a_key_that_is_not_its_own_is_stale(path: Path) -> None:
    recorded(path, "one", "two")
    assert not any(entry.is_stale for entry in read(path))

    path.write_text(path.read_text().replace('"content": "one"', '"content": "another one"'))

    assert [entry.reply.text for entry in read(path) if entry.is_stale] == ["ONE"]


def test_a_limit_stops_a_replay_where_it_stopped_the_recording(path: Path) -> None:
    def asked_until_stopped(lm: FakeLM) -> int:
        with spending(Budget(usd=0.025)):
            for number in range(20):
                try:
                    lm(f"question {number // 2}")
                except BudgetExceeded:
                    return number
        return 20

    with use_cassette("record", path):
        live = asked_until_stopped(FakeLM(lambda request: Reply(texts=("yes",), cost=0.01)))
    with use_cassette("replay", path):
        replayed = asked_until_stopped(FakeLM(silent))

    assert live == replayed == 6


def declining(error: LMError) -> FakeLM:
    def decline(request: Request) -> str:
        raise error

    return FakeLM(decline)


@pytest.mark.parametrize("kind", [LMRefused, RequestRefused, ContextTooLong, NoSuchModel])
def test_a_request_that_is_declined_is_declined_again_in_a_replay(path: Path, kind: type[LMRefused]) -> None:
    said = kind(
        "Not this.", hint="Ask another.", code="odd", model="fake", provider="us", provider_code="no_1", status=400,
        request_id="r1", retry_after=2.5,
    )  # fmt: skip
    with use_cassette("record", path), pytest.raises(kind):
        declining(said).send(question("long"))

    with use_cassette("replay", path) as cassette, pytest.raises(LMRefused) as caught:
        FakeLM(silent).send(question("long"))

    assert type(caught.value) is kind
    assert str(caught.value) == str(said)
    assert vars(caught.value) == vars(said)
    assert cassette is not None
    assert (cassette.report().replayed, cassette.report().missed, cassette.report().unused) == (1, (), ())


def test_each_replay_of_a_refusal_raises_an_error_of_its_own(path: Path) -> None:
    with use_cassette("record", path), pytest.raises(ContextTooLong):
        declining(ContextTooLong()).send(question("long"))

    caught = []
    with use_cassette("replay", path):
        for _ in range(2):
            with pytest.raises(ContextTooLong) as one:
                FakeLM(silent).send(question("long"))
            caught.append(one.value)

    assert caught[0] is not caught[1]


async def _streamed(lm: FakeLM, request: Request) -> None:
    async for _ in lm.astream(request):
        pass


def test_a_refusal_is_replayed_to_every_way_of_asking(path: Path) -> None:
    with use_cassette("record", path), pytest.raises(ContextTooLong):
        list(declining(ContextTooLong("Too long.")).stream(question("long")))

    with use_cassette("replay", path):
        lm = FakeLM(silent)
        for ask in (lm.send, lambda request: asyncio.run(lm.asend(request)), lambda request: list(lm.stream(request)),
                    lambda request: asyncio.run(_streamed(lm, request))):  # fmt: skip
            with pytest.raises(ContextTooLong, match="Too long"):
                ask(question("long"))


@pytest.mark.parametrize("kind", [KeyRefused, NothingLeft, RateLimited, TimedOut])
def test_what_the_request_is_not_to_blame_for_is_not_recorded(path: Path, kind: type[LMError]) -> None:
    recorded(path, "old")

    with use_cassette("record", path), pytest.raises(kind):
        declining(kind("Not now.")).send(question("new"))

    assert [entry.reply.text for entry in read(path)] == ["OLD"]


def test_an_error_of_a_users_own_class_is_replayed_as_the_one_that_it_is_made_from(path: Path) -> None:
    class Rude(RequestRefused):
        """A provider that says no."""

    with use_cassette("record", path), pytest.raises(Rude):
        declining(Rude("No.")).send(question("please"))

    with use_cassette("replay", path), pytest.raises(RequestRefused, match=r"No\.") as caught:
        FakeLM(silent).send(question("please"))
    assert type(caught.value) is RequestRefused


def test_while_recording_a_declined_request_is_asked_again_and_a_reply_takes_its_place(path: Path) -> None:
    def too_short(request: Request) -> str:
        if len(lm.requests) < 3:
            raise ContextTooLong
        return "now it fits"

    lm = FakeLM(too_short)

    with use_cassette("record", path):
        for _ in range(2):
            with pytest.raises(ContextTooLong):
                lm.send(question("long"))
        assert lm.send(question("long")).text == lm.send(question("long")).text == "now it fits"
        assert Cassette(path).find(question("long")) == Reply(texts=("now it fits",), cost=0.0, recorded=True)

    assert len(lm.requests) == 3
    assert [entry.reply.text for entry in read(path)] == ["now it fits"]


def test_fill_asks_again_what_was_declined(path: Path) -> None:
    with use_cassette("record", path), pytest.raises(ContextTooLong):
        declining(ContextTooLong()).send(question("long"))

    with use_cassette("replay", path, fill=True):
        assert FakeLM(lambda request: "fits").send(question("long")).text == "fits"

    assert [entry.reply.text for entry in read(path)] == ["fits"]


def test_a_refusal_is_a_line_of_plain_json_without_keys(path: Path) -> None:
    conceal("given-to-the-model")
    said = ContextTooLong("given-to-the-model: too long", hint="given-to-the-model", status=400)

    with use_cassette("record", path), pytest.raises(ContextTooLong, match="given-to-the-model"):
        declining(said).send(question("long"))

    line = json.loads(path.read_text().splitlines()[1])
    assert line["declined"] == {
        "kind": "ContextTooLong", "message": "[redacted]: too long", "hint": "[redacted]",
        "code": "context_window_exceeded", "status": 400,
    }  # fmt: skip
    assert "reply" not in line


def test_a_kind_of_refusal_that_nobody_knows_is_named(path: Path) -> None:
    recorded(path, "one")
    with path.open("a") as file:
        file.write('{"key": "x", "request": {}, "declined": {"kind": "SystemExit", "message": "no"}}\n')

    with pytest.raises(UsageError, match=r"Line 3 of .*no kind of refusal 'SystemExit'.*ContextTooLong") as caught:
        use_cassette("replay", path)

    assert caught.value.hint


def test_limits_count_a_refusal_in_a_replay_as_they_did_in_the_recording(path: Path) -> None:
    def asked_until_stopped(lm: FakeLM) -> int:
        with spending(Budget(calls=3)):
            for number in range(20):
                try:
                    lm("long")
                except ContextTooLong:
                    pass
                except BudgetExceeded:
                    return number
        return 20

    with use_cassette("record", path):
        live = asked_until_stopped(declining(ContextTooLong()))
    with use_cassette("replay", path):
        replayed = asked_until_stopped(FakeLM(silent))

    assert live == replayed == 3


def git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    who = ["-c", "user.name=a teacher", "-c", "user.email=teacher@example.org"]
    return subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose first commit is a cassette of a course's size, on the branch `main`."""
    folder = tmp_path / "course"
    folder.mkdir()
    recorded(folder / "lesson.jsonl", *(f"question {number}" for number in range(2_000)))
    git(folder, "init", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--message", "first")
    return folder


def also_recorded(repository: Path, branch: str, *texts: str) -> None:
    """Record more on a branch of its own, and come back."""
    git(repository, "switch", "--create", branch, "main")
    with use_cassette("replay", repository / "lesson.jsonl", fill=True):
        for text in texts:
            FakeLM(shouted).send(question(text))
    git(repository, "commit", "--all", "--message", branch)
    git(repository, "switch", "main")


def test_two_recordings_are_merged_by_lines(repository: Path) -> None:
    also_recorded(repository, "one", *(f"also {number}" for number in range(50)))
    also_recorded(repository, "two", *(f"what else {number}" for number in range(50)))

    for branch in ("one", "two"):
        assert git(repository, "merge", branch, "--message", branch).returncode == 0

    with use_cassette("replay", repository / "lesson.jsonl") as cassette:
        assert len(cassette or ()) == 2_100
        for text in ("also 7", "what else 7", "question 7"):
            assert FakeLM(silent).send(question(text)).text == text.upper()
    before = (repository / "lesson.jsonl").read_bytes()
    Cassette(repository / "lesson.jsonl").keep({entry.key for entry in read(repository / "lesson.jsonl")})
    assert (repository / "lesson.jsonl").read_bytes() == before


def test_a_conflict_says_how_to_end_it_and_the_attribute_that_spares_it(repository: Path) -> None:
    also_recorded(repository, "one", "same place 1", "same place 3")
    also_recorded(repository, "two", "same place 2", "same place 3")
    git(repository, "merge", "one")

    assert git(repository, "merge", "two").returncode == 1
    with pytest.raises(UsageError, match=r"is a conflict that git left: '<<<<<<< HEAD'.*merge=union"):
        read(repository / "lesson.jsonl")

    git(repository, "merge", "--abort")
    (repository / ".gitattributes").write_text("*.jsonl merge=union\n")
    assert git(repository, "merge", "two").returncode == 0
    assert len({entry.key for entry in read(repository / "lesson.jsonl")}) == 2_003
    assert twice(read(repository / "lesson.jsonl")) == []


def test_of_a_request_that_two_recordings_answer_the_first_counts_and_the_other_is_told(path: Path) -> None:
    recorded(path, "one")
    header, line = path.read_text().splitlines()
    path.write_text("\n".join([header, line, header, line.replace("ONE", "other")]) + "\n")

    with use_cassette("replay", path):
        assert FakeLM(silent).send(question("one")).text == "ONE"

    assert [entry.reply.text for entry in twice(read(path)) if entry.reply] == ["other"]


def test_a_change_of_one_prompt_of_a_courses_is_a_diff_of_two_lines(repository: Path) -> None:
    tape = repository / "lesson.jsonl"
    texts = [f"question {number}" for number in range(2_000)]
    recorded(tape, *texts[:-1], "question 1999, said otherwise")

    told = git(repository, "diff", "--numstat").stdout.split()

    assert told[:2] == ["1", "1"]
    assert tape.stat().st_size < 2_000 * 400


def test_a_cassette_of_another_version_says_how_many_requests_it_names_otherwise(path: Path) -> None:
    recorded(path, "one", "two")
    path.write_text(re.sub(r'"key": "\w+"', '"key": "of another version"', path.read_text(), count=1))

    with use_cassette("replay", path), pytest.raises(CassetteMiss, match="names 1 of its 2 requests otherwise"):
        FakeLM(silent).send(question("three"))


def test_what_is_recorded_now_is_not_pruned(path: Path) -> None:
    with use_cassette("record", path) as cassette:
        FakeLM(shouted).send(question("one"))
        assert cassette is not None
        with pytest.raises(UsageError, match="is being recorded"):
            cassette.keep(set())

    assert len(read(path)) == 1


def test_a_call_that_failed_is_told_until_it_is_recorded(path: Path) -> None:
    down = [True]

    def answer(request: Request) -> str:
        if down[0] and request.prompt == "one":
            raise TimedOut("No answer in 60 s; the key was sk-abcdefghijklmnopqrstuvwxyz123456.")
        if request.prompt == "odd":
            raise ZeroDivisionError("a model of one's own")
        return "42"

    lm = FakeLM(answer, model_type="text")
    with use_cassette("record", path) as outer, use_cassette("record", path.with_name("inner.jsonl")) as inner:
        assert outer is not None
        assert inner is not None
        lm("two")
        for prompt, error in (("one", TimedOut), ("odd", ZeroDivisionError)):
            with pytest.raises(error):
                lm(prompt)
        with spending(Budget(calls=0)), pytest.raises(BudgetExceeded):
            lm("not sent")

        assert inner.report().failed == outer.report().failed
        first, second = inner.report().failed
        assert first.startswith("one (TimedOut: No answer in 60 s; the key was ")
        assert "abcdefghij" not in first
        assert second == "odd (ZeroDivisionError: a model of one's own)"
        down[0] = False
        lm("one")
        assert inner.report().failed == (second,)
