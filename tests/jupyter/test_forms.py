"""`%playground` and `%label`: forms where somebody looks, a card that says what they are where nobody does."""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar, copy_context
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

import ipywidgets
import pydantic
import pytest
from comm import get_comm_manager

import nbdspy.jupyter.forms
from nbdspy import configuration
from nbdspy.data import Example
from nbdspy.forms import Labels, Playground
from nbdspy.jupyter.controls import Control, control
from nbdspy.jupyter.form import WAITS, Form, all_of
from nbdspy.jupyter.live import MIMETYPE
from nbdspy.models import Request
from nbdspy.signatures import Field
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.types import Audio, File, Image
from tests.jupyter.page import Page

if TYPE_CHECKING:
    from nbdspy.jupyter.labelling import LabelForm
    from nbdspy.jupyter.trying import PlaygroundForm
    from tests.jupyter.conftest import Shell

PNG = bytes.fromhex("89504e470d0a1a0a")


class Model:
    """Answers "alarm", or waits first until it may."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.may.set()
        self.asked: list[Request] = []
        self.answer = {"intent": "alarm"}

    def __call__(self, request: Request) -> str:
        self.asked.append(request)
        assert self.may.wait(20)
        return chat_text(self.answer)


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def static(shell: Shell, model: Model) -> Shell:
    """Signature, rows and a model; nobody looks."""
    for known in (nbdspy.jupyter.forms._labelled, nbdspy.jupyter.forms._kept, nbdspy.jupyter.forms._open):
        known.clear()
    configuration.configure(lm=FakeLM(model, model="tiny"))
    shell.run('%signature Intent request -> intent: Literal["alarm", "timer", "music"];')
    shell.run("import pandas\nrows = pandas.DataFrame({'request': ['wake me', 'four minutes', 'jazz']})")
    return shell


@pytest.fixture
def page(static: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The same, with a page that can show forms."""
    monkeypatch.setenv("NBDSPY_MODE", "live")
    return static


@pytest.fixture
def quiet(static: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("NBDSPY_MODE", "static")
    return static


@pytest.fixture(scope="module")
def kernel() -> Iterator[Page]:
    """A kernel, and nobody who could fill in a form."""
    page = Page()
    try:
        yield page
    finally:
        page.close()


def labelling(page: Shell, line: str = "%label rows --with Intent") -> LabelForm:
    labels = page.run(line)
    form: LabelForm = nbdspy.jupyter.forms._open[labels.name]
    return form


def trying(page: Shell, line: str = "%playground Intent") -> PlaygroundForm:
    form: PlaygroundForm = nbdspy.jupyter.forms._open[page.run(line).name]
    return form


def until(holds: Callable[[], Any]) -> None:
    """Wait for what goes on in the background."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def said(form: Any) -> str:
    return str(form._said.value)


def upload(made: Control, name: str, data: bytes) -> None:
    """What a page sends when its reader chose a file."""
    (widget,) = made.box.children[1].children
    assert isinstance(widget, ipywidgets.FileUpload)
    now = datetime.datetime.now(datetime.UTC)
    widget.value = ({"name": name, "content": data, "size": len(data), "type": "", "last_modified": now},)


class Meeting(pydantic.BaseModel):
    place: str


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        (str, ipywidgets.Textarea), (int, ipywidgets.Text), (bool, ipywidgets.Checkbox),
        (Literal["a", "b"], ipywidgets.Dropdown), (list[str], ipywidgets.Textarea), (Meeting, ipywidgets.Textarea),
        (dict[str, int], ipywidgets.Textarea), (Image, ipywidgets.Text),
    ],
)  # fmt: skip
def test_each_type_has_its_widget_named_after_the_field(type_: Any, kind: type[Any]) -> None:
    made = control(Field(role="input", name="it", type=type_))

    assert type(made.entry) is kind
    assert made.entry.description == "it"


def test_an_empty_widget_says_what_the_field_is_and_how_it_is_entered() -> None:
    places = control(Field(role="input", name="it", type=list[str], description="places"))
    days = control(Field(role="input", name="it", type=int))

    assert (places.entry.placeholder, days.entry.placeholder) == ("places · one a line", "a whole number")


@pytest.mark.parametrize(
    ("type_", "value", "read"),
    [
        (str, "a", "a"), (int, 3, "3"), (int, None, ""), (bool, True, True), (Literal["a", 2], 2, "2"),
        (Literal["a", 2], None, ""), (Literal["a", 2], "of another version", ""), (list[str], ["a", "b"], "a\nb"),
        (Meeting, Meeting(place="x"), '{\n  "place": "x"\n}'),
    ],
)  # fmt: skip
def test_a_value_goes_in_and_comes_out(type_: Any, value: Any, read: Any) -> None:
    made = control(Field(role="output", name="it", type=type_))

    made.show(value)

    assert made.read() == read


@pytest.mark.parametrize(
    ("type_", "name", "data", "value"),
    [
        (Image, "cat.png", PNG, Image(PNG)),
        (Audio, "a.wav", b"RIFF....WAVEfmt ", Audio(data=b"RIFF....WAVEfmt ", audio_format="wav")),
        (File, "terms.pdf", b"%PDF-1.7", File.from_bytes(b"%PDF-1.7", filename="terms.pdf")),
    ],
)
def test_a_file_is_taken_from_the_page(type_: Any, name: str, data: bytes, value: Any) -> None:
    made = control(Field(role="input", name="it", type=type_))

    upload(made, name, data)

    assert made.read() == value


def test_a_file_that_is_no_picture_is_said_and_nothing_runs(page: Shell, model: Model) -> None:
    page.run("import nbdspy\nclass Look(nbdspy.Signature):\n"
             "    picture: nbdspy.Image = nbdspy.InputField()\n    seen: str = nbdspy.OutputField()")  # fmt: skip
    form = trying(page, "%playground Look")
    upload(form.inputs["picture"], "x.png", b"<svg onload=alert(1)>")

    form.run_button.click()

    assert "holds no picture" in said(form)
    assert model.asked == []


def test_a_run_goes_on_in_the_background_and_shows_the_answer(page: Shell, model: Model) -> None:
    model.may.clear()
    form = trying(page)
    form.inputs["request"].entry.value = "wake me"

    form.run_button.click()
    assert form.run_button.description == "Stop"
    model.may.set()
    until(lambda: "Answered" in said(form))

    assert form.run_button.description == "Run"
    assert "exactly as sent" in form.answers.value
    assert "alarm" in form.answers.value
    assert form.outputs["intent"].read() == "alarm"
    assert "alarm" in page.shown[1]["text/plain"]  # the record


def test_a_run_that_is_stopped_leaves_nothing_and_the_next_one_counts(page: Shell, model: Model) -> None:
    model.may.clear()
    form = trying(page)
    form.inputs["request"].entry.value = "wake me"
    form.run_button.click()
    until(lambda: model.asked)

    form.run_button.click()
    assert "Stopped" in said(form)
    form.run_button.click()
    model.may.set()
    until(lambda: "Answered" in said(form))
    until(lambda: len(model.asked) == 2)

    assert [trial.number for trial in form.playground.trials] == [1]


def test_a_mistake_is_said_in_the_form_and_nobody_is_asked(page: Shell, model: Model) -> None:
    form = trying(page, '%playground "request, days: int -> intent"')
    form.inputs["request"].entry.value = "wake me"
    form.inputs["days"].entry.value = "soon"

    form.run_button.click()

    assert "days should be int; this is &#x27;soon&#x27;." in said(form)
    assert model.asked == []


def test_what_a_program_raises_is_its_answer(page: Shell, model: Model) -> None:
    model.answer = {"other": "<script>"}
    form = trying(page)
    form.inputs["request"].entry.value = "wake me"

    form.run_button.click()
    until(lambda: "failed" in said(form))

    assert "ParseError" in form.answers.value
    assert "<script>" not in form.answers.value
    form.keep_button.click()
    assert "There is no &#x27;intent&#x27; to keep" in said(form)


def test_two_programs_are_asked_side_by_side_and_either_answer_kept(page: Shell) -> None:
    page.run("import nbdspy\nfrom nbdspy.testing import DummyLM")
    page.run("second, helper = DummyLM([{'intent': 'timer'}]), nbdspy.Predict(Intent)")
    form = trying(page, "%playground Intent helper --lm second --out tried")
    form.inputs["request"].entry.value = "four minutes"
    form.run_button.click()
    until(lambda: "Answered" in said(form))

    first, second = form.playground.trials[-1].answers
    form.whose.value = 1
    form.keep_button.click()

    assert (first.prediction.intent, second.prediction.intent) == ("alarm", "timer")
    assert second.program.startswith("helper on ")
    assert page.user_ns["tried"].examples == [Example(request="four minutes", intent="timer")]
    assert page.user_ns["helper"].lm is None  # as it was


def test_an_answer_is_kept_as_it_is_or_corrected_and_stays_when_the_cell_runs_again(page: Shell) -> None:
    form = trying(page)
    form.inputs["request"].entry.value = "jazz"
    form.run_button.click()
    until(lambda: "Answered" in said(form))
    form.outputs["intent"].entry.value = "music"

    form.keep_button.click()
    again = page.run("%playground Intent")

    assert "corrected" in said(form)
    assert again.examples == [Example(request="jazz", intent="music")]
    assert again.frame.to_dict("records") == [{"request": "jazz", "intent": "music"}]
    assert page.run("%playground Intent --fresh").examples == []


def test_rows_are_labelled_in_the_form_and_become_demos(page: Shell, model: Model) -> None:
    form = labelling(page)
    until(lambda: form.controls["intent"].read() == "alarm")

    form.buttons["accept"].click()
    form._do("choose", "2")
    form._do("accept", "Enter")
    form._do("skip", "s")

    labels = page.user_ns["rows_labels"]
    assert labels.frame.labelled.tolist() == ["accepted", "corrected", "skipped"]
    page.run("better = rows_labels.as_demos(Intent)")
    assert [vars(demo) for demo in page.user_ns["better"].demos] == [{"request": "four minutes", "intent": "timer"}]
    assert form.buttons["accept"].disabled
    assert "Every row has been gone through" in form._head.value
    form._do("back", "b")
    assert not form.buttons["accept"].disabled


def test_only_the_next_few_rows_are_asked_about(page: Shell, model: Model) -> None:
    page.run("rows = pandas.DataFrame({'request': [str(n) for n in range(50)]})")

    form = labelling(page)
    until(lambda: not form._is_asking)

    assert len(model.asked) == 4


def test_a_person_may_be_faster_than_the_program(page: Shell, model: Model) -> None:
    model.may.clear()
    form = labelling(page)
    assert "is being asked" in form._head.value
    form._do("accept", "Enter")
    assert "intent is empty" in said(form)

    form.controls["intent"].entry.value = "music"
    form._do("accept", "Enter")
    form.controls["intent"].entry.value = "timer"  # begun, when the proposal of the second row comes
    model.may.set()
    until(lambda: not form._is_asking)

    assert form.labels.examples == [Example(request="wake me", intent="music")]
    assert form.controls["intent"].read() == "timer"


def test_what_is_wrong_in_a_field_is_said_and_the_row_stays(page: Shell, model: Model) -> None:
    model.answer = {"days": "3"}
    form = labelling(page, '%label rows --with "request -> days: int"')
    until(lambda: form.controls["days"].read() == "3")
    form.controls["days"].entry.value = "many"

    form._do("accept", "Enter")

    assert "days should be int" in said(form)
    assert form.labels.position == 0
    assert form.controls["days"].read() == "many"


def test_going_back_shows_what_was_said(page: Shell) -> None:
    form = labelling(page)
    until(lambda: not form._is_asking)
    form._do("choose", "3")
    form._do("accept", "Enter")

    form._do("back", "b")
    assert form.controls["intent"].read() == "music"
    form._do("accept", "Enter")

    assert form.labels.examples == [Example(request="wake me", intent="music")]


def test_labels_stay_when_the_cell_runs_again_also_with_other_rows_between(page: Shell) -> None:
    form = labelling(page, "%label rows --with Intent --out labels")
    until(lambda: not form._is_asking)
    form._do("accept", "Enter")
    other = labelling(page, "%label {rows[1:]} --with Intent --out labels")
    assert other.labels.done == 0

    page.run("rows = pandas.DataFrame({'request': ['new', 'wake me', 'four minutes']})")
    again = labelling(page, "%label rows --with Intent --out labels")

    assert again.labels.examples == [Example(request="wake me", intent="alarm")]
    assert form._form.is_closed
    assert labelling(page, "%label rows --with Intent --out labels --fresh").labels.done == 0
    assert labelling(page, "%label rows --with Intent --out others").labels.done == 0


@pytest.mark.parametrize("line", ["%label rows --with Intent", "%playground Intent"])
def test_a_closed_form_leaves_nothing_that_a_page_could_save(page: Shell, line: str) -> None:
    before = set(get_comm_manager().comms)
    page.run(line)
    (form,) = nbdspy.jupyter.forms._open.values()
    assert len(get_comm_manager().comms) > len(before) + 10

    form.close()

    assert set(get_comm_manager().comms) == before


def test_labels_are_gone_on_with_by_their_name_and_by_their_frame(page: Shell) -> None:
    form = labelling(page, "%label rows --with Intent --out labels")
    until(lambda: not form._is_asking)
    form._do("accept", "Enter")

    assert labelling(page, "%label labels").labels is form.labels
    page.run("kept = labels.frame")
    again = labelling(page, "%label kept --with Intent --out others")

    assert again.labels.position == 1
    assert again.labels.examples == form.labels.examples


def test_the_form_leaves_a_page_that_needs_no_kernel(page: Shell) -> None:
    form = labelling(page)
    until(lambda: not form._is_asking)
    shown, record = page.shown
    assert {"text/plain", "text/html", MIMETYPE} == set(shown)
    form._do("accept", "Enter")
    assert "1 of 3" in record["text/html"]  # at once, for a notebook that is saved now

    form.buttons["done"].click()

    assert set(shown) == {"text/plain", "text/html"}
    assert "1 of 3" in shown["text/html"]
    assert set(record.values()) == {""}


def test_predictions_of_an_evaluation_are_labelled(page: Shell, model: Model) -> None:
    page.run("import nbdspy\nrows['intent'] = ['alarm', 'timer', 'music']")
    page.run("scored = nbdspy.evaluate(Intent, data=rows)")
    asked = len(model.asked)
    form = labelling(page, "%label scored --with Intent")
    form._do("accept", "Enter")

    assert "the data say intent" in form._head.value
    assert "timer" in form._head.value
    assert len(model.asked) == asked


def test_where_nobody_looks_one_card_says_what_it_is_and_how_to_go_on(quiet: Shell, model: Model) -> None:
    labels = quiet.run("%label rows --with Intent")

    (shown,) = quiet.shown
    assert set(shown) == {"text/plain", "text/html"}
    assert shown["text/plain"] == (
        "Labels(rows: 0 of 3 labelled; request -> intent)\n"
        "on a page this is a form, one row at a time, by keyboard\n"
        "by hand: rows_labels.accept() · rows_labels.correct(intent=…) · rows_labels.skip() · rows_labels.back()\n"
        "then: rows_labels.frame · rows_labels.examples · rows_labels.as_demos(program)\n"
        "-> rows_labels"
    )
    assert isinstance(labels, Labels)
    assert model.asked == []

    playground = quiet.run("%playground Intent")

    assert quiet.text == (
        "Playground(Intent: 0 tried, 0 kept; request -> intent)\n"
        "on a page this is a form: fill in, run, keep\n"
        "by hand: playground.run(request=…) · playground.keep()\n"
        "then: playground.examples · playground.frame\n"
        "-> playground"
    )
    assert isinstance(playground, Playground)
    assert quiet.user_ns["_"] is playground


def test_a_semicolon_shows_nothing(page: Shell) -> None:
    page.run("%label rows --with Intent;")

    assert page.shown == []
    assert isinstance(page.user_ns["rows_labels"], Labels)


def test_functions_do_what_the_magics_do(kernel: Page) -> None:
    kernel.run("from nbdspy.jupyter import label, playground\nrows = [{'request': 'wake me', 'intent': 'alarm'}]")
    kernel.run("labels = label(rows, 'request -> intent')\nlabels.accept()")

    (output,) = kernel.run("labels = label(rows, 'request -> intent')")
    (other,) = kernel.run("tried = playground('request -> intent', name='tried')")

    assert output["msg_type"] == other["msg_type"] == "display_data"
    assert "1 of 1 labelled" in output["content"]["data"]["text/plain"]
    assert "tried.run(request=…)" in other["content"]["data"]["text/html"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("%label rows", "Nothing says which fields of rows are to be labelled."),
        ("%label rws --with Intent", "Did you mean rows?"),
        ("%label rows --with Intnt", "Did you mean Intent?"),
        ('%label rows --with "text -> label"', "has no column 'text'"),
        ("%label", "%label needs data to label."),
        ("%playground", "%playground needs a program."),
        ("%playground Intent rows", "rows is a DataFrame, not a program."),
        ('%playground Intent {nbdspy.Predict("question -> answer")}', "takes question"),
    ],
)
def test_a_mistake_is_short(quiet: Shell, line: str, message: str) -> None:
    quiet.run("import nbdspy")

    lines = quiet.fail(line)

    assert message in "\n".join(lines)
    assert len(lines) <= 3


PARENT: ContextVar[dict[str, Any]] = ContextVar("parent")


@pytest.fixture
def subshells(page: Shell, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[], object]], None]:
    """Has a function called as an answer to what a page has said over a subshell."""
    monkeypatch.setattr(page, "kernel", SimpleNamespace(get_parent=lambda: PARENT.get({})), raising=False)

    def answer(name: str, function: Callable[[], object]) -> None:
        context = copy_context()
        context.run(PARENT.set, {"header": {"subshell_id": name}})
        context.run(function)

    return answer


def tell_here(form: Form) -> None:
    """What a page says on a channel of its own once it shows a form."""
    keys = form.box.children[-1]
    channel = SimpleNamespace(on_msg=lambda told: None, on_close=lambda closed: None)
    get_comm_manager().targets["nbdspy"](channel, {"content": {"data": {"to": keys.address, "do": "here"}}})


def spoken(form: Form) -> list[str]:
    """The widgets that say something from now on."""
    said: list[str] = []
    for widget in all_of(form.box):
        widget.send = lambda content, widget=widget: said.append(widget.model_id)
    return said


def test_a_form_that_a_page_shows_over_a_subshell_is_heard_while_a_cell_runs(
    page: Shell, subshells: Callable[[str, Callable[[], object]], None]
) -> None:
    form = labelling(page)._form
    said = spoken(form)
    assert WAITS in form.legend.value

    subshells("one", lambda: tell_here(form))

    assert set(said) == {widget.model_id for widget in all_of(form.box)}  # ipykernel answers where they spoke
    assert WAITS not in form.legend.value
    where: list[str | None] = []
    form.change(lambda: where.append(form._screen.subshell))
    assert where == ["one"]


def test_keys_and_values_of_a_form_stay_in_order_on_one_subshell(
    page: Shell, subshells: Callable[[str, Callable[[], object]], None]
) -> None:
    form = labelling(page)
    said = spoken(form._form)
    subshells("that of channels", lambda: tell_here(form._form))
    said.clear()

    entry = form.controls["intent"].entry
    subshells("that of widgets", lambda: entry.set_trait("value", "music"))
    assert set(said) == {widget.model_id for widget in all_of(form._form.box)}
    said.clear()
    subshells("that of widgets", lambda: entry.set_trait("value", "alarm"))

    assert said == []


def test_a_form_that_a_page_without_subshells_shows_says_that_it_waits(page: Shell) -> None:
    form = trying(page)._form

    tell_here(form)

    assert WAITS in form.legend.value


def test_an_open_form_leaves_a_record_that_hides_a_widget_that_is_gone(page: Shell) -> None:
    labelling(page)

    at_form, at_record = page.shown
    assert at_form["text/html"] == ""
    assert MIMETYPE not in at_record
    assert at_record["text/html"].startswith("<style>")
    assert "What stays in the notebook" in at_record["text/html"]
