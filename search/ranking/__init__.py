"""Candidates to a ranking: one generation in memory, fusion, re-scoring, reranking, diversity.

May import ``indexer.encoding``, ``indexer.storing`` and ``indexer.deriving``.
"""
