"""``locus index``, ``verify`` and ``status``: options, progress, interruption, watching.

The commands of the writing side. May import ``splitting``, ``reading``, ``encoding``,
``storing``, ``deriving``, ``updating`` and ``pipeline``.
"""
