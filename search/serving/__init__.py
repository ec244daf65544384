"""Answer other programs, and people at a browser, from one warm process.

::

    request -> protocol -> guard -> routes -> served index -> answer

``server`` listens, and ``protocol`` speaks HTTP: ``guard`` says who may ask, ``api`` what, and
``routes`` answers. ``openapi`` describes that to programs, and ``page`` is what a browser shows.
``mcp`` offers the same search to assistants: ``tools`` says what they may ask, ``replies`` what
they are told. Both ask a ``served`` index, which follows what is in the folder.

``local`` is the file in the index by which the server is found on its machine, and ``client`` the
side of ``locus search``, which asks there and loads nothing of the above.

May import ``indexer``, for its version, ``searcher``, ``indexer.encoding`` and ``indexer.storing``.
"""
