"""Answer other programs, and people at a browser, from one warm process.

::

    request -> guard -> api -> served index -> answer

``server`` speaks HTTP: ``guard`` says who may ask, ``api`` what, ``openapi`` tells programs of it,
and ``page`` is what a browser shows. ``mcp`` offers the same search to assistants. Both ask a
``served`` index, which follows what is in the folder.
"""
