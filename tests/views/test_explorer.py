"""What JupyterLab explores: of one shape, small, the same on each run, and with its cuts said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbdspy import render, views
from nbdspy.data import Example
from nbdspy.evaluation import EvaluationResult, Row
from nbdspy.observe import Step, Trace
from nbdspy.views import figures
from nbdspy.views.explorer.by_mimetype import ROOM
from nbdspy.views.explorer.sheets import LONGEST, Sheets, number, share
from tests.views import hostile

KINDS = {
    "trace of an agent": "trace", "evaluation": "evaluation", "comparison": "evaluation", "compile": "compile",
    "program of two": "program", "compiled program": "program", "programs": "program", "program diff": "program",
}  # fmt: skip


def explored(thing, **how):
    """The one part of its bundle that is JSON, and the kind that it says to be."""
    ((mimetype, found),) = [pair for pair in views.bundle(thing, **how).items() if pair[0].endswith("+json")]
    return mimetype.removeprefix("application/vnd.nbdspy.").removesuffix(".v1+json"), found


def lines(found, name):
    """The lines of a table, each by its columns."""
    (table,) = [table for table in found["tables"] if table["name"] == name]
    return [dict(zip(table["columns"], json.loads(line), strict=False)) for line in table["lines"].split("\n")]


def texts(found):
    return [json.loads(line) for line in found["texts"].split("\n")]


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_each_kind_has_the_shape_that_is_documented(name, kind, things):
    said, found = explored(things[name])

    assert said == kind
    assert list(found) == ["version", "title", "facts", "tables", "texts"]
    assert found["version"] == 1
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    for table in found["tables"]:
        cells = [json.loads(line) for line in table["lines"].split("\n")]
        assert all(len(each) <= len(table["columns"]) for each in cells)
        for line in lines(found, table["name"]):
            assert all(texts(found)[number] for _, number in line.get("parts") or ())


def test_what_has_no_rows_to_explore_has_its_card_only(things):
    for name in ("signature", "tool", "prediction", "plan", "no trace"):
        assert list(views.bundle(things[name])) == ["text/plain", "text/html"], name


def test_an_output_is_as_small_as_a_notebook_wants_it(things, samples):
    hostiles = samples.Hostile("long < \n" * 6_000).everything()
    for name, thing in {**things, **{f"hostile {name}": thing for name, thing in hostiles.items()}}.items():
        shown = views.bundle(thing)
        for mimetype, found in shown.items():
            if mimetype.endswith("+json"):
                size = len(json.dumps(found, indent=1, ensure_ascii=False).encode()) + len(shown["text/html"].encode())
                assert size <= ROOM[mimetype.split(".")[2]], name


def test_a_trace_is_a_tree_with_what_was_said(things):
    _, found = explored(things["trace of an agent"])

    steps = lines(found, "steps")
    assert steps[0]["parent"] is None
    assert all(step["parent"] < number for number, step in enumerate(steps) if step["parent"] is not None)
    call = next(step for step in steps if step["kind"] == "model")
    assert [label for label, _ in call["parts"]][:2] == ["system", "user"]
    assert "seconds" in call


def test_what_is_said_to_every_call_is_kept_once(things):
    _, found = explored(things["trace of an evaluation"])

    said = {number for step in lines(found, "steps") for label, number in step.get("parts", ()) if label == "system"}

    assert len(said) == 1


def test_nothing_that_differs_between_equal_runs_is_kept_where_the_card_shows_none(things):
    for name in KINDS:
        _, found = explored(things[name], volatile=False)
        if "trace" in name:
            assert found["tables"][0]["columns"] == ["parent", "kind", "name", "hint", "error", "parts"]
        if name == "compile":
            assert "calls" not in found["tables"][0]["columns"]


def test_rows_that_need_a_look_come_first_and_what_has_no_room_is_counted():
    def row(index):
        said = render.short("word " * 40, 150)
        return Row(
            index=index,
            example=Example(text=f"{index} {said}", label="a").with_inputs("text"),
            prediction=None,
            score=float(index % 10 > 0),
        )

    _, found = explored(EvaluationResult(rows=tuple(map(row, range(2_000)))))

    (table,) = found["tables"]
    rows = lines(found, "rows")
    assert [each["row"] for each in rows[:3]] == [0, 10, 20]
    assert table["left_out"] == 2_000 - len(rows) > 0


def test_a_trace_of_thousands_of_steps_keeps_its_shape_and_the_words_that_failed():
    calls = [
        Step(kind="tool", name="look", inputs={"what": f"{number} {'x' * 90}"}, at=number, seconds=1.0,
             error=ValueError(f"nothing at {number}") if number == 2_000 else None)
        for number in range(2_001)
    ]  # fmt: skip
    whole = Step(kind="", name="", inputs=None, steps=(Step(kind="module", name="All", inputs={}, steps=tuple(calls)),))

    _, found = explored(Trace(lambda: whole))

    (table,) = found["tables"]
    steps = lines(found, "steps")
    assert len(steps) > 600
    assert table["left_out"] == 2_002 - len(steps)
    assert len(found["texts"]) > 20_000


def test_a_long_text_is_cut_and_its_length_said():
    sheets = Sheets(50_000)
    line = sheets.line(sheets.table("rows", ["row"]), [0])

    sheets.tell(line, "reply", "x" * 9_000)

    text, length = texts(sheets.as_json("Rows"))[0]
    assert (len(text), length) == (LONGEST + 2, 9_000)


def test_a_text_that_has_no_room_is_cut_to_what_there_is():
    sheets = Sheets(1_000)
    line = sheets.line(sheets.table("rows", ["row"]), [0])

    sheets.tell(line, "reply", "x" * 3_000)
    sheets.tell(line, "reply", "y" * 3_000)

    found = sheets.as_json("Rows")
    assert texts(found)[0][1] == 3_000
    assert len(json.dumps(found)) < 1_300


@pytest.mark.parametrize("name", ["script", "halves", "terminal", "direction", "mime"])
def test_foreign_text_is_in_it_letter_for_letter_but_for_what_cannot_be_seen(name, samples):
    text = hostile.payloads()[name]

    found = hostile.parts(views.bundle(samples.Hostile(text).everything()["trace"]))

    (said,) = [part for mimetype, part in found.items() if mimetype.endswith("+json")]
    assert render.visible(text) in said


SAID = {
    "score": figures.percent, "low": figures.percent, "high": figures.percent,
    "at": figures.lapse, "seconds": figures.lapse, "cost": render.money,
}  # fmt: skip
CASES = json.loads(Path(__file__).with_name("cell_cases.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES["cells"], ids=lambda case: f"{case['column']} {case['value']}")
def test_the_extension_is_tried_with_what_cards_say_of_numbers(case):
    assert SAID.get(case["column"].split()[0], "{:,}".format)(case["value"]) == case["told"]


@pytest.mark.parametrize("value", [0.625, 0.69499999, 0.0049999, 2 / 3, -0.3])
def test_a_share_that_is_kept_is_told_as_in_the_card(value):
    assert figures.percent(share(value)) == figures.percent(value)


@pytest.mark.parametrize("value", [0.0, 1e-9, 0.01499999, 2e-4, 12.0])
def test_a_sum_that_is_kept_is_told_as_in_the_card(value):
    assert render.money(number(value, render.money, 6)) == render.money(value)


def test_the_extension_is_tried_with_all_words_of_ours(things):
    of_data = ("request", "text", "question", "expected ", "got ", "before ", "after ")
    all_found = [explored(things[name])[1] for name in KINDS]
    tables = [(found, table) for found in all_found for table in found["tables"]]
    columns = {column for _, table in tables for column in table["columns"]} - {"parent", "parts"}
    rows = [row for found, table in tables if table["name"] != "origins" for row in lines(found, table["name"])]
    words = {row[column] for row in rows for column in ("verdict", "change", "kept", "from", "now") if row.get(column)}

    assert {table["name"] for _, table in tables} <= set(CASES["tables"])
    assert {column for column in columns if not column.startswith(of_data)} <= set(CASES["columns"])
    assert words <= set(CASES["words"])


def test_the_extension_is_tried_with_the_same_hostile_texts():
    page = Path(__file__).parents[2] / "labextension" / "tests" / "explorer" / "hostile.json"

    assert json.loads(page.read_text("utf-8")) == {
        name: render.visible(text) for name, text in hostile.payloads().items()
    }
