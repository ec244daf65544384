"""Candidates to a ranking: one generation in memory, fusion, the second look, the page of hits.

May import ``indexer``'s reading side of an index and ``search.types``; no other room of ``search``.
"""
