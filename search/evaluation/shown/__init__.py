"""Show evaluations: the pages of the report, their figures, and the progress bar.

May import ``measured`` and ``judged``.
"""
