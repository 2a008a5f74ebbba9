"""Keys in addresses, in variables, and in what an error was caused by."""

import pytest

from nbdspy.models.redaction import MARK, conceal_address, conceal_headers, redact, shown_cause


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("no way to http://ada:hunter2@example.org/mcp", f"no way to http://{MARK}@example.org/mcp"),
        ("postgresql://ada:hunter2@localhost/runs", f"postgresql://{MARK}@localhost/runs"),
        ("GET /?api_key=lovelace&k=2", f"GET /?api_key={MARK}&k=2"),
        ("https://example.org/?q=1&key=lovelace1815#top", f"https://example.org/?q=1&key={MARK}#top"),
        ("https://example.org/a?X-Amz-Signature=0123456789ab", f"https://example.org/a?X-Amz-Signature={MARK}"),
    ],
)
def test_keys_in_addresses(text: str, kept: str) -> None:
    assert redact(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "http://example.org:8080/a@b",
        '"http://example.org:80","ada@example.org"',
        "https://ada@example.org",
        "https://example.org/?key=agriculture&api_key=short",
        "api_key=lovelace1815 is no address",
    ],
)
def test_what_is_none_is_left(text: str) -> None:
    assert redact(text) == text


def test_what_an_address_holds_is_found_where_it_stands_alone() -> None:
    conceal_address("http://ada:analytical@127.0.0.1/?token=engine-of-1837&q=whale-songs")

    said = redact("bad password analytical, bad token engine-of-1837, nothing on whale-songs")

    assert said == f"bad password {MARK}, bad token {MARK}, nothing on whale-songs"


def test_a_cause_that_shows_a_key_at_any_depth_is_left_out() -> None:
    plain, telling = OSError("no route"), ExceptionGroup("two", [OSError("GET /?api_key=lovelace failed")])

    assert shown_cause(plain) is plain
    assert shown_cause(telling) is None


def test_names_in_a_mapping_hold_no_key_either() -> None:
    assert redact({"sk-0123456789abcdef0123": "kept", "plain": 1}) == {MARK: "kept", "plain": 1}


def test_a_key_that_is_set_later_is_found_in_a_text_that_was_seen_before(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a prompt with an unremarkable word in it; " * 10

    before = redact(text)
    monkeypatch.setenv("SOME_TOKEN", "unremarkable")

    assert before == text
    assert redact(text) == text.replace("unremarkable", MARK)


def test_a_key_is_known_for_as_long_as_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    for change in (
        lambda: monkeypatch.setenv("SOME_API_KEY", "first-of-them"),
        lambda: monkeypatch.setenv("SOME_API_KEY", "second-of-them"),
        lambda: monkeypatch.delenv("SOME_API_KEY"),
    ):
        change()
        said.append(redact("first-of-them second-of-them"))

    assert said == ["[redacted] second-of-them", "first-of-them [redacted]", "first-of-them second-of-them"]


@pytest.mark.parametrize(
    "name",
    [
        "OPENAI_API_KEY", "API_KEY", "OPENAI_KEY", "WATSONX_APIKEY", "openai_api_key", "Some_Service_Key", "KEY",
        "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "TOKEN", "hf_token", "CLIENT_SECRET",
        "SECRET", "DB_PASSWORD", "PGPASSWORD", "password", "DB_PASSWD", "GIGACHAT_CREDENTIALS",
    ],
)  # fmt: skip
def test_the_value_of_a_variable_that_is_called_a_key_is_none_to_show(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "correct/horse+battery")

    assert redact("refused: correct/horse+battery") == f"refused: {MARK}"


@pytest.mark.parametrize(
    "name", ["KEYBOARD", "MONKEY", "MAX_TOKENS", "TOKENIZER", "PASSWORD_FILE", "SECRETARY", "HOTKEY", "KEY_NAME"]
)
def test_the_value_of_another_variable_is_a_word_like_any_other(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "ordinary-words")

    assert redact("some ordinary-words") == "some ordinary-words"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_KEY", "test"),
        ("SORT_KEY", "created"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/home/ada/engine.json"),
        ("TLS_PRIVATE_KEY", "C:\\keys\\engine.pem"),
    ],
)
def test_a_word_and_the_place_of_a_file_are_no_keys(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)

    assert redact(f"There is no {value} here.") == f"There is no {value} here."


def test_a_key_in_the_variables_of_a_server_is_known_by_the_same_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbdspy.models.redaction._concealed", set())

    conceal_headers({"OPENAI_KEY": "difference-engine", "KEYBOARD": "analytical-engine"})

    assert redact("difference-engine, analytical-engine") == f"{MARK}, analytical-engine"
