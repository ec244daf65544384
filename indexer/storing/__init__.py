"""The index database: its tables, the writer's lock, staged generations, and reading.

May import ``encoding`` (for the identity of an encoder) and no other room.
"""
