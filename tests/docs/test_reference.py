"""The pages tell of everything that is public: no magic, option, name, variable or command without an entry."""

import re
from pathlib import Path
from types import ModuleType

import pytest

import nbdspy
from docs.generating import (
    command,
    course,
    docstrings,
    dspy_names,
    extras,
    house,
    magics,
    markdown,
    names,
    pages,
    public,
)
from nbdspy.compat.names import HOMES, LATER, LEFT_OUT
from nbdspy.jupyter.extension import GROUPS
from nbdspy.jupyter.manuals import MANUALS, Manual
from nbdspy.jupyter.preferences import WANTED

DOCS = Path(pages.__file__).parents[1]
ROOMS = public.rooms()
WRITTEN = pages.written()
NAMES = [name for room in ROOMS for name in room.names]


def entry(manual: Manual) -> str:
    """What the page says of one magic."""
    _, _, rest = WRITTEN["reference/magics.md"].partition(f"({magics.anchor(manual)})=\n")
    return rest.split("\n(magic-")[0]


def test_every_magic_of_the_extension_has_an_entry() -> None:
    registered = {name for group in GROUPS for kind in ("line", "cell") for name in group.magics[kind]}

    assert registered
    assert all(f"({magics.anchor(MANUALS[name])})=" in WRITTEN["reference/magics.md"] for name in registered)


@pytest.mark.parametrize("manual", MANUALS.values(), ids=MANUALS)
def test_an_entry_tells_every_option_and_the_example(manual: Manual) -> None:
    told = entry(manual)

    assert manual.shown in told
    assert [option.name for option in manual.options if f"| `{option.name}" not in told] == []


def test_a_magic_of_lines_and_cells_shows_both_and_one_of_cells_only_that() -> None:
    assert "%compile PROGRAM [options]\n%%compile PROGRAM [options]\n" in entry(MANUALS["compile"])
    assert "\n%predict" not in entry(MANUALS["predict"])


def test_what_is_typed_stands_as_code() -> None:
    assert markdown.spoken("As %%module or `%compile` with --max-calls; 50 %.") == (
        "As `%%module` or `%compile` with `--max-calls`; 50 %."
    )


def test_a_text_in_a_table_makes_no_column_and_no_html() -> None:
    assert markdown.cell("`a<b`, <name>_out or a|b") == r"`a<b`, \<name>_out or a\|b"
    assert markdown.plain("super().__init__()") == r"super().\_\_init\_\_()"


def test_every_preference_is_told() -> None:
    assert [name for name in WANTED if f"| `{name}` |" not in WRITTEN["reference/magics.md"]] == []


@pytest.mark.parametrize("name", magics.FUNCTIONS)
def test_what_does_the_same_in_python_is_there(name: str) -> None:
    told = re.findall(r"nbdspy\.(\w+)", magics.FUNCTIONS[name])

    assert name in MANUALS
    assert told
    assert all(hasattr(nbdspy, function) for function in told)


@pytest.mark.parametrize("name", nbdspy.__all__)
def test_every_name_of_nbdspy_is_listed_and_has_an_entry(name: str) -> None:
    listed = WRITTEN["reference/names.md"]

    if name in nbdspy._PLACES:
        assert f"<nbdspy.{name}>`" in listed
        assert any(one.path == f"nbdspy.{name}" for one in NAMES)
    else:
        assert f"| `{name}` |" in listed


@pytest.mark.parametrize("room", public.room_names())
def test_every_public_name_of_a_room_has_an_entry(room: str) -> None:
    module = __import__(f"nbdspy.{room}", fromlist=["_"])
    page = WRITTEN.get(f"reference/rooms/{room}.rst", "")

    for name in public.listed(module):
        if not isinstance(getattr(module, name), ModuleType):
            assert re.search(rf"^\.\. (auto\w+:: nbdspy\.(\w+\.)?{name}|py:data:: {name})$", page, re.MULTILINE), name


def test_every_entry_says_what_it_is() -> None:
    assert [name.path for name in NAMES if not name.text.strip()] == []


def test_every_name_of_dspys_is_told() -> None:
    carried = [name for name in HOMES if name not in LATER and f"| `{name}` |" not in WRITTEN["parts/dspy_carried.md"]]
    later = [name for name in LATER if f"`{name}`" not in WRITTEN["parts/dspy_later.md"]]
    left_out = [name for name in LEFT_OUT if f"`{name}`" not in WRITTEN["parts/dspy_left_out.md"]]

    assert (carried, later, left_out) == ([], [], [])


def test_what_is_not_there_yet_is_not_said_to_be_carried_over() -> None:
    assert [name for name in LATER if f"`{name}`" in dspy_names.carried()] == []


def test_every_variable_that_the_code_reads_is_told() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in Path(nbdspy.__file__).parent.rglob("*.py"))
    told = (DOCS / "settings.md").read_text(encoding="utf-8")
    variables = set(re.findall(r"NBDSPY_[A-Z]+(?:_[A-Z]+)*", code)) | {f"NBDSPY_{name.upper()}" for name in WANTED}

    assert [variable for variable in sorted(variables) if f"`{variable}`" not in told] == []


def test_every_command_is_told() -> None:
    told = list(command.commands())

    assert {("demo",), ("models", "fetch"), ("cassette", "record"), ("cassette", "check")} <= set(told)
    assert all(f"## `nbdspy {' '.join(words)}`" in WRITTEN["reference/command.md"] for words in told if words)


def test_the_house_is_drawn_with_every_room() -> None:
    assert set(public.room_names()) <= set(house.floors())
    assert [room for room in house.floors() if f"| `{room}` |" not in WRITTEN["parts/floors.md"]] == []


def test_the_course_has_every_notebook() -> None:
    found = course.notebooks()

    assert found
    assert all(f"(notebooks/{path.name})" in WRITTEN["parts/course.md"] for path in found)
    assert all(f"notebooks/{path.name}" in WRITTEN for path in found)


def test_an_extra_is_told_with_its_reasons() -> None:
    assert extras.extras()["local"] == "`xllamacpp` (prebuilt llama.cpp: the model in the kernel, no compiler)"
    assert not {"test", "docs"} & extras.extras().keys()


def test_a_docstring_becomes_what_sphinx_reads() -> None:
    assert docstrings.converted("`Tool`s take *args.") == r"``Tool``\ s take \*args."
    assert docstrings.converted("A `x_` and y_.\n\n>>> `x_`") == "A ``x_`` and y\\_.\n\n>>> `x_`"


def test_another_name_of_a_thing_points_to_its_entry() -> None:
    page = names.room_page(next(room for room in ROOMS if room.name == "signatures"))

    assert ".. py:data:: read_text\n   :module: nbdspy.signatures\n\n   The same as :py:obj:`nbdspy.signature`." in page


def test_a_page_goes_with_what_it_told_of_and_stays_untouched_when_it_says_the_same(tmp_path: Path) -> None:
    pages.write(tmp_path)
    old, same = tmp_path / "reference" / "rooms" / "gone.rst", tmp_path / "reference" / "magics.md"
    old.write_text("of a room that was taken away")
    before = same.stat().st_mtime_ns

    pages.write(tmp_path)

    assert not old.exists()
    assert same.stat().st_mtime_ns == before
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == set(WRITTEN)
