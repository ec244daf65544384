"""Sources to articles: which files there are, and what each says.

Knows nothing of an index. May import ``splitting``, for the first sentence of a text, and no
other room.
"""
