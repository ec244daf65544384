"""Check whether earlier hits still stand: unchanged, moved, changed or gone.

::

    hits -> citations -> where each text is now -> verdicts

``citation`` reads what was cited, from answers or lines of JSON. ``rewording`` compares two texts
word by word, and ``again`` finds a text again in an article. ``checker`` goes through the articles
of an index, and says for each citation what became of it. ``hit_file`` reads the hits of a file.

May import ``indexer.reading``, ``indexer.storing`` and ``indexer.deriving``.
Only ``cli``, which declares the command, imports the searcher and ``indexer.command`` too.
"""
