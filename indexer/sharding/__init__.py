"""Update an index of several shards: each shard by itself, then all at once for readers.

May import ``reading``, ``encoding``, ``storing``, ``deriving`` and ``updating``.
"""
