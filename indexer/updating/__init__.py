"""Compare sources with the index: the request of a run, its changes, and its summary.

May import ``reading``, ``storing`` and ``encoding``.
"""
