"""Split articles into sentences, and join these into passages of the target length.

Pure functions over text. May import no other room.
"""
