"""Versions of programs: numbered by name, told apart by what they are, and brought back."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbdspy.data import Example
from nbdspy.errors import UsageError
from nbdspy.evaluation import evaluate
from nbdspy.modules import Module, Predict, module
from nbdspy.optimizers import Trial, Versions
from nbdspy.store import Store
from nbdspy.testing import DummyLM


def shown(*answers: str) -> Predict:
    program = Predict("question -> answer")
    program.demos = [Example(question="?", answer=answer) for answer in answers]
    return program


def trial(program: Module) -> Trial:
    lm = DummyLM([{"answer": "42"}, {"answer": "43"}])
    program = program.deepcopy()
    program.set_lm(lm)
    data = [{"question": "a", "answer": "42"}, {"question": "b", "answer": "42"}]
    return Trial(number=0, label="it", program=program, evaluation=evaluate(program, data=data, threads=1))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.sqlite", redact=lambda value: value)


def test_each_name_has_versions_of_its_own() -> None:
    versions = Versions()

    called = [
        versions.add(name, program, made_by="test").called
        for name, program in [("a", shown()), ("b", shown("1")), ("a", shown("2")), ("a", shown())]
    ]

    assert called == ["a@1", "b@1", "a@2", "a@1"]
    assert [version.called for version in versions.of("a")] == ["a@1", "a@2"]


def test_the_same_program_keeps_its_version_and_gets_the_score_it_did_not_have() -> None:
    versions = Versions()
    versions.add("a", shown(), made_by="%%module")

    versions.add("a", shown(), made_by="as it came", trial=trial(shown()), metric="exact_match")

    (version,) = versions
    assert version.made_by == "%%module"
    assert version.score is not None
    assert (version.score.mean, version.score.n, version.score.metric) == (0.5, 2, "exact_match")


def test_a_version_is_what_it_was_whatever_became_of_the_program_since() -> None:
    versions, program = Versions(), shown("1")
    version = versions.add("a", program, made_by="test")
    program.demos = []

    first = versions.program(version)
    first.predictors()[0].demos = []
    again = versions.program(version)

    assert [demo.answer for demo in again.predictors()[0].demos] == ["1"]
    assert versions.same_as("a", program) is None
    assert versions.same_as("a", shown("1")) == version


def test_versions_outlive_the_process_in_a_store(store: Store) -> None:
    kept = Versions(store).add("a", shown("1"), made_by="random_search", parent="b@1", trial=trial(shown()))

    later = Versions(store)

    (version,) = later
    assert version == kept
    program = later.program(version, shapes=[3 * [0], Predict("x, y -> z"), Predict("question -> answer")][1:])
    assert [demo.answer for demo in program.predictors()[0].demos] == ["1"]
    assert later.add("a", shown("1"), made_by="test").number == 1
    assert later.add("a", shown("2"), made_by="test").number == 2


def test_without_a_program_of_its_shape_it_says_which_cell_to_run(store: Store) -> None:
    Versions(store).add("a", shown("1"), made_by="random_search", parent="QA@1")

    later = Versions(store)

    with pytest.raises(UsageError, match="Run the cell that defines QA first"):
        later.program(later.find("a"), shapes=[Predict("x, y -> z")])


def test_two_kernels_on_one_store_take_different_numbers(store: Store) -> None:
    one, other = Versions(store), Versions(store)

    called = [one.add("a", shown("1"), made_by="x").called, other.add("a", shown("2"), made_by="x").called]

    assert called == ["a@1", "a@2"]
    assert [version.called for version in other] == ["a@1", "a@2"]
    assert [version.called for version in Versions(store)] == called


def test_a_program_that_has_no_json_is_kept_as_long_as_the_process_lives(store: Store) -> None:
    program = module("parts = {1: Predict('a -> b'), '1': Predict('b -> c')}\n\ndef forward(a):\n    return a\n")

    version = Versions(store).add("a", program, made_by="%%module")

    assert version.number == 1


@pytest.mark.parametrize(
    ("name", "number", "said"),
    [("b", None, "No program called 'b' has a version"), ("a", 3, "a has no version 3. It has: 1, 2")],
)
def test_a_version_that_is_not_there_is_told(name: str, number: int | None, said: str) -> None:
    versions = Versions()
    versions.add("a", shown(), made_by="x")
    versions.add("a", shown("1"), made_by="x")

    with pytest.raises(UsageError, match=said):
        versions.find(name, number)
