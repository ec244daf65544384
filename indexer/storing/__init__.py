"""The truth on disk: the tables, who may write them, what is staged, what a reader sees.

May import ``encoding``, for what identifies an encoder, and no other room.
"""
