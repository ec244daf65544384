"""The log of questions: what was asked in earnest, and what was opened. Off unless turned on.

::

    question, hit -> entries -> log (a file on this disk) -> reading -> shown, exported or deleted

``entries`` defines the lines of the file, ``log`` appends to it, and ``keeping`` connects the
questions of one asker with what is opened after them. ``reading`` reads it again; its
``logged_questions`` is for programs. ``deleting`` and ``exporting`` do what ``locus log`` offers.

May import ``indexer.reading``, ``indexer.storing`` and ``checking``.
Only ``cli``, which declares the command, imports ``indexer.command`` too.
"""
