"""The command line's side of a question: what answers it, the prompt, how hits are shown.

May import ``searcher``, ``serving``, ``ranking`` and ``indexer.storing``.
"""
