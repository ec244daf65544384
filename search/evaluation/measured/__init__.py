"""How well questions are answered, and whether two ways to answer differ by more than chance.

May import ``judged``, ``searcher``, ``ranking``, ``indexer.encoding``, ``indexer.storing`` and
``indexer.deriving``.
"""
