"""Encode texts as vectors: the Encoder protocol, and the two forms in which a model runs.

Does not depend on articles or on an index. May import no other room.
"""
