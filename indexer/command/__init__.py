"""``locus index``, ``verify`` and ``status``: options, progress, interruption, watching.

The commands of the writing side. May import every other room of ``indexer``.
"""
