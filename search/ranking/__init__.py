"""Turn candidates into a ranking: a generation in memory, fusion, re-scoring, reranking, diversity.

May import ``indexer.encoding``, ``indexer.storing`` and ``indexer.deriving``.
"""
