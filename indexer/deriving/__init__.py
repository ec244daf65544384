"""Build the derived files (FAISS and tantivy) from the store, publish them with it, verify them.

May import ``storing`` and ``encoding``.
"""
