"""Candidates to a ranking: one generation in memory, fusion, the second look, the page of hits.

May import ``indexer.encoding``, ``indexer.storing`` and ``indexer.deriving``.
"""
