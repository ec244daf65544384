"""Every error that Locus raises on purpose, as one tree.

::

    LocusError                     caught once, by the command line: one line, exit code 2
    +- QueryError                  the question cannot be asked: empty, k below 1, an unknown mode
    +- DatasetError                judged questions, or a run of answers to them, cannot be used
    +- GateClosed                  a new generation is worse by its gate, and is not published
    +- SourceError                 a source named by the user cannot be read at all
    |  +- UnreadableArticle        one article of it cannot: skipped, counted and named
    |     +- ArticleOutOfReach     the system refuses it: what the index has of it stays
    +- ServerError                 the server cannot listen there, or not safely
    +- RequestError                a request to the server is refused: it has the HTTP status
    +- ModelError                  the model is absent, unsafe or does not load
    |  +- EncoderMismatch          the index was made with another encoder
    |  +- DamagedModel             a compiled model does not have the bytes that were written
    +- IndexFolderError            the index folder cannot be used
       +- NotAnIndex               nothing there, or something else is
       +- VersionMismatch          made by another version of the format
       +- IndexBusy                another process is writing
       +- DamagedIndex             a file does not have the bytes that were written

A message says what happened, to which file, and what to do about it. No exception of SQLite,
FAISS, torch, OpenVINO, tantivy or JSON crosses this tree: the module that calls such a library
turns its exceptions into one of these.
"""

import os

_LINE_CHARS = 200
"""Libraries put whole tensors and paths of their sources into their first lines."""


def first_line(error: BaseException) -> str:
    """What a library's error says in its first line, or its type where it says nothing."""
    line = str(error).strip().partition("\n")[0].rstrip()
    return line[:_LINE_CHARS] or type(error).__name__


class LocusError(Exception):
    """Root of the tree."""


class QueryError(LocusError):
    """The question cannot be asked as it stands."""


class DatasetError(LocusError):
    """Judged questions, or a run of answers to them, cannot be read, written or used."""


class GateClosed(LocusError):
    """A gate found a new generation worse: it is staged, and the one before is still published."""


class SourceError(LocusError):
    """A source that was named cannot be read at all."""


class UnreadableArticle(SourceError):
    """One article cannot be read; the message is the reason alone, without its name.

    The message is ``kind``, with a ``{}`` for each of ``details``. Errors of one kind that differ
    in details alone can be counted as one.
    """

    def __init__(self, kind: str, *details: object) -> None:
        super().__init__(kind.format(*details) if details else kind)
        self.kind = kind
        self.details = details


class ArticleOutOfReach(UnreadableArticle):
    """The system refuses to read an article, which may be as it was."""


class ServerError(LocusError):
    """The server cannot listen where it should, or must not as it stands."""


class RequestError(LocusError):
    """A request is refused; the message goes to whoever asked, with ``status`` and ``headers``."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class ModelError(LocusError):
    """A model is absent, unsafe to load, or fails to load."""


class EncoderMismatch(ModelError):
    """The index holds vectors of another encoder than the one asked for."""


class DamagedModel(ModelError):
    """A file of a compiled model does not hold what was written to it."""


class IndexFolderError(LocusError):
    """An index folder cannot be used."""


class NotAnIndex(IndexFolderError):
    """The folder holds no Locus index."""


class VersionMismatch(IndexFolderError):
    """The index was written in a version of the format that this Locus does not read."""


class IndexBusy(IndexFolderError):
    """Another process is writing this index."""


class DamagedIndex(IndexFolderError):
    """A file of the index does not hold what was written to it.

    ``reason`` is what is wrong with it, without the file's name and without advice.
    """

    def __init__(self, path: os.PathLike[str], reason: str, advice: str = "") -> None:
        super().__init__(f"{path} is damaged: {reason}{advice}")
        self.reason = reason


def is_panic(error: BaseException) -> bool:
    """Whether code in Rust has failed: its PanicException is no Exception and cannot be named."""
    return type(error).__name__ == "PanicException"
