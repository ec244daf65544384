"""Questions on the command line: who answers one or a file of them, the prompt, how hits are shown.

May import ``searcher``, ``serving``, ``ranking``, ``logged``, ``indexer.storing`` and
``indexer.reading``.
Only ``cli``, which declares the commands, imports ``indexer.command`` too.
"""
