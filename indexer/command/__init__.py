"""Commands that need no search: ``index``, ``status``, ``verify``, ``list``, ``show``, ``cache``.

Options, progress, interruption and watching. May import ``splitting``, ``reading``, ``encoding``,
``storing``, ``deriving``, ``updating``, ``sharding`` and ``pipeline``.
"""
