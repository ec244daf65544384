"""Read sources into articles: list the files, then read the title and text of each.

Does not depend on an index. May import ``splitting`` (for the first sentence of a text) and no
other room.
"""
