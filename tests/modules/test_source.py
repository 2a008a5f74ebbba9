"""Programs from cells."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any

import pytest

from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import UsageError
from nbdspy.modules import ChainOfThought, Module, Predict, module
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

SIMPLE = """answer = Predict("question -> answer")

def forward(question):
    return answer(question=question)
"""


@pytest.fixture
def lm() -> Any:
    fake = FakeLM(lambda request: chat_text({"reasoning": "r", "answer": "42", "query": "q"}))
    with context(lm=fake):
        yield fake


def cell(body: str, **scope: Any) -> Module:
    """A program with one predictor `answer`, and a scope of its own."""
    return module('answer = Predict("question -> answer")\n' + body, scope={"__name__": "__main__", **scope})


def used_demo(program: Module, lm: FakeLM) -> list[bool]:
    """Calls a copy whose predictor has a demo, and says for each request whether it was shown."""
    lm.requests.clear()
    twin = program.deepcopy()
    twin.answer.demos = [Example(question="DEMO", answer="x")]
    twin("Why?")
    return ["DEMO" in str(request.messages) for request in lm.requests]


def test_assignments_become_parts_and_forward_the_flow(lm: FakeLM) -> None:
    program = module(SIMPLE, name="Ask", scope={})

    assert isinstance(program, Module)
    assert isinstance(program.answer, Predict)
    assert repr(program) == "Ask(\n  answer: question -> answer\n)"
    assert program(question="Why?").answer == "42"
    assert asyncio.run(program.acall(question="Why?")).answer == "42"


def test_its_text_is_kept() -> None:
    assert type(module(SIMPLE, scope={})).__source__ == SIMPLE  # type: ignore[attr-defined]


def test_parts_are_used_by_bare_name_and_through_self(lm: FakeLM) -> None:
    program = cell("""
def forward(self, question):
    return [answer(question=question).answer, self.answer(question=question).answer]
""")

    assert program(question="Why?") == ["42", "42"]


def test_functions_are_used_by_bare_name_and_through_self(lm: FakeLM) -> None:
    program = cell("""
def shout(text, mark="!"):
    return text.upper() + mark

def forward(question):
    return shout(answer(question=question).answer), self.shout("a", mark="?")
""")

    assert program(question="Why?") == ("42!", "A?")


def test_a_later_part_may_use_an_earlier_one() -> None:
    program = cell("answers = [answer, answer]\ndef forward(): return len(answers)", scope={})

    assert program.answers[0] is program.answer
    assert program() == 2


def test_annotated_and_chained_assignments_are_parts() -> None:
    program = module("limit: int = 3\na = b = limit + 1\ndef forward(): return limit, a, b", scope={})

    assert program() == (3, 4, 4)


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        ("def forward(answer): return answer", "given"),
        ("def forward(x, *answer): return answer", ()),
        ("def forward(x, **answer): return answer", {}),
        ("def forward(x):\n    answer = 1\n    return answer", 1),
        ("def forward(x):\n    for answer in [1, 2]: pass\n    return answer", 2),
        ("def forward(x):\n    import json as answer\n    return answer.dumps(1)", "1"),
        ("def forward(x):\n    def answer(): return 5\n    return answer()", 5),
        (
            "def forward(x):\n    try: 1 / 0\n    except ZeroDivisionError as answer: return str(answer)",
            "division by zero",
        ),
        ("def forward(x):\n    match [1, 2]:\n        case [1, answer]: return answer", 2),
        ("def forward(x):\n    if (answer := 3): return answer", 3),
        ("def forward(x):\n    doubled = [(answer := n) * 2 for n in [1, 2]]\n    return answer, doubled", (2, [2, 4])),
        ("def forward(x):\n    return (lambda answer: answer)(4)", 4),
        ("def forward(x):\n    return [answer for answer in 'ab']", ["a", "b"]),
        ("def forward(x):\n    return {answer: 1 for answer in 'ab'}", {"a": 1, "b": 1}),
    ],
)
def test_a_functions_own_names_go_before_parts(flow: str, expected: Any) -> None:
    assert cell(flow)("given") == expected


@pytest.mark.parametrize(
    "flow",
    [
        "def forward(q):\n    return [answer(question=each).answer for each in [q]]",
        "def forward(q):\n    return list(answer(question=each).answer for each in [q])",
        "def forward(q):\n    return [(lambda q: answer(question=q).answer)(q)]",
        "def forward(q):\n    def ask(q): return answer(question=q).answer\n    return [ask(q)]",
        "def forward(q):\n    names = [answer for answer in 'ab']\n    return [answer(question=q).answer]",
        "def forward(q):\n    f = lambda answer: answer\n    return [f(answer)(question=q).answer]",
        "def forward(q):\n    def f():\n        answer = 1\n    return [answer(question=q).answer]",
        "def forward(q):\n    return [answer for answer in [answer(question=q).answer]]",
        "pick = lambda q: answer(question=q).answer\ndef forward(q):\n    return [pick(q)]",
        "tools = {'a': [lambda q: answer(question=q).answer]}\ndef forward(q):\n    return [tools['a'][0](q)]",
        "def ask(q): return answer(question=q).answer\nby = [ask]\ndef forward(q):\n    return [by[0](q)]",
    ],
)
def test_inner_functions_see_the_parts_and_a_copy_uses_its_own(flow: str, lm: FakeLM) -> None:
    program = cell(flow)

    assert program("Why?") == ["42"]
    assert used_demo(program, lm) == [True]
    assert program.answer.demos == []


def test_a_global_part_is_changed_in_the_program() -> None:
    program = module("count = 0\ndef forward():\n    global count\n    count += 1\n    return count", scope={})

    assert (program(), program(), program.count) == (1, 2, 2)


def test_an_async_forward_runs_both_ways(lm: FakeLM) -> None:
    program = cell("async def forward(question):\n    return (await answer.acall(question=question)).answer")

    assert program(question="Why?") == asyncio.run(program.acall(question="Why?")) == "42"


def test_imports_work_and_stay_in_the_users_namespace() -> None:
    scope: dict[str, Any] = {}

    program = module("import json\nfrom os import path as p\ndef forward(): return json.dumps(p.sep)", scope=scope)

    assert program() == '"/"'
    assert scope["json"].__name__ == "json"
    assert not [name for name in scope if "nbdspy" in name]


def test_the_docstring_is_the_programs() -> None:
    assert type(module('"""Asks."""\n' + SIMPLE, scope={})).__doc__ == "Asks."


def test_variables_are_looked_up_when_the_program_runs() -> None:
    scope: dict[str, Any] = {"limit": 1}
    program = module("def forward(): return limit", scope=scope)

    scope["limit"] = 2

    assert program() == 2


def test_the_callers_variables_are_the_default() -> None:
    assert module("def forward(): return chat_text({})")() == chat_text({})


def test_names_of_nbdspy_need_no_import() -> None:
    program = module(
        "why = ChainOfThought('question -> answer')\n"
        "def forward(): return Prediction(answer=Example(x=1).x), Module, why",
        scope={},
    )

    prediction, base, why = program()

    assert prediction.answer == 1
    assert base is Module
    assert isinstance(why, ChainOfThought)


def test_a_users_variable_of_the_same_name_wins() -> None:
    class Mine(Predict):
        pass

    program = module(
        "answer = Predict('question -> answer')\ndef forward(): return Module, Prediction",
        scope={"Predict": Mine, "Module": "torch's", "Prediction": 7},
    )

    assert type(program.answer) is Mine
    assert program() == ("torch's", 7)


def test_what_the_cell_imports_wins_too() -> None:
    program = module(
        "from collections import Counter as Predict\nn = Predict('aab')\ndef forward(): return n", scope={}
    )

    assert program() == {"a": 2, "b": 1}


def test_a_syntax_error_says_where() -> None:
    with pytest.raises(UsageError) as caught:
        module("answer = 1\ndef forward(:\n    pass", name="Ask", scope={})

    assert isinstance(caught.value.__cause__, SyntaxError)
    place = caught.value.place
    assert place is not None
    assert (place.source, place.line, place.text) == ("Ask", 2, "def forward(:")
    assert caught.value.lines()[0] == "UsageError in Ask, line 2, column 13"


@pytest.mark.parametrize(
    ("statement", "column"),
    [
        ("for x in [1]: pass", 1),
        ("print('hello')", 1),
        ("limit: int", 1),
        ("x = 1; del x", 8),
        ("other.demos = []", 1),
        ("a, other.b = 1, 2", 1),
    ],
)
def test_a_statement_that_is_no_part_says_where(statement: str, column: int) -> None:
    with pytest.raises(UsageError, match="is no part of a program") as caught:
        module(f"{SIMPLE}\n{statement}", scope={})

    place = caught.value.place
    assert place is not None
    assert (place.line, place.column, place.text) == (6, column, statement)


def test_a_program_without_a_flow_says_what_to_add() -> None:
    with pytest.raises(UsageError, match=r"Ask has no forward. Add `def forward"):
        module("answer = 1", name="Ask", scope={})


@pytest.mark.parametrize("name", ["save", "deepcopy", "acall"])
def test_a_part_must_not_hide_what_every_program_can_do(name: str) -> None:
    with pytest.raises(UsageError, match=f"Every program has a `{name}` of its own") as caught:
        module(f"{SIMPLE}\n{name} = 1", scope={})

    assert caught.value.place is not None
    assert caught.value.place.line == 6


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("hops = [2]\ntwo = hops\ndef forward(question, n=two): return n", 3, 25),
        ("answer = Predict('a -> b')\n@answer\ndef forward(question): return question", 2, 2),
        ("answer = Predict('a -> b')\nclass Inner:\n    part = answer\ndef forward(): return 1", 3, 12),
        (
            "answer = Predict('a -> b')\ndef made(function):\n    return answer\n@made\ndef forward(): return 1",
            3,
            12,
        ),
        ("class Inner:\n    def f(self): return forward()\ndef forward(): return 1", 2, 25),
    ],
)
def test_what_is_made_before_the_program_cannot_use_its_parts(text: str, line: int, column: int) -> None:
    with pytest.raises(UsageError, match="is a part, which is known only inside") as caught:
        module(text, scope={})

    assert caught.value.place is not None
    assert (caught.value.place.line, caught.value.place.column) == (line, column)


def test_a_users_error_shows_the_line_of_the_cell() -> None:
    program = module("def forward(question):\n    value = {}\n    return value['missing']\n", name="Ask", scope={})

    with pytest.raises(KeyError) as caught:
        program(question="Why?")

    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.lineno, last.line, last.name) == (3, "return value['missing']", "forward")
    assert last.filename.startswith("<Ask-")


def test_an_error_in_a_part_shows_the_line_of_the_cell() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        module("x = 1\ny = x / 0\ndef forward(): return y", scope={})

    assert traceback.extract_tb(caught.value.__traceback__)[-1].line == "y = x / 0"


def test_a_wrong_call_names_the_program() -> None:
    program = module(SIMPLE, name="Ask", scope={})

    with pytest.raises(TypeError, match=r"^Ask\.forward\(\) got an unexpected keyword argument 'qestion'"):
        program(qestion="Why?")


def test_two_versions_of_a_cell_keep_their_own_lines() -> None:
    first = module("def forward(): return 1 / 0  # first", name="Ask", scope={})
    module("def forward(): return 2 / 0  # second", name="Ask", scope={})

    with pytest.raises(ZeroDivisionError) as caught:
        first()

    assert traceback.extract_tb(caught.value.__traceback__)[-1].line.endswith("# first")  # type: ignore[union-attr]


def test_a_cells_program_is_saved_and_loaded_like_any_other(tmp_path: Any) -> None:
    program, other = module(SIMPLE, scope={}), module(SIMPLE, scope={})
    program.answer.demos = [Example(question="a", answer="b")]

    program.save(tmp_path / "x.json")
    other.load(tmp_path / "x.json")

    assert other.answer.demos == program.answer.demos


FLOW = "\ndef forward(question):\n    return ask(question=question)\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('ask = Predct("q -> a")' + FLOW, r"\^{6} There is no 'Predct'\. Did you mean Predict\?"),
        ("def forward(q: Strng):\n    return q\n", r"There is no 'Strng'\. Did you mean str\?"),
        ("class Ask(Modul):\n    def forward(self):\n        return 1\n", r"'Modul'\. Did you mean Module\?"),
        ("ask = undefined_thing", "Ask has no forward"),
        ("ask = undefined_thing" + FLOW, r"There is no 'undefined_thing'\. Import it, or define it before"),
        ('ask = Predict("q -> a")\n\ndef forwrd(q):\n    return ask(q=q)\n', "Did you mean forward, and wrote forwrd"),
        ("forward = lambda q: q", r"no part but the flow; write it as `def forward\(\.\.\.\)`"),
    ],
)
def test_misspelt_names_of_a_cell_are_pointed_at(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as told:
        module(text, name="Ask", scope={"__name__": "__main__"})

    assert "\n".join(told.value.lines()).count("\n") < 4


def test_a_name_that_other_code_lacks_is_its_own_matter() -> None:
    def broken() -> None:
        return elsewhere  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(NameError, match="elsewhere") as told:
        module("ask = broken()" + FLOW, name="Ask", scope={"__name__": "__main__", "broken": broken})

    assert not isinstance(told.value, UsageError)
