"""The derived files, FAISS's and tantivy's: made from the store, published with it, verified.

May import ``storing`` and ``encoding``.
"""
