"""Answer other programs, and people at a browser, from one warm process.

::

    request -> guard -> api -> served index -> answer

``server`` speaks HTTP: ``guard`` says who may ask, ``api`` what, ``openapi`` tells programs of it,
and ``page`` is what a browser shows; ``protocol`` mends how it is spoken. ``mcp`` offers the same
search to assistants: ``tools`` says what they may ask, ``replies`` what they are told. Both ask a
``served`` index, which follows what is in the folder.

``local`` is the file in the index by which the server is found on its machine, and ``client`` the
side of ``locus search``, which asks there and loads nothing of the above.

May import ``indexer``, for its version, ``searcher``, ``indexer.encoding`` and ``indexer.storing``.
"""
