"""Articles to passages: sentences, and runs of them of the length asked for.

Pure functions over text. May import no other room.
"""
