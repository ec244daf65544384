"""``locus index``, ``verify``, ``status``, ``list`` and ``show``: options, progress, watching.

The commands over an index that need no search. May import ``splitting``, ``reading``, ``encoding``,
``storing``, ``deriving``, ``updating`` and ``pipeline``.
"""
