"""Texts to vectors: what an encoder is, and the forms a model is run in.

Knows nothing of articles and of an index. May import no other room.
"""
