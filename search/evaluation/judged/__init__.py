"""Datasets and TREC runs as files, and how they are read.

May import ``indexer.reading``: a dataset's articles are read exactly as the indexer reads them.
"""
