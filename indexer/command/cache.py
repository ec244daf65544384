"""``locus cache``: show what Locus keeps in the user's cache folder, and delete it.

Only folders that have the names given in ``indexer.encoding.caching`` are shown and deleted.
Symlinks are never followed. Imports neither numpy nor a model.
"""

import json
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from indexer.command.messages import say
from indexer.command.sizes import bytes_in, in_words
from indexer.encoding.caching import MANIFEST, UNFINISHED, cache_folder
from indexer.errors import IndexFolderError
from indexer.storing.lock import writer_lock
from indexer.text import plain

_ROOMS = re.compile(r"(encoders|datasets)-\d+[a-z]?")
_MODEL = re.compile(r"[0-9a-f]{64}")
_DATASET = re.compile(r"(.+)-[0-9a-f]{16}")
_PREPARING_SECONDS = 3600
"""An unfinished model that was changed this recently may still be in preparation."""


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A folder in the cache: ``kind`` is model, dataset index or unfinished model."""

    kind: str
    name: str
    path: Path
    size: int

    def as_json(self) -> dict[str, Any]:
        """An object of the lists that ``locus cache --json`` prints."""
        return {
            "kind": self.kind,
            "name": self.name,
            "path": str(self.path),
            "bytes": self.size,
        }

    def as_text(self) -> str:
        """``model all-MiniLM-L6-v2, optimised for this computer: 45.9 MB``."""
        words = {
            "model": "model {}, optimised for this computer",
            "dataset index": "index of the dataset {}, built by locus evaluate",
            "unfinished model": "unfinished model",
        }
        return f"{plain(words[self.kind].format(self.name))}: {in_words(self.size)}"


def show(*, as_json: bool) -> None:
    """Print what the cache folder contains."""
    folder = cache_folder()
    found = list(entries(folder))
    total = sum(it.size for it in found)
    if as_json:
        listed = [it.as_json() for it in found]
        typer.echo(json.dumps({"cache": str(folder), "entries": listed, "bytes": total}))
        return
    typer.echo(f"cache folder: {folder}")
    for it in found:
        typer.echo(it.as_text())
    typer.echo(f"total: {in_words(total)}" if found else "The cache is empty.")
    if found:
        typer.echo("To delete all of it: locus cache --clear")


def clear(*, as_json: bool) -> bool:
    """Delete what the cache folder contains, and print that; False if something was kept."""
    folder = cache_folder()
    found = list(entries(folder))
    kept = [(it, reason) for it in found if (reason := delete(it)) is not None]
    deleted = [it for it in found if it not in [entry for entry, _ in kept]]
    freed = sum(it.size for it in deleted)
    for room in {it.path.parent for it in deleted}:
        with suppress(OSError):  # it is not empty
            room.rmdir()
    if as_json:
        facts = {
            "cache": str(folder),
            "deleted": [it.as_json() for it in deleted],
            "kept": [{**it.as_json(), "reason": reason} for it, reason in kept],
            "freed": freed,
        }
        typer.echo(json.dumps(facts))
    else:
        for it in deleted:
            typer.echo(f"deleted {it.as_text()}")
        typer.echo(f"freed {in_words(freed)}" if found else f"nothing to delete in {folder}")
    for it, reason in kept:
        say(f"kept {it.path}: {reason}")
    return not kept


def entries(cache: Path) -> Iterator[CacheEntry]:
    """What Locus keeps in a cache folder, in the order of paths."""
    for room in _folders(cache):
        kind = _ROOMS.fullmatch(room.name)
        for path in _folders(room) if kind else ():
            dataset = _DATASET.fullmatch(path.name)
            if kind and kind[1] == "datasets" and dataset:
                yield CacheEntry("dataset index", dataset[1], path, bytes_in(path))
            elif kind and kind[1] == "encoders" and _MODEL.fullmatch(path.name):
                yield CacheEntry("model", _model_name(path), path, bytes_in(path))
            elif kind and kind[1] == "encoders" and path.name.startswith(UNFINISHED):
                yield CacheEntry("unfinished model", "", path, bytes_in(path))


def delete(entry: CacheEntry) -> str | None:
    """Delete an entry; returns why it is kept, or None if it is deleted."""
    try:
        if entry.kind == "unfinished model" and _changed(entry.path) > time.time() - (
            _PREPARING_SECONDS
        ):
            return "another locus process may be preparing it"
        if entry.kind == "dataset index":
            with writer_lock(entry.path):
                shutil.rmtree(entry.path)
        else:
            shutil.rmtree(entry.path)
    except IndexFolderError as error:
        return str(error)
    except OSError as error:
        return f"cannot delete {error.filename or entry.path}: {error.strerror}"
    return None


def _folders(folder: Path) -> list[Path]:
    """The folders in a folder, without symlinks, sorted; none if it cannot be read."""
    try:
        return sorted(it for it in folder.iterdir() if it.is_dir() and not it.is_symlink())
    except OSError:
        return []


def _changed(folder: Path) -> float:
    """When a folder or anything in it was last changed, in seconds."""
    return max(path.lstat().st_mtime for path in [folder, *folder.rglob("*")])


def _model_name(folder: Path) -> str:
    try:
        return str(json.loads((folder / MANIFEST).read_text("utf-8"))["identity"]["name"])
    except (OSError, ValueError, TypeError, KeyError):
        return "(unknown name)"
