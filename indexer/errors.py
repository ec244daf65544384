"""Every error that Locus raises on purpose, as one tree.

::

    LocusError                     caught once, by the command line: one line, exit code 2
    +- QueryError                  the question is invalid: empty, k below 1, an unknown mode
    +- DatasetError                a dataset or a run file cannot be used
    +- GateClosed                  --gate refused a new generation; it is not published
    |   +- Previewed               --preview showed it; it is not published
    +- SourceError                 a source cannot be read at all
    |  +- UnreadableArticle        one article cannot be read: it is skipped, counted and named
    |     +- ArticleOutOfReach     the system refuses to read it: the indexed version is kept
    |        +- ReaderFailed       its reader hung, died or took too much memory: likewise
    +- ServerError                 the server cannot listen on this address, or not safely
    +- RequestError                a request to the server is refused, with an HTTP status
    +- ModelError                  the model is missing, unsafe or cannot be loaded
    |  +- EncoderMismatch          the index was built with another encoder
    |  +- DamagedModel             a file of a compiled model has the wrong checksum
    +- ClusterError                Ray is missing, cannot be reached, or gives a shard up
    +- IndexFolderError            the index folder cannot be used
       +- NotAnIndex               the folder is missing or is not an index
       +- VersionMismatch          the index has a format that this version does not read
       +- IndexBusy                another process is writing to the index
       +- DamagedIndex             a file of the index has the wrong checksum

A message says what happened, to which file, and what to do about it. Users never see an exception
of SQLite, FAISS, torch, OpenVINO, tantivy, Ray or JSON: the module that calls such a library
converts its exceptions to one of these.
"""

import os

CHECKSUM_MISMATCH = "checksum mismatch"
"""The reason in DamagedIndex for a file with changed content."""

_LINE_CHARS = 200
"""The limit of ``first_line``: some libraries print whole tensors or source paths there."""


def first_line(error: BaseException) -> str:
    """The first line of a library's error message, or the error's type if it has no message."""
    line = str(error).strip().partition("\n")[0].rstrip()
    return line[:_LINE_CHARS] or type(error).__name__


class LocusError(Exception):
    """Root of the tree.

    >>> try:
    ...     raise QueryError("the question is empty")
    ... except LocusError as error:
    ...     print(error)
    the question is empty
    """


class QueryError(LocusError):
    """The question is invalid."""


class DatasetError(LocusError):
    """A dataset or a run file cannot be read, written or used."""


class GateClosed(LocusError):
    """A gate found the new generation worse; it stays staged and the old one stays published."""


class Previewed(GateClosed):
    """A new generation was only shown; it stays staged and the old one stays published."""


class SourceError(LocusError):
    """A source cannot be read at all."""


class UnreadableArticle(SourceError):
    """One article cannot be read; the message is only the reason, without the article's name.

    ``kind`` is the message with a ``{}`` for each of the ``details``. Errors with the same kind
    can be counted together.
    """

    def __init__(self, kind: str, *details: object) -> None:
        super().__init__(kind.format(*details) if details else kind)
        self.kind = kind
        self.details = details


class ArticleOutOfReach(UnreadableArticle):
    """The system refuses to read an article, which may be unchanged."""


class ReaderFailed(ArticleOutOfReach):
    """The reader of an article hung, died or took too much memory, twice."""


class ServerError(LocusError):
    """The server cannot listen on the given address, or it would not be safe."""


class RequestError(LocusError):
    """A request is refused; the client gets the message with ``status`` and ``headers``."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class ModelError(LocusError):
    """A model is missing, unsafe to load, or cannot be loaded."""


class EncoderMismatch(ModelError):
    """The index was built with another encoder than the requested one."""


class DamagedModel(ModelError):
    """A file of a compiled model has the wrong checksum."""


class ClusterError(LocusError):
    """Ray is not installed, its cluster cannot be reached, or it has given up preparing a shard."""


class IndexFolderError(LocusError):
    """An index folder cannot be used."""


class NotAnIndex(IndexFolderError):
    """The folder is missing or is not a Locus index."""


class VersionMismatch(IndexFolderError):
    """The index has a format that this version of Locus does not read."""


class IndexBusy(IndexFolderError):
    """Another process is writing to this index."""


class DamagedIndex(IndexFolderError):
    """A file of the index is damaged.

    ``reason`` says what is wrong with it, without the file's name and without advice.
    """

    def __init__(self, path: os.PathLike[str], reason: str, advice: str = "") -> None:
        super().__init__(f"{path} is damaged ({reason}){advice}")
        self.reason = reason


def is_panic(error: BaseException) -> bool:
    """Whether a Rust library panicked: PanicException cannot be imported to compare with."""
    return type(error).__name__ == "PanicException"
