"""What an evaluation looks like: the report's pages, its figures, the progress bar.

May import ``measured`` and ``judged``.
"""
