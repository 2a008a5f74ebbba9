"""Searches over passages of one's own: what they find, what they are given, what is kept on disk."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdspy import BM25, Embedder, Embeddings, EmbeddingsWithScores, Prediction, events
from nbdspy.errors import DataError, LMError, UsageError
from nbdspy.retrieval import Corpus, Searcher, passages_of

CITIES = ["Paris | The capital of France.", "Rome | It lies on the Tiber.", "Cairo | It lies on the Nile."]
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def embed(texts: list[str]) -> np.ndarray:
    """How often each letter stands in a text."""
    return np.array([[text.lower().count(letter) for letter in LETTERS] for text in texts], dtype=np.float32)


def bm25(corpus: Any, **options: Any) -> Searcher:
    return BM25(corpus, **options)


def embeddings(corpus: Any, **options: Any) -> Searcher:
    return EmbeddingsWithScores(corpus, embed, **options)


def graph(corpus: Any, **options: Any) -> Searcher:
    return EmbeddingsWithScores(corpus, embed, brute_force_threshold=0, **options)


@pytest.fixture(params=[bm25, embeddings, graph])
def make(request: pytest.FixtureRequest) -> Any:
    return request.param


class TestEverySearch:
    def test_the_best_comes_first_with_its_place_and_score(self, make: Any) -> None:
        found = make(CITIES, k=2)("Rome on the Tiber")

        assert found.passages[0] == CITIES[1]
        assert [CITIES[index] for index in found.indices] == found.passages
        assert found.scores == sorted(found.scores, reverse=True)

    def test_a_call_says_how_many(self, make: Any) -> None:
        search = make(CITIES, k=1)

        assert len(search("it lies on the Nile").passages) == 1
        assert len(search("it lies on the Nile", k=2).passages) == 2

    def test_there_are_no_more_than_there_are(self, make: Any) -> None:
        assert len(make(CITIES)("Paris Rome Cairo", k=50).passages) == 3

    def test_nothing_is_found_in_nothing(self, make: Any) -> None:
        found = make([])("Rome")

        assert (found.passages, found.indices) == ([], [])

    @pytest.mark.parametrize("query", ["", "   ", "?!", "日本", "\ud800"])
    def test_any_text_is_a_query(self, make: Any, query: str) -> None:
        assert len(make(CITIES)(query).passages) <= 3

    @pytest.mark.parametrize("query", [None, 7, ["Rome"], b"Rome"])
    def test_what_is_no_text_is_refused(self, make: Any, query: Any) -> None:
        with pytest.raises(UsageError, match="A query is a text"):
            make(CITIES)(query)

    @pytest.mark.parametrize("k", [0, -1, 2.5, True, "3"])
    def test_what_is_no_number_of_passages_is_refused(self, make: Any, k: Any) -> None:
        with pytest.raises(UsageError, match="k cannot be"):
            make(CITIES)("Rome", k=k)
        with pytest.raises(UsageError, match="k cannot be"):
            make(CITIES, k=k)

    def test_a_number_of_numpys_is_a_number_of_passages(self, make: Any) -> None:
        found = make(CITIES, k=np.int64(1))("lies")

        assert len(found.passages) == 1
        assert make(CITIES)("lies", k=np.int32(1)) == found

    def test_many_queries_at_once_find_the_same(self, make: Any) -> None:
        search = make(CITIES, k=2)
        queries = ["Rome", "the Nile", "quantum", "Paris"]

        alone, together = [search(query) for query in queries], search.search_many(queries)

        assert [each.indices for each in together] == [each.indices for each in alone]
        assert search.search_many([]) == []

    def test_awaited_it_finds_the_same(self, make: Any) -> None:
        search = make(CITIES, k=2)

        assert asyncio.run(search.acall("Tiber")) == search("Tiber")

    def test_equal_passages_are_found_each(self, make: Any) -> None:
        assert make(["Rome", "Rome", "Rome"])("Rome", k=2).passages == ["Rome", "Rome"]

    def test_a_search_is_heard_of(self, make: Any) -> None:
        search, seen = make(CITIES, k=1), []

        with events.listening(seen.append):
            found = search("Rome")

        started = next(each for each in seen if isinstance(each, events.SpanStarted) and each.kind == "retrieval")
        ended = next(each for each in seen if isinstance(each, events.SpanEnded) and each.number == started.number)
        assert (started.instance, ended.outputs) == (search, [found])


class TestOnDisk:
    @pytest.mark.parametrize("mmap", [False, True])
    def test_what_is_saved_finds_the_same(self, make: Any, tmp_path: Path, mmap: bool) -> None:
        search = make(CITIES, k=2)
        search.save(tmp_path / "index")

        again = loaded(search, tmp_path / "index", mmap=mmap)

        assert again("it lies on the Nile") == search("it lies on the Nile")
        assert again.k == 2

    def test_an_index_of_nothing_is_kept(self, make: Any, tmp_path: Path) -> None:
        make([]).save(tmp_path / "index")

        assert loaded(make([]), tmp_path / "index")("Rome").passages == []

    def test_saving_again_replaces_all_of_it(self, make: Any, tmp_path: Path) -> None:
        make([*CITIES, "Oslo"]).save(tmp_path / "index")
        make(["Lima"]).save(tmp_path / "index")

        assert loaded(make([]), tmp_path / "index")("Lima").passages == ["Lima"]
        assert list(tmp_path.iterdir()) == [tmp_path / "index"]

    def test_other_peoples_folders_are_left_alone(self, make: Any, tmp_path: Path) -> None:
        (tmp_path / "thesis.txt").write_text("all my work")

        with pytest.raises(DataError, match="holds no index"):
            make(CITIES).save(tmp_path)

        assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]

    def test_a_save_that_fails_leaves_the_older_one(
        self, make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        search = make(CITIES)
        search.save(tmp_path / "index")
        before = {path.name: path.read_bytes() for path in (tmp_path / "index").rglob("*") if path.is_file()}
        broken = make(["Lima"])
        monkeypatch.setattr(broken.corpus, "write", lambda path: path.write_text("half") and 1 / 0)

        with pytest.raises(ZeroDivisionError):
            broken.save(tmp_path / "index")

        after = {path.name: path.read_bytes() for path in (tmp_path / "index").rglob("*") if path.is_file()}
        assert (after, len(list(tmp_path.iterdir()))) == (before, 1)

    def test_passages_that_were_changed_since_are_found_out(self, make: Any, tmp_path: Path) -> None:
        search = make(CITIES)
        search.save(tmp_path / "index")
        lines = (tmp_path / "index" / "passages.jsonl").read_text().splitlines()
        (tmp_path / "index" / "passages.jsonl").write_text("\n".join(['"Other"', *lines[1:]]))

        with pytest.raises(DataError, match="not those that the index was made of"):
            loaded(search, tmp_path / "index")

    def test_a_damaged_index_says_so(self, make: Any, tmp_path: Path) -> None:
        search = make(CITIES)
        search.save(tmp_path / "index")
        for path in (tmp_path / "index").rglob("*.npy"):
            path.write_bytes(path.read_bytes()[:20])

        with pytest.raises(DataError, match=r"cannot be read|has vectors"):
            loaded(search, tmp_path / "index")

    def test_no_index_says_so(self, make: Any, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="There is no index"):
            loaded(make([]), tmp_path)

    def test_an_index_of_another_kind_says_which(self, tmp_path: Path) -> None:
        BM25(CITIES).save(tmp_path / "index")

        with pytest.raises(DataError, match=r"index of 'BM25'.*BM25\.from_saved"):
            Embeddings.from_saved(tmp_path / "index", embed)

    def test_nothing_on_disk_is_a_pickle(self, tmp_path: Path) -> None:
        evil = np.array([{"run": "me"}], dtype=object)
        Embeddings(CITIES, embed).save(tmp_path / "index")
        np.save(tmp_path / "index" / "vectors.npy", evil, allow_pickle=True)

        with pytest.raises(DataError, match="cannot be read"):
            Embeddings.from_saved(tmp_path / "index", embed)


def loaded(like: Searcher, path: Path, *, mmap: bool = False) -> Searcher:
    if isinstance(like, BM25):
        return BM25.from_saved(path, mmap=mmap)
    return EmbeddingsWithScores.from_saved(path, embed, mmap=mmap)


class TestWords:
    def test_passages_without_a_word_of_the_query_are_not_found(self) -> None:
        assert BM25(CITIES)("quantum physics").passages == []
        assert BM25(CITIES, k=3)("Tiber").passages == [CITIES[1]]

    def test_words_that_do_not_count_can_be_chosen(self) -> None:
        assert BM25(CITIES)("the").passages == []
        assert len(BM25(CITIES, stopwords=None)("the").passages) == 3
        assert BM25(CITIES, stopwords=["tiber"])("Tiber").passages == []

    def test_short_words_and_other_scripts_are_found(self) -> None:
        search = BM25(["grade A", "grade B", "Straße nach Köln", "Привет мир"], k=1)

        assert search("A b").passages == ["grade B"] or search("b").passages == ["grade B"]
        assert search("köln").passages == ["Straße nach Köln"]
        assert search("мир").passages == ["Привет мир"]

    def test_only_words_that_do_not_count_make_an_index_of_nothing(self) -> None:
        assert BM25(["the", "of"])("the").passages == []


class TestMeaning:
    def test_the_nearest_is_exact(self) -> None:
        corpus = [f"{first}{second}" for first in LETTERS for second in LETTERS]
        vectors = embed(corpus) / np.linalg.norm(embed(corpus), axis=1, keepdims=True)

        found = EmbeddingsWithScores(corpus, embed, k=5)("abc")

        asked = embed(["abc"])[0] / np.linalg.norm(embed(["abc"])[0])
        assert found.scores == pytest.approx(sorted(vectors @ asked, reverse=True)[:5])

    def test_a_graph_finds_the_nearest_too(self) -> None:
        rows = np.random.default_rng(0).normal(size=(2000, 16)).astype(np.float32)
        texts = [str(number) for number in range(2000)]

        def look_up(asked: list[str]) -> np.ndarray:
            return rows[[int(text) for text in asked]]

        exact = Embeddings(texts, look_up, k=10).search_many(texts[:100])
        quick = Embeddings(texts, look_up, k=10, brute_force_threshold=100).search_many(texts[:100])

        same = sum(len(set(a.indices) & set(b.indices)) for a, b in zip(exact, quick, strict=True))
        assert same / 1000 > 0.9
        assert all(each.indices[0] == number for number, each in enumerate(quick))

    def test_lengths_count_where_nothing_is_normalized(self) -> None:
        search = Embeddings(["a", "aaaa"], embed, k=1, normalize=False)

        assert search("a").passages == ["aaaa"]

    def test_another_embedder_than_the_passages_is_found_out(self, tmp_path: Path) -> None:
        Embeddings(CITIES, embed).save(tmp_path / "index")
        search = Embeddings.from_saved(tmp_path / "index", lambda texts: [[1.0] for _ in texts])

        with pytest.raises(DataError, match="vectors of length 1; the passages' have 26"):
            search("Rome")

    def test_an_embedder_that_gives_rubbish_is_named(self) -> None:
        def rubbish(texts: list[str]) -> str:
            return "vectors"

        with pytest.raises(LMError, match="rubbish gave"):
            Embeddings(CITIES, rubbish)

    def test_an_async_embedder_and_a_loading_one_find_the_same(self, tmp_path: Path) -> None:
        async def later(texts: list[str]) -> np.ndarray:
            return embed(texts)

        search = Embeddings(CITIES, later, k=1)
        search.save(tmp_path / "index")
        other = Embeddings([], embed)

        assert other.load(tmp_path / "index", later) is other
        assert other("Rome") == search("Rome") == asyncio.run(search.acall("Rome"))

    def test_words_have_vectors_without_a_key_or_a_network(self) -> None:
        embedder = Embedder("wordllama")
        passages = ["The dog chased a ball.", "Interest rates rose again.", "Soup needs salt."]

        found = Embeddings(passages, embedder, k=1).search_many(
            ["puppies and cats", "a loan from the bank", "cooking a meal"]
        )

        assert [each.indices for each in found] == [[0], [1], [2]]
        assert embedder("dog").shape == (256,)
        with pytest.raises(UsageError, match="takes no 'api_key'"):
            Embedder("wordllama", api_key="none")

    def test_the_package_with_the_vectors_does_not_make_others_log(self) -> None:
        script = (
            "import logging, nbdspy\n"
            "root = logging.getLogger()\n"
            "before = root.level, list(root.handlers)\n"
            "nbdspy.Embedder('wordllama')(['x'])\n"
            "assert (root.level, root.handlers) == before, root.handlers\n"
            "nbdspy.BM25(['some passages', 'to search'])('passages')\n"
        )

        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)

        assert (done.returncode, done.stderr) == (0, "")


class TestCorpus:
    def test_texts_tables_and_rows_are_read(self) -> None:
        rows = [{"title": "Paris", "text": "A city."}, {"title": "", "text": "No title."}, {"text": "Alone."}]

        expected = ["Paris | A city.", "No title.", "Alone."]
        assert list(Corpus(rows)) == expected
        assert list(Corpus(pd.DataFrame(rows).fillna(""))) == expected
        assert list(Corpus(row for row in rows)) == expected
        assert list(Corpus(pd.Series(["a", "b"]))) == ["a", "b"]
        assert list(Corpus([{"body of it": "x"}], column="body of it")) == ["x"]

    @pytest.mark.parametrize(
        ("corpus", "words"),
        [
            ("one text", "no list of passages"),
            (7, "no list of passages"),
            ({"text": "one"}, "no list of passages"),
            (["a", None], "Passage 1 is None"),
            ([float("nan")], "Passage 0 is nan"),
            ([{"headline": "x"}], "it has headline"),
            ([{"text": 3}], "no text in 'text'"),
        ],
    )
    def test_what_is_no_passage_is_shown(self, corpus: Any, words: str) -> None:
        with pytest.raises(DataError, match=words):
            Corpus(corpus)

    @given(st.lists(st.text(), max_size=5))
    def test_any_passages_are_read_as_they_were_written(self, tmp_path_factory: Any, texts: list[str]) -> None:
        path = tmp_path_factory.mktemp("corpus") / "passages.jsonl"

        Corpus(texts).write(path)

        assert list(Corpus.read(path)) == texts
        assert Corpus.read(path).digest == Corpus(texts).digest


class TestOtherPeoplesSearches:
    @pytest.mark.parametrize(
        ("found", "passages"),
        [
            (["a", "b"], ["a", "b"]),
            ([{"long_text": "a"}, {"text": "b"}], ["a", "b"]),
            ([Prediction(long_text="a")], ["a"]),
            (Prediction(passages=["a", "b", "c"], indices=[2, 1, 0]), ["a", "b"]),
            ((text for text in ("a", "b", "c")), ["a", "b"]),
            ([], []),
        ],
    )
    def test_passages_in_any_dress_are_read(self, found: Any, passages: list[str]) -> None:
        assert passages_of(found, said_by="search", k=2).passages == passages

    @pytest.mark.parametrize("found", ["one text", None, 7, [1], [None], {"a": 1}])
    def test_rubbish_is_shown_with_who_gave_it(self, found: Any) -> None:
        with pytest.raises(DataError, match="my_search found"):
            passages_of(found, said_by="my_search")

    def test_json_can_hold_what_a_search_finds(self) -> None:
        found = EmbeddingsWithScores(CITIES, embed, k=2)("Rome")

        assert json.loads(json.dumps(found.toDict())) == found.toDict()


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_of_passages_with_equal_scores_the_first_of_the_corpus_are_found(k: int) -> None:
    corpus = ["a plain sentence", *(f"cedar number {n}" for n in "abcdef"), "cedar cedar number g"]

    assert BM25(corpus, k=k)("cedar").passages == [corpus[7], *corpus[1:7]][:k]
