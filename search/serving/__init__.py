"""Answer people in a browser, and other programs, from one process that stays loaded.

::

    request -> protocol -> guard -> routes -> served index -> answer

``server`` listens and ``protocol`` speaks HTTP. ``guard`` checks who may send requests, ``api``
checks their parameters, and ``routes`` answers them. ``originals`` gives the files of articles, if
the user allows it. ``openapi`` describes the API to programs. ``page`` is the web page, and
``judged`` adds the one for judging. ``logged`` reads what the page reports for the log of
questions. ``mcp`` offers the same search to assistants: ``tools`` defines what they may ask,
``replies`` what they get. Both search a ``served`` index, which follows the index folder.

``local`` is the socket in the index folder through which ``locus search`` finds the server on the
same machine. ``client`` is the side of ``locus search``; it loads none of the modules above.

May import ``indexer``, for its version, ``searcher``, ``checking``, ``judging``, ``logged``,
``indexer.reading``, ``indexer.encoding`` and ``indexer.storing``.
Only ``cli``, which declares the commands, imports ``indexer.command`` and ``judging`` with its
commands too.
"""
