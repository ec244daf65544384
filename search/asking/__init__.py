"""Questions on the command line: who answers them, the prompt, and how hits are printed.

May import ``searcher``, ``serving``, ``ranking`` and ``indexer.storing``. Only ``cli``, which
declares the commands, imports ``indexer.command`` too.
"""
