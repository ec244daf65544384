"""Judge how well articles answer questions, so that ways of searching can be measured.

::

    questions -> pools of several systems, in blind order -> grades -> journal -> qrels, answers

``asked`` collects the questions, ``systems`` are the ways of searching, and ``pool`` brings their
hits together so that nobody sees which system found what. ``acts`` are what judges do. ``journal``
keeps them on disk, and ``book`` replays them: what each judge says, and the grade of all judges.
``qrels``, ``answers`` and ``corpus`` write the files of the dataset. ``sureness`` compares the
systems by what is judged so far, and ``agreement`` compares the judges. ``session`` connects all
this; ``terminal`` and the page of ``search.serving`` are its two faces.

May import ``evaluation.judged``, ``evaluation.measured``, ``search.searcher``,
``indexer.reading`` and ``indexer.storing``.
Only ``commands``, which opens the index, and ``cli``, which declares the command, import more.
"""
