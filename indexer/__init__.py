"""Make and update a Locus index: ``build(".locus", ["articles/"])``.

The names below are the public ones. They load on first use, because the search command imports
this package for its store alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexer.errors import LocusError
    from indexer.pipeline import Progress, build
    from indexer.updating.summary import Summary

__version__ = "0.1.0"
"""The version of Locus. pyproject.toml reads it too, so that it stands in one place."""

__all__ = ["LocusError", "Progress", "Summary", "build"]

_HOMES = {"LocusError": "indexer.errors", "Summary": "indexer.updating.summary"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "indexer.pipeline")), name)
