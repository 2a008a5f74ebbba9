"""What is rendered once, what is rendered anew, and which adapters there are."""

import gc
import weakref
from typing import Any

import pytest

from nbdspy.adapters import Adapter, ChatAdapter, CompletionAdapter, adapter_named
from nbdspy.adapters import base as base_module
from nbdspy.data import Example
from nbdspy.errors import UsageError
from nbdspy.signatures import Signature
from nbdspy.testing import FakeLM

INPUTS = {"question": "Why?"}


class Counting(CompletionAdapter):
    """Counts how often it renders."""

    def __init__(self) -> None:
        super().__init__()
        self.heads = 0

    def head(self, signature: Any) -> str:
        self.heads += 1
        return super().head(signature)


@pytest.fixture
def signature() -> Any:
    return Signature("question -> answer")


def demos(count: int = 2) -> list[Any]:
    return [Example(question=f"question {number}", answer=f"answer {number}") for number in range(count)]


def prompt(adapter: CompletionAdapter, signature: Any, shown: list[Any]) -> str:
    return adapter.ask(signature, shown, INPUTS)["prompt"]


class TestSkeletons:
    def test_what_does_not_depend_on_the_inputs_is_rendered_once(self, signature: Any) -> None:
        adapter = Counting()
        for number in range(5):
            adapter.ask(signature, [], {"question": str(number)})

        assert adapter.heads == 1

        adapter.ask(signature.with_instructions("Other."), [], INPUTS)

        assert adapter.heads == 2

    def test_a_rendered_set_of_demos_is_the_same_object_on_every_call(self, signature: Any) -> None:
        skeleton = CompletionAdapter().skeleton(signature)
        shown = demos()
        rendered = [skeleton.demos(shown, lambda values: str(values)) for _ in range(3)]

        assert rendered[0] is rendered[1] is rendered[2]

    def test_copies_of_programs_share_what_their_demos_read(self, signature: Any) -> None:
        skeleton = CompletionAdapter().skeleton(signature)
        shown = demos()

        first = skeleton.demos(shown, str)
        second = skeleton.demos([demo.copy() for demo in shown], str)

        assert first is second

    def test_a_signature_that_is_gone_is_forgotten(self) -> None:
        adapter = CompletionAdapter()
        signature = Signature("question -> answer")
        adapter.ask(signature, demos(), INPUTS)
        gone = weakref.ref(signature)
        del signature
        gc.collect()

        assert gone() is None
        assert len(adapter._skeletons) == 0

    def test_only_so_many_sets_are_kept(self, signature: Any) -> None:
        adapter = CompletionAdapter()
        for number in range(3 * base_module.KEPT):
            prompt(adapter, signature, [{"question": f"q{number}", "answer": "a"}])

        assert len(adapter.skeleton(signature)._known) <= base_module.KEPT


class TestChangedDemos:
    """Each change must show in the next prompt."""

    @pytest.fixture(params=[Example, dict])
    def kind(self, request: pytest.FixtureRequest) -> Any:
        return request.param

    def test_a_value_that_is_replaced_in_place(self, signature: Any, kind: Any) -> None:
        adapter, shown = CompletionAdapter(), [kind(question="q", answer="old")]
        before = prompt(adapter, signature, shown)
        shown[0]["answer"] = "new"

        assert "Answer: old" in before
        assert "Answer: new" in prompt(adapter, signature, shown)
        assert "Answer: old" not in prompt(adapter, signature, shown)

    def test_a_value_that_is_equal_but_reads_otherwise(self, kind: Any) -> None:
        adapter, signature = CompletionAdapter(), Signature("question -> answer: float")
        shown = [kind(question="q", answer=1)]
        texts = []
        for answer in (1, True, 1.0, 0.0, -0.0):
            shown[0]["answer"] = answer
            texts.append(prompt(adapter, signature, shown).split("Question: q\nAnswer: ")[1].split("\n")[0])

        assert texts == ["1", "True", "1.0", "0.0", "-0.0"]

    def test_a_demo_that_is_added_taken_or_moved(self, signature: Any) -> None:
        adapter, shown = CompletionAdapter(), demos()
        before = prompt(adapter, signature, shown)
        shown.append(Example(question="third", answer="3"))
        longer = prompt(adapter, signature, shown)
        shown.reverse()
        turned = prompt(adapter, signature, shown)
        del shown[1:]

        assert "third" not in before
        assert "third" in longer
        assert turned.index("third") < turned.index("question 0")
        assert "question 0" not in prompt(adapter, signature, shown)

    def test_a_value_that_is_deleted_or_moved_to_another_name(self, signature: Any) -> None:
        adapter, shown = CompletionAdapter(), [{"question": "q", "answer": "a"}]
        prompt(adapter, signature, shown)
        shown[0] = {"answer": shown[0]["question"], "question": shown[0]["answer"]}

        assert "Question: a\nAnswer: q\n" in prompt(adapter, signature, shown)

    def test_a_list_inside_of_a_demo_that_is_changed_in_place(self, kind: Any) -> None:
        adapter, signature = ChatAdapter(), Signature("context: list[str] -> answer")
        shown = [kind(context=["one"], answer="a")]
        adapter.format(signature, shown, {"context": []})
        shown[0]["context"].append("two")

        assert '["one", "two"]' in adapter.format(signature, shown, {"context": []})[1]["content"]

    def test_an_object_inside_of_a_demo_that_is_changed_in_place(self) -> None:
        class Text(str):
            suffix = "old"

            def __str__(self) -> str:
                return self.suffix

        adapter, signature = CompletionAdapter(), Signature("question -> answer")
        text = Text("t")
        skeleton = adapter.skeleton(signature)
        first = skeleton.demos([{"question": "q", "answer": text}], lambda values: str(values[0]["answer"]))
        text.suffix = "new"

        assert first == "old"
        assert skeleton.demos([{"question": "q", "answer": text}], lambda values: str(values[0]["answer"])) == "new"

    def test_other_demos_at_the_place_in_memory_of_gone_ones(self, signature: Any) -> None:
        adapter = CompletionAdapter()
        for number in range(2_000):
            shown = [{"question": f"q{number}", "answer": f"a{number}"}]

            assert f"Question: q{number}\nAnswer: a{number}\n" in prompt(adapter, signature, shown)


class TestAdapters:
    def test_a_model_names_the_one_it_prefers(self) -> None:
        assert isinstance(adapter_named(FakeLM(lambda request: "", prefers="completion").prefers), CompletionAdapter)
        assert adapter_named("chat") is adapter_named("chat")

    def test_an_unknown_name_lists_the_known(self) -> None:
        with pytest.raises(UsageError, match="no adapter 'json'; there are: chat, completion"):
            adapter_named("json")

    def test_an_adapter_of_ones_own_says_how_to_ask_and_to_split(self) -> None:
        class Plain(Adapter):
            name = "plain"

            def ask(self, signature: Any, demos: Any, inputs: Any) -> dict[str, Any]:
                return {"prompt": " ".join(inputs.values())}

            def split(self, signature: Any, text: str) -> dict[str, str]:
                return dict.fromkeys(signature.output_fields, text)

        adapter = Plain()

        assert adapter.ask(Signature("question -> answer: int"), [], INPUTS) == {"prompt": "Why?"}
        assert adapter.parse(Signature("question -> answer: int"), "42.") == {"answer": 42}
