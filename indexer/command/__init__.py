"""The commands ``locus index``, ``verify``, ``status`` and ``cache``.

Options, progress, interruption and watching. May import ``splitting``, ``reading``, ``encoding``,
``storing``, ``deriving``, ``updating`` and ``pipeline``.
"""
