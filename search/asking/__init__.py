"""Questions on the command line: who answers them, the prompt, and how hits are printed.

May import ``searcher``, ``serving``, ``ranking`` and ``indexer.storing``; ``cli``, which declares
the commands, ``indexer.command`` too.
"""
