"""What a run is asked, what it finds changed, and what it has done.

Where sources and store meet. May import ``reading``, ``storing`` and ``encoding``.
"""
