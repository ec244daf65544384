"""Make and update a Locus index: ``build(".locus", ["articles/"])``.

The names below are public. Each is imported on first use, because the search command needs only
the store of this package.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexer.deriving.publishing import Candidate, Gate
    from indexer.encoding.encoder import Encoder, EncoderIdentity
    from indexer.errors import (
        ArticleOutOfReach,
        ClusterError,
        DamagedIndex,
        DamagedModel,
        DatasetError,
        EncoderMismatch,
        GateClosed,
        IndexBusy,
        IndexFolderError,
        LocusError,
        ModelError,
        NotAnIndex,
        Previewed,
        QueryError,
        ReaderFailed,
        RequestError,
        ServerError,
        SourceError,
        UnreadableArticle,
        VersionMismatch,
    )
    from indexer.pipeline import build
    from indexer.storing.database import Results
    from indexer.storing.snapshot import Snapshot
    from indexer.storing.state import Derived, State
    from indexer.storing.store import Store
    from indexer.storing.stored import StoredArticle, StoredPassage
    from indexer.storing.tuning import retune
    from indexer.types import (
        Block,
        Facets,
        Location,
        Metadata,
        SearchDepth,
        Selection,
        Skipped,
        Splitting,
        Tuning,
    )
    from indexer.updating.indexing import Progress
    from indexer.updating.summary import Summary

__version__ = "0.2.0"
"""The version of Locus. pyproject.toml reads it from here."""

__all__ = [
    "ArticleOutOfReach",
    "Block",
    "Candidate",
    "ClusterError",
    "DamagedIndex",
    "DamagedModel",
    "DatasetError",
    "Derived",
    "Encoder",
    "EncoderIdentity",
    "EncoderMismatch",
    "Facets",
    "Gate",
    "GateClosed",
    "IndexBusy",
    "IndexFolderError",
    "Location",
    "LocusError",
    "Metadata",
    "ModelError",
    "NotAnIndex",
    "Previewed",
    "Progress",
    "QueryError",
    "ReaderFailed",
    "RequestError",
    "Results",
    "SearchDepth",
    "Selection",
    "ServerError",
    "Skipped",
    "Snapshot",
    "SourceError",
    "Splitting",
    "State",
    "Store",
    "StoredArticle",
    "StoredPassage",
    "Summary",
    "Tuning",
    "UnreadableArticle",
    "VersionMismatch",
    "build",
    "retune",
]

_HOMES = {
    "encoding.encoder": {"Encoder", "EncoderIdentity"},
    "errors": {
        "ArticleOutOfReach",
        "ClusterError",
        "DamagedIndex",
        "DamagedModel",
        "DatasetError",
        "EncoderMismatch",
        "GateClosed",
        "IndexBusy",
        "IndexFolderError",
        "LocusError",
        "ModelError",
        "Previewed",
        "NotAnIndex",
        "QueryError",
        "ReaderFailed",
        "RequestError",
        "ServerError",
        "SourceError",
        "UnreadableArticle",
        "VersionMismatch",
    },
    "pipeline": {"build"},
    "storing.database": {"Results"},
    "storing.snapshot": {"Snapshot"},
    "storing.stored": {"StoredArticle", "StoredPassage"},
    "deriving.publishing": {"Candidate", "Gate"},
    "storing.state": {"Derived", "State"},
    "storing.store": {"Store"},
    "storing.tuning": {"retune"},
    "types": {
        "Block",
        "Facets",
        "Location",
        "Metadata",
        "SearchDepth",
        "Selection",
        "Skipped",
        "Splitting",
        "Tuning",
    },
    "updating.indexing": {"Progress"},
    "updating.summary": {"Summary"},
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"indexer.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
