"""Many indexes as one: what the shards of an index find becomes one ranking.

May import ``indexer.encoding``, ``indexer.storing``, ``indexer.deriving`` and ``ranking``.
"""
