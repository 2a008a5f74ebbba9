"""`%cassette` and `%nbdspy`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nbdspy import configuration
from nbdspy.errors import SettingsError, UsageError
from nbdspy.jupyter import load, tapes, unload
from nbdspy.jupyter.manuals import MANUALS
from nbdspy.models import LM, gate
from nbdspy.models.cassette import read
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.jupyter.conftest import Shell


@pytest.fixture
def taped(shell: Shell) -> Iterator[Shell]:
    """A shell with a model that always says 42; the cassette is taken out at the end."""
    configuration.configure(lm=FakeLM(lambda request: chat_text({"answer": "42"})))
    shell.run("%signature QA question -> answer;")
    yield shell
    shell.run("%cassette off")


def test_what_was_recorded_is_replayed_without_the_model(taped: Shell, tmp_path: Path) -> None:
    path = tmp_path / "first.jsonl"

    taped.run(f"%cassette record {path}")
    taped.run("%%predict QA\nSix times seven?\n")
    taped.run(f"%cassette replay {path}")
    model = FakeLM(lambda request: "never asked")
    configuration.configure(lm=model)

    assert taped.run("%%predict QA\nSix times seven?\n").answer == "42"
    assert model.requests == []


def test_a_prediction_that_was_replayed_says_so_however_it_is_shown(taped: Shell, tmp_path: Path) -> None:
    path = tmp_path / "first.jsonl"
    cells = (
        "%%predict QA\nSix times seven?\n",
        "import nbdspy; nbdspy.Predict(QA)(question='Seven times six?')",
        "nbdspy.majority([nbdspy.Predict(QA)(question=each) for each in ('6 * 7?', '7 * 6?')])",
    )
    taped.run(f"%cassette record {path}")
    for cell in cells:
        taped.run(cell)
        assert "recorded" not in taped.shown[0]["text/html"]

    taped.run(f"%cassette replay {path}")

    for cell in cells:
        taped.run(cell)
        assert "recorded" in taped.shown[0]["text/html"]


def test_the_mode_changes_nothing_on_the_page(taped: Shell, tmp_path: Path) -> None:
    path = tmp_path / "first.jsonl"

    taped.run(f"%cassette record {path}")
    assert taped.shown == []
    taped.run("%%predict QA\nSix times seven?\n")
    taped.run(f"%cassette replay {path}")
    assert taped.shown == []


def test_alone_it_says_what_is_in_use(taped: Shell, tmp_path: Path) -> None:
    taped.run(f"%cassette record {tmp_path}/first.jsonl")

    taped.run("%cassette")

    assert "first.jsonl" in taped.text
    assert "recording" in taped.text


def test_the_environment_decides_the_mode(taped: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "first.jsonl"
    monkeypatch.setenv("NBDSPY_CASSETTE", "record")

    taped.run(f"%cassette replay {path}")
    taped.run("%%predict QA\nSix times seven?\n")
    monkeypatch.setenv("NBDSPY_CASSETTE", "off")
    taped.run(f"%cassette replay {path}")

    assert len(read(path)) == 1
    assert gate.cassette is None


def test_of_a_folder_each_notebook_gets_the_file_of_its_name(
    taped: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taped.run(f"%cassette record {tmp_path}/02_compile.jsonl")
    taped.run("%%predict QA\nSix times seven?\n")
    taped.run("%cassette off")
    monkeypatch.setenv("NBDSPY_CASSETTE", f"replay:{tmp_path}")
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/student/02_compile.ipynb")

    tapes.insert_from_environment()
    assert gate.cassette is not None
    assert gate.cassette.path == tmp_path / "02_compile.jsonl"
    taped.run("%cassette off")  # the environment goes before it
    taped.run("%%predict QA\nSix times seven?\n")

    assert gate.cassette.report().replayed == 1
    monkeypatch.setenv("NBDSPY_CASSETTE", f"record:{tmp_path}")
    monkeypatch.setenv("JPY_SESSION_NAME", "new.ipynb")
    tapes.insert_from_environment()
    assert gate.cassette.path == tmp_path / "new.jsonl"
    monkeypatch.delenv("NBDSPY_CASSETTE")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "and nobody says which notebook this is. JupyterLab tells it in JPY_SESSION_NAME"),
        ("console-1-5f3a", "and nobody says which notebook this is."),
        ("/home/student/scratch.ipynb", "which has no 'scratch.jsonl' for 'scratch.ipynb'."),
    ],
)
def test_of_a_folder_without_the_notebooks_file_it_says_what_is_missing(
    name: str, said: str, taped: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBDSPY_CASSETTE", f"replay:{tmp_path}")
    monkeypatch.setenv("JPY_SESSION_NAME", name)

    told = " ".join(taped.fail("%cassette replay mine.jsonl"))

    assert f"NBDSPY_CASSETTE names the folder {str(tmp_path)!r}" in told
    assert said in told
    assert gate.cassette is None
    monkeypatch.delenv("NBDSPY_CASSETTE")


@pytest.mark.parametrize(
    ("set_to", "line", "in_force", "call"),
    [
        ("replay:first.jsonl", "off", "first.jsonl is replayed", "'off'"),
        ("replay:first.jsonl", "replay other.jsonl", "first.jsonl is replayed", "'replay', 'other.jsonl'"),
        ("replay:first.jsonl", "replay --fill a.jsonl", "first.jsonl is replayed", "'replay', 'a.jsonl', fill=True"),
        ("fill:first.jsonl", "off", "first.jsonl is replayed, and what it lacks recorded", "'off'"),
        ("record", "replay other.jsonl", "what is asked is recorded in other.jsonl", "'replay', 'other.jsonl'"),
        ("off", "replay first.jsonl", "no cassette is used", "'replay', 'first.jsonl'"),
    ],
)
def test_who_is_not_heeded_is_told_what_is_in_force_and_what_changes_it(
    set_to: str, line: str, in_force: str, call: str, taped: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    taped.run("%cassette record first.jsonl")
    taped.run("%%predict QA\nSix times seven?\n")
    Path("other.jsonl").write_bytes(Path("first.jsonl").read_bytes())
    monkeypatch.setenv("NBDSPY_CASSETTE", set_to)

    taped.run(f"%cassette {line}")

    assert [each["text/plain"] for each in taped.shown] == [
        f"NBDSPY_CASSETTE={set_to} goes before this line: {in_force}. "
        f"To have it otherwise here: nbdspy.use_cassette({call})."
    ]
    taped.run("%cassette replay absent.jsonl")
    (told,) = (each["text/plain"] for each in taped.shown)
    assert told.endswith("There is no cassette 'absent.jsonl' that could be replayed instead.")
    monkeypatch.delenv("NBDSPY_CASSETTE")


def test_what_is_told_to_use_instead_is_heeded(
    taped: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    taped.run(f"%cassette record {tmp_path}/first.jsonl")
    taped.run("%%predict QA\nSix times seven?\n")
    monkeypatch.setenv("NBDSPY_CASSETTE", f"replay:{tmp_path}/first.jsonl")
    tapes.insert_from_environment()
    taped.run("import nbdspy")

    lines = taped.fail("%%predict QA\nSix times eight?\n")
    assert lines[-1].startswith(f"NBDSPY_CASSETTE=replay:{tmp_path}/first.jsonl puts it in.")
    fill, off = re.findall(r"nbdspy\.use_cassette\(.*?\)", lines[-1])
    taped.run(f"{fill};")
    assert taped.run("%%predict QA\nSix times eight?\n").answer == "42"
    taped.run(f"{off};")
    assert taped.run("%%predict QA\nSix times nine?\n").answer == "42"

    assert len(read(tmp_path / "first.jsonl")) == 2
    monkeypatch.delenv("NBDSPY_CASSETTE")


@pytest.mark.parametrize(
    ("set_to", "line", "mode"),
    [
        ("replay:first.jsonl", "replay {here}/first.jsonl", "live"),  # the same file
        ("off", "off", "live"),
        ("replay:first.jsonl", "off", "static"),  # a runner, whose outputs are compared
    ],
)
def test_nothing_is_told_where_the_cell_is_heeded_or_nobody_sits_before_it(
    set_to: str, line: str, mode: str, taped: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    taped.run("%cassette record first.jsonl")
    taped.run("%%predict QA\nSix times seven?\n")
    monkeypatch.setenv("NBDSPY_CASSETTE", set_to)
    monkeypatch.setenv("NBDSPY_MODE", mode)

    taped.run(f"%cassette {line.format(here=tmp_path)}")

    assert taped.shown == []
    monkeypatch.delenv("NBDSPY_CASSETTE")


@pytest.mark.parametrize("set_to", ["replay:gone.jsonl", "replay:/gone/lessons", "record:gone/new.jsonl"])
def test_a_file_that_the_environment_names_and_is_not_there_is_told_and_the_shell_left_as_it_was(
    set_to: str, bare_shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NBDSPY_CASSETTE", set_to)

    for _ in range(2):
        with pytest.raises(SettingsError) as caught:
            load(bare_shell)

    message, hint = caught.value.message, caught.value.hint
    assert message.startswith(f"NBDSPY_CASSETTE is {set_to!r}, and there is no f")
    assert (str(tmp_path) in message) == ("/gone" not in set_to)  # where a path that is not whole was looked for
    assert hint is not None
    assert hint.startswith("Start Jupyter with the whole path of a cassette")
    assert "lm" not in bare_shell.magics_manager.magics["line"]
    monkeypatch.delenv("NBDSPY_CASSETTE")
    load(bare_shell)
    unload(bare_shell)


@pytest.mark.parametrize("mode", ["live", "static"])
@pytest.mark.parametrize(
    ("line", "message"), [("reply a.jsonl", "Did you mean replay?"), ("replya a.jsonl", "A cassette cannot 'replya'.")]
)
def test_a_mistake_in_the_line_is_told_though_the_variable_goes_before_it(
    line: str, message: str, mode: str, taped: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taped.run(f"%cassette record {tmp_path}/first.jsonl")
    taped.run("%%predict QA\nSix times seven?\n")
    monkeypatch.setenv("NBDSPY_CASSETTE", f"replay:{tmp_path}/first.jsonl")
    monkeypatch.setenv("NBDSPY_MODE", mode)

    assert message in "\n".join(taped.fail(f"%cassette {line}"))
    monkeypatch.delenv("NBDSPY_CASSETTE")


def test_a_damaged_cassette_of_the_variable_is_mended_without_a_magic(
    bare_shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "first.jsonl"
    path.write_text('{"nbdspy_cassette": 1}\n{"key": "d96e\n')
    monkeypatch.setenv("NBDSPY_CASSETTE", f"replay:{path}")

    with pytest.raises(UsageError, match=r"Line 2 of .* is damaged") as caught:
        load(bare_shell)

    hint = str(caught.value.hint)
    assert f"git checkout {path}" in hint
    assert "nbdspy cassette record --fill NOTEBOOK, or in a notebook" in hint
    monkeypatch.delenv("NBDSPY_CASSETTE")


def test_fill_records_what_is_missing(taped: Shell, tmp_path: Path) -> None:
    path = tmp_path / "first.jsonl"
    taped.run(f"%cassette record {path}")
    taped.run("%%predict QA\nOne?\n")

    taped.run(f"%cassette replay {path} --fill")
    taped.run("%%predict QA\nOne?\n")
    taped.run("%%predict QA\nTwo?\n")

    assert len(read(path)) == 2


def test_a_miss_stops_and_shows_the_nearest(taped: Shell, tmp_path: Path) -> None:
    path = tmp_path / "first.jsonl"
    taped.run(f"%cassette record {path}")
    taped.run("%%predict QA\nSix times seven?\n")
    taped.run(f"%cassette replay {path}")

    lines = taped.fail("%%predict QA\nSix times eight?\n")

    assert lines[0].startswith("CassetteMiss")
    assert "+" in "\n".join(lines)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("%cassette recrod a.jsonl", "Did you mean record?"),
        ("%cassette replay", "Which file to replay?"),
        ("%cassette replay absent.jsonl", "There is no cassette 'absent.jsonl'."),
        ("%cassette replay a.jsonl b.jsonl", "one word too many"),
        ("%nbdspy docter", "Did you mean doctor?"),
        ("%nbdspy help compil", "Did you mean compile?"),
        ("%nbdspy as", "Write %nbdspy as dspy."),
        ("%nbdspy as torch", "one other name: dspy"),
    ],
)
def test_a_mistake_is_told(line: str, message: str, shell: Shell) -> None:
    assert message in "\n".join(shell.fail(line))


def test_the_status_names_model_cache_and_cassette(taped: Shell) -> None:
    taped.run("%nbdspy")

    assert "fake" in taped.text
    assert "cache: " in taped.text
    assert "cassette: none" in taped.text


def test_help_lists_every_magic_and_explains_each(shell: Shell) -> None:
    shell.run("%nbdspy help")
    assert all(f"%{name}" in shell.text for name in MANUALS)

    for name in MANUALS:
        shell.run(f"%nbdspy help {name}")
        assert MANUALS[name].summary in shell.text


@pytest.mark.parametrize("magic", MANUALS)
def test_help_writes_a_magic_as_it_is_typed(magic: str, shell: Shell) -> None:
    shell.run("%nbdspy help")

    found = re.search(rf"(?<![%\w])(%%?){magic}  +[A-Z]", shell.text)
    assert found is not None
    kind = "line" if found[1] == "%" else "cell"
    assert magic in shell.magics_manager.magics[kind]


def test_the_doctor_says_the_next_step_and_never_a_key(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-of-somebody")
    configuration.configure(lm=None)

    shell.run("%nbdspy doctor")

    assert "Run %lm smollm2." in shell.text
    assert "Python" in shell.text
    assert "secret" not in str(shell.shown)


def test_the_doctor_says_whether_code_can_be_run(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NBDSPY_SANDBOX", str(tmp_path))

    shell.run("%nbdspy doctor")

    assert "Deno" in shell.text
    assert "Pyodide" in shell.text
    assert "not fetched yet; the first code that runs does it, or `nbdspy sandbox fetch`" in shell.text


def test_the_doctor_says_nothing_of_a_key_where_none_is_needed(shell: Shell) -> None:
    configuration.configure(lm=FakeLM("42"))

    shell.run("%nbdspy doctor")

    assert "ok model: fake" in shell.text.replace("  ", " ")
    assert "key" not in shell.text


def test_the_doctor_says_what_a_provider_still_asks_for(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    configuration.configure(lm=LM("openai/gpt-5-mini"))

    shell.run("%nbdspy doctor")
    assert "OPENAI_API_KEY" in shell.text

    configuration.configure(lm=LM("openai/gpt-5-mini", api_key="sk-secret-of-somebody"))
    shell.run("%nbdspy doctor")
    assert "address and key as the provider asks" in shell.text
    assert "secret" not in str(shell.shown)


def test_clearing_the_cache_forgets_replies(shell: Shell) -> None:
    configuration.configure(lm=FakeLM(lambda request: chat_text({"answer": "42"}), cache=True))
    shell.run("%signature QA question -> answer;")
    shell.run("%%predict QA\nSix times seven?\n")
    assert len(gate.cache) > 0

    shell.run("%nbdspy cache clear")

    assert len(gate.cache) == 0
    assert "0 replies" in shell.text


def test_a_notebook_that_imports_dspy_runs_on_nbdspy(shell: Shell) -> None:
    shell.run("installed = %nbdspy as dspy")
    try:
        shell.run("import dspy\nfrom dspy.utils import DummyLM\ndspy.configure(lm=DummyLM([{'answer': '42'}]))")

        assert shell.run("dspy.Predict('question -> answer')(question='Six times seven?').answer") == "42"
        assert shell.fail("from dspy.signatures import OldField")[-1].endswith("Use InputField and OutputField.")
    finally:
        shell.run("installed.undo()")


def test_it_says_that_it_did(shell: Shell) -> None:
    shell.run("%nbdspy as dspy").undo()

    assert "import dspy now gives nbdspy" in shell.text


def test_the_cache_is_told_apart_from_the_rest(taped: Shell) -> None:
    taped.run("%%predict QA\nSix times seven?\n")
    taped.run("%%predict QA\nSix times seven?\n")

    taped.run("%nbdspy cache")

    assert "requests answered by it" in taped.text
    assert "forget: %nbdspy cache clear" in taped.text
    assert "cassette" not in taped.text


def test_help_lists_the_preferences_and_its_example_runs_as_one_cell(taped: Shell) -> None:
    configuration.configure(lm=FakeLM(lambda request: chat_text({"positive": "True"})))
    taped.run("%nbdspy help")
    assert "%config NbDspy" in taped.text
    example = taped.text.split("\n\n")[1]
    assert "%lm smollm2" in example

    assert taped.run(example.replace("%lm smollm2\n", "")).positive is True
