"""Compare sources with the index, and turn what is new into rows: split, embedded and packed.

May import ``reading``, ``splitting``, ``encoding``, ``storing`` and ``deriving``.
"""
