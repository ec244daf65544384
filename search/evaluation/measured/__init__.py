"""Measure search quality, and test whether two ways of searching differ significantly.

May import ``judged``, ``searcher``, ``workings``, ``checking``, ``logged``, ``scaling``,
``ranking``, ``indexer.encoding``, ``indexer.storing`` and ``indexer.deriving``.
"""
