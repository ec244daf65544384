"""The command line's side of a question: who answers it, the prompt, how hits are shown.

May import ``searcher``, ``serving``, ``ranking`` and ``indexer.storing``.
"""
