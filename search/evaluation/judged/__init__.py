"""Judged questions and runs as files: datasets, TREC's formats, and how both are read.

May import no other room.
"""
