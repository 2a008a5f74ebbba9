"""Searching passages: by words, by meaning, or by a server."""

from nbdspy.retrieval.bm25 import BM25
from nbdspy.retrieval.colbert import ColBERTv2
from nbdspy.retrieval.corpus import Corpus
from nbdspy.retrieval.embeddings import Embeddings, EmbeddingsWithScores
from nbdspy.retrieval.searcher import Searcher, passages_of

__all__ = ["BM25", "ColBERTv2", "Corpus", "Embeddings", "EmbeddingsWithScores", "Searcher", "passages_of"]
