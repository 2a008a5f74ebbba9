"""Sets of demonstrations, and the spaces that are made of them."""

from __future__ import annotations

from nbdspy.data import Example
from nbdspy.modules import Predict
from nbdspy.optimizers.demo_sets import demo_sets
from nbdspy.optimizers.demos import Trace
from nbdspy.optimizers.spaces import Space

from .conftest import Search, numbers

TRAIN = numbers(*range(20))


def traces(count: int, *names: str) -> list[Trace]:
    made = []
    for index in range(count):
        demo = Example(augmented=True, question=f"number {index}.", answer=str(index), query="q")
        made.append(Trace(index=index, demos={name: [demo] for name in names or ("self",)}, answer={"answer": index}))
    return made


def sets_of(student: Predict | Search, **given: int) -> list[list[int]]:
    """How many traces and how many labelled examples the last predictor shows, set by set."""
    name = student.named_predictors()[-1][0]
    sizes = {"count": 8, "bootstrapped": 4, "labeled": 6, "seed": 0, **given}
    names = [name for name, _ in student.named_predictors()]
    found = demo_sets(student, traces(sizes.pop("traces", 12), *names), TRAIN, **sizes)
    return [
        [sum("augmented" in demo for demo in demos[name]), sum("augmented" not in demo for demo in demos[name])]
        for demos in found
    ]


def test_the_first_sets_are_its_own_labelled_examples_and_the_first_traces() -> None:
    own, labelled, first, *others = sets_of(Predict("question -> answer"))

    assert (own, labelled, first) == ([0, 0], [0, 6], [4, 2])
    assert len(others) == 5
    assert all(1 <= traced <= 4 and traced + more == 6 for traced, more in others)


def test_a_program_with_demonstrations_of_its_own_may_go_without() -> None:
    student = Predict("question -> answer")
    student.demos = numbers(500, 501, 502)

    assert sets_of(student)[:3] == [[0, 3], [0, 0], [0, 6]]


def test_no_two_sets_are_alike() -> None:
    found = demo_sets(
        Predict("question -> answer"), [], numbers(1, 2), count=8, bootstrapped=4, labeled=1, seed=0
    )  # fmt: skip

    assert [len(demos["self"]) for demos in found] == [0, 1, 1]


def test_another_seed_draws_other_sets_and_a_further_set_leaves_those_before_it() -> None:
    student = Predict("question -> answer")
    six, same, ten, other = (
        demo_sets(student, traces(12), TRAIN, count=count, bootstrapped=4, labeled=6, seed=seed)
        for count, seed in ((6, 0), (6, 0), (10, 0), (6, 1))
    )

    assert six == same == ten[:6]
    assert six[3:] != other[3:]


def test_a_space_names_its_choices_and_leaves_out_what_cannot_be_chosen() -> None:
    student = Search()
    demos = demo_sets(student, traces(12, "answer"), TRAIN, count=5, bootstrapped=4, labeled=4, seed=0)
    space = Space(student=student, instructions={"search": ["a", "b", "c"], "answer": ["d"]}, demo_sets=demos)

    assert space.alternatives == {"search instruction": range(3), "answer demos": range(5)}
    made = space.program({"search instruction": 2, "answer demos": 3})
    assert made.search.signature.instructions == "c"
    assert made.search.demos == []
    assert made.answer.demos == demos[3]["answer"]
    assert made.answer.signature.instructions == student.answer.signature.instructions
    assert space.program(space.own).dump_state() == student.dump_state()


def test_frozen_demonstrations_are_no_choice() -> None:
    student = Predict("question -> answer")
    student.frozen = frozenset({"demos"})
    demos = demo_sets(Predict("question -> answer"), traces(9), TRAIN, count=4, bootstrapped=4, labeled=4, seed=0)

    assert Space(student=student, instructions={}, demo_sets=demos).alternatives == {}
