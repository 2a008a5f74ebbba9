"""Searches over what is damaged, all alike, not finite or shared; and what a search is to a model that may use it."""

import json
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nbdspy import BM25, Embeddings, Example, Module, Prediction, ReAct, Retrieve, Tool, configure, context
from nbdspy.errors import DataError, SettingsError, UsageError
from nbdspy.retrieval import Corpus, embeddings
from nbdspy.testing import DummyLM

CITIES = ["Paris is the capital of France.", "Rome lies on the Tiber.", "Cairo lies on the Nile."]


def embed(texts: list[str]) -> np.ndarray:
    return np.array([[len(text), text.count("a"), 1] for text in texts], dtype=np.float32)


class TestDamage:
    @pytest.mark.parametrize("told", [{}, {"k": 2}, {"k": "2"}, {"k": 2, "has_words": True, "stopwords": 7}])
    def test_an_index_that_tells_too_little_says_so(self, tmp_path: Path, told: dict[str, Any]) -> None:
        BM25(CITIES).save(tmp_path / "index")
        (tmp_path / "index" / "index.json").write_text(
            json.dumps({"kind": "BM25", "digest": Corpus(CITIES).digest} | told)
        )

        with pytest.raises(DataError, match="cannot be read: "):
            BM25.from_saved(tmp_path / "index")

    @pytest.mark.parametrize("others", [CITIES * 20, CITIES[:1]])
    def test_words_of_other_passages_are_found_out(self, tmp_path: Path, others: list[str]) -> None:
        BM25(CITIES).save(tmp_path / "index")
        BM25(others).save(tmp_path / "other")
        shutil.rmtree(tmp_path / "index" / "index")
        shutil.copytree(tmp_path / "other" / "index", tmp_path / "index" / "index")

        with pytest.raises(DataError, match=f"its words are of {len(others)} passages, not 3"):
            BM25.from_saved(tmp_path / "index")

    def test_words_that_are_gone_are_missed(self, tmp_path: Path) -> None:
        BM25(CITIES).save(tmp_path / "index")
        shutil.rmtree(tmp_path / "index" / "index")

        with pytest.raises(DataError, match="cannot be read"):
            BM25.from_saved(tmp_path / "index")

    @pytest.mark.parametrize("mmap", [False, True])
    @pytest.mark.parametrize(
        "damage",
        [
            lambda graph, other: graph.unlink(),
            lambda graph, other: graph.write_bytes(b"x" * 200),
            lambda graph, other: graph.write_bytes(graph.read_bytes()[:-40]),
            lambda graph, other: shutil.copy(other, graph),
        ],
        ids=["gone", "rubbish", "cut off", "of other passages"],
    )
    def test_a_damaged_graph_says_so(self, tmp_path: Path, damage: Callable[[Path, Path], Any], mmap: bool) -> None:
        for name, corpus in (("index", CITIES), ("other", CITIES * 20)):
            Embeddings(corpus, embed, brute_force_threshold=0).save(tmp_path / name)

        damage(tmp_path / "index" / "graph.usearch", tmp_path / "other" / "graph.usearch")

        with pytest.raises(DataError, match="cannot be read: "):
            Embeddings.from_saved(tmp_path / "index", embed, mmap=mmap)

    def test_vectors_of_texts_are_none(self, tmp_path: Path) -> None:
        Embeddings(CITIES, embed).save(tmp_path / "index")
        np.save(tmp_path / "index" / "vectors.npy", np.array([["a", "b", "c"]] * 3))

        with pytest.raises(DataError, match="<U1 vectors"):
            Embeddings.from_saved(tmp_path / "index", embed)


class TestVectors:
    def test_a_graph_finds_as_many_where_all_are_alike(self) -> None:
        search = Embeddings(["a"] * 3_000, embed, brute_force_threshold=10)

        found = search.search_many(["a", "b"], k=3_000)

        assert [sorted(each.indices) for each in found] == [list(range(3_000))] * 2

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_what_is_no_number_is_refused_with_its_text(self, bad: float) -> None:
        def broken(texts: list[str]) -> np.ndarray:
            return np.array([[bad if "Rome" in text else 1.0] for text in texts])

        with pytest.raises(DataError, match="not of numbers for text 1"):
            Embeddings(CITIES, broken)
        with pytest.raises(DataError, match="not of numbers for text 0"):
            Embeddings(CITIES[:1], broken)("Rome")

    def test_many_queries_are_looked_up_a_few_at_a_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        search = Embeddings(CITIES, embed, k=2)
        queries = ["a", "bb", "aaa", "c" * 40]
        expected = [search(query).indices for query in queries]
        monkeypatch.setattr(embeddings, "_AT_ONCE", 1)

        assert [found.indices for found in search.search_many(queries)] == expected


class TestWords:
    def test_among_equals_the_first_of_the_corpus_comes_first(self) -> None:
        assert BM25(["Rome x"] * 4, k=4)("Rome").indices == [0, 1, 2, 3]

    def test_a_language_without_stop_words_is_refused(self) -> None:
        with pytest.raises(UsageError, match="no stop words 'klingon'"):
            BM25(CITIES, stopwords="klingon")

    def test_stop_words_of_any_collection_are_kept(self, tmp_path: Path) -> None:
        BM25(CITIES, stopwords=("tiber",)).save(tmp_path / "index")

        assert BM25.from_saved(tmp_path / "index")("Tiber").passages == []

    @pytest.mark.parametrize(
        ("query", "found"), [("首都", [0, 2]), ("京", [0, 1]), ("フランスの首都はどこ", [2, 0]), ("Tokyo", [3])]
    )
    def test_texts_without_spaces_are_found_by_their_letters(
        self, query: str, found: list[int], tmp_path: Path
    ) -> None:
        search = BM25(["東京は首都", "京都は古い都だ", "パリはフランスの首都です", "Tokyo is big"])
        search.save(tmp_path / "index")

        assert search(query, k=len(found)).indices == found
        assert BM25.from_saved(tmp_path / "index")(query) == search(query)

    def test_a_foreign_name_in_another_language_is_a_word(self) -> None:
        assert BM25([*CITIES, "Tokyo is written 東京 and lies on the Sumida river."])("東").passages == []

    def test_one_query_is_not_many(self) -> None:
        with pytest.raises(UsageError, match="is one query"):
            BM25(CITIES).search_many("Rome")


def test_examples_and_numpys_texts_are_passages() -> None:
    assert list(Corpus([Example(title="Paris", text="A city."), Prediction(text="Alone.")])) == [
        "Paris | A city.",
        "Alone.",
    ]
    assert [type(text) for text in Corpus(np.array(["a"]))] == [str]


@pytest.mark.parametrize("search", [BM25(CITIES), Embeddings(CITIES, embed)])
def test_copies_of_a_program_search_the_same_index(search: Any) -> None:
    class Holds(Module):
        def __init__(self) -> None:
            self.search = search

    assert Holds().deepcopy().search is search


class TestRetrieve:
    def test_a_program_may_be_the_search(self) -> None:
        class Twice(Module):
            def forward(self, query: str, k: int) -> Prediction:
                return Prediction(passages=[query] * k)

        with context(rm=Twice()):
            assert Retrieve(k=2)("a").passages == ["a", "a"]

    def test_no_more_is_read_than_is_wanted(self) -> None:
        with context(rm=lambda query, k: (str(number) for number in count())):
            assert Retrieve(k=2)("a").passages == ["0", "1"]

    @pytest.mark.parametrize("passages", [[1, None], "text", None])
    def test_a_prediction_of_rubbish_is_said_to_be_the_searchs(self, passages: Any) -> None:
        def my_search(query: str, k: int) -> Prediction:
            return Prediction(passages=passages)

        with context(rm=my_search), pytest.raises(DataError, match="my_search found"):
            Retrieve()("a")

    def test_a_class_is_no_search(self) -> None:
        with pytest.raises(SettingsError, match="rm cannot be"):
            configure(rm=BM25)

    def test_a_model_sees_what_it_takes(self) -> None:
        tool = Tool(Retrieve(k=1))

        assert list(tool.args) == ["query", "k"]
        assert tool.args["query"] == {"type": "string"}
        assert tool.desc.startswith("Finds passages that fit a query")
        assert "Args:" not in tool.desc
        assert ">>>" not in tool.desc

    def test_an_agent_uses_it_as_in_the_paper(self) -> None:
        lm = DummyLM(
            [
                {
                    "next_thought": "I look.",
                    "next_tool_name": "Retrieve",
                    "next_tool_args": '{"query": "river in Rome"}',
                },
                {"next_thought": "I know.", "next_tool_name": "finish", "next_tool_args": "{}"},
                {"reasoning": "It says so.", "answer": "the Tiber"},
            ]
        )

        with context(lm=lm, rm=BM25(CITIES)):
            found = ReAct("question -> answer", tools=[Retrieve(k=1)])(question="Where does Rome lie?")

        assert found.answer == "the Tiber"
        assert "Rome lies on the Tiber." in str(found.trajectory["observation_0"])
