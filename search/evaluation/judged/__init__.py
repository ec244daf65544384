"""Judged questions and runs as files: datasets, TREC's formats, and how both are read.

May import ``indexer.reading``: the articles of a dataset are read as they are indexed.
"""
