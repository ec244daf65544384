"""Measure retrieval quality: ``evaluate(read_dataset("seeds"), searcher, "hybrid")``.

::

    dataset -> run -> measures -> report

``datasets`` reads judged questions, ``evaluator`` asks them, ``measures`` scores what came back,
``comparison`` says whether one run is better than another, and ``report`` shows it as a page.
``known_items`` makes questions of an index for which nobody has judged any.
"""
